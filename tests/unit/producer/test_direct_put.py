"""The client of a shop, sending straight into Firehose."""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from producer.aggregation import is_aggregate, unpack
from producer.direct import MAX_RECORD_BYTES, MAX_REQUEST_BYTES, DirectPut, direct_settings
from producer.errors import RecordTooLarge, StreamMissing
from producer.record import Record
from producer.stream import OrderStream


class FakeFirehose:
    """Refuses the records at `refused` of the first request, or every request with `error`."""

    def __init__(self, refused: Sequence[int] = (), error: Exception | None = None) -> None:
        self.requests: list[list[bytes]] = []
        self.taken: list[bytes] = []
        self._refused = refused
        self._error = error

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        assert DeliveryStreamName == "bronze"
        assert len(Records) <= 500
        assert all(record.keys() == {"Data"} for record in Records)
        data = [record["Data"] for record in Records]
        assert sum(map(len, data)) <= MAX_REQUEST_BYTES
        if self._error:
            raise self._error
        refused = set() if self.requests else set(self._refused)
        self.requests.append(data)
        self.taken += [one for place, one in enumerate(data) if place not in refused]
        return {
            "FailedPutCount": len(refused),
            "RequestResponses": [
                {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
                if place in refused
                else {"RecordId": "r"}
                for place in range(len(data))
            ],
        }


def stream(firehose: FakeFirehose, *, aggregate: bool = True) -> OrderStream:
    client = DirectPut(firehose)  # type: ignore[arg-type]
    return OrderStream(
        client,
        direct_settings("bronze", aggregate=aggregate),
        sleep=lambda _: None,
        jitter=lambda low, _: low,
    )


def record(sequence: int, size: int = 300) -> Record:
    return Record(sequence, f"order-{sequence}", b"%08d" % sequence + b"x" * (size - 8), "order_paid")


def events_of(taken: Sequence[bytes]) -> list[bytes]:
    parts = []
    for data in taken:
        unpacked = unpack(data, "")
        assert isinstance(unpacked, list)
        parts += [part.data for part in unpacked]
    return parts


def test_events_of_all_orders_share_records() -> None:
    firehose = FakeFirehose()
    sending = stream(firehose)
    sent = [record(n) for n in range(1, 1001)]
    for one in sent:
        sending.put_record(one)
    sending.flush()
    assert sorted(events_of(firehose.taken)) == [one.data for one in sent]
    assert len(firehose.taken) <= 10
    assert all(is_aggregate(data) for data in firehose.taken)
    assert sending.stats.records == 1000


def test_only_what_firehose_did_not_take_is_sent_again() -> None:
    firehose = FakeFirehose(refused=[1])
    sending = stream(firehose, aggregate=False)
    for n in (1, 2, 3):
        sending.put_record(record(n))
    sending.flush()
    assert [len(request) for request in firehose.requests] == [3, 1]
    assert sorted(firehose.taken) == [record(n).data for n in (1, 2, 3)]
    assert sending.unacknowledged == ()


def test_requests_keep_within_firehoses_limits() -> None:
    firehose = FakeFirehose()
    sending = stream(firehose)
    for n in range(1, 9):
        sending.put_record(record(n, 900_000))
    sending.flush()
    assert len(firehose.taken) == 8


def test_a_record_over_firehoses_limit_is_not_taken() -> None:
    with pytest.raises(RecordTooLarge):
        stream(FakeFirehose()).put_record(record(1, MAX_RECORD_BYTES + 1))


def test_a_firehose_stream_that_does_not_exist_is_said_so() -> None:
    missing = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "PutRecordBatch")
    sending = stream(FakeFirehose(error=missing))
    sending.put_record(record(1))
    with pytest.raises(StreamMissing):
        sending.flush()
