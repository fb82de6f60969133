# No stream to pay: producers put straight into Firehose, and its objects are few and large. Bronze, and so the live
# views, are up to six minutes behind.
environment                 = "dev"
profile                     = "direct"
ingest_batch_window_seconds = 60
delivery_buffer_seconds     = 300
