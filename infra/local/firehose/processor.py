"""A destination's Lambda processor: what its function is given, and what its answer means.

Amazon Data Firehose Developer Guide: "Transform source data", "Required parameters for data transformation",
"Handle failure in data transformation".
"""

import base64
import binascii
import json
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from infra.local.firehose.buffer import Record

PROCESSING_FAILED: Final = "processing-failed"
MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024
_MEBIBYTE: Final = 1024 * 1024
_RANDOM_DIGITS: Final = 53


class ProcessorError(ValueError):
    """A processing configuration that Firehose, or the embedded one, refuses."""


class UnusableAnswerError(Exception):
    """The function failed or its answer counts for nothing: the whole batch is tried again."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, slots=True)
class Processor:
    """A function and its buffering hints; a batch that fails is tried `retries` times more."""

    function_arn: str
    buffer_bytes: int
    buffer_seconds: float
    retries: int


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """A record that ends under `processing-failed`."""

    record: Record
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a batch; the rest was dropped."""

    kept: Sequence[Record]
    failed: Sequence[Unprocessed]


Batch = Mapping[str, Record]
"""Records by the id that the function knows them under: the same at each attempt."""


def read_processor(configuration: Mapping[str, Any]) -> Processor | None:
    """Understand a ProcessingConfiguration.

    Raises:
        ProcessorError: Firehose, or the embedded one, does not take it.
    """
    if not configuration.get("Enabled"):
        return None
    processors = configuration.get("Processors") or []
    if [one.get("Type") for one in processors] != ["Lambda"]:
        raise ProcessorError("The embedded AWS processes with exactly one Lambda processor.")
    given = {one["ParameterName"]: one["ParameterValue"] for one in processors[0].get("Parameters") or []}
    if "LambdaArn" not in given:
        raise ProcessorError("The Lambda processor needs the parameter LambdaArn.")
    size = _number(given, "BufferSizeInMBs", 1, 0.2, 3)
    return Processor(
        function_arn=given["LambdaArn"].removesuffix(":$LATEST"),
        buffer_bytes=int(size * _MEBIBYTE),
        buffer_seconds=_number(given, "BufferIntervalInSeconds", 60, 0, 900),
        retries=int(_number(given, "NumberOfRetries", 3, 0, 300)),
    )


def _number(given: Mapping[str, str], name: str, default: float, least: float, most: float) -> float:
    try:
        number = float(given.get(name, default))
    except ValueError:
        number = most + 1
    if not least <= number <= most:
        raise ProcessorError(f"{name} must be from {least} to {most}.")
    return number


def batches(records: Iterable[Record], limit: int) -> Iterator[Batch]:
    """Records in groups of at most `limit` bytes, or of one."""
    batch: dict[str, Record] = {}
    size = 0
    for record in records:
        if batch and size + len(record.data) > limit:
            yield batch
            batch, size = {}, 0
        batch[_record_id()] = record
        size += len(record.data)
    if batch:
        yield batch


def _record_id() -> str:
    """62 digits that end in zeros, as AWS makes them."""
    return f"495{secrets.randbelow(10**_RANDOM_DIGITS):0{_RANDOM_DIGITS}d}000000"


def event(stream_arn: str, region: str, batch: Batch) -> bytes:
    """What the function is given."""
    records = [
        {
            "recordId": record_id,
            "approximateArrivalTimestamp": _millis(record.arrived_at),
            "data": base64.b64encode(record.data).decode(),
        }
        for record_id, record in batch.items()
    ]
    document = {
        "invocationId": str(uuid.uuid4()),
        "deliveryStreamArn": stream_arn,
        "region": region,
        "records": records,
    }
    return json.dumps(document).encode()


def read_answer(batch: Batch, payload: bytes) -> Processed:
    """Sort a batch by what the function said of each record.

    Raises:
        UnusableAnswerError: it is no answer, or does not name every record once.
    """
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise UnusableAnswerError(
            "Lambda.FunctionError", "The function's response exceeds the payload limit of 6 MB."
        )
    try:
        answers = json.loads(payload)["records"]
        ids = [answer["recordId"] for answer in answers]
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableAnswerError(
            "Lambda.JsonProcessingException", "The function's response is not what Firehose expects."
        ) from error
    if len(set(ids)) < len(ids):
        raise UnusableAnswerError("Lambda.DuplicatedRecordId", "A record ID was returned more than once.")
    if set(ids) != batch.keys():
        raise UnusableAnswerError("Lambda.MissingRecordId", "Not all record IDs were returned.")
    kept, failed = [], []
    for answer in answers:
        record = batch[answer["recordId"]]
        result = answer.get("result")
        if result == "Ok":
            try:
                kept.append(replace(record, data=base64.b64decode(answer["data"], validate=True)))
            except (KeyError, TypeError, binascii.Error):
                failed.append(Unprocessed(record, "Lambda.MalformedData", "The record's data is no base64."))
        elif result != "Dropped":
            failed.append(
                Unprocessed(record, "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
            )
    return Processed(kept, failed)


def error_lines(failed: Iterable[Unprocessed], function_arn: str, attempts: int, now: datetime) -> bytes:
    """What Firehose writes of records that were not processed: one JSON document per line."""
    lines = [
        {
            "attemptsMade": attempts,
            "arrivalTimestamp": _millis(one.record.arrived_at),
            "errorCode": one.code,
            "errorMessage": one.message,
            "attemptEndingTimestamp": _millis(now),
            "rawData": base64.b64encode(one.record.data).decode(),
            "lambdaArn": f"{function_arn}:$LATEST",
        }
        for one in failed
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
