"""A moto server on loopback with the Glue and Athena engines, and the clients that the tests use."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

from infra.local.athena import AthenaEngine, QuerySettings
from infra.local.athena import install as install_athena
from infra.local.clock import Clock, SystemClock
from infra.local.engine import ObjectInfo, Runtime
from infra.local.glue import GlueEngine, JobSettings
from infra.local.glue import install as install_glue

ACCOUNT = "123456789012"
REGION = "us-east-1"


class MotoObjects:
    """Moto's S3 as the engines' object store; remembers what was read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
        s3_backends[ACCOUNT]["aws"].put_object(bucket, key, body)

    def get(self, bucket: str, key: str) -> bytes:
        found = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
        if found is None:
            raise KeyError(f"s3://{bucket}/{key}")
        self.read.append(key)
        return bytes(found.value)

    def delete(self, bucket: str, key: str) -> None:
        s3_backends[ACCOUNT]["aws"].delete_object(bucket, key)

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]:
        keys = s3_backends[ACCOUNT]["aws"].get_bucket(bucket).keys
        return [
            ObjectInfo(key, found.size, found.etag, found.last_modified)
            for key, found in sorted(keys.items())
            if key.startswith(prefix)
        ]


@dataclass
class RecordedLogs:
    """Log lines by group and stream."""

    lines: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def write(self, group: str, stream: str, lines: Sequence[str]) -> None:
        self.lines.setdefault((group, stream), []).extend(lines)


class NoMetrics:
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
        return


@dataclass
class Aws:
    """What a test talks to."""

    endpoint_url: str
    runtime: Runtime
    objects: MotoObjects
    logs: RecordedLogs
    glue_engine: GlueEngine
    athena_engine: AthenaEngine

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


@contextmanager
def running_aws(
    work_dir: Path,
    *,
    clock: Clock | None = None,
    job_settings: JobSettings | None = None,
    query_settings: QuerySettings | None = None,
) -> Iterator[Aws]:
    BackendDict.reset()
    s3_backends.bucket_accounts.clear()
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    objects, logs = MotoObjects(), RecordedLogs()
    runtime = Runtime(
        clock=clock or SystemClock(),
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        account_id=ACCOUNT,
        region=REGION,
        work_dir=work_dir,
        objects=objects,
        metrics=NoMetrics(),
        logs=logs,
    )
    glue_engine = install_glue(runtime, job_settings)
    athena_engine = install_athena(runtime, query_settings)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    aws = Aws(runtime.endpoint_url, runtime, objects, logs, glue_engine, athena_engine)
    aws.client("s3").create_bucket(Bucket="lake")
    try:
        yield aws
    finally:
        athena_engine.close()
        glue_engine.close()
        server.shutdown()
        thread.join()
        server.server_close()
