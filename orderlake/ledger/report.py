"""The ledgers as rows: one per fact, so that people and programs read the same."""

from collections.abc import Iterable, Iterator

from orderlake.ledger.audit import Audit, GoldLedger, SilverLedger
from orderlake.ledger.balance import Coordinate, LakeLedger, ProducerLedger
from orderlake.ledger.faults import FaultLedger

COLUMNS = ("ledger", "fact", "count", "balanced", "detail")
SHOWN_IDENTITIES = 5


def rows(audit: Audit) -> Iterator[dict[str, object]]:
    """Every fact of an audit; `balanced` is yes or no where the fact decides it, else empty."""
    yield from _producer_rows(audit.producers)
    yield from _lake_rows(audit.lake)
    outside = _named(audit.outside_shard)
    yield _row("stream → lake", "outside its shard", len(outside), detail=_shown(outside))
    if audit.faults:
        yield from _fault_rows(audit.faults)
    if audit.silver:
        yield from _silver_rows(audit.silver)
    if audit.gold:
        yield from _gold_rows(audit.gold)


def _row(
    ledger: str, fact: str, count: int, balanced: bool | None = None, detail: str = ""
) -> dict[str, object]:
    verdict = {True: "yes", False: "no", None: ""}[balanced]
    return {"ledger": ledger, "fact": fact, "count": count, "balanced": verdict, "detail": detail}


def _producer_rows(ledger: ProducerLedger) -> Iterator[dict[str, object]]:
    name = "producer → stream"
    yield _row(name, "runs", len(ledger.runs), detail=_open_runs(ledger))
    yield _row(name, "announced", sum(run.announced for run in ledger.runs))
    yield _row(name, "acknowledged", sum(run.acknowledged for run in ledger.runs))
    yield _row(name, "arrived", sum(run.arrived for run in ledger.runs))
    yield _row(name, "arrived unconfirmed", sum(run.unconfirmed for run in ledger.runs))
    missing = [f"{run.producer_id}#{sequence}" for run in ledger.runs for sequence in run.missing]
    yield _row(name, "missing", len(missing), not missing, _shown(missing))
    yield _row(name, "foreign", ledger.foreign)


def _open_runs(ledger: ProducerLedger) -> str:
    return _shown([f"{run.producer_id} is open" for run in ledger.runs if not run.closed])


def _lake_rows(ledger: LakeLedger) -> Iterator[dict[str, object]]:
    name = "stream → lake"
    yield _row(name, "stream", ledger.stream)
    yield _row(name, "bronze", ledger.bronze)
    yield _row(name, "quarantine", ledger.quarantine)
    yield _row(name, "given up", ledger.given_up)
    yield _row(name, "delivery failed", ledger.delivery_failed)
    yield _row(name, "withdrawn", ledger.withdrawn)
    in_flight = _named(ledger.in_flight)
    yield _row(name, "in flight", len(in_flight), not in_flight, _shown(in_flight))
    twice = _named(ledger.in_two_places)
    yield _row(name, "accepted and rejected", len(twice), not twice, _shown(twice))
    yield _row(name, "redelivered", ledger.redelivered)
    yield _row(name, "no longer on stream", ledger.no_longer_on_stream)


def _named(coordinates: Iterable[Coordinate]) -> list[str]:
    return [f"{c.shard_id}:{c.sequence_number}.{c.sub_sequence_number}" for c in coordinates]


def _fault_rows(ledger: FaultLedger) -> Iterator[dict[str, object]]:
    name = "faults on purpose"
    for kind, sent, found in (
        ("duplicates", "duplicates sent", "duplicates in bronze"),
        ("disordered", "late or out of order sent", "late or out of order in bronze"),
        ("rejects", "malformed sent", "rejected in quarantine"),
    ):
        differing = [run for run in ledger.runs if getattr(run.made, kind) != getattr(run.found, kind)]
        yield _row(name, sent, sum(getattr(run.made, kind) for run in ledger.runs))
        yield _row(
            name,
            found,
            sum(getattr(run.found, kind) for run in ledger.runs),
            all(run.balanced for run in differing),
            _shown([run.producer_id for run in differing]),
        )


def _silver_rows(ledger: SilverLedger) -> Iterator[dict[str, object]]:
    name = "bronze → silver"
    yield _row(name, "bronze", ledger.bronze)
    yield _row(name, "silver", ledger.silver)
    yield _row(name, "duplicates", ledger.duplicates)
    yield _row(
        name,
        "not in silver",
        ledger.not_in_silver,
        ledger.not_in_silver == 0,
        _hint(ledger.not_in_silver, "silver"),
    )
    yield _row(name, "not in bronze", ledger.not_in_bronze, ledger.not_in_bronze == 0)
    yield _row(name, "twice in silver", ledger.twice_in_silver, ledger.twice_in_silver == 0)


def _gold_rows(ledger: GoldLedger) -> Iterator[dict[str, object]]:
    name = "silver → gold"
    for fact, count in (
        ("days that differ", ledger.days_differing),
        ("products that differ", ledger.products_differing),
        ("customers that differ", ledger.customers_differing),
    ):
        yield _row(name, fact, count, count == 0, _hint(count, "gold"))


def _hint(count: int, job: str) -> str:
    return f"run `orderlake job {job} --wait`" if count else ""


def _shown(identities: list[str]) -> str:
    more = len(identities) - SHOWN_IDENTITIES
    return ", ".join(identities[:SHOWN_IDENTITIES]) + (f" and {more} more" if more > 0 else "")
