from itertools import islice, pairwise

import pytest

from producer.errors import WrongPlan
from producer.load_shapes import SHAPES, ShapedPace, parse_shape
from tests.unit.producer.events import draft


def within(shape: str, seconds: float, rate: float = 200) -> list[float]:
    pace = ShapedPace(parse_shape(shape, rate), seconds)
    moments = []
    while (moment := pace.due(draft())) is not None:
        moments.append(moment)
    return moments


@pytest.mark.parametrize("shape", ["constant", "sine", "poisson", "burst", "burst:every=6,length=1,factor=3"])
def test_the_rate_is_kept_over_a_minute(shape: str) -> None:
    assert len(within(shape, 60)) == pytest.approx(200 * 60, rel=0.02)


@pytest.mark.parametrize("shape", SHAPES)
def test_moments_begin_at_once_and_never_run_backwards(shape: str) -> None:
    moments = list(islice(parse_shape(shape, 50), 2_000))
    assert moments[0] == 0
    assert all(before <= after for before, after in pairwise(moments))


def test_a_ramp_climbs_in_a_straight_line_and_then_keeps_the_rate() -> None:
    moments = within("ramp:start=0,over=10", 20)
    by_second = [sum(second <= moment < second + 1 for moment in moments) for second in range(20)]
    assert by_second[:10] == pytest.approx([200 * (second + 0.5) / 10 for second in range(10)], abs=2)
    assert by_second[10:] == pytest.approx([200] * 10, abs=2)


def test_a_sine_swings_by_its_depth() -> None:
    moments = within("sine:period=20,depth=0.8", 20)
    by_second = [sum(second <= moment < second + 1 for moment in moments) for second in range(20)]
    assert max(by_second) == pytest.approx(360, rel=0.03)
    assert min(by_second) == pytest.approx(40, rel=0.2)


def test_a_burst_is_that_much_denser_than_the_quiet() -> None:
    moments = within("burst:every=10,length=2,factor=5", 10)
    burst = sum(moment < 2 for moment in moments) / 2
    quiet = sum(moment >= 2 for moment in moments) / 8
    assert burst == pytest.approx(5 * quiet, rel=0.02)


def test_poisson_gaps_vary_as_those_of_independent_events_and_follow_the_seed() -> None:
    moments = list(islice(parse_shape("poisson:seed=3", 100), 20_000))
    gaps = [after - before for before, after in pairwise(moments)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation == pytest.approx(mean, rel=0.05)
    assert moments == list(islice(parse_shape("poisson:seed=3", 100), 20_000))


@pytest.mark.parametrize(
    "text",
    ["square", "sine:depth=2", "burst:size=3", "ramp:over=x", "burst:every=5,length=5", "constant:a=1"],
)
def test_a_shape_that_cannot_be_made_is_refused(text: str) -> None:
    with pytest.raises(WrongPlan):
        parse_shape(text, 10)
