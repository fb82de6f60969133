"""Which route a request takes, how often it may, and what is logged of it."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.local.apigateway import access_log
from infra.local.apigateway.routes import match
from infra.local.apigateway.throttling import Buckets

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROUTE = ("api", "$default", "POST /v1/events")


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("POST", "/v1/events", "POST /v1/events", {}),
        ("GET", "/v1/events", "ANY /v1/{what}", {"what": "events"}),
        ("GET", "/v1/events/7", "GET /{proxy+}", {"proxy": "v1/events/7"}),
        ("PUT", "/v1/events/7", "$default", {}),
    ],
)
def test_the_most_specific_route_is_taken(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    keys = ["$default", "GET /{proxy+}", "ANY /v1/{what}", "POST /v1/events"]
    assert match(keys, method, path) == (key, parameters)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/events"), ("POST", "/v1/events/"), ("POST", "/v1/xevents")]
)
def test_what_no_route_serves_has_none(method: str, path: str) -> None:
    assert match(["POST /v1/events"], method, path) is None


def test_a_burst_passes_at_once_and_then_the_rate() -> None:
    buckets = Buckets()
    assert [buckets.take(ROUTE, 10, 3, NOW) for _ in range(5)] == [True, True, True, False, False]
    assert not buckets.take(ROUTE, 10, 3, NOW + timedelta(milliseconds=50))
    assert buckets.take(ROUTE, 10, 3, NOW + timedelta(milliseconds=120))
    later = NOW + timedelta(hours=1)
    assert [buckets.take(ROUTE, 10, 3, later) for _ in range(4)] == [True, True, True, False]


def test_a_log_line_is_the_format_filled_in() -> None:
    line = access_log.line('{"id":"$context.requestId","who":"$context.identity.user"}', {"requestId": "7"})
    assert line == '{"id":"7","who":"-"}'
