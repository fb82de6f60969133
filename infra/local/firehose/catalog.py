"""The columns of Glue tables, for conversion."""

from collections.abc import Callable, Mapping

from moto.core.exceptions import JsonRESTError
from moto.glue.models import glue_backends

from infra.local.firehose.destination import Conversion
from infra.local.firehose.hive_types import HiveType, parse_type

Columns = Callable[[str, Conversion], Mapping[str, HiveType]]
"""Gives the columns of a conversion's table by name, for an account. An unknown table raises `KeyError`."""


def glue_columns(account_id: str, conversion: Conversion) -> Mapping[str, HiveType]:
    """The columns of a table in the embedded Glue, partition columns left out."""
    backend = glue_backends[account_id][conversion.region]
    try:
        table = backend.get_table(conversion.database, conversion.table).as_dict()
    except JsonRESTError as error:
        raise KeyError(f"{conversion.database}.{conversion.table}") from error
    columns = table["StorageDescriptor"]["Columns"]
    return {column["Name"].lower(): parse_type(column["Type"]) for column in columns}
