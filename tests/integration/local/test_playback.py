"""Terraform's calls played back into an embedded AWS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.local.playback import PlaybackError, PlaybackSettings, deployables, play
from infra.local.server import EmbeddedAws
from infra.packaging import Artefact
from infra.stack import Stack


@pytest.fixture(scope="module")
def artefacts() -> dict[str, Artefact]:
    return deployables()


@pytest.fixture(scope="module")
def playing(artefacts: dict[str, Artefact]) -> Iterator[tuple[EmbeddedAws, Stack]]:
    settings = PlaybackSettings(
        environment="test", shards=3, buffer_seconds=7, batch_window_seconds=4, schedule_enabled=False
    )
    with EmbeddedAws(region="eu-west-1") as aws:
        yield aws, play(aws.endpoint_url, artefacts, settings, region="eu-west-1")


def client(aws: EmbeddedAws, service: str, region: str = "eu-west-1") -> Any:
    create: Any = boto3.Session("local", "local", region_name=region).client
    return create(service, endpoint_url=aws.endpoint_url)


def test_settings_take_effect(playing: tuple[EmbeddedAws, Stack]) -> None:
    aws, stack = playing
    stream = client(aws, "kinesis").describe_stream_summary(StreamName=stack.stream_name)
    assert stream["StreamDescriptionSummary"]["OpenShardCount"] == 3
    for name in (stack.bronze_delivery_stream, stack.quarantine_delivery_stream):
        delivery = client(aws, "firehose").describe_delivery_stream(DeliveryStreamName=name)
        (destination,) = delivery["DeliveryStreamDescription"]["Destinations"]
        hints = destination["ExtendedS3DestinationDescription"]["BufferingHints"]
        assert hints["IntervalInSeconds"] == 7
    (mapping,) = client(aws, "lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["MaximumBatchingWindowInSeconds"] == 4


def test_the_stack_names_what_is_there(playing: tuple[EmbeddedAws, Stack]) -> None:
    aws, stack = playing
    parameter = client(aws, "ssm").get_parameter(Name="/orderlake/test/stack")["Parameter"]["Value"]
    assert Stack.model_validate_json(parameter) == stack
    assert (stack.environment, stack.region) == ("test", "eu-west-1")
    assert stack.lake_bucket == "orderlake-test-lake-123456789012"
    buckets = {bucket["Name"] for bucket in client(aws, "s3").list_buckets()["Buckets"]}
    assert buckets == {stack.lake_bucket, stack.results_bucket, stack.artifacts_bucket}


def test_the_function_has_the_code_that_was_given(
    playing: tuple[EmbeddedAws, Stack], artefacts: dict[str, Artefact]
) -> None:
    aws, stack = playing
    function = client(aws, "lambda").get_function(FunctionName=stack.ingest_function)
    assert function["Configuration"]["CodeSize"] == artefacts["order_ingest"].size


def test_a_stream_keeps_its_tags(playing: tuple[EmbeddedAws, Stack]) -> None:
    aws, stack = playing
    tags = client(aws, "kinesis").list_tags_for_stream(StreamName=stack.stream_name)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags}["environment"] == "test"


def test_a_refused_call_says_which_and_why(
    playing: tuple[EmbeddedAws, Stack], artefacts: dict[str, Artefact]
) -> None:
    aws, _ = playing
    with pytest.raises(PlaybackError, match="CreateStream of kinesis was refused"):
        play(aws.endpoint_url, artefacts, PlaybackSettings(environment="other", shards=0), region="eu-west-1")
