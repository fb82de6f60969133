"""A bucket tells a function of new objects: later, by version; and the topic of what fails for good."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import s3_notifications
from tests.integration.local.aws_harness import ACCOUNT, REGION
from tests.integration.local.test_lambda_functions import Aws, zipped

HANDLER = """
import json


def handler(event, context):
    print("told", json.dumps(event))
    if "bad" in event["Records"][0]["s3"]["object"]["key"]:
        raise ValueError("no such format")
"""


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Aws]:
    aws = Aws(tmp_path)
    s3_notifications.install(aws.engine.invoke_later)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="lake")
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    function = aws.create_function(Code={"ZipFile": zipped(HANDLER)})
    s3.put_bucket_notification_configuration(
        Bucket="lake",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {
                    "LambdaFunctionArn": function["FunctionArn"],
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "landing/"}]}},
                }
            ]
        },
    )
    yield aws
    aws.close()


def told(aws: Aws) -> list[dict[str, Any]]:
    found = [line.removeprefix("told ") for line in aws.log().splitlines() if line.startswith("told ")]
    return [json.loads(line)["Records"][0] for line in found]


def test_an_object_under_the_prefix_is_told_with_its_version(aws: Aws) -> None:
    s3 = aws.client("s3")
    s3.put_object(Bucket="lake", Key="other/a.csv", Body=b"1")
    version = s3.put_object(Bucket="lake", Key="landing/a b.csv", Body=b"12")["VersionId"]
    assert told(aws) == []

    aws.tick_until(lambda: len(told(aws)) == 1)

    (record,) = told(aws)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == "lake"
    assert record["s3"]["object"]["key"] == "landing/a+b.csv"
    assert (record["s3"]["object"]["size"], record["s3"]["object"]["versionId"]) == (2, version)


def test_an_upload_in_parts_is_told_once_it_is_complete(aws: Aws) -> None:
    s3 = aws.client("s3")
    named = {"Bucket": "lake", "Key": "landing/a.csv"}
    upload = s3.create_multipart_upload(**named)["UploadId"]
    part = s3.upload_part(**named, UploadId=upload, PartNumber=1, Body=b"half")
    s3.create_multipart_upload(Bucket="lake", Key="landing/never.csv")
    parts = [{"ETag": part["ETag"], "PartNumber": 1}]
    s3.complete_multipart_upload(**named, UploadId=upload, MultipartUpload={"Parts": parts})
    aws.engine.drain()

    (record,) = told(aws)
    assert (record["eventName"], record["s3"]["object"]["key"]) == (
        "ObjectCreated:CompleteMultipartUpload",
        "landing/a.csv",
    )


def test_what_fails_for_good_is_told_to_the_functions_topic(aws: Aws) -> None:
    topic = aws.client("sns").create_topic(Name="alarms")["TopicArn"]
    queue = aws.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
    )
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName="shop",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": topic}},
    )
    aws.client("s3").put_object(Bucket="lake", Key="landing/bad.csv", Body=b"1")

    messages: list[Any] = []

    def heard() -> bool:
        messages.extend(aws.client("sqs").receive_message(QueueUrl=queue).get("Messages", []))
        return bool(messages)

    aws.tick_until(heard)

    failed = json.loads(json.loads(messages[0]["Body"])["Message"])
    assert failed["requestContext"]["condition"] == "RetriesExhausted"
    assert failed["requestContext"]["approximateInvokeCount"] == 1
    assert failed["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "landing/bad.csv"
    assert failed["responsePayload"]["errorType"] == "ValueError"
