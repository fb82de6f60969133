"""Whether a role may do what its program does, as its policies say."""

from typing import Any

import pytest

from orderlake.verify.permissions import Need, lacking

PUT = Need("s3:PutObject", "arn:aws:s3:::lake/silver/x")


def policy(**statement: Any) -> list[dict[str, Any]]:
    return [{"Version": "2012-10-17", "Statement": [statement]}]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::lake/silver/*"),
        (["s3:GetObject", "s3:put*"], ["arn:aws:s3:::lake/gold/*", "arn:aws:s3:::lake/silver/?"]),
        ("*", "*"),
    ],
)
def test_an_allowed_call_is_allowed(action: object, resource: object) -> None:
    assert lacking(policy(Effect="Allow", Action=action, Resource=resource), [PUT]) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::lake/silver/*"),
        ("s3:PutObject", "arn:aws:s3:::lake/gold/*"),
        ("s3:PutObjec", "*"),
        ("s3:PutObject", "arn:aws:s3:::lake.silver/*"),
    ],
)
def test_a_policy_that_is_too_narrow_lacks_the_call(action: str, resource: str) -> None:
    assert lacking(policy(Effect="Allow", Action=action, Resource=resource), [PUT]) == [PUT]


def test_a_denial_wins() -> None:
    allowed = policy(Effect="Allow", Action="*", Resource="*")

    assert lacking([*allowed, *policy(Effect="Deny", Action="s3:*", Resource="*")], [PUT]) == [PUT]


def test_a_denial_of_requests_without_tls_does_not_count() -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    policies = [
        *policy(Effect="Allow", Action="*", Resource="*"),
        *policy(Effect="Deny", Action="*", Resource="*", Condition=condition),
    ]

    assert lacking(policies, [PUT]) == []
