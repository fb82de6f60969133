"""Makes and sends order events."""
