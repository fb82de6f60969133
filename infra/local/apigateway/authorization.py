"""Who may call a route: nobody is let through whose token or signature does not hold."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from moto.apigatewayv2.models import Api, Authorizer, Route
from moto.iam.models import iam_backends

from infra.local.apigateway.jwt import IssuerKeys, IssuerUnreachable, TokenRefused, verified_claims
from infra.local.apigateway.request import Request, refusal
from infra.local.apigateway.sigv4 import SignatureRefused, verified_key
from infra.local.wire_errors import Answer

_EMBEDDED_SECRET = "embedded"  # noqa: S105 - whoever is on loopback knows it


class Refused(Exception):
    """The request is answered so; the message is for the log."""

    def __init__(self, answer: Answer, reason: str) -> None:
        super().__init__(reason)
        self.answer = answer


def authorized(
    api: Api, route: Route, request: Request, keys: IssuerKeys, account_id: str, now: datetime
) -> dict[str, Any]:
    """What the function is told of the caller; raises `Refused`."""
    match route.authorization_type or "NONE":
        case "NONE":
            return {}
        case "JWT":
            authorizer = api.authorizers[str(route.authorizer_id)]
            return {"jwt": _claims(authorizer, route.authorization_scopes or (), request, keys, now)}
        case "AWS_IAM":
            return {"iam": _caller(request, account_id, now)}
    raise Refused(
        refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error"),
        f"{route.authorization_type} is not served here",
    )


def _claims(
    authorizer: Authorizer, scopes: Any, request: Request, keys: IssuerKeys, now: datetime
) -> dict[str, Any]:
    settings: Mapping[str, Any] = authorizer.jwt_config  # type: ignore[assignment]  # moto says text
    token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    try:
        claims = verified_claims(token, settings["issuer"], settings["audience"], keys, now)
    except (TokenRefused, IssuerUnreachable) as error:
        unauthorized = refusal(HTTPStatus.UNAUTHORIZED, "Unauthorized", (("www-authenticate", "Bearer"),))
        raise Refused(unauthorized, str(error)) from error
    granted = str(claims.get("scope", "")).split()
    if scopes and not set(scopes) & set(granted):
        raise Refused(refusal(HTTPStatus.FORBIDDEN, "Forbidden"), "no scope of the route's")
    return {"claims": {name: _text(value) for name, value in claims.items()}, "scopes": granted or None}


def _caller(request: Request, account_id: str, now: datetime) -> dict[str, Any]:
    try:
        key = verified_key(request, lambda key: _secret_of(key, account_id), now)
    except SignatureRefused as error:
        raise Refused(refusal(HTTPStatus.FORBIDDEN, "Forbidden"), str(error)) from error
    return {"accessKey": key, "accountId": account_id}


def _secret_of(access_key: str, account_id: str) -> str:
    """IAM's own for keys that were made there; all others have the embedded AWS's."""
    for user in iam_backends[account_id]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key:
                return str(key.secret_access_key)
    return _EMBEDDED_SECRET


def _text(value: object) -> str:
    return f"[{' '.join(map(str, value))}]" if isinstance(value, list) else str(value)
