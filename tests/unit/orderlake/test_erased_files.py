"""Files that were dropped: those that name the person go, the others stay."""

import gzip
import json
from collections.abc import Callable

import pytest
import zstandard

from orderlake.erasure.person import Person
from orderlake.erasure.places import landed_file

PERSON = Person("15311")
ROWS = b"InvoiceNo,CustomerID\n" + b"536365,17850\n" * 200_000


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
@pytest.mark.parametrize(
    "named", [b"536366,15311\n", b"536366,15311.0\n", json.dumps({"id": "15311"}).encode()]
)
def test_a_file_that_names_the_person_goes(pack: Callable[[bytes], bytes], named: bytes) -> None:
    assert landed_file(pack(ROWS + named + ROWS), PERSON) is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_a_file_that_does_not_stays(pack: Callable[[bytes], bytes]) -> None:
    body = pack(ROWS + b"536366,115311\n")
    assert landed_file(body, PERSON) is body


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_cut_file_is_searched_as_far_as_it_goes(pack: Callable[[bytes], bytes]) -> None:
    whole = pack(b"536366,15311\n" + ROWS)
    assert landed_file(whole[: len(whole) * 9 // 10], PERSON) is None


def test_what_lies_across_two_chunks_is_found() -> None:
    body = b"x" * (1024 * 1024 - 3) + b" 15311 " + b"x" * 100
    assert landed_file(body, PERSON) is None
