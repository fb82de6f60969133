# `terraform plan -var-file=environments/offline.tfvars`: what would be made, without an account.
offline     = true
environment = "dev"
