"""Functions and mappings on a moto server, as boto3 sees them."""

import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from infra.local import kinesis, lambda_
from infra.local.clock import SystemClock
from infra.local.engine import Runtime
from infra.packaging import install_lambda_runtime, running_target
from tests.integration.local.aws_harness import ACCOUNT, REGION, MotoObjects, RecordedLogs

SOURCE = """
import json, os, sys, time
import boto3

cold = True


def handler(event, context):
    global cold
    was_cold, cold = cold, False
    what = event.get("do")
    if what == "raise":
        raise ValueError("no such order")
    if what == "exit":
        os._exit(7)
    if what == "sleep":
        time.sleep(event["seconds"])
    print("saw", what)
    return {
        "cold": was_cold,
        "request_id": context.aws_request_id,
        "name": context.function_name,
        "remaining": context.get_remaining_time_in_millis(),
        "setting": os.environ.get("SETTING"),
        "endpoint": boto3.client("sts").meta.endpoint_url,
        "pid": os.getpid(),
    }


def consume(event, context):
    for record in event["Records"]:
        print("record", record["kinesis"]["data"])
    return {"batchItemFailures": []}
"""


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("shop/__init__.py", "")
        archive.writestr("shop/entry.py", source)
    return buffer.getvalue()


class RecordedMetrics:
    def __init__(self) -> None:
        self.values: list[tuple[str, float]] = []

    def put(
        self,
        namespace: str,
        name: str,
        value: float,
        *,
        unit: str = "None",
        dimensions: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> None:
        if namespace == "AWS/Lambda":
            self.values.append((name, value))

    def of(self, name: str) -> list[float]:
        return [value for found, value in self.values if found == name]


class Aws:
    def __init__(self, work_dir: Path) -> None:
        BackendDict.reset()
        self.server = make_server(
            "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True
        )
        self.endpoint_url = f"http://127.0.0.1:{self.server.server_port}"
        self.logs = RecordedLogs()
        self.metrics = RecordedMetrics()
        runtime = Runtime(
            clock=SystemClock(),
            endpoint_url=self.endpoint_url,
            account_id=ACCOUNT,
            region=REGION,
            work_dir=work_dir,
            objects=MotoObjects(),
            metrics=self.metrics,
            logs=self.logs,
        )
        kinesis.install(runtime)
        self.engine = lambda_.install(runtime)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def create_function(self, name: str = "shop", **changes: Any) -> Any:
        role = self.client("iam").create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument="{}")
        settings = {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": "shop.entry.handler",
            "Role": role["Role"]["Arn"],
            "Code": {"ZipFile": zipped(SOURCE)},
            "Timeout": 10,
            "Environment": {"Variables": {"SETTING": "one"}},
        }
        return self.client("lambda").create_function(**{**settings, **changes})

    def invoke(self, event: object, name: str = "shop", **options: Any) -> tuple[Any, Any]:
        answer = self.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps(event).encode(), **options
        )
        payload = answer["Payload"].read()
        return answer, json.loads(payload) if payload else None

    def log(self, name: str = "shop") -> str:
        lines = [line for key, lines in self.logs.lines.items() if name in key[0] for line in lines]
        return "\n".join(lines)

    def tick_until(self, is_done: Callable[[], bool], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not is_done():
            assert time.monotonic() < deadline, self.logs.lines
            self.engine.tick()
            time.sleep(0.01)

    def close(self) -> None:
        self.engine.close()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        BackendDict.reset()


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    aws = Aws(tmp_path)
    yield aws
    aws.close()


def test_a_function_runs_with_lambdas_context_and_environment(aws: Aws) -> None:
    aws.create_function()
    answer, result = aws.invoke({})
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert (result["name"], result["setting"], result["endpoint"]) == ("shop", "one", aws.endpoint_url)
    assert 0 < result["remaining"] <= 10_000


def test_an_environment_is_kept_for_the_next_event(aws: Aws) -> None:
    aws.create_function()
    _, first = aws.invoke({})
    _, second = aws.invoke({})
    assert (first["cold"], second["cold"]) == (True, False)
    assert first["pid"] == second["pid"]
    assert first["request_id"] != second["request_id"]


def test_a_changed_configuration_starts_afresh(aws: Aws) -> None:
    aws.create_function()
    aws.invoke({})
    aws.client("lambda").update_function_configuration(
        FunctionName="shop", Environment={"Variables": {"SETTING": "two"}}
    )
    _, result = aws.invoke({})
    assert (result["cold"], result["setting"]) == (True, "two")


def test_changed_code_starts_afresh(aws: Aws) -> None:
    aws.create_function()
    aws.invoke({})
    source = "def handler(event, context):\n    return 'new'\n"
    aws.client("lambda").update_function_code(FunctionName="shop", ZipFile=zipped(source))
    assert aws.invoke({})[1] == "new"


def test_the_log_has_the_functions_lines_between_the_platforms(aws: Aws) -> None:
    aws.create_function()
    _, result = aws.invoke({"do": "look"})
    lines = [line for lines in aws.logs.lines.values() for line in lines]
    request = f"RequestId: {result['request_id']}"
    assert lines[:3] == [f"START {request} Version: $LATEST", "saw look", f"END {request}"]
    assert lines[3].startswith(f"REPORT {request}\tDuration: ")
    assert "Init Duration" in lines[3]


def test_the_end_of_the_log_comes_with_the_answer_when_asked_for(aws: Aws) -> None:
    aws.create_function()
    answer, _ = aws.invoke({"do": "look"}, LogType="Tail")
    assert "LogResult" in answer
    assert "LogResult" not in aws.invoke({})[0]


def test_an_exception_is_the_answer_and_the_environment_lives_on(aws: Aws) -> None:
    aws.create_function()
    _, first = aws.invoke({})
    answer, error = aws.invoke({"do": "raise"})
    assert answer["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such order")
    assert aws.invoke({})[1]["pid"] == first["pid"]
    assert "ValueError: no such order" in aws.log()
    assert aws.metrics.of("Errors") == [0, 1, 0]
    assert aws.metrics.of("Invocations") == [1, 1, 1]


def test_a_timeout_ends_the_process_and_the_next_event_starts_afresh(aws: Aws) -> None:
    aws.create_function(Timeout=1)
    answer, error = aws.invoke({"do": "sleep", "seconds": 30})
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in error["errorMessage"]
    assert aws.invoke({})[1]["cold"] is True


def test_a_crash_is_an_error_and_the_next_event_starts_afresh(aws: Aws) -> None:
    aws.create_function()
    _, error = aws.invoke({"do": "exit"})
    assert error["errorType"] == "Runtime.ExitError"
    assert "exit status 7" in error["errorMessage"]
    assert aws.invoke({})[1]["cold"] is True


def test_a_handler_that_cannot_be_imported_is_an_error(aws: Aws) -> None:
    aws.create_function(Handler="shop.nowhere.handler")
    answer, error = aws.invoke({})
    assert answer["FunctionError"] == "Unhandled"
    assert error["errorType"] == "Runtime.ImportModuleError"


def test_a_function_sees_nothing_that_is_not_in_its_zip(aws: Aws) -> None:
    aws.create_function(Code={"ZipFile": zipped("import moto\nhandler = print\n")})
    assert "No module named 'moto'" in aws.invoke({})[1]["errorMessage"]


def test_a_function_without_free_concurrency_is_throttled(aws: Aws) -> None:
    aws.create_function()
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="shop", ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName="shop", Payload=b"{}")
    assert aws.metrics.of("Throttles")


def test_an_event_invocation_is_answered_at_once_and_runs_later(aws: Aws) -> None:
    aws.create_function()
    answer, _ = aws.invoke({"do": "event"}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    aws.tick_until(lambda: "saw event" in aws.log())


def test_a_dry_run_runs_nothing(aws: Aws) -> None:
    aws.create_function()
    answer, _ = aws.invoke({}, InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert aws.logs.lines == {}


def test_a_mapping_feeds_a_stream_to_its_function_in_batches(aws: Aws) -> None:
    streams = aws.client("kinesis")
    streams.create_stream(StreamName="orders", ShardCount=1)
    arn = streams.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamARN"]
    aws.create_function(Handler="shop.entry.consume")
    mapping = aws.client("lambda").create_event_source_mapping(
        FunctionName="shop",
        EventSourceArn=arn,
        StartingPosition="TRIM_HORIZON",
        BatchSize=100,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    streams.put_records(
        StreamName="orders", Records=[{"Data": b"order", "PartitionKey": str(key)} for key in range(250)]
    )
    aws.tick_until(lambda: aws.log().count("record b3JkZXI=") == 250)
    assert len(aws.metrics.of("IteratorAge")) == 3
    aws.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    streams.put_record(StreamName="orders", Data=b"later", PartitionKey="k")
    for _ in range(10):
        aws.engine.tick()
    assert "bGF0ZXI=" not in aws.log()


def test_a_mapping_can_begin_at_a_time(aws: Aws) -> None:
    streams = aws.client("kinesis")
    streams.create_stream(StreamName="orders", ShardCount=1)
    arn = streams.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamARN"]
    aws.create_function(Handler="shop.entry.consume")
    streams.put_record(StreamName="orders", Data=b"before", PartitionKey="k")
    time.sleep(1.1)  # the API's timestamps are seconds
    begin = datetime.now(UTC).replace(microsecond=0)
    streams.put_record(StreamName="orders", Data=b"after", PartitionKey="k")
    aws.client("lambda").create_event_source_mapping(
        FunctionName="shop",
        EventSourceArn=arn,
        StartingPosition="AT_TIMESTAMP",
        StartingPositionTimestamp=begin,
    )
    aws.tick_until(lambda: "record YWZ0ZXI=" in aws.log())
    assert "record YmVmb3Jl" not in aws.log()


def test_a_drain_consumes_what_is_on_the_stream(aws: Aws) -> None:
    streams = aws.client("kinesis")
    streams.create_stream(StreamName="orders", ShardCount=2)
    arn = streams.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamARN"]
    aws.create_function(Handler="shop.entry.consume")
    aws.client("lambda").create_event_source_mapping(
        FunctionName="shop",
        EventSourceArn=arn,
        StartingPosition="TRIM_HORIZON",
        MaximumBatchingWindowInSeconds=60,
    )
    streams.put_records(
        StreamName="orders", Records=[{"Data": b"order", "PartitionKey": str(key)} for key in range(50)]
    )
    aws.engine.drain()
    assert aws.log().count("record b3JkZXI=") == 50


@pytest.mark.slow
def test_the_runtime_can_be_installed_for_the_running_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert (install_lambda_runtime(running_target()) / "awslambdaric").is_dir()
