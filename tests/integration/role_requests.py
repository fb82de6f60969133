"""What functions and jobs ask for over HTTP, as actions and resources that policies name."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from infra.local.role_calls import RoleCall, access_key_of

_ACCESS_KEY = re.compile(r"Credential=(ASIA[A-Z2-7]{16})/")
_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/([^/]+)/([^/]+)/")


class RoleRequests:
    """A listener of an embedded AWS; `calls(roles)` are those that the roles made, each once."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._asked: set[tuple[str, str, str]] = set()
        self._workgroups: dict[str, str] = {}
        self._streams: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], status: str) -> None:
        authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
        found, scope = _ACCESS_KEY.search(authorization), _SCOPE.search(authorization)
        if found and scope and not status.startswith("5"):
            for action, resource in self._asks(environ, found[1], scope[1], scope[2]):
                self._asked.add((found[1], action, resource))

    def calls(self, role_arns: list[str]) -> set[RoleCall]:
        """Every request of a role that is known by now; the others raise `KeyError`."""
        roles = {access_key_of(arn): arn for arn in role_arns}
        return {RoleCall(roles[key], action, resource) for key, action, resource in self._asked}

    def _asks(
        self, environ: dict[str, Any], key: str, region: str, service: str
    ) -> Iterator[tuple[str, str]]:
        body: bytes = environ["wsgi.input"].getvalue()
        if service == "s3":
            yield from _s3(environ, body)
            return
        if service == "lambda":
            name = str(environ["PATH_INFO"]).split("/")[3]
            yield "lambda:InvokeFunction", f"arn:aws:lambda:{region}:{self._account_id}:function:{name}"
            return
        action = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
        asked = json.loads(body) if action else {}
        place = f"{region}:{self._account_id}"
        match service:
            case "firehose":
                resources = [f"arn:aws:firehose:{place}:deliverystream/{asked['DeliveryStreamName']}"]
            case "ssm":
                resources = [f"arn:aws:ssm:{place}:parameter{asked['Name']}"]
            case "athena":
                group = self._workgroups.setdefault(key, asked.get("WorkGroup", "primary"))
                resources = [f"arn:aws:athena:{place}:workgroup/{group}"]
            case "kinesis":
                # Iterators and tokens do not name the stream that they are of.
                stream = self._streams.setdefault(key, asked.get("StreamName", ""))
                resources = [f"arn:aws:kinesis:{place}:stream/{stream}"]
            case "glue":
                names = ["catalog", *_catalogue(asked)]
                resources = [f"arn:aws:glue:{place}:{name}" for name in names]
            case _:
                resources = ["*"]
        yield from ((f"{service}:{action}", resource) for resource in resources)


def _catalogue(asked: dict[str, Any]) -> Iterator[str]:
    """A call on a table is checked on the catalogue, the database and the table."""
    database = asked.get("DatabaseName") or asked.get("Name")
    yield f"database/{database}"
    if "DatabaseName" in asked and (table := asked.get("Name") or asked.get("TableInput", {}).get("Name")):
        yield f"table/{database}/{table}"


def _s3(environ: dict[str, Any], body: bytes) -> Iterator[tuple[str, str]]:
    bucket, _, key = str(environ["PATH_INFO"]).lstrip("/").partition("/")
    query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    method = environ["REQUEST_METHOD"]
    arn = f"arn:aws:s3:::{bucket}"
    if not key:
        if "delete" in query:
            for name in re.findall(rb"<Key>(.*?)</Key>", body):
                yield "s3:DeleteObject", f"{arn}/{name.decode()}"
        else:
            yield ("s3:GetBucketLocation" if "location" in query else "s3:ListBucket"), arn
        return
    match method:
        case "GET" | "HEAD":
            yield ("s3:GetObjectVersion" if "versionId" in query else "s3:GetObject"), f"{arn}/{key}"
        case "DELETE":
            deleted = "s3:DeleteObjectVersion" if "versionId" in query else "s3:DeleteObject"
            yield ("s3:AbortMultipartUpload" if "uploadId" in query else deleted), f"{arn}/{key}"
        case _:
            yield "s3:PutObject", f"{arn}/{key}"
            if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
                copied, _, version = unquote(source).lstrip("/").partition("?versionId=")
                yield ("s3:GetObjectVersion" if version else "s3:GetObject"), f"arn:aws:s3:::{copied}"
