from pathlib import Path

import pytest

from orderlake.errors import OrderlakeError
from orderlake.shop_picture import draw, four_weeks
from producer.simulator.description import describe


def test_the_shop_of_any_seed_is_described_to_the_end_of_its_four_weeks() -> None:
    drafts = list(four_weeks(3))
    told = describe(drafts)
    assert (drafts[0].occurred_at[:10], drafts[-1].occurred_at[:13]) == ("2026-11-02", "2026-11-29T23")
    assert len(told.sold_out_by_day) == 28
    assert told.events == len(drafts) == pytest.approx(60_000, rel=0.1)
    assert sum(map(sum, told.orders_by_hour)) == sum(told.basket_sizes.values()) == told.orders
    assert max(told.sold_out_by_day.values()) > 0


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    draw(7, tmp_path / "shop.png")
    assert (tmp_path / "shop.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OrderlakeError, match=r"shop\.picture"):
        draw(7, tmp_path / "shop.picture")
