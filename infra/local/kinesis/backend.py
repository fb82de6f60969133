"""The Kinesis backend: moto's control plane over our streams, and the three calls that move records."""

import threading
from binascii import Error as Base64Error
from binascii import a2b_base64
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from moto.core.exceptions import JsonRESTError
from moto.kinesis import models as moto_models
from moto.kinesis import urls as moto_urls
from moto.kinesis.exceptions import (
    InvalidArgumentError,
    ResourceInUseError,
    ResourceNotFoundError,
    TotalRecordsSizeExceedsLimit,
)

from infra.local.engine import Runtime
from infra.local.kinesis.iterator import ShardIterator
from infra.local.kinesis.limits import (
    MAX_READ_RECORDS,
    MAX_REQUEST_BYTES,
    ThroughputExceededError,
    ValidationError,
    check_batch,
    check_record,
)
from infra.local.kinesis.responses import EngineKinesisResponse
from infra.local.kinesis.shard import BEFORE_ALL, Shard
from infra.local.kinesis.stream import Stream, micros_of


def _decode(data: object) -> bytes:
    try:
        return a2b_base64(data)  # type: ignore[arg-type]  # anything but text raises TypeError
    except (Base64Error, TypeError, ValueError) as error:
        raise JsonRESTError("SerializationException", "Data must be base64.") from error


class KinesisBackend(moto_models.KinesisBackend):
    """Replaces moto's backend; `install` makes a subclass that knows the runtime."""

    runtime: ClassVar[Runtime]
    enforce_limits: ClassVar[bool]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = threading.Lock()

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(
            url_bases=moto_urls.url_bases, url_paths={"{0}/$": EngineKinesisResponse.dispatch}
        )

    def _now(self) -> int:
        return micros_of(self.runtime.clock.now())

    def create_stream(
        self,
        stream_name: str,
        shard_count: int,
        stream_mode: dict[str, str] | None = None,
        retention_period_hours: int | None = None,
    ) -> Stream:
        with self._lock:
            if stream_name in self.streams:
                raise ResourceInUseError(
                    f"Stream {stream_name} under account {self.account_id} already exists."
                )
            stream = Stream(  # type: ignore[abstract]  # so is moto's own, it says
                stream_name,
                shard_count,
                stream_mode=stream_mode,
                retention_period_hours=retention_period_hours,
                account_id=self.account_id,
                region_name=self.region_name,
                clock=self.runtime.clock,
                enforce_limits=self.enforce_limits,
            )
            self.streams[stream_name] = stream
            return stream

    def _stream(self, stream_arn: str | None, stream_name: str | None) -> Stream:
        return cast("Stream", self.describe_stream(stream_arn, stream_name))

    def _all_streams(self) -> list[Stream]:
        return cast("list[Stream]", list(self.streams.values()))

    # -- put

    def put_record(
        self,
        stream_arn: str | None,
        stream_name: str | None,
        partition_key: str,
        explicit_hash_key: str | None,
        data: str,
    ) -> tuple[str, str]:
        stream = self._stream(stream_arn, stream_name)
        body = _decode(data)
        size = check_record(partition_key, body)
        now = self.runtime.clock.now()
        try:
            answer = stream.put(partition_key, explicit_hash_key, body, size, micros_of(now))
        except ThroughputExceededError:
            stream.metrics.wrote(0, 0, 1, now)
            raise
        stream.metrics.wrote(1, size, 0, now)
        self.runtime.meter.wrote_stream_records([len(body)])
        return answer

    def put_records(
        self, stream_arn: str | None, stream_name: str | None, records: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Store each record or say why not; a bad record refuses the request before any is stored."""
        stream = self._stream(stream_arn, stream_name)
        check_batch(len(records))
        bodies = [_decode(record.get("Data")) for record in records]
        sizes = [
            check_record(record.get("PartitionKey"), body, f"records.{place}.member.")
            for place, (record, body) in enumerate(zip(records, bodies, strict=True), start=1)
        ]
        if sum(sizes) > MAX_REQUEST_BYTES:
            raise TotalRecordsSizeExceedsLimit
        now = self.runtime.clock.now()
        now_micros = micros_of(now)
        entries: list[dict[str, str]] = []
        throttled = stored_bytes = 0
        for record, body, size in zip(records, bodies, sizes, strict=True):
            try:
                sequence_number, shard_id = stream.put(
                    record["PartitionKey"], record.get("ExplicitHashKey"), body, size, now_micros
                )
            except ThroughputExceededError as error:
                entries.append({"ErrorCode": error.error_type, "ErrorMessage": error.message})
                throttled += 1
            else:
                entries.append({"SequenceNumber": sequence_number, "ShardId": shard_id})
                stored_bytes += size
        stream.metrics.wrote(len(records) - throttled, stored_bytes, throttled, now)
        stored = (len(body) for body, entry in zip(bodies, entries, strict=True) if "ShardId" in entry)
        self.runtime.meter.wrote_stream_records(stored)
        return {"FailedRecordCount": throttled, "Records": entries, "EncryptionType": stream.encryption_type}

    # -- get

    def get_shard_iterator(  # type: ignore[override]  # moto's signature, its true types
        self,
        stream_arn: str | None,
        stream_name: str | None,
        shard_id: str,
        shard_iterator_type: str,
        starting_sequence_number: str | None,
        at_timestamp: float | None,
    ) -> str:
        stream = self._stream(stream_arn, stream_name)
        shard = stream.shards.get(shard_id)
        if shard is None:
            raise ResourceNotFoundError(
                f"Shard {shard_id} in stream {stream.stream_name} under account {self.account_id} "
                "does not exist"
            )
        now = self._now()
        match shard_iterator_type:
            case "TRIM_HORIZON":
                after = BEFORE_ALL
            case "LATEST":
                after = shard.latest()
            case "AT_SEQUENCE_NUMBER":
                after = self._sequence_number(starting_sequence_number, stream, shard) - 1
            case "AFTER_SEQUENCE_NUMBER":
                after = self._sequence_number(starting_sequence_number, stream, shard)
            case "AT_TIMESTAMP":
                after = self._position_at(at_timestamp, shard, now)
            case _:
                raise ValidationError(
                    "shardIteratorType",
                    "satisfy enum value set: "
                    "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]",
                )
        return ShardIterator(stream.stream_name, shard_id, after, now).encode()

    def _sequence_number(self, text: str | None, stream: Stream, shard: Shard) -> int:
        if text is None:
            raise InvalidArgumentError(
                "Must either specify StartingSequenceNumber or use another ShardIteratorType."
            )
        if not text.isdecimal() or (int(text) != 0 and shard.index != (int(text) >> 4) & 0xFFFFFFFF):
            raise InvalidArgumentError(
                f"StartingSequenceNumber {text} used in GetShardIterator on shard {shard.shard_id} in stream "
                f"{stream.stream_name} under account {self.account_id} is invalid."
            )
        return int(text)

    @staticmethod
    def _position_at(at_timestamp: float | None, shard: Shard, now_micros: int) -> int:
        if at_timestamp is None:
            raise InvalidArgumentError(
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP."
            )
        micros = int(float(at_timestamp) * 1_000_000)
        # Clients send whole seconds or milliseconds, rounded either way.
        if micros > now_micros + 1_000_000:
            raise InvalidArgumentError(
                f"The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                f"timestampInMillis: {micros // 1000}, currentTimestampInMillis: {now_micros // 1000}"
            )
        return shard.position_at(micros)

    def read_records(self, shard_iterator: str, limit: int | None) -> dict[str, Any]:
        """The answer of GetRecords, `Data` as bytes and the arrival as a datetime."""
        if limit is not None and not 1 <= limit <= MAX_READ_RECORDS:
            raise ValidationError("limit", f"have value between 1 and {MAX_READ_RECORDS}")
        iterator = ShardIterator.decode(shard_iterator, self._now())
        stream = self._stream(None, iterator.stream_name)
        shard = stream.shard_named(iterator.shard_id)
        stream.admit_read(shard.shard_id)
        found = stream.read(shard, iterator.after, limit or MAX_READ_RECORDS)
        stream.has_read(shard.shard_id, found.size)
        answer: dict[str, Any] = {
            "Records": [
                {
                    "Data": record.data,
                    "PartitionKey": record.partition_key,
                    "SequenceNumber": record.sequence_number,
                    "ApproximateArrivalTimestamp": record.approximate_arrival_timestamp,
                    "EncryptionType": stream.encryption_type,
                }
                for record in found.records
            ],
            "MillisBehindLatest": found.millis_behind_latest,
        }
        if found.is_finished:
            answer["ChildShards"] = stream.children_of(shard)
        else:
            following = ShardIterator(stream.stream_name, shard.shard_id, found.position, self._now())
            answer["NextShardIterator"] = following.encode()
        return answer

    def forget_expired(self) -> None:
        for stream in self._all_streams():
            stream.forget_expired()

    def publish_metrics(self) -> None:
        for stream in self._all_streams():
            stream.metrics.publish(self.runtime.metrics)
