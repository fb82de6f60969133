"""Real orders break no rule: the judge refuses none of the shared file's lines."""

from collections import Counter
from pathlib import Path

import pytest

from producer.draft import Numberer
from producer.order_files import read_order_file
from stream_processors.contract import BronzeEvent
from tests.unit.stream_processors.samples import judge

FILE = Path(__file__).parents[4] / "shared/data/online-retail/online_retail_2010-12_2011-09.csv.gz"


@pytest.mark.slow
@pytest.mark.skipif(not FILE.exists(), reason="needs ../shared/data/online-retail")
def test_no_event_of_the_real_order_file_is_rejected() -> None:
    numberer = Numberer("run-1")
    events: Counter[str] = Counter()
    for draft in read_order_file(FILE):
        verdict = judge(numberer.number(draft)[1])
        assert isinstance(verdict, BronzeEvent), verdict
        assert verdict.payload == draft.payload
        events[verdict.event_type] += 1
    assert set(events) == {"order_placed", "order_returned", "order_adjusted", "stock_adjusted"}
    assert sum(events.values()) == numberer.last
