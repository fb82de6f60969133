"""What is put on a stream: one event, encoded, with its place in the run."""

from typing import NamedTuple


class Record(NamedTuple):
    """One event ready to send; `sequence` is its place in the run.

    `fault` names what was done to it on purpose, `place` is where the spool keeps it (0: nowhere).
    """

    sequence: int
    partition_key: str
    data: bytes
    event_type: str
    fault: str | None = None
    place: int = 0

    @property
    def size(self) -> int:
        """What Kinesis counts: data and partition key, bytes."""
        key = self.partition_key
        return len(self.data) + (len(key) if key.isascii() else len(key.encode()))
