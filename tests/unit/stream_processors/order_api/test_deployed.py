"""The function as Lambda loads it, and where it sends with either profile."""

import importlib
import io
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from stream_processors.errors import SettingsError
from stream_processors.order_api.api import OrderApi
from stream_processors.order_api.sending import put_to_delivery
from stream_processors.order_api.settings import Settings
from tests.unit.stream_processors.fakes import FakeFirehose, FakeS3, FakeTime
from tests.unit.stream_processors.invocation import Context
from tests.unit.stream_processors.order_api.api import event, request
from tests.unit.stream_processors.samples import encoded

ENVIRONMENT = {
    "STREAM_NAME": "orders",
    "PROFILE": "stream",
    "LAKE_BUCKET": "lake",
    "MANIFEST_SECONDS": "5",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "POWERTOOLS_SERVICE_NAME": "order-api",
}


def test_it_is_made_from_its_environment_and_calls_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    module: Any = importlib.import_module("stream_processors.order_api.handler")
    answer = module.handler(request(None) | {"routeKey": "GET /v1/health"}, Context(FakeTime()))
    assert (answer["statusCode"], answer["body"]) == (200, '{"status":"ok"}')
    module.make_handler(ENVIRONMENT | {"PROFILE": "direct"})


def test_settings_that_are_missing_or_wrong_are_named() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"STREAM_NAME": "orders", "PROFILE": "both", "MANIFEST_SECONDS": "soon"})
    assert [problem.partition(" ")[0] for problem in refused.value.problems] == [
        "LAKE_BUCKET",
        "MANIFEST_SECONDS",
        "PROFILE",
    ]


def test_without_a_stream_events_go_into_firehose() -> None:
    firehose = FakeFirehose(plans={"bronze": [lambda _: {1}]})
    api = OrderApi(
        Settings(stream_name="bronze", profile="direct", lake_bucket="lake"),
        put_to_delivery(firehose, "bronze"),
        FakeS3(),
        logger=Logger(service="order-api-direct", stream=io.StringIO()),
    )
    posted = [event(), event(), event()]
    answer = api.answer(request(encoded(posted).decode()))
    assert answer["statusCode"] == 202
    assert [len(records) for _, records in firehose.calls] == [3, 1]
    assert {row["event_id"] for row in firehose.rows("bronze")} == {one["event_id"] for one in posted}
