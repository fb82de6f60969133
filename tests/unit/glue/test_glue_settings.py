"""Settings of the jobs, from the stack's parameter."""

import json

import pytest

from glue.errors import SettingsError
from glue.settings import Settings

STACK = {
    "region": "eu-west-2",
    "shop_timezone": "Europe/London",
    "lake_bucket": "lake",
    "bronze_prefix": "bronze/order_events/",
    "quarantine_prefix": "quarantine/events/",
    "checkpoints_prefix": "checkpoints/",
    "database": "db",
    "workgroup": "w",
    "environment": "dev",
    "audit_prefix": "audit/",
    "stream_name": "of no concern here",
}


def test_names_come_from_the_stack() -> None:
    settings = Settings.from_stack(json.dumps(STACK), threads=3)
    assert (settings.lake_bucket, settings.threads) == ("lake", 3)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        (json.dumps({**STACK, "database": ""}), "lacks database"),
        (json.dumps({**STACK, "shop_timezone": "Europe/Lundon"}), "Lundon"),
        (json.dumps({**STACK, "bronze_prefix": "bronze"}), "end with a slash"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_wrong(document: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_stack(document)
