"""Buckets' notifications to functions: asynchronous, and of the version that was written.

moto would run the function within the request that puts the object, leave out the version, escape slashes.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from moto.s3 import notifications

Invoke = Callable[[str, bytes], None]

_moto_event = notifications._get_s3_event


def install(invoke_later: Invoke) -> None:
    """Let `invoke_later` (a function's ARN, the event) have every notification from now on."""

    def invoke(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:  # noqa: ARG001
        invoke_later(fn_arn, json.dumps(event_body).encode())

    notifications._invoke_awslambda = invoke
    notifications._get_s3_event = _event_with_version


def _event_with_version(event_name: Any, bucket: Any, key: Any, notification_id: str) -> Any:
    event: Any = _moto_event(event_name, bucket, key, notification_id)
    told = event["Records"][0]["s3"]["object"]
    told["key"] = quote_plus(key.name, safe="/")
    if bucket.is_versioned:
        told["versionId"] = key.version_id
    return event
