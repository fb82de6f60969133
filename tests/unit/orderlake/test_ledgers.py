from collections import Counter
from datetime import UTC, datetime

from orderlake.ledger.balance import Coordinate, Promise, lake_ledger, producer_ledger
from producer.manifest import RunManifest

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_run(
    producer_id: str, acknowledged: tuple[tuple[int, int], ...], announced: int, *, closed: bool = True
) -> RunManifest:
    return RunManifest(
        producer_id=producer_id,
        started_at=NOON,
        updated_at=NOON,
        closed_at=NOON if closed else None,
        command="test",
        stream_name="orders",
        announced=announced,
        acknowledged=acknowledged,
    )


def at(sequence_number: int, sub: int = 0) -> Coordinate:
    return Coordinate("shardId-000000000000", sequence_number, sub)


def places(**counts: Counter[Coordinate]) -> dict[str, Counter[Coordinate]]:
    empty: Counter[Coordinate] = Counter()
    return {name: counts.get(name, empty) for name in ("bronze", "quarantine", "given_up", "delivery_failed")}


def test_an_acknowledged_record_that_is_nowhere_is_missing() -> None:
    ledger = producer_ledger([a_run("a", ((1, 3),), 10)], [Promise("a", 1), Promise("a", 3)])

    assert not ledger.balanced
    assert ledger.runs[0].missing == (2,)


def test_a_record_that_arrived_without_acknowledgement_is_unconfirmed_and_not_lost() -> None:
    ledger = producer_ledger([a_run("a", ((1, 1),), 10)], [Promise("a", 1), Promise("a", 2)])

    assert ledger.balanced
    assert ledger.runs[0].unconfirmed == 1


def test_records_that_no_run_announced_are_foreign() -> None:
    arrived = [None, Promise("stranger", 1), Promise("a", 1), Promise("a", 11)]

    ledger = producer_ledger([a_run("a", ((1, 1),), 10)], arrived)

    assert ledger.balanced
    assert ledger.foreign == 3


def test_a_record_sent_twice_arrives_once_in_the_ledger() -> None:
    ledger = producer_ledger([a_run("a", ((1, 1),), 1)], [Promise("a", 1), Promise("a", 1)])

    assert ledger.runs[0].arrived == 1
    assert ledger.balanced


def test_a_killed_run_balances_when_what_it_acknowledged_arrived() -> None:
    ledger = producer_ledger(
        [a_run("a", ((1, 2),), 10_000, closed=False)], [Promise("a", 1), Promise("a", 2)]
    )

    assert ledger.balanced
    assert not ledger.runs[0].closed


def test_a_record_in_no_place_is_in_flight() -> None:
    ledger = lake_ledger({at(1), at(2)}, places(bronze=Counter([at(1)])))

    assert ledger.in_flight == (at(2),)
    assert not ledger.balanced


def test_every_place_accounts_for_a_record() -> None:
    stream = {at(1), at(2), at(3), at(4)}

    ledger = lake_ledger(
        stream,
        places(
            bronze=Counter([at(1)]),
            quarantine=Counter([at(2)]),
            given_up=Counter([at(3)]),
            delivery_failed=Counter([at(4)]),
        ),
    )

    assert ledger.balanced
    assert (ledger.bronze, ledger.quarantine, ledger.given_up, ledger.delivery_failed) == (1, 1, 1, 1)


def test_sub_records_of_one_aggregate_are_told_apart() -> None:
    ledger = lake_ledger({at(1, 0), at(1, 1)}, places(bronze=Counter([at(1, 0)])))

    assert ledger.in_flight == (at(1, 1),)


def test_a_record_delivered_twice_is_redelivered_and_balances() -> None:
    ledger = lake_ledger({at(1)}, places(bronze=Counter([at(1), at(1)])))

    assert ledger.balanced
    assert ledger.redelivered == 1


def test_a_record_both_accepted_and_rejected_does_not_balance() -> None:
    ledger = lake_ledger({at(1)}, places(bronze=Counter([at(1)]), quarantine=Counter([at(1)])))

    assert not ledger.balanced
    assert ledger.in_two_places == (at(1),)


def test_a_failed_delivery_that_was_sent_again_counts_where_it_ended() -> None:
    ledger = lake_ledger({at(1)}, places(bronze=Counter([at(1)]), delivery_failed=Counter([at(1)])))

    assert (ledger.bronze, ledger.delivery_failed) == (1, 0)


def test_what_the_stream_no_longer_holds_is_counted_apart() -> None:
    ledger = lake_ledger(set(), places(bronze=Counter([at(1)])))

    assert ledger.balanced
    assert ledger.no_longer_on_stream == 1
