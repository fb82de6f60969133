# What programs read to find everything else; the keys are those of `Stack` in infra/stack.py.
resource "aws_ssm_parameter" "stack" {
  #checkov:skip=CKV2_AWS_34:Names that everybody with access to the account may see
  #checkov:skip=CKV_AWS_337:It is no SecureString
  name        = local.stack_parameter
  description = "Names of the resources of ${local.name}, as JSON."
  type        = "String"
  value = jsonencode({
    environment                = var.environment
    region                     = var.region
    account_id                 = local.account_id
    shop_timezone              = var.shop_timezone
    profile                    = var.profile
    stream_name                = local.stream_name
    ingest_function            = local.ingest_function.name
    bronze_delivery_stream     = module.delivery.bronze.name
    quarantine_delivery_stream = module.delivery.quarantine.name
    lake_bucket                = module.lake.lake_bucket.name
    results_bucket             = module.lake.results_bucket.name
    artifacts_bucket           = module.lake.artifacts_bucket.name
    bronze_prefix              = local.prefixes.bronze
    quarantine_prefix          = local.prefixes.quarantine
    quarantine_raw_prefix      = local.prefixes.quarantine_raw
    delivery_failed_prefix     = local.prefixes.delivery_failed
    on_failure_prefix          = local.prefixes.on_failure
    audit_prefix               = local.prefixes.audit
    checkpoints_prefix         = local.prefixes.checkpoints
    silver_prefix              = local.prefixes.silver
    gold_prefix                = local.prefixes.gold
    landing_prefix             = local.prefixes.landing
    database                   = module.lake.database.name
    workgroup                  = module.query.workgroup.name
    jobs                       = module.jobs.job_names
    http_api_url               = one(module.http_api[*].url)
  })
}

# Drawn anew on every run and kept nowhere; written only when its version rises.
ephemeral "aws_secretsmanager_random_password" "pseudonymisation_key" {
  count = var.offline ? 0 : 1

  password_length     = 64
  exclude_punctuation = true
}

resource "aws_ssm_parameter" "pseudonymisation_key" {
  #checkov:skip=CKV_AWS_337:Encrypted with AWS's own key for parameters; `kms_key` brings another, a dollar a month
  name             = "/orderlake/${var.environment}/pseudonymisation-key"
  description      = "Key that turns a person's identity into a pseudonym. It is in no state and no plan."
  type             = "SecureString"
  key_id           = var.kms_key
  value_wo         = var.offline ? "offline" : one(ephemeral.aws_secretsmanager_random_password.pseudonymisation_key[*].random_password)
  value_wo_version = var.pseudonymisation_key_version
}
