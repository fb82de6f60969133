"""Tokens and signatures: only what holds is let through."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from infra.local.apigateway.issuer import ISSUER_PATH, Issuer
from infra.local.apigateway.jwt import IssuerKeys, IssuerUnreachable, TokenRefused, verified_claims
from infra.local.apigateway.request import Request
from infra.local.apigateway.sigv4 import SignatureRefused, verified_key

ENDPOINT = "http://127.0.0.1:4566"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer(ENDPOINT, now)


@pytest.fixture(scope="module")
def keys(issuer: Issuer) -> IssuerKeys:
    def fetch(url: str) -> bytes:
        return issuer({"REQUEST_METHOD": "GET", "PATH_INFO": url.removeprefix(ENDPOINT)}).body

    return IssuerKeys(fetch)


def claims_of(token: str, issuer: Issuer, keys: IssuerKeys) -> dict[str, object]:
    return verified_claims(token, issuer.url, ["orderlake"], keys, now())


def test_a_token_of_the_issuer_is_taken(issuer: Issuer, keys: IssuerKeys) -> None:
    assert claims_of(issuer.token(), issuer, keys)["aud"] == "orderlake"


def test_the_token_endpoint_gives_one(issuer: Issuer, keys: IssuerKeys) -> None:
    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"{ISSUER_PATH}/token",
        "wsgi.input": io.BytesIO(b"audience=orderlake&scope=write"),
    }
    token = json.loads(issuer(asked).body)["access_token"]
    assert claims_of(token, issuer, keys)["scope"] == "write"


def tampered(token: str) -> str:
    head, _, signature = token.split(".")
    other = jwt.encode({"alg": "HS256"}, {"aud": "orderlake", "exp": 9e9}, OctKey.generate_key(256))
    return f"{head}.{other.split('.')[1]}.{signature}"


def forged(issuer: Issuer, **header: str) -> str:
    """Signed by somebody else, who says that he is the issuer."""
    claims = {"iss": issuer.url, "aud": "orderlake", "exp": int(now().timestamp()) + 600}
    key_id = json.loads(
        issuer({"REQUEST_METHOD": "GET", "PATH_INFO": f"{ISSUER_PATH}/.well-known/jwks.json"}).body
    )
    return jwt.encode(
        {"alg": "RS256", "kid": key_id["keys"][0]["kid"], **header}, claims, RSAKey.generate_key(2048)
    )


def confused(issuer: Issuer) -> str:
    """Signed with the public key as if it were a shared secret."""
    document = issuer({"REQUEST_METHOD": "GET", "PATH_INFO": f"{ISSUER_PATH}/.well-known/jwks.json"}).body
    published = json.loads(document)["keys"][0]
    claims = {"iss": issuer.url, "aud": "orderlake", "exp": int(now().timestamp()) + 600}
    secret = OctKey.import_key(RSAKey.import_key(published).as_pem(private=False)[:64].hex())
    return jwt.encode({"alg": "HS256", "kid": published["kid"]}, claims, secret)


@pytest.mark.parametrize(
    "make",
    [
        lambda _: "",
        lambda _: "no.token.atall",
        lambda _: "eyJhbGciOiJub25lIn0.e30.",
        lambda issuer: issuer.token(audience="another"),
        lambda issuer: issuer.token(expires_in=0),
        lambda issuer: issuer.token(expires_in=-3600),
        lambda issuer: tampered(issuer.token()),
        forged,
        lambda issuer: forged(issuer, kid="another"),
        confused,
    ],
)
def test_any_other_token_is_refused(make: Callable[[Issuer], str], issuer: Issuer, keys: IssuerKeys) -> None:
    with pytest.raises(TokenRefused):
        claims_of(make(issuer), issuer, keys)


def test_a_token_of_another_issuer_is_refused(issuer: Issuer, keys: IssuerKeys) -> None:
    other = Issuer(ENDPOINT, now)
    with pytest.raises(TokenRefused):
        claims_of(other.token(), issuer, keys)


def test_a_token_that_is_not_valid_yet_is_refused(issuer: Issuer, keys: IssuerKeys) -> None:
    with pytest.raises(TokenRefused, match="not valid yet"):
        verified_claims(issuer.token(), issuer.url, ["orderlake"], keys, now() - timedelta(minutes=10))


def test_an_issuer_that_does_not_answer_vouches_for_nobody(issuer: Issuer) -> None:
    def fetch(_url: str) -> bytes:
        raise OSError

    with pytest.raises(IssuerUnreachable):
        claims_of(issuer.token(), issuer, IssuerKeys(fetch))


def signed(body: bytes = b"[]", service: str = "execute-api", secret: str = "embedded") -> Request:  # noqa: S107
    url = f"{ENDPOINT}/_aws/execute-api/api/v1/events"
    request = AWSRequest("POST", url, {"content-type": "application/json"}, body)
    SigV4Auth(Credentials("AKIDEXAMPLE", secret), service, "us-east-1").add_auth(request)
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    path = "/_aws/execute-api/api/v1/events"
    return Request(
        "POST", "/v1/events", path, "", {**headers, "host": "127.0.0.1:4566"}, body, "127.0.0.1", now()
    )


def with_headers(request: Request, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(request, headers={**request.headers, **named})


def key_of(request: Request, at: datetime | None = None) -> str:
    return verified_key(request, lambda _key: "embedded", at or now())


def test_a_signed_request_is_taken() -> None:
    assert key_of(signed()) == "AKIDEXAMPLE"


@pytest.mark.parametrize(
    "request_",
    [
        signed(secret="another"),
        signed(service="s3"),
        with_headers(signed(), authorization=""),
        with_headers(signed(), authorization="Bearer token"),
        with_headers(signed(), host="elsewhere"),
        with_headers(signed(), x_amz_date="yesterday"),
        with_headers(signed(), x_amz_content_sha256="0" * 64),
    ],
    ids=["secret", "service", "unsigned", "bearer", "host", "date", "digest"],
)
def test_any_other_request_is_refused(request_: Request) -> None:
    with pytest.raises(SignatureRefused):
        key_of(request_)


def test_another_body_than_the_signed_one_is_refused() -> None:
    with pytest.raises(SignatureRefused):
        key_of(replace(signed(), body=b"[1]"))


def test_a_signature_is_good_for_five_minutes() -> None:
    with pytest.raises(SignatureRefused):
        key_of(signed(), now() + timedelta(minutes=6))
