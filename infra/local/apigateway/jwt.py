"""The JWT authorizer of an HTTP API: who signed a token, for whom, until when.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

import json
import threading
import urllib.request
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

Fetch = Callable[[str], bytes]

# API Gateway takes RSA signatures only: with others a public key could be used as a shared secret.
_ALGORITHMS: Final = ["RS256", "RS384", "RS512"]
_FETCH_SECONDS: Final = 5.0


class TokenRefused(Exception):
    """The token is none of the issuer's, not for this API, or not of this time."""


class IssuerUnreachable(Exception):
    """The issuer's keys cannot be had."""


def fetch(url: str) -> bytes:
    """Get a document over HTTP."""
    with urllib.request.urlopen(url, timeout=_FETCH_SECONDS) as answer:  # noqa: S310 - the stack's own issuer
        return bytes(answer.read())


class IssuerKeys:
    """The public keys of issuers, by OpenID Connect's discovery; asked for again when a key is not known."""

    def __init__(self, fetch: Fetch = fetch) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._known: dict[str, KeySet] = {}

    def of(self, issuer: str, key_id: str) -> KeySet:
        """The issuer's keys, `key_id` among them; raises `TokenRefused`, `IssuerUnreachable`."""
        with self._lock:
            if not _has(self._known.get(issuer), key_id):
                self._known[issuer] = self._discovered(issuer)
            keys = self._known[issuer]
        if not _has(keys, key_id):
            raise TokenRefused("signed with a key that is none of the issuer's")
        return keys

    def _discovered(self, issuer: str) -> KeySet:
        try:
            configuration = json.loads(self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            return KeySet.import_key_set(json.loads(self._fetch(configuration["jwks_uri"])))
        except (OSError, ValueError, KeyError, JoseError) as error:
            raise IssuerUnreachable(f"{issuer} does not say its keys ({type(error).__name__})") from error


def verified_claims(
    token: str, issuer: str, audiences: Sequence[str], keys: IssuerKeys, now: datetime
) -> dict[str, Any]:
    """The claims of a token that is to be trusted; raises `TokenRefused`, `IssuerUnreachable`."""
    try:
        key_id = _header(token).get("kid")
        if not isinstance(key_id, str):
            raise TokenRefused("names no key")
        claims = jwt.decode(token, keys.of(issuer, key_id), algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused(f"not signed by the issuer ({type(error).__name__})") from error
    if claims.get("iss") != issuer:
        raise TokenRefused("of another issuer")
    _check_audience(claims, audiences)
    _check_time(claims, now.timestamp())
    return dict(claims)


def _header(token: str) -> dict[str, Any]:
    """The token's header, not yet to be trusted; raises `ValueError` or an error of joserfc."""
    return dict(extract_compact(token.encode()).headers())


def _has(keys: KeySet | None, key_id: str) -> bool:
    return keys is not None and any(key.kid == key_id for key in keys.keys)


def _check_audience(claims: dict[str, Any], audiences: Sequence[str]) -> None:
    stated = claims.get("aud", claims.get("client_id"))
    if not set(audiences) & set(stated if isinstance(stated, list) else [stated]):
        raise TokenRefused("for another audience")


def _check_time(claims: dict[str, Any], now: float) -> None:
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or expires <= now:
        raise TokenRefused("expired")
    for name in ("nbf", "iat"):
        begins = claims.get(name, now)
        if not isinstance(begins, int | float) or begins > now:
            raise TokenRefused("not valid yet")
