"""Judges records on their way into Firehose: back to it as bronze, or to quarantine, never neither."""
