"""Bucket policies on the embedded AWS: a policy that asks for TLS holds for loopback.

moto does not know `aws:SecureTransport`, and so lets a statement that denies plain HTTP deny everything.
Nothing that is sent over loopback leaves the machine: it counts as secure here.
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket


def install() -> None:
    """Make every bucket of this process read its policy so. Doing it again changes nothing."""
    FakeBucket.get_permission = _permission  # type: ignore[method-assign, assignment]


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    applying = [statement for statement in statements if not _is_for_plain_http(statement)]
    return IAMPolicy(json.dumps({**policy, "Statement": applying})).is_action_permitted(action, resource)


def _is_for_plain_http(statement: Mapping[str, Any]) -> bool:
    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return secure in ("false", ["false"])
