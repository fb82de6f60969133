"""Kinesis mappings as boto3 sees them, on a clock that the test sets."""

import base64
import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.clock import ManualClock
from infra.local.server import EmbeddedAws

SOURCE = """
import base64

def handler(event, context):
    data = [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]
    print("batch", *data)
    if "poison" in data:
        raise ValueError("poison")
"""
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Scene:
    """A stream, a function that raises on poison, and a bucket: all of one name."""

    def __init__(self, embedded: EmbeddedAws, clock: ManualClock, name: str) -> None:
        self._embedded = embedded
        self.clock = clock
        self.name = name
        self.bucket_arn = f"arn:aws:s3:::{name}"
        self.streams = self.client("kinesis")
        self.functions = self.client("lambda")
        self.streams.create_stream(StreamName=name, ShardCount=1)
        self.stream_arn = f"arn:aws:kinesis:us-east-1:123456789012:stream/{name}"
        self.client("s3").create_bucket(Bucket=name)
        role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("entry.py", SOURCE)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="entry.handler",
            Role=role["Role"]["Arn"],
            Code={"ZipFile": archive.getvalue()},
            Timeout=20,
        )
        self.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")

    def client(self, service: str) -> Any:
        create: Any = boto3.Session("embedded", "embedded", region_name="us-east-1").client
        config = Config(retries={"total_max_attempts": 1})
        return create(service, endpoint_url=self._embedded.endpoint_url, config=config)

    def map(self, **settings: Any) -> str:
        answer = self.functions.create_event_source_mapping(
            FunctionName=self.name,
            EventSourceArn=self.stream_arn,
            StartingPosition="TRIM_HORIZON",
            **settings,
        )
        return str(answer["UUID"])

    def put(self, *data: str, key: str = "key") -> None:
        self.streams.put_records(
            StreamName=self.name, Records=[{"Data": one.encode(), "PartitionKey": key} for one in data]
        )

    def batches(self) -> list[list[str]]:
        events = self.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{self.name}")["events"]
        return [e["message"].split()[1:] for e in events if e["message"].startswith("batch ")]

    def run_until(self, is_done: Callable[[], bool], *, step: float = 0) -> None:
        """Tick, and let `step` seconds pass each time, until the mapping's threads have done it."""
        deadline = time.monotonic() + 30
        while not is_done():
            assert time.monotonic() < deadline
            self._embedded.tick()
            self.clock.advance(step)
            time.sleep(0.02)

    def given_up(self) -> dict[str, Any]:
        s3 = self.client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=self.name).get("Contents", [])]
        return {key: json.loads(s3.get_object(Bucket=self.name, Key=key)["Body"].read()) for key in keys}


@pytest.fixture(scope="module")
def embedded() -> Iterator[tuple[EmbeddedAws, ManualClock]]:
    clock = ManualClock(START)
    with EmbeddedAws(clock=clock, tick=False) as aws:
        yield aws, clock


@pytest.fixture
def scene(embedded: tuple[EmbeddedAws, ManualClock]) -> Iterator[Scene]:
    scene = Scene(*embedded, name=f"shop-{secrets.token_hex(4)}")
    yield scene
    for mapping in scene.functions.list_event_source_mappings()["EventSourceMappings"]:
        scene.functions.delete_event_source_mapping(UUID=mapping["UUID"])


def test_a_bad_record_is_isolated_and_the_bucket_gets_it(scene: Scene) -> None:
    mapping = scene.map(
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": scene.bucket_arn}},
    )
    scene.put("a", "b", "poison", "c")
    scene.run_until(lambda: ["c"] in scene.batches(), step=0.5)

    ((key, record),) = scene.given_up().items()
    assert key.startswith(f"aws/lambda/{mapping}/shardId-000000000000/2026/01/02/2026-01-02T0")
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["KinesisBatchInfo"]["batchSize"] == 1
    (sent,) = json.loads(record["payload"])["Records"]
    assert base64.b64decode(sent["kinesis"]["data"]) == b"poison"
    assert scene.batches()[:2] == [["a", "b", "poison", "c"], ["a", "b"]]


def test_a_queue_and_a_topic_get_the_place_and_not_the_records(scene: Scene) -> None:
    queues = scene.client("sqs")
    queue_url = queues.create_queue(QueueName=scene.name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    topics = scene.client("sns")
    topic = topics.create_topic(Name=scene.name)["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    mapping = scene.map(MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}})

    def has_received(into: list[dict[str, Any]]) -> bool:
        messages = queues.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages", [])
        into.extend(json.loads(message["Body"]) for message in messages)
        return bool(into)

    scene.put("poison")
    found: list[dict[str, Any]] = []
    scene.run_until(lambda: has_received(found), step=0.1)
    scene.functions.update_event_source_mapping(
        UUID=mapping, DestinationConfig={"OnFailure": {"Destination": topic}}
    )
    scene.put("poison")
    told: list[dict[str, Any]] = []
    scene.run_until(lambda: has_received(told), step=0.1)

    assert found[0]["KinesisBatchInfo"]["streamArn"] == scene.stream_arn
    assert "payload" not in found[0]
    assert json.loads(told[0]["Message"])["KinesisBatchInfo"]["batchSize"] == 1


def test_records_that_are_too_old_are_given_up_unsent(scene: Scene) -> None:
    scene.put("old")
    scene.clock.advance(120)
    scene.put("young")
    scene.map(
        MaximumRecordAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": scene.bucket_arn}}
    )
    scene.run_until(lambda: scene.batches() == [["young"]])

    (record,) = scene.given_up().values()
    assert record["requestContext"]["approximateInvokeCount"] == 0


def test_a_filter_lets_through_what_matches(scene: Scene) -> None:
    pattern = json.dumps({"data": {"kind": ["paid"], "amount": [{"numeric": [">", 10]}]}})
    scene.map(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    scene.put('{"kind":"paid","amount":5}', '{"kind":"paid","amount":15}', "text", '{"kind":"sent"}')
    scene.run_until(lambda: len(scene.batches()) > 0)

    assert scene.batches() == [['{"kind":"paid","amount":15}']]


def test_a_disabled_mapping_waits_and_goes_on(scene: Scene) -> None:
    mapping = scene.map(Enabled=False)
    scene.put("a")
    put_at = scene.clock.now()
    scene.run_until(lambda: scene.clock.now() > put_at, step=1)
    assert scene.functions.get_event_source_mapping(UUID=mapping)["State"] == "Disabled"
    scene.functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    scene.run_until(lambda: scene.batches() == [["a"]])


def test_split_and_merged_shards_are_read_after_their_parents(scene: Scene) -> None:
    scene.map(ParallelizationFactor=2)
    scene.put("parent")
    (shard,) = scene.streams.list_shards(StreamName=scene.name)["Shards"]
    scene.streams.split_shard(
        StreamName=scene.name, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(2**127)
    )
    scene.put("half")
    _, lower, upper = scene.streams.list_shards(StreamName=scene.name)["Shards"]
    scene.streams.merge_shards(
        StreamName=scene.name, ShardToMerge=lower["ShardId"], AdjacentShardToMerge=upper["ShardId"]
    )
    scene.put("whole")
    scene.run_until(lambda: len(scene.batches()) == 3)

    assert scene.batches() == [["parent"], ["half"], ["whole"]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"TumblingWindowInSeconds": 30}, "TumblingWindowInSeconds is not built"),
        ({"MaximumRecordAgeInSeconds": 30}, "at least 60"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "no json"}]}}, "Invalid filter pattern definition"),
        (
            {
                "DestinationConfig": {
                    "OnFailure": {"Destination": "arn:aws:lambda:us-east-1:123456789012:function:x"}
                }
            },
            "no bucket, queue or topic",
        ),
    ],
)
def test_what_cannot_be_is_refused_on_create_and_on_update(
    scene: Scene, settings: dict[str, Any], message: str
) -> None:
    mapping = scene.map(Enabled=False)
    for call in (
        lambda: scene.map(**settings),
        lambda: scene.functions.update_event_source_mapping(UUID=mapping, **settings),
    ):
        with pytest.raises(ClientError, match=message) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
