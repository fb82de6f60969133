"""What the API answers, as models: the OpenAPI document is made from them."""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stream_processors.contract import RejectionReason

MAX_EVENTS = 500


class Outcome(IntEnum):
    """What became of one event, as an HTTP status."""

    ACKNOWLEDGED = 202
    BROKEN = 422
    THROTTLED = 429
    UNAVAILABLE = 503


class RequestFault(StrEnum):
    """Why a request as a whole was refused."""

    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    TOO_LARGE = "too_large"
    TOO_MANY_EVENTS = "too_many_events"
    NO_EVENTS = "no_events"
    NOT_DECODABLE = "not_decodable"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BrokenRule(_Answer):
    """A rule that an event breaks; `path` like `payload.lines[3].sku`, empty for the event as a whole."""

    reason: RejectionReason
    rule: str
    path: str
    message: str


class EventResult(_Answer):
    """What became of one event of the request; `index` counts from 0.

    202: the stream has it. 422: it breaks the rules that `errors` names, and was not taken. 429, 503: it was
    not taken for now; send it again, with the same `event_id`.
    """

    index: Annotated[int, Field(ge=0, lt=MAX_EVENTS)]
    event_id: str | None = None
    status: Literal[202, 422, 429, 503]
    errors: Sequence[BrokenRule] | None = None


class Receipt(_Answer):
    """One result for each event of the request, in its order."""

    acknowledged: int
    broken: int
    not_taken: int
    results: Annotated[Sequence[EventResult], Field(min_length=1, max_length=MAX_EVENTS)]


class Refusal(_Answer):
    """The request was refused as a whole: no event of it was taken."""

    message: str
    reason: RequestFault


class GatewayMessage(BaseModel):
    """What API Gateway itself answers."""

    message: str


class Health(_Answer):
    """The function runs."""

    status: Literal["ok"] = "ok"
