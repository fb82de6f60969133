"""IAM's answers to what a role's policies say."""

from collections.abc import Mapping

import pytest

from infra.iam_policies import Statement, allows


def statements(*documents: Mapping[str, object]) -> list[Statement]:
    return list(Statement.read("role", {"Statement": [{"Sid": "S", **one} for one in documents]}))


READ = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::lake/bronze/*"}


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:GetObject", "arn:aws:s3:::lake/bronze/a/b.parquet", True),
        ("S3:getobject", "arn:aws:s3:::lake/bronze/a", True),
        ("s3:GetObject", "arn:aws:s3:::lake/silver/a", False),
        ("s3:GetObject", "arn:aws:s3:::LAKE/bronze/a", False),
        ("s3:PutObject", "arn:aws:s3:::lake/bronze/a", False),
    ],
)
def test_what_is_not_allowed_is_denied(action: str, resource: str, answer: bool) -> None:
    assert allows(statements(READ), action, resource) is answer


def test_a_denial_wins() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    assert not allows(statements(READ, deny), "s3:GetObject", "arn:aws:s3:::lake/bronze/a")


def test_brackets_are_themselves() -> None:
    odd = {**READ, "Resource": "arn:aws:s3:::lake/[ab]*"}
    assert allows(statements(odd), "s3:GetObject", "arn:aws:s3:::lake/[ab]c")
    assert not allows(statements(odd), "s3:GetObject", "arn:aws:s3:::lake/ac")


@pytest.mark.parametrize("part", ["Condition", "NotAction", "NotResource"])
def test_what_is_not_understood_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match=part):
        statements({**READ, part: {}})
