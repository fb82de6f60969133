import pytest

from stream_processors.errors import SettingsError
from stream_processors.order_ingest.settings import Settings

GOOD = {
    "BRONZE_DELIVERY_STREAM": "orderlake-dev-bronze",
    "QUARANTINE_DELIVERY_STREAM": "orderlake-dev-quarantine",
    "LAKE_BUCKET": "orderlake-dev-lake-123456789012",
    "QUARANTINE_RAW_PREFIX": "quarantine/raw/",
}


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(GOOD | {"OTHER": "x"})
    assert settings.bronze_delivery_stream == "orderlake-dev-bronze"
    assert settings.quarantine_raw_prefix == "quarantine/raw/"


def test_every_missing_or_wrong_setting_is_named_at_once() -> None:
    wrong = {**GOOD, "LAKE_BUCKET": "No Bucket", "QUARANTINE_RAW_PREFIX": "quarantine/raw"}
    del wrong["BRONZE_DELIVERY_STREAM"]
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(wrong)
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "BRONZE_DELIVERY_STREAM",
        "LAKE_BUCKET",
        "QUARANTINE_RAW_PREFIX",
    ]
