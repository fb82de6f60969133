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

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from stream_processors.contract import Coordinates
from stream_processors.errors import UnknownEventError
from stream_processors.order_ingest.delivery import Deliverer, DeliveryStream, Patience
from stream_processors.order_ingest.ingest import Outcome, RecentlySeen, StreamRecord, ingest
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.personal_data import Parameters, PseudonymKeys
from stream_processors.order_ingest.quarantine import Objects, Quarantine, RawStore
from stream_processors.order_ingest.settings import Settings
from stream_processors.order_ingest.tracing import traced
from stream_processors.service_calls import S3, Account, Firehose, Ssm

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Kept of the invocation's time for the last call that is under way, and for the report.
RESERVE_SECONDS: Final = 5.0


class BatchItemFailure(TypedDict):
    """The sequence number from which Lambda delivers again."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """Lambda's partial batch response; at most one failure is ever named."""

    batchItemFailures: list[BatchItemFailure]


Handler = Callable[[Mapping[str, Any], "LambdaContext"], BatchResponse]


def _up_to(longest: float) -> float:
    return random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing


class Services(NamedTuple):
    """The function's surroundings; what is called is needed by few batches, and made when it is."""

    firehose: Deliverer
    objects: Callable[[], Objects]
    parameters: Callable[[], Parameters]


def make_handler(
    settings: Settings,
    services: Services,
    *,
    logger: Logger,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], object] = time.sleep,
    jitter: Callable[[float], float] = _up_to,
) -> Handler:
    """Compose the function: `now` in seconds since the epoch."""
    metrics = Metrics()
    raw_store = RawStore(services.objects, settings.lake_bucket, settings.quarantine_raw_prefix)
    keys = PseudonymKeys(services.parameters, settings.pseudonym_key_parameter, now)
    seen = RecentlySeen()

    # Said, so that no variable of Powertools can have the records logged.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Mapping[str, Any], context: "LambdaContext") -> BatchResponse:
        logger.set_correlation_id(context.aws_request_id)
        patience = Patience(
            remaining=lambda: context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS,
            sleep=sleep,
            jitter=jitter,
        )
        bronze = DeliveryStream(services.firehose, settings.bronze_delivery_stream, patience)
        quarantine = DeliveryStream(services.firehose, settings.quarantine_delivery_stream, patience)
        records = _records_of(event)
        at = round(now() * 1_000_000)
        judge = Judge(at, settings.future_tolerance_seconds, keys.current)
        outcome = ingest(_decoded(records), judge, bronze, Quarantine(quarantine, raw_store), seen)
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
        metrics.add_metric("EventsAccepted", MetricUnit.Count, self.outcome.accepted)
        metrics.add_metric("EventsRejected", MetricUnit.Count, self.outcome.rejected.total())
        metrics.add_metric("DuplicatesSeen", MetricUnit.Count, self.outcome.duplicates)
        metrics.flush_metrics()
        facts = {
            "records": len(self.records),
            "accepted": self.outcome.accepted,
            "rejected": dict(self.outcome.rejected),
            "duplicates": self.outcome.duplicates,
            "firehose_retries": retries,
            "firehose_errors": dict(errors),
            "batch_age_ms": age,
        }
        if resumes_at := self.resumes_at():
            logger.warning("batch delivered in part", extra={**facts, "resumes_at": resumes_at})
        else:
            logger.info("batch delivered", extra=facts)


_account = Account.from_environment(os.environ)

handler = traced(
    make_handler(
        Settings.from_environment(os.environ),
        Services(Firehose(_account), cache(lambda: S3(_account)), cache(lambda: Ssm(_account))),
        logger=Logger(),
    ),
    os.environ,
)
