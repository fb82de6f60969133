"""Shard iterators: opaque to the caller, a place in a shard to us, valid for five minutes."""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from moto.core.exceptions import JsonRESTError
from moto.kinesis.exceptions import InvalidArgumentError

LIFETIME_MICROS: Final = 300 * 1_000_000


class ExpiredIteratorError(JsonRESTError):
    """The iterator is older than five minutes; get a new one AFTER_SEQUENCE_NUMBER."""

    def __init__(self, issued_micros: int, now_micros: int) -> None:
        issued, now = (
            datetime.fromtimestamp(micros / 1e6, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
            for micros in (issued_micros, now_micros)
        )
        super().__init__(
            "ExpiredIteratorException",
            f"Iterator expired. The iterator was created at time {issued} while right now it is {now} "
            "which is further in the future than the tolerated delay of 300000 milliseconds.",
        )


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """Read `shard_id` of `stream_name` after the position `after`."""

    stream_name: str
    shard_id: str
    after: int
    issued_micros: int

    def encode(self) -> str:
        return base64.b64encode(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def decode(cls, token: str, now_micros: int) -> "ShardIterator":
        """The iterator that `encode` made; refuses others and expired ones as AWS does."""
        try:
            iterator = cls(**json.loads(base64.b64decode(token, validate=True)))
        except (binascii.Error, ValueError, TypeError) as error:
            raise InvalidArgumentError("Invalid ShardIterator.") from error
        if now_micros - iterator.issued_micros > LIFETIME_MICROS:
            raise ExpiredIteratorError(iterator.issued_micros, now_micros)
        return iterator
