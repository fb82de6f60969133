"""Lambda: functions that run, and event source mappings that poll."""

from infra.local.lambda_.engine import LambdaEngine, install

__all__ = ["LambdaEngine", "install"]
