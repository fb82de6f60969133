from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from producer.contract import decode
from producer.draft import EventDraft, Numberer
from producer.errors import WrongPlan
from producer.faults import Fault, FaultPlan, with_faults
from producer.simulator import ShopSettings, simulate

START = datetime.fromisoformat("2026-11-23T03:00:00+00:00")


@cache
def drafts(count: int = 5_000) -> list[EventDraft]:
    return list(islice(simulate(ShopSettings(seed=7, start=START, events_per_second=100)), count))


def faulty(plan: str, seed: int = 1) -> list[EventDraft]:
    return list(with_faults(drafts(), FaultPlan.parse(plan), seed))


def test_a_plan_is_read_as_it_is_typed() -> None:
    plan = FaultPlan.parse("duplicates=1%,late=2%:6h,out_of_order=1%,malformed=0.5%")
    assert plan.shares == {
        Fault.DUPLICATE: 0.01,
        Fault.LATE: 0.02,
        Fault.OUT_OF_ORDER: 0.01,
        Fault.MALFORMED: 0.005,
    }
    assert plan.late_by == timedelta(hours=6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "late",
        "late=2",
        "late=2%:6y",
        "lost=1%",
        "duplicates=1%:6h",
        "late=1%,late=1%",
        "late=60%,malformed=41%",
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(WrongPlan):
        FaultPlan.parse(text)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1_000))
def test_a_plan_loses_no_event_and_adds_only_copies(seed: int) -> None:
    plain = drafts(300)
    plan = FaultPlan.parse("duplicates=20%,out_of_order=20%")
    made = list(with_faults(plain, plan, seed))
    copies = [draft for draft in made if draft.fault == "duplicates"]
    assert Counter(d.event_id for d in made) == Counter(d.event_id for d in plain + copies)
    assert all(copy._replace(fault=None) in plain for copy in copies)


def test_the_shares_are_kept() -> None:
    counts = Counter(
        draft.fault for draft in faulty("duplicates=10%,late=10%,out_of_order=10%,malformed=10%")
    )
    assert all(400 < counts[fault.value] < 600 for fault in Fault)


def test_the_same_seed_makes_the_same_faults() -> None:
    plan = "duplicates=5%,late=5%,out_of_order=5%,malformed=5%"
    assert faulty(plan) == faulty(plan)
    assert faulty(plan) != faulty(plan, seed=2)


def test_a_late_event_says_that_it_happened_that_much_earlier() -> None:
    for made, plain in zip(faulty("late=50%:6h"), drafts(), strict=True):
        moved = datetime.fromisoformat(plain.occurred_at) - datetime.fromisoformat(made.occurred_at)
        assert moved == (timedelta(hours=6) if made.fault else timedelta())


def test_an_event_out_of_order_comes_after_later_ones() -> None:
    made = faulty("out_of_order=2%")
    for place, draft in enumerate(made):
        if draft.fault:
            assert any(later.occurred_at > draft.occurred_at for later in made[max(0, place - 100) : place])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 1_000), st.integers(1, 200), st.sampled_from(["1s", "6h"]))
def test_late_and_disordered_events_are_those_that_come_after_later_ones(
    seed: int, count: int, late_by: str
) -> None:
    plan = FaultPlan.parse(f"duplicates=20%,late=20%:{late_by},out_of_order=30%,malformed=20%")
    newest = datetime.min.replace(tzinfo=UTC)
    seen: set[str] = set()
    told = made = 0
    for draft in with_faults(drafts()[:count], plan, seed):
        if draft.fault == Fault.MALFORMED:
            continue
        moment = datetime.fromisoformat(draft.occurred_at)
        told += moment < newest and draft.event_id not in seen
        made += draft.fault in {Fault.LATE, Fault.OUT_OF_ORDER}
        newest = max(newest, moment)
        seen.add(draft.event_id)
    assert told == made


def test_a_malformed_event_is_refused_and_its_place_in_the_run_can_be_read() -> None:
    numberer = Numberer("run-1")
    broken = 0
    for draft in faulty("malformed=20%"):
        _, document = numberer.number(draft)
        if draft.fault:
            broken += 1
            assert b'"producer_id":"run-1","sequence":' in document
            with pytest.raises(ValidationError):
                decode(document)
        else:
            decode(document)
    assert broken > 800
