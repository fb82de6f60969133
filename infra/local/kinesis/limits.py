"""The limits of Kinesis: of one request (always checked) and of a shard's throughput (switchable).

Source: the Kinesis Data Streams developer guide, "Quotas and limits", and the API reference of PutRecords.
"""

import re
import threading
from typing import Final

from moto.core.exceptions import JsonRESTError
from moto.kinesis.exceptions import InvalidArgumentError

from infra.local.kinesis.shard import MAX_HASH_KEY

MAX_RECORDS: Final = 500
MAX_REQUEST_BYTES: Final = 5 * 1024 * 1024
MAX_RECORD_BYTES: Final = 1024 * 1024
MAX_KEY_LENGTH: Final = 256
MAX_READ_RECORDS: Final = 10_000
MAX_READ_BYTES: Final = 10_000_000

WRITES_PER_SECOND: Final = 1_000
WRITE_BYTES_PER_SECOND: Final = 1024 * 1024
READS_PER_SECOND: Final = 5
READ_BYTES_PER_SECOND: Final = 2 * 1024 * 1024

_MICROS: Final = 1_000_000
_HASH_KEY: Final = re.compile(r"0|([1-9]\d{0,38})")


class ValidationError(JsonRESTError):
    """A request that breaks the API's own shapes; the message names the place, as AWS's does."""

    def __init__(self, place: str, constraint: str) -> None:
        super().__init__(
            "ValidationException",
            f"1 validation error detected: Value at '{place}' failed to satisfy constraint: "
            f"Member must {constraint}",
        )


class ThroughputExceededError(JsonRESTError):
    """A shard was asked for more than it carries in a second; ask again after a pause."""

    def __init__(self, shard_id: str, stream_name: str, account_id: str) -> None:
        super().__init__(
            "ProvisionedThroughputExceededException", rate_exceeded(shard_id, stream_name, account_id)
        )


def rate_exceeded(shard_id: str, stream_name: str, account_id: str) -> str:
    return f"Rate exceeded for shard {shard_id} in stream {stream_name} under account {account_id}."


def check_record(partition_key: object, data: bytes, place: str = "") -> int:
    """The record's size in bytes, data and key together, as the limits count it."""
    if not isinstance(partition_key, str) or not 1 <= len(partition_key) <= MAX_KEY_LENGTH:
        raise ValidationError(
            f"{place}partitionKey",
            f"have length between 1 and {MAX_KEY_LENGTH}; give each record a partition key",
        )
    size = len(data) + (len(partition_key) if partition_key.isascii() else len(partition_key.encode()))
    if size > MAX_RECORD_BYTES:
        raise ValidationError(f"{place}data", f"have length less than or equal to {MAX_RECORD_BYTES}")
    return size


def check_batch(count: int) -> None:
    if count == 0:
        raise ValidationError("records", "have length greater than or equal to 1")
    if count > MAX_RECORDS:
        raise ValidationError("records", f"have length less than or equal to {MAX_RECORDS}")


def parse_hash_key(text: object) -> int:
    """An explicit hash key as a number of 128 bits."""
    if not isinstance(text, str) or not _HASH_KEY.fullmatch(text):
        raise ValidationError("explicitHashKey", r"satisfy regular expression pattern: 0|([1-9]\d{0,38})")
    number = int(text)
    if number > MAX_HASH_KEY:
        raise InvalidArgumentError(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {text}"
        )
    return number


class ShardThroughput:
    """What one shard carries: writes by whole seconds, reads by calls and by a debt of bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._write_second = self._read_second = 0
        self._writes = self._write_bytes = self._reads = 0
        self._no_read_before = 0

    def admits_write(self, size: int, now_micros: int) -> bool:
        """Count a write of `size` bytes, or refuse it."""
        second = now_micros // _MICROS
        with self._lock:
            if second != self._write_second:
                self._write_second, self._writes, self._write_bytes = second, 0, 0
            if self._writes >= WRITES_PER_SECOND or self._write_bytes + size > WRITE_BYTES_PER_SECOND:
                return False
            self._writes += 1
            self._write_bytes += size
            return True

    def admits_read(self, now_micros: int) -> bool:
        """Count a call of GetRecords, or refuse it."""
        second = now_micros // _MICROS
        with self._lock:
            if second != self._read_second:
                self._read_second, self._reads = second, 0
            if self._reads >= READS_PER_SECOND or now_micros < self._no_read_before:
                return False
            self._reads += 1
            return True

    def has_read(self, size: int, now_micros: int) -> None:
        """Owe time for `size` bytes: 10 MB at once silence the shard for five seconds."""
        if size > READ_BYTES_PER_SECOND:
            with self._lock:
                self._no_read_before = now_micros + size * _MICROS // READ_BYTES_PER_SECOND
