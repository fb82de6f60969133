"""Iceberg commits over the embedded Glue catalogue: what was acknowledged is in the table."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException

from tests.integration.local.aws_harness import REGION, Aws, running_aws

SCHEMA = pa.schema([("writer", pa.int64()), ("step", pa.int64())])


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    with running_aws(tmp_path) as running:
        yield running


def catalog(aws: Aws) -> GlueCatalog:
    properties: dict[str, Any] = {
        "glue.endpoint": aws.endpoint_url,
        "glue.region": REGION,
        "glue.access-key-id": "testing",
        "glue.secret-access-key": "testing",
        "s3.endpoint": aws.endpoint_url,
        "s3.region": REGION,
        "s3.access-key-id": "testing",
        "s3.secret-access-key": "testing",
    }
    return GlueCatalog("glue", **properties)


def test_every_acknowledged_append_of_eight_writers_is_in_the_table(aws: Aws) -> None:
    tables = catalog(aws)
    tables.create_namespace("db")
    tables.create_table("db.t", SCHEMA, location="s3://lake/t")
    acknowledged: list[tuple[int, int]] = []

    def write(writer: int) -> None:
        own = catalog(aws)
        for step in range(3):
            try:
                own.load_table("db.t").append(pa.table([[writer], [step]], schema=SCHEMA))
            except CommitFailedException:
                continue
            acknowledged.append((writer, step))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    rows = tables.load_table("db.t").scan().to_arrow().to_pylist()
    assert sorted((row["writer"], row["step"]) for row in rows) == sorted(acknowledged)
    assert acknowledged


def test_an_update_of_an_older_version_is_refused_and_changes_nothing(aws: Aws) -> None:
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "Parameters": {"n": "1"}})
    glue.update_table(DatabaseName="db", TableInput={"Name": "t", "Parameters": {"n": "2"}}, VersionId="1")
    with pytest.raises(ClientError, match="ConcurrentModificationException"):
        glue.update_table(
            DatabaseName="db", TableInput={"Name": "t", "Parameters": {"n": "3"}}, VersionId="1"
        )
    table = glue.get_table(DatabaseName="db", Name="t")["Table"]
    assert (table["VersionId"], table["Parameters"]) == ("2", {"n": "2"})


@pytest.mark.parametrize(("skip_archive", "kept"), [(False, ["1", "2"]), (True, ["2"])])
def test_a_replaced_version_is_kept_unless_the_archive_is_skipped(
    aws: Aws, skip_archive: bool, kept: list[str]
) -> None:
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t"})
    glue.update_table(DatabaseName="db", TableInput={"Name": "t"}, SkipArchive=skip_archive)
    versions = glue.get_table_versions(DatabaseName="db", TableName="t")["TableVersions"]
    assert sorted(version["VersionId"] for version in versions) == kept
