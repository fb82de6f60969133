"""`orderlake produce`: simulated orders, as fast or as long as asked."""

import contextlib
import secrets
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from orderlake.commands.options import Where, may_talk_to_aws, output_format
from orderlake.errors import WrongUse
from orderlake.rendering import Format, render
from orderlake.sending import COLUMNS, SendingDisplay, report_row, send_run
from orderlake.sending_lines import SendingLines
from orderlake.signals import stop_on_signal
from producer.errors import WrongPlan
from producer.faults import FaultPlan, with_faults
from producer.load_shapes import ShapedPace, parse_shape
from producer.pace import FullSpeed, Pace
from producer.simulator import ShopSettings, simulate
from producer.spool import Spool

DEFAULT_RATE = 10.0
EPILOG = """\b
Examples:
  orderlake produce                                   10 events a second until Ctrl-C
  orderlake produce --records 1000                    a thousand, as fast as can be
  orderlake produce --rate 500 --duration 60 --seed 7 --shape burst:every=20,length=2
  orderlake produce --rate 500 --faults duplicates=1%,late=2%:6h,out_of_order=1%,malformed=0.5%
  orderlake produce --spool ./spool                   lose nothing, whatever ends it
  orderlake produce --spool ./spool --records 0       only send what waits there
  orderlake produce --describe shop.png --seed 7      a picture of the shop; sends nothing

\b
Load shapes (parameters and their defaults):
  constant, ramp:start=0.1,over=60, sine:period=60,depth=0.5, poisson:seed=0,
  burst:every=30,length=5,factor=10
"""


class _Faults(click.ParamType[FaultPlan]):
    name = "plan"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FaultPlan:
        try:
            return FaultPlan.parse(str(value))
        except WrongPlan as error:
            self.fail(str(error), param, ctx)


@click.command(epilog=EPILOG)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Events a second.")
@click.option(
    "--shape", default="constant", show_default=True, help="How the load goes over time, see below."
)
@click.option(
    "--duration", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Stop after."
)
@click.option(
    "--records", type=click.IntRange(min=0), metavar="N", help="Stop after so many events (copies beside)."
)
@click.option("--seed", type=click.IntRange(min=0), help="The same seed is the same shop [default: random].")
@click.option("--faults", type=_Faults(), help="Shares of duplicates, late, out_of_order, malformed events.")
@click.option("--aggregation/--no-aggregation", default=True, help="Many events in one record (KPL), or one.")
@click.option(
    "--spool",
    "spool_directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep events here until they are acknowledged.",
)
@click.option("--metrics", is_flag=True, help="CloudWatch embedded metrics on stderr, a line a second.")
@click.option(
    "--describe",
    "picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw what the shop does in four weeks into this PNG, and send nothing.",
)
@output_format
@may_talk_to_aws
def produce(
    where: Where,
    rate: float | None,
    shape: str,
    duration: float | None,
    records: int | None,
    seed: int | None,
    faults: FaultPlan | None,
    aggregation: bool,
    spool_directory: Path | None,
    metrics: bool,
    picture: Path | None,
    format_: Format,
) -> None:
    """Send simulated orders to the stream, until Ctrl-C unless told how many or how long.

    With --records and no --rate they go out as fast as can be, else at 10 a second. Progress goes to
    stderr: as JSON lines with --format json.
    """
    seed = secrets.randbelow(2**31) if seed is None else seed
    if picture is not None:
        _describe(picture, seed)
        return
    pace = _pace(rate, shape, duration, records)
    aws = where.connect()
    stop = stop_on_signal()
    shop = ShopSettings(seed=seed, start=datetime.now(UTC), events_per_second=rate or DEFAULT_RATE)
    drafts = islice(simulate(shop), records)
    with contextlib.ExitStack() as open_things:
        spool = open_things.enter_context(Spool(spool_directory)) if spool_directory else None
        display: SendingLines | SendingDisplay
        if metrics or format_ == "json":
            display = SendingLines(aws.stack.stream_name, as_json=format_ == "json", as_metrics=metrics)
        else:
            display = SendingDisplay(f"orders of seed {seed}", records, counts_events=True)
        open_things.enter_context(display)
        report = send_run(
            aws,
            "produce",
            with_faults(drafts, faults, seed) if faults else drafts,
            pace,
            stop,
            display,
            source="simulator",
            seed=seed,
            faults=faults.shares if faults else None,
            aggregate=aggregation,
            spool=spool,
        )
    render([report_row(report)], COLUMNS, format_)


def _pace(rate: float | None, shape: str, duration: float | None, records: int | None) -> Pace:
    """The load over time; bad parameters are the user's."""
    try:
        moments = parse_shape(shape, rate or DEFAULT_RATE)
    except WrongPlan as error:
        raise WrongUse(f"--shape: {error}") from error
    at_full_speed = rate is None and shape == "constant" and records is not None and duration is None
    return FullSpeed() if at_full_speed else ShapedPace(moments, duration)


def _describe(picture: Path, seed: int) -> None:
    from orderlake.shop_picture import draw  # noqa: PLC0415 - matplotlib is an extra, and slow to import

    draw(seed, picture)
    click.echo(f"drawn: {picture}", err=True)
