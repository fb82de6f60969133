"""Moto's Athena backend with executions that run, and Glue's databases."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.athena import urls as moto_urls
from moto.athena.exceptions import InvalidArgumentException, MetadataException, QueryStillRunning
from moto.athena.models import AthenaBackend, NamedQuery
from moto.core.exceptions import JsonRESTError

from infra.local.athena.errors import InvalidQuery
from infra.local.athena.executions import QueryExecution, QueryState
from infra.local.athena.planner import parse_query
from infra.local.athena.responses import EngineAthenaResponse
from infra.local.athena.results import Results
from infra.local.athena.scan import ScanLog
from infra.local.athena.statements import Kind, classify

if TYPE_CHECKING:
    from infra.local.athena.engine import AthenaEngine

CATALOG = "AwsDataCatalog"


class InvalidRequestException(JsonRESTError):  # as AWS names it
    """Something is wrong with the input of a request."""

    code = 400

    def __init__(self, message: str, athena_error_code: str | None = None) -> None:
        super().__init__("InvalidRequestException", message)
        self.athena_error_code = athena_error_code


class EngineAthenaBackend(AthenaBackend):
    """One account and region; `engine` is set on a subclass by `install`."""

    engine: "AthenaEngine"

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.query_executions: dict[str, QueryExecution] = {}
        self._ids_by_request_token: dict[str, str] = {}

    @property
    def _url_module(self) -> Any:
        return SimpleNamespace(
            url_bases=moto_urls.url_bases, url_paths={"{0}/$": EngineAthenaResponse.dispatch}
        )

    def submit(
        self,
        *,
        query: str,
        context: Mapping[str, Any],
        configuration: Mapping[str, Any],
        workgroup: str,
        parameters: Sequence[str],
        request_token: str | None,
    ) -> str:
        """Queue a statement and return its execution's id; the same request token gives the same id."""
        if request_token is not None and request_token in self._ids_by_request_token:
            return self._ids_by_request_token[request_token]
        if workgroup not in self.work_groups:
            raise InvalidRequestException(f"WorkGroup {workgroup} is not found.")
        group = self.work_groups[workgroup]
        if group.state != "ENABLED":
            raise InvalidRequestException(f"WorkGroup {workgroup} is disabled.")
        try:
            statement = classify(query)
            if statement.kind in {Kind.QUERY, Kind.CREATE_VIEW, Kind.EXPLAIN}:
                parse_query(statement.body)
        except InvalidQuery as error:
            raise InvalidRequestException(str(error), "MALFORMED_QUERY") from error
        limit = group.configuration.get("BytesScannedCutoffPerQuery")
        execution = QueryExecution(
            query=query,
            statement_type=statement.statement_type,
            database=str(context.get("Database") or "default").lower(),
            workgroup=workgroup,
            output_location=None,
            submitted_at=self.engine.runtime.clock.now(),
            parameters=tuple(parameters),
            context=dict(context),
            result_configuration=dict(configuration),
            scan=ScanLog(cutoff=int(limit) if limit else None),
        )
        folder = self._output_folder(group.configuration, configuration)
        extension = "csv" if statement.statement_type == "DML" else "txt"
        execution.output_location = f"{folder.rstrip('/')}/{execution.id}.{extension}"
        self.query_executions[execution.id] = execution
        if request_token is not None:
            self._ids_by_request_token[request_token] = execution.id
        self.engine.submit(execution)
        return execution.id

    @staticmethod
    def _output_folder(group: Mapping[str, Any], configuration: Mapping[str, Any]) -> str:
        of_group = (group.get("ResultConfiguration") or {}).get("OutputLocation")
        of_client = configuration.get("OutputLocation")
        folder = (
            of_group if group.get("EnforceWorkGroupConfiguration") and of_group else of_client or of_group
        )
        if not folder:
            raise InvalidRequestException(
                "No output location provided. An output location is required either through the Workgroup "
                "result configuration setting or as an API input."
            )
        return str(folder)

    def execution(self, execution_id: str) -> QueryExecution:
        try:
            return self.query_executions[execution_id]
        except KeyError:
            raise InvalidRequestException(f"QueryExecution {execution_id} was not found") from None

    def finished_results(self, execution_id: str) -> Results:
        execution = self.execution(execution_id)
        if execution.status is not QueryState.SUCCEEDED:
            if execution.status.is_final:
                raise InvalidRequestException(
                    f"Query did not finish successfully. Final query state: {execution.status}"
                )
            raise QueryStillRunning(current_status=execution.status)
        if execution.results is None:
            raise InvalidRequestException(
                f"The results of {execution_id} are no longer kept: read {execution.output_location}"
            )
        return execution.results

    def stop_query_execution(self, exec_id: str) -> None:
        self.execution(exec_id).stop(self.engine.runtime.clock.now())

    def delete_named_query(self, query_id: str) -> None:
        if self.named_queries.pop(query_id, None) is None:
            raise InvalidRequestException(f"NamedQuery {query_id} was not found")

    def named_query(self, query_id: str) -> NamedQuery:
        try:
            return self.named_queries[query_id]
        except KeyError:
            raise InvalidRequestException(f"NamedQuery {query_id} was not found") from None

    def update_work_group(
        self, name: str, description: str | None, updates: Mapping[str, Any], state: str | None
    ) -> None:
        if name not in self.work_groups:
            raise InvalidRequestException(f"WorkGroup {name} is not found.")
        group = self.work_groups[name]
        if description is not None:
            group.description = description
        if state is not None:
            group.state = state
        _update_configuration(group.configuration, updates)

    def glue_databases(self, catalog: str) -> dict[str, Any]:
        if catalog.lower() != CATALOG.lower():
            raise InvalidArgumentException(f"Data catalog {catalog} was not found.")
        return dict(self.engine.glue().databases)

    def glue_tables(self, catalog: str, database: str) -> dict[str, Any]:
        databases = self.glue_databases(catalog)
        if database.lower() not in databases:
            raise MetadataException(f"Database {database} not found.")
        return dict(databases[database.lower()].tables)


def _update_configuration(configuration: dict[str, Any], updates: Mapping[str, Any]) -> None:
    for name, value in updates.items():
        if name == "ResultConfigurationUpdates":
            results = configuration.setdefault("ResultConfiguration", {})
            for result_name, result_value in value.items():
                if result_name.startswith("Remove"):
                    if result_value:
                        results.pop(result_name.removeprefix("Remove"), None)
                else:
                    results[result_name] = result_value
        elif name == "RemoveBytesScannedCutoffPerQuery":
            if value:
                configuration.pop("BytesScannedCutoffPerQuery", None)
        else:
            configuration[name] = value
