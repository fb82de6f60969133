"""Counts what AWS would bill for: `Meter` as it happens, `MeteringEngine` by the clock.

`GET /_orderlake/metering` shows the counts; `orderlake cost --measured` prices them.
"""
