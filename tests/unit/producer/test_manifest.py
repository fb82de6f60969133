from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from producer.errors import ManifestUnreadable
from producer.manifest import RunManifest, load_manifests, manifest_key, new_producer_id, start_run
from tests.unit.producer.fakes import FakeStore

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def manifest(**changes: Any) -> RunManifest:
    run = start_run(producer_id="run-1", command="replay", stream_name="orders", started_at=NOW)
    return RunManifest.model_validate(run.model_dump() | changes)


def stored(key: str, body: bytes) -> FakeStore:
    store = FakeStore()
    store.put(key, body)
    return store


def test_a_producer_id_can_be_read_and_differs_every_time() -> None:
    first, second = (new_producer_id("replay", NOW) for _ in range(2))
    assert first.startswith("replay-20261123T030000Z-")
    assert first != second


def test_a_stored_manifest_is_read_as_it_was() -> None:
    original = manifest(announced=9, acknowledged=[(1, 3), (5, 9)], closed_at=NOW)
    store = stored(manifest_key("run-1"), original.model_dump_json().encode())
    assert list(load_manifests(store)) == [original]
    assert original.acknowledged_count == 8


@pytest.mark.parametrize("ranges", [[(3, 1)], [(1, 2), (3, 4)], [(5, 6), (1, 2)], [(1, 11)], [(0, 1)]])
def test_ranges_that_cannot_be_true_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValidationError):
        manifest(announced=10, acknowledged=ranges)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\xff", manifest().model_dump_json().replace('n":1', 'n":2', 1).encode()],
)
def test_an_object_that_is_no_manifest_is_named(body: bytes) -> None:
    key = manifest_key("run-1")
    with pytest.raises(ManifestUnreadable, match=key):
        list(load_manifests(stored(key, body)))


def test_a_manifest_under_another_run_s_key_is_refused() -> None:
    store = stored(manifest_key("run-2"), manifest().model_dump_json().encode())
    with pytest.raises(ManifestUnreadable, match="run-1"):
        list(load_manifests(store))
