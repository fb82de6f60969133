"""`orderlake cost`: the monthly bill, modelled and metered."""

import os
from decimal import Decimal
from pathlib import Path

import click

from infra.stack import Profile
from orderlake import running
from orderlake.commands.options import output_format
from orderlake.cost.assumptions import assumptions
from orderlake.cost.bill import COLUMNS, Bill, bill
from orderlake.cost.curve import Pricing, break_evens, curve
from orderlake.cost.measured import as_on_aws, read_metering
from orderlake.cost.model import month
from orderlake.cost.plot import draw, human
from orderlake.cost.prices import price_list
from orderlake.cost.report import TOTAL_COLUMNS, document, total_rows
from orderlake.cost.scenario import PROFILES, Scenario
from orderlake.cost.terraform_settings import DIRECTORY, TerraformSettings, read_settings
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render, render_document

DEFAULT_RECORDS = 30_000
DEFAULT_BYTES = 500
BREAK_EVEN_COLUMNS = ("question", "records_a_day", "answer")
EPILOG = """\b
Examples:
  orderlake cost --records-per-day 30000 --profile direct
  orderlake cost --records-per-day 5000000 --bytes-per-record 1200 --jobs-per-day 48 --format json
  orderlake cost --var-file infra/terraform/environments/prod.tfvars
  orderlake cost --http-requests-per-day 600   as many requests to the HTTP API bring the events
  orderlake cost --curve cost.png
  orderlake cost --measured                  what the running `orderlake up` has used so far
"""


@click.command(epilog=EPILOG)
@click.option(
    "--records-per-day",
    type=click.IntRange(min=1),
    default=DEFAULT_RECORDS,
    show_default=True,
    help="Events a day.",
)
@click.option(
    "--bytes-per-record",
    type=click.IntRange(1, 900 * 1024),
    default=DEFAULT_BYTES,
    show_default=True,
    help="Size of an event as it is sent.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="stream",
    show_default=True,
    help="Through a Kinesis stream, or straight to Firehose.",
)
@click.option(
    "--jobs-per-day",
    type=click.IntRange(1, 1440),
    help="How often a day silver and gold run [default: Terraform's job_schedule].",
)
@click.option(
    "--http-requests-per-day",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Requests to the HTTP API in which the events come; 0: there is no HTTP API.",
)
@click.option(
    "--var-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Terraform's variables of a deployment [default: their defaults; for direct, direct.tfvars].",
)
@click.option(
    "--curve",
    "curve_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Plot 10 thousand to 1 billion records a day, and print the break-evens.",
)
@click.option("--measured", is_flag=True, help="Price what an embedded AWS has counted since it started.")
@click.option("--endpoint-url", metavar="URL", help="The embedded AWS to ask with --measured.")
@output_format
def cost(
    records_per_day: int,
    bytes_per_record: int,
    profile: Profile,
    jobs_per_day: int | None,
    http_requests_per_day: int,
    var_file: Path | None,
    curve_file: Path | None,
    measured: bool,
    endpoint_url: str | None,
    format_: Format,
) -> None:
    """Say what a month costs on AWS, item by item: list prices, with and without the always-free allowances.

    The model reads Terraform's variables; its assumptions and their origin are in docs/cost.md.
    """
    settings = settings_of(profile, var_file)
    refreshes = Decimal(jobs_per_day or settings.jobs_per_day)
    if measured:
        _print_measured(settings, endpoint_url, format_)
        return
    if curve_file is not None:
        _print_curve(
            settings_of("stream", var_file), Decimal(bytes_per_record), refreshes, curve_file, format_
        )
        return
    scenario = Scenario(
        Decimal(records_per_day),
        Decimal(bytes_per_record),
        profile,
        refreshes,
        Decimal(http_requests_per_day),
    )
    facts: dict[str, object] = {
        "profile": profile,
        "records_per_day": records_per_day,
        "bytes_per_record": bytes_per_record,
        "jobs_per_day": int(refreshes),
        "http_requests_per_day": http_requests_per_day,
        "period": "month of 730 hours",
    }
    _print(bill(month(scenario, settings, assumptions()), price_list()), facts, format_)


def settings_of(profile: Profile, var_file: Path | None) -> TerraformSettings:
    """The given file's variables; without one the defaults, for the direct profile those of direct.tfvars."""
    if var_file is None and profile == "direct":
        var_file = DIRECTORY / "environments" / "direct.tfvars"
    return read_settings(var_file)


def _print(result: Bill, facts: dict[str, object], format_: Format) -> None:
    prices = price_list()
    if format_ == "json":
        render_document(document(result, prices, facts))
        return
    render([line.row() for line in result.lines], COLUMNS, format_)
    if format_ == "table":
        render(total_rows(result), TOTAL_COLUMNS, format_)
    described = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    click.echo(f"US dollars, {prices.region}, list prices of {prices.as_of}: {described}", err=True)


def _print_measured(settings: TerraformSettings, endpoint_url: str | None, format_: Format) -> None:
    endpoint_url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or running.endpoint_url()
    if endpoint_url is None or not endpoint_url.startswith(("http://", "https://")):
        raise WrongUse(
            "--measured prices a run on the embedded AWS: start `orderlake up`, or give --endpoint-url"
        )
    metering = read_metering(endpoint_url)
    usage = as_on_aws(metering.usage, settings, assumptions())
    facts: dict[str, object] = {
        "since": metering.since,
        "until": metering.until,
        "period": f"{metering.hours:.2f} hours",
    }
    # Allowances are a month's: a run uses them up or not depending on what else the month brings.
    _print(bill(usage, price_list(), allowances=False), facts, format_)


def _print_curve(
    settings: TerraformSettings, bytes_per_record: Decimal, refreshes: Decimal, file: Path, format_: Format
) -> None:
    direct = settings_of("direct", None)
    pricing = Pricing(settings, direct, assumptions(), price_list(), bytes_per_record, refreshes)
    found = break_evens(pricing)
    caption = (
        f"{bytes_per_record} bytes a record, jobs {refreshes} times a day, "
        f"peak {pricing.assumptions.peak_factor} times "
        f"the average; list prices of {pricing.prices.as_of}, {pricing.prices.region}; modelled, not billed"
    )
    draw(curve(pricing), found, file, caption)
    click.echo(f"wrote {file}", err=True)
    rows = [
        {
            "question": entry.what,
            "records_a_day": human(entry.records_per_day),
            "answer": f"{entry.before}, then {entry.after}" if entry.after else f"{entry.before} throughout",
        }
        for entry in found
    ]
    render(rows, BREAK_EVEN_COLUMNS, format_)
