"""One seed, from an empty pipeline to its verdict."""

from __future__ import annotations

import dataclasses
import logging
import time

from tests.chaos.faults import plan
from tests.chaos.scene import scene
from tests.chaos.verdict import Verdict


def run(seed: int, only: frozenset[str], drain_seconds: float) -> Verdict:
    """In a process of its own: moto knows one AWS a process. What goes wrong is in the verdict, too."""
    logging.disable(logging.ERROR)
    began = time.monotonic()
    made = plan(seed, only)
    try:
        with scene(made) as running:
            verdict = running.run(drain_seconds)
    except Exception as error:  # noqa: BLE001 (is reported, and must not end the other seeds)
        verdict = Verdict(seed, tuple(sorted(made.faults)), {}, 0, 0, 0, (repr(error),))
    return dataclasses.replace(verdict, seconds=time.monotonic() - began)
