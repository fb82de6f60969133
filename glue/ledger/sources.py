"""Where records are found: the stream, the lake, the failure stores; and what producers say they sent."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, Optional, Tuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from glue.bronze import Bronze
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_s3 import S3Client

_LOG = logging.getLogger(__name__)
_COLUMNS = [
    "stream_name",
    "shard_id",
    "sequence_number",
    "sub_sequence_number",
    "arrived_at",
    "producer_id",
    "sequence",
]
_BATCH_ROWS = 16_384
_PAUSE_SECONDS = 0.2  # five GetRecords a second are allowed on a shard, and order-ingest makes one of them
_SET_ASIDE = frozenset({"unreadable_object", "unreadable_row"})  # the silver job's own: they are in bronze
_UNREADABLE = (pa.ArrowException, OSError, EOFError, zlib.error, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class Record:
    """One delivery of one event: where it is, where it stood in the stream, how its producer numbered it."""

    place: str
    shard_id: str
    sequence_number: str
    sub_sequence_number: int
    arrived_at: datetime
    producer_id: Optional[str] = None
    sequence: Optional[int] = None
    key: str = ""

    @property
    def hour(self) -> datetime:
        return self.arrived_at.replace(minute=0, second=0, microsecond=0)


class Sources:
    """Reads anew at each call, so that nothing has to be held.

    An object that nobody can read is passed over with a warning: what was in it counts as missing.
    """

    def __init__(self, s3: S3Client, kinesis: KinesisClient, bronze: Bronze, settings: Settings) -> None:
        self._s3 = s3
        self._kinesis = kinesis
        self._bronze = bronze
        self._settings = settings

    def stream(self, since: datetime, until: datetime) -> Iterator[Record]:
        """The stream's records that arrived in between; none where the stack has no stream."""
        if not self._settings.has_stream:
            return
        pages = self._kinesis.get_paginator("list_shards").paginate(
            StreamName=str(self._settings.stream_name)
        )
        for page in pages:
            for shard in page["Shards"]:
                yield from self._shard(shard["ShardId"], since, until)

    def lake(self, since: datetime) -> Iterator[Record]:
        """What arrived since then and is in bronze or quarantine, or is no more in either and was noted."""
        for place, rows in (
            ("bronze", self._bronze_rows(since)),
            ("quarantine", self._quarantine_rows(since)),
            ("given_up", self._given_up_rows()),
            ("delivery_failed", self._failed_rows()),
        ):
            for key, row in rows:
                if not _is_placed(row):
                    continue
                arrived_at = datetime.fromtimestamp(row["arrived_at"] / 1_000_000, timezone.utc)
                if arrived_at >= since and row["stream_name"] == self._settings.stream_name:
                    yield Record(
                        place,
                        row["shard_id"],
                        row["sequence_number"],
                        row["sub_sequence_number"],
                        arrived_at,
                        row.get("producer_id"),
                        row.get("sequence"),
                        key,
                    )

    def withdrawn(self) -> Iterator[Tuple[str, str, str, int]]:
        """Shard, sequence number, producer and sequence of what `orderlake verify` took out of the lake."""
        for key, _ in self._keys(f"{self._settings.audit_prefix}withdrawn/"):
            note = json.loads(self._body(key))
            for shard_id, sequence_number, sub_sequence_number, sequence in note["records"]:
                if sub_sequence_number == 0:
                    yield shard_id, str(sequence_number), note["producer_id"], sequence

    def manifests(self, since: datetime) -> Iterator[Dict[str, Any]]:
        """What producers wrote down since then of their runs into this stream."""
        for key, modified in self._keys(f"{self._settings.audit_prefix}runs/"):
            if modified >= since and key.endswith(".json"):
                manifest: Dict[str, Any] = json.loads(self._body(key))
                if manifest["stream_name"] == self._settings.stream_name:
                    yield manifest

    def in_failure_stores(self, since: datetime) -> int:
        """Records that came into a failure store since then, and rest there."""
        given_up = sum(modified >= since for _, modified, _ in self._given_up())
        return given_up + sum(modified >= since for _, modified, _ in self._error_lines())

    def _shard(self, shard_id: str, since: datetime, until: datetime) -> Iterator[Record]:
        kinesis = self._kinesis
        iterator: Optional[str] = kinesis.get_shard_iterator(
            StreamName=str(self._settings.stream_name),
            ShardId=shard_id,
            ShardIteratorType="AT_TIMESTAMP",
            Timestamp=since,
        )["ShardIterator"]
        while iterator:
            try:
                answer = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
            except kinesis.exceptions.ProvisionedThroughputExceededException:
                _LOG.info("the ledger waits for the shard", extra={"shard": shard_id})
                time.sleep(5 * _PAUSE_SECONDS)
                continue
            for record in answer["Records"]:
                arrived_at = record["ApproximateArrivalTimestamp"].astimezone(timezone.utc)
                if arrived_at >= until:
                    return
                yield Record("stream", shard_id, record["SequenceNumber"], 0, arrived_at)
            if not answer["Records"] and not answer.get("MillisBehindLatest"):
                return
            iterator = answer.get("NextShardIterator")
            time.sleep(_PAUSE_SECONDS)

    def _bronze_rows(self, since: datetime) -> Iterator[Tuple[str, Dict[str, Any]]]:
        for item in self._bronze.since(_partition(since)):
            body = self._body(item.key)
            with _passing_over(item.key):
                parquet = pq.ParquetFile(io.BytesIO(body))
                for batch in parquet.iter_batches(_BATCH_ROWS, columns=_COLUMNS):
                    yield from ((item.key, row) for row in self._of_stream(batch, since).to_pylist())

    def _of_stream(self, rows: pa.RecordBatch, since: datetime) -> pa.RecordBatch:
        """Rows that `lake` asks for, before each of them is made a Python object."""
        arrived = pc.greater_equal(rows.column("arrived_at"), pa.scalar(int(since.timestamp() * 1_000_000)))
        streams = pc.equal(rows.column("stream_name"), pa.scalar(self._settings.stream_name or ""))
        return rows.filter(pc.and_(arrived, streams))

    def _quarantine_rows(self, since: datetime) -> Iterator[Tuple[str, Dict[str, Any]]]:
        prefix = self._settings.quarantine_prefix
        for key, _ in self._keys(prefix, f"{prefix}arrival_hour={_partition(since)}"):
            body = self._body(key)
            with _passing_over(key):
                for line in gzip.decompress(body).splitlines():
                    row = json.loads(line)
                    if row["reason"] not in _SET_ASIDE:
                        yield key, row

    def _given_up_rows(self) -> Iterator[Tuple[str, Dict[str, Any]]]:
        return ((key, row) for key, _, row in self._given_up())

    def _failed_rows(self) -> Iterator[Tuple[str, Dict[str, Any]]]:
        for key, _, line in self._error_lines():
            with _passing_over(key):
                raw = base64.b64decode(json.loads(line)["rawData"])
                for text in raw.replace(b"}{", b"}\n{").splitlines():
                    yield key, _document(text)

    def _given_up(self) -> Iterator[Tuple[str, datetime, Dict[str, Any]]]:
        if not self._settings.has_stream:  # then Firehose gives up, into its error prefix
            return
        for key, modified in self._keys(self._settings.on_failure_prefix):
            body = self._body(key)
            with _passing_over(key):
                note = json.loads(body)
                batch = note["KinesisBatchInfo"]
                for record in json.loads(note["payload"])["Records"]:
                    place = record["kinesis"]
                    yield (
                        key,
                        modified,
                        {
                            "stream_name": batch["streamArn"].rpartition("/")[2],
                            "shard_id": batch["shardId"],
                            "sequence_number": place["sequenceNumber"],
                            "sub_sequence_number": 0,
                            "arrived_at": int(place["approximateArrivalTimestamp"] * 1_000_000),
                            **_numbered(base64.b64decode(place["data"])),
                        },
                    )

    def _error_lines(self) -> Iterator[Tuple[str, datetime, bytes]]:
        for key, modified in self._keys(self._settings.delivery_failed_prefix):
            yield from ((key, modified, line) for line in self._body(key).splitlines() if line.strip())

    def _keys(self, prefix: str, start_after: str = "") -> List[Tuple[str, datetime]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._settings.lake_bucket, Prefix=prefix, StartAfter=start_after
        )
        return [(found["Key"], found["LastModified"]) for page in pages for found in page.get("Contents", [])]

    def _body(self, key: str) -> bytes:
        return self._s3.get_object(Bucket=self._settings.lake_bucket, Key=key)["Body"].read()


@contextmanager
def _passing_over(key: str) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        _LOG.warning("the ledger cannot read an object", extra={"object": key, "error": type(error).__name__})


def _is_placed(row: Mapping[str, Any]) -> bool:
    """Whether the row says where in which stream its record stood, and when it came."""
    names = (row.get("stream_name"), row.get("shard_id"), row.get("sequence_number"))
    numbers = (row.get("sub_sequence_number"), row.get("arrived_at"))
    return all(isinstance(name, str) for name in names) and all(type(number) is int for number in numbers)


def _partition(since: datetime) -> str:
    # Firehose files a record under the hour in which it got it: that of its arrival, or a later one.
    return f"{since - timedelta(hours=1):%Y-%m-%d-%H}"


def _numbered(data: bytes) -> Dict[str, Any]:
    event = _document(data)
    sequence = event.get("sequence")
    is_numbered = isinstance(event.get("producer_id"), str) and type(sequence) is int
    return {"producer_id": event["producer_id"], "sequence": sequence} if is_numbered else {}


def _document(text: bytes) -> Dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
