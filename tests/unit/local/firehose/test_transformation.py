"""Streams with a function: what it is given when, and what becomes of what it says and does not say."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.firehose.models import firehose_backends

from infra.local.firehose import FirehoseEngine
from infra.local.lambda_.errors import FunctionMissingError
from infra.local.lambda_.invocation import InvocationResult
from tests.unit.local.firehose.test_firehose_engine import Scene, buffering

ARN = "arn:aws:lambda:us-east-1:123456789012:function:transform"
Verdict = Callable[[bytes], tuple[str, bytes]]


class Function:
    """A function that may fail, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[list[bytes]] = []
        self.ids: list[str] = []
        self.fails = False
        self.verdict: Verdict = lambda data: ("Ok", data.upper())

    def __call__(self, arn: str, event: bytes) -> InvocationResult:
        assert arn == ARN
        records = json.loads(event)["records"]
        data = [base64.b64decode(record["data"]) for record in records]
        self.given.append(data)
        self.ids += [record["recordId"] for record in records]
        if self.fails:
            return InvocationResult("1", b"{}", "Unhandled", b"", 1)
        answers = []
        for record, one in zip(records, data, strict=True):
            result, new = self.verdict(one)
            encoded = base64.b64encode(new).decode()
            answers.append({"recordId": record["recordId"], "result": result, "data": encoded})
        return InvocationResult("1", json.dumps({"records": answers}).encode(), None, b"", 1)


@pytest.fixture
def function() -> Function:
    return Function()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: Function) -> Iterator[Scene]:
    scene = Scene(tmp_path)
    scene.engine.close()
    scene.engine = FirehoseEngine(scene.runtime, invoke=function)
    monkeypatch.setattr(firehose_backends.backend, "intake", scene.engine)
    yield scene
    scene.engine.close()
    BackendDict.reset()


def create(scene: Scene, seconds: int = 0, **parameters: str) -> None:
    given = {"LambdaArn": ARN, "BufferIntervalInSeconds": "10", **parameters}
    scene.create(
        Prefix="good/",
        ErrorOutputPrefix="failed/!{firehose:error-output-type}/",
        BufferingHints=buffering(seconds),
        ProcessingConfiguration={
            "Enabled": True,
            "Processors": [
                {
                    "Type": "Lambda",
                    "Parameters": [
                        {"ParameterName": name, "ParameterValue": value} for name, value in given.items()
                    ],
                }
            ],
        },
    )


def failures(written: dict[str, bytes]) -> list[dict[str, Any]]:
    bodies = [body for key, body in written.items() if key.startswith("failed/processing-failed/bronze-1-")]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def raw(failure: dict[str, Any]) -> bytes:
    return base64.b64decode(failure["rawData"])


def test_records_wait_for_the_functions_interval_then_for_the_destinations(
    scene: Scene, function: Function
) -> None:
    create(scene, seconds=60)
    scene.put(b"one")
    scene.clock.advance(9)
    scene.put(b"two")
    scene.tick()
    assert function.given == []
    scene.clock.advance(1)
    assert scene.tick() == {}
    assert function.given == [[b"one", b"two"]]
    scene.clock.advance(59)
    assert scene.tick() == {}
    scene.clock.advance(1)
    assert list(scene.tick().values()) == [b"ONETWO"]


def test_a_full_buffer_goes_to_the_function_in_batches_of_the_hint(scene: Scene, function: Function) -> None:
    create(scene, BufferSizeInMBs="0.5")
    scene.put(*[b"x" * 200_000] * 5)
    scene.tick()
    assert sorted(len(batch) for batch in function.given) == [1, 2, 2]


def test_what_the_function_drops_is_delivered_nowhere(scene: Scene, function: Function) -> None:
    function.verdict = lambda data: ("Dropped", b"") if data == b"bad" else ("Ok", data)
    create(scene)
    scene.put(b"good", b"bad")
    scene.clock.advance(10)
    scene.tick()
    assert list(scene.tick().values()) == [b"good"]


def test_a_record_that_fails_lands_under_the_error_prefix_and_the_others_go_on(
    scene: Scene, function: Function
) -> None:
    function.verdict = lambda data: ("ProcessingFailed", b"") if data == b"bad" else ("Ok", data)
    create(scene)
    scene.put(b"good", b"bad")
    scene.clock.advance(10)
    scene.tick()
    written = scene.tick()
    assert [body for key, body in written.items() if key.startswith("good/")] == [b"good"]
    assert [(raw(one), one["attemptsMade"]) for one in failures(written)] == [(b"bad", 1)]


def test_a_function_that_fails_is_asked_again_under_the_same_ids(scene: Scene, function: Function) -> None:
    function.fails = True
    create(scene)
    scene.put(b"one")
    scene.clock.advance(10)
    scene.tick()
    function.fails = False
    scene.clock.advance(1)
    scene.tick()
    assert list(scene.tick().values()) == [b"ONE"]
    assert len(function.given) == 2
    assert len(set(function.ids)) == 1
    assert scene.metrics.values["ExecuteProcessing.Success"] == [0, 1]


def test_a_batch_whose_retries_are_spent_lands_whole_under_the_error_prefix(
    scene: Scene, function: Function
) -> None:
    function.fails = True
    create(scene, NumberOfRetries="2")
    scene.put(b"one", b"two")
    scene.clock.advance(10)
    for _ in range(4):
        scene.tick()
        scene.clock.advance(60)
    written = scene.tick()
    assert len(function.given) == 3
    assert [(raw(one), one["errorCode"], one["attemptsMade"]) for one in failures(written)] == [
        (b"one", "Lambda.FunctionError", 3),
        (b"two", "Lambda.FunctionError", 3),
    ]


def test_a_function_that_is_not_there_counts_as_a_failure(scene: Scene, function: Function) -> None:
    def missing(_: bytes) -> tuple[str, bytes]:
        raise FunctionMissingError(ARN)

    function.verdict = missing
    create(scene, NumberOfRetries="0")
    scene.put(b"one")
    scene.clock.advance(10)
    scene.tick()
    assert [one["errorCode"] for one in failures(scene.tick())] == ["Lambda.InvokeFailed"]


def test_a_drain_processes_and_delivers_and_then_takes_no_more(scene: Scene, function: Function) -> None:
    create(scene, seconds=900)
    scene.put(b"one")
    scene.engine.drain()
    assert list(scene.objects.written.values()) == [b"ONE"]
    assert scene.put(b"two")["FailedPutCount"] == 1


def test_a_drain_waits_for_no_retry(scene: Scene, function: Function) -> None:
    function.fails = True
    create(scene, NumberOfRetries="300")
    scene.put(b"one")
    scene.engine.drain()
    assert [raw(one) for one in failures(scene.objects.written)] == [b"one"]


def test_a_deleted_stream_processes_and_delivers_what_it_holds(scene: Scene) -> None:
    create(scene, seconds=900)
    scene.put(b"one")
    scene.backend.delete_delivery_stream("bronze")
    scene.tick()
    assert list(scene.objects.written.values()) == [b"ONE"]


def test_processing_that_firehose_would_refuse_is_refused(scene: Scene) -> None:
    with pytest.raises(ServiceException):
        create(scene, BufferSizeInMBs="5")
