"""The names of moto that the engines lean on are as they were when the engines were written.

A failure here means: moto was upgraded; read docs/embedded-aws.md, look at what changed, mend the engine.
"""

import importlib.metadata
import inspect
from collections.abc import Callable

import pytest
from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.exceptions import JsonRESTError
from moto.glue.models import FakeDatabase, FakeTable, GlueBackend, glue_backends
from moto.iam.models import IAMBackend
from moto.kinesis.models import KinesisBackend, Stream, kinesis_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.s3 import notifications
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from moto.ssm.models import SimpleSystemManagerBackend, ssm_backends

# As imported: an embedded AWS of another test in this process has replaced it.
MOTO_SEND_EVENT = notifications.send_event


def parameters(function: Callable[..., object]) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_moto_is_the_pinned_version() -> None:
    assert importlib.metadata.version("moto") == "5.2.5"


@pytest.mark.parametrize("backends", [kinesis_backends, s3_backends, glue_backends, ssm_backends])
def test_a_services_backend_is_replaceable(backends: BackendDict[BaseBackend]) -> None:
    assert get_backend(backends.service_name) is backends  # type: ignore[call-overload]
    assert issubclass(backends.backend, BaseBackend)


def test_backends_are_made_lazily_from_the_class_that_is_set() -> None:
    assert "self.backend(region_name, account_id=self.account_id)" in inspect.getsource(
        AccountSpecificBackend
    )
    assert "backend=self.backend" in inspect.getsource(BackendDict)


def test_a_services_urls_come_from_the_module_of_its_backends_class() -> None:
    source = inspect.getsource(BaseBackend._url_module.fget)  # type: ignore[attr-defined]
    assert "self.__class__.__module__" in source


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (KinesisBackend.create_stream, "self stream_name shard_count stream_mode retention_period_hours"),
        (KinesisBackend.describe_stream, "self stream_arn stream_name"),
        (
            KinesisBackend.put_record,
            "self stream_arn stream_name partition_key explicit_hash_key data",
        ),
        (KinesisBackend.put_records, "self stream_arn stream_name records"),
        (
            KinesisBackend.get_shard_iterator,
            "self stream_arn stream_name shard_id shard_iterator_type starting_sequence_number at_timestamp",
        ),
        (Stream.init_shards, "self shard_count"),
        (Stream.split_shard, "self shard_to_split new_starting_hash_key"),
        (Stream.merge_shards, "self shard_to_merge adjacent_shard_to_merge"),
        (Stream.update_shard_count, "self target_shard_count"),
        (Stream.put_record, "self partition_key explicit_hash_key data"),
        (S3Backend.delete_bucket, "self bucket_name"),
        (S3Backend.delete_object, "self bucket_name key_name version_id bypass"),
        (FakeKey.set_metadata, "self metadata replace"),
        (GlueBackend.create_database, "self database_name database_input tags"),
        (
            GlueBackend.create_table,
            "self database_name table_name table_input open_table_format_input",
        ),
        (GlueBackend.update_table, "self database_name table_name table_input"),
        (GlueBackend.delete_table, "self database_name table_name"),
        (SimpleSystemManagerBackend.delete_parameter, "self name"),
        (SimpleSystemManagerBackend.delete_parameters, "self names"),
        (DomainDispatcherApplication.get_backend_for_host, "self host"),
        (create_backend_app, "service"),
    ],
)
def test_what_we_override_or_call_takes_the_same_arguments(
    function: Callable[..., object], names: str
) -> None:
    assert parameters(function) == names.split()


def test_a_stream_has_what_moto_describes_it_by() -> None:
    stream = Stream("s", 1, None, None, "123456789012", "us-east-1")  # type: ignore[abstract]
    for name in ("shards", "shard_count", "stream_mode", "retention_period_hours", "encryption_type", "arn"):
        assert hasattr(stream, name), name


def test_objects_are_stored_by_put_object_alone() -> None:
    assert parameters(S3Backend.put_object)[:4] == ["self", "bucket_name", "key_name", "value"]
    for function in (S3Backend.copy_object, S3Backend.complete_multipart_upload):
        assert "self.put_object(" in inspect.getsource(function)
    assert "self.delete_object(" in inspect.getsource(S3Backend.delete_objects)
    assert "disable_notification" in parameters(S3Backend.put_object)


def test_a_notification_is_made_and_sent_by_functions_that_can_be_replaced() -> None:
    assert parameters(notifications._invoke_awslambda) == [
        "account_id",
        "event_body",
        "fn_arn",
        "region_name",
    ]
    assert parameters(notifications._get_s3_event) == ["event_name", "bucket", "key", "notification_id"]
    assert parameters(notifications.send_event) == ["account_id", "event_name", "bucket", "key"]
    sent = inspect.getsource(MOTO_SEND_EVENT)
    assert "_get_s3_event(" in sent
    assert "_invoke_awslambda(" in sent
    assert "send_event(" in inspect.getsource(S3Backend.complete_multipart_upload)
    assert FakeKey("name", b"", "123456789012", "us-east-1").multipart is None


def test_a_bucket_keeps_versions_by_key() -> None:
    bucket = FakeBucket("name", "123456789012", "us-east-1")  # type: ignore[abstract]
    s3_backends.bucket_accounts.pop("name", None)
    bucket.keys["k"] = "version"
    assert bucket.keys.getlist("k") == ["version"]
    assert list(bucket.keys.lists()) == [("k", ["version"])]


def test_a_table_keeps_its_current_version_by_number() -> None:
    table = FakeTable("d", "t", {"Name": "t"}, "123456789012")
    table.update({"Name": "t", "Description": "new"})
    assert table.versions[str(table._current_version)] == {"Name": "t", "Description": "new"}
    database = FakeDatabase("d", {"Name": "d"}, "123456789012")
    assert (database.input, dict(database.tables)) == ({"Name": "d"}, {})


def test_parameters_are_put_by_these_names() -> None:
    names = parameters(SimpleSystemManagerBackend.put_parameter)
    assert names[:5] == ["self", "name", "description", "value", "parameter_type"]
    assert set(names[5:]) == {
        "allowed_pattern",
        "keyid",
        "overwrite",
        "tags",
        "data_type",
        "tier",
        "policies",
    }


def test_an_error_tells_its_code_and_message() -> None:
    error = JsonRESTError("Code", "text")
    assert (error.error_type, error.message, error.code) == ("Code", "text", 400)


def test_the_server_side_has_its_seams() -> None:
    application = DomainDispatcherApplication(create_backend_app)
    assert any(backend == "kinesis" for backend, _ in application.backend_url_patterns)
    assert hasattr(MotoRequestHandler, "make_environ")


def test_an_iam_backend_is_asked_for_managed_policies_once_per_partition() -> None:
    assert parameters(IAMBackend._init_aws_policies) == ["self"]
    assert "self.region_name" in inspect.getsource(IAMBackend._init_aws_policies)
