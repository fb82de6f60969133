"""Roles' policies: what they allow, read as IAM reads them (without conditions, which ours have none of)."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a role's policy; `role` is the role's name."""

    role: str
    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @classmethod
    def read(cls, role: str, document: Mapping[str, Any]) -> Iterator[Self]:
        """The statements of a policy document.

        Raises:
            ValueError: a statement has a condition or a negation, which are not understood here.
        """
        for statement in _listed(document["Statement"]):
            unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource"}
            if unknown:
                raise ValueError(f"{role}: {', '.join(sorted(unknown))} of a statement is not understood")
            yield cls(
                role=role,
                sid=statement.get("Sid", ""),
                effect=statement["Effect"],
                actions=tuple(_listed(statement["Action"])),
                resources=tuple(_listed(statement["Resource"])),
            )

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of `action` (in any case) on `resource` (an ARN)."""
        return any(_matches(one.lower(), action.lower()) for one in self.actions) and any(
            _matches(one, resource) for one in self.resources
        )


def allows(statements: Sequence[Statement], action: str, resource: str) -> bool:
    """IAM's answer: an explicit denial wins, else one statement must allow it."""
    effects = {statement.effect for statement in statements if statement.covers(action, resource)}
    return effects == {"Allow"}


def _matches(pattern: str, text: str) -> bool:
    # IAM knows * and ?; brackets are themselves.
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
