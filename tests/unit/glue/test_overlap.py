"""Work that overlaps with the making of the next thing."""

import threading
from collections.abc import Iterator

import pytest

from glue.overlap import overlapped


def test_results_come_in_order() -> None:
    assert list(overlapped(str, range(5))) == ["0", "1", "2", "3", "4"]
    assert list(overlapped(str, [])) == []


def test_a_thing_is_worked_on_while_the_next_is_made() -> None:
    next_is_being_made = threading.Event()

    def things() -> Iterator[int]:
        yield 1
        next_is_being_made.set()
        yield 2

    assert list(overlapped(lambda _: next_is_being_made.wait(5), things())) == [True, True]


def test_no_more_than_one_thing_waits() -> None:
    made: list[int] = []
    done: list[int] = []

    def things() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            assert len(made) - len(done) <= 2
            yield number

    list(overlapped(done.append, things()))
    assert done == made


def test_what_fails_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        list(overlapped(lambda number: 1 // number, [1, 0, 1]))
