# The embedded AWS; the endpoint comes from AWS_ENDPOINT_URL, so only sizes differ.
environment                 = "dev"
destroy_data                = true
shard_count                 = 2
ingest_batch_window_seconds = 1
delivery_buffer_seconds     = 5
alarms                      = "all"
monthly_budget_usd          = 10
