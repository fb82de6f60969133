"""Event patterns as the Lambda Developer Guide describes them for Kinesis."""

import json
from typing import Any

import pytest

from infra.local.lambda_.event_filter import PatternError, compile_filter

METADATA = {"partitionKey": "k-1", "sequenceNumber": "7"}
ORDER = (
    b'{"id": "o-1", "total": 12.5, "tags": ["new", "big"], "note": "", "gone": null, "ship": {"to": "GB"}}'
)


def passes(pattern: dict[str, Any], data: bytes = ORDER) -> bool:
    return compile_filter([json.dumps(pattern)]).passes(METADATA, data)


@pytest.mark.parametrize(
    ("leaf", "is_match"),
    [
        ({"id": ["o-1"]}, True),
        ({"id": ["o-2", "o-1"]}, True),
        ({"id": ["o-2"]}, False),
        ({"id": ["o-1"], "total": [12.5]}, True),
        ({"id": ["o-1"], "total": [1]}, False),
        ({"id": [{"prefix": "o-"}]}, True),
        ({"id": [{"suffix": "-1"}]}, True),
        ({"id": [{"equals-ignore-case": "O-1"}]}, True),
        ({"id": [{"anything-but": ["o-2"]}]}, True),
        ({"id": [{"anything-but": "o-1"}]}, False),
        ({"id": [{"anything-but": {"prefix": "o-"}}]}, False),
        ({"total": [{"numeric": [">", 10, "<=", 12.5]}]}, True),
        ({"total": [{"numeric": ["=", 12]}]}, False),
        ({"id": [{"numeric": [">", 0]}]}, False),
        ({"tags": ["big"]}, True),
        ({"note": [""]}, True),
        ({"gone": [None]}, True),
        ({"missing": [None]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"id": [{"exists": True}]}, True),
        ({"ship": {"to": ["GB"]}}, True),
        ({"ship": {"to": ["FR"]}}, False),
        ({"$or": [{"id": ["x"]}, {"total": [12.5]}]}, True),
        ({"$or": [{"id": ["x"]}, {"total": [1]}]}, False),
    ],
)
def test_comparisons(leaf: dict[str, Any], is_match: bool) -> None:
    assert passes({"data": leaf}) is is_match


def test_one_of_several_patterns_is_enough() -> None:
    both = compile_filter(['{"data": {"id": ["x"]}}', '{"data": {"id": ["o-1"]}}'])
    assert both.passes(METADATA, ORDER)


def test_without_patterns_everything_passes() -> None:
    assert compile_filter([]).passes(METADATA, b"\xff")


def test_metadata_is_filtered_whatever_the_data() -> None:
    assert passes({"partitionKey": ["k-1"]}, b"\xff\x00")
    assert not passes({"partitionKey": ["k-2"]})


def test_data_of_another_form_than_the_pattern_is_dropped() -> None:
    assert not passes({"data": {"id": ["o-1"]}}, b"plain")
    assert not passes({"data": ["plain"]}, b'{"id": "plain"}')
    assert passes({"data": ["plain"]}, b"plain")
    assert passes({"data": [{"prefix": "pl"}]}, b"plain")


@pytest.mark.parametrize(
    "pattern",
    [
        "no json",
        "[]",
        '{"data": "o-1"}',
        '{"data": {"id": []}}',
        '{"data": {"id": [{"like": "o"}]}}',
        '{"data": {"id": [{"prefix": 1}]}}',
        '{"data": {"id": [{"numeric": [">"]}]}}',
        '{"data": {"id": [{"exists": "yes"}]}}',
        '{"data": {"id": [{"prefix": "a", "suffix": "b"}]}}',
        '{"data": {"id": ["' + "x" * 4096 + '"]}}',
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_filter([pattern])
