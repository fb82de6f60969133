"""Silver and gold made again from bronze, each table in one commit (docs/adr/lake-backfill.md)."""

from __future__ import annotations

import argparse
import dataclasses
import logging
from dataclasses import dataclass
from datetime import date
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional, Sequence, Tuple

from pyiceberg.manifest import DataFile

from glue import provenance
from glue.bronze import Bronze, chunks
from glue.engines import Engine
from glue.errors import BackfillWouldLose, SettingsError
from glue.lake import Lake
from glue.scan import live_files
from glue.settings import Settings
from glue.tables import TableSpec

_LOG = logging.getLogger(__name__)
ROOT = "silver_order_events"
_SCRATCH = f"{ROOT}_backfill"
_ALL = "all"


@dataclass(frozen=True)
class BackfillRequest:
    """Which tables to make again, all where None; of the root the UTC months from `first` to `last`.

    `may_lose` allows a root with fewer rows than it has: where bronze does not have them any more.
    """

    tables: Optional[FrozenSet[str]] = None
    first: Optional[date] = None
    last: Optional[date] = None
    may_lose: bool = False

    def covers(self, table: str) -> bool:
        """Whether a table is to be made again."""
        return self.tables is None or table in self.tables

    def covers_month(self, months_since_1970: int) -> bool:
        """Whether a month's events are to be read again."""
        return (self.first is None or _month(self.first) <= months_since_1970) and (
            self.last is None or months_since_1970 <= _month(self.last)
        )


@dataclass(frozen=True)
class RootReplaced:
    """What became of the root: objects of bronze read, rows of the months before and after."""

    objects: int
    rows_before: int
    rows_after: int


def from_arguments(arguments: Sequence[str]) -> Optional[BackfillRequest]:
    """The request in a job's arguments; None where `--backfill-tables` is not among them.

    Raises:
        SettingsError: a day is no day, or the last is before the first.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--backfill-tables")
    parser.add_argument("--backfill-from")
    parser.add_argument("--backfill-to")
    parser.add_argument("--backfill-may-lose", default="false")
    known, _ = parser.parse_known_args(arguments)
    if not known.backfill_tables:
        return None
    first, last = _day(known.backfill_from), _day(known.backfill_to)
    if first is not None and last is not None and last < first:
        raise SettingsError(f"the backfill's last day {last} is before its first {first}")
    names = frozenset(name.strip() for name in known.backfill_tables.split(","))
    return BackfillRequest(
        tables=None if names == {_ALL} else names,
        first=first,
        last=last,
        may_lose=known.backfill_may_lose == "true",
    )


def prepare(
    request: BackfillRequest, lake: Lake, specs: Mapping[str, TableSpec], derived: Sequence[str]
) -> Tuple[str, ...]:
    """Let the requested ones of `derived` tables forget how they were made: the run makes each anew, at once.

    Readers see the old rows until then. A run that is killed in between leaves it to the next.
    """
    forgotten = tuple(table for table in derived if request.covers(table))
    for table in forgotten:
        lake.until_committed(table, lambda name=table: _forget(lake, specs[name]))  # type: ignore[misc]
    return forgotten


def replace_root(
    request: BackfillRequest,
    lake: Lake,
    bronze: Bronze,
    specs: Mapping[str, TableSpec],
    settings: Settings,
    engine_with: Callable[[Mapping[str, TableSpec]], Engine],
) -> RootReplaced:
    """Merge all of bronze into a scratch table, then swap its files into the root, in one commit.

    `engine_with` makes an engine that works with other contracts.

    Raises:
        BackfillWouldLose: bronze has fewer events than the root, and the request does not allow for that.
        CommitsExhausted: others committed to the root every time.
    """
    scratch = dataclasses.replace(specs[ROOT], name=_SCRATCH)

    def attempt() -> RootReplaced:
        # The root first, then the listing: whoever adds events after this moment makes this attempt fail.
        root = lake.open(specs[ROOT])
        lake.drop(_SCRATCH)
        objects = bronze.everything()
        engine = engine_with({**specs, ROOT: scratch})
        for chunk in chunks(objects, settings.chunk_bytes):
            engine.load_events(chunk)
        engine.close()
        removed = _files(request, [task.file for task in live_files(root)])
        added = _files(request, [task.file for task in live_files(lake.open(scratch))])
        before, after = (sum(file.record_count for file in files) for files in (removed, added))
        if after < before and not request.may_lose:
            raise BackfillWouldLose(ROOT, before, after)
        lake.commit(root, add=added, remove=removed)
        return RootReplaced(len(objects), before, after)

    try:
        return lake.until_committed(ROOT, attempt)
    finally:
        # Its data files are the root's now; what is left of it lies where orphans are looked for.
        lake.drop(_SCRATCH)


def document(replaced: Optional[RootReplaced], forgotten: Sequence[str]) -> Dict[str, Any]:
    """The backfill as the job prints it."""
    return {
        "root": dataclasses.asdict(replaced) if replaced is not None else None,
        "rebuilt": list(forgotten),
    }


def _forget(lake: Lake, spec: TableSpec) -> None:
    table = lake.open(spec)
    if table.properties.get(provenance.RECIPE):
        lake.commit(table, properties={provenance.RECIPE: ""})


def _files(request: BackfillRequest, files: Sequence[DataFile]) -> Sequence[DataFile]:
    return [file for file in files if request.covers_month(int(file.partition[0]))]


def _month(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1


def _day(text: Optional[str]) -> Optional[date]:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} is no day: write it like 2026-01-31") from error
