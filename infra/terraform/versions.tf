terraform {
  # 1.11 is the first with write-only arguments, which keep the pseudonymisation key out of
  # the state (docs/adr/terraform-1-11.md).
  required_version = ">= 1.11"

  # A file beside the definitions, unless `init -backend-config=path=…` says otherwise. A team keeps its
  # state in S3 (docs/deploy.md).
  backend "local" {}

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Exact: there is no lock file in this repository that would choose among versions.
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = var.region

  # `offline` plans without an account: the key opens nothing, and nobody is asked whose it is.
  access_key                  = var.offline ? "offline" : null
  secret_key                  = var.offline ? "offline" : null
  skip_credentials_validation = var.offline
  skip_metadata_api_check     = var.offline ? "true" : null
  skip_requesting_account_id  = var.offline

  default_tags {
    tags = {
      project     = "orderlake"
      environment = var.environment
      managed_by  = "terraform"
    }
  }
}
