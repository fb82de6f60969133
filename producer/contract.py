"""The order event: what flows from any producer to the stream.

One JSON object per event, at most `MAX_EVENT_BYTES`. The envelope is the same for every type;
the payload is a union discriminated by `event_type`. Money is a decimal string with at most four
places; times are aware and UTC; unknown fields are refused.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import PydanticCustomError

CURRENT_SCHEMA_VERSION: Final = 1
MAX_EVENT_BYTES: Final = 900 * 1024

_IDENTITY_NAMESPACE: Final = uuid5(NAMESPACE_URL, "orderlake/order-events")


def _refuse_number(value: object) -> object:
    if isinstance(value, int | float):
        raise PydanticCustomError("number_not_string", "must be a string, never a JSON number")
    return value


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Money = Annotated[
    Decimal,
    BeforeValidator(_refuse_number),
    Field(max_digits=18, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(lambda amount: format(amount, "f"), return_type=str, when_used="json"),
]
UtcTime = Annotated[AwareDatetime, BeforeValidator(_refuse_number), AfterValidator(_to_utc)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Text = Annotated[str, StringConstraints(max_length=4096)]
Quantity = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)]
LineNumber = Annotated[int, Field(strict=True, ge=1, lt=2**31)]


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


class _Order(_Contract):
    order_id: Identifier

    def partition_key(self) -> str:
        return self.order_id


class _OrderWithLines(_Order):
    customer_id: Identifier | None = None
    country: Identifier
    currency: Currency
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=10_000)]


class OrderPlacedPayload(_OrderWithLines):
    """A customer ordered these lines."""


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

    reason: Text | None = None


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
    raw_line: Annotated[str, StringConstraints(max_length=65_536)]

    def partition_key(self) -> str:
        return self.source


class _Event(_Contract):
    event_id: UUID
    schema_version: Literal[1] = 1
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

ORDER_EVENT: Final[TypeAdapter[OrderEvent]] = TypeAdapter(OrderEvent)
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
    """Read one event from JSON.

    Raises:
        pydantic.ValidationError: the document is not a valid event; every broken rule is in `.errors()`.
    """
    return ORDER_EVENT.validate_json(document)


def encode(event: OrderEvent) -> bytes:
    """Write one event as compact JSON, decimals as strings, times in UTC."""
    return ORDER_EVENT.dump_json(event)


def partition_key(event: OrderEvent) -> str:
    """The order id, or the SKU for stock events: what keeps an order's events in one shard."""
    return event.payload.partition_key()


def identity(source: str, order_id: str, event_type: str, line_number: int) -> UUID:
    """The id of an event read from an order file: the same however the file is cut, renamed or sent again.

    `line_number` counts from 1 within the order, in file order; for an event with many lines it is
    the number of the first (RFC 9562, version 5).
    """
    return uuid5(_IDENTITY_NAMESPACE, "\x1f".join((source, order_id, event_type, str(line_number))))
