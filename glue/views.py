"""The views of the lake, created through Athena so that Athena's own dialect decides what is right."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, List, Tuple

import sql
from glue.athena import Athena
from glue.errors import StatementFailed, ViewFailed
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

_LOG = logging.getLogger(__name__)


class Views:
    """Keeps every `sql/*/view.sql` created as it is written; hashes of the texts lie with the checkpoints."""

    def __init__(self, athena: Athena, glue: GlueClient, s3: S3Client, settings: Settings) -> None:
        self._athena = athena
        self._glue = glue
        self._s3 = s3
        self._settings = settings

    def publish(self) -> Tuple[str, ...]:
        """Create the views that are missing or whose text changed; returns their names.

        Raises:
            ViewFailed: Athena refused one.
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
        try:
            self._athena.run(statement)
        except StatementFailed as failure:
            raise ViewFailed(name, failure.reason) from failure
