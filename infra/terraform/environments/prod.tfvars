# Keeps its data, has time to mend a consumer over a weekend, and makes larger files.
environment             = "prod"
destroy_data            = false
stream_mode             = "ON_DEMAND"
stream_retention_hours  = 72
delivery_buffer_seconds = 300
log_retention_days      = 90
noncurrent_days         = 30
monthly_budget_usd      = 100
alarms                  = "all"
