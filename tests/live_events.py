"""One event sent to a running pipeline, and how long it takes until Athena shows it."""

import time
import uuid
from datetime import UTC, datetime

from orderlake import athena
from producer.contract import OrderShipped, encode, partition_key
from producer.contract_payloads import OrderShippedPayload
from tests.embedded_pipeline import Pipeline

PATIENCE_SECONDS = 60.0
_LOOK = "SELECT is_live FROM live_order_events WHERE event_id = ?"


def send(pipeline: Pipeline, number: int) -> str:
    """Put one event on the stream; returns its id."""
    event = OrderShipped(
        event_id=uuid.uuid4(),
        schema_version=2,
        occurred_at=datetime.now(UTC),
        producer_id="live",
        sequence=number,
        payload=OrderShippedPayload(order_id=f"live-{number}"),
    )
    pipeline.aws.session.client("kinesis", endpoint_url=pipeline.endpoint_url).put_record(
        StreamName=pipeline.aws.stack.stream_name, Data=encode(event), PartitionKey=partition_key(event)
    )
    return str(event.event_id)


def states(pipeline: Pipeline, event_id: str) -> list[bool]:
    """Every row that Athena shows of an event: whether it is live."""
    return [bool(row["is_live"]) for row in athena.run(pipeline.aws, _LOOK, [f"'{event_id}'"]).rows]


def seconds_until_live(pipeline: Pipeline, number: int) -> float:
    """Seconds from before the event is sent until a query has answered with it."""
    began = time.monotonic()
    event_id = send(pipeline, number)
    while not states(pipeline, event_id):
        if time.monotonic() > began + PATIENCE_SECONDS:
            raise TimeoutError(f"event {event_id} was not live after {PATIENCE_SECONDS:.0f} s")
    return time.monotonic() - began
