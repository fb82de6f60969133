"""Dropping a file, and waiting for what becomes of it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderlake import landing
from orderlake.errors import OrderlakeError, WrongUse
from orderlake.landing import drop, wait_for_report
from stream_processors.file_ingest.landed import Outcome


class FakeS3:
    """Takes objects, and gives what lies ready."""

    def __init__(self) -> None:
        self.put: list[dict[str, Any]] = []
        self.objects: dict[str, bytes] = {}

    def put_object(self, *, Body: Any, **named: Any) -> dict[str, str]:  # noqa: N803
        self.put.append({**named, "Body": Body.read()})
        return {"VersionId": "v1"}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": SimpleNamespace(read=lambda: self.objects[Key])}


@pytest.fixture
def s3() -> FakeS3:
    return FakeS3()


@pytest.fixture
def aws(s3: FakeS3) -> Any:
    return SimpleNamespace(
        session=SimpleNamespace(client=lambda _service: s3),
        stack=SimpleNamespace(landing_prefix="landing/", lake_bucket="lake"),
        environment="dev",
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    file.write_text("orders")
    return file


def report(version: str) -> bytes:
    return json.dumps(
        {
            "name": "landing/orders.csv",
            "version_id": version,
            "producer_id": "land-1",
            "outcome": "failed",
            "problem": {"code": "broken", "message": "after line 3: the data ends too early"},
            "format": "csv",
            "size": 6,
            "sha256": "00",
            "lines": 3,
            "events": 2,
            "accepted": 1,
            "rejected": {"bad_price": 1},
            "ended_at": "2026-11-23T03:00:00Z",
        }
    ).encode()


def test_a_file_is_put_under_the_prefix_with_what_is_said_of_it(aws: Any, s3: FakeS3, file: Path) -> None:
    dropped = drop(aws, file, "partner/orders.csv", {"currency": "EUR"})

    assert s3.put == [
        {
            "Bucket": "lake",
            "Key": "landing/partner/orders.csv",
            "Metadata": {"currency": "EUR"},
            "Body": b"orders",
        }
    ]
    assert dropped.landed.version_id == "v1"


@pytest.mark.parametrize("name", ["done/a.csv", "failed/a.csv", "folder/", "/a.csv"])
def test_a_name_at_which_nothing_is_taken_in_is_refused(aws: Any, s3: FakeS3, file: Path, name: str) -> None:
    with pytest.raises(WrongUse, match="--as"):
        drop(aws, file, name, {})
    assert s3.put == []


def test_what_cannot_be_landed_is_said_before_it_is_sent(
    aws: Any, s3: FakeS3, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(WrongUse, match="no such file"):
        drop(aws, file.parent / "other.csv", "a.csv", {})
    with pytest.raises(WrongUse, match="--timezone is no IANA time zone"):
        drop(aws, file, "a.csv", {"timezone": "Mars"})
    monkeypatch.setattr(landing, "MAX_OBJECT_BYTES", 5)
    with pytest.raises(WrongUse, match="cut it"):
        drop(aws, file, "a.csv", {})
    assert s3.put == []


def test_the_report_on_this_version_is_waited_for(aws: Any, s3: FakeS3, file: Path) -> None:
    dropped = drop(aws, file, "orders.csv", {})
    s3.objects["landing/done/orders.csv.report.json"] = report("v0")  # of an earlier file of that name
    told: list[int] = []

    def meanwhile(acknowledged: int) -> None:
        told.append(acknowledged)
        s3.objects["landing/failed/orders.csv.report.json"] = report("v1")

    found = wait_for_report(aws, dropped, 30, meanwhile)

    assert told == [0]
    assert (found.version_id, found.outcome) == ("v1", Outcome.FAILED)
    assert found.problem is not None
    assert found.problem.code == "broken"


def test_without_a_report_in_time_it_says_where_to_look(aws: Any, file: Path) -> None:
    dropped = drop(aws, file, "orders.csv", {})
    with pytest.raises(OrderlakeError, match=r"orderlake-dev-file-ingest.*landing/done/orders\.csv"):
        wait_for_report(aws, dropped, 0, lambda _: None)
