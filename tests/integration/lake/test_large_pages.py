"""An object is not set aside because it needs memory."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq

from glue.tables import load
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import Event, event

EVENTS = 8_000


def noted(number: int) -> Event:
    order = json.loads(event(number)["payload"])
    return event(
        number,
        payload={**order, "note": f"{number:04000d}"},
        occurred_at=1_767_225_600_000_000 + number * 1_000_000,
    )


def test_an_object_whose_pages_are_larger_than_the_memory_limit_is_consumed(make_lake: MakeLake) -> None:
    lake = make_lake(memory_limit_mb=40)
    rows = [noted(number) for number in range(EVENTS)]
    body = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist(rows, load("bronze_order_events").arrow_schema),
        body,
        compression="zstd",
        use_dictionary=False,
        data_page_size=2**30,
        write_batch_size=EVENTS,
    )
    lake.put_bytes(body.getvalue(), "large")
    result = lake.silver()
    assert (result.inserted, result.set_aside, result.unreadable) == (EVENTS, 0, {})
