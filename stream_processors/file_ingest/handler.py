"""Lambda's entry point of file_ingest: S3's notification of a new object in, nothing out."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from producer.connection import connect
from producer.direct import DirectPut, connect_direct, direct_settings
from producer.lake import S3Manifests
from producer.stream import OrderStream, StreamSettings
from stream_processors.errors import LandedObjectGoneError, UnknownEventError
from stream_processors.file_ingest.ingest import GRACE_SECONDS, Acknowledge, Surroundings, ingest
from stream_processors.file_ingest.landed import Landed, LandingZone, Outcome
from stream_processors.file_ingest.objects import LandedObjects
from stream_processors.file_ingest.report import Report
from stream_processors.file_ingest.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

Handler = Callable[[Mapping[str, Any], "LambdaContext"], None]


class Services(NamedTuple):
    """AWS, as the function calls it."""

    s3: "S3Client"
    stream: "KinesisClient | DirectPut"
    functions: "LambdaClient"

    @classmethod
    def connected(cls, settings: Settings) -> Self:
        """With the function's own credentials."""
        session = boto3.Session()
        stream = connect_direct(session) if settings.profile == "direct" else connect(session)
        return cls(session.client("s3"), stream, session.client("lambda"))


def make_handler(
    settings: Settings,
    services: Services,
    *,
    logger: Logger,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Handler:
    """Compose the function."""
    zone = LandingZone(settings.landing_prefix)
    metrics = Metrics()
    stream_settings = _stream_settings(settings)

    def connect_stream(on_acknowledged: Acknowledge, stop: threading.Event) -> OrderStream:
        return OrderStream(services.stream, stream_settings, on_acknowledged=on_acknowledged, stop=stop)

    def go_on(record: Mapping[str, Any], context: "LambdaContext") -> None:
        services.functions.invoke(
            FunctionName=context.function_name,
            InvocationType="Event",
            Payload=json.dumps({"Records": [record]}).encode(),
        )

    def take(record: Mapping[str, Any], context: "LambdaContext") -> None:
        landed = Landed.of_notification(record)
        if not zone.takes(landed.key):
            return
        around = Surroundings(
            LandedObjects(services.s3, zone),
            S3Manifests(services.s3, settings.lake_bucket),
            connect_stream,
            settings,
            lambda: context.get_remaining_time_in_millis() / 1000,
            now,
        )
        try:
            report = ingest(landed, around)
        except LandedObjectGoneError as error:
            logger.info("nothing to do", extra={"producer_id": error.producer_id})
            return
        if report is None:
            logger.info("goes on in another invocation", extra={"producer_id": landed.producer_id})
            go_on(record, context)
            return
        tell(report)

    def tell(report: Report) -> None:
        is_failed = report.outcome is Outcome.FAILED
        if settings.detailed_metrics:
            metrics.add_metric("FilesFailed", MetricUnit.Count, int(is_failed))
            metrics.flush_metrics()
        facts = {name: getattr(report, name) for name in ("producer_id", "format", "size", "lines", "events")}
        counts = {"accepted": report.accepted, "rejected": dict(report.rejected)}
        code = report.problem and report.problem.code
        say = logger.warning if is_failed else logger.info
        say(f"file {report.outcome}", extra={**facts, **counts, "problem": code})

    # Said, so that no variable of Powertools can have the names of files logged.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Mapping[str, Any], context: "LambdaContext") -> None:
        logger.set_correlation_id(context.aws_request_id)
        records = event.get("Records")
        if not isinstance(records, list):
            raise UnknownEventError("a versioned bucket's notifications")
        first, *others = records
        for record in others:  # each has an invocation's time to itself
            go_on(record, context)
        take(first, context)

    return handle


def _stream_settings(settings: Settings) -> StreamSettings:
    """What is buffered when time runs out goes out all the same, as fast as the stream takes it."""
    name = settings.stream_name
    usual = direct_settings(name) if settings.profile == "direct" else StreamSettings(stream_name=name)
    return usual.model_copy(update={"stop_grace_seconds": GRACE_SECONDS})


_settings = Settings.from_environment(os.environ)
handler = make_handler(_settings, Services.connected(_settings), logger=Logger())
