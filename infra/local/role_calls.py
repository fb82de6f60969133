"""Who calls what on the embedded AWS: for holding the roles' policies against what really happens.

Functions and jobs get an access key that follows from their role, so that their requests can be told apart.
What an engine does in process on behalf of a role (Firehose writes objects, Lambda reads a stream) is noted.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import NamedTuple


class RoleCall(NamedTuple):
    """`action` as policies name it (`s3:PutObject`), `resource` an ARN."""

    role_arn: str
    action: str
    resource: str


class RoleCalls:
    """Tells listeners of what engines do on behalf of roles; without a listener it costs nothing."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[RoleCall], None]] = []

    def note(self, role_arn: str, action: str, *resources: str) -> None:
        for listener in self.listeners:
            for resource in resources:
                listener(RoleCall(role_arn, action, resource))


def access_key_of(role_arn: str) -> str:
    """The access key that whoever has this role is given here: 20 characters, always the same."""
    digest = hashlib.sha256(role_arn.encode()).digest()
    return f"ASIA{base64.b32encode(digest).decode()[:16]}"
