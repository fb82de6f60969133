"""Runs a planned query on a DuckDB connection of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from infra.local.athena.dialect import register_functions
from infra.local.athena.errors import QueryCancelled, from_duckdb
from infra.local.athena.planner import Plan
from infra.local.athena.results import Results, Row, rendered
from infra.local.athena.scan import ScanLog
from infra.local.athena.types import column_info
from infra.local.athena.types import from_duckdb as type_from_duckdb

_ROWS_PER_FETCH = 10_000


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What one query may use: DuckDB's memory (`512MB`) and threads; more spills to `spill_dir`."""

    memory: str
    threads: int
    spill_dir: Path


class Cancellation:
    """Lets another thread stop a running query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self.requested = False

    def request(self) -> None:
        with self._lock:
            self.requested = True
            if self._interrupt is not None:
                self._interrupt()

    def attach(self, interrupt: Callable[[], None]) -> None:
        """From now on a request calls `interrupt`; `QueryCancelled` if one came before."""
        with self._lock:
            self._interrupt = interrupt
            if self.requested:
                raise QueryCancelled("Query cancelled by user")

    def detach(self) -> None:
        with self._lock:
            self._interrupt = None


def run(plan: Plan, limits: EngineLimits, log: ScanLog, cancellation: Cancellation) -> Results:
    """All rows of a query, as text. `QueryFailed` or `QueryCancelled` if it does not get there."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limits.memory,
        "threads": limits.threads,
        "temp_directory": str(limits.spill_dir),
        "autoinstall_known_extensions": False,
        "python_enable_replacements": False,
    }
    with duckdb.connect(config=config) as connection:
        connection.execute("SET timezone='UTC'")
        for name, source in plan.sources.items():
            connection.register(name, source)
        register_functions(connection, plan.sql)
        # Only now: the temporary directory counts as external.
        connection.execute("SET enable_external_access=false")
        cancellation.attach(connection.interrupt)
        try:
            return _fetched(connection.execute(plan.sql), plan)
        except duckdb.Error as error:
            if log.over_cutoff:
                raise QueryCancelled("Bytes scanned limit was exceeded") from error
            if cancellation.requested:
                raise QueryCancelled("Query cancelled by user") from error
            raise from_duckdb(error) from error
        finally:
            cancellation.detach()


def _fetched(executed: duckdb.DuckDBPyConnection, plan: Plan) -> Results:
    described = executed.description or []
    kinds = [
        type_from_duckdb(str(column[1]), annotated)
        for column, annotated in zip(described, plan.kinds, strict=True)
    ]
    rows: list[Row] = []
    for batch in executed.fetch_record_batch(_ROWS_PER_FETCH):
        rows.extend(rendered(batch, kinds))
    columns = [column_info(name, kind) for name, kind in zip(plan.names, kinds, strict=True)]
    return Results(columns, rows)
