"""The HTTP API: events by POST, answered once the stream has them."""
