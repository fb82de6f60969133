import pytest

from producer.pace import EventTimePace, FullSpeed, SteadyPace
from tests.unit.producer.events import draft


def test_at_full_speed_everything_is_due_at_once() -> None:
    assert FullSpeed().due(draft()) == 0


def test_a_steady_pace_spreads_events_evenly_and_never_drifts() -> None:
    pace = SteadyPace(3)
    moments = [pace.due(draft()) for _ in range(30_001)]
    assert moments[1] == pytest.approx(1 / 3)
    assert moments[-1] == 10_000


def test_a_steady_pace_ends_after_its_duration() -> None:
    pace = SteadyPace(10, duration=0.25)
    assert [pace.due(draft()) for _ in range(4)] == [0, 0.1, 0.2, None]


def test_event_time_passes_as_many_times_faster_as_asked() -> None:
    pace = EventTimePace(60)
    times = ["2010-12-01T08:26:00Z", "2010-12-01T08:27:00Z", "2010-12-01T08:20:00Z", "2010-12-01T09:26:00Z"]
    assert [pace.due(draft(occurred_at=time)) for time in times] == [0, 1, 0, 60]


@pytest.mark.parametrize("pace", [SteadyPace, EventTimePace])
def test_a_pace_of_nothing_is_refused(pace: type[SteadyPace] | type[EventTimePace]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        pace(0)
