"""Personal data become pseudonyms before anything is kept.

A pseudonym is the HMAC-SHA256 of field and value under a secret key, so that one person's orders can
be counted together and nobody can try out addresses without the key. `key_id` names the key: after a
rotation new events carry the new id, old ones keep theirs, and pseudonyms match within one key only.
`customer_id` stays as it is: it is the shop's own number, it names nobody outside the shop's records,
and what a customer buys is counted by it.
"""

import hmac
import time
import unicodedata
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from stream_processors.errors import CallFailedError, PseudonymKeyUnavailableError, SettingsError

KEY_SECONDS: Final = 300.0
"""How long a key is used before SSM is asked for a newer one."""


class PseudonymKey(NamedTuple):
    """The secret and its name: the parameter's version, and 8 hexadecimal digits that prove the key."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"PseudonymKey({self.key_id})"


class Parameters(Protocol):
    """The part of SSM that is used, as boto3 has it."""

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> Mapping[str, Mapping[str, object]]: ...  # noqa: N803


def make_key(version: int, value: str) -> PseudonymKey:
    """The key of one version of the parameter."""
    secret = value.encode()
    proof = hmac.digest(secret, b"orderlake key id", sha256).hex()[:8]
    return PseudonymKey(f"{version}.{proof}", secret)


def pseudonymise(customer: Mapping[str, str], key: PseudonymKey) -> dict[str, str]:
    """Every field as 64 hexadecimal digits, and `key_id`.

    Letters' case, spaces around and between words, and Unicode's ways to write one character make no
    difference: one address typed twice is one pseudonym.
    """
    hidden = {field: _pseudonym(field, value, key.secret) for field, value in customer.items()}
    return {**hidden, "key_id": key.key_id}


def _pseudonym(field: str, value: str, secret: bytes) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    return hmac.digest(secret, f"{field}\x1f{plain}".encode(), sha256).hex()


class PseudonymKeys:
    """The current key, from an SSM SecureString; asked for when the first customer is seen."""

    def __init__(
        self,
        parameters: Callable[[], Parameters],
        parameter: str | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parameters = parameters
        self._parameter = parameter
        self._now = now
        self._key: PseudonymKey | None = None
        self._fresh_until = 0.0

    def current(self) -> PseudonymKey:
        """The key in use; where SSM does not answer, the last one goes on being used.

        Raises:
            SettingsError: the function was not told the parameter's name.
            PseudonymKeyUnavailableError: there has been no key yet, and SSM may answer later.
            DeliveryRefusedError: SSM refuses for a reason that waiting does not change.
        """
        if self._key is None or self._now() >= self._fresh_until:
            self._key = self._fetched()
            self._fresh_until = self._now() + KEY_SECONDS
        return self._key

    def _fetched(self) -> PseudonymKey:
        if self._parameter is None:
            raise SettingsError(["PSEUDONYM_KEY_PARAMETER (the name of an SSM parameter)"])
        try:
            answer = self._parameters().get_parameter(Name=self._parameter, WithDecryption=True)
        except CallFailedError as error:
            if self._key is not None:
                return self._key
            error.raise_unless_transient("the pseudonymisation key's parameter")
            raise PseudonymKeyUnavailableError(error.code) from error
        found = answer["Parameter"]
        return make_key(int(str(found["Version"])), str(found["Value"]))
