"""The embedded AWS as a server."""

import http.client
import json
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError
from moto import backends

from infra.local.errors import AlreadyRunningError, PortInUseError, PortNotAllowedError
from infra.local.server import EmbeddedAws
from tests.integration.local.kinesis_endpoint import client_of, close_clients

pytestmark = pytest.mark.usefixtures("_clients_are_closed")


@pytest.fixture(name="_clients_are_closed")
def fixture_clients_are_closed() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture(name="aws", scope="module")
def fixture_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


def test_health_says_ready(aws: EmbeddedAws) -> None:
    with urllib.request.urlopen(f"{aws.endpoint_url}/_orderlake/health") as answer:  # noqa: S310  # our own
        assert answer.status == 200
        assert json.load(answer) == {"status": "ready"}


def test_it_listens_on_loopback_only(aws: EmbeddedAws) -> None:
    assert urlsplit(aws.endpoint_url).hostname == "127.0.0.1"
    listening = {
        connection.laddr.ip
        for connection in psutil.Process().net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr.port == urlsplit(aws.endpoint_url).port
    }
    assert listening == {"127.0.0.1"}


def test_a_connection_carries_many_calls(aws: EmbeddedAws) -> None:
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint_url).netloc)
    connection.connect()
    first_socket = connection.sock
    for _ in range(3):
        connection.request("GET", "/_orderlake/health")
        connection.getresponse().read()
        assert connection.sock is first_socket
    connection.close()


def test_a_service_is_looked_for_among_all_of_motos_once(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, find = count(), backends.list_of_moto_modules

    def look() -> Iterable[str]:
        next(looks)
        return find()

    monkeypatch.setattr(backends, "list_of_moto_modules", look)
    topics = client_of(aws, "sns")
    for _ in range(3):
        topics.list_topics()
    assert next(looks) == 1


def test_a_chunked_body_is_read_whole_and_the_connection_goes_on(aws: EmbeddedAws) -> None:
    s3 = client_of(aws, "s3")
    s3.create_bucket(Bucket="chunked")
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint_url).netloc)
    for key in ("first", "second"):
        connection.request("PUT", f"/chunked/{key}", body=iter([b"one", b"two"]), encode_chunked=True)
        assert connection.getresponse().read() == b""
    connection.close()
    assert s3.get_object(Bucket="chunked", Key="second")["Body"].read() == b"onetwo"


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("glue", lambda c: c.update_data_quality_ruleset(Name="x"), "NotImplementedException"),
        (
            "iam",
            lambda c: c.get_context_keys_for_custom_policy(PolicyInputList=["x"]),
            "NotImplementedException",
        ),
        ("ec2", lambda c: c.describe_fleet_history(FleetId="f", StartTime=0), "NotImplementedException"),
        ("snowball", lambda c: c.list_jobs(), "NotImplementedException"),
    ],
)
def test_what_is_not_implemented_says_so_once(aws: EmbeddedAws, service: str, call: Any, code: str) -> None:
    with pytest.raises(ClientError, match="docs/embedded-aws") as error:
        call(client_of(aws, service))
    assert code_of(error) == code
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_path_of_a_known_service_that_is_not_implemented_says_so(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError) as error:
        client_of(aws, "route53").list_cidr_blocks(CollectionId="x")
    assert code_of(error) == "NotImplementedException"


def test_a_failure_inside_is_a_500_without_details(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("infra.local.kinesis.data_plane._get_records", fail)
    with pytest.raises(ClientError) as error:
        client_of(aws, "kinesis").get_records(ShardIterator="x")
    assert code_of(error) == "InternalFailure"
    assert "secret" not in str(error.value)
    assert "GetRecords of kinesis failed" in caplog.text


def test_a_second_one_in_the_process_is_refused(aws: EmbeddedAws) -> None:
    with pytest.raises(AlreadyRunningError, match=aws.endpoint_url):
        EmbeddedAws().start()


class TestAlone:
    """Those that start and stop a server of their own; the module's fixture must have ended."""

    @pytest.fixture(autouse=True)
    def _no_other(self, aws: EmbeddedAws) -> Iterator[None]:
        aws.stop()
        yield
        aws.start()

    def test_a_port_in_use_is_named(self) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(PortInUseError, match=str(port)):
                EmbeddedAws(port=port).start()

    def test_a_port_that_does_not_exist_is_named(self) -> None:
        with pytest.raises(PortNotAllowedError):
            EmbeddedAws(port=70000).start()

    def test_stopping_ends_every_thread_and_restores_the_environment(self) -> None:
        before = dict(os.environ)
        with EmbeddedAws() as aws:
            client_of(aws, "kinesis").list_streams()
        assert dict(os.environ) == before
        assert [t.name for t in threading.enumerate() if t.name.startswith("embedded-aws")] == []

    def test_it_starts_empty_each_time(self) -> None:
        with EmbeddedAws() as aws:
            client_of(aws, "kinesis").create_stream(StreamName="s", ShardCount=1)
            client_of(aws, "s3").create_bucket(Bucket="bucket")
        with EmbeddedAws() as aws:
            assert client_of(aws, "kinesis").list_streams()["StreamNames"] == []
            assert client_of(aws, "s3").list_buckets()["Buckets"] == []

    def test_while_it_stops_records_are_refused_and_everything_else_is_served(self) -> None:
        seen: dict[str, Any] = {}

        class Slow:
            def tick(self) -> None:
                return

            def close(self) -> None:
                return

            def drain(self) -> None:
                kinesis, s3 = client_of(aws, "kinesis"), client_of(aws, "s3")
                with pytest.raises(ClientError) as error:
                    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
                seen["put"] = error.value.response["ResponseMetadata"]["HTTPStatusCode"]
                seen["buckets"] = s3.list_buckets()["Buckets"]

        with EmbeddedAws() as aws:
            aws.engines["slow"] = Slow()
        assert seen == {"put": 503, "buckets": []}

    def test_an_engine_that_does_not_drain_in_time_is_named_and_left(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        release = threading.Event()

        class Stuck:
            def tick(self) -> None:
                return

            def close(self) -> None:
                release.set()

            def drain(self) -> None:
                release.wait(30)

        aws = EmbeddedAws()
        aws.start()
        aws.engines["stuck"] = Stuck()
        began = time.monotonic()
        aws.stop(timeout=0.2)
        assert time.monotonic() - began < 5
        assert "The stuck engine of the embedded AWS had no time to drain" in caplog.text

    def test_after_the_end_nothing_answers(self) -> None:
        with EmbeddedAws() as aws:
            client = client_of(aws, "kinesis")
            client.list_streams()
        with pytest.raises((EndpointConnectionError, ConnectionClosedError)):
            client.list_streams()
