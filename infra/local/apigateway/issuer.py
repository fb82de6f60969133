"""An issuer of tokens for loopback: OpenID Connect's discovery, the keys, and a token for whoever asks."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from infra.local.wire_errors import Answer, Environ

ISSUER_PATH: Final = "/_orderlake/issuer"
AUDIENCE: Final = "orderlake"

_LIFE_SECONDS: Final = 3600
_ALGORITHM: Final = "RS256"


class Issuer:
    """Its key is made when it is first needed, and lost with the process."""

    def __init__(self, endpoint_url: str, now: Callable[[], datetime]) -> None:
        self.url = f"{endpoint_url}{ISSUER_PATH}"
        self._now = now

    def __call__(self, environ: Environ) -> Answer:
        """Answer a request below `ISSUER_PATH`."""
        match environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(ISSUER_PATH):
            case "GET", "/.well-known/openid-configuration":
                return _json(
                    "200 OK",
                    {
                        "issuer": self.url,
                        "jwks_uri": f"{self.url}/.well-known/jwks.json",
                        "token_endpoint": f"{self.url}/token",
                        "id_token_signing_alg_values_supported": [_ALGORITHM],
                    },
                )
            case "GET", "/.well-known/jwks.json":
                return _json("200 OK", KeySet([self._key]).as_dict(private=False))
            case "POST", "/token":
                return self._token(environ["wsgi.input"].read())
        return _json("404 Not Found", {"error": "not_found"})

    def token(self, *, audience: str = AUDIENCE, scope: str = "", expires_in: int = _LIFE_SECONDS) -> str:
        """A token for `audience`, from now on; expired already where `expires_in` is not above 0."""
        now = int(self._now().timestamp())
        begins = now + min(0, expires_in) - 1
        claims = {
            "iss": self.url,
            "sub": "local",
            "aud": audience,
            "iat": begins,
            "nbf": begins,
            "exp": now + expires_in,
            **({"scope": scope} if scope else {}),
        }
        return jwt.encode({"alg": _ALGORITHM, "kid": self._key.kid}, claims, self._key)

    def _token(self, body: bytes) -> Answer:
        asked = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            expires_in = int(asked.get("expires_in", _LIFE_SECONDS))
        except ValueError:
            return _json("400 Bad Request", {"error": "invalid_request"})
        token = self.token(
            audience=asked.get("audience", AUDIENCE), scope=asked.get("scope", ""), expires_in=expires_in
        )
        return _json("200 OK", {"access_token": token, "token_type": "Bearer", "expires_in": expires_in})

    @cached_property
    def _key(self) -> RSAKey:
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": _ALGORITHM})
        key.ensure_kid()
        return key


def _json(status: str, document: Any) -> Answer:
    return Answer(status, "application/json", json.dumps(document).encode())
