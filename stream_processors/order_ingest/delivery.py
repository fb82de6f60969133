"""Sends documents to a Firehose stream: packed, in order, failed entries alone again, nothing dropped.

Limits: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from stream_processors.contract import MAX_DOCUMENT_BYTES
from stream_processors.errors import CallFailedError

MAX_RECORD_BYTES: Final = MAX_DOCUMENT_BYTES
# Documents are joined up to this; joining them up to the limit takes twice as long.
PACKED_BYTES: Final = 128 * 1024
MAX_BATCH_RECORDS: Final = 500
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0


class Deliverer(Protocol):
    """The part of Firehose that is used, as boto3 has it; a failed call is a `CallFailedError`."""

    def put_record_batch(
        self,
        *,
        DeliveryStreamName: str,  # noqa: N803
        Records: Sequence[Mapping[str, bytes]],  # noqa: N803
    ) -> Mapping[str, Any]: ...


class Patience(NamedTuple):
    """How long an invocation may keep trying; all of it can be faked.

    `remaining` gives the seconds left, `sleep` waits so many, `jitter` draws from [0, longest).
    """

    remaining: Callable[[], float]
    sleep: Callable[[float], object]
    jitter: Callable[[float], float]


class _Entry(NamedTuple):
    data: bytes
    first_position: int


class DeliveryStream:
    """One Firehose stream during one invocation.

    Documents come with the position of their Kinesis record in the batch, ascending. Once a batch
    could not be delivered in time, `undelivered_from` is the lowest position with anything
    undelivered, and everything added later is left to the redelivery.
    """

    def __init__(self, client: Deliverer, name: str, patience: Patience) -> None:
        self.undelivered_from: int | None = None
        self.retries = 0
        self.error_codes: Counter[str] = Counter()
        self._client = client
        self._name = name
        self._patience = patience
        self._documents: list[bytes] = []
        self._documents_bytes = 0
        self._documents_position = 0
        self._entries: list[_Entry] = []
        self._entries_bytes = 0
        self._has_tried = False

    def add(self, document: bytes, position: int) -> None:
        """Take one document of at most `MAX_RECORD_BYTES`; sends whenever a request is full.

        Raises:
            DeliveryRefusedError: the stream will never take it.
        """
        size = len(document)
        if self._documents and self._documents_bytes + size > PACKED_BYTES:
            self._close_entry()
        if not self._documents:
            self._documents_position = position
        self._documents.append(document)
        self._documents_bytes += size

    def flush(self) -> None:
        """Send what was added and not sent; afterwards only `undelivered_from` is undelivered.

        Raises:
            DeliveryRefusedError: the stream will never take it.
        """
        if self._documents:
            self._close_entry()
        if self._entries:
            self._send()

    def give_up_from(self, position: int) -> None:
        """Leave everything from `position` on to the redelivery."""
        if self.undelivered_from is None or position < self.undelivered_from:
            self.undelivered_from = position

    def _close_entry(self) -> None:
        is_full = len(self._entries) == MAX_BATCH_RECORDS
        if is_full or self._entries_bytes + self._documents_bytes > MAX_BATCH_BYTES:
            self._send()
        self._entries.append(_Entry(b"".join(self._documents), self._documents_position))
        self._entries_bytes += self._documents_bytes
        self._documents = []
        self._documents_bytes = 0

    def _send(self) -> None:
        entries, self._entries, self._entries_bytes = self._entries, [], 0
        if (limit := self.undelivered_from) is not None:
            entries = [entry for entry in entries if entry.first_position < limit]
        if not entries:
            return
        if self._has_tried and self._patience.remaining() <= 0:
            self.give_up_from(entries[0].first_position)
            return
        self._has_tried = True
        attempt = 0
        while entries := self._put(entries):
            longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**attempt)
            pause = self._patience.jitter(longest)
            if pause >= self._patience.remaining():
                self.give_up_from(entries[0].first_position)
                return
            self._patience.sleep(pause)
            self.retries += len(entries)
            attempt += 1

    def _put(self, entries: Sequence[_Entry]) -> list[_Entry]:
        """Send once; return the entries that failed."""
        try:
            response = self._client.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": entry.data} for entry in entries]
            )
        except CallFailedError as error:
            error.raise_unless_transient(self._name)
            self.error_codes[error.code] += len(entries)
            return list(entries)
        return self._failed(entries, response)

    def _failed(self, entries: Sequence[_Entry], response: Mapping[str, Any]) -> list[_Entry]:
        if not response["FailedPutCount"]:
            return []
        failed = []
        for entry, result in zip(entries, response["RequestResponses"], strict=True):
            if code := result.get("ErrorCode"):
                self.error_codes[code] += 1
                failed.append(entry)
        return failed
