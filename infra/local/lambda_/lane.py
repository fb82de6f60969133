"""Sends the records of some partition keys to a function, in order, one batch in flight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from infra.local.clock import Clock
from infra.local.lambda_.batch_response import first_failure
from infra.local.lambda_.errors import FunctionNotRunError
from infra.local.lambda_.given_up import Condition, GivenUp
from infra.local.lambda_.invocation import InvocationResult
from infra.local.lambda_.mapping_settings import MappingSettings

PAYLOAD_LIMIT: Final = 6 * 1024 * 1024
_HEAD: Final = b'{"Records":['
_TAIL: Final = b"]}"
_FIRST_DELAY_SECONDS: Final = 0.5
_LONGEST_DELAY_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it stands in the event."""

    sequence_number: str
    partition_key: str
    arrived_at: datetime
    encoded: bytes


@dataclass(frozen=True, slots=True)
class _Piece:
    """The next `length` records are sent together; `invocations` counts those of the whole batch too."""

    length: int
    retries: int = 0
    invocations: int = 0
    result: InvocationResult | None = None


class Lane:
    """The records of a shard that must stay in order among themselves.

    A batch that fails is tried again, with growing delays; nothing behind it passes. Where the mapping
    says so it is split, or given up after so many retries or when its records are too old. `report_age`
    gets the age in seconds of a batch's last record whenever the batch is about to be sent.
    """

    def __init__(
        self,
        shard_id: str,
        settings: MappingSettings,
        *,
        invoke: Callable[[bytes], InvocationResult],
        clock: Clock,
        report_age: Callable[[float], None],
        give_up: Callable[[GivenUp], None],
    ) -> None:
        self.settings = settings
        self.checkpoint: str | None = None
        self.waiting: list[Entry] = []
        self._shard_id = shard_id
        self._invoke = invoke
        self._clock = clock
        self._report_age = report_age
        self._give_up = give_up
        self._waiting_since = clock.now()
        self._pieces: list[_Piece] = []
        self._failures = 0
        self._not_before = clock.now()

    @property
    def is_failing(self) -> bool:
        """Its last batch failed and waits to be sent again."""
        return self._failures > 0

    @property
    def is_trying_again(self) -> bool:
        """What it sends next was sent before."""
        return bool(self._pieces)

    def take(self, entries: Sequence[Entry], now: datetime) -> None:
        """Put records at the end."""
        if entries and not self.waiting:
            self._waiting_since = now
        self.waiting.extend(entries)

    def wants(self) -> int:
        """How many more records the next batch may hold."""
        if self._pieces or self._batch_length() < len(self.waiting):
            return 0
        return self.settings.batch_size - len(self.waiting)

    def is_due(self, *, flush: bool) -> bool:
        """Whether a batch is to be sent now; `flush` waits for no window."""
        now = self._clock.now()
        if self._pieces:
            return now >= self._not_before
        if not self.waiting:
            return False
        is_full = len(self.waiting) >= self.settings.batch_size or self._batch_length() < len(self.waiting)
        window = timedelta(seconds=self.settings.batching_window)
        return flush or is_full or now - self._waiting_since >= window

    def send(self) -> None:
        """Invoke the function with the next batch and settle the outcome."""
        if not self._pieces:
            self._pieces = [_Piece(self._batch_length())]
        piece = self._pieces[0]
        expired = self._expired(piece)
        if expired:
            self._discard(replace(piece, length=expired), Condition.AGE)
            self._shorten(piece, expired)
            return
        batch = self.waiting[: piece.length]
        self._report_age((self._clock.now() - batch[-1].arrived_at).total_seconds())
        try:
            result = self._invoke(_event(batch))
        except FunctionNotRunError:
            self._wait_longer()  # spends no retry: only age ends this
            return
        piece = replace(piece, invocations=piece.invocations + 1, result=result)
        succeeded = self._succeeded(batch, result)
        if succeeded is not None:
            self._done(succeeded)
            self._shorten(replace(piece, retries=0) if succeeded else piece, succeeded)
            if succeeded == piece.length:
                return
            if succeeded:
                self._failures = 0
                self._wait_longer()
                return
        self._failed(piece, as_a_whole=succeeded is None)

    def _succeeded(self, batch: Sequence[Entry], result: InvocationResult) -> int | None:
        """How many records of the batch, from its beginning, are done; None where the invocation failed."""
        if result.function_error is not None:
            return None
        if not self.settings.reports_item_failures:
            return len(batch)
        return first_failure(result.payload, [entry.sequence_number for entry in batch])

    def _failed(self, piece: _Piece, *, as_a_whole: bool) -> None:
        if as_a_whole and self.settings.bisects_on_error and piece.length > 1:
            half = piece.length // 2
            self._pieces[:1] = [replace(piece, length=half), replace(piece, length=piece.length - half)]
            self._failures = 0
            self._not_before = self._clock.now()
            return
        most = self.settings.maximum_retries
        if most is not None and piece.retries >= most:
            self._discard(piece, Condition.RETRIES)
            self._shorten(piece, piece.length)
            return
        self._pieces[0] = replace(piece, retries=piece.retries + 1)
        self._wait_longer()

    def _expired(self, piece: _Piece) -> int:
        """How many records of the piece, from its beginning, are older than the mapping allows."""
        if self.settings.maximum_record_age is None:
            return 0
        oldest = self._clock.now() - timedelta(seconds=self.settings.maximum_record_age)
        batch = self.waiting[: piece.length]
        return next((n for n, entry in enumerate(batch) if entry.arrived_at > oldest), len(batch))

    def _discard(self, piece: _Piece, condition: Condition) -> None:
        batch = self.waiting[: piece.length]
        result = piece.result
        self._give_up(
            GivenUp(
                condition=condition,
                shard_id=self._shard_id,
                stream_arn=self.settings.stream_arn,
                sequence_numbers=tuple(entry.sequence_number for entry in batch),
                first_arrival=batch[0].arrived_at,
                last_arrival=batch[-1].arrived_at,
                payload=_event(batch),
                invocations=piece.invocations,
                request_id=result.request_id if result else None,
                function_error=result.function_error if result else None,
                at=self._clock.now(),
            )
        )
        self._done(piece.length)

    def _done(self, count: int) -> None:
        if count:
            self.checkpoint = self.waiting[count - 1].sequence_number
            del self.waiting[:count]
            self._waiting_since = self._clock.now()

    def _shorten(self, piece: _Piece, count: int) -> None:
        """Take `count` records off the first piece."""
        if count < piece.length:
            self._pieces[0] = replace(piece, length=piece.length - count)
            return
        del self._pieces[0]
        self._failures = 0
        self._not_before = self._clock.now()

    def _wait_longer(self) -> None:
        delay = min(_FIRST_DELAY_SECONDS * 2 ** min(self._failures, 10), _LONGEST_DELAY_SECONDS)
        self._not_before = self._clock.now() + timedelta(seconds=delay)
        if self.settings.maximum_record_age is not None:
            expiry = self.waiting[0].arrived_at + timedelta(seconds=self.settings.maximum_record_age)
            self._not_before = min(self._not_before, expiry)
        self._failures += 1

    def _batch_length(self) -> int:
        """How many waiting records go into one event: at most the batch size and 6 MB, at least one."""
        size = len(_HEAD) + len(_TAIL)
        for index, entry in enumerate(self.waiting[: self.settings.batch_size]):
            size += len(entry.encoded) + 1
            if size > PAYLOAD_LIMIT and index:
                return index
        return min(len(self.waiting), self.settings.batch_size)


def _event(batch: Sequence[Entry]) -> bytes:
    return _HEAD + b",".join(entry.encoded for entry in batch) + _TAIL
