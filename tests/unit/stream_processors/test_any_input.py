"""Whatever bytes arrive: nothing is raised, and every record and part is in exactly one place."""

import json
from base64 import b64decode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from producer.aggregation import AggregateProblem, UserRecord, pack, unpack
from stream_processors.contract import BronzeEvent, RejectedEvent, RejectionReason
from stream_processors.order_ingest.delivery import DeliveryStream
from stream_processors.order_ingest.ingest import RecentlySeen, StreamRecord, ingest
from stream_processors.order_ingest.quarantine import Quarantine, RawStore
from tests.unit.stream_processors.fakes import FakeFirehose, FakeS3, FakeTime
from tests.unit.stream_processors.samples import (
    JUDGE,
    PLACE,
    encoded,
    judge,
    judge_record,
    order_paid,
    order_placed,
    paid,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4)
    ),
    max_leaves=12,
)
fields = st.sampled_from([*order_paid(), "order_id", "amount", "currency", "lines", "unit_price", "colour"])


@st.composite
def nearly_events(draw: st.DrawFn) -> bytes:
    """A valid event, perhaps with a few fields replaced anywhere, perhaps with a few bytes changed."""
    event: dict[str, Any] = draw(st.sampled_from([order_paid(), order_placed(), paid(currency="EUR")]))
    event = json.loads(json.dumps(event))
    for name in draw(st.lists(fields, max_size=3)):
        target = draw(st.sampled_from([event, *(v for v in event.values() if isinstance(v, dict))]))
        target[name] = draw(json_values)
    data = bytearray(json.dumps(event).encode())
    for place in draw(st.lists(st.integers(0, len(data) - 1), max_size=2)):
        data[place] = draw(st.integers(0, 255))
    return bytes(data)


events = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    nearly_events(),
    st.just(encoded(order_paid())),
)


@st.composite
def kinesis_records(draw: st.DrawFn) -> bytes:
    """A plain record or an aggregate, perhaps damaged."""
    if draw(st.booleans()):
        return draw(events)
    parts = draw(st.lists(events, max_size=4))
    data = bytearray(pack([UserRecord("k", None, part) for part in parts]))
    if draw(st.booleans()):
        data[draw(st.integers(0, len(data) - 1))] ^= draw(st.integers(1, 255))
    return bytes(data)


@given(events)
def test_any_bytes_get_a_verdict_that_keeps_them(data: bytes) -> None:
    verdict = judge(data)
    if isinstance(verdict, RejectedEvent):
        assert verdict.reason in RejectionReason
        assert json.loads(verdict.errors)
        assert b64decode(verdict.raw_base64 or "") == data
    else:
        assert json.loads(verdict.payload)


@given(nearly_events())
def test_what_is_accepted_once_is_accepted_as_it_was_written_down(data: bytes) -> None:
    verdict = judge(data)
    if isinstance(verdict, BronzeEvent):
        again = json.loads(data) | {"payload": json.loads(verdict.payload)}
        rewritten = judge(encoded(again))
        assert isinstance(rewritten, BronzeEvent)
        assert rewritten == verdict


@given(kinesis_records())
def test_a_record_has_one_verdict_for_each_part_numbered_from_0(data: bytes) -> None:
    parts = unpack(data, "k")
    expected = 1 if isinstance(parts, AggregateProblem) else max(1, len(parts))
    verdicts = judge_record(data)
    assert [verdict.sub_sequence_number for verdict in verdicts] == list(range(expected))


@given(st.lists(kinesis_records(), max_size=5), st.data())
def test_every_part_is_in_firehose_or_left_to_the_redelivery(
    records: list[bytes], data: st.DataObject
) -> None:
    def fail_some(batch: object) -> set[int]:
        assert isinstance(batch, list)
        return data.draw(st.sets(st.integers(0, len(batch) - 1)))

    firehose, time = FakeFirehose(always={"b": fail_some, "q": fail_some}), FakeTime(seconds_left=0.5)
    bronze = DeliveryStream(firehose, "b", time.patience)
    quarantine = DeliveryStream(firehose, "q", time.patience)
    raw_store = RawStore(FakeS3, "lake", "raw/")
    batch = [
        StreamRecord(PLACE._replace(sequence_number=str(position)), "k", record)
        for position, record in enumerate(records)
    ]
    outcome = ingest(batch, JUDGE, bronze, Quarantine(quarantine, raw_store), RecentlySeen())
    delivered = {
        (int(row["sequence_number"]), row["sub_sequence_number"])
        for row in firehose.rows("b") + firehose.rows("q")
    }
    acknowledged = len(records) if outcome.undelivered_from is None else outcome.undelivered_from
    for position, record in enumerate(records[:acknowledged]):
        for number, _ in enumerate(judge_record(record)):
            assert (position, number) in delivered
    if outcome.undelivered_from is None:
        parts = sum(len(judge_record(record)) for record in records)
        assert outcome.accepted + outcome.rejected.total() == parts
