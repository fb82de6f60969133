import base64
import gzip
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.firehose.models import firehose_backends

from infra.local.clock import ManualClock
from infra.local.engine import ObjectInfo, Runtime
from infra.local.firehose import FirehoseEngine
from infra.local.firehose.backend import FirehoseBackend
from infra.local.firehose.destination import Conversion
from infra.local.firehose.engine import install
from infra.local.firehose.hive_types import HiveType, parse_type

START = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
MEBIBYTE = 1024 * 1024


class Objects:
    """An S3 that can be broken."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}
        self.is_broken = False
        self.attempts: list[str] = []

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
        self.attempts.append(key)
        if self.is_broken:
            raise KeyError(bucket)
        self.written[key] = body

    def get(self, bucket: str, key: str) -> bytes:
        return self.written[key]

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]:
        return []


class Metrics:
    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}

    def put(
        self,
        namespace: str,
        name: str,
        value: float,
        *,
        unit: str = "None",
        dimensions: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> None:
        self.values.setdefault(name, []).append(value)


class NoLogs:
    def write(self, group: str, stream: str, lines: Sequence[str]) -> None:
        return


class Scene:
    def __init__(self, work_dir: Path) -> None:
        BackendDict.reset()
        self.clock = ManualClock(START)
        self.objects = Objects()
        self.metrics = Metrics()
        self.runtime = Runtime(
            self.clock,
            "http://none",
            "123456789012",
            "us-east-1",
            work_dir,
            self.objects,
            self.metrics,
            NoLogs(),
        )
        self.engine: FirehoseEngine = install(self.runtime)

    @property
    def backend(self) -> FirehoseBackend:
        backend = firehose_backends["123456789012"]["us-east-1"]
        assert isinstance(backend, FirehoseBackend)
        return backend

    def create(self, name: str = "bronze", **destination: Any) -> None:
        nothing = dict.fromkeys(
            f"{kind}_destination_configuration"
            for kind in ("s3", "redshift", "elasticsearch", "splunk", "http_endpoint", "snowflake", "iceberg")
        )
        self.backend.create_delivery_stream(
            region="us-east-1",
            delivery_stream_name=name,
            delivery_stream_type="DirectPut",
            kinesis_stream_source_configuration={},
            delivery_stream_encryption_configuration_input={},
            extended_s3_destination_configuration={"BucketARN": "arn:aws:s3:::lake", **destination},
            tags=[],
            **nothing,
        )

    def update(self, **changes: Any) -> None:
        nothing: dict[str, Any] = dict.fromkeys(
            (
                "s3_destination_update",
                "s3_backup_mode",
                "redshift_destination_update",
                "elasticsearch_destination_update",
                "splunk_destination_update",
                "http_endpoint_destination_update",
                "snowflake_destination_configuration",
                "iceberg_destination_update",
            )
        )
        self.backend.update_destination(
            delivery_stream_name="bronze",
            current_delivery_stream_version_id="1",
            destination_id="destinationId-000000000001",
            extended_s3_destination_update=changes,
            **nothing,
        )

    def put(self, *data: bytes, name: str = "bronze") -> dict[str, Any]:
        return self.backend.put_record_batch(name, [{"Data": one} for one in data])

    def tick(self) -> dict[str, bytes]:
        """Tick until nothing is under way; what is in S3 then."""
        self.engine.tick()
        self._wait(lambda: not self.engine.is_busy)
        return self.objects.written

    @staticmethod
    def _wait(is_done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not is_done():
            assert time.monotonic() < deadline
            time.sleep(0.002)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    scene.engine.close()
    BackendDict.reset()


def buffering(seconds: int, mebibytes: int = 1) -> dict[str, int]:
    return {"IntervalInSeconds": seconds, "SizeInMBs": mebibytes}


def test_records_wait_for_the_interval_and_arrive_as_one_object_without_delimiters(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(60))
    scene.put(b"one", b"two")
    scene.clock.advance(30)
    scene.put(b"three")
    scene.clock.advance(29)
    assert scene.tick() == {}
    scene.clock.advance(1)
    assert list(scene.tick().values()) == [b"onetwothree"]


def test_a_full_buffer_does_not_wait(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(900))
    scene.put(b"x" * 900_000)
    assert scene.tick() == {}
    scene.put(b"x" * 200_000)
    assert [len(body) for body in scene.tick().values()] == [1_100_000]


def test_a_stream_without_interval_delivers_at_once(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(0))
    scene.put(b"one")
    assert list(scene.tick().values()) == [b"one"]


def test_an_object_is_named_after_its_oldest_record(scene: Scene) -> None:
    scene.create(
        Prefix="orders/hour=!{timestamp:yyyy-MM-dd-HH}/",
        ErrorOutputPrefix="failed/!{firehose:error-output-type}/",
        BufferingHints=buffering(3600 // 4),
    )
    scene.clock.advance(29 * 60)
    scene.put(b"before one o'clock")
    scene.clock.advance(15 * 60)
    scene.put(b"after")
    (key,) = scene.tick()
    assert key.startswith("orders/hour=2026-01-01-12/bronze-1-2026-01-01-12-59-00-")


def test_gzip_objects_are_named_and_packed_so(scene: Scene) -> None:
    scene.create(CompressionFormat="GZIP", BufferingHints=buffering(0))
    scene.put(b"one\n", b"two\n")
    ((key, body),) = scene.tick().items()
    assert key.startswith("2026/01/01/12/bronze-1-")
    assert key.endswith(".gz")
    assert gzip.decompress(body) == b"one\ntwo\n"


def test_what_s3_refuses_is_tried_again_under_the_same_key(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(0))
    scene.objects.is_broken = True
    scene.put(b"one")
    scene.tick()
    scene.clock.advance(0.9)
    scene.tick()
    assert len(scene.objects.attempts) == 1
    scene.objects.is_broken = False
    scene.clock.advance(0.1)
    assert list(scene.tick().values()) == [b"one"]
    assert len(set(scene.objects.attempts)) == 1
    assert scene.metrics.values["DeliveryToS3.Success"] == [0, 1]


def test_a_drain_delivers_every_buffer(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(900))
    scene.create("quarantine", BufferingHints=buffering(900))
    scene.put(b"one")
    scene.put(b"two", name="quarantine")
    scene.engine.drain()
    assert sorted(scene.objects.written.values()) == [b"one", b"two"]


def test_a_deleted_stream_delivers_what_it_holds(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(900))
    scene.put(b"one")
    scene.backend.delete_delivery_stream("bronze")
    assert list(scene.tick().values()) == [b"one"]


def test_a_changed_interval_counts_for_what_is_buffered_and_the_version_grows(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(900))
    scene.put(b"one")
    scene.update(BufferingHints=buffering(0))
    (key,) = scene.tick()
    assert "/bronze-2-" in key


def test_a_change_that_cannot_work_is_refused_and_not_kept(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(0))
    with pytest.raises(ServiceException):
        scene.update(CompressionFormat="ZIP")
    scene.put(b"one")
    (key,) = scene.tick()
    assert "/bronze-1-" in key


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([b"x"] * 501, "ValidationException"),
        ([], "ValidationException"),
        ([b"x" * (1000 * 1024 + 1)], "ValidationException"),
        ([b"x" * 1_000_000] * 5, "InvalidArgumentException"),
    ],
)
def test_requests_over_the_limits_are_refused(scene: Scene, records: list[bytes], code: str) -> None:
    scene.create()
    with pytest.raises(ServiceException) as error:
        scene.put(*records)
    assert error.value.code == code


def test_a_record_of_the_largest_size_is_taken(scene: Scene) -> None:
    scene.create()
    assert scene.put(b"x" * 1000 * 1024)["FailedPutCount"] == 0


def test_refused_records_are_marked_and_the_others_taken(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(0))
    scene.engine.refuses = lambda _, record: record == b"bad"
    answer = scene.put(b"good", b"bad", b"fine")
    assert answer["FailedPutCount"] == 1
    assert [one.get("ErrorCode") for one in answer["RequestResponses"]] == [
        None,
        "ServiceUnavailableException",
        None,
    ]
    assert list(scene.tick().values()) == [b"goodfine"]
    with pytest.raises(ServiceException):
        scene.backend.put_record("bronze", {"Data": b"bad"})


def test_metrics_count_what_came_and_what_was_delivered(scene: Scene) -> None:
    scene.create(BufferingHints=buffering(60))
    scene.put(b"one", b"three")
    scene.clock.advance(60)
    scene.tick()
    values = scene.metrics.values
    assert (values["IncomingRecords"], values["IncomingBytes"]) == ([2], [8])
    assert (values["DeliveryToS3.Records"], values["DeliveryToS3.DataFreshness"]) == ([2], [60])


SCHEMA = {
    "Enabled": True,
    "SchemaConfiguration": {"DatabaseName": "shop", "TableName": "events", "RoleARN": "arn:role"},
    "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
    "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
}
CONVERTING: dict[str, Any] = {
    "Prefix": "bronze/hour=!{timestamp:yyyy-MM-dd-HH}/",
    "ErrorOutputPrefix": "failed/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd-HH}/",
    "BufferingHints": buffering(60, 64),
    "DataFormatConversionConfiguration": SCHEMA,
}


def columns(_account: str, conversion: Conversion) -> Mapping[str, HiveType]:
    assert (conversion.database, conversion.table) == ("shop", "events")
    return {"event_id": parse_type("string"), "sequence": parse_type("bigint")}


@pytest.fixture
def converting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    scene.engine.close()
    scene.engine = FirehoseEngine(scene.runtime, columns)
    monkeypatch.setattr(firehose_backends.backend, "intake", scene.engine)
    yield scene
    scene.engine.close()
    BackendDict.reset()


def test_documents_are_delivered_as_parquet(converting: Scene) -> None:
    converting.create(**CONVERTING)
    converting.put(b'{"event_id":"a","sequence":1}{"event_id":"b","sequence":2}')
    converting.clock.advance(60)
    ((key, body),) = converting.tick().items()
    assert key.startswith("bronze/hour=2026-01-01-12/bronze-1-2026-01-01-12-30-00-")
    assert key.endswith(".parquet")
    assert pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist() == [
        {"event_id": "a", "sequence": 1},
        {"event_id": "b", "sequence": 2},
    ]


def test_documents_that_do_not_convert_go_to_the_error_prefix_as_aws_writes_them(converting: Scene) -> None:
    converting.create(**CONVERTING)
    converting.put(b'{"sequence":1}{"sequence":"many"}')
    converting.clock.advance(60)
    written = converting.tick()
    (key,) = [
        key for key in written if key.startswith("failed/format-conversion-failed/2026-01-01-12/bronze-1-")
    ]
    line = json.loads(written[key])
    assert base64.b64decode(line["rawData"]) == b'{"sequence":"many"}'
    assert line["lastErrorCode"] == "DataFormatConversion.MalformedData"
    assert line["arrivalTimestamp"] == int(START.timestamp() * 1000)
    assert line["attemptEndingTimestamp"] == int(START.timestamp() * 1000) + 60_000
    assert line["dataCatalogTable"]["tableName"] == "events"
    assert len(written) == 2
    assert converting.metrics.values["SucceedConversion.Records"] == [1]
    assert converting.metrics.values["FailedConversion.Records"] == [1]


def test_nothing_convertible_writes_no_parquet(converting: Scene) -> None:
    converting.create(**CONVERTING)
    converting.put(b"[]")
    converting.clock.advance(60)
    assert [key.split("/")[0] for key in converting.tick()] == ["failed"]


def test_a_missing_table_holds_the_delivery_back_until_it_is_there(scene: Scene) -> None:
    scene.create(**CONVERTING)
    scene.put(b'{"sequence":1}')
    scene.clock.advance(60)
    assert scene.tick() == {}
    assert scene.metrics.values["DeliveryToS3.Success"] == [0]


@pytest.mark.parametrize(
    "changes",
    [
        {"BufferingHints": buffering(60, 63)},
        {"CompressionFormat": "GZIP"},
        {"ErrorOutputPrefix": "failed/"} | {"Prefix": "!{timestamp:yyyy}", "ErrorOutputPrefix": ""},
        {"DataFormatConversionConfiguration": {**SCHEMA, "SchemaConfiguration": {}}},
        {"DynamicPartitioningConfiguration": {"Enabled": True}},
        {"CustomTimeZone": "Nowhere/Land"},
    ],
)
def test_a_destination_that_cannot_work_is_refused_and_not_kept(
    scene: Scene, changes: dict[str, Any]
) -> None:
    with pytest.raises(ServiceException) as error:
        scene.create(**{**CONVERTING, **changes})
    assert error.value.code == "InvalidArgumentException"
    assert scene.backend.delivery_streams == {}
