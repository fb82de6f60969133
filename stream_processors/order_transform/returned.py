"""What goes back to Firehose: each record as the bronze documents that it became."""

from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, TypedDict

# Of the 6 MB that a function may answer; the rest is for ids and punctuation.
MAX_DATA_BYTES: Final = 5 * 1024 * 1024


class ReturnedRecord(TypedDict):
    """Firehose's "required parameters for data transformation"."""

    recordId: str
    result: Literal["Ok", "Dropped", "ProcessingFailed"]
    data: str


class Returned:
    """The documents of one invocation by the position of their record, in the terms of `DeliveryStream`."""

    def __init__(self) -> None:
        self.undelivered_from: int | None = None
        self.error_codes: Counter[str] = Counter()
        self._documents: dict[int, list[bytes]] = {}

    def add(self, document: bytes, position: int) -> None:
        """Take one document of the record at `position`."""
        self._documents.setdefault(position, []).append(document)

    def flush(self) -> None:
        """Nothing waits."""

    def give_up_from(self, position: int) -> None:
        """Leave everything from `position` on to the next attempt."""
        if self.undelivered_from is None or position < self.undelivered_from:
            self.undelivered_from = position

    def records(self, record_ids: Sequence[str]) -> list[ReturnedRecord]:
        """The answer for each record, by its position.

        One without documents was rejected as a whole and is dropped. What would make the answer larger
        than Lambda takes has failed: Firehose keeps it as it came, under its error prefix.
        """
        size = 0
        answer: list[ReturnedRecord] = []
        for position, record_id in enumerate(record_ids):
            data = b64encode(b"".join(self._documents.get(position, ()))).decode()
            if size + len(data) > MAX_DATA_BYTES:
                answer.append({"recordId": record_id, "result": "ProcessingFailed", "data": ""})
                continue
            size += len(data)
            answer.append({"recordId": record_id, "result": "Ok" if data else "Dropped", "data": data})
        return answer
