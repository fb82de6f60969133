"""Damaged events by the batch, through the handler: none unhandled, all accounted for."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producer.aggregation import AggregateProblem, unpack
from stream_processors.contract import RejectionReason
from tests.unit.stream_processors.conftest import Function
from tests.unit.stream_processors.fuzzing import records
from tests.unit.stream_processors.invocation import kinesis_event, sequence_number
from tests.unit.stream_processors.samples import NOT_OF_THE_JUDGE

BATCH = 200


def parts_of(batch: list[bytes]) -> Counter[tuple[str, int]]:
    """Coordinates of every record and part."""
    expected: Counter[tuple[str, int]] = Counter()
    for position, data in enumerate(batch):
        parts = unpack(data, "k")
        count = 1 if isinstance(parts, AggregateProblem) else max(1, len(parts))
        expected.update((sequence_number(position), number) for number in range(count))
    return expected


def places_of(rows: list[dict[str, Any]]) -> Counter[tuple[str, int]]:
    return Counter((row["sequence_number"], row["sub_sequence_number"]) for row in rows)


def check(function: Function, seed: int, count: int = BATCH) -> Counter[str]:
    """Run one batch; how many parts went where, by reason."""
    batch = list(records(seed, count))
    function.firehose.taken.clear()
    function.firehose.calls.clear()
    assert function(kinesis_event(batch)) == []
    accepted, rejected = function.bronze(), function.quarantined()
    assert places_of(accepted + rejected) == parts_of(batch)
    assert {row["reason"] for row in rejected} <= set(RejectionReason)
    return Counter([*("accepted" for _ in accepted), *(row["reason"] for row in rejected)])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**64))
def test_every_damaged_record_and_part_is_in_bronze_or_quarantine(function: Function, seed: int) -> None:
    check(function, seed)


def test_the_damage_reaches_nearly_every_reason(function: Function) -> None:
    found: Counter[str] = Counter()
    for seed in range(30):
        found += check(function, seed)
    # Nothing here is large.
    assert set(RejectionReason) - set(found) <= {RejectionReason.TOO_LARGE, *NOT_OF_THE_JUDGE}
    assert found["accepted"] > 500
