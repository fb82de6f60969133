"""S3 as Hadoop reads and writes it, over WebHDFS.

Spark from PyPI has no S3 client: its Hadoop is the bare one, and the connector is not on PyPI. It has a
client for WebHDFS, Hadoop's file system over HTTP. `spark_gateway` maps every `s3://` path to this, so that
a job writes the paths that it writes on AWS.
"""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from botocore.exceptions import ClientError
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "/webhdfs/v1/"
_BLOCK_BYTES: Final = 128 * 1024 * 1024
_NO_BLOCKS: Final = {
    "fileLength": 0,
    "isUnderConstruction": False,
    "isLastBlockComplete": True,
    "locatedBlocks": [],
    "lastLocatedBlock": None,
}
_ABSENT: Final = frozenset({"404", "NoSuchKey", "NoSuchBucket"})
_LARGEST_DELETE: Final = 1000


class WebHdfs:
    """Answers the calls of Hadoop's WebHDFS client that Spark and Iceberg make; paths are `bucket/key`.

    A folder is a prefix with keys under it; making one does nothing. Nothing is renamed and nothing appended:
    Iceberg does neither.
    """

    def __init__(self, s3: "S3Client") -> None:
        self._s3 = s3

    def answer(self, request: Request) -> Response:
        """One call."""
        bucket, _, key = unquote(request.path[len(PREFIX) :]).strip("/").partition("/")
        operation = request.args.get("op", "").upper()
        try:
            return self._answer(operation, bucket, key, request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
            return _refusal(HTTPStatus.NOT_FOUND, "java.io.FileNotFoundException", f"/{bucket}/{key}")

    def _answer(self, operation: str, bucket: str, key: str, request: Request) -> Response:
        if operation == "OPEN":
            return self._open(bucket, key, request)
        if operation == "CREATE":
            return self._create(bucket, key, request)
        document: dict[str, Any]
        match operation:
            case "GETFILESTATUS":
                document = {"FileStatus": self._status(bucket, key)}
            case "LISTSTATUS":
                document = {"FileStatuses": {"FileStatus": self._list(bucket, key)}}
            case "GETFILEBLOCKLOCATIONS":
                document = {"BlockLocations": {"BlockLocation": []}}
            case "GET_BLOCK_LOCATIONS":
                document = {"LocatedBlocks": _NO_BLOCKS}
            case "GETHOMEDIRECTORY":
                document = {"Path": "/"}
            case "MKDIRS":
                document = {"boolean": True}
            case "DELETE":
                document = {"boolean": self._delete(bucket, key, request.args.get("recursive") == "true")}
            case _:
                kind = "java.lang.UnsupportedOperationException"
                return _refusal(HTTPStatus.BAD_REQUEST, kind, f"{operation} is not served here")
        return _json(document)

    def _status(self, bucket: str, key: str) -> dict[str, Any]:
        if key:
            try:
                found = self._s3.head_object(Bucket=bucket, Key=key)
                return _file("", found["ContentLength"], int(found["LastModified"].timestamp() * 1000))
            except ClientError as error:
                if error.response["Error"]["Code"] not in _ABSENT:
                    raise
        prefix = f"{key}/" if key else ""
        if not self._s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents") and key:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": key}}, "HeadObject")
        return _folder("")

    def _list(self, bucket: str, key: str) -> list[dict[str, Any]]:
        status = self._status(bucket, key)
        if status["type"] == "FILE":
            return [status]
        prefix = f"{key}/" if key else ""
        found: list[dict[str, Any]] = []
        for page in self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, Delimiter="/"
        ):
            found += [_folder(entry["Prefix"][len(prefix) : -1]) for entry in page.get("CommonPrefixes", [])]
            found += [
                _file(
                    entry["Key"][len(prefix) :], entry["Size"], int(entry["LastModified"].timestamp() * 1000)
                )
                for entry in page.get("Contents", [])
                if entry["Key"] != prefix
            ]
        return found

    def _open(self, bucket: str, key: str, request: Request) -> Response:
        start = int(request.args.get("offset", 0))
        length = request.args.get("length")
        size = self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
        end = min(size, start + int(length)) if length else size
        if start >= end:
            return Response(b"", mimetype="application/octet-stream")
        found = self._s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}")
        return Response(found["Body"].read(), mimetype="application/octet-stream")

    def _create(self, bucket: str, key: str, request: Request) -> Response:
        if request.args.get("data") != "true":
            # The client sends no content before it has been told where to.
            return Response(
                status=HTTPStatus.TEMPORARY_REDIRECT,
                headers={"Location": f"{request.url}&data=true"},
                mimetype="application/octet-stream",
            )
        if request.args.get("overwrite") == "false" and self._is_there(bucket, key):
            return _refusal(
                HTTPStatus.FORBIDDEN, "org.apache.hadoop.fs.FileAlreadyExistsException", f"/{bucket}/{key}"
            )
        self._s3.put_object(Bucket=bucket, Key=key, Body=request.get_data())
        return Response(status=HTTPStatus.CREATED, mimetype="application/octet-stream")

    def _delete(self, bucket: str, key: str, is_recursive: bool) -> bool:
        keys = [key] if self._is_there(bucket, key) else []
        if is_recursive:
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{key}/")
            keys += [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        for start in range(0, len(keys), _LARGEST_DELETE):
            some = keys[start : start + _LARGEST_DELETE]
            self._s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in some]})
        return bool(keys)

    def _is_there(self, bucket: str, key: str) -> bool:
        try:
            return bool(self._status(bucket, key)["type"] == "FILE")
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
            return False


def _file(suffix: str, size: int, modified_ms: int) -> dict[str, Any]:
    return {
        **_folder(suffix),
        "type": "FILE",
        "length": size,
        "modificationTime": modified_ms,
        "blockSize": _BLOCK_BYTES,
        "replication": 1,
        "permission": "644",
    }


def _folder(suffix: str) -> dict[str, Any]:
    return {
        "accessTime": 0,
        "blockSize": 0,
        "group": "lake",
        "length": 0,
        "modificationTime": 0,
        "owner": "lake",
        "pathSuffix": suffix,
        "permission": "755",
        "replication": 0,
        "type": "DIRECTORY",
    }


def _json(document: dict[str, Any]) -> Response:
    return Response(json.dumps(document), mimetype="application/json")


def _refusal(status: HTTPStatus, java_class: str, message: str) -> Response:
    remote = {"exception": java_class.rpartition(".")[2], "javaClassName": java_class, "message": message}
    return Response(json.dumps({"RemoteException": remote}), status=status, mimetype="application/json")
