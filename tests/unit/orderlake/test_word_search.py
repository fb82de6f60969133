"""What is searched for is found wherever it lies, and nothing else is."""

import base64
import gzip
import json
from collections.abc import Callable

import pytest
import zstandard

from orderlake.erasure.person import Person

MIB = 1024 * 1024
ROWS = b"InvoiceNo,CustomerID\n" + b"536365,17850\n" * 200_000
PSEUDONYM = "ab" * 32
PACKINGS = [bytes, gzip.compress, zstandard.compress]


def person() -> Person:
    return Person("15311", frozenset({PSEUDONYM}))


@pytest.mark.parametrize("pack", PACKINGS)
@pytest.mark.parametrize(
    "named",
    [
        pytest.param(b"536366,15311\n", id="a cell"),
        pytest.param(b"536366,15311.0\n", id="a number with a fraction"),
        pytest.param(json.dumps({"id": "15311"}).encode(), id="JSON"),
        pytest.param(PSEUDONYM.encode(), id="pseudonym"),
        pytest.param(base64.b64encode(b"536366,15311\n"), id="base64"),
        pytest.param(base64.b64encode(gzip.compress(b"536366,15311\n")), id="base64 of gzip"),
        pytest.param("536366\t15311\n".encode("utf-16-le"), id="UTF-16 little endian"),
        pytest.param("536366\t15311.0\n".encode("utf-16-be"), id="UTF-16 big endian"),
    ],
)
def test_a_person_is_found_in_the_midst_of_others(pack: Callable[[bytes], bytes], named: bytes) -> None:
    assert person().is_named_in(pack(ROWS + named + b"\n" + ROWS))


@pytest.mark.parametrize("pack", PACKINGS)
@pytest.mark.parametrize(
    "other",
    [b"536366,115311\n", b"536366,153110\n", b"x-15311", "115311\t153112".encode("utf-16-le")],
)
def test_nobody_else_is(pack: Callable[[bytes], bytes], other: bytes) -> None:
    searched = person()
    assert not searched.is_named_in(pack(ROWS + other))
    assert searched.doubts == 0


def test_a_person_far_behind_much_else_is_found() -> None:
    much = gzip.compress(b"536365,17850\n" * (40 * MIB // 13), compresslevel=1)
    assert person().is_named_in(much + gzip.compress(b"536366,15311\n"))


def test_what_is_packed_twice_is_unpacked_twice() -> None:
    assert person().is_named_in(gzip.compress(zstandard.compress(b"536366,15311\n")))


@pytest.mark.parametrize("before", range(14))
@pytest.mark.parametrize(
    ("text", "is_theirs"),
    [
        (b" 15311 ", True),
        (b" 153110 ", False),
        (b" 115311 ", False),
        (b" 15311-7 ", False),
        (b' "' + base64.b64encode(b"536366,15311,8") + b'" ', True),
    ],
)
def test_a_cut_between_two_pieces_changes_nothing(before: int, text: bytes, is_theirs: bool) -> None:
    body = gzip.compress(b"." * (MIB - before) + text + b"." * MIB, compresslevel=1)
    assert person().is_named_in(body) == is_theirs


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_cut_file_is_searched_as_far_as_it_goes_and_then_in_doubt(pack: Callable[[bytes], bytes]) -> None:
    theirs, others = (pack(row + ROWS) for row in (b"536366,15311\n", b"536366,17850\n"))
    searched = person()

    assert searched.is_named_in(theirs[: len(theirs) * 9 // 10])
    assert searched.doubts == 0
    assert not searched.is_named_in(others[: len(others) * 9 // 10])
    assert searched.doubts == 1


@pytest.mark.parametrize(
    "unread",
    [
        b"PK\x03\x04",
        b"PAR1",
        b"\xd0\xcf\x11\xe0",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0",
        b"7z\xbc\xaf'\x1c",
        b"%PDF-1.7",
    ],
)
@pytest.mark.parametrize("pack", PACKINGS)
def test_what_nobody_can_read_is_in_doubt(pack: Callable[[bytes], bytes], unread: bytes) -> None:
    searched = person()
    assert not searched.is_named_in(pack(unread + b"\0" * 100))
    assert searched.doubts == 1


@pytest.mark.parametrize("text", [b"\x1f\x8bno gzip at all", b"\x1f\x8b\x08nor this", b"P", b""])
def test_what_only_begins_like_something_packed_is_in_no_doubt(text: bytes) -> None:
    searched = person()
    assert not searched.is_named_in(text)
    assert searched.is_named_in(text + b" 15311")
    assert searched.doubts == 0
