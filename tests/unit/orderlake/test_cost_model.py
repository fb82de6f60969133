"""The bill, recomputed by hand from the price file."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from glue import tables
from infra.stack import Profile
from orderlake.commands.cost import cost, settings_of
from orderlake.cost.assumptions import assumptions
from orderlake.cost.bill import bill
from orderlake.cost.document import document
from orderlake.cost.model import month
from orderlake.cost.prices import price_list
from orderlake.cost.scenario import DAYS_OF_MONTH, Scenario
from orderlake.cost.terraform_settings import DIRECTORY, read_settings

REPOSITORY = DIRECTORY.parents[1]


def asked(*arguments: str) -> dict[str, Any]:
    answer = CliRunner().invoke(cost, [*arguments, "--format", "json"], catch_exceptions=False)
    assert answer.exit_code == 0
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def by_hand(quantities: Mapping[str, Decimal], *, allowances: bool) -> Decimal:
    """Every quantity times its price, straight from the YAML."""
    prices = yaml.safe_load(files("orderlake.cost").joinpath("prices.yaml").read_text())["prices"]
    total = Decimal(0)
    for name, quantity in quantities.items():
        price = prices[name]
        free = Decimal(price.get("free", 0)) if allowances else Decimal(0)
        total += max(Decimal(0), quantity - free) / price.get("per", 1) * Decimal(price["price"])
    return total


def quantities(profile: Profile) -> Mapping[str, Decimal]:
    scenario = Scenario(Decimal(30_000), Decimal(500), profile, Decimal(24))
    return month(scenario, settings_of(profile, None), assumptions())


def test_thirty_thousand_direct_records_a_day_cost_less_than_two_dollars_a_month() -> None:
    answer = asked("--records-per-day", "30000", "--profile", "direct")

    assert Decimal(answer["total"]) < 2
    assert Decimal(answer["total_without_allowances"]) > Decimal(answer["total"])
    assert Decimal(answer["shard"]) == 0


def test_through_a_stream_everything_beside_the_shard_costs_less_than_two_dollars() -> None:
    answer = asked("--records-per-day", "30000", "--profile", "stream")

    assert Decimal(answer["shard"]) == Decimal("10.95")
    assert Decimal(answer["rest"]) < 2
    assert Decimal(answer["rest"]) + Decimal(answer["shard"]) == Decimal(answer["total"])


@pytest.mark.parametrize("profile", ["stream", "direct"])
def test_the_totals_are_what_a_hand_makes_of_the_price_file(profile: Profile) -> None:
    answer = asked("--records-per-day", "30000", "--profile", profile)
    counted = quantities(profile)

    exact = Decimal("0.0001")
    assert Decimal(answer["total"]) == by_hand(counted, allowances=True).quantize(exact)
    assert Decimal(answer["total_without_allowances"]) == by_hand(counted, allowances=False).quantize(exact)


def test_the_quantities_of_the_stream_are_what_a_hand_makes_of_the_volume() -> None:
    counted = quantities("stream")
    days = Decimal(730) / 24

    assert counted["kinesis.shard_hours"] == pytest.approx(Decimal(730))
    assert counted["kinesis.put_units"] == pytest.approx(30_000 * days)
    runs_a_day = 24 * 2 + 1  # silver and gold by the hour, maintenance by the day
    start_up = runs_a_day * days * assumptions().job_start_up_seconds / 3600 / 16
    assert counted["glue.start_up_dpu_hours"] == pytest.approx(start_up)
    assert counted["cloudwatch.alarms"] == read_settings().alarm_metrics


def test_maintenance_is_on_the_bill() -> None:
    scenario = Scenario(Decimal(30_000), Decimal(500), "direct", Decimal(24))
    quiet = assumptions().model_copy(update={"iceberg_tables": Decimal(0)})
    days = Decimal(730) / 24

    found = {
        name: quantity - month(scenario, settings_of("direct", None), quiet)[name]
        for name, quantity in month(scenario, settings_of("direct", None), assumptions()).items()
    }

    # Two statements for each table, each billed for 10 MB, four seconds on a sixteenth of a DPU.
    assert found["athena.scanned_tb"] == pytest.approx(24 * 10 * days / 1024**2)
    assert found["glue.dpu_hours"] == pytest.approx(24 * 4 * days / 3600 / 16)


def test_every_iceberg_table_is_counted() -> None:
    specs = tables.load_all().values()

    assert assumptions().iceberg_tables == sum(spec.format == "iceberg" for spec in specs)


def test_without_a_stream_there_are_fewer_alarms() -> None:
    fewer = quantities("stream")["cloudwatch.alarms"] - quantities("direct")["cloudwatch.alarms"]

    assert fewer == read_settings().stream_alarm_metrics == 4


def test_firehose_takes_each_direct_record_for_five_kilobytes() -> None:
    counted = quantities("direct")

    billed = 30_000 * Decimal(730) / 24 * 5 * 1024 / 1024**3
    assert counted["firehose.converted_gb"] == pytest.approx(billed)


def test_the_items_add_up_to_the_total() -> None:
    answer = asked("--records-per-day", "3000000")

    assert sum(Decimal(item["amount"]) for item in answer["items"]) == pytest.approx(
        Decimal(answer["total"]), abs=Decimal("0.002")
    )


def test_fewer_jobs_cost_less() -> None:
    often, seldom = asked("--jobs-per-day", "24"), asked("--jobs-per-day", "4")

    assert Decimal(seldom["rest"]) < Decimal(often["rest"])


def test_an_alarm_beyond_the_free_ten_costs_ten_cents() -> None:
    prices = price_list()

    assert bill({"cloudwatch.alarms": Decimal(10)}, prices).total == 0
    assert bill({"cloudwatch.alarms": Decimal(11)}, prices).total == Decimal("0.10")
    assert bill({"cloudwatch.alarms": Decimal(11)}, prices).total_without_allowances == Decimal("1.10")


def test_a_larger_volume_takes_more_shards() -> None:
    scenario = Scenario(Decimal(500_000_000), Decimal(500), "stream", Decimal(24))

    counted = month(scenario, read_settings(), assumptions())

    needed = math.ceil(500_000_000 / 86_400 * 3 / 1000)
    assert counted["kinesis.shard_hours"] / 730 == pytest.approx(needed)


def test_the_page_on_cost_is_what_the_model_says() -> None:
    page = REPOSITORY / "docs" / "cost.md"

    assert page.read_text() == document(), "run: python -m orderlake.cost.document > docs/cost.md"


def test_an_http_api_is_on_the_bill_only_where_there_is_one() -> None:
    settings = read_settings()
    without = Scenario(Decimal(30_000), Decimal(500), "stream", Decimal(24))
    brought = replace(without, http_requests_per_day=Decimal(600))
    costs = month(brought, settings, assumptions())
    of_month = Decimal(600) * DAYS_OF_MONTH
    assert "apigateway.requests" not in month(without, settings, assumptions())
    assert costs["apigateway.requests"] == of_month
    assert costs["s3.put_requests"] - month(without, settings, assumptions())[
        "s3.put_requests"
    ] == pytest.approx(of_month)
