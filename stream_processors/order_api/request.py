"""From an HTTP request to JSON documents, or the reason why not. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import zlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import orjson

from stream_processors.order_api.answers import MAX_EVENTS, RequestFault

MAX_BODY_BYTES: Final = 4_000_000
"""Of a body, unpacked: wrapped it is under the 6 MB that Lambda takes, and with what is written into them its
events are under the 4 MiB that PutRecordBatch takes (PutRecords: 5)."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class Refused(Exception):
    """The request is refused as a whole."""

    def __init__(self, status: int, reason: RequestFault, message: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(message)


def documents_of(event: Mapping[str, Any]) -> list[Any]:
    """The posted events, unchecked: an object is one event, an array up to `MAX_EVENTS`.

    Raises:
        Refused: the request cannot be read, or brings too much or nothing.
    """
    headers: Mapping[str, str] = event.get("headers") or {}
    _check_content_type(headers.get("content-type", ""))
    found = _parsed(_unpacked(_body(event), headers.get("content-encoding", "")))
    if not isinstance(found, list):
        return [found]
    if not found:
        raise Refused(422, RequestFault.NO_EVENTS, "The array holds no event: send at least one.")
    if len(found) > MAX_EVENTS:
        message = f"{len(found)} events are too many for one request: send at most {MAX_EVENTS}."
        raise Refused(413, RequestFault.TOO_MANY_EVENTS, message)
    return found


def _check_content_type(stated: str) -> None:
    kind, _, parameters = stated.lower().partition(";")
    if kind.strip() != "application/json" or parameters.replace('"', "").strip() not in ("", "charset=utf-8"):
        message = "Send events as application/json, in UTF-8."
        raise Refused(415, RequestFault.UNSUPPORTED_MEDIA_TYPE, message)


def _body(event: Mapping[str, Any]) -> bytes:
    text: str = event.get("body") or ""
    return b64decode(text) if event.get("isBase64Encoded") else text.encode(errors="surrogatepass")


def _unpacked(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            unpacked = body
        case "gzip":
            unpacked = _gunzipped(body)
        case _:
            message = "Send the body as it is, or with Content-Encoding: gzip."
            raise Refused(415, RequestFault.UNSUPPORTED_ENCODING, message)
    if len(unpacked) > MAX_BODY_BYTES:
        message = f"The body is over {MAX_BODY_BYTES} bytes (unpacked): send fewer events at once."
        raise Refused(413, RequestFault.TOO_LARGE, message)
    return unpacked


def _gunzipped(body: bytes) -> bytes:
    """At most one byte more than is allowed: a bomb is never unpacked."""
    stream = zlib.decompressobj(_GZIP)
    message = "The body is not one whole gzip stream."
    try:
        unpacked = stream.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise Refused(400, RequestFault.NOT_DECODABLE, message) from None
    if len(unpacked) <= MAX_BODY_BYTES and (not stream.eof or stream.unused_data):
        raise Refused(400, RequestFault.NOT_DECODABLE, message)
    return unpacked


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        body.decode()
    except UnicodeDecodeError:
        raise Refused(400, RequestFault.NOT_UTF8, "The body is not UTF-8.") from None
    raise Refused(400, RequestFault.NOT_JSON, "The body is not one JSON document.")
