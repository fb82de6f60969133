"""Who calls what: keys that follow from roles, and notes that cost nothing unheard."""

import re

from infra.local.role_calls import RoleCall, RoleCalls, access_key_of

ROLE = "arn:aws:iam::123456789012:role/orderlake-dev-order-ingest"


def test_a_role_has_one_access_key_and_no_other_role_has_it() -> None:
    assert access_key_of(ROLE) == access_key_of(ROLE)
    assert access_key_of(ROLE) != access_key_of(f"{ROLE}-2")
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", access_key_of(ROLE))


def test_a_listener_hears_each_resource_of_a_call() -> None:
    heard: list[RoleCall] = []
    calls = RoleCalls()
    calls.note(ROLE, "s3:PutObject", "before")
    calls.listeners.append(heard.append)
    calls.note(ROLE, "glue:GetTable", "catalog", "table")
    assert heard == [RoleCall(ROLE, "glue:GetTable", "catalog"), RoleCall(ROLE, "glue:GetTable", "table")]
