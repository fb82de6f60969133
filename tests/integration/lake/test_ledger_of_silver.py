"""Bronze = silver + duplicates, run by run and hour by hour, against what the table really has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyiceberg.manifest import DataFile
from pyiceberg.table import CommitTableResponse, Table

from glue.engines.duckdb import DuckDbEngine
from glue.lake import Lake
from glue.ledger import history
from glue.ledger.sources import Sources
from glue.silver import SilverResult
from glue.tables import load_all
from tests.integration.lake.lake_harness import HOUR, STARTED, InterruptedCatalog, LakeHarness, event

NEXT_HOUR = "2026-01-01-01"
ROOT = "silver_order_events"


class ForgetfulCatalog(InterruptedCatalog):
    """Says of one commit to the root that it was taken, and does nothing."""

    def commit_table(self, table: Any, requirements: Any, updates: Any) -> Any:
        if table.name()[-1] == ROOT and not self.has_interrupted:
            self._interruption = None
            found = {"metadata": table.metadata, "metadata-location": table.metadata_location}
            return CommitTableResponse(**found)
        return super().commit_table(table, requirements, updates)


class BlindLake(Lake):
    """Commits what it is given, and then once more."""

    def commit(
        self, table: Table, *, add: Sequence[DataFile] = (), remove: Sequence[DataFile] = (), **other: Any
    ) -> None:
        super().commit(table, add=add, remove=remove, **other)
        super().commit(table.refresh(), add=add)


def ledger(lake: LakeHarness, result: SilverResult) -> tuple[history.Taken, dict[str, dict[str, Any]]]:
    """What the history says of the run, by hour."""
    settings = replace(lake.settings, has_stream=False)
    sources = Sources(lake.s3, lake.aws.client("kinesis"), lake.bronze, settings)
    taken = history.take(lake.engine(), lake.bronze, sources, result, STARTED)
    rows = [row for row in lake.rows("ledger_history") if row["run"] == result.run]
    return taken, {f"{row['hour']:%Y-%m-%d-%H}": row for row in rows if row["ledger"] == "silver"}


def counts(row: dict[str, Any]) -> tuple[int, ...]:
    names = ("bronze", "quarantine", "expected", "found", "silver", "duplicates", "missing")
    return tuple(row[name] for name in names)


def test_every_delivery_is_new_in_silver_or_a_duplicate_or_set_aside(lake: LakeHarness) -> None:
    lake.put([event(0), event(1), event(1), event(2, payload={"no": "order"})], "a")
    lake.put([event(1), event(3)], "b", NEXT_HOUR)

    taken, rows = ledger(lake, lake.silver())

    assert counts(rows[HOUR])[:4] == (4, 1, 3, 3)
    assert counts(rows[NEXT_HOUR])[:4] == (2, 0, 2, 2)
    # Event 1 is new once, in whichever hour.
    assert sum(row["silver"] for row in rows.values()) == 3
    assert sum(row["duplicates"] for row in rows.values()) == 2
    assert all(row["found"] == row["silver"] + row["duplicates"] for row in rows.values())
    assert all(row["expected_digest"] == row["found_digest"] for row in rows.values())
    assert all(row["balanced"] for row in rows.values())
    assert taken.imbalance == 0


def test_what_came_in_an_earlier_run_is_a_duplicate(lake: LakeHarness) -> None:
    lake.put([event(0), event(1)], "a")
    lake.silver()
    longer = event(1, payload={**event(1), "more": "text"}, event_type="note")
    lake.put([event(0), longer, event(2)], "b")

    _, rows = ledger(lake, lake.silver())

    assert counts(rows[HOUR]) == (3, 0, 3, 3, 1, 2, 0)


def test_an_object_that_is_taken_in_portions_is_booked_whole(make_lake: Any) -> None:
    lake = make_lake(portion_bytes=1_000_000)
    padding = "x" * 20_000
    lake.put([event(n % 150, payload={"padding": padding}, event_type="note") for n in range(200)], "a")

    _, rows = ledger(lake, lake.silver())

    assert counts(rows[HOUR]) == (200, 0, 200, 200, 150, 50, 0)


def test_a_run_that_took_nothing_adds_no_row(lake: LakeHarness) -> None:
    lake.put([event(0)], "a")
    ledger(lake, lake.silver())

    _, rows = ledger(lake, lake.silver())

    assert rows == {}


def test_events_that_a_commit_lost_are_named_and_taken_again(lake: LakeHarness) -> None:
    lake.put([event(0), event(1)], "a")
    lake.silver()
    lake.put([event(1), event(2), event(3)], "b", NEXT_HOUR)

    forgetful: Any = ForgetfulCatalog(lake.catalog, ROOT, lambda: None)
    taken, rows = ledger(lake, lake.silver(forgetful))

    lost = rows[NEXT_HOUR]
    assert counts(lost) == (3, 0, 3, 1, 0, 1, 2)
    assert lost["expected_digest"] != lost["found_digest"]
    assert lost["examples"] == ", ".join(event(n)["event_id"] for n in (2, 3))
    assert not lost["balanced"]
    assert taken.imbalance == 2

    taken, rows = ledger(lake, lake.silver())

    assert counts(rows[NEXT_HOUR]) == (3, 0, 3, 3, 2, 1, 0)
    assert taken.imbalance == 0
    assert lake.ids() == [event(n)["event_id"] for n in range(4)]


def test_events_that_a_commit_doubled_are_an_imbalance(lake: LakeHarness) -> None:
    lake.put([event(0), event(1)], "a")
    engine = DuckDbEngine(
        BlindLake(lake.catalog, lake.settings), lake.bronze, load_all(), lake.settings, lake.work_dir
    )

    loaded = engine.load_events(lake.bronze.pending())
    engine.close()

    (books,) = loaded.booked.values()
    assert (books.new, books.twice, books.is_whole) == (2, 2, False)
