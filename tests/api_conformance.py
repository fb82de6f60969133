"""Schemathesis on the OpenAPI document: requests of every kind, good and bad, and what may be answered."""

import gzip
import json
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "openapi.json"
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# What a body may be answered that breaks the document; one good event in it makes 207 of 422.
REFUSALS: Final = ["207", "400", "401", "413", "415", "422"]
_REQUESTS_OF_A_CASE: Final = 3
_FORGED: Final = (
    "",
    "Bearer ",
    "Bearer forged",
    # A header that asks for no signature.
    "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJvcmRlcmxha2UiLCJleHAiOjk5OTk5OTk5OTl9.",
)


def check(url: str, token: str, *, requests: int) -> Counter[int]:
    """Send at least so many requests, each checked; how often which status was answered.

    Each case is sent as it is, packed with gzip, and without a token that counts. The same cases at each run:
    what fails can be seen again.
    """
    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    )
    schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()), config=config)
    health = schema["/v1/health"]["GET"].as_strategy(GenerationMode.POSITIVE)
    good = schema["/v1/events"]["POST"].as_strategy(GenerationMode.POSITIVE)
    bad = schema["/v1/events"]["POST"].as_strategy(GenerationMode.NEGATIVE)
    sender = _Sender(url, token)
    for cases, share in ((health, 0.02), (good, 0.24), (good.map(_of_this_world), 0.25), (bad, 0.5)):
        _generated(cases, sender, -(-round(requests * share) // _REQUESTS_OF_A_CASE))
    return sender.statuses


class _Sender:
    def __init__(self, url: str, token: str) -> None:
        self.statuses: Counter[int] = Counter()
        self._url = url
        self._token = f"Bearer {token}"
        self._forged = cycle(_FORGED)

    def send_in_every_way(self, case: Case[Any]) -> None:
        plain = self._send(case, Authorization=self._token)
        assert self._send(case, Authorization=next(self._forged)).status_code == 401
        body = plain.request.body or b""
        packed = gzip.compress(body.encode() if isinstance(body, str) else body, 1)
        headers = {"Authorization": self._token, "Content-Encoding": "gzip"}
        assert self._send(case, packed, **headers).status_code == plain.status_code

    def _send(self, case: Case[Any], body: bytes | None = None, **headers: str) -> Any:
        changed: dict[str, Any] = {} if body is None else {"data": body, "json": None}
        response = case.call(base_url=self._url, headers=headers, **changed)
        self.statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS, headers=headers)
        return response


def _of_this_world(case: Case[Any]) -> Case[Any]:
    """The case with what no schema says: a currency that there is, a time that has been."""
    body: Any = case.body
    for event in body if isinstance(body, list) else [body]:
        event["occurred_at"] = "2026-01-01T00:00:00Z"
        event["payload"].pop("total", None)
        if "currency" in event["payload"]:
            event["payload"]["currency"] = "GBP"
    return case


def _generated(cases: Any, sender: _Sender, count: int) -> None:
    @settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Case[Any]) -> None:
        sender.send_in_every_way(case)

    send()
