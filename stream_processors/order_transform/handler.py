"""Lambda's entry point of order_transform: records for Firehose in, what they are in bronze out."""

import os
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypedDict

from aws_lambda_powertools import Logger, Metrics

from stream_processors.contract import Coordinates
from stream_processors.errors import NotDeliveredError, ProcessorError, UnknownEventError
from stream_processors.order_ingest.delivery import DeliveryStream, Patience
from stream_processors.order_ingest.ingest import RecentlySeen, StreamRecord, ingest
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.personal_data import PseudonymKeys
from stream_processors.order_ingest.quarantine import Quarantine, RawStore
from stream_processors.order_ingest.report import publish
from stream_processors.order_ingest.services import Clock, Services
from stream_processors.order_ingest.settings import JudgeSettings
from stream_processors.order_ingest.tracing import traced
from stream_processors.order_transform.returned import Returned, ReturnedRecord

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

SHARD: Final = "direct"
"""The shard of what came through no stream: the record's id alone says where it stands."""


class TransformationResponse(TypedDict):
    """What Firehose expects of its function: every record that it gave, once."""

    records: list[ReturnedRecord]


Handler = Callable[[Mapping[str, Any], "LambdaContext"], TransformationResponse]


def make_handler(
    settings: JudgeSettings,
    services: Services,
    *,
    logger: Logger,
    clock: Clock = Clock(),  # noqa: B008 - immutable
) -> Handler:
    """Compose the function.

    A record that is rejected is in quarantine before Firehose hears of it; where that cannot be had in
    time the invocation fails, and Firehose tries the whole batch again.
    """
    metrics = Metrics()
    raw_store = RawStore(services.objects, settings.lake_bucket, settings.quarantine_raw_prefix)
    keys = PseudonymKeys(services.parameters, settings.pseudonym_key_parameter, clock.now)
    seen = RecentlySeen()

    def transform(
        stream_name: str, records: Sequence[Mapping[str, Any]], patience: Patience
    ) -> list[ReturnedRecord]:
        returned = Returned()
        quarantine = DeliveryStream(services.firehose, settings.quarantine_delivery_stream, patience)
        at = round(clock.now() * 1_000_000)
        judge = Judge(at, settings.future_tolerance_seconds, keys.current)
        decoded = _decoded(stream_name, records)
        outcome = ingest(decoded, judge, returned, Quarantine(quarantine, raw_store), seen)
        if outcome.undelivered_from is not None:
            raise NotDeliveredError(sorted({*returned.error_codes, *quarantine.error_codes}))
        age = max(0, at - min(map(_arrived_at, records), default=at)) // 1000
        publish(
            logger,
            metrics,
            outcome,
            (quarantine,),
            detailed=settings.detailed_metrics,
            records=len(records),
            age_ms=age,
        )
        return returned.records([record["recordId"] for record in records])

    # Said, so that no variable of Powertools can have the records logged.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Mapping[str, Any], context: "LambdaContext") -> TransformationResponse:
        logger.set_correlation_id(context.aws_request_id)
        patience = clock.patience(context)
        stream_name, records = _records_of(event)
        try:
            return {"records": transform(stream_name, records, patience)}
        except ProcessorError:
            raise
        except Exception:
            # Firehose does not split a batch: a record that breaks the function would take the others along.
            logger.exception("a batch failed: its records are judged one by one")
        alone = []
        for record in records:
            try:
                alone += transform(stream_name, [record], patience)
            except ProcessorError:
                raise
            except Exception:  # noqa: BLE001 - reported above; Firehose keeps the record under its error prefix
                alone.append(ReturnedRecord(recordId=record["recordId"], result="ProcessingFailed", data=""))
        return {"records": alone}

    return handle


def _records_of(event: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The Firehose stream's name and its records."""
    records, arn = event.get("records"), event.get("deliveryStreamArn")
    is_known = isinstance(records, list) and isinstance(arn, str)
    if not is_known or not all("recordId" in record for record in records or ()):
        raise UnknownEventError("a Firehose stream, as its processor,")
    return str(arn).rpartition("/")[2], records or []


def _decoded(stream_name: str, records: Sequence[Mapping[str, Any]]) -> Iterator[StreamRecord]:
    for record in records:
        place = Coordinates(
            stream_name=stream_name,
            shard_id=SHARD,
            sequence_number=record["recordId"],
            sub_sequence_number=0,
            arrived_at=_arrived_at(record),
        )
        yield StreamRecord(place, "", b64decode(record["data"]))


def _arrived_at(record: Mapping[str, Any]) -> int:
    return int(record["approximateArrivalTimestamp"]) * 1000  # Firehose knows milliseconds


handler = traced(
    make_handler(JudgeSettings.from_environment(os.environ), Services.connected(os.environ), logger=Logger()),
    os.environ,
)
