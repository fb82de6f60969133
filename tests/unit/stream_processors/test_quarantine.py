import json
from base64 import b64decode
from hashlib import sha256

import pytest

from stream_processors.contract import RejectedEvent
from stream_processors.errors import DeliveryRefusedError
from stream_processors.order_ingest.delivery import DeliveryStream
from stream_processors.order_ingest.quarantine import MAX_INLINE_RAW_BYTES, Quarantine, RawStore
from tests.unit.stream_processors.fakes import FakeFirehose, FakeS3, FakeTime, call_failed
from tests.unit.stream_processors.samples import judge


class Setup:
    def __init__(self) -> None:
        self.firehose, self.s3 = FakeFirehose(), FakeS3()
        stream = DeliveryStream(self.firehose, "quarantine", FakeTime().patience)
        self.quarantine = Quarantine(stream, RawStore(lambda: self.s3, "lake", "quarantine/raw/"))


def rejection(data: bytes) -> RejectedEvent:
    verdict = judge(data)
    assert isinstance(verdict, RejectedEvent)
    return verdict


def test_each_row_is_a_line() -> None:
    setup = Setup()
    setup.quarantine.add(rejection(b"junk"), 0)
    setup.quarantine.add(rejection(b"more\njunk"), 1)
    setup.quarantine.flush()
    [record] = setup.firehose.taken["quarantine"]
    lines = record.decode().split("\n")
    assert lines.pop() == ""
    assert [b64decode(json.loads(line)["raw_base64"]) for line in lines] == [b"junk", b"more\njunk"]


def test_raw_bytes_up_to_the_limit_stay_in_the_row() -> None:
    setup = Setup()
    setup.quarantine.add(rejection(b"x" * MAX_INLINE_RAW_BYTES), 0)
    setup.quarantine.flush()
    [row] = setup.firehose.rows("quarantine")
    assert len(b64decode(row["raw_base64"])) == MAX_INLINE_RAW_BYTES
    assert row["raw_pointer"] is None
    assert setup.s3.objects == {}


def test_larger_raw_bytes_are_an_object_named_by_their_hash() -> None:
    setup = Setup()
    raw = b"x" * (MAX_INLINE_RAW_BYTES + 1)
    setup.quarantine.add(rejection(raw), 0)
    setup.quarantine.flush()
    [row] = setup.firehose.rows("quarantine")
    key = f"quarantine/raw/{sha256(raw).hexdigest()}"
    assert setup.s3.objects == {("lake", key): raw}
    assert row["raw_base64"] is None
    assert row["raw_pointer"] == f"s3://lake/{key}"
    assert (row["raw_sha256"], row["raw_size"]) == (sha256(raw).hexdigest(), len(raw))


def test_a_row_whose_raw_bytes_could_not_be_stored_is_left_to_the_redelivery() -> None:
    setup = Setup()
    setup.s3.failure = call_failed("SlowDown", 503)
    setup.quarantine.add(rejection(b"small"), 3)
    setup.quarantine.add(rejection(b"x" * (MAX_INLINE_RAW_BYTES + 1)), 4)
    setup.quarantine.flush()
    assert setup.quarantine.undelivered_from == 4
    assert [row["raw_size"] for row in setup.firehose.rows("quarantine")] == [5]


def test_a_bucket_that_refuses_is_an_error() -> None:
    setup = Setup()
    setup.s3.failure = call_failed("AccessDenied", 403)
    with pytest.raises(DeliveryRefusedError):
        setup.quarantine.add(rejection(b"x" * (MAX_INLINE_RAW_BYTES + 1)), 0)
