"""AWS_IAM authorisation: is a request signed with the secret of its access key, now, as it is?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.apigateway.request import Request

SERVICE: Final = "execute-api"

_HEADER: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[a-z0-9-]+)"
    r"/(?P<service>[a-z0-9-]+)/aws4_request,\s*SignedHeaders=(?P<names>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_SKEW: Final = timedelta(minutes=5)


class SignatureRefused(Exception):
    """The request is not signed, or not so that it can be trusted."""


class _Scope(NamedTuple):
    key: str
    day: str
    region: str
    service: str
    names: str
    signature: str


def verified_key(request: Request, secret_of: Callable[[str], str], now: datetime) -> str:
    """The access key that signed the request; raises `SignatureRefused`."""
    found = _HEADER.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        raise SignatureRefused("not signed")
    scope = _Scope(**found.groupdict())
    stamp = request.headers.get("x-amz-date", "")
    if scope.service != SERVICE or not stamp.startswith(scope.day) or not _is_recent(stamp, now):
        raise SignatureRefused("of another service or time")
    names = scope.names.split(";")
    if "host" not in names or "x-amz-date" not in names:
        raise SignatureRefused("host or time is not signed")
    digest = sha256(request.body).hexdigest()
    if request.headers.get("x-amz-content-sha256", digest) != digest:
        raise SignatureRefused("of another body")
    if not hmac.compare_digest(
        _signature(request, scope, names, stamp, secret_of(scope.key)), scope.signature
    ):
        raise SignatureRefused("signed with another secret, or changed since")
    return scope.key


def _is_recent(stamp: str, now: datetime) -> bool:
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(now - at) <= _SKEW


def _signature(request: Request, scope: _Scope, names: list[str], stamp: str, secret: str) -> str:
    headers = {name: request.headers.get(name, "") for name in names}
    url = f"http://{request.headers.get('host', '')}{request.full_path}"
    signed = AWSRequest(
        request.method, f"{url}?{request.query}" if request.query else url, headers, request.body
    )
    signed.context["timestamp"] = stamp
    auth = SigV4Auth(Credentials(scope.key, secret), scope.service, scope.region)
    return str(auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed))
