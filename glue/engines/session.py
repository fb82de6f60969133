"""A DuckDB session as the engine wants it: bounded memory, UTC, nothing downloaded."""

from __future__ import annotations

import logging
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import sql
from glue.settings import Settings

_LOG = logging.getLogger(__name__)
_BATCH_ROWS = 8_192
# Rows that wait for their portion's file.
_CUT_ROWS = 131_072
# DuckDB 1.4 cannot spill all that it holds of open groups: a portion needs this much for each of its rows.
_OPEN_GROUP_BYTES = 1_000
# DuckDB cannot spill a page that it reads: where pages are large, the limit grows to so many times.
_MOST_TIMES = 4


class Session:
    """One in-memory database that spills to `work_dir`.

    Steps are named as the files of `sql/duckdb/`.
    """

    def __init__(self, settings: Settings, work_dir: Path) -> None:
        self._con = duckdb.connect(
            config={
                "memory_limit": f"{settings.memory_limit_mb}MB",
                "threads": settings.threads,
                "temp_directory": str(work_dir / "spill"),
                "preserve_insertion_order": False,
                "partitioned_write_flush_threshold": _CUT_ROWS,
                # Joins are made as they are written, with the small side on the right: an estimate that is
                # wrong would keep wide rows in memory.
                "disabled_optimizers": "join_order,build_side_probe_side",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._work_dir = work_dir
        self._memory_limit_mb = settings.memory_limit_mb
        self._most_memory_mb = _MOST_TIMES * settings.memory_limit_mb
        self._kept = 0
        self.run("timezone_utc")
        self.run("shop_timezone", {"shop_timezone": settings.shop_timezone})

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def run(self, step: str, parameters: Optional[Mapping[str, Any]] = None) -> None:
        """Run the statements of one step.

        Raises:
            duckdb.Error: DuckDB refuses them.
        """
        self._con.execute(sql.duckdb(step), dict(parameters) if parameters else None)

    def insist(self, step: str, parameters: Optional[Mapping[str, Any]] = None) -> None:
        """Run one step, and again with twice the memory where its limit does not suffice.

        For steps that read tables and files: what `reading` names is there once. A raised limit stays.

        Raises:
            duckdb.Error: DuckDB refuses them, or the most memory does not suffice either.
        """
        while True:
            self._con.begin()
            try:
                self.run(step, parameters)
            except duckdb.OutOfMemoryException as error:
                self._con.rollback()
                if self._memory_limit_mb >= self._most_memory_mb:
                    raise
                self._memory_limit_mb = min(2 * self._memory_limit_mb, self._most_memory_mb)
                self._limit(self._memory_limit_mb)
                _LOG.warning(
                    "more memory is needed",
                    extra={
                        "step": step,
                        "megabytes": self._memory_limit_mb,
                        "cause": str(error).split("\n")[0],
                    },
                )
            except duckdb.Error:
                self._con.rollback()
                raise
            else:
                self._con.commit()
                return

    def row(self, step: str) -> Tuple[Any, ...]:
        """The one row of a step."""
        (found,) = self._con.execute(sql.duckdb(step)).fetchall()
        return tuple(found)

    def column(self, step: str) -> pa.Array[Any]:
        """The first column of a step."""
        return self._con.execute(sql.duckdb(step)).fetch_arrow_table().column(0).combine_chunks()

    def rows(self, step: str, parameters: Optional[Mapping[str, Any]] = None) -> List[Dict[str, Any]]:
        """The rows of a step, columns by name; for few rows."""
        found = self._con.execute(sql.duckdb(step), dict(parameters) if parameters else None)
        return found.fetch_arrow_table().to_pylist()

    def count(self, statement: str) -> int:
        """How many rows a statement in DuckDB's dialect has."""
        return sum(batch.num_rows for batch in self.stream(statement))

    def stream(self, statement: str) -> pa.RecordBatchReader:
        """The rows of a statement in DuckDB's dialect, computed while they are read."""
        return self._con.execute(statement).fetch_record_batch(_BATCH_ROWS)

    def view(self, name: str, statement: str) -> None:
        """Name the rows of a statement in DuckDB's dialect."""
        self._con.sql(statement).create_view(name, replace=True)

    def alias(self, name: str, table: str) -> None:
        """Let statements read a table under another name."""
        self._con.table(table).create_view(name, replace=True)

    def keep(self, name: str, rows: pa.RecordBatchReader, condition: str = "TRUE") -> None:
        """Copy the rows that meet a condition in DuckDB's dialect, and name them.

        Unlike those of `reading` they may be read repeatedly.
        """
        self._kept += 1
        table = f"kept_{self._kept}"
        with self.reading("rows_to_keep", rows):
            # Not by a relation's `create`, which waits for ever for rows that another thread makes.
            self._con.execute(sql.duckdb("keep").format(table=table, condition=condition))
        self.alias(name, table)

    def cut(self, name: str, rows: pa.RecordBatchReader, key: Sequence[str], portions: int) -> Iterator[None]:
        """Let statements read `rows` under a name, once for each portion; a key's rows are in one portion.

        Where few keys have many rows, portions differ: a larger one has a larger limit of memory.
        """
        with tempfile.TemporaryDirectory(dir=self._work_dir) as folder:
            with self.reading("rows_to_cut", rows):
                statement = sql.duckdb("portions/cut")
                self._con.execute(statement.format(key=", ".join(key), portions=portions, folder=folder))
            for found in sorted(Path(folder).iterdir()):
                portion = found.name.rpartition("=")[2]
                self.view(name, sql.duckdb("portions/rows").format(folder=folder, portion=portion))
                size = sum(pq.read_metadata(file).num_rows for file in found.iterdir())
                self._limit(max(self._memory_limit_mb, size * _OPEN_GROUP_BYTES // 1_000_000))
                yield
        self._limit(self._memory_limit_mb)

    def _limit(self, megabytes: int) -> None:
        self._con.execute(sql.duckdb("memory_limit").format(megabytes=megabytes))

    @contextmanager
    def reading(self, name: str, rows: pa.RecordBatchReader) -> Iterator[None]:
        """Let statements read `rows` under a name, once."""
        # Not the reader itself: DuckDB would have Arrow's scanner read it ahead, as much as 1 GiB.
        self._con.register(name, rows.__arrow_c_stream__())  # type: ignore[no-untyped-call]
        try:
            yield
        finally:
            self._con.unregister(name)
            rows.close()
