"""Brings tables up to their sources and keeps what their checks found, also where one of them fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Dict, List, Sequence, Tuple

from glue.checks import CheckOutcome, combined
from glue.engines import Derived, Engine
from glue.errors import ChecksFailed

_RESULTS = "check_results"


@dataclass
class Judgement:
    """The outcomes of one run, by table."""

    run: str
    started_at: datetime
    outcomes: Dict[str, Tuple[CheckOutcome, ...]] = field(default_factory=dict)
    failures: List[ChecksFailed] = field(default_factory=list)

    def derive(self, engine: Engine, tables: Sequence[str]) -> Tuple[Derived, ...]:
        """Bring each table up; one that fails its checks stays as it was, and the others go on."""
        derived: List[Derived] = []
        for table in tables:
            try:
                made = engine.derive(table)
            except ChecksFailed as failure:
                self.fail(failure)
            else:
                derived.append(made)
                self.note(table, made.checks)
        return tuple(derived)

    def note(self, table: str, outcomes: Sequence[CheckOutcome]) -> None:
        """Keep what the checks of a table found; what was found before in this run is added to."""
        self.outcomes[table] = combined(self.outcomes.get(table, ()), outcomes)

    def fail(self, failure: ChecksFailed) -> None:
        """Keep what failed, for `publish` to raise."""
        self.failures.append(failure)
        self.note(failure.table, failure.outcomes)

    def publish(self, engine: Engine) -> None:
        """Add the outcomes to the table of results.

        Raises:
            ChecksFailed: a table failed; of several the first.
        """
        engine.append(_RESULTS, [self._row(table, each) for table, each in self._all()])
        if self.failures:
            raise self.failures[0]

    def warnings(self) -> List[Dict[str, Any]]:
        """What is to be known, and stopped nothing."""
        return [
            {"table": table, "check": each.check.name, "failing_rows": each.failing_rows}
            for table, each in self._all()
            if each.is_warning
        ]

    def _all(self) -> List[Tuple[str, CheckOutcome]]:
        return [(table, each) for table, outcomes in self.outcomes.items() for each in outcomes]

    def _row(self, table: str, outcome: CheckOutcome) -> Dict[str, Any]:
        return {
            "run": self.run,
            "table_name": table,
            "check_name": outcome.check.name,
            "severity": outcome.check.severity,
            "failing_rows": outcome.failing_rows,
            "description": outcome.check.description,
            "checked_at": self.started_at,
        }
