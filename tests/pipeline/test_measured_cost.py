"""What a simulated day of 30,000 records used is what the model says, in the same settings."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from infra.stack import Profile
from orderlake.cost.assumptions import assumptions
from orderlake.cost.bill import bill
from orderlake.cost.measured import as_on_aws
from orderlake.cost.model import month
from orderlake.cost.prices import price_list
from orderlake.cost.scenario import DAYS_OF_MONTH, Scenario
from orderlake.cost.terraform_settings import DIRECTORY, read_settings
from tests.pipeline.simulated_day import DaySettings, simulated_day

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

# Standing in this one day: nobody asks, nothing is rejected, no maintenance runs, storage grows from nothing,
# the key's calls and the age of logs are not metered.
ASSUMPTIONS = assumptions().model_copy(
    update={
        "queries_per_day": Decimal(0),
        "iceberg_tables": Decimal(0),
        "rejected_share": Decimal(0),
        "months_kept": Decimal("0.5") / DAYS_OF_MONTH,
        "kms_callers": Decimal(0),
        "log_compression": Decimal(0),
        "catalog_objects": Decimal(0),
    }
)
# The time of a job is the time of this machine and of what else it does.
MACHINE = ("glue.dpu_hours", "lambda.gb_seconds")


def dollars(usage: Mapping[str, Decimal], *, without: tuple[str, ...] = ()) -> Decimal:
    counted = {name: count for name, count in usage.items() if name not in without}
    return bill(counted, price_list(), allowances=False).total


@pytest.mark.parametrize("profile", ["stream", "direct"])
def test_a_simulated_day_costs_what_the_model_says(profile: Profile) -> None:
    settings = DaySettings(profile)
    terraform = read_settings(DIRECTORY / "environments" / "local.tfvars").model_copy(
        update={
            "shard_count": settings.shards,
            "ingest_batch_window_seconds": settings.window_seconds,
            "delivery_buffer_seconds": settings.buffer_seconds,
        }
    )
    with simulated_day(settings) as day:
        counted = day.run()
        size = day.bytes_sent / Decimal(settings.records)

    measured = as_on_aws(counted, terraform, ASSUMPTIONS)
    scenario = Scenario(Decimal(settings.records), size, profile, Decimal(settings.refreshes))
    of_month = month(scenario, terraform, ASSUMPTIONS)
    modelled = {name: count / DAYS_OF_MONTH for name, count in of_month.items()}

    for name in sorted(measured.keys() | modelled.keys()):
        print(f"{name:28} {measured.get(name, Decimal(0)):14.6f} {modelled.get(name, Decimal(0)):14.6f}")
    assert dollars(measured) == pytest.approx(dollars(modelled), rel=Decimal("0.2"))
    moving = (*MACHINE, "kinesis.shard_hours", "cloudwatch.alarms", "cloudwatch.metrics")
    assert dollars(measured, without=moving) == pytest.approx(
        dollars(modelled, without=moving), rel=Decimal("0.2")
    )
