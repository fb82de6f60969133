"""What a function says of an invocation: one set of metrics and one line; reasons only there, as codes."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from stream_processors.order_ingest.delivery import DeliveryStream
from stream_processors.order_ingest.ingest import Outcome


def publish(
    logger: Logger,
    metrics: Metrics,
    outcome: Outcome,
    streams: Sequence[DeliveryStream],
    *,
    detailed: bool,
    records: int,
    age_ms: int,
    resumes_at: str | None = None,
) -> None:
    """Report a batch of `records`, the oldest of them `age_ms` old; `resumes_at` where it is redelivered.

    Metrics beyond those of the alarms only when `detailed`; the line has every figure.
    """
    retries = sum(stream.retries for stream in streams)
    errors = Counter(chain.from_iterable(stream.error_codes.elements() for stream in streams))
    metrics.add_metric("EventsAccepted", MetricUnit.Count, outcome.accepted)
    metrics.add_metric("EventsRejected", MetricUnit.Count, outcome.rejected.total())
    metrics.add_metric("DuplicatesSeen", MetricUnit.Count, outcome.duplicates)
    if detailed:
        metrics.add_metric("RecordsReceived", MetricUnit.Count, records)
        metrics.add_metric("FirehoseRetries", MetricUnit.Count, retries)
        metrics.add_metric("BatchAge", MetricUnit.Milliseconds, age_ms)
    metrics.flush_metrics()
    facts = {
        "records": records,
        "accepted": outcome.accepted,
        "rejected": dict(outcome.rejected),
        "duplicates": outcome.duplicates,
        "firehose_retries": retries,
        "firehose_errors": dict(errors),
        "batch_age_ms": age_ms,
    }
    if resumes_at is None:
        logger.info("batch delivered", extra=facts)
    else:
        logger.warning("batch delivered in part", extra={**facts, "resumes_at": resumes_at})
