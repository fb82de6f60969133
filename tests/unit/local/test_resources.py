"""The tables that the pipeline's resources have."""

from infra.local.resources import ResourceSettings, describe_stack, table_input


def test_the_bronze_table_projects_its_partitions_from_the_prefix() -> None:
    table = table_input("bronze_order_events", "lake")
    assert table["PartitionKeys"][0]["Name"] == "arrival_hour"
    parameters = table["Parameters"]
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.arrival_hour.format"] == "yyyy-MM-dd-HH"
    assert (
        parameters["storage.location.template"]
        == "s3://lake/bronze/order_events/arrival_hour=${arrival_hour}/"
    )


def test_each_table_has_the_serde_of_its_format() -> None:
    libraries = {
        table: table_input(table, "lake")["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]
        for table in ("bronze_order_events", "quarantine_events")
    }
    assert libraries == {
        "bronze_order_events": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "quarantine_events": "org.openx.data.jsonserde.JsonSerDe",
    }


def test_a_stack_is_named_after_its_environment() -> None:
    stack = describe_stack(ResourceSettings(environment="test"), account_id="1", region="eu-west-1")
    assert (stack.stream_name, stack.lake_bucket) == ("orderlake-test-orders", "orderlake-test-lake-1")
