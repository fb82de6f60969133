# The database, the two tables that Firehose writes and the one of redrives. Their columns are in sql/*/schema.yaml;
# the jobs make the Iceberg tables, whose schema evolves with the code.

locals {
  bronze     = yamldecode(file("${var.sql_dir}/bronze_order_events/schema.yaml"))
  quarantine = yamldecode(file("${var.sql_dir}/quarantine_events/schema.yaml"))
  redrives   = yamldecode(file("${var.sql_dir}/quarantine_redrives/schema.yaml"))
  tables     = { bronze = local.bronze, quarantine = local.quarantine, redrives = local.redrives }

  storage = {
    parquet = {
      input  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
      output = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
      serde  = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }
    json = {
      input  = "org.apache.hadoop.mapred.TextInputFormat"
      output = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
      serde  = "org.openx.data.jsonserde.JsonSerDe"
    }
  }
}

resource "aws_glue_catalog_database" "this" {
  name        = var.database
  description = "Order events of ${var.name}, from bronze to gold."
}

resource "aws_glue_catalog_table" "this" {
  for_each = local.tables

  name          = each.value.table
  database_name = aws_glue_catalog_database.this.name
  description   = each.value.description
  table_type    = "EXTERNAL_TABLE"

  # Partitions are computed from the name, so that none can be missing.
  parameters = merge(
    {
      EXTERNAL                    = "TRUE"
      classification              = each.value.format
      "projection.enabled"        = "true"
      "storage.location.template" = "s3://${aws_s3_bucket.this["lake"].id}/${each.value.location}${join("/", [for p in each.value.partitions : "${p.name}=$${${p.name}}"])}/"
    },
    merge([
      for p in each.value.partitions : {
        "projection.${p.name}.type"          = "date"
        "projection.${p.name}.format"        = p.projection
        "projection.${p.name}.range"         = "${var.arrivals_since},NOW"
        "projection.${p.name}.interval"      = "1"
        "projection.${p.name}.interval.unit" = "HOURS"
      }
    ]...),
  )

  dynamic "partition_keys" {
    for_each = each.value.partitions

    content {
      name    = partition_keys.value.name
      type    = partition_keys.value.type
      comment = partition_keys.value.description
    }
  }

  storage_descriptor {
    location      = "s3://${aws_s3_bucket.this["lake"].id}/${each.value.location}"
    input_format  = local.storage[each.value.format].input
    output_format = local.storage[each.value.format].output

    ser_de_info {
      serialization_library = local.storage[each.value.format].serde
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.description
      }
    }
  }
}
