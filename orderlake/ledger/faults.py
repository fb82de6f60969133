"""Holds the faults that runs made on purpose against what the lake has of them, number by number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from producer.faults import Fault
from producer.manifest import RunManifest


class Outcome(NamedTuple):
    """What the lake holds of one run: surplus copies in bronze, events there that were sent after one that
    happened later (late or out of order: from the events alone both look the same), records in quarantine.
    """

    duplicates: int = 0
    disordered: int = 0
    rejects: int = 0


@dataclass(frozen=True)
class FaultLine:
    """One run that made faults; `settled` says that it is closed with everything acknowledged."""

    producer_id: str
    settled: bool
    made: Outcome
    found: Outcome

    @property
    def balanced(self) -> bool:
        """Whether the numbers agree; those of a run that is not settled need not yet."""
        return not self.settled or self.made == self.found


@dataclass(frozen=True)
class FaultLedger:
    """Every run that made faults on purpose."""

    runs: tuple[FaultLine, ...]

    @property
    def balanced(self) -> bool:
        return all(run.balanced for run in self.runs)


def fault_ledger(manifests: Iterable[RunManifest], outcomes: Mapping[str, Outcome]) -> FaultLedger:
    """Compare what each journal says was done to its events with what `outcomes` says of its run."""
    return FaultLedger(
        tuple(
            FaultLine(
                producer_id=run.producer_id,
                settled=run.closed_at is not None and run.acknowledged_count == run.announced,
                made=Outcome(
                    duplicates=run.faults.get(Fault.DUPLICATE, 0),
                    disordered=run.faults.get(Fault.LATE, 0) + run.faults.get(Fault.OUT_OF_ORDER, 0),
                    rejects=run.faults.get(Fault.MALFORMED, 0),
                ),
                found=outcomes.get(run.producer_id, Outcome()),
            )
            for run in manifests
            if run.faults is not None
        )
    )
