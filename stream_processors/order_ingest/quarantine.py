"""Sends rejected events to quarantine: newline-delimited JSON, large raw bytes as objects of their own."""

from base64 import b64decode
from collections.abc import Callable
from typing import Final, Protocol

import orjson

from stream_processors.contract import RejectedEvent
from stream_processors.errors import CallFailedError
from stream_processors.order_ingest.delivery import DeliveryStream

MAX_INLINE_RAW_BYTES: Final = 500 * 1024


class Objects(Protocol):
    """The part of S3 that is used, as boto3 has it; a failed call is a `CallFailedError`."""

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> object: ...  # noqa: N803


class RawStore:
    """Keeps the raw bytes of large rejected events in S3, named by their SHA-256.

    `client` is called at the first large one: most functions never need it.
    """

    def __init__(self, client: Callable[[], Objects], bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, sha256: str, raw: bytes) -> str:
        """Store the bytes and return their S3 URI; the same bytes are the same object.

        Raises:
            CallFailedError: S3 did not take them.
        """
        key = f"{self._prefix}{sha256}"
        self._client().put_object(
            Bucket=self._bucket, Key=key, Body=raw, ContentType="application/octet-stream"
        )
        return f"s3://{self._bucket}/{key}"


class Quarantine:
    """The quarantine stream during one invocation."""

    def __init__(self, stream: DeliveryStream, raw_store: RawStore) -> None:
        self._stream = stream
        self._raw_store = raw_store

    @property
    def undelivered_from(self) -> int | None:
        """The lowest position with anything undelivered, None while there is none."""
        return self._stream.undelivered_from

    def flush(self) -> None:
        """Send what was added and not sent.

        Raises:
            DeliveryRefusedError: Firehose will never take it.
        """
        self._stream.flush()

    def add(self, rejected: RejectedEvent, position: int) -> None:
        """Take one rejected event, its raw bytes inline; large ones are moved to the raw store.

        Raises:
            DeliveryRefusedError: Firehose or S3 will never take it.
        """
        if rejected.raw_size > MAX_INLINE_RAW_BYTES and rejected.raw_base64 is not None:
            try:
                pointer = self._raw_store.put(rejected.raw_sha256, b64decode(rejected.raw_base64))
            except CallFailedError as error:
                error.raise_unless_transient("the raw store")
                self._stream.error_codes[error.code] += 1
                self._stream.give_up_from(position)
                return
            rejected = rejected._replace(raw_base64=None, raw_pointer=pointer)
        self._stream.add(orjson.dumps(rejected._asdict(), option=orjson.OPT_APPEND_NEWLINE), position)
