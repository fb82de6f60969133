"""Athena reads the partitions and the columns that a question needs, and no more."""

import random

import pytest

from tests.integration.lake.lake_harness import Event, LakeHarness, event
from tests.integration.local.athena_client import ask

IN_JANUARY = "WHERE occurred_at < TIMESTAMP '2026-02-01 00:00:00 UTC'"
IN_ONE_YEAR = "WHERE occurred_at < TIMESTAMP '2027-01-01 00:00:00 UTC'"


def wordy(number: int, text: str) -> Event:
    movement = {"sku": "s", "kind": "movement", "quantity": 1, "description": text}
    return event(number, movement, event_type="stock_adjusted")


@pytest.fixture
def two_months(lake: LakeHarness) -> LakeHarness:
    # Small objects are read whole, and alike texts are packed away.
    noise = random.Random(4)
    lake.put([wordy(number, noise.randbytes(1_500).hex()) for number in range(0, 59 * 24, 2)], "a")
    lake.silver()
    return lake


def scanned(lake: LakeHarness, what: str, where: str = "") -> int:
    answer = ask(lake.aws, f"SELECT {what} FROM silver_order_events {where}", lake.settings.database)
    assert answer.state == "SUCCEEDED", answer.reason
    return answer.scanned


def test_a_question_of_one_month_reads_its_files_alone(two_months: LakeHarness) -> None:
    table = two_months.catalog.load_table((two_months.settings.database, "silver_order_events"))
    files = {str(task.file.partition[0]): task.file.file_path for task in table.scan().plan_files()}
    assert len(files) == 2

    january = scanned(two_months, "max(payload)", IN_JANUARY)
    year = scanned(two_months, "max(payload)", IN_ONE_YEAR)

    assert 0 < january < year
    assert january < year * 0.6


def test_a_question_of_one_column_does_not_read_the_payloads(two_months: LakeHarness) -> None:
    assert 0 < scanned(two_months, "max(event_type)") < scanned(two_months, "max(payload)") / 2
