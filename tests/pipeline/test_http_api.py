"""Orders over HTTP through the whole pipeline, as `orderlake up` serves it."""

import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api_conformance import check
from tests.documentation.pages import ROOT
from tests.embedded_pipeline import Pipeline, running_pipeline
from tests.unit.stream_processors.order_api.api import events

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CLIENTS = 100
EVENTS_OF_A_CLIENT = 60
ENOUGH_SECONDS = 90
# Two processors do not carry a hundred functions.
CONCURRENCY = 6
CURL_BLOCK = re.compile(r"<!-- curl -->\n```sh\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """With the limits of its shards: the events are of one order, so 1,000 a second."""
    with running_pipeline(enforce_limits=True) as running:
        running.aws.session.client("lambda").put_function_concurrency(
            FunctionName="orderlake-dev-order-api", ReservedConcurrentExecutions=CONCURRENCY
        )
        yield running


@pytest.fixture(scope="module")
def url(pipeline: Pipeline) -> str:
    assert pipeline.aws.stack.http_api_url is not None
    return pipeline.aws.stack.http_api_url


@pytest.fixture(scope="module")
def token(pipeline: Pipeline) -> str:
    connection = HTTPConnection(urlsplit(pipeline.endpoint_url).netloc, timeout=30)
    with closing(connection):
        connection.request("POST", "/_orderlake/issuer/token", b"audience=orderlake")
        answer: dict[str, str] = json.loads(connection.getresponse().read())
        return answer["access_token"]


class Client:
    """Sends its events until each is acknowledged; counts what its requests and its events were answered."""

    def __init__(self, url: str, token: str) -> None:
        self._url = urlsplit(url)
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._events = {one["event_id"]: one for one in events(EVENTS_OF_A_CLIENT)}
        self.acknowledged: Counter[str] = Counter()
        self.requests: Counter[int] = Counter()
        self.results: Counter[int] = Counter()

    def run(self) -> None:
        deadline = time.monotonic() + ENOUGH_SECONDS
        while waiting := [one for key, one in self._events.items() if key not in self.acknowledged]:
            assert time.monotonic() < deadline, f"{len(waiting)} events wait; answered: {self.requests}"
            status, retry_after, body = self._post(waiting)
            self.requests[status] += 1
            results = body.get("results", ())
            assert len(results) in (0, len(waiting)), "an event has no answer"
            self.results.update(result["status"] for result in results)
            self.acknowledged.update(result["event_id"] for result in results if result["status"] == 202)
            time.sleep(retry_after)

    def _post(self, waiting: list[dict[str, Any]]) -> tuple[int, float, dict[str, Any]]:
        connection = HTTPConnection(self._url.netloc, timeout=60)
        try:
            connection.request("POST", f"{self._url.path}/v1/events", json.dumps(waiting), self._headers)
            response = connection.getresponse()
            wait = 0.0 if response.status == 202 else float(response.headers.get("retry-after", 1))
            return response.status, wait, json.loads(response.read())
        except (OSError, HTTPException) as error:
            raise AssertionError("a request has no answer") from error
        finally:
            connection.close()


def throttled(pipeline: Pipeline) -> float:
    """Records that the stream has refused."""
    now = datetime.now(UTC)
    answer = pipeline.aws.session.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName="WriteProvisionedThroughputExceeded",
        Dimensions=[{"Name": "StreamName", "Value": pipeline.aws.stack.stream_name}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in answer["Datapoints"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_examples_of_the_documentation_work(pipeline: Pipeline, url: str) -> None:
    blocks = CURL_BLOCK.findall((ROOT / "docs/http-api.md").read_text())
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env={**os.environ, **pipeline.environment(), "ORDERLAKE_HTTP_API": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    statuses = re.findall(r"^HTTP (\d+)$", done.stdout, re.MULTILINE)
    assert statuses == ["200", "202", "207", "202", "401"]


def test_a_few_requests_are_answered_as_documented(url: str, token: str) -> None:
    statuses = check(url, token, requests=90)
    assert statuses.keys() >= {200, 202, 401, 422}


def test_what_is_acknowledged_while_the_stream_throttles_is_in_silver_once(
    pipeline: Pipeline, url: str, token: str
) -> None:
    before = pipeline.audit("bronze")["producer → stream", "acknowledged"]
    clients = [Client(url, token) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as threads:
        for run in [threads.submit(client.run) for client in clients]:
            run.result()

    requests = sum((client.requests for client in clients), Counter[int]())
    results = sum((client.results for client in clients), Counter[int]())
    print(f"answers: requests {dict(requests)}, events {dict(results)}, throttled {throttled(pipeline)}")
    acknowledged = sum((client.acknowledged for client in clients), Counter[str]())
    assert throttled(pipeline) > 0
    assert requests.keys() <= {202, 207, 429, 503}
    assert len(acknowledged) == CLIENTS * EVENTS_OF_A_CLIENT
    audit = pipeline.audit("bronze")
    assert audit["producer → stream", "acknowledged"] - before == acknowledged.total()
    assert audit["producer → stream", "missing"] == audit["producer → stream", "foreign"] == 0
    pipeline.run_jobs(["silver"])
    rows = pipeline.rows("SELECT event_id, COUNT(*) AS copies FROM silver_order_events GROUP BY event_id")
    copies = {row["event_id"]: row["copies"] for row in rows}
    assert {event_id: copies.get(event_id) for event_id in acknowledged} == dict.fromkeys(acknowledged, 1)
