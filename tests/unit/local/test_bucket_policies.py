import json
import uuid
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, S3Backend

from infra.local import bucket_policies

OBJECT = "arn:aws:s3:::lake/key"


def new_bucket() -> FakeBucket:
    bucket_policies.install()
    # Names belong to all of moto's accounts at once.
    name = f"lake-{uuid.uuid4()}"
    bucket: FakeBucket = S3Backend("us-east-1", "123456789012").create_bucket(name, "us-east-1")
    return bucket


def permission(*statements: dict[str, Any]) -> Any:
    bucket = new_bucket()
    bucket.policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}).encode()
    return bucket.get_permission("s3:GetObject", OBJECT)


def deny(**more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": OBJECT, **more}


def test_a_policy_that_denies_plain_http_lets_loopback_in() -> None:
    statement = deny(Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert permission(statement) == PermissionResult.NEUTRAL


def test_a_policy_that_denies_everything_still_does() -> None:
    assert permission(deny()) == PermissionResult.DENIED


def test_a_bucket_without_a_policy_has_no_opinion() -> None:
    bucket = new_bucket()
    assert bucket.get_permission("s3:GetObject", OBJECT) == PermissionResult.NEUTRAL
