"""AWS Signature Version 4 for requests that carry all of their arguments in headers and body.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
A test compares each signature with botocore's.
"""

import hmac
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple, Self

from stream_processors.errors import SettingsError


class Credentials(NamedTuple):
    """Whose request it is; Lambda puts the role's into the environment before the function starts."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None

    def __repr__(self) -> str:
        return f"Credentials({self.access_key_id})"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where it is there, `AWS_SESSION_TOKEN`.

        Raises:
            SettingsError: one of the first two is missing.
        """
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        if missing := [f"{name} (Lambda sets it)" for name in names if not environment.get(name)]:
            raise SettingsError(missing)
        access_key_id, secret = (environment[name] for name in names)
        return cls(access_key_id, secret, environment.get("AWS_SESSION_TOKEN") or None)


def signed_headers(
    credentials: Credentials,
    *,
    region: str,
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    at: float,
) -> dict[str, str]:
    """`headers` (names in small letters, `host` among them) and those that sign the request.

    `path` is percent-encoded already and has no query; `at` is the time in epoch seconds.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    digest = sha256(body).hexdigest()
    signed = {**headers, "x-amz-content-sha256": digest, "x-amz-date": moment}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    names = sorted(signed)
    listed = ";".join(names)
    fields = "".join(f"{name}:{signed[name].strip()}\n" for name in names)
    request = f"{method}\n{path}\n\n{fields}\n{listed}\n{digest}"
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_access_key}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={listed}, Signature={signature}"
    )
    return signed
