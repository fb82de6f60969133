"""What an order event says, by type: the `payload` of `producer.contract`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticKnownError

from producer.contract_types import (
    MAX_LINES,
    Currency,
    Identifier,
    LineNumber,
    Money,
    Quantity,
    RawLine,
    Text,
)
from producer.upcasting import DEFAULT_CHANNEL


class ContractModel(BaseModel):
    """Frozen; unknown fields are refused; errors repeat nothing of the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OrderLine(ContractModel):
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


class _Order(ContractModel):
    order_id: Identifier

    def partition_key(self) -> str:
        return self.order_id


class Customer(ContractModel):
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


class StockAdjustedPayload(ContractModel):
    """Stock of one SKU changed by `quantity` (`movement`) or was counted to be `quantity` (`count`)."""

    sku: Identifier
    kind: Literal["movement", "count"] = "movement"
    quantity: Quantity
    description: Text | None = None
    reference: Identifier | None = None
    line_number: LineNumber | None = None

    def partition_key(self) -> str:
        return self.sku


class SourceLineRejectedPayload(ContractModel):
    """A line of an order file that could not become an event: it travels on, to quarantine."""

    source: Identifier
    line_number: LineNumber
    reason: Identifier
    raw_line: RawLine

    def partition_key(self) -> str:
        return self.source
