"""Counts API requests that are billed one by one, wherever they come from."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import parse_qs

from infra.local.engine import ObjectInfo, ObjectStore
from infra.local.metering.meter import Meter
from infra.local.wire_errors import scope_of

_CATALOGUE: Final = ("Database", "Databases", "Table", "Tables", "Partition", "Partitions", "Versions")
_PUT, _GET = "s3.put_requests", "s3.get_requests"


class RequestCounter:
    """Hears of every HTTP request.

    S3 bills two classes, PUT, COPY, POST and LIST, and whatever reads; DELETE is free.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def __call__(self, environ: dict[str, Any], status: str) -> None:
        scope = scope_of(environ)
        if scope is None or status.startswith("5"):
            return
        if scope[0] == "s3":
            self._count_s3(environ)
        elif scope[0] == "glue":
            action = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
            if action.endswith(_CATALOGUE):
                self._meter.add("glue.catalog_requests", 1)

    def _count_s3(self, environ: dict[str, Any]) -> None:
        method = environ.get("REQUEST_METHOD")
        query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
        if method == "DELETE" or (method == "POST" and "delete" in query):
            return
        is_listing = method == "GET" and "/" not in str(environ.get("PATH_INFO", "")).strip("/")
        self._meter.add(_PUT if method in {"PUT", "POST"} or is_listing else _GET, 1)


class MeteredObjects:
    """An object store whose calls count: services that use a customer's bucket do so at his cost."""

    def __init__(self, objects: ObjectStore, meter: Meter) -> None:
        self._objects = objects
        self._meter = meter

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
        self._meter.add(_PUT, 1)
        self._objects.put(bucket, key, body, content_type)

    def get(self, bucket: str, key: str) -> bytes:
        self._meter.add(_GET, 1)
        return self._objects.get(bucket, key)

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]:
        self._meter.add(_PUT, 1)
        return self._objects.list(bucket, prefix)
