"""What a client is answered, and what is on the stream and in the ledger then."""

import json

import pytest

from stream_processors.contract import RejectionReason
from stream_processors.errors import CallFailedError, DeliveryRefusedError, UnknownEventError
from stream_processors.order_api.settings import Settings
from tests.unit.stream_processors.order_api.api import THROTTLED, Api, event, events, request
from tests.unit.stream_processors.samples import order_placed


def test_one_event_is_acknowledged(api: Api) -> None:
    posted = event()
    answer = api.post(posted)
    assert (answer.status, answer.statuses) == (202, [202])
    assert answer.body["results"][0] == {"index": 0, "event_id": posted["event_id"], "status": 202}
    assert [sent["event_id"] for sent in api.stream.taken] == [posted["event_id"]]


def test_an_array_is_sent_in_one_call(api: Api) -> None:
    answer = api.post(events(500))
    assert (answer.status, answer.body["acknowledged"]) == (202, 500)
    assert [len(call) for call in api.stream.calls] == [500]


def test_an_instance_is_a_producer_whatever_the_client_says(api: Api) -> None:
    api.post([event(producer_id="mine", sequence=99), event()])
    api.post(event())
    run = api.manifest
    assert [(sent["producer_id"], sent["sequence"]) for sent in api.stream.taken] == [
        (run.producer_id, 1),
        (run.producer_id, 2),
        (run.producer_id, 3),
    ]


def test_the_manifest_knows_what_was_acknowledged_before_the_client_does(api: Api) -> None:
    api.stream.plans = [lambda _: {1: THROTTLED}]
    api.stream.always = lambda _: {0: THROTTLED}
    answer = api.post(events(3))
    assert answer.statuses == [202, 429, 202]
    assert (api.manifest.acknowledged, api.manifest.failed) == (((1, 1), (3, 3)), ((2, 2),))
    assert api.manifest.stream_name == "orders"


def test_the_manifest_may_be_written_less_often() -> None:
    api = Api(Settings(stream_name="orders", profile="stream", lake_bucket="lake", manifest_seconds=60))
    api.post(event())
    assert api.manifest.acknowledged_count == 0
    api.pauses.append(60)
    api.post(event())
    assert api.manifest.acknowledged_count == 2


def test_nothing_is_sent_that_the_ledger_cannot_announce(api: Api) -> None:
    api.lake.failure = CallFailedError("SlowDown", 503)
    answer = api.post(events(2))
    assert (answer.status, answer.statuses, api.stream.calls) == (503, [503, 503], [])
    assert "retry-after" in answer.headers
    assert api.post(event()).status == 503
    api.lake.failure = None
    assert api.post(event()).status == 202
    assert [sent["sequence"] for sent in api.stream.taken] == [1]


def test_what_the_stream_took_is_acknowledged_though_the_manifest_waits(api: Api) -> None:
    api.post(event())
    api.lake.failure = CallFailedError("SlowDown", 503)
    assert api.post(event()).status == 202
    assert "manifest not written" in api.log.getvalue()
    api.lake.failure = None
    api.post(event())
    assert api.manifest.acknowledged == ((1, 3),)


def test_every_broken_rule_is_named(api: Api) -> None:
    answer = api.post(
        event(occurred_at="2026-01-01T00:00:00", extra=1, payload={"amount": 1.5, "currency": "ZZZ"})
    )
    assert answer.status == 422
    found = {(error["reason"], error["path"]) for error in answer.body["results"][0]["errors"]}
    assert found == {
        ("naive_time", "occurred_at"),
        ("unknown_field", "extra"),
        ("missing_field", "payload.order_id"),
        ("invalid_money", "payload.amount"),
        ("unknown_currency", "payload.currency"),
    }
    assert api.stream.calls == []
    assert api.lake.objects == {}


@pytest.mark.parametrize("document", ["text", 1, None, True, [[]], ["text"]])
def test_what_is_no_object_is_no_event(api: Api, document: object) -> None:
    answer = api.post(document)
    assert (answer.status, answer.body["results"][0]["errors"][0]["reason"]) == (422, "not_an_object")


def test_a_rejected_line_is_no_event_of_a_shop(api: Api) -> None:
    payload = {
        "source": "file.csv",
        "line_number": 1,
        "reason": "no_date",
        "raw_line": "x",
    }
    answer = api.post(event(event_type="source_line_rejected", payload=payload))
    reasons = {error["reason"] for error in answer.body["results"][0]["errors"]}
    assert (answer.status, reasons) == (422, {RejectionReason.SOURCE_LINE_REJECTED})


def test_good_events_do_not_suffer_from_bad_ones(api: Api) -> None:
    answer = api.post([event(), event(payload={}), event()])
    assert (answer.status, answer.statuses) == (207, [202, 422, 202])
    assert (answer.body["acknowledged"], answer.body["broken"]) == (2, 1)
    assert "retry-after" not in answer.headers
    assert api.manifest.acknowledged == ((1, 2),)


def test_failed_entries_alone_are_sent_again(api: Api) -> None:
    api.stream.plans = [lambda _: {1: THROTTLED, 3: "InternalFailure"}]
    answer = api.post(events(4))
    assert answer.status == 202
    assert [len(call) for call in api.stream.calls] == [4, 2]
    assert sorted(sent["sequence"] for sent in api.stream.taken) == [1, 2, 3, 4]


def test_a_stream_that_goes_on_throttling_is_429_within_seconds(api: Api) -> None:
    api.stream.always = lambda count: dict.fromkeys(range(count), THROTTLED)
    answer = api.post(events(2))
    assert (answer.status, answer.statuses) == (429, [429, 429])
    assert 1 <= int(answer.headers["retry-after"]) <= 6
    assert 2 <= sum(api.pauses) <= 3
    assert api.manifest.failed == ((1, 2),)


def test_a_call_that_is_throttled_as_a_whole_is_429_too(api: Api) -> None:
    api.stream.always = lambda _: CallFailedError(THROTTLED, 400)
    assert api.post(event()).status == 429


def test_a_stream_without_an_answer_is_503(api: Api) -> None:
    api.stream.always = lambda _: CallFailedError("TimeoutError", None)
    answer = api.post(events(2))
    assert (answer.status, answer.body["not_taken"]) == (503, 2)
    assert "retry-after" in answer.headers


def test_a_stream_that_refuses_for_good_fails_the_invocation(api: Api) -> None:
    api.stream.always = lambda _: CallFailedError("ResourceNotFoundException", 400)
    with pytest.raises(DeliveryRefusedError):
        api.post(event())


def test_health_is_answered(api: Api) -> None:
    answer = api.call(request(None) | {"routeKey": "GET /v1/health"})
    assert (answer.status, answer.body) == (200, {"status": "ok"})


def test_another_invocation_is_named() -> None:
    with pytest.raises(UnknownEventError, match="HTTP API"):
        Api().call({"Records": []})


def test_an_answer_stays_under_lambdas_limit(api: Api) -> None:
    names = [f"field_{number}{'x' * 50}" for number in range(100)]
    answer = api.post_text(json.dumps([event(payload=dict.fromkeys(names, 1))] * 400))
    assert answer.status == 422
    assert len(json.dumps(answer.body)) < 6_000_000
    assert answer.body["results"][-1]["errors"][-1]["rule"] == "more"


def test_nothing_of_an_event_is_logged(api: Api) -> None:
    person = {"name": "Ada Lovelace", "email": "ada@example.org"}
    api.post([order_placed(customer=person), event(payload={"amount": "secret-17"})])
    assert "events answered" in api.log.getvalue()
    for value in ("Ada", "ada@", "secret-17", "o-1"):
        assert value not in api.log.getvalue()


def test_an_older_version_is_taken_as_it_is(api: Api) -> None:
    assert api.post(event(schema_version=1)).status == 202
    assert api.stream.taken[0]["schema_version"] == 1
