import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.firehose.buffer import Record
from infra.local.firehose.processor import (
    Batch,
    Processor,
    ProcessorError,
    UnusableAnswerError,
    batches,
    error_lines,
    event,
    read_answer,
    read_processor,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:transform"


def batch_of(*data: bytes) -> Batch:
    return {f"id-{place}": Record(one, NOON) for place, one in enumerate(data)}


def answer(*records: dict[str, Any]) -> bytes:
    return json.dumps({"records": records}).encode()


def said(record_id: str, result: str, data: bytes = b"") -> dict[str, Any]:
    return {"recordId": record_id, "result": result, "data": base64.b64encode(data).decode()}


def configuration(**parameters: str) -> dict[str, Any]:
    given = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": given}]}


def test_hints_that_are_not_given_are_awss() -> None:
    assert read_processor(configuration(LambdaArn=f"{ARN}:$LATEST")) == Processor(ARN, 1024 * 1024, 60, 3)


def test_hints_are_read() -> None:
    given = configuration(
        LambdaArn=ARN, BufferSizeInMBs="0.5", BufferIntervalInSeconds="0", NumberOfRetries="300"
    )
    assert read_processor(given) == Processor(ARN, 512 * 1024, 0, 300)


def test_processing_that_is_not_enabled_is_none() -> None:
    assert read_processor({"Enabled": False}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"LambdaArn": ARN, "BufferSizeInMBs": "4"},
        {"LambdaArn": ARN, "BufferIntervalInSeconds": "901"},
        {"LambdaArn": ARN, "NumberOfRetries": "many"},
        {"BufferSizeInMBs": "1"},
    ],
)
def test_parameters_outside_awss_limits_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ProcessorError):
        read_processor(configuration(**wrong))


def test_another_kind_of_processor_is_refused() -> None:
    with pytest.raises(ProcessorError):
        read_processor({"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]})


def test_a_batch_holds_no_more_than_the_hint_or_one_record() -> None:
    records = [Record(b"x" * size, NOON) for size in (4, 5, 20, 1)]
    sizes = [[len(record.data) for record in batch.values()] for batch in batches(records, 10)]
    assert sizes == [[4, 5], [20], [1]]


def test_the_function_gets_what_the_sample_event_of_aws_has() -> None:
    document = json.loads(
        event("arn:aws:firehose:us-east-1:1:deliverystream/bronze", "us-east-1", batch_of(b"Hi"))
    )
    assert document.pop("invocationId")
    assert document == {
        "deliveryStreamArn": "arn:aws:firehose:us-east-1:1:deliverystream/bronze",
        "region": "us-east-1",
        "records": [{"recordId": "id-0", "approximateArrivalTimestamp": 1767268800000, "data": "SGk="}],
    }


def test_ok_is_kept_with_its_new_data_dropped_is_gone_and_the_rest_failed() -> None:
    payload = answer(
        said("id-0", "Ok", b"new"),
        said("id-1", "Dropped"),
        said("id-2", "ProcessingFailed"),
        said("id-3", "Fine"),
    )
    processed = read_answer(batch_of(b"a", b"b", b"c", b"d"), payload)
    assert processed.kept == [Record(b"new", NOON)]
    assert [(one.record.data, one.code) for one in processed.failed] == [
        (b"c", "Lambda.ProcessingFailedStatus"),
        (b"d", "Lambda.ProcessingFailedStatus"),
    ]


def test_data_that_is_no_base64_fails_its_record() -> None:
    payload = answer({"recordId": "id-0", "result": "Ok", "data": "?"})
    assert [one.code for one in read_answer(batch_of(b"a"), payload).failed] == ["Lambda.MalformedData"]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"null", "Lambda.JsonProcessingException"),
        (b"no json", "Lambda.JsonProcessingException"),
        (answer(said("id-0", "Ok")), "Lambda.MissingRecordId"),
        (answer(said("id-0", "Ok"), said("id-0", "Ok")), "Lambda.DuplicatedRecordId"),
        (
            answer(said("id-0", "Ok"), said("id-1", "Ok"), said("id-9", "Ok")),
            "Lambda.MissingRecordId",
        ),
        (b" " * (6 * 1024 * 1024 + 1), "Lambda.FunctionError"),
    ],
)
def test_an_answer_that_does_not_name_every_record_once_counts_for_nothing(payload: bytes, code: str) -> None:
    with pytest.raises(UnusableAnswerError) as error:
        read_answer(batch_of(b"a", b"b"), payload)
    assert error.value.code == code


def test_failures_are_written_as_aws_documents_them() -> None:
    payload = answer(said("id-0", "ProcessingFailed"))
    failed = read_answer(batch_of(b"Hi"), payload).failed
    assert json.loads(error_lines(failed, ARN, 4, NOON)) == {
        "attemptsMade": 4,
        "arrivalTimestamp": 1767268800000,
        "errorCode": "Lambda.ProcessingFailedStatus",
        "errorMessage": "ProcessingFailed status set for record",
        "attemptEndingTimestamp": 1767268800000,
        "rawData": "SGk=",
        "lambdaArn": f"{ARN}:$LATEST",
    }
