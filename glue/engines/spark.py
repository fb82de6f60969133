"""The engine for many machines: Spark computes and writes by Iceberg's own writer and MERGE."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from pyspark.sql import SparkSession

from glue.bronze import BronzeObject
from glue.engines import Derived, Loaded
from glue.engines.spark_derivation import SparkDerivation
from glue.engines.spark_merge import SparkEventMerge
from glue.engines.spark_session import SparkSteps
from glue.lake import Lake, append
from glue.settings import Settings
from glue.tables import TableSpec

_ROOT = "silver_order_events"
_BRONZE = "bronze_order_events"


class SparkEngine:
    """Implements `glue.engines.Engine`; the session has the catalogue `lake` and Iceberg's extensions."""

    def __init__(
        self, lake: Lake, specs: Mapping[str, TableSpec], settings: Settings, spark: SparkSession
    ) -> None:
        self._lake = lake
        self._specs = specs
        self._settings = settings
        self._steps = SparkSteps(spark, settings.shop_timezone)

    def load_events(self, objects: Sequence[BronzeObject]) -> Loaded:
        """Add to the root of silver the events of bronze objects that it does not have."""
        return SparkEventMerge(
            self._lake, self._specs[_ROOT], self._specs[_BRONZE], self._settings.lake_bucket, self._steps
        ).load(objects)

    def close(self) -> None:
        """Nothing: a merge keeps nothing between chunks."""

    def derive(self, table: str) -> Derived:
        """Bring a table up to the snapshot that its source has now."""
        return SparkDerivation(
            self._lake, self._specs, table, self._settings.shop_timezone, self._steps
        ).refresh()

    def append(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table that nothing derives: what a run reports."""
        append(self._lake, self._specs[table], rows)
