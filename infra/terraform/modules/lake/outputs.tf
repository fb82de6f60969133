output "lake_bucket" {
  description = "Name and ARN of the lake's bucket."
  value       = { name = aws_s3_bucket.this["lake"].id, arn = aws_s3_bucket.this["lake"].arn }
}

output "results_bucket" {
  description = "Name and ARN of the bucket of Athena's results."
  value       = { name = aws_s3_bucket.this["results"].id, arn = aws_s3_bucket.this["results"].arn }
}

output "artifacts_bucket" {
  description = "Name and ARN of the bucket of what is deployed."
  value       = { name = aws_s3_bucket.this["artifacts"].id, arn = aws_s3_bucket.this["artifacts"].arn }
}

output "database" {
  description = "Name and ARN of the Glue database."
  value       = { name = aws_glue_catalog_database.this.name, arn = aws_glue_catalog_database.this.arn }
}

output "bronze" {
  description = "The bronze table: name, ARN, prefix in the lake's bucket, and its partition's name."
  value = {
    name      = aws_glue_catalog_table.this["bronze"].name
    arn       = aws_glue_catalog_table.this["bronze"].arn
    location  = local.bronze.location
    partition = local.bronze.partitions[0].name
    format    = local.bronze.partitions[0].projection
  }
}

output "quarantine" {
  description = "The quarantine table: name, ARN, prefix in the lake's bucket, and its partition's name."
  value = {
    name      = aws_glue_catalog_table.this["quarantine"].name
    arn       = aws_glue_catalog_table.this["quarantine"].arn
    location  = local.quarantine.location
    partition = local.quarantine.partitions[0].name
    format    = local.quarantine.partitions[0].projection
  }
}
