"""What a Spark from PyPI lacks to reach AWS: an HTTP server with S3 as WebHDFS and Glue as Iceberg REST."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
from pyiceberg.catalog.glue import GlueCatalog
from werkzeug.wrappers import Request, Response

from infra.local.glue import iceberg_rest, webhdfs
from infra.local.http_server import HOST, Server

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class SparkGateway:
    """Serves one endpoint's S3 and Glue to Spark, on a free port of loopback, until `close`."""

    def __init__(self, endpoint_url: str, region: str, access_key: str = "testing") -> None:
        self._s3: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key="testing",  # noqa: S106
        )
        properties: dict[str, Any] = {
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
            "s3.endpoint": endpoint_url,
            "s3.region": region,
            "s3.access-key-id": access_key,
            "s3.secret-access-key": "testing",
            "glue.endpoint": endpoint_url,
            "glue.region": region,
            "glue.access-key-id": access_key,
            "glue.secret-access-key": "testing",
        }
        catalog = GlueCatalog("gateway", **properties)
        self._answers: Mapping[str, Callable[[Request], Response]] = {
            webhdfs.PREFIX: webhdfs.WebHdfs(self._s3).answer,
            iceberg_rest.PREFIX: iceberg_rest.IcebergRest(catalog).answer,
        }
        self._server = Server(0, self._application)
        self._thread = threading.Thread(target=self._server.serve_forever, name="spark-gateway", daemon=True)
        self._thread.start()

    def __enter__(self) -> "SparkGateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def spark_settings(self, catalog: str) -> dict[str, str]:
        """Settings of Spark under which `catalog` and every `s3://` path of today's buckets lead here."""
        address = f"{HOST}:{self._server.port}"
        name = f"spark.sql.catalog.{catalog}"
        settings = {
            name: "org.apache.iceberg.spark.SparkCatalog",
            f"{name}.type": "rest",
            f"{name}.uri": f"http://{address}/iceberg",
            f"{name}.io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
            f"{name}.rest-metrics-reporting-enabled": "false",
            f"{name}.cache-enabled": "false",
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        }
        for bucket in self._s3.list_buckets()["Buckets"]:
            mount = f"spark.hadoop.fs.viewfs.mounttable.{bucket['Name']}.linkFallback"
            settings[mount] = f"webhdfs://{address}/{bucket['Name']}"
        return settings

    def close(self) -> None:
        """Stop serving."""
        self._server.close(seconds=2)
        self._thread.join()

    def _application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        for prefix, answer in self._answers.items():
            if request.path.startswith(prefix):
                return answer(request)(environ, start_response)
        return Response(status=404)(environ, start_response)
