"""A living shop for demos, tests and load: simulated orders, the same for the same seed and start."""

from producer.simulator.settings import ShopSettings
from producer.simulator.shop import simulate

__all__ = ["ShopSettings", "simulate"]
