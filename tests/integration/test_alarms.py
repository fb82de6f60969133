"""Every alarm that Terraform defines, on a set clock: it fires, tells its topic, and clears; or stays silent.

Metrics are put as the services and jobs publish them; that they do is tested where they are made.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.local.recording.call import Call
from infra.local.recording.store import load
from tests.integration.local.watch_harness import ACCOUNT, REGION, SESSION, Watched, watched_aws

NAMES = {"environment": "dev", "region": REGION, "account_id": ACCOUNT, "http_api_id": "api"}
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:orderlake-dev-alarms"
STREAM = {"StreamName": "orderlake-dev-orders"}
FUNCTION = {"FunctionName": "orderlake-dev-order-ingest"}
BRONZE = {"DeliveryStreamName": "orderlake-dev-bronze"}
QUARANTINE = {"DeliveryStreamName": "orderlake-dev-quarantine"}
INGEST = {"service": "order-ingest"}
SILVER, GOLD = {"Job": "silver"}, {"Job": "gold"}
HOUR = 60


@dataclass(frozen=True)
class Case:
    """What one minute's metrics are when all is well and when not; `within` minutes it fires and clears.

    `every` is how many minutes lie between two values.
    """

    namespace: str
    dimensions: Mapping[str, str]
    well: Mapping[str, float]
    ill: Mapping[str, float]
    within: int
    every: int = 1


CASES = {
    "stream-lag": Case(
        "AWS/Kinesis",
        STREAM,
        {"GetRecords.IteratorAgeMilliseconds": 60_000},
        {"GetRecords.IteratorAgeMilliseconds": 60_001},
        2,
    ),
    "ingest-lag": Case("AWS/Lambda", FUNCTION, {"IteratorAge": 60_000}, {"IteratorAge": 60_001}, 2),
    "ingest-errors": Case("AWS/Lambda", FUNCTION, {"Errors": 0}, {"Errors": 1}, 4),
    "ingest-throttled": Case("AWS/Lambda", FUNCTION, {"Throttles": 0}, {"Throttles": 1}, 4),
    "ingest-near-timeout": Case("AWS/Lambda", FUNCTION, {"Duration": 48_000}, {"Duration": 48_001}, 3),
    "stream-throttled": Case(
        "AWS/Kinesis",
        STREAM,
        {"WriteProvisionedThroughputExceeded": 0},
        {"WriteProvisionedThroughputExceeded": 1},
        6,
    ),
    "bronze-delivery-late": Case(
        "AWS/Firehose", BRONZE, {"DeliveryToS3.DataFreshness": 605}, {"DeliveryToS3.DataFreshness": 606}, 4
    ),
    "quarantine-delivery-late": Case(
        "AWS/Firehose",
        QUARANTINE,
        {"DeliveryToS3.DataFreshness": 605},
        {"DeliveryToS3.DataFreshness": 606},
        4,
    ),
    "bronze-delivery-failed": Case(
        "AWS/Firehose", BRONZE, {"DeliveryToS3.Success": 1}, {"DeliveryToS3.Success": 0}, 4
    ),
    "bronze-conversion-failed": Case(
        "AWS/Firehose", BRONZE, {"FailedConversion.Records": 0}, {"FailedConversion.Records": 1}, 2
    ),
    "quarantine-rate": Case(
        "Orderlake",
        INGEST,
        {"EventsAccepted": 95, "EventsRejected": 5},
        {"EventsAccepted": 94, "EventsRejected": 6},
        6,
    ),
    "http-api-errors": Case("AWS/ApiGateway", {"ApiId": "api"}, {"5xx": 0}, {"5xx": 1}, 4),
    "live-stale": Case(
        "AWS/Firehose", BRONZE, {"DeliveryToS3.DataFreshness": 185}, {"DeliveryToS3.DataFreshness": 186}, 4
    ),
    "silver-stale": Case("Orderlake", SILVER, {"SilverAge": 10_800}, {"SilverAge": 10_801}, HOUR + 1, HOUR),
    "failure-store": Case(
        "Orderlake", SILVER, {"FailureStoreRecords": 0}, {"FailureStoreRecords": 1}, HOUR + 1, HOUR
    ),
    "ledger-imbalance": Case(
        "Orderlake", SILVER, {"LedgerImbalance": 0}, {"LedgerImbalance": 1}, HOUR + 1, HOUR
    ),
    "sequence-gaps": Case("Orderlake", SILVER, {"SequenceGaps": 0}, {"SequenceGaps": 1}, HOUR + 1, HOUR),
    "job-not-run": Case("Orderlake", GOLD, {"Runs": 1}, {}, 4 * HOUR, HOUR),
    "landing-failed": Case(
        "Orderlake", {"service": "file-ingest"}, {"FilesFailed": 0}, {"FilesFailed": 1}, 6
    ),
    "over-budget": Case(
        "AWS/Billing",
        {"Currency": "USD"},
        {"EstimatedCharges": 10},
        {"EstimatedCharges": 10.01},
        7 * HOUR,
        6 * HOUR,
    ),
}


def alarm_calls() -> dict[str, Call]:
    """The calls with which Terraform makes the alarms, by the alarm's name."""
    calls = [call for call in load() if call.action == "PutMetricAlarm"]
    return {_named(call)["AlarmName"].removeprefix("orderlake-dev-"): call for call in calls}


def _named(call: Call) -> dict[str, str]:
    text = json.dumps(call.body["form"])
    named: dict[str, str] = json.loads(re.sub(r"\{\{(\w+)\}\}", lambda match: NAMES[match[1]], text))
    return named


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Watched]:
    with watched_aws(tmp_path) as running:
        yield running


class Scene:
    """One alarm as Terraform makes it, and a queue that hears the topic."""

    def __init__(self, aws: Watched, name: str) -> None:
        self._aws = aws
        self.case = CASES[name]
        _, self._queue = aws.subscribed_queue("orderlake-dev-alarms")
        _repeat(aws, alarm_calls()[name])

    def pass_minutes(self, minutes: int, values: Mapping[str, float]) -> None:
        for minute in range(minutes):
            if minute % self.case.every == 0:
                for metric, value in values.items():
                    self._aws.metrics.put(self.case.namespace, metric, value, dimensions=self.case.dimensions)
            self._aws.pass_minutes()

    def messages(self) -> list[dict[str, Any]]:
        found = self._aws.messages(self._queue)
        return [message for message in found if message["NewStateValue"] != "INSUFFICIENT_DATA"]

    def states(self) -> Sequence[str]:
        return [message["NewStateValue"] for message in self.messages()]


def _repeat(aws: Watched, call: Call) -> None:
    """Send the recorded call as boto3 would have."""
    client = SESSION.client("cloudwatch", endpoint_url=aws.endpoint_url)
    form = _named(call)
    shape = client.meta.service_model.operation_model("PutMetricAlarm").input_shape
    assert shape is not None
    client.put_metric_alarm(
        **{name: _value(form, name, kind) for name, kind in shape.members.items() if _has(form, name)}
    )


def _has(form: Mapping[str, str], name: str) -> bool:
    return any(field == name or field.startswith(f"{name}.") for field in form)


def _value(form: Mapping[str, str], name: str, shape: Any) -> Any:
    """The value of a field of the query protocol, as its shape says."""
    match shape.type_name:
        case "list":
            places = sorted(
                {int(found[1]) for field in form if (found := re.match(rf"{name}\.member\.(\d+)", field))}
            )
            return [_value(form, f"{name}.member.{place}", shape.member) for place in places]
        case "structure":
            return {
                member: _value(form, f"{name}.{member}", kind)
                for member, kind in shape.members.items()
                if _has(form, f"{name}.{member}")
            }
        case "integer":
            return int(form[name])
        case "double":
            return float(form[name])
        case "boolean":
            return form[name] == "true"
    return form[name]


def test_every_alarm_has_a_case() -> None:
    assert CASES.keys() == alarm_calls().keys()


@pytest.mark.parametrize("name", CASES)
def test_it_fires_notifies_and_clears(aws: Watched, name: str) -> None:
    scene = Scene(aws, name)
    scene.pass_minutes(3 * scene.case.every, scene.case.well)
    scene.messages()

    scene.pass_minutes(scene.case.within, scene.case.ill)
    (raised,) = scene.messages()
    assert raised["NewStateValue"] == "ALARM"
    assert raised["AlarmDescription"].endswith(f"docs/runbooks/{name}.md")

    scene.pass_minutes(3 * scene.case.within, scene.case.well)
    assert scene.states() == ["OK"]


@pytest.mark.parametrize("name", CASES)
def test_it_stays_silent_while_all_is_well(aws: Watched, name: str) -> None:
    scene = Scene(aws, name)
    scene.pass_minutes(8 * max(scene.case.every, 15), scene.case.well)

    assert "ALARM" not in scene.states()


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"stream-lag"}))
def test_it_stays_silent_where_nothing_happens_at_all(aws: Watched, name: str) -> None:
    scene = Scene(aws, name)
    scene.pass_minutes(4 * 60, {})

    assert "ALARM" not in scene.states()
