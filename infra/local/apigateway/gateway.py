"""Serves HTTP APIs: finds the route, asks who calls, throttles, runs the function, answers and logs."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from moto.apigatewayv2 import models as moto_models
from moto.backends import get_backend

from infra.local.apigateway import access_log
from infra.local.apigateway.authorization import Refused, authorized
from infra.local.apigateway.backend import API_PATH, ApiGatewayBackend
from infra.local.apigateway.jwt import IssuerKeys
from infra.local.apigateway.request import Place, Request, answer_of, payload_of, refusal
from infra.local.apigateway.routes import match
from infra.local.apigateway.throttling import Buckets
from infra.local.engine import Runtime
from infra.local.lambda_.errors import FunctionNotRunError
from infra.local.lambda_.invocation import InvocationResult
from infra.local.wire_errors import Answer, Environ

_log = logging.getLogger(__name__)

STAGE: Final = "$default"

_MAX_BODY_BYTES: Final = 10 * 1024 * 1024
_MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024
# Of an account, where a stage says nothing.
_RATE, _BURST = 10_000.0, 5_000.0

Invoke = Callable[[str, bytes], InvocationResult]


class _Served(NamedTuple):
    answer: Answer
    route_key: str = "-"
    reason: str = "-"
    integration_ms: float | None = None


class Gateway:
    """The data plane of every HTTP API that the control plane knows, below `API_PATH`."""

    def __init__(self, runtime: Runtime, invoke: Invoke) -> None:
        self._runtime = runtime
        self._invoke = invoke
        self._keys = IssuerKeys()
        self._buckets = Buckets()

    def __call__(self, environ: Environ) -> Answer:
        """Answer one request; never raises for what a client sends."""
        began = time.monotonic()
        api_id, _, path = environ["PATH_INFO"].removeprefix(API_PATH).partition("/")
        request = Request.of(environ, f"/{path}", self._runtime.clock.now())
        api = _backends()[self._runtime.account_id][self._runtime.region].apis.get(api_id)
        stage = api.stages.get(STAGE) if api else None
        if api is None or stage is None:
            return refusal(HTTPStatus.NOT_FOUND, "Not Found")
        served = self._serve(api, stage, request)
        self._note(api, stage, request, served, (time.monotonic() - began) * 1000)
        headers = (*served.answer.headers, ("apigw-requestid", request.id))
        return Answer(served.answer.status, served.answer.content_type, served.answer.body, headers)

    def _serve(self, api: moto_models.Api, stage: moto_models.Stage, request: Request) -> _Served:
        routes = {route.route_key: route for route in api.routes.values()}
        found = match(routes, request.method, request.path)
        if found is None:
            return _Served(refusal(HTTPStatus.NOT_FOUND, "Not Found"), reason="no route")
        route = routes[found.route_key]
        runtime = self._runtime
        try:
            caller = authorized(api, route, request, self._keys, runtime.account_id, runtime.clock.now())
        except Refused as refused:
            return _Served(refused.answer, found.route_key, str(refused))
        if not self._may_pass(api, stage, found.route_key):
            answer = refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests")
            return _Served(answer, found.route_key, "throttled")
        domain = urlsplit(api.api_endpoint).netloc
        place = Place(runtime.account_id, api.api_id, domain, STAGE, found.route_key, found.parameters)
        payload = payload_of(request, place, caller)
        if max(len(request.body) - _MAX_BODY_BYTES, len(payload) - _MAX_PAYLOAD_BYTES) > 0:
            answer = refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
            return _Served(answer, found.route_key, "too large")
        integration = api.integrations[str(route.target).rpartition("/")[2]]
        return self._integrated(integration, found.route_key, payload)

    def _may_pass(self, api: moto_models.Api, stage: moto_models.Stage, route_key: str) -> bool:
        settings = {**stage.default_route_settings, **stage.route_settings.get(route_key, {})}
        rate = float(settings.get("throttlingRateLimit", _RATE))
        burst = float(settings.get("throttlingBurstLimit", _BURST))
        return self._buckets.take((api.api_id, stage.name, route_key), rate, burst, self._runtime.clock.now())

    def _integrated(self, integration: moto_models.Integration, route_key: str, payload: bytes) -> _Served:
        began = time.monotonic()
        unavailable = refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
        limit = (integration.timeout_in_millis or 30_000) / 1000
        waiting = ThreadPoolExecutor(1, thread_name_prefix="http-api")
        try:
            result = waiting.submit(self._invoke, _function_arn(integration), payload).result(limit)
        except (FunctionNotRunError, TimeoutError) as error:
            return _Served(unavailable, route_key, type(error).__name__)
        finally:
            waiting.shutdown(wait=False)
        taken = (time.monotonic() - began) * 1000
        answer = answer_of(result.payload) if result.function_error is None else None
        if answer is None:
            failed = refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
            return _Served(failed, route_key, "the function failed", taken)
        return _Served(answer, route_key, integration_ms=taken)

    def _note(
        self,
        api: moto_models.Api,
        stage: moto_models.Stage,
        request: Request,
        served: _Served,
        taken_ms: float,
    ) -> None:
        status = served.answer.status[:3]
        latency = "-" if served.integration_ms is None else str(round(served.integration_ms))
        self._measure(api, status, taken_ms, served.integration_ms)
        settings: dict[str, Any] | None = stage.access_log_settings
        if not settings:
            return
        context = {
            "accountId": self._runtime.account_id,
            "apiId": api.api_id,
            "authorizer.error": served.reason,
            "error.message": served.reason,
            "httpMethod": request.method,
            "identity.sourceIp": request.source_ip,
            "integrationLatency": latency,
            "integration.latency": latency,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": request.id,
            "requestTime": request.at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": str(int(request.at.timestamp() * 1000)),
            "responseLatency": str(round(taken_ms)),
            "responseLength": str(len(served.answer.body)),
            "routeKey": served.route_key,
            "stage": STAGE,
            "status": status,
        }
        group = str(settings["destinationArn"]).split(":log-group:")[1].removesuffix(":*")
        line = access_log.line(str(settings["format"]), context)
        self._runtime.logs.write(group, f"{api.api_id}/{STAGE}", [line])

    def _measure(
        self, api: moto_models.Api, status: str, taken_ms: float, integration_ms: float | None
    ) -> None:
        self._runtime.meter.add("apigateway.requests", 1)
        counts = {"Count": 1, "4xx": int(status[0] == "4"), "5xx": int(status[0] == "5")}
        times = {"Latency": taken_ms, "IntegrationLatency": integration_ms}
        for name, value in {**counts, **times}.items():
            if value is not None:
                self._runtime.metrics.put(
                    "AWS/ApiGateway",
                    name,
                    value,
                    unit="Count" if name in counts else "Milliseconds",
                    dimensions={"ApiId": api.api_id},
                )


def _function_arn(integration: moto_models.Integration) -> str:
    """The function's own, or out of the ARN by which API Gateway invokes it."""
    uri = str(integration.integration_uri)
    return uri.partition("/functions/")[2].removesuffix("/invocations") or uri


def _backends() -> Any:
    return get_backend("apigatewayv2")


def install(runtime: Runtime, invoke: Invoke) -> Gateway:
    """Make moto's control plane one whose APIs are served; APIs that existed before are forgotten."""
    backends = _backends()
    backends.clear()
    backends.backend = type(
        "ApiGatewayV2Backend",
        (ApiGatewayBackend,),
        # moto finds a service's URLs by the module of its backend's class.
        {"__module__": moto_models.__name__, "endpoint_url": runtime.endpoint_url},
    )
    return Gateway(runtime, invoke)
