"""Bytes scanned, counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.athena.errors import QueryCancelled
from infra.local.athena.scan import ScanLog

ranges = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50), st.integers(1, 20)), max_size=30)


@given(ranges)
def test_a_byte_read_twice_counts_once(reads: list[tuple[str, int, int]]) -> None:
    log = ScanLog()
    expected: set[tuple[str, int]] = set()
    for path, start, length in reads:
        log.add(path, start, start + length)
        expected |= {(path, position) for position in range(start, start + length)}
    assert log.total_bytes == len(expected)


def test_the_byte_after_the_cutoff_stops_the_reader() -> None:
    log = ScanLog(cutoff=10)
    log.add("a", 0, 10)
    with pytest.raises(QueryCancelled, match="Bytes scanned limit was exceeded"):
        log.add("a", 10, 11)
    assert log.over_cutoff
