"""Stands before the embedded AWS and spoils answers: errors before or after the fact, slowness, kills."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from infra.local.wire_errors import Environ, answer_error, service_of
from tests.chaos.faults import Plan

_WRITES = ("PUT", "POST", "DELETE")
_LONGEST_SECONDS = 0.3
JOB_KEY, PRODUCER_KEY = "chaosjob", "chaosproducer"

App = Callable[[Environ, Any], Iterable[bytes]]


class Gate:
    """A WSGI application in front of another; only while `is_open` is False does it spoil anything."""

    def __init__(self, app: App, plan: Plan) -> None:
        self._app = app
        self._plan = plan
        self._draw = plan.random("gate")
        self._lock = threading.Lock()
        self.is_open = True
        self.met: Counter[str] = Counter()
        self._kills: dict[int, tuple[int, bool]] = {}
        self._writes: Counter[int] = Counter()
        self._commits: dict[str, Iterator[str]] = {}

    def kill_at_write(self, process_id: int, number: int, *, after: bool) -> None:
        """Kill that job's process when it makes its write `number`, or just after that was done."""
        self._kills[process_id] = (number, after)

    def writes(self, process_id: int) -> int:
        return self._writes[process_id]

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:  # noqa: PLR0911  # one a fault
        actor = _actor(environ)
        if actor.startswith(JOB_KEY) and _is_write(environ):
            self._kill(environ, int(actor.removeprefix(JOB_KEY)))
        if self.is_open:
            return self._app(environ, start_response)
        service = service_of(environ)
        action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if service == "s3" and "s3_slow" in self._plan and _is_write(environ):
            self._meet("s3_slow")
            time.sleep(self._uniform() * _LONGEST_SECONDS)
        if service == "kinesis" and action == "PutRecords":
            if "kinesis_throttled" in self._plan and self._happens(0.4):
                self._meet("kinesis_throttled")
                return self._take_in_part(environ, start_response)
            if "kinesis_errors" in self._plan and self._happens(0.3):
                return self._fail(
                    "kinesis_errors", environ, start_response, "500 Internal Server Error", "InternalFailure"
                )
        if service == "firehose" and "firehose_refuses" in self._plan and self._happens(0.3):
            return self._fail(
                "firehose_refuses",
                environ,
                start_response,
                "503 Service Unavailable",
                "ServiceUnavailableException",
            )
        if (
            service == "s3"
            and "s3_errors" in self._plan
            and actor.startswith(JOB_KEY)
            and self._happens(0.12)
        ):
            return self._fail("s3_errors", environ, start_response, "503 Slow Down", "SlowDown")
        if service == "glue" and action == "UpdateTable" and "catalogue_conflicts" in self._plan:
            return self._commit(environ, start_response)
        return self._app(environ, start_response)

    def _kill(self, environ: Environ, process_id: int) -> None:
        self._writes[process_id] += 1
        number, after = self._kills.get(process_id, (0, False))
        if number and self._writes[process_id] == number:
            self._meet("job_killed")
            if after:
                b"".join(self._app(environ, lambda *_: None))
            os.kill(process_id, signal.SIGKILL)
            time.sleep(0.05)

    def _commit(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ = {**environ, **_body(body)}
        table = json.loads(body)["TableInput"]["Name"]
        with self._lock:
            outcome = next(self._commits.setdefault(table, self._plan.commits(table)))
        if outcome == "taken":
            return self._app(environ, start_response)
        self._meet("catalogue_conflicts")
        if outcome == "refused":
            return _refuse(environ, start_response, "400 Bad Request", "ConcurrentModificationException")
        if outcome == "answer lost":
            self._ask(environ)
        return _refuse(environ, start_response, "500 Internal Server Error", "InternalServiceException")

    def _take_in_part(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Hand on some of the entries; the others are answered as throttled."""
        request = json.loads(environ["wsgi.input"].read())
        entries = request["Records"]
        taken = [self._happens(0.5) for _ in entries]
        results: list[dict[str, Any]] = []
        if any(taken):
            request["Records"] = [entry for entry, is_taken in zip(entries, taken, strict=True) if is_taken]
            status, _, content = self._ask({**environ, **_body(json.dumps(request).encode())})
            if not status.startswith("200"):
                start_response(status, [("Content-Type", "application/x-amz-json-1.1")])
                return [content]
            results = json.loads(content)["Records"]
        answers = iter(results)
        throttled = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"}
        document = [next(answers) if is_taken else throttled for is_taken in taken]
        failed = sum("ErrorCode" in one for one in document)
        body = json.dumps({"FailedRecordCount": failed, "Records": document}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]

    def _fail(
        self, fault: str, environ: Environ, start_response: Any, status: str, code: str
    ) -> Iterable[bytes]:
        """An error, in half of the cases after the call was carried out."""
        self._meet(fault)
        if self._happens(0.5):
            self._ask(environ)
        return _refuse(environ, start_response, status, code)

    def _ask(self, environ: Environ) -> tuple[str, list[tuple[str, str]], bytes]:
        answer: list[Any] = []
        content = b"".join(
            self._app(environ, lambda status, headers, _=None: answer.extend((status, headers)))
        )
        return answer[0], answer[1], content

    def _happens(self, share: float) -> bool:
        return self._uniform() < share

    def _uniform(self) -> float:
        with self._lock:
            return self._draw.random()

    def _meet(self, fault: str) -> None:
        with self._lock:
            self.met[fault] += 1


def spoiled(draw: random.Random, share: float) -> Callable[[], bool]:
    """A coin that falls on True in that share of the cases."""
    lock = threading.Lock()

    def toss() -> bool:
        with lock:
            return draw.random() < share

    return toss


def _refuse(environ: Environ, start_response: Any, status: str, code: str) -> Iterable[bytes]:
    answer = answer_error(environ, status, code, "made on purpose")
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        *answer.headers,
    ]
    start_response(answer.status, headers)
    return [answer.body]


def _body(content: bytes) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content))}


def _actor(environ: Environ) -> str:
    """The access key of the request's signature: every process here has its own."""
    return str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition("/")[0]


def _is_write(environ: Environ) -> bool:
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if target:
        return bool(target.startswith(("Create", "Update", "Delete", "Put", "Start")))
    return str(environ["REQUEST_METHOD"]) in _WRITES
