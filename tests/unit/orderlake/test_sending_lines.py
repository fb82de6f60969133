import io
import json
from typing import Any

from orderlake.sending_lines import SendingLines
from producer.run import RunProgress


def progress(seconds: float, acknowledged: int, **changes: Any) -> RunProgress:
    values: dict[str, Any] = {
        "produced": acknowledged + 5,
        "bytes": acknowledged * 100,
        "retried": 0,
        "throttled": 0,
        "spooled": 0,
        "by_shard": {"a": 3 * acknowledged, "b": acknowledged},
    }
    return RunProgress(acknowledged=acknowledged, seconds=seconds, **(values | changes))


def lines(*moments: RunProgress, **kinds: bool) -> list[dict[str, Any]]:
    out = io.StringIO()
    kinds = {"as_json": False, "as_metrics": False} | kinds
    with SendingLines("orders", **kinds, out=out, clock=lambda: 1_700_000_000.5) as display:
        for moment in moments:
            display.sent(moment)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_written_each_second_and_once_more_at_the_end() -> None:
    found = lines(progress(0.1, 10), progress(0.5, 50), progress(1.2, 120), progress(1.5, 150), as_json=True)
    assert [line["acknowledged"] for line in found] == [10, 120, 150]


def test_rates_are_those_since_the_line_before() -> None:
    first, second = lines(progress(1, 100), progress(3, 500, spooled=7, throttled=2), as_json=True)
    assert (first["acknowledged_per_second"], second["acknowledged_per_second"]) == (100, 200)
    assert second["bytes_per_second"] == 20_000
    assert (second["spool_depth"], second["throttled"]) == (7, 2)
    assert second["shards"] == {"a": 0.75, "b": 0.25}


def test_metrics_are_in_cloudwatchs_embedded_format_and_add_up() -> None:
    found = lines(progress(1, 100), progress(2, 250), as_metrics=True)
    assert [line["AcknowledgedEvents"] for line in found] == [100, 150]
    (directive,) = found[0]["_aws"]["CloudWatchMetrics"]
    assert found[0]["_aws"]["Timestamp"] == 1_700_000_000_500
    assert all(metric["Name"] in found[0] for metric in directive["Metrics"])
    assert all(name in found[0] for names in directive["Dimensions"] for name in names)
