"""Firehose: delivery streams that buffer, convert and deliver."""

from infra.local.firehose.engine import FirehoseEngine, install

__all__ = ["FirehoseEngine", "install"]
