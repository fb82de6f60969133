"""The scalars of the order event: money, times, numbers, names; strict, and fast to check."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, GetPydanticSchema, StringConstraints
from pydantic_core import core_schema

from producer.money import MONEY_PATTERN

MAX_LINES: Final = 10_000
MAX_IDENTIFIER: Final = 256
MAX_TEXT: Final = 4_096
MAX_RAW_LINE: Final = 65_536
MAX_QUANTITY: Final = 2**31 - 1
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)

# The error's type: ours; most others are pydantic's own.
INVALID_MONEY: Final = "invalid_money"

# A day first: pydantic alone takes a string of digits for seconds since 1970.
TIME_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"


def _plain(amount: Decimal) -> str:
    return format(amount, "f")


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _money_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    number = core_schema.decimal_schema(max_digits=18, decimal_places=4, allow_inf_nan=False)
    text = core_schema.str_schema(pattern=MONEY_PATTERN, strict=True)
    return core_schema.custom_error_schema(
        core_schema.json_or_python_schema(
            json_schema=core_schema.chain_schema([text, number]),
            python_schema=core_schema.union_schema(
                [
                    core_schema.chain_schema([core_schema.is_instance_schema(Decimal), number]),
                    core_schema.chain_schema([text, number]),
                ]
            ),
        ),
        custom_error_type=INVALID_MONEY,
        custom_error_message="must be a decimal string, at most 14 digits before the point and 4 after it",
        serialization=core_schema.plain_serializer_function_ser_schema(
            _plain, return_schema=core_schema.str_schema(), when_used="json"
        ),
        metadata={
            "pydantic_js_functions": [
                lambda _schema, _handler: {"type": "string", "pattern": MONEY_PATTERN, "format": "money"}
            ]
        },
    )


def _time_schema(_source: Any, _handler: Any) -> core_schema.CoreSchema:
    # Parts of a second beyond the microsecond are cut off, as pydantic does.
    moment = core_schema.datetime_schema(tz_constraint="aware", ge=EARLIEST, lt=LATEST)
    text = core_schema.str_schema(pattern=TIME_PATTERN, strict=True)
    return core_schema.json_or_python_schema(
        json_schema=core_schema.chain_schema([text, moment]),
        python_schema=core_schema.chain_schema(
            [core_schema.union_schema([core_schema.is_instance_schema(datetime), text]), moment]
        ),
        metadata={
            "pydantic_js_functions": [
                lambda _schema, _handler: {"type": "string", "format": "date-time", "pattern": TIME_PATTERN}
            ]
        },
    )


Money = Annotated[Decimal, GetPydanticSchema(_money_schema)]
UtcTime = Annotated[datetime, GetPydanticSchema(_time_schema), AfterValidator(_to_utc)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=MAX_IDENTIFIER)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Quantity = Annotated[int, Field(strict=True, ge=-MAX_QUANTITY - 1, le=MAX_QUANTITY)]
LineNumber = Annotated[int, Field(strict=True, ge=1, lt=2**31)]
RawLine = Annotated[str, StringConstraints(max_length=MAX_RAW_LINE)]
