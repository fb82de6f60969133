"""What was already made of each invoice, kept on disk, so that memory does not grow with the file."""

import sqlite3
from typing import Final, NamedTuple

# SQLite keeps a nameless database in memory up to this, and beyond it in a temporary file.
_CACHE_KIB: Final = 8 * 1024


class Entry(NamedTuple):
    """`lines` were numbered so far; `is_order` once an order, return or adjustment was made of them."""

    lines: int = 0
    is_order: bool = False


class InvoiceBook:
    """Invoice → lines numbered so far; and how often each unassignable line was seen."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE invoice (name TEXT PRIMARY KEY, lines INTEGER, is_order INTEGER) WITHOUT ROWID"
        )
        self._database.execute("CREATE TABLE stray (digest BLOB PRIMARY KEY, seen INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def look_up(self, invoice: str) -> Entry:
        found = self._database.execute(
            "SELECT lines, is_order FROM invoice WHERE name = ?", (invoice,)
        ).fetchone()
        return Entry(found[0], bool(found[1])) if found else Entry()

    def note(self, invoice: str, entry: Entry) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO invoice VALUES (?, ?, ?)", (invoice, entry.lines, entry.is_order)
        )

    def count_stray(self, digest: bytes) -> int:
        """How often this line, which belongs to no known invoice, was seen, this time included."""
        row = self._database.execute(
            "INSERT INTO stray VALUES (?, 1) "
            "ON CONFLICT (digest) DO UPDATE SET seen = seen + 1 RETURNING seen",
            (digest,),
        ).fetchone()
        return int(row[0])

    def close(self) -> None:
        self._database.close()
