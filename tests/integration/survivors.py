"""What is left of an environment in an account: the names of everything that Terraform or a program made."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3

_LISTS: list[tuple[str, str, Callable[[dict[str, Any]], str]]] = [
    ("apigatewayv2", "get_apis.Items", lambda item: item["Name"]),
    ("athena", "list_work_groups.WorkGroups", lambda item: item["Name"]),
    ("cloudwatch", "describe_alarms.MetricAlarms", lambda item: item["AlarmName"]),
    ("events", "list_rules.Rules", lambda item: item["Name"]),
    ("firehose", "list_delivery_streams.DeliveryStreamNames", str),
    ("glue", "get_databases.DatabaseList", lambda item: item["Name"]),
    ("glue", "get_jobs.Jobs", lambda item: item["Name"]),
    ("glue", "get_triggers.Triggers", lambda item: item["Name"]),
    ("glue", "list_workflows.Workflows", str),
    ("iam", "list_roles.Roles", lambda item: item["RoleName"]),
    ("kinesis", "list_streams.StreamNames", str),
    ("lambda", "list_event_source_mappings.EventSourceMappings", lambda item: item["UUID"]),
    ("lambda", "list_functions.Functions", lambda item: item["FunctionName"]),
    ("logs", "describe_log_groups.logGroups", lambda item: item["logGroupName"]),
    ("s3", "list_buckets.Buckets", lambda item: item["Name"]),
    ("sns", "list_topics.Topics", lambda item: item["TopicArn"]),
    ("ssm", "describe_parameters.Parameters", lambda item: item["Name"]),
]
# There without anybody's doing.
_ALWAYS_THERE = {("athena", "primary")}


def survivors(endpoint_url: str, region: str = "us-east-1") -> list[tuple[str, str]]:
    """(service, name) of everything that is there."""
    session = boto3.Session("local", "local", region_name=region)
    return sorted(set(_found(session, endpoint_url)) - _ALWAYS_THERE)


def _found(session: boto3.Session, endpoint_url: str) -> Iterator[tuple[str, str]]:
    client_of: Callable[..., Any] = session.client
    for service, path, name_of in _LISTS:
        operation, _, key = path.partition(".")
        answer = getattr(client_of(service, endpoint_url=endpoint_url), operation)()
        yield from ((service, name_of(item)) for item in answer.get(key, []))
