"""A look at all sources, and the screen that it becomes."""

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from orderlake.errors import OrderlakeError, QueryRefused
from orderlake.operations import Row
from orderlake.status.look import Section, Status, look
from orderlake.status.screen import WIDTH, screen
from orderlake.status.sources import SOURCES, Source
from tests.unit.orderlake.status.fakes import fake_aws, source

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SHARD = "shardId-000000000000"


def answering(name: str, *rows: Row) -> Source:
    return replace(source(name), ask=lambda _: rows)


def refusing(name: str, error: Exception) -> Source:
    def ask(_: object) -> Sequence[Row]:
        raise error

    return replace(source(name), ask=ask)


def alarm(name: str, state: str) -> Row:
    return {"alarm": name, "state": state, "since": NOW - timedelta(hours=3), "what_it_means": "It is late."}


def drawn(*sections: Section) -> str:
    out = io.StringIO()
    Console(file=out, width=WIDTH, no_color=True).print(screen(Status(NOW, sections), "here"))
    return out.getvalue()


def test_where_all_is_well_there_is_no_problem() -> None:
    found = look(fake_aws(), [answering("alarms", alarm("stream-lag", "OK"))])

    assert found.problems == ()
    assert "✓ nothing is wrong" in drawn(*found.sections)


def test_a_problem_of_one_source_is_one_of_the_whole() -> None:
    found = look(fake_aws(), [answering("alarms", alarm("stream-lag", "ALARM")), answering("quarantine")])

    assert found.problems == ("alarm stream-lag: It is late.",)
    assert "✗ alarm stream-lag: It is late." in drawn(*found.sections)


def test_a_source_that_does_not_answer_is_a_problem_and_spoils_no_other() -> None:
    silent = refusing("jobs", OrderlakeError("no way"))

    found = look(fake_aws(), [silent, answering("alarms", alarm("stream-lag", "OK"))])

    assert found.problems == ("jobs is not known: no way",)
    assert [len(section.rows) for section in found.sections] == [0, 1]
    assert "not known: no way" in drawn(*found.sections)


def test_tables_that_no_job_has_made_yet_are_no_problem() -> None:
    missing = refusing("ledger", QueryRefused("TABLE_NOT_FOUND: ledger_history"))

    found = look(fake_aws(), [missing])

    assert found.problems == ()
    assert "orderlake job silver --wait" in " ".join(drawn(*found.sections).split())


def test_a_statement_that_athena_refuses_otherwise_is_a_problem() -> None:
    found = look(fake_aws(), [refusing("ledger", QueryRefused("no rights"))])

    assert found.problems == ("ledger is not known: Athena refused the query: no rights",)


def test_where_there_is_no_stream_nobody_asks_for_shards() -> None:
    quiet = [answering(one.name) for one in SOURCES]

    of_stream, of_direct = (
        {section.source.name for section in look(fake_aws(profile), quiet).sections}
        for profile in ("stream", "direct")
    )

    assert of_stream - of_direct == {"lag"}


def test_calm_alarms_are_counted_and_others_shown() -> None:
    calm = [alarm(f"calm-{n}", "OK") for n in range(17)]
    rows = (alarm("stream-lag", "ALARM"), alarm("calm-x", "INSUFFICIENT_DATA"), *calm)

    text = drawn(Section(source("alarms"), rows))

    assert "stream-lag" in text
    assert "3 h ago" in text
    assert "17 OK, 1 INSUFFICIENT_DATA" in text
    assert "calm-" not in text


def test_of_many_rows_the_screen_shows_the_first_and_says_that_there_are_more() -> None:
    rows = tuple({"reason": f"reason_{n:02}", "records": 99 - n, "last_rejected_at": NOW} for n in range(12))

    text = drawn(Section(source("quarantine"), rows))

    assert "reason_07" in text
    assert "reason_08" not in text
    assert "and 4 more: --format json" in text


ROWS: dict[str, Row] = {
    "lag": {"shard": SHARD, "events": 1_234_567, "longest_seconds": 86_400.123, "newest_at": NOW},
    "freshness": {"layer": "quarantine", "fresh_at": None},
    "rates": {"flow": "events rejected", "count": 1_234_567, "per_second": 4115.22},
    "jobs": {
        "job": "orderlake-production-maintenance",
        "state": "SUCCEEDED",
        "started_at": NOW,
        "seconds": 12_345,
    },
    "alarms": {"alarm": "quarantine-delivery-late", "state": "ALARM", "since": NOW, "what_it_means": ""},
    "quarantine": {"reason": "aggregate_checksum_mismatch", "records": 1_234_567, "last_rejected_at": NOW},
    "ledger": {
        "ledger": "producer",
        "expected": 1_234_567,
        "found": 1_234_567,
        "in_flight": 12_345,
        "missing": 12_345,
        "failed": 12_345,
        "measured_at": NOW - timedelta(minutes=90),
    },
}


@pytest.mark.parametrize("name", [one.name for one in SOURCES])
def test_every_section_fits_eighty_columns_uncut(name: str) -> None:
    text = drawn(Section(source(name), (ROWS[name],)))

    assert max(map(len, text.splitlines())) <= WIDTH
    assert "…" not in text


def test_the_document_has_everything_by_the_names_of_the_sources() -> None:
    section = Section(source("alarms"), (alarm("a", "OK"),))

    document = Status(NOW, (section,)).document()

    assert document["at"] == NOW
    assert document["problems"] == []
    assert document["alarms"] == [alarm("a", "OK")]


def test_sources_are_asked_side_by_side() -> None:
    both = threading.Barrier(2, timeout=5)

    def met(_: object) -> Sequence[Row]:
        both.wait()
        return ()

    ask: Callable[..., Sequence[Row]] = met
    found = look(fake_aws(), [replace(source(name), ask=ask) for name in ("jobs", "alarms")])

    assert found.problems == ()
