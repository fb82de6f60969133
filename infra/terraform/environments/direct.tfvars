# For `orderlake cost --profile direct` (docs/cost.md): fewer, larger objects. The live views are as fresh as the
# buffer.
environment             = "dev"
delivery_buffer_seconds = 300
