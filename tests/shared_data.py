"""The shared data, where this machine has it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ONLINE_RETAIL = SHARED / "online-retail" / "online_retail_2010-12_2011-09.csv.gz"
TOTALS = SHARED / "online-retail" / "totals.json"

needs_real_orders = pytest.mark.skipif(
    not ONLINE_RETAIL.exists(),
    reason="the real orders (../shared/data/online-retail) are not on this machine",
)
