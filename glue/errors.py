"""What can go wrong in the jobs.

GlueError
├── SettingsError        the stack's parameter is missing or incomplete   (terminal)
├── TableContractError   a schema.yaml is wrong, or broken by rows        (terminal)
├── IncompatibleTable    a stored table does not fit its schema.yaml      (terminal)
├── ChecksFailed         rows that must not be published              (terminal)
├── BackfillWouldLose    bronze has fewer events than silver               (terminal)
├── ErasedUnknown        who was erased cannot be told any more            (terminal)
├── StatementFailed      Athena refused a statement of a job              (terminal)
├── CommitsExhausted     other writers won every time                     (retryable)
└── ViewFailed           Athena refused a view                            (terminal)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

if TYPE_CHECKING:
    from glue.checks import CheckOutcome


class GlueError(Exception):
    """Root of the tree; `retryable` says whether the same run may succeed later."""

    retryable = False


class SettingsError(GlueError):
    """The settings of a job cannot be built; the message names the key."""


class TableContractError(GlueError):
    """A table's contract is wrong, or rows do not keep it."""

    def __init__(self, table: str, problem: str) -> None:
        super().__init__(f"{table}: {problem}")
        self.table = table
        self.problem = problem


class IncompatibleTable(GlueError):
    """A stored Iceberg table has columns that its contract has not, or has otherwise."""

    def __init__(self, table: str, problem: str) -> None:
        super().__init__(f"{table}: {problem}; columns are only added, at the end and optional")
        self.table = table
        self.problem = problem


class ChecksFailed(GlueError):
    """A check found rows that must not be published; the table stays as it was."""

    def __init__(self, table: str, outcomes: Sequence[CheckOutcome]) -> None:
        failed = ", ".join(
            f"{each.check.name} ({each.failing_rows} rows)" for each in outcomes if each.is_failure
        )
        super().__init__(f"{table} was not published: {failed}; see sql/{table}/checks.sql")
        self.table = table
        self.outcomes = tuple(outcomes)


class CommitsExhausted(GlueError):
    """A commit lost against other writers too often; nothing was written."""

    retryable = True

    def __init__(self, table: str, attempts: int) -> None:
        super().__init__(
            f"{table}: {attempts} commits in a row lost against other writers; run the job again"
        )
        self.table = table
        self.attempts = attempts


class BackfillWouldLose(GlueError):
    """A table made again would have fewer rows; it stays as it was."""

    def __init__(self, table: str, before: int, after: int) -> None:
        super().__init__(
            f"{table} has {before} rows in these months and would have {after}: look what bronze lacks, "
            "or allow the loss with --backfill-may-lose true"
        )
        self.table = table
        self.before = before
        self.after = after


class ErasedUnknown(GlueError):
    """The key is gone with which people were put on the list of the erased."""

    def __init__(self, parameter: str, key_id: str) -> None:
        super().__init__(
            f"SSM parameter {parameter} has no key {key_id} any more, so nobody can tell who was erased: "
            "put the parameter's value back (docs/personal-data.md)"
        )
        self.parameter = parameter
        self.key_id = key_id


class StatementFailed(GlueError):
    """Athena did not carry out a statement."""

    def __init__(self, statement: str, reason: str) -> None:
        super().__init__(f"{statement.strip()} failed: {reason}")
        self.statement = statement
        self.reason = reason


class ViewFailed(GlueError):
    """Athena did not create a view."""

    def __init__(self, view: str, reason: str) -> None:
        super().__init__(f"view {view} was not created: {reason}")
        self.view = view
        self.reason = reason
