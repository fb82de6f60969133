"""Requests as functions are given them, and answers as functions give them."""

import io
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.apigateway.request import Place, Request, answer_of, payload_of

PLACE = Place("123456789012", "api", "127.0.0.1:4566", "$default", "POST /v1/{kind}", {"kind": "events"})
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event_of(body: bytes = b"", query: str = "", **headers: str) -> dict[str, Any]:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/_aws/execute-api/api/v1/events",
        "QUERY_STRING": query,
        "CONTENT_TYPE": "application/json",
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    payload = payload_of(Request.of(environ, "/v1/events", AT), PLACE, {"jwt": {"claims": {"sub": "shop"}}})
    event: dict[str, Any] = json.loads(payload)
    return event


def test_json_is_handed_over_as_text() -> None:
    event = event_of('{"a": "é"}'.encode())
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": "é"}', False)


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"\xff", {}), (b"{}", {"CONTENT_TYPE": "image/png"}), (b"{}", {"HTTP_CONTENT_ENCODING": "gzip"})],
)
def test_what_is_no_text_is_handed_over_as_base64(body: bytes, headers: dict[str, str]) -> None:
    event = event_of(body, **headers)
    assert (event["body"], event["isBase64Encoded"]) == (b64encode(body).decode(), True)


def test_an_event_has_the_shape_of_payload_format_2() -> None:
    event = event_of(query="a=1&a=2&b=", HTTP_X_SHOP="s")
    assert event["headers"] == {"content-type": "application/json", "x-shop": "s"}
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["pathParameters"] == {"kind": "events"}
    assert "body" not in event
    context = event["requestContext"]
    assert (context["routeKey"], context["http"]["path"]) == ("POST /v1/{kind}", "/v1/events")
    assert (context["time"], context["timeEpoch"]) == ("02/Jan/2026:03:04:05 +0000", 1_767_323_045_000)
    assert context["authorizer"]["jwt"]["claims"] == {"sub": "shop"}


def test_a_function_says_status_headers_and_body() -> None:
    told = {"statusCode": 422, "headers": {"Content-Type": "application/json", "X-A": "1"}, "body": "{}"}
    answer = answer_of(json.dumps(told).encode())
    assert answer is not None
    assert (answer.status[:3], answer.content_type, answer.body) == ("422", "application/json", b"{}")
    assert answer.headers == (("x-a", "1"),)


def test_what_has_no_status_is_the_body_itself() -> None:
    answer = answer_of(b'{"status": "ok"}')
    assert answer is not None
    assert (answer.status, answer.body) == ("200 OK", b'{"status": "ok"}')


@pytest.mark.parametrize(
    "payload",
    [b"no json", b'{"statusCode": "soon"}', b'{"statusCode":200,"body":"%","isBase64Encoded":true}'],
)
def test_what_makes_no_sense_is_no_answer(payload: bytes) -> None:
    assert answer_of(payload) is None
