"""What is there again after a restart."""

import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.errors import DataDirLockedError
from infra.local.server import EmbeddedAws
from tests.integration.local.kinesis_endpoint import client_of, close_clients

pytestmark = pytest.mark.usefixtures("_clients_are_closed")


@pytest.fixture(name="_clients_are_closed")
def fixture_clients_are_closed() -> Iterator[None]:
    yield
    close_clients()


KILLED = """
import os, signal, sys
from pathlib import Path
from infra.local.server import EmbeddedAws
from tests.integration.local.test_persistence import fill
aws = EmbeddedAws(data_dir=Path(sys.argv[1]))
aws.start()
fill(aws)
os.kill(os.getpid(), signal.SIGKILL)
"""


def fill(aws: EmbeddedAws) -> None:
    s3, glue, ssm = (client_of(aws, service) for service in ("s3", "glue", "ssm"))
    s3.create_bucket(Bucket="lake")
    s3.put_object(Bucket="lake", Key="a/ü b", Body=b"first")
    s3.put_object(Bucket="lake", Key="a/ü b", Body=b"second", ContentEncoding="gzip", Metadata={"run": "1"})
    s3.put_object(Bucket="lake", Key="gone", Body=b"x")
    s3.delete_object(Bucket="lake", Key="gone")
    s3.put_object(Bucket="lake", Key="gone too", Body=b"x")
    s3.delete_objects(Bucket="lake", Delete={"Objects": [{"Key": "gone too"}]})
    s3.upload_fileobj(io.BytesIO(b"z" * 9_000_000), "lake", "parts")
    s3.copy_object(Bucket="lake", Key="copy", CopySource={"Bucket": "lake", "Key": "a/ü b"})
    glue.create_database(DatabaseInput={"Name": "db"})
    glue.create_table(DatabaseName="db", TableInput={"Name": "t", "Parameters": {"metadata_location": "1"}})
    glue.update_table(DatabaseName="db", TableInput={"Name": "t", "Parameters": {"metadata_location": "2"}})
    glue.create_table(DatabaseName="db", TableInput={"Name": "dropped"})
    glue.delete_table(DatabaseName="db", Name="dropped")
    glue.create_database(DatabaseInput={"Name": "dropped"})
    glue.delete_database(Name="dropped")
    ssm.put_parameter(Name="/a/b", Value="old", Type="String")
    ssm.put_parameter(Name="/a/b", Value="new", Overwrite=True)
    ssm.put_parameter(Name="/gone", Value="x", Type="String")
    ssm.delete_parameter(Name="/gone")


def seen(aws: EmbeddedAws) -> dict[str, Any]:
    s3, glue, ssm = (client_of(aws, service) for service in ("s3", "glue", "ssm"))
    found = s3.get_object(Bucket="lake", Key="a/ü b")
    objects = s3.list_objects_v2(Bucket="lake")["Contents"]
    return {
        "objects": [(item["Key"], item["Size"], item["ETag"], item["LastModified"]) for item in objects],
        "body": found["Body"].read(),
        "head": (found["ContentEncoding"], found["Metadata"]),
        "copy": s3.get_object(Bucket="lake", Key="copy")["Body"].read(),
        "databases": [database["Name"] for database in glue.get_databases()["DatabaseList"]],
        "tables": [
            (table["Name"], table["Parameters"]) for table in glue.get_tables(DatabaseName="db")["TableList"]
        ],
        "parameters": [
            (item["Name"], item["Value"]) for item in ssm.get_parameters_by_path(Path="/")["Parameters"]
        ]
        + [("/a/b", ssm.get_parameter(Name="/a/b")["Parameter"]["Value"])],
    }


def test_objects_tables_and_parameters_survive_a_restart(tmp_path: Path) -> None:
    with EmbeddedAws(data_dir=tmp_path) as aws:
        fill(aws)
        before = seen(aws)
    with EmbeddedAws(data_dir=tmp_path) as aws:
        assert seen(aws) == before
    assert [key for key, *_ in before["objects"]] == ["a/ü b", "copy", "parts"]
    assert (before["body"], before["head"]) == (b"second", ("gzip", {"run": "1"}))
    assert before["tables"] == [("t", {"metadata_location": "2"})]
    assert ("/a/b", "new") in before["parameters"]


def test_they_survive_a_kill(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with EmbeddedAws(data_dir=tmp_path) as aws:
        found = seen(aws)
    assert [(key, size) for key, size, *_ in found["objects"]] == [
        ("a/ü b", 6),
        ("copy", 6),
        ("parts", 9_000_000),
    ]
    assert (found["body"], found["tables"]) == (b"second", [("t", {"metadata_location": "2"})])


def test_a_body_whose_writer_was_killed_is_swept(tmp_path: Path) -> None:
    with EmbeddedAws(data_dir=tmp_path) as aws:
        client_of(aws, "s3").create_bucket(Bucket="lake")
    orphan = tmp_path / "s3" / "lake" / "0123.body"
    orphan.write_bytes(b"half")
    with EmbeddedAws(data_dir=tmp_path) as aws:
        assert client_of(aws, "s3").list_objects_v2(Bucket="lake")["KeyCount"] == 0
    assert not orphan.exists()


def test_a_deleted_bucket_stays_deleted(tmp_path: Path) -> None:
    with EmbeddedAws(data_dir=tmp_path) as aws:
        client_of(aws, "s3").create_bucket(Bucket="lake")
        client_of(aws, "s3").delete_bucket(Bucket="lake")
    with EmbeddedAws(data_dir=tmp_path) as aws, pytest.raises(ClientError):
        client_of(aws, "s3").list_objects_v2(Bucket="lake")


def test_deleting_the_newest_version_brings_the_one_before_to_disk(tmp_path: Path) -> None:
    with EmbeddedAws(data_dir=tmp_path) as aws:
        s3 = client_of(aws, "s3")
        s3.create_bucket(Bucket="lake")
        s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket="lake", Key="k", Body=b"1")
        newest = s3.put_object(Bucket="lake", Key="k", Body=b"2")["VersionId"]
        s3.delete_object(Bucket="lake", Key="k", VersionId=newest)
    with EmbeddedAws(data_dir=tmp_path) as aws:
        assert client_of(aws, "s3").get_object(Bucket="lake", Key="k")["Body"].read() == b"1"


def test_a_directory_in_use_is_refused_and_nothing_is_left_running(tmp_path: Path) -> None:
    from infra.local.data_dir import DataDir

    holder = DataDir(tmp_path)
    with pytest.raises(DataDirLockedError):
        EmbeddedAws(data_dir=tmp_path).start()
    holder.close()
    with EmbeddedAws(data_dir=tmp_path) as aws:
        assert client_of(aws, "s3").list_buckets()["Buckets"] == []


def test_what_engines_store_in_process_is_kept_too(tmp_path: Path) -> None:
    with EmbeddedAws(data_dir=tmp_path) as aws:
        client_of(aws, "s3").create_bucket(Bucket="lake")
        aws.objects.put("lake", "k", b"body", "text/plain")
    with EmbeddedAws(data_dir=tmp_path) as aws:
        found = client_of(aws, "s3").get_object(Bucket="lake", Key="k")
        assert (found["Body"].read(), found["ContentType"]) == (b"body", "text/plain")
        assert [info.size for info in aws.objects.list("lake")] == [4]
        with pytest.raises(KeyError):
            aws.objects.get("lake", "none")
        with pytest.raises(KeyError):
            aws.objects.list("none")
