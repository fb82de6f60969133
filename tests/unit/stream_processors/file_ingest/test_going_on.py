"""A file that takes longer than an invocation may."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.errors import CredentialsRefused
from stream_processors.errors import NoProgressError
from tests.unit.stream_processors.file_ingest.fakes import Function, lines, load, order, refusing

EVENTS = [order(number) for number in range(1, 301)]


def go_on(function: Function, *, patience: float) -> None:
    """Run the invocation that waits."""
    (waiting,) = function.functions.waiting
    function.functions.waiting.clear()
    function(*waiting["Records"], patience=patience)


def test_a_file_goes_on_in_another_invocation_where_time_ran_out(function: Function) -> None:
    record = function.bucket.upload("landing/a.ndjson", lines(EVENTS))
    function(record, patience=100)
    assert "landing/a.ndjson" in function.bucket.names()

    for patience in (200, 250, 400):
        go_on(function, patience=patience)

    assert function.functions.waiting == []
    report = function.report("a.ndjson")
    assert [event.sequence for event in function.events()] == list(range(1, 301))
    assert (report["lines"], report["accepted"], report["outcome"]) == (300, 300, "done")
    assert function.manifest(report["producer_id"]).acknowledged == ((1, 300),)


@given(patience=st.integers(2, 400))
@settings(max_examples=20, deadline=None)
def test_however_it_is_cut_every_event_is_sent_once(patience: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        function = Function(load(patch))
    function(function.bucket.upload("landing/a.ndjson", lines(EVENTS)), patience=patience)
    rounds = 2
    while function.functions.waiting:
        go_on(function, patience=patience * rounds)
        rounds += 1

    assert [event.sequence for event in function.events()] == list(range(1, 301))


def test_an_attempt_that_failed_goes_on_from_the_manifest(function: Function) -> None:
    record = function.bucket.upload("landing/a.ndjson", lines(EVENTS * 40))
    with refusing(function.stream, after=1), pytest.raises(CredentialsRefused):
        function(record)
    taken = len(function.events())
    assert 0 < taken < 12_000

    function(record)

    assert sorted(event.sequence for event in function.events()) == list(range(1, 12_001))
    assert function.report("a.ndjson")["accepted"] == 12_000


def test_an_attempt_that_was_killed_before_it_moved_the_file_sends_nothing_again(function: Function) -> None:
    body = lines(EVENTS)
    record = function.bucket.upload("landing/a.ndjson", body)
    function(record)
    function.bucket.versions["landing/a.ndjson", record["s3"]["object"]["versionId"]] = (body, {})

    function(record)

    assert len(function.events()) == 300
    assert function.report("a.ndjson")["accepted"] == 300


def test_a_file_that_no_invocation_can_get_on_with_is_an_error(function: Function) -> None:
    record = function.bucket.upload("landing/a.ndjson", lines(EVENTS))
    with pytest.raises(NoProgressError, match="more memory"):
        function(record, patience=0)
    assert function.functions.waiting == []
