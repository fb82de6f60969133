"""The order event: what flows from any producer to the stream.

One JSON object per event, at most `MAX_EVENT_BYTES`. The envelope is the same for every type; the
payload (`producer.contract_payloads`) goes with the `event_type`. Money is a plain decimal string with
at most four places; times are aware and UTC; unknown fields are refused. The rules in prose, and the
error type of each, are in docs/event-contract.md.
"""

from typing import Annotated, Any, Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import ConfigDict, Field, GetPydanticSchema, TypeAdapter
from pydantic_core import core_schema

from producer import reading
from producer.contract_payloads import (
    ContractModel,
    OrderAdjustedPayload,
    OrderCancelledPayload,
    OrderDeliveredPayload,
    OrderPaidPayload,
    OrderPlacedPayload,
    OrderReturnedPayload,
    OrderShippedPayload,
    SourceLineRejectedPayload,
    StockAdjustedPayload,
)
from producer.contract_types import Identifier, UtcTime
from producer.errors import EventTooLarge

CURRENT_SCHEMA_VERSION: Final = reading.CURRENT_SCHEMA_VERSION
MAX_EVENT_BYTES: Final = reading.MAX_EVENT_BYTES
UNKNOWN_SCHEMA_VERSION: Final = reading.UNKNOWN_SCHEMA_VERSION

_IDENTITY_NAMESPACE: Final = uuid5(NAMESPACE_URL, "orderlake/order-events")


def _version_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    known = core_schema.custom_error_schema(
        core_schema.literal_schema([CURRENT_SCHEMA_VERSION]),
        custom_error_type=UNKNOWN_SCHEMA_VERSION,
        custom_error_message="is not a version that this reader knows",
    )
    return core_schema.chain_schema(
        [core_schema.int_schema(strict=True), known],
        metadata={
            "pydantic_js_functions": [
                lambda _schema, _handler: {"type": "integer", "const": CURRENT_SCHEMA_VERSION}
            ],
        },
    )


SchemaVersion = Annotated[Literal[2], GetPydanticSchema(_version_schema)]


def _require_event_type(schema: dict[str, Any]) -> None:
    # It has a default for those who build events; a document must name it.
    schema["required"].append("event_type")


class _Event(ContractModel):
    model_config = ConfigDict(json_schema_extra=_require_event_type)

    event_id: UUID
    schema_version: SchemaVersion
    occurred_at: UtcTime
    producer_id: Identifier
    sequence: Annotated[int, Field(strict=True, ge=1, lt=2**63)]


class OrderPlaced(_Event):
    event_type: Literal["order_placed"] = "order_placed"
    payload: OrderPlacedPayload


class OrderPaid(_Event):
    event_type: Literal["order_paid"] = "order_paid"
    payload: OrderPaidPayload


class OrderShipped(_Event):
    event_type: Literal["order_shipped"] = "order_shipped"
    payload: OrderShippedPayload


class OrderDelivered(_Event):
    event_type: Literal["order_delivered"] = "order_delivered"
    payload: OrderDeliveredPayload


class OrderCancelled(_Event):
    event_type: Literal["order_cancelled"] = "order_cancelled"
    payload: OrderCancelledPayload


class OrderReturned(_Event):
    event_type: Literal["order_returned"] = "order_returned"
    payload: OrderReturnedPayload


class OrderAdjusted(_Event):
    event_type: Literal["order_adjusted"] = "order_adjusted"
    payload: OrderAdjustedPayload


class StockAdjusted(_Event):
    event_type: Literal["stock_adjusted"] = "stock_adjusted"
    payload: StockAdjustedPayload


class SourceLineRejected(_Event):
    event_type: Literal["source_line_rejected"] = "source_line_rejected"
    payload: SourceLineRejectedPayload


OrderEvent = Annotated[
    OrderPlaced
    | OrderPaid
    | OrderShipped
    | OrderDelivered
    | OrderCancelled
    | OrderReturned
    | OrderAdjusted
    | StockAdjusted
    | SourceLineRejected,
    Field(discriminator="event_type"),
]


ORDER_EVENT: Final[TypeAdapter[OrderEvent]] = TypeAdapter(
    OrderEvent, config=ConfigDict(hide_input_in_errors=True)
)
EVENT_TYPES: Final = tuple(
    model.model_fields["event_type"].default
    for model in (
        OrderPlaced,
        OrderPaid,
        OrderShipped,
        OrderDelivered,
        OrderCancelled,
        OrderReturned,
        OrderAdjusted,
        StockAdjusted,
        SourceLineRejected,
    )
)


def decode(document: bytes | str) -> OrderEvent:
    """Read one event from JSON; one of an older version is lifted to the current one.

    A document of an unknown `schema_version` is refused for that alone, whatever else is new in it.

    Raises:
        pydantic.ValidationError: the document is not a valid event; every broken rule is in `.errors()`.
    """
    text = document.encode() if isinstance(document, str) else document
    return ORDER_EVENT.validate_python(reading.read(text).event)


def encode(event: OrderEvent) -> bytes:
    """Write one event as compact JSON: decimals as strings, times in UTC, no fields that are null.

    Raises:
        EventTooLarge: over `MAX_EVENT_BYTES`.
    """
    document = ORDER_EVENT.dump_json(event, exclude_none=True)
    if len(document) > MAX_EVENT_BYTES:
        raise EventTooLarge(len(document), MAX_EVENT_BYTES)
    return document


def partition_key(event: OrderEvent) -> str:
    """The order id, or the SKU for stock events: what keeps an order's events in one shard."""
    return event.payload.partition_key()


def identity(source: str, order_id: str, event_type: str, line_number: int) -> UUID:
    """The id of an event read from an order file: the same however the file is cut, renamed or sent again.

    `line_number` counts from 1 within the order, in file order; for an event with many lines it is
    the number of the first (RFC 9562, version 5).
    """
    return uuid5(_IDENTITY_NAMESPACE, "\x1f".join((source, order_id, event_type, str(line_number))))
