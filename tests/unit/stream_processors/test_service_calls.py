"""Calls over a real socket, and signatures that are botocore's."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from stream_processors.errors import CallFailedError, DeliveryRefusedError, SettingsError
from stream_processors.service_calls import S3, Account, Firehose, Kinesis, Ssm
from stream_processors.signing import Credentials, signed_headers

ENVIRONMENT = {
    "AWS_REGION": "eu-west-2",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "a token",
}
AT = 1_767_225_601.0


class Server(ThreadingHTTPServer):
    """Answers what it is told to, closes connections where it is told to, remembers what it got."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections: set[tuple[str, int]] = set()
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, b"{}")
        self.closes_after_each = False
        self.closed = threading.Event()

    def shutdown_request(self, request: socket | tuple[bytes, socket]) -> None:
        super().shutdown_request(request)
        self.closed.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers, body))
        self.server.connections.add(self.client_address)
        status, answer_headers, answer = self.server.answer
        self.send_response(status)
        for name, value in {**answer_headers, "content-length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = self.server.closes_after_each

    do_PUT = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests are quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def account(server: Server) -> Account:
    return Account.from_environment(ENVIRONMENT | {"AWS_ENDPOINT_URL": server.url})


@pytest.fixture
def firehose(account: Account) -> Iterator[Firehose]:
    with closing(Firehose(account)) as firehose:
        yield firehose


def put(firehose: Firehose, *documents: bytes) -> Any:
    return firehose.put_record_batch(DeliveryStreamName="bronze", Records=[{"Data": d} for d in documents])


def test_a_batch_is_sent_as_firehose_wants_it_and_answered_as_boto3_does(
    server: Server, firehose: Firehose
) -> None:
    answer = {"FailedPutCount": 1, "RequestResponses": [{"RecordId": "1"}, {"ErrorCode": "x"}]}
    server.answer = (200, {"content-type": "application/x-amz-json-1.1"}, json.dumps(answer).encode())
    assert put(firehose, b"\x00\xff", b"b") == answer
    [(method, path, headers, body)] = server.requests
    assert (method, path) == ("POST", "/")
    assert headers["x-amz-target"] == "Firehose_20150804.PutRecordBatch"
    assert headers["content-type"] == "application/x-amz-json-1.1"
    sent = json.loads(body)
    assert sent["DeliveryStreamName"] == "bronze"
    assert [b64decode(record["Data"]) for record in sent["Records"]] == [b"\x00\xff", b"b"]


def test_records_are_put_as_kinesis_wants_them(server: Server, account: Account) -> None:
    server.answer = (200, {}, b'{"FailedRecordCount":0,"Records":[{"SequenceNumber":"1"}]}')
    with closing(Kinesis(account)) as kinesis:
        answer = kinesis.put_records(
            StreamName="orders", Records=[{"Data": b"\x00\xff", "PartitionKey": "o-1"}]
        )
    assert answer["Records"] == [{"SequenceNumber": "1"}]
    [(_, _, headers, body)] = server.requests
    assert headers["x-amz-target"] == "Kinesis_20131202.PutRecords"
    sent = json.loads(body)
    assert sent == {"StreamName": "orders", "Records": [{"Data": "AP8=", "PartitionKey": "o-1"}]}


def test_a_parameter_is_asked_for_decrypted(server: Server, account: Account) -> None:
    server.answer = (200, {}, b'{"Parameter":{"Value":"v","Version":3}}')
    with closing(Ssm(account)) as ssm:
        answer = ssm.get_parameter(Name="/orderlake/dev/key", WithDecryption=True)
    assert answer["Parameter"] == {"Value": "v", "Version": 3}
    [(_, _, headers, body)] = server.requests
    assert headers["x-amz-target"] == "AmazonSSM.GetParameter"
    assert json.loads(body) == {"Name": "/orderlake/dev/key", "WithDecryption": True}


def test_an_object_is_put_under_its_bucket_and_key(server: Server, account: Account) -> None:
    with closing(S3(account)) as s3:
        s3.put_object(Bucket="lake", Key="raw/a=1/b", Body=b"bytes", ContentType="text/plain")
    [(method, path, headers, body)] = server.requests
    assert (method, path, body) == ("PUT", "/lake/raw/a%3D1/b", b"bytes")
    assert headers["content-type"] == "text/plain"


def test_calls_share_one_connection(server: Server, firehose: Firehose) -> None:
    for _ in range(3):
        put(firehose, b"a")
    assert len(server.connections) == 1


def test_a_connection_that_the_other_side_closed_is_replaced_unseen(
    server: Server, firehose: Firehose
) -> None:
    server.closes_after_each = True
    put(firehose, b"a")
    assert server.closed.wait(10)
    put(firehose, b"b")
    assert len(server.requests) == len(server.connections) == 2


@pytest.mark.parametrize(
    ("answer", "code", "is_transient"),
    [
        (
            (400, {}, b'{"__type":"com.amazonaws#ThrottlingException","message":"x"}'),
            "ThrottlingException",
            True,
        ),
        (
            (400, {"x-amzn-errortype": "AccessDeniedException:http://x"}, b"{}"),
            "AccessDeniedException",
            False,
        ),
        ((503, {}, b"no JSON"), "Unknown", True),
        ((400, {}, b"[]"), "Unknown", False),
        ((503, {}, b"<?xml?><Error><Code>SlowDown</Code></Error>"), "SlowDown", True),
        ((403, {}, b"<Error><Code>AccessDenied</Code></Error>"), "AccessDenied", False),
        ((301, {}, b"<Error><Code>PermanentRedirect</Code></Error>"), "PermanentRedirect", False),
    ],
)
def test_an_error_has_the_services_code_and_says_whether_it_may_pass(
    server: Server,
    firehose: Firehose,
    answer: tuple[int, dict[str, str], bytes],
    code: str,
    is_transient: bool,
) -> None:
    server.answer = answer
    with pytest.raises(CallFailedError) as caught:
        put(firehose, b"a")
    assert (caught.value.code, caught.value.status, caught.value.is_transient) == (
        code,
        answer[0],
        is_transient,
    )
    if not is_transient:
        with pytest.raises(DeliveryRefusedError):
            caught.value.raise_unless_transient("bronze")


def test_nobody_answering_is_a_failure_that_may_pass() -> None:
    account = Account.from_environment(ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    with pytest.raises(CallFailedError) as caught:
        put(Firehose(account), b"a")
    assert caught.value.status is None
    assert caught.value.is_transient


def test_each_service_has_its_own_endpoint_unless_told_another() -> None:
    account = Account.from_environment(ENVIRONMENT)
    assert account.endpoint("firehose", "firehose.eu-west-2.amazonaws.com") == (
        "https://firehose.eu-west-2.amazonaws.com"
    )
    told = Account.from_environment(
        ENVIRONMENT | {"AWS_ENDPOINT_URL": "http://all", "AWS_ENDPOINT_URL_SSM": "http://ssm/"}
    )
    assert told.endpoint("firehose", "x") == "http://all"
    assert told.endpoint("ssm", "x") == "http://ssm"


@pytest.mark.parametrize("missing", ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_what_lambda_always_sets_is_asked_for_by_name(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        Account.from_environment({name: value for name, value in ENVIRONMENT.items() if name != missing})


def test_credentials_never_show_their_secrets() -> None:
    account = Account.from_environment(ENVIRONMENT)
    assert "wJalr" not in repr(account.credentials)
    assert "a token" not in repr(account.credentials)


@pytest.mark.parametrize("token", [None, "a token"])
@pytest.mark.parametrize(
    ("service", "method", "path", "headers", "body"),
    [
        (
            "firehose",
            "POST",
            "/",
            {"content-type": "application/x-amz-json-1.1", "x-amz-target": "F.P"},
            b"{}",
        ),
        ("s3", "PUT", "/raw/a%3D1/b", {"content-type": "application/octet-stream"}, b"\x00\xff"),
    ],
)
def test_a_signature_is_the_one_that_botocore_makes(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes, token: str | None
) -> None:
    credentials = Credentials("AKIDEXAMPLE", "secret", token)
    ours = signed_headers(
        credentials,
        region="eu-west-2",
        service=service,
        method=method,
        path=path,
        headers={"host": "service.example", **headers},
        body=body,
        at=AT,
    )
    request = AWSRequest(method, f"https://service.example{path}", data=body, headers=dict(headers))
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    botocore = signer(BotocoreCredentials(*credentials), service, "eu-west-2")
    request.context["timestamp"] = ours["x-amz-date"]
    request.headers["X-Amz-Date"] = ours["x-amz-date"]
    request.headers["X-Amz-Content-SHA256"] = ours["x-amz-content-sha256"]
    if token:
        request.headers["X-Amz-Security-Token"] = token
    text = botocore.string_to_sign(request, botocore.canonical_request(request))
    assert ours["authorization"].endswith(f"Signature={botocore.signature(text, request)}")
