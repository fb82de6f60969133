"""Break-evens lie where two bills are equal, and the picture is drawn."""

from decimal import Decimal
from pathlib import Path

import pytest

from orderlake.commands.cost import settings_of
from orderlake.cost.assumptions import assumptions
from orderlake.cost.curve import Pricing, break_evens, curve, dominants
from orderlake.cost.plot import draw, human
from orderlake.cost.prices import price_list
from orderlake.cost.terraform_settings import read_settings


@pytest.fixture(scope="module")
def pricing() -> Pricing:
    direct = settings_of("direct", None)
    return Pricing(read_settings(), direct, assumptions(), price_list(), Decimal(500), Decimal(24))


def test_the_direct_way_and_the_stream_cost_the_same_at_their_break_even(pricing: Pricing) -> None:
    (found,) = [entry for entry in break_evens(pricing) if entry.what.startswith("direct or provisioned")]

    assert found.records_per_day is not None
    direct = pricing.bill(found.records_per_day, "direct").total
    stream = pricing.bill(found.records_per_day, "provisioned stream").total
    assert direct == pytest.approx(stream, rel=Decimal("0.01"))


def test_the_shard_dominates_small_volumes_and_not_large_ones(pricing: Pricing) -> None:
    found = dominants(curve(pricing), "provisioned stream")

    assert found[0][1] == "shard"
    assert found[-1][1] != "shard"


def test_jobs_move_to_larger_engines_as_volume_grows(pricing: Pricing) -> None:
    engines = [point.engine for point in curve(pricing)]

    assert list(dict.fromkeys(engines)) == ["shell 1/16 DPU", "shell 1 DPU", "Spark"]


def test_the_picture_is_a_png(pricing: Pricing, tmp_path: Path) -> None:
    file = tmp_path / "cost.png"

    draw(curve(pricing), break_evens(pricing), file, "caption")

    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("number", "words"),
    [(900, "900"), (30_000, "30 thousand"), (1_400_000, "1.4 million"), (10**9, "1 billion")],
)
def test_volumes_are_said_in_words(number: int, words: str) -> None:
    assert human(Decimal(number)) == words
