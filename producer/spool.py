"""Keeps events on disk until the stream has acknowledged them.

One SQLite database in a directory, in WAL mode: what `add` took survives the end of the process by
whatever signal (a loss of power may take the last moments). One process at a time may use it.
"""

import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from producer.errors import SpoolInUse, SpoolUnusable, SpoolUnwritable
from producer.manifest import EventTypeStats, RunManifest
from producer.ranges import RangeSet
from producer.record import Record

FILE_NAME: Final = "spool.sqlite3"
_REWRITTEN_AT_ONCE: Final = 16 * 1024 * 1024
_SQL: Final = dict(
    re.findall(
        r"^-- name: (\w+)\n(.*?)(?=^--|\Z)",
        Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"),
        flags=re.DOTALL | re.MULTILINE,
    )
)
_IN_USE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class DamagedEntry(NamedTuple):
    """An entry that is not as it was written; it stays in the table `damaged` for whoever wants to look."""

    place: int
    sequence: int


class Spool:
    """Open, use, close; not thread-safe by itself (`OrderStream` takes care of it)."""

    def __init__(self, directory: Path) -> None:
        """Open the spool, make it where there is none. What reads it raises `SpoolUnusable` as well.

        Raises:
            SpoolInUse: another process has it open.
            SpoolUnusable: it cannot be opened, or is no spool.
        """
        self._directory = directory
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._database = _open(directory / FILE_NAME)
            self._depth: int = self._run("depth").fetchone()[0]
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in _IN_USE:
                raise SpoolInUse(directory) from error
            raise _unusable(directory, error) from error
        except OSError as error:
            raise SpoolUnusable(directory, str(error)) from error

    @property
    def depth(self) -> int:
        """How many events wait."""
        return self._depth

    @property
    def run(self) -> RunManifest | None:
        """The manifest of the run whose events are here, brought up to date; None before the first.

        What was added and is here no longer was acknowledged: that is what makes it true after a kill.
        """
        row = next(self._read("run"), None)
        if row is None:
            return None
        manifest, last = RunManifest.model_validate_json(row[0]), row[1]
        waiting = RangeSet()
        for (sequence,) in self._read("not_acknowledged"):
            waiting.add(sequence)
            last = max(last, sequence)
        by_type: dict[str, EventTypeStats] = {}
        faults = dict(manifest.faults) if manifest.faults is not None else None
        for event_type, fault, events, size in self._read("acknowledged"):
            so_far = by_type.get(event_type, EventTypeStats())
            by_type[event_type] = EventTypeStats(events=so_far.events + events, bytes=so_far.bytes + size)
            if fault and faults is not None:
                faults[fault] = faults.get(fault, 0) + events
        return manifest.model_copy(
            update={
                "announced": last,
                "acknowledged": tuple(waiting.gaps(last)),
                "events": sum(stats.events for stats in by_type.values()),
                "bytes": sum(stats.bytes for stats in by_type.values()),
                "by_type": by_type,
                "faults": faults,
            }
        )

    @property
    def damaged(self) -> tuple[DamagedEntry, ...]:
        """The entries of this run that were set aside."""
        return tuple(DamagedEntry(place, sequence) for place, sequence in self._read("damaged"))

    def begin(self, run: RunManifest) -> None:
        """Make this the spool of a new run that has sent nothing yet; what waits must have been sent."""
        if self._depth:
            raise SpoolUnusable(self._directory, f"{self._depth:,} events of an earlier run wait in it")
        with self._transaction():
            for name in ("forget_run", "forget_acknowledged", "forget_damaged"):
                self._run(name)
            self._run("begin_run", (run.model_dump_json(),))

    def finish(self) -> None:
        """Forget a run of which everything was sent; what was damaged is kept until the next begins."""
        with self._transaction():
            for name in ("forget_run", "forget_acknowledged"):
                self._run(name)

    def add(self, record: Record) -> Record:
        """Write one event down; it is on disk when this returns, and carries its place.

        Raises:
            SpoolUnwritable: the disk refuses (is it full?); the event was not taken.
        """
        row = (record.sequence, record.partition_key, record.event_type, record.fault, record.data)
        try:
            place = self._run("add", (*row, _digest(*row))).lastrowid
        except sqlite3.Error as error:
            raise SpoolUnwritable(self._directory, str(error)) from error
        self._depth += 1
        assert place is not None  # noqa: S101 - an INSERT has one
        return record._replace(place=place)

    def load(self, after: int, max_bytes: int) -> list[Record]:
        """The next events behind the place `after`, oldest first, of about `max_bytes` together.

        Damaged entries are set aside on the way. Empty where nothing is left.
        """
        records: list[Record] = []
        damaged: list[int] = []
        size = 0
        with closing(self._read("load", (after,))) as rows:
            for place, sequence, key, event_type, fault, data, digest in rows:
                if not isinstance(data, bytes) or digest != _digest(sequence, key, event_type, fault, data):
                    damaged.append(place)
                    continue
                records.append(Record(sequence, key, data, event_type, fault, place))
                size += len(data)
                if size >= max_bytes:
                    break
        self._set_aside(damaged)
        return records

    def remove(self, records: Sequence[Record]) -> None:
        """Forget what the stream has taken."""
        stats: dict[tuple[str, str], tuple[int, int]] = {}
        places = RangeSet()
        for record in records:
            kind = (record.event_type, record.fault or "")
            events, size = stats.get(kind, (0, 0))
            stats[kind] = (events + 1, size + record.size)
            places.add(record.place)
        with self._transaction():
            self._database.executemany(_SQL["remove"], list(places))
            self._database.executemany(
                _SQL["count_acknowledged"],
                [(*kind, events, size) for kind, (events, size) in stats.items()],
            )
            self._run("note_last_sequence", (max(record.sequence for record in records),))
        self._depth -= len(records)

    def sequences(self) -> Iterator[int]:
        """The sequences of all that waits."""
        return (sequence for (sequence,) in self._read("sequences"))

    def contents(self) -> Iterator[bytes]:
        """The events that wait, and those that are damaged."""
        return (data for (data,) in self._run("contents"))

    def rewrite(self, change: Callable[[bytes], bytes]) -> None:
        """Exchange events for others; what they were is nowhere in the file any more."""
        self._database.execute("PRAGMA secure_delete = ON")
        place = 0
        while records := self.load(place, _REWRITTEN_AT_ONCE):
            place = records[-1].place
            with self._transaction():
                for record in records:
                    data = change(record.data)
                    if data != record.data:
                        digest = _digest(
                            record.sequence, record.partition_key, record.event_type, record.fault, data
                        )
                        self._run("exchange", (data, digest, record.place))
        with self._transaction():
            for place, data in self._run("damaged_contents").fetchall():
                self._run("exchange_damaged", (change(data), place))
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let another process have it; what waits stays."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, name: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._database.execute(_SQL[name], values)

    def _read(self, name: str, values: Sequence[object] = ()) -> Generator[tuple[Any, ...]]:
        try:
            yield from self._run(name, values)
        except sqlite3.Error as error:
            raise _unusable(self._directory, error) from error

    def _set_aside(self, places: Iterable[int]) -> None:
        for place in places:
            with self._transaction():
                self._run("copy_to_damaged", (place,))
                self._run("remove", (place, place))
            self._depth -= 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._database.execute("BEGIN")
            yield
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise SpoolUnwritable(self._directory, str(error)) from error


def _open(path: Path) -> sqlite3.Connection:
    """An exclusive connection to a database with its tables."""
    database = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN EXCLUSIVE")
    for name in ("create_run", "create_entries", "create_damaged", "create_acknowledged"):
        database.execute(_SQL[name])
    database.execute("COMMIT")
    return database


def _unusable(directory: Path, error: sqlite3.Error) -> SpoolUnusable:
    is_damaged = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CORRUPT
    hint = f"; `sqlite3 {FILE_NAME} .recover` finds what is left" if is_damaged else ""
    return SpoolUnusable(directory, f"{error}{hint}")


def _digest(sequence: int, partition_key: str, event_type: str, fault: str | None, data: bytes) -> bytes:
    digest = blake2b(data, digest_size=8)
    digest.update(f"{sequence}\x1f{partition_key}\x1f{event_type}\x1f{fault}".encode())
    return digest.digest()
