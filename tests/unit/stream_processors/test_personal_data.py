import json
from typing import Any

import pytest

from stream_processors.contract import BronzeEvent
from stream_processors.errors import DeliveryRefusedError, PseudonymKeyUnavailableError, SettingsError
from stream_processors.order_ingest.personal_data import (
    KEY_SECONDS,
    PseudonymKey,
    PseudonymKeys,
    make_key,
    pseudonymise,
)
from tests.unit.stream_processors.conftest import Function
from tests.unit.stream_processors.fakes import FakeParameters, call_failed
from tests.unit.stream_processors.invocation import kinesis_event, sequence_number
from tests.unit.stream_processors.samples import KEY, encoded, judge, order_paid, order_placed

JANE = {"name": "Jane Doe", "email": "jane.doe@example.com", "address": "1 High Street, Bath"}
NAMED = encoded(order_placed(customer=JANE))


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def customer_of(row: BronzeEvent) -> dict[str, str]:
    customer: dict[str, str] = json.loads(row.payload)["customer"]
    return customer


def test_a_customer_is_kept_as_pseudonyms_and_the_id_of_their_key() -> None:
    row = judge(NAMED)
    assert isinstance(row, BronzeEvent)
    assert customer_of(row) == pseudonymise(JANE, KEY)
    assert customer_of(row)["key_id"] == KEY.key_id
    assert all(len(customer_of(row)[field]) == 64 for field in JANE)
    assert not any(value in str(row) for value in JANE.values())
    assert json.loads(row.payload)["customer_id"] == "17850"


def test_absent_fields_and_customers_stay_absent() -> None:
    assert set(pseudonymise({"email": "a@b.c"}, KEY)) == {"email", "key_id"}
    for customer in ({}, None, {"name": None}):
        row = judge(encoded(order_placed(customer=customer)))
        assert isinstance(row, BronzeEvent)
        assert not json.loads(row.payload).get("customer")


@pytest.mark.parametrize(
    "email", ["Jane.Doe@Example.COM", " jane.doe@example.com ", "jane.doe\uff20example.com"]
)
def test_the_same_address_written_otherwise_is_the_same_pseudonym(email: str) -> None:
    assert pseudonymise({"email": email}, KEY) == pseudonymise({"email": JANE["email"]}, KEY)


def test_one_value_in_two_fields_is_two_pseudonyms() -> None:
    hidden = pseudonymise({"name": "x", "email": "x"}, KEY)
    assert hidden["name"] != hidden["email"]


def test_another_key_gives_other_pseudonyms_and_another_id() -> None:
    other = make_key(3, "another")
    assert other.key_id != KEY.key_id
    assert pseudonymise(JANE, other)["email"] != pseudonymise(JANE, KEY)["email"]


def test_a_key_never_shows_its_secret() -> None:
    assert "a key for tests" not in f"{KEY} {KEY!r}"
    assert isinstance(KEY, PseudonymKey)


def test_a_key_is_fetched_once_and_again_when_it_is_old() -> None:
    ssm, clock = FakeParameters(), Clock()
    keys = PseudonymKeys(lambda: ssm, "key", clock)
    first = keys.current()
    ssm.put("a newer key")
    assert keys.current() == first
    assert ssm.calls == 1
    clock.seconds += KEY_SECONDS
    assert keys.current() == make_key(2, "a newer key")


def test_while_ssm_does_not_answer_the_last_key_goes_on_being_used() -> None:
    ssm, clock = FakeParameters(), Clock()
    keys = PseudonymKeys(lambda: ssm, "key", clock)
    first = keys.current()
    ssm.failure = call_failed("AccessDeniedException")
    clock.seconds += KEY_SECONDS
    assert keys.current() == first


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (call_failed("ThrottlingException"), PseudonymKeyUnavailableError),
        (call_failed("AccessDeniedException"), DeliveryRefusedError),
        (call_failed("ParameterNotFound"), DeliveryRefusedError),
    ],
)
def test_without_a_first_key_there_is_an_error(failure: Exception, expected: type[Exception]) -> None:
    ssm = FakeParameters(failure=failure)
    with pytest.raises(expected):
        PseudonymKeys(lambda: ssm, "key").current()


def test_without_the_parameters_name_the_setting_is_asked_for() -> None:
    with pytest.raises(SettingsError, match="PSEUDONYM_KEY_PARAMETER"):
        PseudonymKeys(FakeParameters, None).current()


def test_the_function_asks_for_no_key_while_no_event_names_a_customer(function: Function) -> None:
    function(kinesis_event([encoded(order_paid())]))
    assert function.parameters.calls == 0


def test_after_a_rotation_new_events_carry_the_new_key_and_old_rows_theirs(function: Function) -> None:
    function(kinesis_event([NAMED]))
    function.parameters.put("a newer key")
    function.seconds += KEY_SECONDS
    function(kinesis_event([NAMED]))
    old, new = (json.loads(row["payload"])["customer"] for row in function.bronze())
    assert old == pseudonymise(JANE, make_key(1, "a key for tests"))
    assert new == pseudonymise(JANE, make_key(2, "a newer key"))


def test_while_there_is_no_key_the_batch_stops_at_the_first_customer(function: Function) -> None:
    function.parameters.failure = call_failed("ThrottlingException")
    plain = encoded(order_paid())
    assert function(kinesis_event([plain, b"junk", NAMED, plain])) == [sequence_number(2)]
    assert (len(function.bronze()), len(function.quarantined())) == (1, 1)
    function.parameters.failure = None
    assert function(kinesis_event([NAMED, plain])) == []


def shown(function: Function, capsys: pytest.CaptureFixture[str]) -> str:
    printed = capsys.readouterr()
    return function.log.getvalue() + printed.out + printed.err


def test_no_personal_value_is_in_logs_or_metrics(
    function: Function, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    wrong: dict[str, Any] = order_placed(customer=JANE | {"phone": "0123"})
    function(kinesis_event([NAMED, encoded(wrong), encoded(order_placed(customer=JANE["name"]))]))
    assert len(function.quarantined()) == 2
    text = shown(function, capsys) + "".join(row["errors"] for row in function.quarantined())
    assert not any(value in text for value in [*JANE.values(), "a key for tests"])


def test_no_personal_value_is_in_an_error(function: Function, capsys: pytest.CaptureFixture[str]) -> None:
    function.parameters.failure = call_failed("AccessDeniedException")
    with pytest.raises(DeliveryRefusedError) as caught:
        function(kinesis_event([NAMED]))
    text = shown(function, capsys) + str(caught.value) + repr(caught.value.__cause__)
    assert not any(value in text for value in JANE.values())
