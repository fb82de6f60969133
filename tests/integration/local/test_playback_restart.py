"""Terraform's calls played back over what a data directory brought back."""

import json
from pathlib import Path
from typing import Any

import boto3

from infra.local.playback import deployables, play
from infra.local.server import EmbeddedAws
from infra.stack import Stack


def client(aws: EmbeddedAws, service: str) -> Any:
    create: Any = boto3.Session("local", "local", region_name="us-east-1").client
    return create(service, endpoint_url=aws.endpoint_url)


def test_a_restart_keeps_key_and_data_and_brings_definitions_up_to_date(
    tmp_path: Path,
) -> None:
    artefacts = deployables()
    with EmbeddedAws(data_dir=tmp_path) as aws:
        stack = play(aws.endpoint_url, artefacts)
        first_endpoint = aws.endpoint_url
        client(aws, "s3").put_object(Bucket=stack.lake_bucket, Key="audit/kept", Body=b"kept")
        key = secret(aws)
        catalogue = client(aws, "glue")
        table = catalogue.get_table(DatabaseName=stack.database, Name="bronze_order_events")["Table"]
        outdated = {"Name": table["Name"], "StorageDescriptor": {**table["StorageDescriptor"], "Columns": []}}
        catalogue.update_table(DatabaseName=stack.database, TableInput=outdated)
        client(aws, "ssm").put_parameter(
            Name="/orderlake/dev/stack", Value=json.dumps({"outdated": True}), Overwrite=True
        )

    with EmbeddedAws(data_dir=tmp_path) as aws:
        moved = (stack.http_api_url or "").replace(first_endpoint, aws.endpoint_url)
        stack = stack.model_copy(update={"http_api_url": moved})
        assert play(aws.endpoint_url, artefacts) == stack
        answer = client(aws, "s3").get_object(Bucket=stack.lake_bucket, Key="audit/kept")
        assert answer["Body"].read() == b"kept"
        assert secret(aws) == key
        parameter = client(aws, "ssm").get_parameter(Name="/orderlake/dev/stack")
        assert Stack.model_validate_json(parameter["Parameter"]["Value"]) == stack
        restored = client(aws, "glue").get_table(DatabaseName=stack.database, Name="bronze_order_events")[
            "Table"
        ]
        assert restored["StorageDescriptor"]["Columns"] == table["StorageDescriptor"]["Columns"]


def secret(aws: EmbeddedAws) -> str:
    answer = client(aws, "ssm").get_parameter(Name="/orderlake/dev/pseudonymisation-key", WithDecryption=True)
    return str(answer["Parameter"]["Value"])
