import importlib
import io
import itertools
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from stream_processors.order_ingest.services import Clock, Services
from stream_processors.order_ingest.settings import Settings
from tests.unit.stream_processors.fakes import FakeFirehose, FakeParameters, FakeS3, FakeTime
from tests.unit.stream_processors.invocation import Context

SETTINGS = {
    "BRONZE_DELIVERY_STREAM": "bronze",
    "QUARANTINE_DELIVERY_STREAM": "quarantine",
    "LAKE_BUCKET": "lake",
    "QUARANTINE_RAW_PREFIX": "quarantine/raw/",
    "PSEUDONYM_KEY_PARAMETER": "/orderlake/dev/pseudonymisation-key",
}
ENVIRONMENT = SETTINGS | {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "POWERTOOLS_SERVICE_NAME": "order-ingest",
    "POWERTOOLS_METRICS_NAMESPACE": "Orderlake",
    "POWERTOOLS_LOG_LEVEL": "INFO",
}

_services = itertools.count()


@pytest.fixture
def handler_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as Lambda loads it: it makes its clients from the environment, and calls nothing."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return importlib.import_module("stream_processors.order_ingest.handler")


class Function:
    """The composed function with everything outside it faked."""

    def __init__(self, module: ModuleType) -> None:
        self.firehose, self.s3, self.time = FakeFirehose(), FakeS3(), FakeTime()
        self.parameters = FakeParameters()
        self.seconds = 1_767_225_601.0
        self.log = io.StringIO()
        self._handle: Callable[[Any, Any], Any] = module.make_handler(
            Settings.from_environment(SETTINGS),
            Services(self.firehose, lambda: self.s3, lambda: self.parameters),
            # Powertools keeps one logger per name: each test has its own.
            logger=Logger(service=f"order-ingest-{next(_services)}", stream=self.log),
            clock=Clock(lambda: self.seconds, self.time.sleep, lambda longest: longest),
        )

    def __call__(self, event: dict[str, Any]) -> list[str]:
        """Invoke; returns the sequence numbers that are reported as failed."""
        response = self._handle(event, Context(self.time))
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def lines(self) -> list[dict[str, Any]]:
        """What was logged."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def bronze(self) -> list[dict[str, Any]]:
        return self.firehose.rows("bronze")

    def quarantined(self) -> list[dict[str, Any]]:
        return self.firehose.rows("quarantine")


@pytest.fixture
def function(handler_module: ModuleType) -> Function:
    return Function(handler_module)
