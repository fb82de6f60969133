"""The whole pipeline on a clock that the test moves, with a queue that hears its alarms."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast

import boto3

from infra.local.clock import ManualClock
from infra.local.firehose.engine import FirehoseEngine
from infra.local.lambda_.engine import LambdaEngine
from infra.local.playback import PlaybackSettings, deployables, play
from infra.local.server import EmbeddedAws
from infra.stack import Stack
from orderlake.aws import connect
from orderlake.ledger.audit import Audit, audit
from producer.draft import Numberer
from producer.simulator import ShopSettings, simulate

_REAL_SECONDS_TO_SETTLE = 30.0
_LOOK_UP_SECONDS = 0.002
ORDERS_PER_SECOND = 10


class WatchedPipeline:
    """Seconds are the clock's; what falls due in a second is done before the next one begins."""

    def __init__(self, aws: EmbeddedAws, clock: ManualClock, stack: Stack) -> None:
        self._aws = aws
        self._clock = clock
        self.stack = stack
        self._session = boto3.Session("any", "any", region_name=stack.region)
        shop = ShopSettings(seed=3, start=clock.now(), events_per_second=ORDERS_PER_SECOND, life_speed=1)
        self._orders = iter(simulate(shop))
        self._numberer = Numberer("watched")
        self._queue = self._subscribe()

    def client(self, service: str) -> Any:
        create: Any = self._session.client
        return create(service, endpoint_url=self._aws.endpoint_url)

    def _subscribe(self) -> str:
        sqs, sns = self.client("sqs"), self.client("sns")
        queue = str(sqs.create_queue(QueueName="alarms")["QueueUrl"])
        (topic,) = (one["TopicArn"] for one in sns.list_topics()["Topics"])
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return queue

    def messages(self) -> list[dict[str, Any]]:
        """The alarms' messages that arrived since the last call, oldest first."""
        sqs, found = self.client("sqs"), []
        while bodies := sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for body in bodies:
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=body["ReceiptHandle"])
                found.append(json.loads(json.loads(body["Body"])["Message"]))
        return sorted(found, key=lambda message: str(message["StateChangeTime"]))

    def alarms_raised(self) -> list[str]:
        """Names of the alarms that went to ALARM since the last call, without the stack's name."""
        raised = [message["AlarmName"] for message in self.messages() if message["NewStateValue"] == "ALARM"]
        return [name.removeprefix(f"orderlake-{self.stack.environment}-") for name in raised]

    def state(self, alarm: str) -> str:
        name = f"orderlake-{self.stack.environment}-{alarm}"
        (found,) = self.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(found["StateValue"])

    def go_on(self, seconds: int, *, orders: bool = True) -> None:
        """Let seconds pass, with orders coming in or not."""
        for _ in range(seconds):
            if orders:
                self._send()
            self._clock.advance(1)
            self._aws.tick()
            self._settle()

    def stop_function(self) -> None:
        self.client("lambda").put_function_concurrency(
            FunctionName=self.stack.ingest_function, ReservedConcurrentExecutions=0
        )

    def start_function(self) -> None:
        self.client("lambda").delete_function_concurrency(FunctionName=self.stack.ingest_function)

    def audit(self) -> Audit:
        """Both ledgers up to bronze, as they are now."""
        return audit(connect(self._aws.endpoint_url, self.stack.region, self.stack.environment), "bronze", 0)

    def _send(self) -> None:
        drafts = list(islice(self._orders, ORDERS_PER_SECOND))
        self.client("kinesis").put_records(
            StreamName=self.stack.stream_name,
            Records=[
                {"Data": self._numberer.number(draft)[1], "PartitionKey": draft.partition_key}
                for draft in drafts
            ],
        )

    def _settle(self) -> None:
        functions = cast("LambdaEngine", self._aws.engines["lambda"])
        deliveries = cast("FirehoseEngine", self._aws.engines["firehose"])
        deadline = time.monotonic() + _REAL_SECONDS_TO_SETTLE
        while functions.mappings.is_busy or deliveries.is_busy:
            assert time.monotonic() < deadline, "the pipeline does not come to rest"
            time.sleep(_LOOK_UP_SECONDS)


@contextmanager
def watched_pipeline() -> Iterator[WatchedPipeline]:
    """A pipeline whose clock begins at a full minute about now: functions read the machine's."""
    clock = ManualClock(datetime.now(UTC).replace(second=0, microsecond=0))
    before = dict(os.environ)
    try:
        with EmbeddedAws(clock=clock, tick=False) as aws:
            stack = play(aws.endpoint_url, deployables(), PlaybackSettings(schedule_enabled=False))
            yield WatchedPipeline(aws, clock, stack)
    finally:
        os.environ.clear()
        os.environ.update(before)
