"""Little that unpacks to much: memory stays flat, whatever comes."""

import gzip
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import zstandard

from orderlake.erasure.person import Person
from producer.errors import OrderFileUnreadable
from producer.order_files.text import OrderFileText
from stream_processors.contract import Coordinates, RejectedEvent
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.personal_data import PseudonymKey

MIB = 1024 * 1024
BOMB = b"0" * (64 * MIB)
PLACE = Coordinates("s", "shardId-000000000000", "1", 0, 0)


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("name", "pack"), [("bomb.gz", gzip.compress), ("bomb.zst", zstandard.compress)])
def test_an_order_file_of_one_endless_line_takes_no_more_memory(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / name
    file.write_bytes(pack(BOMB))
    lines: list[bool] = []

    def read() -> None:
        text = OrderFileText(file, "utf-8")
        lines.extend(line.is_whole for line in text)
        text.close()

    assert peak(read) < 40 * MIB
    assert lines == [False]


def test_an_archive_is_refused_unopened(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(OrderFileUnreadable, match="zip archive"):
        OrderFileText(file, "utf-8")


@pytest.mark.parametrize(
    "record", [gzip.compress(BOMB), zstandard.compress(BOMB), b"[" * 900_000, b'{"a":' * 150_000]
)
def test_a_record_is_refused_as_it_is(record: bytes) -> None:
    def no_key() -> PseudonymKey:
        raise AssertionError("nobody is named")

    judge = Judge(0, 0, no_key)
    verdicts: list[object] = []

    assert peak(lambda: verdicts.extend(judge.record(record, "k", PLACE))) < 40 * MIB
    assert all(isinstance(verdict, RejectedEvent) for verdict in verdicts)
    assert len(verdicts) == 1


@pytest.mark.parametrize("pack", [partial(gzip.compress, compresslevel=1), zstandard.compress])
@pytest.mark.parametrize("body", [BOMB, b"536365,17850\n" * 3_500_000], ids=["one line", "lines"])
def test_a_search_for_a_person_takes_little_memory(pack: Callable[[bytes], bytes], body: bytes) -> None:
    packed = pack(body) * 2
    assert peak(lambda: Person("15311").is_named_in(packed)) < 80 * MIB


@pytest.mark.parametrize("pack", [partial(gzip.compress, compresslevel=1), zstandard.compress])
@pytest.mark.parametrize("body", [BOMB, b" " * 64 * MIB * 5], ids=["endless line", "endless file"])
def test_a_search_for_a_person_that_did_not_come_to_the_end_says_so(
    pack: Callable[[bytes], bytes], body: bytes
) -> None:
    person = Person("15311")
    assert not person.is_named_in(pack(body + b" 15311 "))
    assert person.doubts == 1
