"""The stream-lag alarms as Terraform defines them, on the whole pipeline, by a set clock."""

from collections.abc import Iterator

import pytest

from tests.pipeline.watched_pipeline import WatchedPipeline, watched_pipeline

pytestmark = pytest.mark.slow

LAG = {"stream-lag", "ingest-lag"}


@pytest.fixture
def pipeline() -> Iterator[WatchedPipeline]:
    with watched_pipeline() as running:
        yield running


def test_a_function_that_stops_for_ninety_seconds_raises_the_lag_alarm_and_its_return_ends_it(
    pipeline: WatchedPipeline,
) -> None:
    pipeline.go_on(180)
    assert {pipeline.state(alarm) for alarm in LAG} == {"OK"}
    assert pipeline.alarms_raised() == []

    pipeline.stop_function()
    pipeline.go_on(90)
    pipeline.start_function()
    pipeline.go_on(30)

    assert pipeline.state("ingest-lag") == "ALARM", "two periods after it stopped"
    (message,) = [one for one in pipeline.messages() if one["AlarmName"].endswith("-ingest-lag")]
    assert message["NewStateValue"] == "ALARM"
    assert "docs/runbooks/ingest-lag.md" in message["AlarmDescription"]

    pipeline.go_on(180)
    assert {pipeline.state(alarm) for alarm in LAG} == {"OK"}
    assert ("orderlake-dev-ingest-lag", "OK") in [
        (message["AlarmName"], message["NewStateValue"]) for message in pipeline.messages()
    ]
    pipeline.go_on(30, orders=False)
    audit = pipeline.audit()
    assert audit.lake.balanced
    assert audit.lake.stream == audit.lake.bronze + audit.lake.quarantine == (180 + 90 + 30 + 180) * 10


def test_a_shop_that_sells_raises_no_alarm(pipeline: WatchedPipeline) -> None:
    pipeline.go_on(300)
    assert pipeline.alarms_raised() == []


def test_a_shop_that_sells_nothing_for_a_quarter_of_an_hour_raises_no_alarm(
    pipeline: WatchedPipeline,
) -> None:
    pipeline.go_on(15 * 60, orders=False)
    assert pipeline.state("stream-lag") == "OK"
    assert pipeline.alarms_raised() == []


def test_a_stream_that_nobody_reads_raises_the_lag_alarm_though_there_is_no_data(
    pipeline: WatchedPipeline,
) -> None:
    pipeline.go_on(120)
    functions = pipeline.client("lambda")
    (mapping,) = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    pipeline.go_on(240)
    assert pipeline.alarms_raised() == ["stream-lag"]
