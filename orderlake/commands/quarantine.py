"""`orderlake quarantine`: rejected and given-up records."""

import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.erasure import listing
from orderlake.errors import OrderlakeError, WrongUse
from orderlake.quarantine.fixes import load_fix
from orderlake.quarantine.plan import Planned, difference, plan
from orderlake.quarantine.question import parse_condition
from orderlake.quarantine.raw_bytes import RawBytes
from orderlake.quarantine.records import ORIGINS, Choice, Origin, given_up, instant, rejected, rows
from orderlake.quarantine.redrive import Reason, caller, send_again
from orderlake.rendering import Format, render
from orderlake.sending import SendingDisplay
from orderlake.signals import stop_on_signal

LIST_COLUMNS: Final = (
    "quarantine_id",
    "reason",
    "event_type",
    "event_id",
    "raw_size",
    "first_rejected_at",
    "deliveries",
    "redriven_at",
)
PREVIEW_COLUMNS: Final = ("id", "reason", "outcome", "change")
SUMMARY_COLUMNS: Final = ("chosen", "sendable", "left", "sent", "producer_id")
_TIMES: Final = ("arrived_at", "first_rejected_at", "last_rejected_at", "redriven_at")
_NUMBERS: Final = ("raw_size", "sequence", "sub_sequence_number", "deliveries")
_SHOWN: Final = 5
_UNITS: Final[Mapping[str, str]] = {"m": "minutes", "h": "hours", "d": "days"}
EPILOG = """\b
Examples:
  orderlake quarantine list --reason invalid_value --since 24h
  orderlake quarantine show 5c7b0e0e-6c62-5c34-9d0c-2f7f4b0f4a55
  orderlake quarantine redrive --where "reason = 'invalid_value'" \\
      --fix '.payload.currency |= ascii_upcase' --dry-run
  orderlake quarantine redrive --from on-failure --yes
"""


class _Since(click.ParamType[datetime]):
    name = "AGE|TIME"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        text = str(value)
        if age := re.fullmatch(r"(\d{1,6})([mhd])", text):
            return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither an age (30m, 24h, 7d) nor a time (2026-11-23T08:00Z)", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


_reasons = click.option(
    "--reason", "reasons", multiple=True, metavar="CODE", help="Only this one; again for more."
)
_since = click.option("--since", type=_Since(), help="Not before: an age (30m, 24h, 7d) or a time (UTC).")


@click.group(epilog=EPILOG)
def quarantine() -> None:
    """Look at rejected records, mend them, send them again."""


@quarantine.command("list")
@_reasons
@_since
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@output_format
@talks_to_aws
def list_(aws: Aws, reasons: Sequence[str], since: datetime | None, limit: int, format_: Format) -> None:
    """List rejected records, the oldest first; redeliveries of one record are one row."""
    found = rows(aws, Choice(reasons=reasons, since=since), limit=limit)
    render((_readable(row, LIST_COLUMNS) for row in found), LIST_COLUMNS, format_)


@quarantine.command()
@click.argument("quarantine_id", metavar="ID")
@output_format
@talks_to_aws
def show(aws: Aws, quarantine_id: str, format_: Format) -> None:
    """Show one rejected record with every broken rule and its bytes, which may hold personal data."""
    row = next(rows(aws, Choice(quarantine_id=quarantine_id), limit=1), None)
    if row is None:
        raise OrderlakeError(
            f"no rejected record {quarantine_id}: `orderlake quarantine list` shows their ids"
        )
    raw = dict(RawBytes(aws).of(row["arrival_hour"], [quarantine_id])).get(quarantine_id)
    if raw is None:
        raise OrderlakeError(f"the bytes of {quarantine_id} are gone: quarantine keeps them only so long")
    record = {**_readable(row, tuple(row)), "errors": json.loads(row["errors"]), **_content(raw)}
    if format_ == "json":
        render([record], tuple(record), format_)
    else:
        facts = [{"field": name, "value": _text(value)} for name, value in record.items()]
        render(facts, ("field", "value"), format_)


@quarantine.command()
@click.option("--from", "origin", type=click.Choice(ORIGINS), default="quarantine", show_default=True)
@click.option("--id", "quarantine_id", metavar="ID", help="Only this record.")
@_reasons
@_since
@click.option(
    "--where", metavar="SQL", help="Only where this is true: a condition over the columns of `show`."
)
@click.option(
    "--fix", "fix_text", metavar="JQ|FILE", help="A jq program, or a .jq or .py file with fix(event)."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the oldest first.")
@click.option("--dry-run", is_flag=True, help="Show what would change and send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_format
@talks_to_aws
def redrive(
    aws: Aws,
    origin: Origin,
    quarantine_id: str | None,
    reasons: Sequence[str],
    since: datetime | None,
    where: str | None,
    fix_text: str | None,
    limit: int | None,
    dry_run: bool,
    yes: bool,
    format_: Format,
) -> None:
    """Send rejected records through the stream again, mended if told how.

    An event keeps its id, so that it counts once however often it is sent; a record that was sent again
    is not chosen any more. What is no valid event is left where it is.
    """
    if where and origin == "on-failure":
        raise WrongUse(
            "--where asks the quarantine table; with --from on-failure use --id, --reason, --since"
        )
    condition = parse_condition(where) if where else None
    fix = load_fix(fix_text) if fix_text else None
    choice = Choice(condition, quarantine_id, reasons, since)
    source = rejected if origin == "quarantine" else given_up
    planned = list(plan(source(aws, choice, limit), fix, listing.load(aws)))
    sendable = [one for one in planned if one.draft is not None]
    if not planned:
        click.echo("nothing to send: no record is chosen that was not sent again before", err=True)
    if dry_run or (planned and not yes):
        previews = list(_previews(planned))
        if dry_run:
            render(previews, PREVIEW_COLUMNS, format_)
        else:
            render(previews, PREVIEW_COLUMNS, "table", sys.stderr)
    summary: dict[str, object] = {
        "chosen": len(planned),
        "sendable": len(sendable),
        "left": len(planned) - len(sendable),
        "sent": 0,
        "producer_id": None,
    }
    if dry_run:
        click.echo(f"{len(sendable):,} of {len(planned):,} would be sent; leave out --dry-run", err=True)
        return
    if sendable:
        _confirm(len(sendable), yes=yes)
        stop = stop_on_signal()
        reason = Reason(fix.name if fix else None, where, caller(aws))
        with SendingDisplay("records again", len(sendable), counts_events=True) as display:
            report = send_again(aws, planned, reason, stop, display)
        summary |= {"sent": report.acknowledged, "producer_id": report.producer_id}
    render([summary], SUMMARY_COLUMNS, format_)
    if len(sendable) < len(planned):
        sys.exit(1)


def _confirm(count: int, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("nobody is there to ask: look with --dry-run, then send with --yes")
    click.confirm(f"Send {count:,} records again?", abort=True, err=True)


def _previews(planned: Sequence[Planned]) -> Iterator[dict[str, object]]:
    """Some of what is sent, and some of what is left."""
    ready = [one for one in planned if one.draft is not None]
    left = [one for one in planned if one.draft is None]
    for one in [*ready[:_SHOWN], *left[:_SHOWN]]:
        yield {
            "id": one.record.origin_id,
            "reason": one.record.reason,
            "outcome": f"left: {one.problem}" if one.problem else "would be sent",
            "change": difference(one) if one.draft else "",
        }


def _readable(row: Mapping[str, str], columns: Sequence[str]) -> dict[str, object]:
    readable: dict[str, object] = {}
    for name in columns:
        value: object = row[name] or None
        if value is not None and name in _TIMES:
            value = instant(row[name]).isoformat()
        elif value is not None and name in _NUMBERS:
            value = int(row[name])
        readable[name] = value
    return readable


def _content(raw: bytes) -> dict[str, Any]:
    """The bytes as the most readable of JSON, text and base64."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}
    try:
        return {"event": json.loads(text)}
    except ValueError:
        return {"text": text}


def _text(value: object) -> object:
    is_nested = isinstance(value, dict | list)
    return json.dumps(value, indent=2, ensure_ascii=False) if is_nested else value
