"""The few AWS calls that the functions make, each service over one kept-alive connection.

A function that starts cold spends more time on importing botocore and its service models than on all
else together (docs/adr/consumer-signs-its-own-calls.md), so these calls are signed and sent here, with
the methods, arguments and answers of boto3's clients: one can take the other's place. Nothing is
tried again here: the callers know what may be.
"""

import select
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import socket
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote, urlsplit

import orjson

from stream_processors.errors import CallFailedError, SettingsError
from stream_processors.signing import Credentials, signed_headers

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 10.0


class Account(NamedTuple):
    """Where calls go and whose they are."""

    region: str
    credentials: Credentials
    environment: Mapping[str, str]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """What Lambda says of the function.

        Raises:
            SettingsError: there is no region, or no credentials.
        """
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise SettingsError(["AWS_REGION (Lambda sets it)"])
        return cls(region, Credentials.from_environment(environment), environment)

    def endpoint(self, service: str, default_host: str) -> str:
        """The service's URL: AWS's own unless `AWS_ENDPOINT_URL[_<SERVICE>]` says another."""
        variables = (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL")
        chosen = next((self.environment[name] for name in variables if self.environment.get(name)), None)
        return chosen.rstrip("/") if chosen else f"https://{default_host}"


class ServiceConnection:
    """Signed requests to one service.

    `request` raises `CallFailedError` for every answer but success, and where there is none.
    """

    def __init__(
        self, service: str, endpoint: str, account: Account, now: Callable[[], float] = time.time
    ) -> None:
        self._service = service
        self._account = account
        self._now = now
        url = urlsplit(endpoint)
        self._host = url.netloc
        make = HTTPSConnection if url.scheme == "https" else HTTPConnection
        self._connection = make(url.netloc, timeout=CONNECT_SECONDS)

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """Send once and give the body of the answer."""
        signed = signed_headers(
            self._account.credentials,
            region=self._account.region,
            service=self._service,
            method=method,
            path=path,
            headers={"host": self._host, **headers},
            body=body,
            at=self._now(),
        )
        try:
            self._connect()
            self._connection.request(method, path, body, signed)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise CallFailedError(type(error).__name__, None) from error
        if response.status >= 300:
            raise CallFailedError(_code(response.getheader("x-amzn-errortype"), answer), response.status)
        return answer

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        self._connection.close()

    def _connect(self) -> None:
        # http.client's types say that a connection always has a socket.
        kept: socket | None = self._connection.sock
        if kept is not None:
            if not select.select([kept], [], [], 0)[0]:
                return
            # What has something to say before it is asked was closed by the other side.
            self._connection.close()
        self._connection.connect()
        self._connection.sock.settimeout(READ_SECONDS)


def _code(header: str | None, answer: bytes) -> str:
    """The error's code, wherever the service's protocol puts it."""
    if answer.startswith(b"<"):
        return answer.partition(b"<Code>")[2].partition(b"</Code>")[0].decode("ascii", "replace") or "Unknown"
    try:
        document = orjson.loads(answer)
    except ValueError:
        document = None
    named = header or (document.get("__type") if isinstance(document, dict) else None) or "Unknown"
    return str(named).partition(":")[0].rpartition("#")[2]


class _JsonService:
    """A service that speaks AWS's JSON 1.1: the operation in a header, the arguments as the body."""

    service: str
    target: str

    def __init__(self, account: Account) -> None:
        endpoint = account.endpoint(self.service, f"{self.service}.{account.region}.amazonaws.com")
        self._connection = ServiceConnection(self.service, endpoint, account)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _call(self, operation: str, arguments: Mapping[str, Any]) -> Any:
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": f"{self.target}.{operation}",
        }
        return orjson.loads(self._connection.request("POST", "/", headers, orjson.dumps(arguments)))


class Firehose(_JsonService):
    """https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html"""

    service = "firehose"
    target = "Firehose_20150804"

    def put_record_batch(self, *, DeliveryStreamName: str, Records: Sequence[Mapping[str, bytes]]) -> Any:  # noqa: N803
        records = [{"Data": b64encode(record["Data"]).decode()} for record in Records]
        return self._call("PutRecordBatch", {"DeliveryStreamName": DeliveryStreamName, "Records": records})


class Kinesis(_JsonService):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html"""

    service = "kinesis"
    target = "Kinesis_20131202"

    def put_records(self, *, StreamName: str, Records: Sequence[Mapping[str, Any]]) -> Any:  # noqa: N803
        records = [{**record, "Data": b64encode(record["Data"]).decode()} for record in Records]
        return self._call("PutRecords", {"StreamName": StreamName, "Records": records})


class Ssm(_JsonService):
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html"""

    service = "ssm"
    target = "AmazonSSM"

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> Any:  # noqa: N803
        return self._call("GetParameter", {"Name": Name, "WithDecryption": WithDecryption})


class S3:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._connections: dict[str, ServiceConnection] = {}

    def close(self) -> None:
        """Let go of the connections."""
        for connection in self._connections.values():
            connection.close()

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> object:  # noqa: N803
        own_host = f"{Bucket}.s3.{self._account.region}.amazonaws.com"
        endpoint = self._account.endpoint("s3", own_host)
        if Bucket not in self._connections:
            self._connections[Bucket] = ServiceConnection("s3", endpoint, self._account)
        # Any other endpoint is not known to have a name for each bucket.
        path = "/" if endpoint == f"https://{own_host}" else f"/{Bucket}/"
        key = quote(Key, safe="/-_.~")
        return self._connections[Bucket].request("PUT", path + key, {"content-type": ContentType}, Body)
