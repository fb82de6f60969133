"""Records that did not reach bronze, from quarantine and from the on-failure store alike."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

import orjson
from sqlglot import exp

import sql
from orderlake import athena
from orderlake.aws import Aws
from orderlake.ledger.given_up import GivenUpStore
from orderlake.quarantine.question import choosing
from orderlake.quarantine.raw_bytes import RawBytes
from stream_processors.contract import Coordinates

Origin = Literal["quarantine", "on-failure"]
ORIGINS: Final[tuple[Origin, ...]] = ("quarantine", "on-failure")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEGINNING: Final = "2020-01-01-00"


class Choice(NamedTuple):
    """Which records: all of what is given must be true of them."""

    condition: exp.Expression | None = None
    quarantine_id: str | None = None
    reasons: Sequence[str] = ()
    since: datetime | None = None


class LostRecord(NamedTuple):
    """One record that was rejected or given up; `reason` is the code, or why it was given up."""

    origin: Origin
    origin_id: str
    reason: str
    at: datetime
    raw: bytes

    def event(self) -> dict[str, object] | None:
        """Its JSON object; None where the bytes are none."""
        try:
            document = orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return None
        return document if isinstance(document, dict) else None


def rows(
    aws: Aws, choice: Choice, *, is_redriven: bool | None = None, limit: int | None = None
) -> Iterator[dict[str, str]]:
    """Rows of quarantine as text, without their bytes, one per rejected record, the oldest first."""
    statement = choosing(
        condition=choice.condition,
        quarantine_id=choice.quarantine_id,
        reasons=choice.reasons,
        since=choice.since,
        is_redriven=is_redriven,
        limit=limit,
    )
    # Firehose took a record after it was rejected: older hours hold nothing that is asked for.
    first_hour = f"{choice.since.astimezone(UTC):%Y-%m-%d-%H}" if choice.since else _BEGINNING
    return athena.stream_rows(aws, statement, [f"'{aws.stack.stream_name}'", f"'{first_hour}'"])


def rejected(aws: Aws, choice: Choice, limit: int | None) -> Iterator[LostRecord]:
    """Rejected records that were not sent again yet, hour by hour."""
    by_hour: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows(aws, choice, is_redriven=False, limit=limit):
        by_hour.setdefault(row["arrival_hour"], {})[row["quarantine_id"]] = row
    store = RawBytes(aws)
    for hour in sorted(by_hour):
        for identity, raw in store.of(hour, by_hour[hour].keys()):
            row = by_hour[hour][identity]
            yield LostRecord("quarantine", identity, row["reason"], instant(row["first_rejected_at"]), raw)


def given_up(aws: Aws, choice: Choice, limit: int | None) -> Iterator[LostRecord]:
    """Records of the on-failure store that were not sent again yet, the oldest first; each only once."""
    sent_before = _redriven(aws, "on-failure")
    count = 0
    for record in GivenUpStore(aws).records():
        place = record.coordinate
        identity = Coordinates(
            aws.stack.stream_name, place.shard_id, str(place.sequence_number), place.sub_sequence_number, 0
        ).quarantine_id()
        is_chosen = (choice.since is None or record.at >= choice.since) and (
            choice.quarantine_id in (None, identity)
        )
        if (
            identity in sent_before
            or not is_chosen
            or (choice.reasons and record.condition not in choice.reasons)
        ):
            continue
        if count == limit:
            return
        count += 1
        sent_before.add(identity)
        yield LostRecord("on-failure", identity, record.condition, record.at, record.data)


def instant(microseconds: str) -> datetime:
    """A time of the tables (epoch microseconds)."""
    return _EPOCH + timedelta(microseconds=int(microseconds))


def _redriven(aws: Aws, origin: Origin) -> set[str]:
    found = athena.stream_rows(aws, sql.text("quarantine/redriven.sql"), [f"'{origin}'"])
    return {row["origin_id"] for row in found}
