"""The HTTP server: werkzeug's threads and moto's request handler, with connections that are kept alive.

werkzeug closes the connection after every answer, because an application may leave a request unread. Here the
body is read before the application is called (moto would read it whole anyway), so that a connection carries
many calls.
"""

import errno
import io
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from infra.local.errors import PortInUseError, PortNotAllowedError

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"


class RequestHandler(MotoRequestHandler):
    """Answers the requests of one connection, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300  # seconds that a connection may rest
    server: "Server"

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def handle_expect_100(self) -> bool:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        return True

    def run_wsgi(self) -> None:
        self.environ = environ = self.make_environ()
        if environ.pop("wsgi.input_terminated", False):
            body = environ["wsgi.input"].read()
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ["CONTENT_LENGTH"] = str(len(body))
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        status, headers = "500 Internal Server Error", list[tuple[str, str]]()

        def start_response(
            new_status: str, new_headers: list[tuple[str, str]], _exc_info: object = None, /
        ) -> Callable[[bytes], object]:
            nonlocal status, headers
            status, headers = new_status, new_headers
            return written.append

        written: list[bytes] = []

        with self.server.counted_call():
            parts = self.server.app(environ, start_response)
            try:
                written.extend(parts)
            finally:
                if hasattr(parts, "close"):
                    parts.close()
            self._send(status, headers, b"".join(written))

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        is_bodiless = self.command == "HEAD" or int(code) in (204, 304)
        if "content-length" not in names and not is_bodiless:
            self.send_header("Content-Length", str(len(content)))
        if self.server.is_closing:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not is_bodiless:
            self.wfile.write(content)
        self.wfile.flush()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002  # the base class's name
        _log.debug(message, *args)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Requests are not logged: thousands come each second."""


class Server(ThreadedWSGIServer):
    """Listens on loopback only. `port` 0 takes a free one; read `port`."""

    def __init__(self, port: int, app: Any) -> None:
        self.connections: set[socket.socket] = set()
        self.is_closing = False
        self._calls = 0
        self._idle = threading.Condition()
        listener = socket.socket()
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
                listener.listen(self.request_queue_size)
            except OverflowError as error:
                raise PortNotAllowedError(port, "no such port") from error
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortInUseError(port) from error
                raise PortNotAllowedError(port, error.strerror or type(error).__name__) from error
            super().__init__(HOST, port, app, RequestHandler, fd=listener.fileno())
        finally:
            listener.close()

    def counted_call(self) -> "_Call":
        return _Call(self)

    def close(self, seconds: float) -> None:
        """Let calls under way end, at most `seconds`; then close every connection."""
        self.is_closing = True
        self.shutdown()
        self.server_close()
        with self._idle:
            self._idle.wait_for(lambda: self._calls == 0, timeout=seconds)
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                _log.debug("A connection was closed by its client first.")


class _Call:
    """Counts a call that is under way."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __enter__(self) -> None:
        with self._server._idle:
            self._server._calls += 1

    def __exit__(self, *_: object) -> None:
        with self._server._idle:
            self._server._calls -= 1
            self._server._idle.notify_all()
