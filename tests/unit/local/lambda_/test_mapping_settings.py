from typing import Any

import pytest

from infra.local.lambda_.mapping_settings import MappingRefusedError, check, limit, on_failure_of


@pytest.mark.parametrize(
    "spec",
    [
        {"ParallelizationFactor": 0},
        {"ParallelizationFactor": 11},
        {"MaximumRetryAttempts": 10_001},
        {"MaximumRecordAgeInSeconds": 59},
        {"MaximumRecordAgeInSeconds": 604_801},
        {"BatchSize": 0},
        {"MaximumBatchingWindowInSeconds": 301},
        {"TumblingWindowInSeconds": 30},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:lambda:us-east-1:1:function:x"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "a bucket"}}},
        {"FilterCriteria": {"Filters": [{"Pattern": "no json"}]}},
        {"FilterCriteria": {"Filters": [{"Pattern": "{}"}] * 6}},
    ],
)
def test_what_aws_does_not_take_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(MappingRefusedError):
        check(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"ParallelizationFactor": 10, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1},
        {"MaximumRecordAgeInSeconds": 60, "TumblingWindowInSeconds": 0},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::lake"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": ""}}},
        {"DestinationConfig": {}, "FilterCriteria": {}},
    ],
)
def test_what_aws_takes_is_taken(spec: dict[str, Any]) -> None:
    check(spec)


def test_minus_one_is_no_limit() -> None:
    assert [limit(value) for value in (None, -1, 0, 5)] == [None, None, 0, 5]


def test_an_empty_destination_takes_it_away() -> None:
    assert on_failure_of({"OnFailure": {"Destination": ""}}) is None
