from datetime import UTC, datetime

from orderlake.ledger.faults import Outcome, fault_ledger
from producer.manifest import RunManifest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_run(*, faults: dict[str, int] | None, closed: bool = True, announced: int = 100) -> RunManifest:
    return RunManifest(
        producer_id="a",
        started_at=NOON,
        updated_at=NOON,
        closed_at=NOON if closed else None,
        command="test",
        stream_name="orders",
        announced=announced,
        acknowledged=((1, 100),),
        faults=faults,
    )


def test_a_run_whose_faults_are_all_downstream_balances() -> None:
    run = a_run(faults={"duplicates": 2, "malformed": 1, "late": 7, "out_of_order": 4})
    assert fault_ledger([run], {"a": Outcome(2, 11, 1)}).balanced


def test_one_duplicate_too_few_or_one_late_event_or_reject_too_many_is_a_difference() -> None:
    run = a_run(faults={"duplicates": 2, "malformed": 1})
    assert not fault_ledger([run], {"a": Outcome(1, 0, 1)}).balanced
    assert not fault_ledger([run], {"a": Outcome(2, 1, 1)}).balanced
    assert not fault_ledger([run], {"a": Outcome(2, 0, 2)}).balanced
    assert not fault_ledger([run], {}).balanced


def test_a_run_that_is_open_or_not_wholly_acknowledged_is_not_judged_yet() -> None:
    faults = {"duplicates": 2}
    assert fault_ledger([a_run(faults=faults, closed=False)], {}).balanced
    assert fault_ledger([a_run(faults=faults, announced=101)], {}).balanced


def test_a_run_that_made_no_faults_on_purpose_is_not_held_to_any() -> None:
    assert fault_ledger([a_run(faults=None)], {"a": Outcome(5, 5, 5)}).runs == ()
