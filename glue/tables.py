"""The tables of the lake, read from their contracts in `sql/*/schema.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

import pyarrow as pa
import yaml
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform, IdentityTransform, MonthTransform, Transform
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

import sql
from glue.errors import TableContractError

_TYPES: Dict[str, Tuple[pa.DataType, IcebergType]] = {
    "string": (pa.string(), StringType()),
    "bigint": (pa.int64(), LongType()),
    "int": (pa.int32(), IntegerType()),
    "double": (pa.float64(), DoubleType()),
    "boolean": (pa.bool_(), BooleanType()),
    "date": (pa.date32(), DateType()),
    "timestamptz": (pa.timestamp("us", tz="UTC"), TimestamptzType()),
}
_DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")
_TRANSFORMS: Dict[str, Transform[Any, Any]] = {
    "identity": IdentityTransform(),
    "month": MonthTransform(),
    "day": DayTransform(),
}
# libyaml's where the wheel has it: ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LAYERS = ("bronze", "silver", "gold")
_FORMATS = ("iceberg", "parquet", "json")
_FIRST_PARTITION_FIELD_ID = 1000


@dataclass(frozen=True)
class Column:
    """One column; `type` is written as in Athena's DDL, `timestamptz` apart."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Partition:
    """One partition field: of an Iceberg table a `transform` of a column, else a column that paths carry."""

    column: str
    transform: Optional[str] = None
    type: Optional[str] = None
    projection: Optional[str] = None


@dataclass(frozen=True)
class TableSpec:
    """The contract of one table.

    `location` is a prefix within the lake bucket. `source` is the table that this one derives from and
    `refresh_by` the column whose values are made anew together where the source changed; a table without
    it is made anew whole where its source, or one of the further tables that it `joins`, changed.
    Iceberg field ids are 1, 2, 3… in the order of `columns`: columns are only ever added at the end.
    """

    name: str
    layer: str
    format: str
    description: str
    grain: str
    location: str
    key: Tuple[str, ...]
    columns: Tuple[Column, ...]
    partitions: Tuple[Partition, ...]
    source: Optional[str] = None
    refresh_by: Optional[str] = None
    joins: Tuple[str, ...] = ()

    @property
    def arrow_schema(self) -> pa.Schema:
        """Columns as Arrow fields, required ones not nullable."""
        return pa.schema(
            [
                pa.field(column.name, _types(self.name, column)[0], not column.required)
                for column in self.columns
            ]
        )

    @property
    def iceberg_schema(self) -> Schema:
        """Columns as Iceberg fields with their ids and descriptions."""
        return Schema(
            *(
                NestedField(
                    field_id=position,
                    name=column.name,
                    field_type=_types(self.name, column)[1],
                    required=column.required,
                    doc=column.description,
                )
                for position, column in enumerate(self.columns, start=1)
            )
        )

    @property
    def partition_spec(self) -> PartitionSpec:
        """The Iceberg partition spec; empty for an unpartitioned table."""
        names = self.column_names
        return PartitionSpec(
            *(
                PartitionField(
                    source_id=names.index(partition.column) + 1,
                    field_id=_FIRST_PARTITION_FIELD_ID + position,
                    transform=_TRANSFORMS[partition.transform],
                    name=f"{partition.column}_{partition.transform}",
                )
                for position, partition in enumerate(self.partitions)
                if partition.transform is not None
            )
        )

    @property
    def column_names(self) -> Tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def parse(document: str) -> TableSpec:
    """Read a contract from YAML.

    Raises:
        TableContractError: a key is missing, unknown or does not fit the others.
    """
    try:
        content = yaml.load(document, _LOADER)  # noqa: S506 (it is safe)
    except yaml.YAMLError as error:
        raise TableContractError("schema.yaml", f"not YAML: {error}") from error
    if not isinstance(content, dict):
        raise TableContractError("schema.yaml", "must be a mapping")
    name = str(content.get("table") or "schema.yaml")
    unknown = set(content) - {
        "table", "layer", "format", "description", "grain", "key", "location", "partitions", "columns",
        "source", "refresh_by", "joins",
    }  # fmt: skip
    if unknown:
        raise TableContractError(name, f"unknown key {', '.join(sorted(map(str, unknown)))}")
    for key in ("table", "layer", "format", "description", "grain", "location"):
        if not isinstance(content.get(key), str):
            raise TableContractError(name, f"{key} must be a text")
    spec = TableSpec(
        name=name,
        layer=content["layer"],
        format=content["format"],
        description=content["description"],
        grain=content["grain"],
        location=content["location"],
        key=tuple(content.get("key") or ()),
        columns=tuple(_column(name, entry) for entry in _entries(name, content, "columns")),
        partitions=tuple(_partition(name, entry) for entry in _entries(name, content, "partitions")),
        source=content.get("source"),
        refresh_by=content.get("refresh_by"),
        joins=tuple(content.get("joins") or ()),
    )
    _check(spec)
    return spec


def load(name: str) -> TableSpec:
    """The contract of one table, by its name.

    Raises:
        TableContractError: its schema.yaml is wrong or names another table.
        FileNotFoundError: there is no such table.
    """
    spec = parse(sql.schema(name))
    if spec.name != name:
        raise TableContractError(name, f"sql/{name}/schema.yaml names the table {spec.name}")
    return spec


def load_all() -> Dict[str, TableSpec]:
    """Every table's contract by its name; sources exist.

    Raises:
        TableContractError: a contract is wrong.
    """
    specs = {name: load(name) for name in sql.tables()}
    for spec in specs.values():
        for source in (spec.source, *spec.joins):
            if source is not None and source not in specs:
                raise TableContractError(spec.name, f"source {source} is not a table")
    return specs


def _entries(table: str, content: Mapping[str, Any], key: str) -> List[Mapping[str, Any]]:
    entries = content.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TableContractError(table, f"{key} must be a list of mappings")
    return entries


def _column(table: str, entry: Mapping[str, Any]) -> Column:
    unknown = set(entry) - {"name", "type", "required", "description"}
    if unknown or not all(isinstance(entry.get(key), str) for key in ("name", "type", "description")):
        raise TableContractError(
            table, f"column {entry.get('name')}: name, type and description must be texts"
        )
    column = Column(entry["name"], entry["type"], entry.get("required", False) is True, entry["description"])
    _types(table, column)
    return column


def _partition(table: str, entry: Mapping[str, Any]) -> Partition:
    if set(entry) == {"column", "transform"}:
        if entry["transform"] not in _TRANSFORMS:
            raise TableContractError(
                table, f"partition transform {entry['transform']} is not one of {', '.join(_TRANSFORMS)}"
            )
        return Partition(column=entry["column"], transform=entry["transform"])
    if {"name", "type", "projection"} <= set(entry) <= {"name", "type", "projection", "description"}:
        return Partition(column=entry["name"], type=entry["type"], projection=entry["projection"])
    raise TableContractError(table, "a partition has column and transform, or name, type and projection")


def _types(table: str, column: Column) -> Tuple[pa.DataType, IcebergType]:
    if column.type in _TYPES:
        return _TYPES[column.type]
    match = _DECIMAL.fullmatch(column.type)
    if match and 0 < int(match[1]) <= 38 and int(match[2]) <= int(match[1]):
        precision, scale = int(match[1]), int(match[2])
        return pa.decimal128(precision, scale), DecimalType(precision, scale)
    raise TableContractError(
        table, f"column {column.name}: type {column.type} is not decimal(p,s) or one of {', '.join(_TYPES)}"
    )


def _check(spec: TableSpec) -> None:
    names = spec.column_names
    if spec.layer not in _LAYERS or spec.format not in _FORMATS:
        raise TableContractError(
            spec.name, f"layer is one of {', '.join(_LAYERS)}, format one of {', '.join(_FORMATS)}"
        )
    if not names or len(set(names)) != len(names):
        raise TableContractError(spec.name, "columns must be there and have names of their own")
    if not spec.location.endswith("/") or spec.location.startswith("/"):
        raise TableContractError(
            spec.name, "location is a prefix that ends, and does not begin, with a slash"
        )
    if not spec.key or not set(spec.key) <= set(names):
        raise TableContractError(spec.name, "key must name columns")
    for partition in spec.partitions:
        if (spec.format == "iceberg") != (partition.transform is not None):
            raise TableContractError(spec.name, "Iceberg tables have transforms, others projected partitions")
        if (partition.column in names) != (partition.transform is not None):
            raise TableContractError(spec.name, f"partition {partition.column} is in the wrong place")
    if (spec.source is None) != (spec.refresh_by is None and not spec.joins):
        raise TableContractError(spec.name, "source and refresh_by, or source and joins, go together")
    if spec.refresh_by is not None and spec.joins:
        raise TableContractError(spec.name, "a table that joins is made anew whole: it has no refresh_by")
    if spec.refresh_by is not None and spec.refresh_by not in names:
        raise TableContractError(spec.name, f"refresh_by {spec.refresh_by} is not a column")
