"""Lambda's entry point of order_ingest: a Kinesis batch in, a partial batch response out."""

import os
import random
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from stream_processors.contract import Coordinates
from stream_processors.errors import UnknownEventError
from stream_processors.order_ingest.delivery import DeliveryStream, Patience
from stream_processors.order_ingest.ingest import Outcome, StreamRecord, ingest
from stream_processors.order_ingest.quarantine import Quarantine, RawStore
from stream_processors.order_ingest.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_s3 import S3Client

# Kept of the invocation's time for the last call that is under way, and for the report.
RESERVE_SECONDS: Final = 5.0

# `DeliveryStream` retries, entry by entry: retries beneath it would only eat its time unseen.
_FIREHOSE_CONFIG: Final = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1}
)
_S3_CONFIG: Final = Config(
    connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3}
)


class BatchItemFailure(TypedDict):
    """The sequence number from which Lambda delivers again."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """Lambda's partial batch response; at most one failure is ever named."""

    batchItemFailures: list[BatchItemFailure]


Handler = Callable[[Mapping[str, Any], "LambdaContext"], BatchResponse]


def _up_to(longest: float) -> float:
    return random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing


def make_handler(
    settings: Settings,
    firehose: "FirehoseClient",
    s3: "Callable[[], S3Client]",
    *,
    logger: Logger,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], object] = time.sleep,
    jitter: Callable[[float], float] = _up_to,
) -> Handler:
    """Compose the function: `now` in seconds since the epoch, `s3` called when first needed."""
    metrics = Metrics()
    raw_store = RawStore(s3, settings.lake_bucket, settings.quarantine_raw_prefix)

    @logger.inject_lambda_context
    def handle(event: Mapping[str, Any], context: "LambdaContext") -> BatchResponse:
        logger.set_correlation_id(context.aws_request_id)
        patience = Patience(
            remaining=lambda: context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS,
            sleep=sleep,
            jitter=jitter,
        )
        bronze = DeliveryStream(firehose, settings.bronze_delivery_stream, patience)
        quarantine = DeliveryStream(firehose, settings.quarantine_delivery_stream, patience)
        records = _records_of(event)
        at = round(now() * 1_000_000)
        outcome = ingest(_decoded(records), bronze, Quarantine(quarantine, raw_store), at)
        report = _Report(records, outcome, (bronze, quarantine), at)
        report.publish(logger, metrics)
        return report.response()

    return handle


def _records_of(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    records = event.get("Records")
    if not isinstance(records, list) or not all("kinesis" in record for record in records):
        raise UnknownEventError("a Kinesis stream")
    return records


def _decoded(records: list[dict[str, Any]]) -> Iterator[StreamRecord]:
    """One at a time: the decoded batch is never in memory as a whole."""
    for record in records:
        kinesis = record["kinesis"]
        place = Coordinates(
            stream_name=record["eventSourceARN"].rpartition("/")[2],
            shard_id=record["eventID"].partition(":")[0],
            sequence_number=kinesis["sequenceNumber"],
            sub_sequence_number=0,
            arrived_at=_arrived_at(record),
        )
        yield StreamRecord(place, kinesis["partitionKey"], b64decode(kinesis["data"]))


def _arrived_at(record: Mapping[str, Any]) -> int:
    return (
        int(record["kinesis"]["approximateArrivalTimestamp"] * 1000 + 0.5) * 1000
    )  # Kinesis knows milliseconds


class _Report(NamedTuple):
    records: list[dict[str, Any]]
    outcome: Outcome
    streams: tuple[DeliveryStream, ...]
    at: int

    def resumes_at(self) -> str | None:
        position = self.outcome.undelivered_from
        return None if position is None else str(self.records[position]["kinesis"]["sequenceNumber"])

    def response(self) -> BatchResponse:
        resumes_at = self.resumes_at()
        return {"batchItemFailures": [] if resumes_at is None else [{"itemIdentifier": resumes_at}]}

    def publish(self, logger: Logger, metrics: Metrics) -> None:
        """One set of metrics and one line per invocation; reasons only in the line, as codes."""
        retries = sum(stream.retries for stream in self.streams)
        errors = Counter(chain.from_iterable(stream.error_codes.elements() for stream in self.streams))
        age = max(0, self.at - min(map(_arrived_at, self.records), default=self.at)) // 1000
        metrics.add_metric("RecordsReceived", MetricUnit.Count, len(self.records))
        metrics.add_metric("EventsAccepted", MetricUnit.Count, self.outcome.accepted)
        metrics.add_metric("EventsRejected", MetricUnit.Count, self.outcome.rejected.total())
        metrics.add_metric("FirehoseRetries", MetricUnit.Count, retries)
        metrics.add_metric("BatchAge", MetricUnit.Milliseconds, age)
        metrics.flush_metrics()
        facts = {
            "records": len(self.records),
            "accepted": self.outcome.accepted,
            "rejected": dict(self.outcome.rejected),
            "firehose_retries": retries,
            "firehose_errors": dict(errors),
            "batch_age_ms": age,
        }
        if resumes_at := self.resumes_at():
            logger.warning("batch delivered in part", extra={**facts, "resumes_at": resumes_at})
        else:
            logger.info("batch delivered", extra=facts)


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=_S3_CONFIG)


handler = make_handler(
    Settings.from_environment(os.environ),
    boto3.client("firehose", config=_FIREHOSE_CONFIG),
    _s3,
    logger=Logger(),
)
