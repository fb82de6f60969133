"""The tables that Firehose fills, put into the catalogue by hand."""

from glue.tables import TableSpec
from tests.integration.local.athena_client import Clients

_SERDES = {
    "parquet": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "json": "org.openx.data.jsonserde.JsonSerDe",
}


def describe(aws: Clients, database: str, bucket: str, spec: TableSpec) -> None:
    """Put one of them into the catalogue."""
    aws.client("glue").create_table(
        DatabaseName=database,
        TableInput={
            "Name": spec.name,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "arrival_hour", "Type": "string"}],
            "Parameters": {
                "projection.enabled": "true",
                "projection.arrival_hour.type": "date",
                "projection.arrival_hour.format": "yyyy-MM-dd-HH",
                "projection.arrival_hour.range": "2020-01-01-00,NOW+1DAY",
            },
            "StorageDescriptor": {
                "Location": f"s3://{bucket}/{spec.location}",
                "Columns": [{"Name": column.name, "Type": column.type} for column in spec.columns],
                "SerdeInfo": {"SerializationLibrary": _SERDES[spec.format]},
            },
        },
    )
