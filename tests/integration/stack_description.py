"""Everything that the services say about an environment, without what differs between two equal ones."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import boto3

# Drawn by the service or dated by it; versions count how often something was written.
_LEFT_OUT = frozenset(
    [
        "ResponseMetadata",
        "CreateDate",
        "CreateTime",
        "CreatedBy",
        "CreatedOn",
        "CreationDate",
        "CreationTime",
        "KeyCount",
        "LastModified",
        "LastModifiedDate",
        "LastModifiedOn",
        "LastModifiedTime",
        "NamedQueryId",
        "Owner",
        "RevisionId",
        "RoleId",
        "StateUpdatedTimestamp",
        "UUID",
        "UpdateTime",
        "Version",
        "VersionId",
        "EventSourceMappingArn",
        "creationTime",
        "firstEventTimestamp",
        "lastIngestionTime",
        "storedBytes",
        "uploadSequenceToken",
        "Id",
    ]
)
_BUCKET_SETTINGS = (
    "get_bucket_encryption",
    "get_bucket_lifecycle_configuration",
    "get_bucket_notification_configuration",
    "get_bucket_policy",
    "get_bucket_tagging",
    "get_bucket_versioning",
    "get_public_access_block",
)


def describe(endpoint_url: str, region: str = "us-east-1") -> dict[str, Any]:
    """Descriptions by service, operation and name.

    The value of the key for pseudonyms is its length, the endpoint's own URL is none.
    """
    session = boto3.Session("local", "local", region_name=region)

    def client(service: str) -> Any:
        create: Any = session.client
        return create(service, endpoint_url=endpoint_url)

    return {place: _steady(answer, endpoint_url) for place, answer in _descriptions(client)}


def _descriptions(client: Any) -> Iterator[tuple[str, Any]]:
    for service in (_s3, _iam, _streams, _functions, _apis, _catalogue, _athena, _watching, _parameters):
        yield from service(client)


def _s3(client: Any) -> Iterator[tuple[str, Any]]:
    s3 = client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for setting in _BUCKET_SETTINGS:
            if (setting, name.split("-")[2]) != ("get_bucket_versioning", "results"):
                yield f"s3 {name} {setting}", getattr(s3, setting)(Bucket=name)
        if "-artifacts-" in name:
            # ETags say in how many parts Terraform uploaded; keys name the content's hash.
            objects = s3.list_objects_v2(Bucket=name)["Contents"]
            yield f"s3 {name}", [(one["Key"], one["Size"]) for one in objects]


def _iam(client: Any) -> Iterator[tuple[str, Any]]:
    iam = client("iam")
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        yield f"iam {name}", iam.get_role(RoleName=name)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            yield f"iam {name} {policy}", iam.get_role_policy(RoleName=name, PolicyName=policy)


def _streams(client: Any) -> Iterator[tuple[str, Any]]:
    kinesis, firehose = client("kinesis"), client("firehose")
    for name in kinesis.list_streams()["StreamNames"]:
        yield f"kinesis {name}", kinesis.describe_stream_summary(StreamName=name)
        yield f"kinesis {name} tags", kinesis.list_tags_for_stream(StreamName=name)
    for name in firehose.list_delivery_streams()["DeliveryStreamNames"]:
        yield f"firehose {name}", firehose.describe_delivery_stream(DeliveryStreamName=name)
        yield f"firehose {name} tags", firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)


def _functions(client: Any) -> Iterator[tuple[str, Any]]:
    functions = client("lambda")
    for function in functions.list_functions()["Functions"]:
        name = function["FunctionName"]
        yield f"lambda {name}", functions.get_function_configuration(FunctionName=name)
        yield f"lambda {name} tags", functions.list_tags(Resource=function["FunctionArn"])
        yield f"lambda {name} events", functions.list_function_event_invoke_configs(FunctionName=name)
        yield f"lambda {name} mappings", functions.list_event_source_mappings(FunctionName=name)


def _apis(client: Any) -> Iterator[tuple[str, Any]]:
    gateway = client("apigatewayv2")
    for api in gateway.get_apis()["Items"]:
        yield f"api {api['Name']}", api
        for part in ("integrations", "stages"):
            yield f"api {api['Name']} {part}", getattr(gateway, f"get_{part}")(ApiId=api["ApiId"])["Items"]
        routes = gateway.get_routes(ApiId=api["ApiId"])["Items"]
        # moto does not list them.
        for authorizer in sorted({route["AuthorizerId"] for route in routes if "AuthorizerId" in route}):
            found = gateway.get_authorizer(ApiId=api["ApiId"], AuthorizerId=authorizer)
            yield f"api {api['Name']} {authorizer}", found
        for route in routes:
            # Its id is drawn.
            yield f"api {api['Name']} {route['RouteKey']}", {**route, "RouteId": ""}


def _catalogue(client: Any) -> Iterator[tuple[str, Any]]:
    glue = client("glue")
    for database in glue.get_databases()["DatabaseList"]:
        yield f"glue {database['Name']}", database
        yield f"glue {database['Name']} tables", glue.get_tables(DatabaseName=database["Name"])
    yield "glue jobs", glue.get_jobs()
    for trigger in glue.get_triggers()["Triggers"]:
        yield f"glue {trigger['Name']}", trigger
    for name in glue.list_workflows()["Workflows"]:
        yield f"glue {name}", glue.get_workflow(Name=name)


def _athena(client: Any) -> Iterator[tuple[str, Any]]:
    athena = client("athena")
    for group in athena.list_work_groups()["WorkGroups"]:
        name = group["Name"]
        yield f"athena {name}", athena.get_work_group(WorkGroup=name)
        for query in athena.list_named_queries(WorkGroup=name).get("NamedQueryIds", []):
            found = athena.get_named_query(NamedQueryId=query)
            yield f"athena {name} {found['NamedQuery']['Name']}", found


def _watching(client: Any) -> Iterator[tuple[str, Any]]:
    sns, events, logs = client("sns"), client("events"), client("logs")
    for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]:
        # What state it is in depends on what has happened since.
        definition = {name: value for name, value in alarm.items() if not name.startswith("State")}
        yield f"cloudwatch {alarm['AlarmName']}", definition
    for topic in sns.list_topics()["Topics"]:
        yield f"sns {topic['TopicArn']}", sns.get_topic_attributes(**topic)
        yield f"sns {topic['TopicArn']} tags", sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])
    for rule in events.list_rules()["Rules"]:
        yield f"events {rule['Name']}", events.describe_rule(Name=rule["Name"])
        yield f"events {rule['Name']} targets", events.list_targets_by_rule(Rule=rule["Name"])
    for group in logs.describe_log_groups()["logGroups"]:
        yield f"logs {group['logGroupName']}", group


def _parameters(client: Any) -> Iterator[tuple[str, Any]]:
    ssm = client("ssm")
    for described in ssm.describe_parameters()["Parameters"]:
        parameter = ssm.get_parameter(Name=described["Name"], WithDecryption=True)["Parameter"]
        if parameter["Type"] == "SecureString":
            parameter["Value"] = len(parameter["Value"])
        yield f"ssm {described['Name']}", {**described, **parameter}


def _steady(value: Any, endpoint_url: str) -> Any:
    if isinstance(value, dict):
        return {
            name: _steady(item, endpoint_url)
            for name, item in value.items()
            if name not in _LEFT_OUT and not isinstance(item, datetime)
        }
    if isinstance(value, list):
        return sorted((_steady(item, endpoint_url) for item in value), key=str)
    return value.replace(endpoint_url, "") if isinstance(value, str) else value
