"""What a check found."""

from dataclasses import dataclass
from typing import Literal

COLUMNS = ("check", "state", "found", "what_to_do")

State = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True)
class Finding:
    """One check; `what_to_do` is empty unless it failed."""

    check: str
    state: State
    found: str
    what_to_do: str = ""

    def row(self) -> dict[str, object]:
        return {
            "check": self.check,
            "state": self.state,
            "found": self.found,
            "what_to_do": self.what_to_do,
        }


def passed(check: str, found: str) -> Finding:
    return Finding(check, "ok", found)


def failed(check: str, found: str, what_to_do: str) -> Finding:
    return Finding(check, "failed", found, what_to_do)


def skipped(check: str, why: str) -> Finding:
    return Finding(check, "skipped", why)
