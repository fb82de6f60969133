"""A Spark session as the engine wants it: UTC, steps by name, conflicts told from faults."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Sequence

from py4j.protocol import Py4JJavaError
from pyiceberg.exceptions import CommitFailedException
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, functions

import sql
from glue.dialect import to_spark
from glue.tables import TableSpec

CATALOG = "lake"
_SPARK_TYPES = {"timestamptz": "timestamp"}
_CONFLICTS = ("CommitFailedException", "ValidationException")


class SparkSteps:
    """Runs the files of `sql/spark/`; steps read each other by the names that `name` gives."""

    def __init__(self, spark: SparkSession, shop_timezone: str) -> None:
        self._spark = spark
        self._shop_timezone = shop_timezone
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        spark.conf.set("spark.sql.ansi.enabled", "true")

    def frame(self, step: str, **parameters: Any) -> DataFrame:
        """The rows of one step."""
        return self._spark.sql(sql.spark(step), args=parameters or None)

    def run(self, step: str, **parameters: Any) -> None:
        """Run one step that writes to the lake.

        Raises:
            CommitFailedException: another writer was first.
        """
        with conflicts_told():
            self._spark.sql(sql.spark(step), args=parameters)

    def name(self, name: str, rows: DataFrame) -> DataFrame:
        """Let steps and queries read `rows` under a name."""
        rows.createOrReplaceTempView(name)
        return rows

    def decode(self) -> None:
        """Name `events` and `lines`: the payloads of `source_events` as flat relations."""
        for relation in ("events", "lines"):
            self.name(relation, self.frame(relation, shop_timezone=self._shop_timezone))

    def query(self, table: str) -> DataFrame:
        """The rows that a table's query makes of the relations that are named now."""
        return self.statement(sql.query(table))

    def statement(self, text: str) -> DataFrame:
        """The rows of a statement in Athena's dialect over the relations that are named now."""
        return self._spark.sql(to_spark(text))

    def table(self, database: str, table: str, snapshot_id: int) -> DataFrame:
        """The rows of a table of the lake as a snapshot has them."""
        return self._spark.read.option("snapshot-id", snapshot_id).table(f"{CATALOG}.{database}.{table}")

    def files(self, spec: TableSpec, paths: Sequence[str]) -> DataFrame:
        """The rows of Parquet files of a table; a column that a file lacks is null."""
        columns = ", ".join(
            f"{column.name} {_SPARK_TYPES.get(column.type, column.type)}" for column in spec.columns
        )
        if not paths:
            return self._spark.createDataFrame([], columns)
        # Folders named like partitions are no columns here.
        return self._spark.read.schema(columns).option("recursiveFileLookup", True).parquet(*paths)

    def append(self, rows: DataFrame, target: str) -> None:
        """Add rows to a table or branch of the lake, columns by their names.

        Raises:
            CommitFailedException: another writer was first.
        """
        with conflicts_told():
            rows.writeTo(f"{CATALOG}.{target}").append()

    def overwrite(self, rows: DataFrame, target: str) -> None:
        """Put rows in the place of all rows of a table or branch of the lake.

        Raises:
            CommitFailedException: another writer was first.
        """
        with conflicts_told():
            rows.writeTo(f"{CATALOG}.{target}").overwrite(functions.lit(True))


@contextmanager
def conflicts_told() -> Iterator[None]:
    """Let Iceberg's conflicts come out of Spark as pyiceberg's exception.

    Raises:
        CommitFailedException: another writer was first.
    """
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        if any(conflict in str(error) for conflict in _CONFLICTS):
            raise CommitFailedException(str(error).split("\n", 1)[0]) from error
        raise
