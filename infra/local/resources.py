"""Creates the pipeline's resources on the embedded AWS, until Terraform's own calls are played back."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

import glue
import sql
from infra.packaging import Artefact
from infra.stack import PARAMETER, Stack

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import TableInputTypeDef

_EXISTS: Final = frozenset(
    (
        "AlreadyExistsException",
        "BucketAlreadyOwnedByYou",
        "BucketAlreadyExists",
        "EntityAlreadyExists",
        "InvalidRequestException",  # Athena's, for a workgroup
        "ResourceConflictException",
        "ResourceInUseException",
    )
)
_STORAGE: Final = {
    "parquet": (
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "json": (
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "org.openx.data.jsonserde.JsonSerDe",
    ),
}
_TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Service": ["lambda.amazonaws.com", "firehose.amazonaws.com", "glue.amazonaws.com"]
                },
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@dataclass(frozen=True, slots=True)
class ResourceSettings:
    """Sizes of the pipeline. Seconds are short, so that orders are seen soon after they are sent."""

    environment: str = "dev"
    shop_timezone: str = "Europe/London"
    shards: int = 2
    firehose_seconds: int = 5
    firehose_megabytes: int = 64
    batch_size: int = 500
    batch_window_seconds: int = 1


def describe_stack(settings: ResourceSettings, *, account_id: str, region: str) -> Stack:
    """The names that `create_resources` gives."""
    name = f"orderlake-{settings.environment}"
    return Stack(
        environment=settings.environment,
        region=region,
        account_id=account_id,
        shop_timezone=settings.shop_timezone,
        stream_name=f"{name}-orders",
        ingest_function=f"{name}-order-ingest",
        bronze_delivery_stream=f"{name}-bronze",
        quarantine_delivery_stream=f"{name}-quarantine",
        lake_bucket=f"{name}-lake-{account_id}",
        results_bucket=f"{name}-results-{account_id}",
        artifacts_bucket=f"{name}-artifacts-{account_id}",
        bronze_prefix="bronze/order_events/",
        quarantine_prefix="quarantine/events/",
        quarantine_raw_prefix="quarantine/raw/",
        delivery_failed_prefix="delivery-failed/",
        on_failure_prefix="on-failure/",
        audit_prefix="audit/",
        checkpoints_prefix="checkpoints/",
        silver_prefix="silver/",
        gold_prefix="gold/",
        database="ecommerce_analytics_db",
        workgroup=name,
        jobs={"silver": f"{name}-silver", "gold": f"{name}-gold"},
    )


def create_resources(
    endpoint_url: str,
    *,
    order_ingest: Artefact,
    glue_bundle: Artefact,
    settings: ResourceSettings | None = None,
    account_id: str = "123456789012",
    region: str = "us-east-1",
) -> Stack:
    """Create what is not there yet and bring tables and artefacts up to date; safe to repeat.

    Raises botocore's errors where the endpoint refuses or does not answer.
    """
    settings = settings or ResourceSettings()
    stack = describe_stack(settings, account_id=account_id, region=region)
    session = boto3.Session("embedded", "embedded", region_name=region)
    config = Config(retries={"total_max_attempts": 2})

    def client(service: Any) -> Any:
        return session.client(service, endpoint_url=endpoint_url, config=config)

    creator = _Creator(client, stack, settings)
    creator.create_buckets()
    creator.create_role()
    creator.create_catalogue()
    creator.create_workgroup()
    creator.create_delivery()
    creator.create_jobs(glue_bundle)
    creator.create_stream()
    creator.put_parameter()
    creator.create_function(order_ingest)  # last: it begins to read at once
    return stack


def table_input(table: str, bucket: str) -> "TableInputTypeDef":
    """The Glue table of `sql/<table>/schema.yaml`, its objects in `bucket`, its partitions projected."""
    schema = yaml.safe_load((Path(sql.__file__).parent / table / "schema.yaml").read_text())
    location = f"s3://{bucket}/{schema['location']}"
    partitions = schema["partitions"]
    template = location + "".join(f"{part['name']}=${{{part['name']}}}/" for part in partitions)
    parameters = {
        "EXTERNAL": "TRUE",
        "classification": schema["format"],
        "projection.enabled": "true",
        "storage.location.template": template,
    }
    for part in partitions:
        projection = f"projection.{part['name']}"
        parameters[f"{projection}.type"] = "date"
        parameters[f"{projection}.format"] = part["projection"]
        parameters[f"{projection}.range"] = "2020-01-01-00,NOW"
        parameters[f"{projection}.interval"] = "1"
        parameters[f"{projection}.interval.unit"] = "HOURS"
    input_format, output_format, library = _STORAGE[schema["format"]]
    return {
        "Name": table,
        "Description": schema["description"],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "PartitionKeys": [
            {"Name": part["name"], "Type": part["type"], "Comment": part["description"]}
            for part in partitions
        ],
        "StorageDescriptor": {
            "Location": location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {"SerializationLibrary": library},
            "Columns": [
                {"Name": column["name"], "Type": column["type"], "Comment": column["description"]}
                for column in schema["columns"]
            ],
        },
    }


def _created(create: Callable[..., Any], **arguments: Any) -> bool:
    """False where the resource was there before."""
    try:
        create(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _EXISTS:
            raise
        return False
    return True


class _Creator:
    """Creates one stack, a method per service."""

    def __init__(self, client: Callable[[str], Any], stack: Stack, settings: ResourceSettings) -> None:
        self._client = client
        self._stack = stack
        self._settings = settings
        self._s3 = client("s3")
        self._role = f"arn:aws:iam::{stack.account_id}:role/orderlake-{stack.environment}"
        self._parameter = PARAMETER.format(environment=stack.environment)

    def create_buckets(self) -> None:
        stack = self._stack
        for bucket in (stack.lake_bucket, stack.results_bucket, stack.artifacts_bucket):
            _created(self._s3.create_bucket, Bucket=bucket)

    def create_role(self) -> None:
        name = self._role.rpartition("/")[2]
        _created(self._client("iam").create_role, RoleName=name, AssumeRolePolicyDocument=_TRUST)

    def create_catalogue(self) -> None:
        catalogue = self._client("glue")
        database = self._stack.database
        _created(catalogue.create_database, DatabaseInput={"Name": database})
        for table in ("bronze_order_events", "quarantine_events"):
            definition = table_input(table, self._stack.lake_bucket)
            if not _created(catalogue.create_table, DatabaseName=database, TableInput=definition):
                catalogue.update_table(DatabaseName=database, TableInput=definition)

    def create_workgroup(self) -> None:
        output = {"OutputLocation": f"s3://{self._stack.results_bucket}/results/"}
        _created(
            self._client("athena").create_work_group,
            Name=self._stack.workgroup,
            Configuration={"ResultConfiguration": output, "EnforceWorkGroupConfiguration": True},
        )

    def create_delivery(self) -> None:
        stack = self._stack
        conversion = {
            "Enabled": True,
            "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
            "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {"Compression": "SNAPPY"}}},
            "SchemaConfiguration": {
                "RoleARN": self._role,
                "Region": stack.region,
                "DatabaseName": stack.database,
                "TableName": "bronze_order_events",
            },
        }
        parquet = {"CompressionFormat": "UNCOMPRESSED", "DataFormatConversionConfiguration": conversion}
        self._deliver(stack.bronze_delivery_stream, "bronze", stack.bronze_prefix, parquet)
        json_lines = {"CompressionFormat": "GZIP"}
        self._deliver(stack.quarantine_delivery_stream, "quarantine", stack.quarantine_prefix, json_lines)

    def _deliver(self, name: str, table: str, prefix: str, form: dict[str, Any]) -> None:
        failed = f"{self._stack.delivery_failed_prefix}{table}/!{{firehose:error-output-type}}/"
        _created(
            self._client("firehose").create_delivery_stream,
            DeliveryStreamName=name,
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration={
                "RoleARN": self._role,
                "BucketARN": f"arn:aws:s3:::{self._stack.lake_bucket}",
                "Prefix": f"{prefix}arrival_hour=!{{timestamp:yyyy-MM-dd-HH}}/",
                "ErrorOutputPrefix": f"{failed}!{{timestamp:yyyy-MM-dd-HH}}/",
                "BufferingHints": {
                    "IntervalInSeconds": self._settings.firehose_seconds,
                    "SizeInMBs": self._settings.firehose_megabytes,
                },
                **form,
            },
        )

    def create_jobs(self, bundle: Artefact) -> None:
        packages = self._upload(f"jobs/packages/{bundle.sha256}/{bundle.name}", bundle.path)
        for job, name in self._stack.jobs.items():
            script = Path(glue.__file__).parent / "jobs" / f"{job}.py"
            digest = sha256(script.read_bytes()).hexdigest()
            _created(
                self._client("glue").create_job,
                Name=name,
                Role=self._role,
                MaxCapacity=0.0625,
                Timeout=60,
                ExecutionProperty={"MaxConcurrentRuns": 1},
                Command={
                    "Name": "pythonshell",
                    "PythonVersion": "3.9",
                    "ScriptLocation": self._upload(f"jobs/{job}/{digest}.py", script),
                },
                DefaultArguments={"--stack-parameter": self._parameter, "--extra-py-files": packages},
            )

    def create_stream(self) -> None:
        name = self._stack.stream_name
        _created(self._client("kinesis").create_stream, StreamName=name, ShardCount=self._settings.shards)

    def put_parameter(self) -> None:
        value = self._stack.model_dump_json()
        self._client("ssm").put_parameter(Name=self._parameter, Value=value, Type="String", Overwrite=True)

    def create_function(self, archive: Artefact) -> None:
        stack = self._stack
        functions = self._client("lambda")
        key = f"functions/order_ingest/{archive.sha256}.zip"
        self._upload(key, archive.path)
        code = {"S3Bucket": stack.artifacts_bucket, "S3Key": key}
        environment = {
            "BRONZE_DELIVERY_STREAM": stack.bronze_delivery_stream,
            "QUARANTINE_DELIVERY_STREAM": stack.quarantine_delivery_stream,
            "LAKE_BUCKET": stack.lake_bucket,
            "QUARANTINE_RAW_PREFIX": stack.quarantine_raw_prefix,
            "POWERTOOLS_SERVICE_NAME": "order-ingest",
            "POWERTOOLS_METRICS_NAMESPACE": "Orderlake",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        is_new = _created(
            functions.create_function,
            FunctionName=stack.ingest_function,
            Runtime="python3.13",
            Architectures=["x86_64"],
            Role=self._role,
            Handler="stream_processors.order_ingest.handler.handler",
            Code=code,
            Environment={"Variables": environment},
            MemorySize=512,
            Timeout=60,
        )
        if not is_new:
            functions.update_function_code(FunctionName=stack.ingest_function, **code)
        if functions.list_event_source_mappings(FunctionName=stack.ingest_function)["EventSourceMappings"]:
            return
        functions.create_event_source_mapping(
            EventSourceArn=f"arn:aws:kinesis:{stack.region}:{stack.account_id}:stream/{stack.stream_name}",
            FunctionName=stack.ingest_function,
            StartingPosition="TRIM_HORIZON",
            BatchSize=self._settings.batch_size,
            MaximumBatchingWindowInSeconds=self._settings.batch_window_seconds,
            FunctionResponseTypes=["ReportBatchItemFailures"],
        )

    def _upload(self, key: str, path: Path) -> str:
        """Put a file into the artefacts bucket and give its URI; keys hold hashes, so a key never changes."""
        self._s3.put_object(Bucket=self._stack.artifacts_bucket, Key=key, Body=path.read_bytes())
        return f"s3://{self._stack.artifacts_bucket}/{key}"
