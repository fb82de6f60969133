from pathlib import Path
from typing import get_type_hints

import pytest
import yaml

from stream_processors import contract_document
from stream_processors.contract import BronzeEvent, Coordinates, RejectedEvent, RejectionReason

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("row", "table"), [(BronzeEvent, "bronze_order_events"), (RejectedEvent, "quarantine_events")]
)
def test_a_row_has_the_columns_of_its_table_in_order(row: type, table: str) -> None:
    schema = yaml.safe_load((ROOT / "sql" / table / "schema.yaml").read_text())
    types = {"string": str, "bigint": int}
    expected = {
        column["name"]: types[column["type"]] if column.get("required") else types[column["type"]] | None
        for column in schema["columns"]
    }
    declared = get_type_hints(row)
    assert list(declared) == list(expected)
    assert declared == expected | ({"reason": RejectionReason} if row is RejectedEvent else {})


def test_the_page_of_reasons_is_generated_from_the_enum() -> None:
    page = (ROOT / "docs" / "rejection-reasons.md").read_text()
    assert page == contract_document.document(), (
        "run `python -m stream_processors.contract_document > docs/rejection-reasons.md`"
    )


def test_every_reason_says_what_it_means_in_one_line() -> None:
    for reason in RejectionReason:
        assert reason == reason.value
        assert reason.description.endswith(".")
        assert "\n" not in reason.description
        assert "|" not in reason.description


def test_the_quarantine_id_is_the_same_for_a_redelivery_and_differs_by_place() -> None:
    place = Coordinates("orders", "shardId-000000000000", "1", 0, 5)
    again = place._replace(arrived_at=6)
    others = [
        place._replace(stream_name="other"),
        place._replace(shard_id="shardId-000000000001"),
        place._replace(sequence_number="2"),
        place._replace(sub_sequence_number=1),
    ]
    assert place.quarantine_id() == again.quarantine_id()
    assert len({place.quarantine_id(), *(other.quarantine_id() for other in others)}) == 5
