"""Checks of a table's rows: what must not be published, and what is only to be known.

A table's `checks.sql` has statements of the portable subset, each of which selects the rows at fault:

    -- fail key_is_unique: every order is there once
    SELECT order_id FROM silver_orders GROUP BY order_id HAVING COUNT(*) > 1;

They read the table as it would be, `published` (its new rows alone), and the tables that it derives from,
each relation once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Sequence, Tuple

from glue.errors import ChecksFailed, TableContractError

PUBLISHED = "published"
_HEADING = re.compile(r"^-- (fail|warn) ([a-z0-9_]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One check; its `severity` is `fail` or `warn`."""

    name: str
    severity: str
    description: str
    statement: str


@dataclass(frozen=True)
class CheckOutcome:
    """How many rows a check found at fault."""

    check: Check
    failing_rows: int

    @property
    def is_failure(self) -> bool:
        return self.check.severity == "fail" and self.failing_rows > 0

    @property
    def is_warning(self) -> bool:
        return self.check.severity == "warn" and self.failing_rows > 0


def parse(table: str, text: str) -> Tuple[Check, ...]:
    """The checks of a `checks.sql`, in their order.

    Raises:
        TableContractError: a statement has no heading, or a heading no statement.
    """
    headings = list(_HEADING.finditer(text))
    before = text[: headings[0].start()] if headings else text
    if before.strip():
        raise TableContractError(table, "checks.sql: a check begins with '-- fail name: what' or '-- warn …'")
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    checks = tuple(
        Check(heading[2], heading[1], heading[3], text[heading.end() : end].strip().rstrip(";"))
        for heading, end in zip(headings, ends)
    )
    for check in checks:
        if not check.statement or ";" in check.statement:
            raise TableContractError(table, f"checks.sql: {check.name} must be one statement")
    return checks


def demand_passed(table: str, outcomes: Sequence[CheckOutcome]) -> None:
    """Return where no check fails.

    Raises:
        ChecksFailed: one does.
    """
    if any(outcome.is_failure for outcome in outcomes):
        raise ChecksFailed(table, outcomes)


def combined(*judgements: Sequence[CheckOutcome]) -> Tuple[CheckOutcome, ...]:
    """The outcomes of several judgements of one table as one, rows added up."""
    found: Dict[Check, int] = {}
    for outcomes in judgements:
        for outcome in outcomes:
            found[outcome.check] = found.get(outcome.check, 0) + outcome.failing_rows
    return tuple(CheckOutcome(check, failing_rows) for check, failing_rows in found.items())
