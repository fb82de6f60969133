"""Lambda's entry point of order_ingest: a Kinesis batch in, a partial batch response out."""

import os
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from aws_lambda_powertools import Logger, Metrics

from stream_processors.contract import Coordinates
from stream_processors.errors import UnknownEventError
from stream_processors.order_ingest.delivery import DeliveryStream
from stream_processors.order_ingest.ingest import RecentlySeen, StreamRecord, ingest
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.personal_data import PseudonymKeys
from stream_processors.order_ingest.quarantine import Quarantine, RawStore
from stream_processors.order_ingest.report import publish
from stream_processors.order_ingest.services import Clock, Services
from stream_processors.order_ingest.settings import Settings
from stream_processors.order_ingest.tracing import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class BatchItemFailure(TypedDict):
    """The sequence number from which Lambda delivers again."""

    itemIdentifier: str


class BatchResponse(TypedDict):
    """Lambda's partial batch response; at most one failure is ever named."""

    batchItemFailures: list[BatchItemFailure]


Handler = Callable[[Mapping[str, Any], "LambdaContext"], BatchResponse]


def make_handler(
    settings: Settings,
    services: Services,
    *,
    logger: Logger,
    clock: Clock = Clock(),  # noqa: B008 - immutable
) -> Handler:
    """Compose the function."""
    metrics = Metrics()
    raw_store = RawStore(services.objects, settings.lake_bucket, settings.quarantine_raw_prefix)
    keys = PseudonymKeys(services.parameters, settings.pseudonym_key_parameter, clock.now)
    seen = RecentlySeen()

    # Said, so that no variable of Powertools can have the records logged.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Mapping[str, Any], context: "LambdaContext") -> BatchResponse:
        logger.set_correlation_id(context.aws_request_id)
        patience = clock.patience(context)
        bronze = DeliveryStream(services.firehose, settings.bronze_delivery_stream, patience)
        quarantine = DeliveryStream(services.firehose, settings.quarantine_delivery_stream, patience)
        records = _records_of(event)
        at = round(clock.now() * 1_000_000)
        judge = Judge(at, settings.future_tolerance_seconds, keys.current)
        outcome = ingest(_decoded(records), judge, bronze, Quarantine(quarantine, raw_store), seen)
        resumes_at = _sequence_number(records, outcome.undelivered_from)
        age = max(0, at - min(map(_arrived_at, records), default=at)) // 1000
        publish(
            logger,
            metrics,
            outcome,
            (bronze, quarantine),
            detailed=settings.detailed_metrics,
            records=len(records),
            age_ms=age,
            resumes_at=resumes_at,
        )
        return {"batchItemFailures": [] if resumes_at is None else [{"itemIdentifier": resumes_at}]}

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


def _sequence_number(records: list[dict[str, Any]], position: int | None) -> str | None:
    return None if position is None else str(records[position]["kinesis"]["sequenceNumber"])


handler = traced(
    make_handler(Settings.from_environment(os.environ), Services.connected(os.environ), logger=Logger()),
    os.environ,
)
