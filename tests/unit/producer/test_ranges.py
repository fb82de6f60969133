from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.ranges import RangeSet

numbers = st.integers(1, 60)


@given(st.lists(st.tuples(st.sampled_from(["add", "remove"]), numbers, st.integers(0, 9))))
def test_a_range_set_behaves_as_a_set_of_numbers(steps: list[tuple[str, int, int]]) -> None:
    ranges, expected = RangeSet(), set[int]()
    for action, first, length in steps:
        if action == "remove":
            ranges.remove(first)
            expected.discard(first)
        else:
            ranges.add_range(first, first + length)
            expected |= set(range(first, first + length + 1))
    listed = list(ranges)
    assert {n for a, b in listed for n in range(a, b + 1)} == expected
    assert ranges.count() == len(expected)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(listed))
    assert all((n in ranges) == (n in expected) for n in range(1, 75))


@given(st.permutations(list(range(1, 40))))
def test_numbers_added_in_any_order_become_one_range(order: list[int]) -> None:
    ranges = RangeSet()
    for number in order:
        ranges.add(number)
    assert list(ranges) == [(1, 39)]


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="backwards"):
        RangeSet([(2, 1)])
