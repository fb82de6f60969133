"""The views of the lake, created through Athena so that Athena's own dialect decides what is right."""

from __future__ import annotations

import hashlib
import logging
import time
from typing import TYPE_CHECKING, Callable, List, Tuple

import sql
from glue.errors import ViewFailed
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_SECONDS = 120.0
_PAUSE_SECONDS = 0.2


class Views:
    """Keeps every `sql/*/view.sql` created as it is written; hashes of the texts lie with the checkpoints."""

    def __init__(
        self,
        athena: AthenaClient,
        glue: GlueClient,
        s3: S3Client,
        settings: Settings,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._athena = athena
        self._glue = glue
        self._s3 = s3
        self._settings = settings
        self._pause = pause

    def publish(self) -> Tuple[str, ...]:
        """Create the views that are missing or whose text changed; returns their names.

        Raises:
            ViewFailed: Athena refused one, or took too long.
        """
        published: List[str] = []
        for name in sql.views():
            statement = sql.view(name)
            digest = hashlib.sha256(statement.encode()).hexdigest()
            if not self._exists(name) or self._published_digest(name) != digest:
                self._create(name, statement)
                self._s3.put_object(
                    Bucket=self._settings.lake_bucket, Key=self._digest_key(name), Body=digest.encode()
                )
                _LOG.info("view created", extra={"view": name})
                published.append(name)
        return tuple(published)

    def _exists(self, name: str) -> bool:
        try:
            self._glue.get_table(DatabaseName=self._settings.database, Name=name)
        except self._glue.exceptions.EntityNotFoundException:
            return False
        return True

    def _published_digest(self, name: str) -> str:
        try:
            found = self._s3.get_object(Bucket=self._settings.lake_bucket, Key=self._digest_key(name))
        except self._s3.exceptions.NoSuchKey:
            return ""
        return found["Body"].read().decode()

    def _digest_key(self, name: str) -> str:
        return f"{self._settings.checkpoints_prefix}views/{name}.sha256"

    def _create(self, name: str, statement: str) -> None:
        query = self._athena.start_query_execution(
            QueryString=statement,
            QueryExecutionContext={"Database": self._settings.database},
            WorkGroup=self._settings.workgroup,
        )["QueryExecutionId"]
        waited = 0.0
        while waited < _LONGEST_WAIT_SECONDS:
            status = self._athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] == "SUCCEEDED":
                return
            if status["State"] in ("FAILED", "CANCELLED"):
                raise ViewFailed(name, status.get("StateChangeReason", status["State"]))
            self._pause(_PAUSE_SECONDS)
            waited += _PAUSE_SECONDS
        raise ViewFailed(name, f"query {query} did not end within {_LONGEST_WAIT_SECONDS:.0f} s")
