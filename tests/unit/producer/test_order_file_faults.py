"""Lines that cannot be read, and files that cannot."""

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import zstandard

from producer.draft import EventDraft
from producer.errors import (
    CatalogueUnreadable,
    OrderFileBroken,
    OrderFileEmpty,
    OrderFileError,
    OrderFileForbidden,
    OrderFileIsDirectory,
    OrderFileMissing,
    OrderFileUnreadable,
    WrongHeader,
)
from producer.order_files import OrderFileSettings, read_catalogue, read_order_file
from tests.unit.producer.test_order_files import HEADER, events, line, payloads, read


def until_error(path: Path) -> tuple[list[EventDraft], OrderFileError]:
    drafts: list[EventDraft] = []

    def collect(source: Iterator[EventDraft]) -> None:
        for draft in source:
            drafts.append(draft)  # noqa: PERF402 - what came before the error counts

    with pytest.raises(OrderFileError) as caught:
        collect(read_order_file(path))
    return drafts, caught.value


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("1,2,3\n", "wrong_field_count"),
        (line(""), "empty_invoice"),
        (line("1", " "), "empty_sku"),
        (line("1", country=""), "empty_country"),
        (line("1", quantity="six"), "bad_quantity"),
        (line("1", quantity="1.5"), "bad_quantity"),
        (line("1", quantity=str(2**31)), "bad_quantity"),
        (line("1", quantity=""), "bad_quantity"),
        (line("1", price="1e3"), "bad_price"),
        (line("1", price="NaN"), "bad_price"),
        (line("1", price="1.23456"), "bad_price"),
        (line("1", price='"1,5"'), "bad_price"),
        (line("1", time="yesterday"), "bad_time"),
        (line("1", time="2010-02-30 08:00"), "bad_time"),
        (line("1", time="13/1/2010 8:26"), "bad_time"),
        (line("1", time="1899-01-01 08:00"), "bad_time"),
        (line("x" * 257), "value_too_long"),
        (line("1", description="x" * 4097), "value_too_long"),
        (line("1", description="x" * 200_000), "value_too_long"),
        ('1,"2,3\n', "unclosed_quote"),
    ],
)
def test_a_line_that_is_no_event_travels_with_its_reason(tmp_path: Path, bad: str, reason: str) -> None:
    drafts = read(tmp_path, line("9"), bad, line("9", "B"), line("8"))
    rejected = [p for p in payloads(drafts) if "reason" in p]
    assert [(p["reason"], p["line_number"]) for p in rejected] == [(reason, 3)]
    assert rejected[0]["raw_line"] == bad.rstrip("\n")[:65_536]
    assert [len(p["lines"]) for p in payloads(drafts) if "lines" in p] == [2, 1]
    events(drafts)


def test_bytes_that_are_no_utf8_are_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + line("1", description="VOUCHER £20")).encode("cp1252"))
    (draft,) = read_order_file(path)
    assert payloads([draft])[0]["reason"] == "not_utf8"
    assert "VOUCHER \\xa320" in payloads([draft])[0]["raw_line"]


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + line("1", description="VOUCHER £20")).encode("cp1252"))
    (draft,) = read_order_file(path, OrderFileSettings(encoding="cp1252"))
    assert payloads([draft])[0]["lines"][0]["description"] == "VOUCHER £20"


def test_a_quote_nobody_closes_costs_one_line_only(tmp_path: Path) -> None:
    lines = [line(str(n)) for n in range(200)]
    drafts = read(tmp_path, line("bad", description='"LANTERN'), *lines)
    assert [draft.event_type for draft in drafts] == ["source_line_rejected"] + ["order_placed"] * 200


def test_a_quote_nobody_closes_near_the_end_costs_one_line_only(tmp_path: Path) -> None:
    drafts = read(tmp_path, line("bad", country='"UK'), line("1"), line("2"))
    assert [draft.event_type for draft in drafts] == ["source_line_rejected", "order_placed", "order_placed"]


def test_a_rejected_line_keeps_its_place_in_its_invoice(tmp_path: Path) -> None:
    drafts = read(tmp_path, line("1"), line("1", price="x"), line("1"))
    (order,) = [p for p in payloads(drafts) if "lines" in p]
    assert [entry["line_number"] for entry in order["lines"]] == [1, 3]


def test_a_rejected_line_has_the_time_it_tells_else_that_of_the_line_before(tmp_path: Path) -> None:
    drafts = read(
        tmp_path,
        "stray\n",
        line("1", price="x", time="2011-01-05 10:00:00"),
        "stray\n",
        line("2"),
        line("3", time="never"),
    )
    rejected = [draft for draft in drafts if draft.event_type == "source_line_rejected"]
    assert [draft.occurred_at[:10] for draft in rejected] == [
        "1970-01-01",
        "2011-01-05",
        "2011-01-05",
        "2010-12-01",
    ]


def test_rejected_lines_keep_their_ids_when_a_file_is_cut_and_differ_from_each_other(tmp_path: Path) -> None:
    first = [line("1"), line("1", price="x"), line("1", price="x"), "stray\n", "stray\n"]
    second = [line("2", price="x"), line("2"), "other stray\n"]

    def ids(*lines: str) -> list[str]:
        return [d.event_id for d in read(tmp_path, *lines) if d.event_type == "source_line_rejected"]

    whole = ids(*first, *second)
    assert len(set(whole)) == 6
    assert ids(*first) + ids(*second) == whole


def test_blank_lines_are_no_lines_of_an_order(tmp_path: Path) -> None:
    assert len(read(tmp_path, line("1"), "\n", "  \r\n", line("2"))) == 2


def packed(folder: Path, kind: str, content: bytes) -> Path:
    # The name says nothing about the content.
    path = folder / "orders.data"
    packers: dict[str, Callable[[bytes], bytes]] = {
        "plain": bytes,
        "gzip": gzip.compress,
        "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    }
    path.write_bytes(packers[kind](content))
    return path


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd"])
def test_the_packing_is_told_by_the_content(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, (HEADER + line("1")).encode())
    assert list(read_order_file(path)) == read(tmp_path, line("1"))


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_files_packed_in_several_pieces_are_read_whole(tmp_path: Path, kind: str) -> None:
    first = packed(tmp_path, kind, (HEADER + line("1")).encode()).read_bytes()
    path = packed(tmp_path, kind, line("2").encode())
    path.write_bytes(first + path.read_bytes())
    assert len(list(read_order_file(path))) == 2


def many_lines() -> bytes:
    # Digits that do not compress well, so that a cut falls where lines were read already.
    noise = Random(1).randbytes(400_000).hex()
    rows = [line(str(n), noise[n * 100 : n * 100 + 100]) for n in range(8_000)]
    return (HEADER + "".join(rows)).encode()


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_file_cut_off_says_how_far_it_got_and_holds_back_what_may_be_incomplete(
    tmp_path: Path, kind: str
) -> None:
    path = packed(tmp_path, kind, many_lines())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    drafts, error = until_error(path)
    assert isinstance(error, OrderFileBroken)
    assert 1_000 < error.lines < 8_000
    assert 0 < error.bytes_read <= path.stat().st_size
    # The header is a line; the last 1,000 orders could still have grown, and the line that told so.
    assert len(drafts) == error.lines - 1 - 1_001


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_damaged_file_is_broken_not_misread(tmp_path: Path, kind: str) -> None:
    path = packed(tmp_path, kind, many_lines())
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = b"\x55" * 64
    path.write_bytes(content)
    _, error = until_error(path)
    assert isinstance(error, OrderFileBroken)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", OrderFileEmpty),
        (HEADER.encode(), OrderFileEmpty),
        (gzip.compress(b"", mtime=0), OrderFileEmpty),
        (b"PK\x03\x04rest", OrderFileUnreadable),
        (b"a,b,c\n1,2,3\n", WrongHeader),
        (HEADER.replace(",", ";").encode(), WrongHeader),
        (HEADER.replace("Country", "InvoiceNo").encode(), WrongHeader),
        (HEADER.replace("\n", ",Price\n").encode(), WrongHeader),
        (HEADER.encode("utf-16"), WrongHeader),
        (b"\x00\x07" * 5_000, WrongHeader),
    ],
)
def test_a_file_that_is_none_of_orders_is_refused_before_anything_is_sent(
    tmp_path: Path, content: bytes, expected: type[OrderFileError]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    drafts, error = until_error(path)
    assert (drafts, type(error)) == ([], expected)
    assert str(path) in str(error)
    assert str(error).isprintable()


def test_a_wrong_header_names_what_was_found_and_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("id,name\n1,2\n")
    _, error = until_error(path)
    assert isinstance(error, WrongHeader)
    assert error.found == ("id", "name")
    assert "id, name" in str(error)
    assert "InvoiceNo, StockCode" in str(error)


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    assert isinstance(until_error(tmp_path / "none.csv")[1], OrderFileMissing)
    assert isinstance(until_error(tmp_path)[1], OrderFileIsDirectory)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_forbidden(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER)
    path.chmod(0)
    assert isinstance(until_error(path)[1], OrderFileForbidden)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"sku,category\n,x\n", b"sku,category\nx\n", b"sku,category\n\xff,x\n"]
)
def test_a_catalogue_that_makes_no_sense_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_bytes(content)
    with pytest.raises(CatalogueUnreadable, match="catalogue"):
        read_catalogue(path)


def test_progress_tells_bytes_and_lines(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = packed(tmp_path, "gzip", many_lines())
    for _ in read_order_file(path, on_progress=lambda count, lines: told.append((count, lines))):
        pass
    assert told[-1] == (path.stat().st_size, 8_001)
    assert len(told) > 1
