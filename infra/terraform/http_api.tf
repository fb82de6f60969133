# The way in over HTTP. There is none unless it is said who may call it.

variable "http_api" {
  description = "HTTP API that events are posted to; null: none. authorisation says who may call. jwt: who brings a token that issuer (an OpenID Connect provider's URL) signed for one of audience. iam: who signs with credentials that may execute-api:Invoke. requests_per_second and burst hold for each route; the manifest of what was acknowledged is written before every answer, or every manifest_seconds."
  type = object({
    authorisation       = string
    issuer              = optional(string)
    audience            = optional(list(string), [])
    requests_per_second = optional(number, 50)
    burst               = optional(number, 100)
    manifest_seconds    = optional(number, 0)
  })
  default = null

  validation {
    condition     = var.http_api == null || contains(["jwt", "iam"], try(var.http_api.authorisation, ""))
    error_message = "http_api.authorisation must be jwt or iam: an API that anybody may call is not made."
  }

  validation {
    condition     = try(var.http_api.authorisation, "iam") == "iam" || try(can(regex("^https?://[^/]+", var.http_api.issuer)) && length(var.http_api.audience) > 0, false)
    error_message = "http_api with authorisation jwt needs the issuer's URL and at least one audience."
  }

  validation {
    condition     = var.http_api == null || try(var.http_api.requests_per_second >= 1 && var.http_api.burst >= 1, false)
    error_message = "http_api.requests_per_second and http_api.burst must be 1 or more."
  }

  validation {
    condition     = var.http_api == null || try(var.http_api.manifest_seconds >= 0 && floor(var.http_api.manifest_seconds) == var.http_api.manifest_seconds, false)
    error_message = "http_api.manifest_seconds must be 0 or more, in whole seconds."
  }
}

module "http_api" {
  source = "./modules/http_api"
  count  = var.http_api == null ? 0 : 1

  name               = local.name
  archive            = "${local.artefacts}/${one(fileset(local.artefacts, "order-api-*.zip"))}"
  artifacts_bucket   = module.lake.artifacts_bucket
  lake_bucket        = module.lake.lake_bucket
  manifests_prefix   = "${local.prefixes.audit}runs/"
  settings           = var.http_api
  profile            = var.profile
  stream             = one(concat(module.stream[*].stream, local.is_direct ? [merge(module.delivery.bronze, { kms_key = null })] : []))
  log_retention_days = var.log_retention_days
  kms_key            = var.kms_key
}

output "http_api_url" {
  description = "Where events are posted to; null without http_api."
  value       = one(module.http_api[*].url)
}
