"""The WSGI application in front of moto: health, refusal while stopping, errors that SDKs understand."""

import json
import logging
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from infra.local.kinesis import data_plane
from infra.local.wire_errors import Answer, Call, Environ, answer_error, scope_of

_log = logging.getLogger(__name__)

HEALTH_PATH: Final = "/_orderlake/health"
_FLASK_PAGE: Final = b"<!doctype html>"

Listener = Callable[[Environ, str], None]
"""Hears of a request and the status of its answer; `wsgi.input` is a `BytesIO` with the whole body."""


class State(StrEnum):
    """`DRAINING` refuses new records for streams and serves all else: functions and jobs still call."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    STOPPED = "stopped"


class _Moto(DomainDispatcherApplication):
    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        # moto looks through the folders of its 175 services at each request, one request at a time.
        self._backends = lru_cache(maxsize=256)(self._find_backend)

    def get_backend_for_host(self, host: str | None) -> Any:
        """As moto's, but a service that it does not know is an error and not a line on stdout."""
        return self._backends(host)

    def _find_backend(self, host: str | None) -> Any:
        known = host is None or "." not in host
        if known or any(pattern.match(f"http://{host}") for _, pattern in self.backend_url_patterns):
            return super().get_backend_for_host(host)
        raise NotImplementedError(host)


class Dispatcher:
    """Answers every request with AWS's own forms, never with a page."""

    def __init__(self, account_id: str) -> None:
        self.state = State.STARTING
        self.listeners: list[Listener] = []
        self.pages: dict[str, Callable[[], object]] = {}
        self.mounted: dict[str, Callable[[Environ], Answer]] = {}
        self._account_id = account_id
        self._moto = _Moto(create_backend_app)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not self.listeners:
            return self._answer(environ, start_response)
        asked = dict(environ)  # moto's dispatcher changes its own

        def remember(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
            for listener in self.listeners:
                listener(asked, status)
            return start_response(status, headers, exc_info)

        return self._answer(environ, remember)

    def _answer(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        answer = self._answer_early(environ)
        if answer is None:
            return self._ask_moto(environ, start_response)
        return _send(answer, start_response)

    def _answer_early(self, environ: Environ) -> Answer | None:
        if environ["PATH_INFO"] == HEALTH_PATH:
            status = "200 OK" if self.state is State.READY else "503 Service Unavailable"
            return Answer(status, "application/json", json.dumps({"status": self.state}).encode())
        if page := self.pages.get(environ["PATH_INFO"]):
            return Answer("200 OK", "application/json", json.dumps(page()).encode())
        for prefix, answer in self.mounted.items():
            if environ["PATH_INFO"].startswith(prefix):
                return self._mounted(answer, environ)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        is_stream_data = target.startswith(data_plane.TARGET)
        action = target.removeprefix(data_plane.TARGET) if is_stream_data else ""
        if self.state is State.STOPPED or (self.state is State.DRAINING and action.startswith("PutRecord")):
            return self._stopping(environ)
        scope = scope_of(environ)
        if action in data_plane.ACTIONS and scope and "json" in str(environ.get("CONTENT_TYPE")):
            return self._stream_data(action, scope[1], environ)
        return None

    def _mounted(self, answer: Callable[[Environ], Answer], environ: Environ) -> Answer:
        if self.state is State.STOPPED:
            return self._stopping(environ)
        try:
            return answer(environ)
        except Exception as error:  # noqa: BLE001  # the edge: reported, and answered as AWS does
            return self._report(environ, _whole(environ["wsgi.input"]), error)

    @staticmethod
    def _stopping(environ: Environ) -> Answer:
        return answer_error(
            environ,
            "503 Service Unavailable",
            "ServiceUnavailable",
            "The embedded AWS is stopping. Start it again with: orderlake up",
        )

    def _stream_data(self, action: str, region: str, environ: Environ) -> Answer:
        body = environ["wsgi.input"].read()
        try:
            code, content = data_plane.call(action, body, account_id=self._account_id, region=region)
        except Exception as error:  # noqa: BLE001  # the edge: reported, and answered as AWS does
            return self._report(environ, body, error)
        return Answer(f"{code} {HTTPStatus(code).phrase}", "application/x-amz-json-1.1", content)

    def _ask_moto(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        body_stream = environ["wsgi.input"]
        started: list[Any] = []

        def remember(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> None:
            started[:] = status, headers

        try:
            content = b"".join(self._moto(environ, remember))
        except NotImplementedError:
            return _send(self._unimplemented(environ, _whole(body_stream)), start_response)
        except Exception as error:  # noqa: BLE001  # the edge: reported, and answered as AWS does
            return _send(self._report(environ, _whole(body_stream), error), start_response)
        status, headers = started
        if status[:3] in ("404", "405") and content[:15].lower() == _FLASK_PAGE:
            # Flask found no route: the service is known, the path is not.
            return _send(self._unimplemented(environ, _whole(body_stream)), start_response)
        start_response(status, headers)
        return [content]

    @staticmethod
    def _unimplemented(environ: Environ, body: bytes) -> Answer:
        call = Call.of(environ, body)
        code = "NotImplemented" if call.service == "s3" else "NotImplementedException"
        message = (
            f"The embedded AWS does not implement {call.action} of {call.service}. "
            "docs/embedded-aws.md lists what it does."
        )
        return answer_error(environ, "400 Bad Request", code, message)

    @staticmethod
    def _report(environ: Environ, body: bytes, error: Exception) -> Answer:
        call = Call.of(environ, body)
        _log.error("%s of %s failed in the embedded AWS", call.action, call.service, exc_info=error)
        message = f"The embedded AWS failed in {call.action} of {call.service}: see its log."
        return answer_error(environ, "500 Internal Server Error", "InternalFailure", message)


def _whole(stream: Any) -> bytes:
    stream.seek(0)
    return bytes(stream.read())


def _send(answer: Answer, start_response: Any) -> Iterable[bytes]:
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    start_response(answer.status, [*headers, *answer.headers])
    return [answer.body]
