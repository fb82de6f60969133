# Cheap, fresh, and gone without a trace after `terraform destroy`.
environment  = "dev"
destroy_data = true
