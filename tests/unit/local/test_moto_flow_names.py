"""The names of moto that the Lambda and Firehose engines lean on are as they were.

A failure here means: moto was upgraded; read docs/embedded-aws.md, look at what changed, mend the engine.
"""

import inspect
from collections.abc import Callable

import pytest
from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction, LambdaStorage
from moto.firehose.models import DeliveryStream, FirehoseBackend
from moto.glue.models import FakeTable, GlueBackend


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (LambdaFunction.__init__, "self account_id spec region version"),
        (LambdaFunction.invoke, "self body request_headers response_headers"),
        (LambdaBackend.create_function, "self spec"),
        (LambdaBackend.create_event_source_mapping, "self spec"),
        (LambdaBackend.update_event_source_mapping, "self uuid spec"),
        (LambdaBackend.delete_function, "self function_name qualifier"),
        (LambdaBackend.publish_version, "self function_name description"),
        (LambdaStorage.put_function, "self fn"),
        (LambdaStorage.get_arn, "self arn"),
        (FirehoseBackend.put_record, "self delivery_stream_name record"),
        (FirehoseBackend.put_record_batch, "self delivery_stream_name records"),
        (FirehoseBackend.delete_delivery_stream, "self delivery_stream_name"),
        (GlueBackend.get_table, "self database_name table_name"),
        (FakeTable.as_dict, "self version"),
    ],
)
def test_a_method_takes_what_the_engines_give(function: Callable[..., object], names: str) -> None:
    assert list(inspect.signature(function).parameters) == names.split()


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (LambdaFunction, "function_name function_arn version handler run_time timeout memory_size role"),
        (LambdaFunction, "environment_vars code_digest code_bytes reserved_concurrency event_invoke_config"),
        (EventSourceMapping, "uuid function_arn enabled starting_position starting_position_timestamp"),
        (EventSourceMapping, "max_batch_window function_response_types parallelization_factor"),
        (EventSourceMapping, "bisect_on_error max_retry_attempts max_record_age filter_criteria"),
        (EventSourceMapping, "destination_config"),
        (LambdaBackend, "_lambdas _event_source_mappings"),
        (DeliveryStream, "delivery_stream_name version_id destinations delivery_stream_arn"),
        (FirehoseBackend, "delivery_streams"),
    ],
)
def test_a_class_keeps_what_the_engines_read(owner: type, names: str) -> None:
    source = inspect.getsource(owner)
    assert [name for name in names.split() if f"self.{name}" not in source] == []
