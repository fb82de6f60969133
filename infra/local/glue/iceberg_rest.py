"""The Glue catalogue as an Iceberg REST catalogue, as AWS serves it under `/iceberg`.

Iceberg's own client of Glue needs AWS's Java SDK, which is not on PyPI; its REST client needs nothing.
https://docs.aws.amazon.com/glue/latest/dg/connect-glu-iceberg-rest.html
"""

import json
from http import HTTPStatus
from typing import Any, Final

from pydantic import TypeAdapter
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchNamespaceError, NoSuchTableError
from pyiceberg.table import CommitTableResponse
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import TableRequirement, TableUpdate
from werkzeug.wrappers import Request, Response

PREFIX: Final = "/iceberg/v1/"
_REQUIREMENTS: Final[TypeAdapter[Any]] = TypeAdapter(tuple[TableRequirement, ...])
_UPDATES: Final[TypeAdapter[Any]] = TypeAdapter(tuple[TableUpdate, ...])


class IcebergRest:
    """Answers what an engine asks that reads tables and commits to them; tables are made by the jobs."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def answer(self, request: Request) -> Response:
        """One call."""
        try:
            document = self._answer(request)
        except (NoSuchTableError, NoSuchNamespaceError) as error:
            kind = "Table" if isinstance(error, NoSuchTableError) else "Namespace"
            return _refusal(HTTPStatus.NOT_FOUND, f"NoSuch{kind}Exception", error)
        except CommitFailedException as error:
            return _refusal(HTTPStatus.CONFLICT, "CommitFailedException", error)
        if document is None:
            message = f"{request.method} {request.path} is not served by the embedded AWS"
            return _refusal(HTTPStatus.NOT_IMPLEMENTED, "UnsupportedOperationException", message)
        return Response(json.dumps(document), mimetype="application/json")

    def _answer(self, request: Request) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = None
        match request.method, request.path[len(PREFIX) :].strip("/").split("/"):
            case "GET", ["config"]:
                answer = {"defaults": {}, "overrides": {}}
            case "GET" | "HEAD", ["namespaces", database]:
                self._catalog.load_namespace_properties(database)
                answer = {"namespace": [database], "properties": {}}
            case "GET" | "HEAD", ["namespaces", database, "tables", name]:
                answer = self._load(database, name)
            case "POST", ["namespaces", database, "tables", name]:
                answer = self._commit(database, name, request.get_json())
        return answer

    def _load(self, database: str, name: str) -> dict[str, Any]:
        table = self._catalog.load_table((database, name))
        return _table(table.metadata_location, table.metadata)

    def _commit(self, database: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
        table = self._catalog.load_table((database, name))
        done: CommitTableResponse = self._catalog.commit_table(
            table,
            _REQUIREMENTS.validate_python(request["requirements"]),
            _UPDATES.validate_python(request["updates"]),
        )
        return _table(done.metadata_location, done.metadata)


def _table(location: str, metadata: TableMetadata) -> dict[str, Any]:
    document = json.loads(metadata.model_dump_json(by_alias=True, exclude_none=True))
    return {"metadata-location": location, "metadata": document, "config": {}}


def _refusal(status: HTTPStatus, kind: str, error: object) -> Response:
    document = {"error": {"message": str(error), "type": kind, "code": int(status)}}
    return Response(json.dumps(document), status=status, mimetype="application/json")
