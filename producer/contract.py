"""The order event: what flows from any producer to the stream.

One JSON object per event, at most `MAX_EVENT_BYTES`. The envelope is the same for every type;
the payload is a union discriminated by `event_type`. Money is a plain decimal string with at most
four places; times are aware and UTC; unknown fields are refused. The rules in prose, and the error
type of each, are in docs/event-contract.md.
"""

from typing import Annotated, Any, Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    TypeAdapter,
)
from pydantic_core import PydanticKnownError, core_schema

from producer import reading
from producer.contract_types import (
    MAX_LINES,
    Currency,
    Identifier,
    LineNumber,
    Money,
    Quantity,
    RawLine,
    Text,
    UtcTime,
)
from producer.errors import EventTooLarge
from producer.upcasting import DEFAULT_CHANNEL

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


class _Contract(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OrderLine(_Contract):
    """One line of an order; `quantity` is negative where goods come back."""

    line_number: LineNumber
    sku: Identifier
    description: Text | None = None
    category: Identifier = "uncategorised"
    quantity: Quantity
    unit_price: Money


def _at_least_one(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    # Not `min_length`: pydantic applies that to the lines that were valid, and reports a second, false error.
    if not lines:
        raise PydanticKnownError("too_short", {"field_type": "Tuple", "min_length": 1, "actual_length": 0})
    return lines


Lines = Annotated[
    tuple[OrderLine, ...],
    Field(max_length=MAX_LINES, json_schema_extra={"minItems": 1}),
    AfterValidator(_at_least_one),
]


class _Order(_Contract):
    order_id: Identifier

    def partition_key(self) -> str:
        return self.order_id


class Customer(_Contract):
    """Who ordered: personal data, which the consumer turns into pseudonyms before it keeps them."""

    name: Text | None = None
    email: Text | None = None
    address: Text | None = None


class _OrderWithLines(_Order):
    customer_id: Identifier | None = None
    country: Identifier
    currency: Currency
    channel: Identifier = DEFAULT_CHANNEL
    lines: Lines
    total: Annotated[Money | None, Field(description="sum of the lines, where the shop says it")] = None


class OrderPlacedPayload(_OrderWithLines):
    """A customer ordered these lines."""

    customer: Annotated[Customer | None, Field(description="personal data, below")] = None


class OrderReturnedPayload(_OrderWithLines):
    """Goods came back; `original_order_id` names the order where the shop knows it."""

    original_order_id: Identifier | None = None


class OrderAdjustedPayload(_OrderWithLines):
    """The books were corrected (bad debt and the like)."""


class OrderPaidPayload(_Order):
    """Money arrived for an order."""

    amount: Money
    currency: Currency


class OrderShippedPayload(_Order):
    """The parcel left."""


class OrderDeliveredPayload(_Order):
    """The parcel arrived."""


class OrderCancelledPayload(_Order):
    """The order will not be fulfilled."""

    cancellation_reason: Text | None = None


class StockAdjustedPayload(_Contract):
    """Stock of one SKU changed by `quantity` (`movement`) or was counted to be `quantity` (`count`)."""

    sku: Identifier
    kind: Literal["movement", "count"] = "movement"
    quantity: Quantity
    description: Text | None = None
    reference: Identifier | None = None
    line_number: LineNumber | None = None

    def partition_key(self) -> str:
        return self.sku


class SourceLineRejectedPayload(_Contract):
    """A line of an order file that could not become an event: it travels on, to quarantine."""

    source: Identifier
    line_number: LineNumber
    reason: Identifier
    raw_line: RawLine

    def partition_key(self) -> str:
        return self.source


class _Event(_Contract):
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
