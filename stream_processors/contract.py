"""What the functions emit: events accepted for bronze, records rejected to quarantine.

The fields of `BronzeEvent` and `RejectedEvent` are the columns of `sql/bronze_order_events/schema.yaml`
and `sql/quarantine_events/schema.yaml`, in that order. They are named tuples: a frozen dataclass
takes 1.5 µs longer to make and to write.
"""

from enum import StrEnum
from typing import Final, NamedTuple, Self
from uuid import NAMESPACE_URL, uuid5

MAX_DOCUMENT_BYTES: Final = 1000 * 1024
"""A bronze or quarantine row as JSON: what fits into one Firehose record."""

_QUARANTINE_NAMESPACE: Final = uuid5(NAMESPACE_URL, "orderlake/quarantine-events")


class RejectionReason(StrEnum):
    """Why a record was rejected: stable codes, in the order in which they win.

    A record that breaks several rules lists them all in `errors`; its `reason` is the one that
    stands first here.
    """

    description: str

    NOT_UTF8 = "not_utf8", "The bytes are not UTF-8 text (compressed data, another encoding)."
    NOT_JSON = (
        "not_json",
        "The text is not one JSON document, nests deeper than 200 levels or holds a number beyond any range.",
    )
    NOT_AN_OBJECT = "not_an_object", "The JSON document is an array, a string, a number, a boolean or null."
    AGGREGATE_CHECKSUM_MISMATCH = (
        "aggregate_checksum_mismatch",
        "The record starts as an aggregated (KPL) record does, but its MD5 does not match its content.",
    )
    AGGREGATE_UNREADABLE = (
        "aggregate_unreadable",
        "The aggregated (KPL) record has a right MD5, but its content is not what the format says.",
    )
    OUTSIDE_SHARD = (
        "outside_shard",
        (
            "Reserved: an aggregate's part whose hash key lies outside its shard. Lambda does not say the "
            "shard's range: the part is judged like any other, silver keeps one copy, and `orderlake audit` "
            "counts it."
        ),
    )
    TOO_LARGE = (
        "too_large",
        "The event is over 900 KiB, or its bronze document over Firehose's 1,000 KiB.",
    )
    SOURCE_LINE_REJECTED = (
        "source_line_rejected",
        "The reader of an order file could not make an event of a line, and sent the line on.",
    )
    UNKNOWN_SCHEMA_VERSION = (
        "unknown_schema_version",
        "`schema_version` is not one that this consumer knows: the producer is newer than the consumer.",
    )
    UNKNOWN_EVENT_TYPE = "unknown_event_type", "`event_type` is not one of the contract's."
    INVALID_MONEY = (
        "invalid_money",
        "An amount is not a plain decimal string with at most 4 places (a JSON number, NaN, null).",
    )
    NAIVE_TIME = "naive_time", "A time has no UTC offset."
    MISSING_FIELD = "missing_field", "A required field is absent."
    UNKNOWN_FIELD = "unknown_field", "A field is not in the contract."
    INVALID_TYPE = "invalid_type", "A field has the wrong JSON type."
    INVALID_VALUE = "invalid_value", "A field has the right JSON type and a value that the contract forbids."
    UNKNOWN_CURRENCY = "unknown_currency", "The currency is three capitals and none of ISO 4217's."
    TIME_IN_FUTURE = (
        "time_in_future",
        "The event says that it happened later than now, beyond the tolerance (24 hours unless set).",
    )
    DUPLICATE_LINE_NUMBER = "duplicate_line_number", "Two lines of an order have the same number."
    WRONG_QUANTITY = "wrong_quantity", "A line's quantity is 0, or that of a sale is below 0."
    NEGATIVE_AMOUNT = (
        "negative_amount",
        "A price or a payment is below 0; only the prices of adjustments may be.",
    )
    TOTAL_MISMATCH = (
        "total_mismatch",
        "The order states a `total` that is not the sum of quantity times price over its lines.",
    )

    UNREADABLE_OBJECT = (
        "unreadable_object",
        "Set aside by the silver job: a bronze object that is empty, truncated or not what bronze holds.",
    )
    UNREADABLE_ROW = (
        "unreadable_row",
        "Set aside by the silver job: a row of bronze that tables cannot be made of.",
    )

    def __new__(cls, code: str, description: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.description = description
        return member


class Coordinates(NamedTuple):
    """Where a record stands in its stream; `arrived_at` in epoch microseconds UTC."""

    stream_name: str
    shard_id: str
    sequence_number: str
    sub_sequence_number: int
    arrived_at: int

    def quarantine_id(self) -> str:
        """The UUIDv5 of the place: the same for every redelivery of the record."""
        place = (self.stream_name, self.shard_id, self.sequence_number, str(self.sub_sequence_number))
        return str(uuid5(_QUARANTINE_NAMESPACE, "\x1f".join(place)))


class BronzeEvent(NamedTuple):
    """One accepted event; times in epoch microseconds UTC, `payload` as canonical JSON text."""

    event_id: str
    event_type: str
    schema_version: int
    occurred_at: int
    producer_id: str
    sequence: int
    partition_key: str
    payload: str
    stream_name: str
    shard_id: str
    sequence_number: str
    sub_sequence_number: int
    arrived_at: int
    ingested_at: int


class RejectedEvent(NamedTuple):
    """One rejected record; `errors` is a JSON array of {rule, path, message}, never with a value.

    The raw bytes are in `raw_base64`, or in an object of their own named by `raw_pointer`.
    """

    quarantine_id: str
    reason: RejectionReason
    errors: str
    raw_base64: str | None
    raw_pointer: str | None
    raw_sha256: str
    raw_size: int
    event_id: str | None
    event_type: str | None
    producer_id: str | None
    sequence: int | None
    stream_name: str
    shard_id: str
    sequence_number: str
    sub_sequence_number: int
    arrived_at: int
    rejected_at: int
