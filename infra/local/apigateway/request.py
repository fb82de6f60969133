"""A request to an API: as it came, as a function is given it (payload format 2.0), and as it is answered.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
import uuid
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from infra.local.wire_errors import Answer, Environ

_TEXT_TYPES: Final = ("text/", "application/json", "application/javascript", "application/xml")


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is the route's, without the prefix and the API's id; header names are in small letters."""

    method: str
    path: str
    full_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str
    at: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def of(cls, environ: Environ, path: str, at: datetime) -> "Request":
        named = {
            name[5:].replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if environ.get(name):
                named[name.replace("_", "-").lower()] = str(environ[name])
        return cls(
            method=environ["REQUEST_METHOD"],
            path=path,
            full_path=quote(environ["PATH_INFO"], safe="/-_.~$"),
            query=environ.get("QUERY_STRING", ""),
            headers=named,
            body=environ["wsgi.input"].read(),
            source_ip=environ.get("REMOTE_ADDR", "127.0.0.1"),
            at=at,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which API a request goes."""

    account_id: str
    api_id: str
    domain: str
    stage: str
    route_key: str
    path_parameters: Mapping[str, str]


def payload_of(request: Request, place: Place, authorizer: Mapping[str, Any]) -> bytes:
    """The event of the function, as JSON."""
    body, is_base64 = _body(request)
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": place.route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": request.headers,
        "requestContext": {
            "accountId": place.account_id,
            "apiId": place.api_id,
            "domainName": place.domain,
            "domainPrefix": place.api_id,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": request.headers.get("user-agent", ""),
            },
            "requestId": request.id,
            "routeKey": place.route_key,
            "stage": place.stage,
            "time": request.at.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(request.at.timestamp() * 1000),
        },
        "isBase64Encoded": is_base64,
    }
    if authorizer:
        event["requestContext"]["authorizer"] = authorizer
    if query:
        event["queryStringParameters"] = query
    if place.path_parameters:
        event["pathParameters"] = place.path_parameters
    if request.body:
        event["body"] = body
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def _body(request: Request) -> tuple[str, bool]:
    is_text = request.headers.get("content-type", "").lower().startswith(_TEXT_TYPES)
    if is_text and "content-encoding" not in request.headers:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return b64encode(request.body).decode(), True


def answer_of(payload: bytes) -> Answer | None:
    """What a function told API Gateway to answer; None where it makes no sense."""
    try:
        told = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(told, dict) or "statusCode" not in told:
        return Answer("200 OK", "application/json", payload)
    try:
        status = HTTPStatus(int(told["statusCode"]))
        text = told.get("body") or ""
        body = b64decode(text, validate=True) if told.get("isBase64Encoded") else str(text).encode()
    except (ValueError, TypeError):
        return None
    headers = {str(name).lower(): str(value) for name, value in (told.get("headers") or {}).items()}
    content_type = headers.pop("content-type", "text/plain;charset=UTF-8")
    return Answer(_line(status), content_type, body, tuple(headers.items()))


def refusal(status: HTTPStatus, message: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer of API Gateway itself."""
    return Answer(_line(status), "application/json", json.dumps({"message": message}).encode(), headers)


def _line(status: HTTPStatus) -> str:
    return f"{status.value} {status.phrase}"
