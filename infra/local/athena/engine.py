"""The Athena engine: takes statements, runs them in threads, keeps their results."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from moto.athena.models import athena_backends
from moto.glue.models import GlueBackend, glue_backends

from infra.local.athena import ddl, planner
from infra.local.athena.backend import EngineAthenaBackend
from infra.local.athena.errors import AthenaQueryError, QueryCancelled, QueryFailed
from infra.local.athena.executions import QueryExecution, QueryState
from infra.local.athena.relations import Relations
from infra.local.athena.results import Results
from infra.local.athena.run import Cancellation, EngineLimits, run
from infra.local.athena.scan import ScanLog
from infra.local.athena.statements import Kind, classify
from infra.local.athena.types import column_info
from infra.local.engine import Runtime
from infra.local.glue.arguments import split_s3


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """How many queries run at once, and what each may use."""

    concurrency: int = 4
    memory: str = "1GB"
    threads: int = 2
    kept_results: int = 100


class AthenaEngine:
    """Runs query executions. Nothing happens by the clock: `tick` does nothing."""

    def __init__(self, runtime: Runtime, settings: QuerySettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._limits = EngineLimits(settings.memory, settings.threads, runtime.work_dir / "athena")
        self._pool = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="athena")
        self._lock = threading.Lock()
        self._active: dict[str, QueryExecution] = {}
        self._finished: list[QueryExecution] = []

    @property
    def runtime(self) -> Runtime:
        return self._runtime

    def glue(self) -> GlueBackend:
        return glue_backends[self._runtime.account_id][self._runtime.region]

    def submit(self, execution: QueryExecution) -> None:
        with self._lock:
            self._active[execution.id] = execution
        self._pool.submit(self._work, execution)

    def tick(self) -> None:
        return

    def drain(self) -> None:
        """Nothing: a query under way changes nothing, and can be asked again."""

    def close(self) -> None:
        with self._lock:
            active = list(self._active.values())
        for execution in active:
            execution.stop(self._runtime.clock.now())
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, execution: QueryExecution) -> None:
        clock = self._runtime.clock
        if not execution.begin(clock.now()):
            return
        state, reason = QueryState.SUCCEEDED, None
        try:
            execution.results = self._answer(execution)
            self._store(execution, execution.results)
            self._meter(execution)
        except QueryCancelled as error:
            self._meter(execution)
            state, reason = QueryState.CANCELLED, str(error)
        except AthenaQueryError as error:
            state, reason = QueryState.FAILED, str(error)
        except Exception as error:
            # The edge of the service: whatever broke, the caller must hear of it and not wait for ever.
            execution.is_system_error = True
            state, reason = QueryState.FAILED, f"GENERIC_INTERNAL_ERROR: {type(error).__name__}: {error}"
            raise
        finally:
            execution.end(state, clock.now(), reason)
            self._forget(execution)

    def _meter(self, execution: QueryExecution) -> None:
        if execution.statement_type == "DML":  # definitions are free, and so is what fails
            self._runtime.meter.scanned(execution.scan.total_bytes)

    def _answer(self, execution: QueryExecution) -> Results:
        statement = classify(execution.query)
        relations = Relations(self.glue(), self._runtime)
        database = execution.database
        match statement.kind:
            case Kind.QUERY:
                return self._query(execution, relations, statement.body, execution.parameters)
            case Kind.EXPLAIN:
                plan = self._plan(execution, relations, statement.body, ())
                return Results([column_info("Query Plan", "varchar")], [(plan.sql,)])
            case Kind.CREATE_VIEW:
                plan = self._plan(execution, relations, statement.body, ())
                described = run(_empty(plan), self._limits, ScanLog(), Cancellation())
                columns = {
                    column.name: _with_parameters(column.type, column.precision, column.scale)
                    for column in described.columns
                }
                return ddl.run(statement, database=database, relations=relations, view_columns=columns)
            case _:
                return ddl.run(statement, database=database, relations=relations, view_columns={})

    def _plan(
        self, execution: QueryExecution, relations: Relations, sql: str, parameters: Sequence[str]
    ) -> planner.Plan:
        return planner.plan(
            planner.parse_query(sql),
            database=execution.database,
            relations=relations,
            log=execution.scan,
            parameters=parameters,
            sql=sql,
        )

    def _query(
        self, execution: QueryExecution, relations: Relations, sql: str, parameters: Sequence[str]
    ) -> Results:
        plan = self._plan(execution, relations, sql, parameters)
        return run(plan, self._limits, execution.scan, execution.cancellation)

    def _store(self, execution: QueryExecution, results: Results) -> None:
        if execution.output_location is None:
            return
        try:
            bucket, key = split_s3(execution.output_location)
            self._runtime.objects.put(bucket, key, results.as_bytes(), "text/csv")
            self._runtime.objects.put(bucket, f"{key}.metadata", _metadata(results))
        except (KeyError, ValueError) as error:
            raise QueryFailed(
                "INVALID_OUTPUT_LOCATION",
                f"Unable to write to {execution.output_location}: create the bucket",
            ) from error

    def _forget(self, execution: QueryExecution) -> None:
        with self._lock:
            self._active.pop(execution.id, None)
            self._finished.append(execution)
            while len(self._finished) > self._settings.kept_results:
                self._finished.pop(0).results = None


def _empty(plan: planner.Plan) -> planner.Plan:
    sql = f"SELECT * FROM ({plan.sql}) LIMIT 0"  # noqa: S608  # the planner's own text
    return planner.Plan(sql, plan.sources, plan.names, plan.kinds)


def _with_parameters(kind: str, precision: int, scale: int) -> str:
    if kind == "decimal":
        return f"decimal({precision},{scale})"
    if kind.startswith("timestamp"):
        return kind.replace("timestamp", f"timestamp({precision})", 1)
    return kind


def _metadata(results: Results) -> bytes:
    """Athena's is an undocumented binary; this one only names the columns and their types."""
    return "".join(f"{column.name}\t{column.type}\n" for column in results.columns).encode()


def install(runtime: Runtime, settings: QuerySettings | None = None) -> AthenaEngine:
    """Put the engine behind moto's Athena; a later call replaces an earlier one."""
    engine = AthenaEngine(runtime, settings or QuerySettings())
    attributes: Mapping[str, Any] = {"engine": engine}
    athena_backends.backend = cast(
        "type[EngineAthenaBackend]", type("InstalledAthenaBackend", (EngineAthenaBackend,), dict(attributes))
    )
    athena_backends.clear()
    return engine


__all__ = ["AthenaEngine", "QuerySettings", "install"]
