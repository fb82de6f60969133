"""AWS's Lambda Runtime API (version 2018-06-01) for one execution environment, on loopback."""

import queue
import sys
import threading
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_PREFIX: Final = "/2018-06-01/runtime/"


class Kind(Enum):
    """What the environment told."""

    READY = "ready"
    RESPONSE = "response"
    ERROR = "error"
    INIT_ERROR = "init error"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Message:
    """Something that the environment told; `body` is JSON, `request_id` the invocation's."""

    kind: Kind
    request_id: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One event on its way into the environment; `headers` as the API defines them."""

    request_id: str
    payload: bytes
    headers: dict[str, str] = field(default_factory=dict)


class RuntimeApi:
    """Hands invocations to the runtime interface client in the child process and takes its answers."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self._invocations: queue.Queue[Invocation | None] = queue.Queue()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="lambda-runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port, for `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def offer(self, invocation: Invocation) -> None:
        self._invocations.put(invocation)

    def next_invocation(self) -> Invocation | None:
        """Wait for the next invocation; None when the environment ends."""
        self.messages.put(Message(Kind.READY))
        return self._invocations.get()

    def close(self) -> None:
        self._invocations.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], api: RuntimeApi) -> None:
        self.api = api
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about connections that end with their child process."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one write per response
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{_PREFIX}invocation/next":
            self._answer(HTTPStatus.NOT_FOUND)
            return
        invocation = self.server.api.next_invocation()
        if invocation is None:
            self.close_connection = True
            return
        self._answer(HTTPStatus.OK, invocation.payload, invocation.headers)

    def do_POST(self) -> None:
        message = self._message(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if message is None:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}\n')
        self.server.api.messages.put(message)

    def _message(self, body: bytes) -> Message | None:
        match self.path.removeprefix(_PREFIX).split("/"):
            case ["init", "error"]:
                return Message(Kind.INIT_ERROR, body=body)
            case ["invocation", request_id, "response"]:
                return Message(Kind.RESPONSE, request_id, body)
            case ["invocation", request_id, "error"]:
                return Message(Kind.ERROR, request_id, body)
            case _:
                return None

    def _answer(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet: the function's log is the function's own."""
