"""HTTP APIs on the embedded AWS: who is let in, how often, how much, and what is said of it."""

import json
from collections.abc import Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.integration.local.aws_harness import REGION
from tests.integration.local.http_api import FUNCTION, ServedApi, served_api
from tests.unit.stream_processors.order_api.api import Api, event


@pytest.fixture
def function() -> Api:
    return Api()


@pytest.fixture
def api(function: Api) -> Iterator[ServedApi]:
    with served_api(function.invoke) as served:
        yield served


def test_an_event_goes_through(api: ServedApi, function: Api) -> None:
    answer = api.call("POST", "/v1/events", json.dumps(event()).encode())
    assert (answer.status, answer.body["acknowledged"]) == (202, 1)
    assert len(function.stream.taken) == 1
    assert api.invoked == [FUNCTION]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/health"])
def test_without_a_token_nothing_is_run(api: ServedApi, path: str) -> None:
    method = "POST" if path == "/v1/events" else "GET"
    for authorization in ("", "Bearer ", "Bearer forged", f"Bearer {api.issuer.token(expires_in=-1)}"):
        answer = api.call(method, path, authorization=authorization)
        assert (answer.status, answer.body) == (401, {"message": "Unauthorized"})
        assert "WWW-Authenticate".lower() in {name.lower() for name in answer.headers}
    assert api.invoked == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/events"), ("POST", "/v2/events"), ("GET", "/")])
def test_what_is_no_route_is_404(api: ServedApi, method: str, path: str) -> None:
    assert api.call(method, path).status == 404


def test_a_function_that_fails_is_500(api: ServedApi, function: Api) -> None:
    function.stream.always = lambda _: ValueError("a bug")
    answer = api.call("POST", "/v1/events", json.dumps(event()).encode())
    assert (answer.status, answer.body) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("size", [11_000_000, 6_000_000])
def test_what_is_too_large_for_lambda_is_413(api: ServedApi, size: int) -> None:
    answer = api.call("POST", "/v1/events", b'"' * size)
    assert (answer.status, answer.body) == (413, {"message": "Request Entity Too Large"})
    assert api.invoked == []


def test_the_stage_throttles(function: Api) -> None:
    with served_api(function.invoke, rate=1, burst=3) as api:
        statuses = [api.call("GET", "/v1/health").status for _ in range(5)]
    assert statuses[:3] == [200, 200, 200]
    assert statuses[-1] == 429


def test_the_access_log_says_what_happened(api: ServedApi) -> None:
    api.call("GET", "/v1/health")
    api.call("GET", "/v1/health", authorization="")
    ok, refused = api.log_lines()
    assert ok == {"routeKey": "GET /v1/health", "status": "200", "error": "-"}
    assert (refused["status"], refused["error"]) == ("401", "not signed by the issuer (DecodeError)")


def test_requests_are_measured(api: ServedApi) -> None:
    api.call("GET", "/v1/health")
    api.call("GET", "/v1/health", authorization="")
    names = {metric.name for metric in api.metrics.metrics() if metric.namespace == "AWS/ApiGateway"}
    assert names == {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"}


def test_signed_requests_are_let_in_where_iam_decides(function: Api) -> None:
    with served_api(function.invoke, "AWS_IAM") as api:
        body = json.dumps(event()).encode()
        request = AWSRequest("POST", f"{api.url}/v1/events", {"content-type": "application/json"}, body)
        SigV4Auth(Credentials("embedded", "embedded"), "execute-api", REGION).add_auth(request)
        headers = {name.lower().replace("-", "_"): str(value) for name, value in request.headers.items()}
        assert api.call("POST", "/v1/events", body, **headers).status == 202
        assert api.call("POST", "/v1/events", body + b" ", **headers).status == 403
        assert api.call("POST", "/v1/events", body).body == {"message": "Forbidden"}
