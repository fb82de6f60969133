"""The ticker."""

import logging

import pytest

from infra.local.ticker import Ticker


class Counting:
    def __init__(self) -> None:
        self.ticks = 0

    def tick(self) -> None:
        self.ticks += 1

    def drain(self) -> None:
        return

    def close(self) -> None:
        return


class Failing(Counting):
    def tick(self) -> None:
        super().tick()
        raise RuntimeError("broken")


def test_an_engine_that_fails_is_reported_once_and_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing, counting = Failing(), Counting()
    ticker = Ticker({"failing": failing, "counting": counting})
    with caplog.at_level(logging.ERROR):
        ticker.tick()
        ticker.tick()
    assert (failing.ticks, counting.ticks) == (2, 2)
    assert [record.getMessage() for record in caplog.records] == [
        "The failing engine of the embedded AWS failed; it goes on"
    ]
    assert caplog.records[0].exc_info is not None
