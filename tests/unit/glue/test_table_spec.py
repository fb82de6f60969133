"""Contracts of tables: what they mean to Arrow and Iceberg, and what is refused."""

import pyarrow as pa
import pytest
import yaml
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import DecimalType, TimestamptzType

from glue.errors import TableContractError
from glue.tables import load, load_all, parse

CONTRACT = {
    "table": "t",
    "layer": "silver",
    "format": "iceberg",
    "description": "d",
    "grain": "g",
    "key": ["id"],
    "location": "silver/t/",
    "partitions": [{"column": "at", "transform": "month"}],
    "columns": [
        {"name": "id", "type": "string", "required": True, "description": "d"},
        {"name": "at", "type": "timestamptz", "description": "d"},
    ],
}


def contract(**changes: object) -> str:
    return yaml.safe_dump({**CONTRACT, **changes})


def test_every_contract_of_the_lake_can_be_read() -> None:
    assert set(load_all()) >= {"bronze_order_events", "silver_order_events", "gold_daily_sales"}


def test_required_columns_are_not_nullable() -> None:
    schema = parse(contract()).arrow_schema
    assert schema.field("id") == pa.field("id", pa.string(), nullable=False)
    assert schema.field("at") == pa.field("at", pa.timestamp("us", tz="UTC"))


def test_field_ids_follow_the_order_of_columns() -> None:
    fields = load("silver_order_lines").iceberg_schema.fields
    assert [field.field_id for field in fields] == list(range(1, len(fields) + 1))


def test_money_is_an_exact_decimal() -> None:
    field = load("silver_order_lines").iceberg_schema.find_field("amount")
    assert (field.field_type, field.required) == (DecimalType(28, 4), True)


def test_partitions_are_transforms_of_columns() -> None:
    spec = parse(contract())
    (field,) = spec.partition_spec.fields
    assert (field.source_id, field.transform) == (2, MonthTransform())
    assert isinstance(spec.iceberg_schema.find_field(2).field_type, TimestamptzType)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colums": []}, "unknown key colums"),
        ({"columns": []}, "columns must be there"),
        ({"columns": [{"name": "id", "type": "text", "description": "d"}]}, "type text"),
        ({"columns": [{"name": "id", "type": "decimal(39,4)", "description": "d"}]}, r"decimal\(39,4\)"),
        ({"key": ["other"]}, "key must name columns"),
        ({"location": "/silver/t"}, "location"),
        ({"layer": "tin"}, "layer is one of"),
        ({"partitions": [{"column": "at", "transform": "week"}]}, "week"),
        ({"partitions": [{"column": "none", "transform": "day"}]}, "partition none"),
        ({"source": "other"}, "go together"),
        ({"joins": ["other"]}, "go together"),
        ({"source": "other", "refresh_by": "id", "joins": ["third"]}, "no refresh_by"),
        ({"source": "other", "refresh_by": "none"}, "refresh_by none"),
    ],
)
def test_a_wrong_contract_is_refused_with_what_is_wrong(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TableContractError, match=message):
        parse(contract(**changes))
