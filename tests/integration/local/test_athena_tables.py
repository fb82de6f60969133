"""Tables as Athena reads them on the embedded AWS: partitions, JSON, Iceberg, views."""

import gzip
import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.typedef import Record
from pyiceberg.types import StringType

from infra.local.clock import ManualClock
from tests.integration.local.athena_client import ask
from tests.integration.local.aws_harness import Aws, running_aws
from tests.integration.local.test_glue_commits import catalog

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
BRONZE = "bronze/events/arrival_hour="


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    with running_aws(tmp_path, clock=ManualClock(NOW)) as running:
        running.client("glue").create_database(DatabaseInput={"Name": "db"})
        yield running


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def make_table(
    aws: Aws,
    name: str,
    columns: dict[str, str],
    location: str,
    *,
    serde: str = PARQUET,
    serde_parameters: dict[str, str] | None = None,
    parameters: dict[str, str] | None = None,
    keys: tuple[str, ...] = (),
) -> None:
    aws.client("glue").create_table(
        DatabaseName="db",
        TableInput={
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters or {},
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
                "Location": location,
                "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters or {}},
            },
        },
    )


@pytest.fixture
def bronze(aws: Aws) -> Aws:
    make_table(
        aws,
        "events",
        {"id": "bigint", "payload": "string"},
        "s3://lake/bronze/events/",
        keys=("arrival_hour",),
        parameters={
            "projection.enabled": "true",
            "projection.arrival_hour.type": "date",
            "projection.arrival_hour.format": "yyyy-MM-dd-HH",
            "projection.arrival_hour.range": "2026-11-23-06,NOW",
            "projection.arrival_hour.interval": "1",
            "projection.arrival_hour.interval.unit": "HOURS",
            "storage.location.template": "s3://lake/bronze/events/arrival_hour=${arrival_hour}/",
        },
    )
    for hour in range(5, 11):
        aws.objects.put(
            "lake", f"{BRONZE}2026-11-23-{hour:02d}/part", parquet(id=[hour], payload=['{"a":1}'])
        )
    aws.objects.put("lake", f"{BRONZE}2026-11-23-07/_temporary/part", b"not parquet")
    aws.objects.put("lake", f"{BRONZE}2026-11-23-07/.hidden", b"not parquet")
    aws.objects.read.clear()
    return aws


def test_a_projected_table_has_the_partitions_of_its_range_up_to_now(bronze: Aws) -> None:
    answer = ask(bronze, "SELECT arrival_hour, id FROM events ORDER BY id")
    assert answer.rows == [(f"2026-11-23-{hour:02d}", str(hour)) for hour in range(6, 10)]


@pytest.mark.parametrize(
    ("predicate", "hours"),
    [
        ("arrival_hour = '2026-11-23-07'", [7]),
        ("arrival_hour >= '2026-11-23-08'", [8, 9]),
        ("arrival_hour BETWEEN '2026-11-23-07' AND '2026-11-23-08' AND id > 0", [7, 8]),
        ("arrival_hour IN ('2026-11-23-06', '2026-11-23-09')", [6, 9]),
        ("arrival_hour LIKE '2026-11-23-09%'", [9]),
        ("arrival_hour >= date_format(current_timestamp - INTERVAL '1' HOUR, '%Y-%m-%d-%H')", [8, 9]),
    ],
)
def test_a_predicate_on_the_partition_column_reads_those_objects_only(
    bronze: Aws, predicate: str, hours: list[int]
) -> None:
    answer = ask(bronze, f"SELECT id FROM events WHERE {predicate} ORDER BY id")
    assert answer.rows == [(str(hour),) for hour in hours]
    assert sorted(set(bronze.objects.read)) == [f"{BRONZE}2026-11-23-{hour:02d}/part" for hour in hours]


def test_a_predicate_prunes_through_a_view(bronze: Aws) -> None:
    view = "CREATE VIEW live AS SELECT json_extract_scalar(payload, '$.a') AS a, arrival_hour FROM events"
    assert ask(bronze, view).state == "SUCCEEDED"
    bronze.objects.read.clear()
    assert ask(bronze, "SELECT a FROM live WHERE arrival_hour = '2026-11-23-08'").rows == [("1",)]
    assert set(bronze.objects.read) == {f"{BRONZE}2026-11-23-08/part"}


def test_columns_that_are_not_asked_for_are_not_scanned(aws: Aws) -> None:
    many = 50_000
    make_table(aws, "wide", {"id": "bigint", "text": "string"}, "s3://lake/wide/")
    body = parquet(id=list(range(many)), text=[f"text number {number}" for number in range(many)])
    aws.objects.put("lake", "wide/part", body)
    narrow = ask(aws, "SELECT sum(id) FROM wide")
    everything = ask(aws, "SELECT sum(id), max(text) FROM wide")
    assert narrow.rows == [(str(sum(range(many))),)]
    assert narrow.scanned < everything.scanned <= len(body)


def test_registered_partitions_are_read_where_they_lie(aws: Aws) -> None:
    make_table(aws, "old", {"id": "bigint"}, "s3://lake/old/", keys=("day",))
    for day in ("a", "b"):
        aws.objects.put("lake", f"elsewhere/{day}/part", parquet(id=[1]))
        aws.client("glue").create_partition(
            DatabaseName="db",
            TableName="old",
            PartitionInput={"Values": [day], "StorageDescriptor": {"Location": f"s3://lake/elsewhere/{day}"}},
        )
    aws.objects.read.clear()
    assert ask(aws, "SELECT day, id FROM old WHERE day = 'b'").rows == [("b", "1")]
    assert aws.objects.read == ["elsewhere/b/part"]


def test_json_lines_are_read_leniently_and_compressed(aws: Aws) -> None:
    make_table(
        aws, "rejected", {"reason": "string", "size": "bigint", "rules": "array<string>"}, "s3://lake/q/",
        serde=OPENX,
    )  # fmt: skip
    lines = [
        {"reason": "not_json", "size": 3, "rules": ["a", "b"], "more": 1},
        {"Reason": {"nested": 1}, "size": "x"},
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    aws.objects.put("lake", "q/one.gz", gzip.compress(body))
    answer = ask(aws, "SELECT reason, size, rules FROM rejected ORDER BY size")
    assert answer.rows == [("not_json", "3", "[a, b]"), ('{"nested":1}', None, None)]
    assert answer.scanned == len(gzip.compress(body))


def test_a_malformed_json_line_fails_the_query_unless_the_table_skips_it(aws: Aws) -> None:
    make_table(aws, "strict", {"a": "string"}, "s3://lake/j/", serde=OPENX)
    make_table(
        aws, "lenient", {"a": "string"}, "s3://lake/j/",
        serde=OPENX, serde_parameters={"ignore.malformed.json": "true"},
    )  # fmt: skip
    aws.objects.put("lake", "j/one", b'{"a":"x"}\n{broken\n')
    assert "Row is not a valid JSON Object" in ask(aws, "SELECT a FROM strict").reason
    assert ask(aws, "SELECT a FROM lenient ORDER BY a").rows == [("x",), (None,)]


def test_a_table_of_another_format_is_refused(aws: Aws) -> None:
    make_table(
        aws, "text", {"a": "string"}, "s3://lake/t/", serde="org.apache.hadoop.hive.serde2.OpenCSVSerde"
    )
    assert ask(aws, "SELECT a FROM text").reason.startswith("NOT_SUPPORTED: The SerDe")


# Iceberg

_STOCK: dict[str, pa.DataType] = {"sku": pa.string(), "on_hand": pa.int64()}
STOCK = pa.schema(_STOCK)


@pytest.fixture
def stock(aws: Aws) -> Table:
    table = catalog(aws).create_table("db.stock", STOCK, location="s3://lake/stock")
    table.append(pa.table([["a", "b", "c"], [1, 2, 3]], schema=STOCK))
    table.append(pa.table([["y", "z"], [8, 9]], schema=STOCK))
    return table


class _DeletesWriter(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES


def delete_positions(aws: Aws, table: Table, file_path: str, positions: list[int]) -> None:
    """What a merge-on-read engine commits: a delete file beside the data files it speaks of."""
    body = parquet(file_path=[file_path] * len(positions), pos=positions)
    place = f"{table.location()}/data/deletes-{uuid.uuid4()}.parquet"
    aws.objects.put("lake", place.removeprefix("s3://lake/"), body)
    old = table.current_snapshot()
    assert old is not None
    snapshot_id, sequence_number = old.snapshot_id + 1, old.sequence_number + 1  # type: ignore[operator]
    deletes = DataFile.from_args(
        content=DataFileContent.POSITION_DELETES,
        file_path=place,
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=len(positions),
        file_size_in_bytes=len(body),
        column_sizes={},
        value_counts={},
        null_value_counts={},
        nan_value_counts={},
        lower_bounds={},
        upper_bounds={},
    )
    manifest_path = f"{table.location()}/metadata/deletes-{uuid.uuid4()}.avro"
    writer = _DeletesWriter(
        table.spec(), table.schema(), table.io.new_output(manifest_path), snapshot_id, "deflate"
    )
    with writer:
        writer.add_entry(
            ManifestEntry.from_args(
                status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, data_file=deletes
            )
        )
    list_path = f"{table.location()}/metadata/snap-{uuid.uuid4()}.avro"
    with write_manifest_list(
        2, table.io.new_output(list_path), snapshot_id, old.snapshot_id, sequence_number, "deflate"
    ) as manifests:
        manifests.add_manifests([*old.manifests(table.io), writer.to_manifest_file()])
    snapshot = Snapshot(
        snapshot_id=snapshot_id,
        parent_snapshot_id=old.snapshot_id,
        sequence_number=sequence_number,
        timestamp_ms=old.timestamp_ms + 1,
        manifest_list=list_path,
        summary=Summary(Operation.DELETE),
        schema_id=table.metadata.current_schema_id,
    )
    metadata = json.loads(table.metadata.model_dump_json())
    metadata["snapshots"].append(json.loads(snapshot.model_dump_json()))
    metadata["current-snapshot-id"] = snapshot_id
    metadata["last-sequence-number"] = sequence_number
    metadata["refs"]["main"]["snapshot-id"] = snapshot_id
    key = f"stock/metadata/{uuid.uuid4()}.metadata.json"
    aws.objects.put("lake", key, json.dumps(metadata).encode())
    glue = aws.client("glue")
    known = glue.get_table(DatabaseName="db", Name="stock")["Table"]
    parameters = {**known["Parameters"], "metadata_location": f"s3://lake/{key}"}
    glue.update_table(
        DatabaseName="db",
        TableInput={
            "Name": "stock",
            "Parameters": parameters,
            "StorageDescriptor": known["StorageDescriptor"],
        },
    )


def test_rows_deleted_by_position_are_gone(aws: Aws, stock: Table) -> None:
    first = next(task.file.file_path for task in stock.scan().plan_files() if task.file.record_count == 3)
    delete_positions(aws, stock, first, [0, 2])
    assert ask(aws, "SELECT sku FROM stock ORDER BY sku").rows == [("b",), ("y",), ("z",)]


def test_a_data_file_whose_statistics_rule_it_out_is_not_read(aws: Aws, stock: Table) -> None:
    files = {task.file.record_count: task.file.file_path for task in stock.scan().plan_files()}
    aws.objects.read.clear()
    assert ask(aws, "SELECT sku FROM stock WHERE on_hand > 8").rows == [("z",)]
    read = {key for key in aws.objects.read if key.endswith(".parquet")}
    assert read == {files[2].removeprefix("s3://lake/")}


def test_a_renamed_column_is_read_from_old_files_too(aws: Aws, stock: Table) -> None:
    with stock.update_schema() as change:
        change.rename_column("on_hand", "quantity")
        change.add_column("note", StringType())
    answer = ask(aws, "SELECT sku, quantity, note FROM stock WHERE quantity >= 8 ORDER BY sku")
    assert answer.rows == [("y", "8", None), ("z", "9", None)]


def test_an_older_version_can_be_asked_for(aws: Aws, stock: Table) -> None:
    first = stock.history()[0]
    by_version = ask(aws, f"SELECT count(*) FROM stock FOR VERSION AS OF {first.snapshot_id}")
    assert by_version.rows == [("3",)]
    moment = datetime.fromtimestamp(first.timestamp_ms / 1000, UTC).isoformat(
        sep=" ", timespec="milliseconds"
    )
    stamp = moment.replace("+00:00", " UTC")
    by_time = ask(aws, f"SELECT count(*) FROM stock FOR TIMESTAMP AS OF TIMESTAMP '{stamp}'")
    assert by_time.rows == [("3",)]


def test_metadata_tables_tell_snapshots_and_files(aws: Aws, stock: Table) -> None:
    assert ask(aws, 'SELECT count(*) FROM "stock$files"').rows == [("2",)]
    snapshots = ask(aws, 'SELECT snapshot_id, operation FROM "db"."stock$snapshots" ORDER BY committed_at')
    assert [row[1] for row in snapshots.rows] == ["append", "append"]


def test_dropping_an_iceberg_table_removes_its_objects(aws: Aws, stock: Table) -> None:
    assert ask(aws, "DROP TABLE stock").state == "SUCCEEDED"
    assert list(aws.objects.list("lake", "stock/")) == []
    assert ask(aws, "SHOW TABLES").rows == []


# Views


def test_a_view_is_stored_as_athena_stores_it_and_can_be_replaced(aws: Aws, stock: Table) -> None:
    ask(aws, "CREATE VIEW much AS SELECT sku, sum(on_hand) AS total FROM stock GROUP BY sku")
    stored = aws.client("glue").get_table(DatabaseName="db", Name="much")["Table"]
    assert stored["TableType"] == "VIRTUAL_VIEW"
    assert stored["ViewOriginalText"].startswith("/* Presto View: ")
    assert ask(aws, "CREATE VIEW much AS SELECT 1 AS one").reason.startswith("ALREADY_EXISTS")
    ask(aws, "CREATE OR REPLACE VIEW much AS SELECT sku FROM stock WHERE on_hand > 8")
    assert ask(aws, "SELECT m.* FROM much m").rows == [("z",)]
    assert ask(aws, "SHOW COLUMNS IN much").rows == [("sku",)]


def test_a_view_of_a_view_is_looked_up_in_its_own_database(aws: Aws, stock: Table) -> None:
    ask(aws, "CREATE VIEW inner_view AS SELECT sku FROM stock")
    ask(aws, "CREATE VIEW outer_view AS SELECT upper(sku) AS sku FROM inner_view")
    ask(aws, "CREATE DATABASE other")
    answer = ask(aws, "SELECT max(sku) FROM db.outer_view", database="other")
    assert answer.rows == [("Z",)]


def test_a_statement_with_if_exists_does_not_mind_absence(aws: Aws) -> None:
    assert ask(aws, "DROP VIEW IF EXISTS none").state == "SUCCEEDED"
    assert ask(aws, "DROP VIEW none").reason.startswith("TABLE_NOT_FOUND")


def test_information_schema_lists_tables_and_their_columns(aws: Aws, stock: Table) -> None:
    answer = ask(
        aws,
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'db' AND table_name = 'stock' ORDER BY ordinal_position",
    )
    assert answer.rows == [("sku", "varchar"), ("on_hand", "bigint")]
