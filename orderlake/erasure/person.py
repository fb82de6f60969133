"""One person: what is theirs, and how bytes are read to find it."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from functools import cached_property

from glue.erasure import CUSTOMER_ID, EMAIL

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{12,}={0,2}")
_GZIP = b"\x1f\x8b"
_MOST_UNPACKED = 16 * 1024 * 1024
_DEPTH = 3


class Person:
    """A customer of the shop, and the pseudonyms of the e-mail addresses that their orders gave."""

    def __init__(self, customer_id: str, emails: frozenset[str] = frozenset()) -> None:
        self.customer_id = customer_id
        self.emails = emails

    def covers(self, kind: str, value: str) -> bool:
        """Whether a value is theirs."""
        return (kind == CUSTOMER_ID and value == self.customer_id) or (kind == EMAIL and value in self.emails)

    def is_named_in(self, data: bytes) -> bool:
        """Whether the id stands in the bytes as a word, or a pseudonym, also packed or encoded.

        It may be another thing's number by chance; who asks must be ready for that.
        """
        return any(self._words.search(layer) for layer in _layers(data, _DEPTH))

    @cached_property
    def _words(self) -> re.Pattern[bytes]:
        # An order file may write 14646.0 where the lake has 14646.
        number = rf"(?<![\w-]){re.escape(self.customer_id)}(?:\.0)?(?![\w-])"
        return re.compile("|".join([number, *sorted(self.emails)]).encode())


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    yield data
    if not depth:
        return
    if data.startswith(_GZIP):
        yield from _layers(_unzipped(data), depth - 1)
        return
    for match in _BASE64.finditer(data):
        text = match.group()
        try:
            yield from _layers(base64.b64decode(text + b"=" * (-len(text) % 4)), depth - 1)
        except binascii.Error:
            continue


def _unzipped(data: bytes) -> bytes:
    """What is in there, up to a limit: nobody promises that it is small."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, _MOST_UNPACKED)
    except zlib.error:
        return b""
