"""AWS errors in the protocol of the request that they answer, so that every SDK reads them."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What a request asks for, as far as its envelope tells."""

    service: str
    action: str

    @classmethod
    def of(cls, environ: Environ, body: bytes) -> "Call":
        method_and_path = f"{environ.get('REQUEST_METHOD', '')} {environ.get('PATH_INFO', '/')}"
        service = service_of(environ) or "s3"
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target:
            return cls(service, target.rpartition(".")[2])
        if _is_form(environ):
            actions = parse_qs(body.decode("utf-8", "replace")).get("Action", [method_and_path])
            return cls(service, actions[0])
        return cls(service, method_and_path)


def scope_of(environ: Environ) -> tuple[str, str] | None:
    """Service and region that the request's signature names."""
    _, separator, credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")
    parts = credential.partition(",")[0].split("/")
    return (parts[3].lower(), parts[2]) if separator and len(parts) == 5 else None


def service_of(environ: Environ) -> str:
    scope = scope_of(environ)
    return scope[0] if scope else ""


def _is_form(environ: Environ) -> bool:
    return str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")


def answer_error(environ: Environ, status: str, code: str, message: str) -> Answer:
    """An error that the caller's SDK turns into its `ClientError` with `code` and `message`."""
    content_type = str(environ.get("CONTENT_TYPE", ""))
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        body = b"\xa2" + b"".join(map(_cbor_text, ("__type", code, "message", message)))
        return Answer(status, "application/cbor", body, (("smithy-protocol", "rpc-v2-cbor"),))
    service = service_of(environ)
    is_json = environ.get("HTTP_X_AMZ_TARGET") or "json" in content_type
    if _is_form(environ):
        if service == "ec2":
            xml = f"<Response><Errors><Error>{_fields(code, message)}</Error></Errors></Response>"
        else:
            xml = f"<ErrorResponse><Error><Type>Sender</Type>{_fields(code, message)}</Error></ErrorResponse>"
    elif not is_json and service in ("", "s3"):
        xml = f"<Error>{_fields(code, message)}</Error>"
    elif not is_json and service in ("cloudfront", "route53", "s3-control"):
        xml = f"<ErrorResponse><Error><Type>Sender</Type>{_fields(code, message)}</Error></ErrorResponse>"
    else:
        body = json.dumps({"__type": code, "message": message}).encode()
        return Answer(status, "application/x-amz-json-1.1", body, (("x-amzn-ErrorType", code),))
    return Answer(status, "application/xml", f'<?xml version="1.0" encoding="UTF-8"?>{xml}'.encode())


def _fields(code: str, message: str) -> str:
    return f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    if len(data) < 24:
        return bytes([0x60 | len(data)]) + data
    return b"\x79" + len(data).to_bytes(2, "big") + data
