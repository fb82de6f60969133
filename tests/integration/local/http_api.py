"""An HTTP API on loopback in front of a function that runs in this process."""

import json
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

import boto3
from moto.core.base_backend import BackendDict

from infra.local import apigateway
from infra.local.clock import SystemClock
from infra.local.cloudwatch import MetricStore
from infra.local.dispatch import Dispatcher, State
from infra.local.engine import Runtime
from infra.local.http_server import Server
from infra.local.lambda_.invocation import InvocationResult
from tests.integration.local.aws_harness import ACCOUNT, REGION, MotoObjects, RecordedLogs

GROUP = "/aws/apigateway/shop"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:order-api"
INTEGRATION = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
LOG_FORMAT = '{"routeKey":"$context.routeKey","status":"$context.status","error":"$context.error.message"}'

Function = Callable[[dict[str, Any]], object]


class Response(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class ServedApi:
    """`invoked` are the ARNs that were called."""

    url: str
    issuer: apigateway.Issuer
    metrics: MetricStore
    logs: RecordedLogs
    invoked: list[str]

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Response:
        """Send a request; an `authorization` of the issuer's unless another is given."""
        given = {"authorization": f"Bearer {self.issuer.token()}", "content-type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.url}{path}", body, given | named, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return Response(answer.status, dict(answer.headers), json.loads(answer.read()))
        except HTTPError as error:
            return Response(error.code, dict(error.headers), json.loads(error.read()))

    def log_lines(self) -> list[dict[str, str]]:
        lines = (line for (group, _), found in self.logs.lines.items() if group == GROUP for line in found)
        return [json.loads(line) for line in lines]


@contextmanager
def served_api(
    function: Function, authorisation: str = "JWT", *, rate: float = 10_000, burst: int = 5_000
) -> Iterator[ServedApi]:
    """Both routes of order-api, `function` behind them; what it raises fails the invocation."""
    BackendDict.reset()
    dispatcher = Dispatcher(ACCOUNT)
    server = Server(0, dispatcher)
    url = f"http://127.0.0.1:{server.port}"
    clock = SystemClock()
    metrics, logs, invoked = MetricStore(clock), RecordedLogs(), list[str]()
    issuer = apigateway.Issuer(url, clock.now)

    def invoke(arn: str, payload: bytes) -> InvocationResult:
        invoked.append(arn)
        try:
            answer, error = function(json.loads(payload)), None
        except Exception as failure:  # noqa: BLE001 - as Lambda reports it
            answer, error = {"errorMessage": str(failure)}, "Unhandled"
        return InvocationResult("id", json.dumps(answer).encode(), error, b"", 1.0)

    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime(clock, url, ACCOUNT, REGION, Path(folder), MotoObjects(), metrics, logs)
        dispatcher.mounted[apigateway.ISSUER_PATH] = issuer
        dispatcher.mounted[apigateway.API_PATH] = apigateway.install(runtime, invoke)
        dispatcher.state = State.READY
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            endpoint = _made(url, authorisation, issuer.url, rate, burst)
            yield ServedApi(endpoint, issuer, metrics, logs, invoked)
        finally:
            server.close(1)
            thread.join()
            BackendDict.reset()


def _made(url: str, authorisation: str, issuer: str, rate: float, burst: int) -> str:
    """Make the API as Terraform does; where it is served."""
    client = boto3.client(
        "apigatewayv2",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )
    api = client.create_api(Name="shop", ProtocolType="HTTP")
    authorizer = client.create_authorizer(
        ApiId=api["ApiId"],
        Name="shop",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": ["orderlake"]},
    )
    integration = client.create_integration(
        ApiId=api["ApiId"],
        IntegrationType="AWS_PROXY",
        IntegrationUri=INTEGRATION,
        PayloadFormatVersion="2.0",
    )
    for route_key in ("POST /v1/events", "GET /v1/health"):
        client.create_route(
            ApiId=api["ApiId"],
            RouteKey=route_key,
            Target=f"integrations/{integration['IntegrationId']}",
            AuthorizationType=authorisation,
            **({"AuthorizerId": authorizer["AuthorizerId"]} if authorisation == "JWT" else {}),
        )
    client.create_stage(
        ApiId=api["ApiId"],
        StageName="$default",
        AutoDeploy=True,
        DefaultRouteSettings={"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst},
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}",
            "Format": LOG_FORMAT,
        },
    )
    return str(api["ApiEndpoint"])
