"""Takes both ledgers: digests first, identities one by one where they differ.

An hour of the stream, and a producer's run, are measured at each run of the job until they balance.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple
from typing import Counter as CounterOf

from glue.ledger.identities import MOST_NAMED, Digest, digest_of, numbers, ranges, size, without
from glue.ledger.sources import Sources

KEPT = timedelta(hours=24)
"""What is older is measured no more: the stream itself keeps a day."""
GRACE = timedelta(minutes=15)
"""A record may be under way so long: the reader's lag, Firehose's buffer, their retries."""

Part = Tuple[str, datetime]
"""A shard and an arrival hour."""


@dataclass
class _Reading:
    """What one pass over the lake finds of a part of the stream."""

    expected: Digest = field(default_factory=Digest)
    found: Digest = field(default_factory=Digest)
    places: CounterOf[str] = field(default_factory=Counter)
    absent: Dict[str, datetime] = field(default_factory=dict)
    in_two_places: int = 0


@dataclass(frozen=True)
class Measurement:
    """Rows of `ledger_history` without run and time, and what the next measurement must know."""

    rows: Tuple[Mapping[str, Any], ...]
    state: Mapping[str, Any]

    @property
    def imbalance(self) -> int:
        """Records of the stream that are missing, or in two places."""
        stream = [row for row in self.rows if row["ledger"] == "stream"]
        return sum(row["missing"] + row["in_two_places"] for row in stream)

    @property
    def gaps(self) -> int:
        """Events acknowledged to producers that are missing."""
        return sum(row["missing"] for row in self.rows if row["ledger"] == "producer")


def measure(sources: Sources, state: Optional[Mapping[str, Any]], now: datetime) -> Measurement:
    """Both ledgers at `now`; `state` is that of the measurement before, None at the first."""
    before = state or {"since": _beginning(sources, now).isoformat(), "open": [], "runs": {}}
    open_hours = {datetime.fromisoformat(hour) for hour in before["open"]}
    newest = datetime.fromisoformat(before["since"])
    since = min([newest, *open_hours])
    oldest = max(since, _hour(now - KEPT))

    arrived: Dict[str, Set[int]] = {}
    readings = _digests(sources, since, oldest, now, arrived)
    _name_absent(sources, oldest, now, readings)
    rows = [
        _stream_row(part, reading, now)
        for part, reading in sorted(readings.items())
        if reading.expected.count and (part[1] >= newest or part[1] in open_hours)
    ]
    still_open = {row["hour"] for row in rows if not row["balanced"] or _may_grow(row["hour"], now)}
    runs, producer_rows = _producers(sources, before["runs"], arrived, now)
    next_state = {
        "since": _hour(now).isoformat(),
        "open": sorted(hour.isoformat() for hour in still_open if hour > _hour(now - KEPT)),
        "runs": runs,
    }
    return Measurement((*rows, *producer_rows), next_state)


def _beginning(sources: Sources, now: datetime) -> datetime:
    """Where the first measurement begins: at what is kept, or at the oldest run that is measured."""
    began = [_moment(manifest["started_at"]) - GRACE for manifest in sources.manifests(now - KEPT)]
    return _hour(min([now - KEPT, *began]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)  # noqa: FURB162 (3.9)


def _may_grow(hour: datetime, now: datetime) -> bool:
    return hour + timedelta(hours=1) + GRACE > now


def _digests(
    sources: Sources, since: datetime, oldest: datetime, now: datetime, arrived: Dict[str, Set[int]]
) -> Dict[Part, _Reading]:
    """One pass over everything: what producers numbered since then, and the stream as far as it is kept."""
    readings: Dict[Part, _Reading] = {}
    for record in sources.lake(since):
        if record.producer_id and record.sequence:
            arrived.setdefault(record.producer_id, set()).add(record.sequence)
        if record.sub_sequence_number == 0 and oldest <= record.arrived_at < now:
            reading = readings.setdefault((record.shard_id, record.hour), _Reading())
            reading.found.add(record.sequence_number)
            reading.places[record.place] += 1
    for record in sources.stream(oldest, now):
        readings.setdefault((record.shard_id, record.hour), _Reading()).expected.add(record.sequence_number)
    for _, _, producer_id, sequence in sources.withdrawn():
        arrived.setdefault(producer_id, set()).add(sequence)
    return readings


def _name_absent(sources: Sources, since: datetime, now: datetime, readings: Mapping[Part, _Reading]) -> None:
    """A second pass, over the parts whose digests differ."""
    differing = {part for part, reading in readings.items() if reading.expected != reading.found}
    if not differing:
        return
    expected: Dict[Part, Dict[str, datetime]] = {part: {} for part in differing}
    for record in sources.stream(since, now):
        if (record.shard_id, record.hour) in differing:
            expected[record.shard_id, record.hour][record.sequence_number] = record.arrived_at
    places: Dict[Part, Dict[str, Set[str]]] = {part: {} for part in differing}
    for record in sources.lake(since):
        part = (record.shard_id, record.hour)
        if part in differing and record.sub_sequence_number == 0:
            places[part].setdefault(record.place, set()).add(record.sequence_number)
    withdrawn = {(shard_id, number) for shard_id, number, _, _ in sources.withdrawn()}
    for part in differing:
        everywhere = set().union(*places[part].values())
        readings[part].absent = {
            number: at
            for number, at in expected[part].items()
            if number not in everywhere and (part[0], number) not in withdrawn
        }
        both = places[part].get("bronze", set()) & places[part].get("quarantine", set())
        readings[part].in_two_places = len(both)


def _stream_row(part: Part, reading: _Reading, now: datetime) -> Mapping[str, Any]:
    shard_id, hour = part
    missing = sorted(number for number, at in reading.absent.items() if at <= now - GRACE)
    return {
        "ledger": "stream",
        "party": shard_id,
        "hour": hour,
        "expected": reading.expected.count,
        "found": reading.expected.count - len(reading.absent),
        "in_flight": len(reading.absent) - len(missing),
        "missing": len(missing),
        **{name: reading.places[name] for name in ("bronze", "quarantine", "given_up", "delivery_failed")},
        "in_two_places": reading.in_two_places,
        "expected_digest": str(reading.expected),
        "found_digest": str(reading.found),
        "examples": ", ".join(missing[:MOST_NAMED]),
        "balanced": not missing and not reading.in_two_places,
    }


def _producers(
    sources: Sources, before: Mapping[str, Any], arrived: Mapping[str, Iterable[int]], now: datetime
) -> Tuple[Dict[str, Any], List[Mapping[str, Any]]]:
    runs: Dict[str, Any] = {}
    rows: List[Mapping[str, Any]] = []
    for manifest in sources.manifests(now - KEPT):
        producer_id = str(manifest["producer_id"])
        acknowledged = manifest["acknowledged"]
        noted = {"noted": acknowledged, "noted_at": now.isoformat()}
        known = before.get(producer_id, {"arrived": [], "due": [], **noted})
        found = ranges(arrived.get(producer_id, ()), known["arrived"])
        # Nothing says when an event was acknowledged, but what was noted long ago was before that.
        if datetime.fromisoformat(known["noted_at"]) <= now - GRACE:
            known = {"due": known["noted"], **noted}
        runs[producer_id] = {**known, "arrived": found}
        rows.append(_producer_row(producer_id, acknowledged, found, without(known["due"], found), now))
    return runs, rows


def _producer_row(
    producer_id: str,
    acknowledged: Sequence[Sequence[int]],
    found: Sequence[Sequence[int]],
    missing: Sequence[Sequence[int]],
    now: datetime,
) -> Mapping[str, Any]:
    absent = without(acknowledged, found)
    arrived = without(acknowledged, absent)
    examples = [number for number, _ in zip(numbers(missing), range(MOST_NAMED))]
    return {
        "ledger": "producer",
        "party": producer_id,
        "hour": _hour(now),
        "expected": size(acknowledged),
        "found": size(arrived),
        "in_flight": size(absent) - size(missing),
        "missing": size(missing),
        **dict.fromkeys(("bronze", "quarantine", "given_up", "delivery_failed", "in_two_places"), 0),
        "expected_digest": digest_of(acknowledged),
        "found_digest": digest_of(arrived),
        "examples": ", ".join(map(str, examples)),
        "balanced": not missing,
    }


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
