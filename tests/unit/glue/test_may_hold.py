"""Keys as a condition that Iceberg's statistics can answer."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.expressions import AlwaysFalse
from pyiceberg.expressions.visitors import expression_evaluator
from pyiceberg.schema import Schema
from pyiceberg.typedef import Record
from pyiceberg.types import NestedField, StringType

from glue.changes import may_hold

SCHEMA = Schema(NestedField(1, "id", StringType(), required=False))


def holds(keys: list[str], value: str) -> bool:
    return expression_evaluator(SCHEMA, may_hold("id", pa.array(keys)), case_sensitive=True)(Record(value))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(max_size=5), min_size=1, max_size=300, unique=True))
def test_no_key_is_missed(keys: list[str]) -> None:
    keys += [f"more-{number}" for number in range(250)]
    assert all(holds(keys, key) for key in keys)


def test_without_keys_nothing_may_hold_one() -> None:
    assert isinstance(may_hold("id", pa.array([], pa.string())), AlwaysFalse)


@pytest.mark.parametrize("value", ["O00100", "O20300", "O99999"])
def test_what_lies_far_from_many_keys_is_ruled_out(value: str) -> None:
    keys = [f"O{number:05}" for number in [*range(200, 500), *range(30_000, 30_300)]]
    assert not holds(keys, value)
