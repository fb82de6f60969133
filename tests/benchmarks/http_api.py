"""What order_api adds to a request of 100 events, beside validating them and sending them.

The whole of the API, from API Gateway's event as JSON to its answer as JSON, log line and manifest included,
over real sockets to a Kinesis and an S3 that keep nothing; and in turns with it the same events validated,
and put on the same Kinesis by the same client. S3 on AWS takes longer for the manifest: that is not in it.
`python -m tests.benchmarks http_api`
"""

import io
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from aws_lambda_powertools import Logger

from producer.reading import Reading
from producer.record import Record
from stream_processors.order_api.api import OrderApi
from stream_processors.order_api.sending import Put, put_to_stream
from stream_processors.order_api.settings import Settings
from stream_processors.order_ingest.examination import examine
from stream_processors.service_calls import S3, Account, Kinesis
from tests.benchmarks.comparison import Comparison
from tests.unit.stream_processors.order_api.api import request
from tests.unit.stream_processors.samples import encoded, order_placed

EVENTS: Final = 100
LINES: Final = 3
ROUNDS: Final = 200
BUDGET_MS: Final = 5.0
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def measure() -> list[Comparison]:
    """Medians over the rounds, in milliseconds."""
    with _null_services() as account:
        put = put_to_stream(Kinesis(account), "orders")
        whole, floor = _in_turns(_request(put, account), _floor(put))
    added = whole - floor
    what = f"order_api, a request of {EVENTS} events of {len(encoded(_event(0)))} bytes"
    return [
        Comparison(
            f"{what}: added to validation and PutRecords", "ms", added, BUDGET_MS, added / BUDGET_MS, "≤ 1"
        ),
        Comparison(
            f"{what}: whole / validation and PutRecords alone", "ms", whole, floor, whole / floor, "near 1"
        ),
    ]


def _event(number: int) -> dict[str, Any]:
    return order_placed(LINES, event_id=f"7c1f8d1e-0d4f-4f7b-9c8e-{number:012x}")


def _request(put: Put, account: Account) -> Callable[[], None]:
    settings = Settings(stream_name="orders", profile="stream", lake_bucket="lake")
    api = OrderApi(settings, put, S3(account), logger=Logger(service="benchmark", stream=io.StringIO()))
    body = json.dumps([_event(number) for number in range(EVENTS)])
    sent = json.dumps(request(body))

    def work() -> None:
        answer = json.dumps(api.answer(json.loads(sent)))
        assert answer.startswith('{"statusCode": 202')

    return work


def _floor(put: Put) -> Callable[[], None]:
    documents = [encoded(_event(number)) for number in range(EVENTS)]

    def work() -> None:
        records = []
        for document in documents:
            found = examine(document, LATEST)
            assert isinstance(found, Reading)
            records.append(Record(1, found.event["payload"]["order_id"], document, "order_placed"))
        assert put(records) == [None] * EVENTS

    return work


def _in_turns(*works: Callable[[], None]) -> list[float]:
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            started = time.perf_counter()
            work()
            taken.append((time.perf_counter() - started) * 1000)
    return [statistics.median(taken) for taken in times]


@contextmanager
def _null_services() -> Iterator[Account]:
    command = [sys.executable, "-m", "tests.benchmarks.null_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            yield Account.from_environment(
                {
                    "AWS_REGION": "us-east-1",
                    "AWS_ENDPOINT_URL": url,
                    "AWS_ACCESS_KEY_ID": "none",
                    "AWS_SECRET_ACCESS_KEY": "none",
                }
            )
        finally:
            server.terminate()
