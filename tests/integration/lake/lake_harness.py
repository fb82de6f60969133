"""A lake on the embedded AWS: bronze put by hand, silver and gold run in process."""

import io
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog

from glue import gold, silver
from glue.bronze import Bronze
from glue.engines import Derived
from glue.engines.duckdb import DuckDbEngine
from glue.lake import Lake, connect
from glue.quarantine import Quarantine
from glue.settings import Settings
from glue.silver import SilverResult
from glue.tables import load, load_all
from tests.integration.local.aws_harness import REGION, Aws

STARTED = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = "2026-01-01-00"
Event = dict[str, Any]


def event(number: int, payload: Mapping[str, Any] | None = None, **changes: Any) -> Event:
    """A row of bronze; by default an order of two lines, one event an hour."""
    line = {"description": None, "category": "c", "quantity": 2, "unit_price": "1.2500"}
    order = {
        "order_id": f"o{number}",
        "customer_id": f"c{number % 5}",
        "country": "UK",
        "currency": "GBP",
        "lines": [{"line_number": 1, "sku": "s1", **line}, {"line_number": 2, "sku": "s2", **line}],
    }
    row = {
        "event_id": str(uuid.UUID(int=number)),
        "event_type": "order_placed",
        "schema_version": 1,
        "occurred_at": 1_767_225_600_000_000 + number * 3_600_000_000,
        "producer_id": "p",
        "sequence": number + 1,
        "partition_key": f"o{number}",
        "payload": json.dumps(payload or order),
        "stream_name": "s",
        "shard_id": "shardId-000000000000",
        "sequence_number": str(number),
        "sub_sequence_number": 0,
        "arrived_at": 0,
        "ingested_at": 0,
    }
    return {**row, **changes}


class LakeHarness:
    """One database and bucket prefix of the embedded AWS, with the jobs' parts made by hand."""

    def __init__(self, aws: Aws, work_dir: Path, name: str, **limits: Any) -> None:
        self.aws = aws
        self.s3 = aws.client("s3")
        self.s3.create_bucket(Bucket=name)
        aws.client("glue").create_database(DatabaseInput={"Name": name})
        self.settings = Settings(
            region=REGION,
            shop_timezone="Europe/London",
            lake_bucket=name,
            bronze_prefix="bronze/order_events/",
            quarantine_prefix="quarantine/events/",
            checkpoints_prefix="checkpoints/",
            database=name,
            workgroup="w",
            **limits,
        )
        self.work_dir = work_dir
        self.catalog = connect(self.settings)
        self.bronze = Bronze(self.s3, self.settings)
        self._runs = 0

    def put(
        self, rows: Sequence[Event], name: str, hour: str = HOUR, schema: pa.Schema | None = None
    ) -> None:
        body = io.BytesIO()
        schema = schema or load("bronze_order_events").arrow_schema
        pq.write_table(pa.Table.from_pylist(list(rows), schema), body)
        self.put_bytes(body.getvalue(), name, hour)

    def put_bytes(self, body: bytes, name: str, hour: str = HOUR) -> None:
        self.s3.put_object(
            Bucket=self.settings.lake_bucket,
            Key=f"bronze/order_events/arrival_hour={hour}/{name}",
            Body=body,
        )

    def engine(self, catalog: Catalog | None = None) -> DuckDbEngine:
        lake = Lake(catalog or self.catalog, self.settings, pause=lambda _: None)
        return DuckDbEngine(lake, self.bronze, load_all(), self.settings, self.work_dir)

    def silver(self, catalog: Catalog | None = None, bronze: Bronze | None = None) -> SilverResult:
        self._runs += 1
        engine = self.engine(catalog)
        try:
            return silver.run(
                engine,
                bronze or self.bronze,
                Quarantine(self.s3, self.settings),
                self.settings,
                f"run{self._runs}",
                STARTED,
            )
        finally:
            engine.close()

    def gold(self) -> tuple[Derived, ...]:
        engine = self.engine()
        return tuple(engine.derive(table) for table in gold.DERIVED)

    def rows(self, table: str) -> list[dict[str, Any]]:
        found = self.catalog.load_table((self.settings.database, table)).scan().to_arrow().to_pylist()
        return sorted(found, key=lambda row: [str(value) for value in row.values()])

    def ids(self) -> list[str]:
        return [row["event_id"] for row in self.rows("silver_order_events")]

    def versions(self) -> dict[str, str]:
        """Where every table's metadata lies: a commit of any kind changes it."""
        return {
            table: self.catalog.load_table((self.settings.database, table)).metadata_location
            for table in ("silver_order_events", *silver.DERIVED, *gold.DERIVED)
        }

    def content(self) -> dict[str, list[dict[str, Any]]]:
        return {table: self.rows(table) for table in self.versions()}


class InterruptedCatalog:
    """A catalogue that does something, once, just before the first commit of rows to a table."""

    def __init__(self, catalog: Catalog, table: str, interruption: Callable[[], object]) -> None:
        self._catalog = catalog
        self._table = table
        self._interruption: Callable[[], object] | None = interruption

    @property
    def has_interrupted(self) -> bool:
        return self._interruption is None

    def load_table(self, identifier: Any) -> Any:
        table = self._catalog.load_table(identifier)
        table.catalog = self  # type: ignore[assignment]
        return table

    def create_table(self, identifier: Any, **definition: Any) -> Any:
        self._catalog.create_table(identifier, **definition)
        return self.load_table(identifier)

    def commit_table(self, table: Any, requirements: Any, updates: Any) -> Any:
        if table.name()[-1] == self._table and self._interruption is not None:
            interruption, self._interruption = self._interruption, None
            interruption()
        return self._catalog.commit_table(table, requirements, updates)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


def environment(aws: Aws) -> Iterator[tuple[str, str]]:
    yield "AWS_ENDPOINT_URL", aws.endpoint_url
    yield "AWS_ACCESS_KEY_ID", "testing"
    yield "AWS_SECRET_ACCESS_KEY", "testing"
