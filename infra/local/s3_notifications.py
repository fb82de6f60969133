"""Buckets' notifications to functions: asynchronous, and of the version that was written.

moto would run the function within the request that puts the object, leave out the version, escape slashes,
and tell an upload in parts as a Put too.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from moto.s3 import notifications

Invoke = Callable[[str, bytes], None]

_moto_event = notifications._get_s3_event
_moto_send = notifications.send_event


def install(invoke_later: Invoke) -> None:
    """Let `invoke_later` (a function's ARN, the event) have every notification from now on."""

    def invoke(account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:  # noqa: ARG001
        invoke_later(fn_arn, json.dumps(event_body).encode())

    notifications._invoke_awslambda = invoke
    notifications._get_s3_event = _event_with_version
    notifications.send_event = _send_one


def _send_one(account_id: str, event_name: Any, bucket: Any, key: Any) -> None:
    """An upload in parts is told when it is complete, and only so.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
    """
    if event_name != notifications.S3NotificationEvent.OBJECT_CREATED_PUT_EVENT or key.multipart is None:
        _moto_send(account_id, event_name, bucket, key)


def _event_with_version(event_name: Any, bucket: Any, key: Any, notification_id: str) -> Any:
    event: Any = _moto_event(event_name, bucket, key, notification_id)
    told = event["Records"][0]["s3"]["object"]
    told["key"] = quote_plus(key.name, safe="/")
    if bucket.is_versioned:
        told["versionId"] = key.version_id
    return event
