"""The API: a request of an HTTP API (payload format 2.0) in, its response out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypedDict

from aws_lambda_powertools import Logger
from pydantic import BaseModel

from stream_processors.errors import UnknownEventError
from stream_processors.order_api.answers import Health, Refusal
from stream_processors.order_api.intake import Intake, Taken
from stream_processors.order_api.ledger import Manifests, Objects, new_journal
from stream_processors.order_api.request import Refused, documents_of
from stream_processors.order_api.sending import Put
from stream_processors.order_api.settings import Settings
from stream_processors.order_ingest.delivery import Patience
from stream_processors.order_ingest.services import Clock

# A client waits for its answer: after this it is the one to try again.
RETRY_SECONDS: Final = 3.0
_LONGEST_RETRY_AFTER: Final = 5


class Response(TypedDict):
    """What API Gateway is told to answer."""

    statusCode: int
    headers: dict[str, str]
    body: str


class OrderApi:
    """One instance of the function; it becomes a producer run when the first event comes."""

    def __init__(
        self,
        settings: Settings,
        put: Put,
        objects: Objects,
        *,
        logger: Logger,
        clock: Clock = Clock(),  # noqa: B008 - immutable
    ) -> None:
        self._settings = settings
        self._put = put
        self._objects = objects
        self._logger = logger
        self._clock = clock

    def answer(self, event: Mapping[str, Any]) -> Response:
        """Answer one request."""
        match event.get("routeKey"):
            case "POST /v1/events":
                return self._take(event)
            case "GET /v1/health":
                return _response(200, Health())
        raise UnknownEventError("the routes of its HTTP API")

    def _take(self, event: Mapping[str, Any]) -> Response:
        try:
            documents = documents_of(event)
        except Refused as refused:
            self._logger.info("request refused", extra={"status": refused.status, "reason": refused.reason})
            return _response(refused.status, Refusal(message=str(refused), reason=refused.reason))
        latest = self._now() + timedelta(seconds=self._settings.future_tolerance_seconds)
        taken = self._intake.take(documents, latest, self._patience())
        self._report(taken)
        return _response(taken.status, taken.receipt, self._retry_after(taken))

    @cached_property
    def _intake(self) -> Intake:
        manifests = Manifests(self._objects, self._settings.lake_bucket)
        settings = self._settings
        return Intake(
            self._put, new_journal(manifests, settings.stream_name, settings.manifest_seconds, self._now)
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def _patience(self) -> Patience:
        ends = self._clock.now() + RETRY_SECONDS
        return Patience(
            remaining=lambda: ends - self._clock.now(), sleep=self._clock.sleep, jitter=self._clock.jitter
        )

    def _retry_after(self, taken: Taken) -> dict[str, str]:
        """Not the same for everybody: who was refused together should not come back together."""
        if not taken.is_worth_retrying:
            return {}
        return {"retry-after": str(1 + int(self._clock.jitter(_LONGEST_RETRY_AFTER)))}

    def _report(self, taken: Taken) -> None:
        receipt = taken.receipt
        facts = {
            "status": taken.status,
            "acknowledged": receipt.acknowledged,
            "broken": receipt.broken,
            "not_taken": receipt.not_taken,
            "reasons": dict(taken.reasons),
            "stream_errors": dict(taken.codes),
        }
        if taken.ledger_error is None:
            self._logger.info("events answered", extra=facts)
        else:
            self._logger.error("manifest not written", extra={**facts, "ledger_error": taken.ledger_error})


def _response(status: int, answer: BaseModel, headers: Mapping[str, str] | None = None) -> Response:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
        "body": answer.model_dump_json(exclude_none=True),
    }
