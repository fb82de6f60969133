"""A whole pipeline at work: where its secret is, who can reach it, what a value of a query can do."""

import json
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Any

import psutil
import pytest

from tests.deep_search import layers, objects
from tests.embedded_pipeline import Pipeline, running_pipeline
from tests.pipeline.test_personal_data import log_messages, order

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as running:
        running.aws.session.client("kinesis").put_record(
            StreamName=running.aws.stack.stream_name, Data=order(1), PartitionKey="k"
        )
        running.audit("bronze")
        running.run_jobs()
        yield running


@pytest.fixture(scope="module")
def processes(pipeline: Pipeline) -> list[psutil.Process]:
    """Everything that runs for the pipeline, the functions' processes among it."""
    return psutil.Process().children(recursive=True)


@pytest.fixture(scope="module")
def secret(pipeline: Pipeline) -> str:
    parameter = pipeline.aws.session.client("ssm").get_parameter(
        Name="/orderlake/dev/pseudonymisation-key", WithDecryption=True
    )["Parameter"]
    assert parameter["Type"] == "SecureString"
    return parameter["Value"]


def test_the_key_is_in_no_object_log_setting_or_process(
    pipeline: Pipeline, processes: list[psutil.Process], secret: str
) -> None:
    client: Any = pipeline.aws.session.client
    functions = client("lambda").list_functions()["Functions"]
    jobs = client("glue").get_jobs()["Jobs"]

    assert any("PSEUDONYM_KEY_PARAMETER" in json.dumps(function, default=str) for function in functions)
    assert jobs
    assert secret not in json.dumps([functions, jobs], default=str)
    assert secret not in pipeline.aws.stack.model_dump_json()
    assert secret not in "".join(log_messages(pipeline))
    assert not [
        key for key, data in objects(pipeline.aws) if any(secret.encode() in layer for layer in layers(data))
    ]
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            assert secret not in json.dumps([process.cmdline(), process.environ()])


def test_everything_listens_on_loopback_only(processes: list[psutil.Process]) -> None:
    listening: set[str] = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            listening.update(
                connection.laddr.ip
                for connection in process.net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            )
    assert listening
    assert [address for address in listening if not is_loopback(address)] == []


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches it; a JVM says 127.0.0.1 as ::ffff:127.0.0.1."""
    parsed = ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback


@pytest.mark.parametrize("value", ["'x'' OR ''1''=''1'", "'x''; DROP TABLE silver_orders; --'"])
def test_a_querys_parameter_is_one_value(pipeline: Pipeline, value: str) -> None:
    found = pipeline.orderlake(
        "query",
        "SELECT count(*) AS n FROM silver_orders WHERE order_id = ?",
        "--parameter",
        value,
        "--format",
        "json",
    )
    assert json.loads(found) == [{"n": 0}]
    assert pipeline.row("SELECT count(*) AS n FROM silver_orders") == {"n": 1}


def test_a_parameter_that_is_no_literal_selects_nothing_more(pipeline: Pipeline) -> None:
    pipeline.orderlake(
        "query",
        "SELECT * FROM silver_orders WHERE order_id = ?",
        "--parameter",
        "'x' OR 1 = 1",
        exit_code=2,
    )
