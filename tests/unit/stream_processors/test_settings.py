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


def test_settings_that_may_be_absent_have_defaults() -> None:
    settings = Settings.from_environment(GOOD | {"PSEUDONYM_KEY_PARAMETER": ""})
    assert settings.pseudonym_key_parameter is None
    assert settings.future_tolerance_seconds == 24 * 3600
    told = {"PSEUDONYM_KEY_PARAMETER": "/orderlake/dev/key", "FUTURE_TOLERANCE_SECONDS": "60"}
    assert Settings.from_environment(GOOD | told).pseudonym_key_parameter == "/orderlake/dev/key"
    assert Settings.from_environment(GOOD | told).future_tolerance_seconds == 60


def test_a_wrong_value_of_an_optional_setting_is_named_too() -> None:
    with pytest.raises(SettingsError, match="FUTURE_TOLERANCE_SECONDS"):
        Settings.from_environment(GOOD | {"FUTURE_TOLERANCE_SECONDS": "a day"})
