"""A moto server on loopback with the CloudWatch engine, on a clock that stands still."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import boto3
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from infra.local.clock import ManualClock
from infra.local.cloudwatch import LogStore, MetricStore, install
from infra.local.engine import Engine, ObjectStore, Runtime

ACCOUNT, REGION = "123456789012", "us-east-1"
SESSION = boto3.Session("testing", "testing", region_name=REGION)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Watched:
    """What a test talks to."""

    endpoint_url: str
    clock: ManualClock
    metrics: MetricStore
    logs: LogStore
    engine: Engine
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = SESSION.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint_url,
            )
        return self._clients[service]

    def pass_minutes(self, minutes: int = 1) -> None:
        for _ in range(minutes):
            self.clock.advance(60)
            self.engine.tick()

    def subscribed_queue(self, name: str = "alerts") -> tuple[str, str]:
        """A topic's ARN and the URL of a queue that hears it."""
        sns, sqs = self.client("sns"), self.client("sqs")
        topic = sns.create_topic(Name=name)["TopicArn"]
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
        return topic, queue

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """What arrived since the last call: alarm messages, each with the notification's subject."""
        found = self.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        notifications = [json.loads(message["Body"]) for message in found]
        return [json.loads(each["Message"]) | {"Subject": each["Subject"]} for each in notifications]


@contextmanager
def watched_aws(work_dir: Path) -> Iterator[Watched]:
    BackendDict.reset()
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    clock = ManualClock(START)
    metrics = MetricStore(clock)
    logs = LogStore(clock, metrics, account_id=ACCOUNT, region=REGION)
    endpoint_url = f"http://127.0.0.1:{server.server_port}"
    runtime = Runtime(
        clock=clock,
        endpoint_url=endpoint_url,
        account_id=ACCOUNT,
        region=REGION,
        work_dir=work_dir,
        objects=cast("ObjectStore", None),
        metrics=metrics,
        logs=logs,
    )
    engine = install(runtime)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Watched(endpoint_url, clock, metrics, logs, engine)
    finally:
        engine.close()
        server.shutdown()
        thread.join()
        server.server_close()
