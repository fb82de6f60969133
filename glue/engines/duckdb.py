"""The engine for one machine: DuckDB computes, pyiceberg commits; memory stays flat, whatever comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional, Sequence

from glue.bronze import Bronze, BronzeObject
from glue.engines import Derived, Loaded
from glue.engines.derivation import Derivation
from glue.engines.merge import EventMerge
from glue.engines.session import Session
from glue.lake import Lake, append
from glue.settings import Settings
from glue.tables import TableSpec

_ROOT = "silver_order_events"


class DuckDbEngine:
    """Implements `glue.engines.Engine`; `work_dir` is for files that may be lost at any time."""

    def __init__(
        self, lake: Lake, bronze: Bronze, specs: Mapping[str, TableSpec], settings: Settings, work_dir: Path
    ) -> None:
        self._lake = lake
        self._bronze = bronze
        self._specs = specs
        self._settings = settings
        self._work_dir = work_dir
        self._session: Optional[Session] = None
        self._merge: Optional[EventMerge] = None

    def load_events(self, objects: Sequence[BronzeObject]) -> Loaded:
        """Add to the root of silver the events of bronze objects that it does not have."""
        if self._merge is None:
            self._session = Session(self._settings, self._work_dir)
            self._merge = EventMerge(
                self._lake,
                self._bronze,
                self._specs[_ROOT],
                self._session,
                self._work_dir,
                self._settings.portion_bytes,
            )
        return self._merge.load(objects)

    def derive(self, table: str) -> Derived:
        """Bring a table up to the snapshot that its source has now."""
        self.close()
        with Session(self._settings, self._work_dir) as session:
            return Derivation(self._lake, self._specs, table, self._settings.shop_timezone, session).refresh()

    def append(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table that nothing derives: what a run reports."""
        append(self._lake, self._specs[table], rows)

    def close(self) -> None:
        """Give back the memory of the merge; the next load reads the ids again."""
        if self._session is not None:
            self._session.__exit__()
        self._session = self._merge = None
