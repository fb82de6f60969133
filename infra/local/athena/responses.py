"""Athena's actions over the engine's backend; what is not here moto answers."""

import json
from typing import TYPE_CHECKING, Any, cast

from moto.athena.exceptions import MetadataException
from moto.athena.responses import AthenaResponse

from infra.local.athena.relations import columns_of, to_trino
from infra.local.athena.types import from_hive

if TYPE_CHECKING:
    from infra.local.athena.backend import EngineAthenaBackend

_MOST_ROWS = 1000


class EngineAthenaResponse(AthenaResponse):
    """Moto's request handler; executions, results, named queries and the catalogue are the engine's."""

    @property
    def engine_backend(self) -> "EngineAthenaBackend":
        return cast("EngineAthenaBackend", self.athena_backend)

    def start_query_execution(self) -> str:
        execution_id = self.engine_backend.submit(
            query=self._get_param("QueryString"),
            context=self._get_param("QueryExecutionContext") or {},
            configuration=self._get_param("ResultConfiguration") or {},
            workgroup=self._get_param("WorkGroup") or "primary",
            parameters=self._get_param("ExecutionParameters") or [],
            request_token=self._get_param("ClientRequestToken"),
        )
        return json.dumps({"QueryExecutionId": execution_id})

    def get_query_execution(self) -> str:
        execution = self.engine_backend.execution(self._get_param("QueryExecutionId"))
        return json.dumps({"QueryExecution": execution.as_api()})

    def batch_get_query_execution(self) -> str:
        known = self.engine_backend.query_executions
        wanted = self._get_param("QueryExecutionIds")
        return json.dumps(
            {
                "QueryExecutions": [known[one].as_api() for one in wanted if one in known],
                "UnprocessedQueryExecutionIds": [
                    {"QueryExecutionId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "not found"}
                    for one in wanted
                    if one not in known
                ],
            }
        )

    def list_query_executions(self) -> str:
        workgroup = self._get_param("WorkGroup") or "primary"
        ids = [
            execution.id
            for execution in reversed(list(self.engine_backend.query_executions.values()))
            if execution.workgroup == workgroup
        ]
        return json.dumps(self._page("QueryExecutionIds", ids, 50))

    def stop_query_execution(self) -> str:
        self.engine_backend.stop_query_execution(self._get_param("QueryExecutionId"))
        return "{}"

    def get_query_results(self) -> str:
        results = self.engine_backend.finished_results(self._get_param("QueryExecutionId"))
        size = min(int(self._get_param("MaxResults") or _MOST_ROWS), _MOST_ROWS)
        rows, token = results.page(self._get_param("NextToken"), size)
        answer: dict[str, Any] = {
            "ResultSet": {
                "Rows": [
                    {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
                    for row in rows
                ],
                "ResultSetMetadata": {"ColumnInfo": [column.as_api() for column in results.columns]},
            },
            "UpdateCount": 0,
        }
        if token is not None:
            answer["NextToken"] = token
        return json.dumps(answer)

    def get_query_runtime_statistics(self) -> str:
        execution = self.engine_backend.execution(self._get_param("QueryExecutionId"))
        statistics = execution.statistics()
        rows = len(execution.results.rows) if execution.results is not None else 0
        timeline = {name: value for name, value in statistics.items() if name.endswith("InMillis")}
        return json.dumps(
            {
                "QueryRuntimeStatistics": {
                    "Timeline": timeline,
                    "Rows": {"InputBytes": statistics["DataScannedInBytes"], "OutputRows": rows},
                }
            }
        )

    def get_named_query(self) -> str:
        return json.dumps({"NamedQuery": self._named(self._get_param("NamedQueryId"))})

    def batch_get_named_query(self) -> str:
        wanted = self._get_param("NamedQueryIds")
        known = self.engine_backend.named_queries
        return json.dumps(
            {
                "NamedQueries": [self._named(one) for one in wanted if one in known],
                "UnprocessedNamedQueryIds": [
                    {"NamedQueryId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "not found"}
                    for one in wanted
                    if one not in known
                ],
            }
        )

    def delete_named_query(self) -> str:
        self.engine_backend.delete_named_query(self._get_param("NamedQueryId"))
        return "{}"

    def update_work_group(self) -> str:
        self.engine_backend.update_work_group(
            self._get_param("WorkGroup"),
            self._get_param("Description"),
            self._get_param("ConfigurationUpdates") or {},
            self._get_param("State"),
        )
        return "{}"

    def list_data_catalogs(self) -> str:
        others = self.athena_backend.list_data_catalogs()
        return json.dumps(
            {"DataCatalogsSummary": [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}, *others]}
        )

    def get_data_catalog(self) -> str:
        name = self._get_param("Name")
        if name.lower() == "awsdatacatalog":
            return json.dumps({"DataCatalog": {"Name": "AwsDataCatalog", "Type": "GLUE", "Parameters": {}}})
        return super().get_data_catalog()

    def list_databases(self) -> str:
        databases = self.engine_backend.glue_databases(self._get_param("CatalogName"))
        shown = [_database(databases[name]) for name in sorted(databases)]
        return json.dumps(self._page("DatabaseList", shown, 50))

    def get_database(self) -> str:
        databases = self.engine_backend.glue_databases(self._get_param("CatalogName"))
        name = self._get_param("DatabaseName").lower()
        if name not in databases:
            raise MetadataException(f"Database {name} not found.")
        return json.dumps({"Database": _database(databases[name])})

    def list_table_metadata(self) -> str:
        tables = self._tables()
        shown = [_table(tables[name].as_dict()) for name in sorted(tables)]
        return json.dumps(self._page("TableMetadataList", shown, 50))

    def get_table_metadata(self) -> str:
        tables, name = self._tables(), self._get_param("TableName").lower()
        if name not in tables:
            raise MetadataException(f"Table {name} not found.")
        return json.dumps({"TableMetadata": _table(tables[name].as_dict())})

    def _tables(self) -> dict[str, Any]:
        return self.engine_backend.glue_tables(
            self._get_param("CatalogName"), self._get_param("DatabaseName")
        )

    def _named(self, query_id: str) -> dict[str, Any]:
        found = self.engine_backend.named_query(query_id)
        return {
            "Name": found.name,
            "Description": found.description,
            "Database": found.database,
            "QueryString": found.query_string,
            "NamedQueryId": found.id,
            "WorkGroup": found.workgroup.name,
        }

    def _page(self, field: str, items: list[Any], default_size: int) -> dict[str, Any]:
        start = int(self._get_param("NextToken") or 0)
        end = start + int(self._get_param("MaxResults") or default_size)
        answer: dict[str, Any] = {field: items[start:end]}
        if end < len(items):
            answer["NextToken"] = str(end)
        return answer


def _database(database: Any) -> dict[str, Any]:
    shown = {
        "Name": database.name,
        "Description": database.input.get("Description"),
        "Parameters": database.input.get("Parameters"),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _table(definition: dict[str, Any]) -> dict[str, Any]:
    keys = {column["Name"] for column in definition.get("PartitionKeys", [])}
    columns = [{"Name": name, "Type": to_trino(kind)} for name, kind in columns_of(definition).items()]
    return {
        "Name": definition["Name"],
        "CreateTime": definition["CreateTime"].timestamp(),
        "TableType": definition.get("TableType", ""),
        "Columns": [column for column in columns if column["Name"] not in keys],
        "PartitionKeys": [
            {"Name": key["Name"], "Type": to_trino(from_hive(key.get("Type", "string")))}
            for key in definition.get("PartitionKeys", [])
        ],
        "Parameters": {name: str(value) for name, value in (definition.get("Parameters") or {}).items()},
    }
