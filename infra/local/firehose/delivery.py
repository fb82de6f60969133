"""One buffer on its way to S3."""

import base64
import gzip
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.local.firehose import prefixes
from infra.local.firehose.buffer import Record
from infra.local.firehose.conversion import Failure, convert, parquet_bytes
from infra.local.firehose.destination import Conversion, Destination
from infra.local.firehose.hive_types import HiveType
from infra.local.firehose.processor import PROCESSING_FAILED, Unprocessed, error_lines

_CONVERSION_FAILED = "format-conversion-failed"


@dataclass(frozen=True, slots=True)
class Source:
    """The delivery stream that a buffer belongs to; `version` counts its configurations from 1."""

    account_id: str
    region: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class PreparedObject:
    """One object to be written; `records` counts the Firehose records in it, `error_type` names failures."""

    key: str
    body: bytes
    records: int
    error_type: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The objects of one buffer, with how many documents did and did not convert."""

    objects: Sequence[PreparedObject]
    converted: int = 0
    failed: int = 0


def prepare(
    source: Source,
    destination: Destination,
    records: Sequence[Record],
    columns: Mapping[str, HiveType] | None,
    now: datetime,
) -> Prepared:
    """Turn a buffer into objects, their keys included; `columns` where the destination converts."""
    oldest = min(record.arrived_at for record in records)
    stem = f"{source.name}-{source.version}-{prefixes.format_time('yyyy-MM-dd-HH-mm-ss', oldest)}"
    key = f"{prefixes.delivered(destination.prefix, oldest, destination.zone)}{stem}-{uuid.uuid4()}"
    conversion = destination.conversion
    if conversion is None or columns is None:
        body = b"".join(record.data for record in records)
        if destination.is_gzipped:
            body = gzip.compress(body, compresslevel=6, mtime=0)
        return Prepared([PreparedObject(f"{key}{destination.extension}", body, len(records))])
    result = convert(records, columns, ignore_case=conversion.is_case_insensitive)
    objects = []
    if result.table.num_rows:
        body = parquet_bytes(result.table, conversion)
        objects.append(PreparedObject(f"{key}{destination.extension}", body, len(records)))
    if result.failures:
        error_prefix = prefixes.failed(destination.error_prefix, _CONVERSION_FAILED, oldest, destination.zone)
        lines = _error_lines(result.failures, conversion, now)
        error_key = f"{error_prefix}{stem}-{uuid.uuid4()}"
        objects.append(PreparedObject(error_key, lines, len(result.failures), _CONVERSION_FAILED))
    return Prepared(objects, result.table.num_rows, len(result.failures))


def prepare_unprocessed(
    source: Source,
    destination: Destination,
    records: Sequence[Unprocessed],
    function_arn: str,
    attempts: int,
    now: datetime,
) -> Prepared:
    """The object of records that the destination's function did not process."""
    oldest = min(one.record.arrived_at for one in records)
    prefix = prefixes.failed(destination.error_prefix, PROCESSING_FAILED, oldest, destination.zone)
    stamp = prefixes.format_time("yyyy-MM-dd-HH-mm-ss", oldest)
    key = f"{prefix}{source.name}-{source.version}-{stamp}-{uuid.uuid4()}"
    body = error_lines(records, function_arn, attempts, now)
    return Prepared([PreparedObject(key, body, len(records), PROCESSING_FAILED)])


def _error_lines(failures: Iterable[Failure], conversion: Conversion, now: datetime) -> bytes:
    """One JSON document per line, as AWS writes them for failed conversions; times in epoch milliseconds."""
    table = {
        "catalogId": None,
        "databaseName": conversion.database,
        "tableName": conversion.table,
        "region": conversion.region,
        "versionId": "LATEST",
        "catalogArn": None,
    }
    lines = [
        {
            "attemptsMade": 1,
            "arrivalTimestamp": _millis(failure.record.arrived_at),
            "lastErrorCode": failure.code,
            "lastErrorMessage": failure.message,
            "attemptEndingTimestamp": _millis(now),
            "rawData": base64.b64encode(failure.document).decode(),
            "sequenceNumber": None,
            "subSequenceNumber": None,
            "dataCatalogTable": table,
        }
        for failure in failures
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
