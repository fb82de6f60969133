"""Bodies of every kind: each has a clear answer."""

import gzip
import json
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream_processors.order_api.request import MAX_BODY_BYTES
from tests.unit.stream_processors.order_api.api import Api, event, events, request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "stated", ["application/json", "application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"']
)
def test_json_is_taken(api: Api, stated: str) -> None:
    assert api.post(event(), content_type=stated).status == 202


@pytest.mark.parametrize(
    "stated", ["", "text/plain", "text/csv", "application/xml", "application/json; charset=latin-1"]
)
def test_another_content_type_is_415(api: Api, stated: str) -> None:
    answer = api.post(event(), content_type=stated)
    assert (answer.status, answer.body["reason"]) == (415, "unsupported_media_type")


def test_what_is_not_utf8_is_400(api: Api) -> None:
    answer = api.post_bytes(b'{"event_id": "\xff"}')
    assert (answer.status, answer.body["reason"]) == (400, "not_utf8")


@pytest.mark.parametrize("body", ["", "{", "[1,]", '{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000])
def test_what_is_not_json_is_400(api: Api, body: str) -> None:
    answer = api.post_text(body)
    assert (answer.status, answer.body["reason"]) == (400, "not_json")


def test_a_request_without_a_body_is_400(api: Api) -> None:
    assert api.call(request(None)).status == 400


def test_no_event_at_all_is_422(api: Api) -> None:
    answer = api.post([])
    assert (answer.status, answer.body["reason"]) == (422, "no_events")


def test_more_than_500_events_are_413(api: Api) -> None:
    answer = api.post([1] * 501)
    assert (answer.status, answer.body["reason"]) == (413, "too_many_events")


def test_a_body_over_the_limit_is_413(api: Api) -> None:
    answer = api.post_text("[" + " " * MAX_BODY_BYTES)
    assert (answer.status, answer.body["reason"]) == (413, "too_large")


def test_an_event_over_its_limit_is_422_with_its_reason(api: Api) -> None:
    answer = api.post([event(), event(filler="x" * 950_000)])
    assert answer.statuses == [202, 422]
    assert [error["reason"] for error in answer.body["results"][1]["errors"]] == ["too_large"]


def test_a_gzipped_body_is_unpacked(api: Api) -> None:
    answer = api.post_bytes(gzip.compress(json.dumps(events(3)).encode()), content_encoding="gzip")
    assert (answer.status, answer.body["acknowledged"]) == (202, 3)


def test_a_bomb_is_413_and_is_not_unpacked(api: Api) -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join([*(packer.compress(bytes(1_000_000)) for _ in range(100)), packer.flush()])
    answer = api.post_bytes(bomb, content_encoding="gzip")
    assert (answer.status, answer.body["reason"]) == (413, "too_large")


@pytest.mark.parametrize(
    "change", [lambda packed: packed[:-4], lambda packed: packed + b"x", lambda _: b"plain"]
)
def test_a_damaged_gzip_stream_is_400(api: Api, change: object) -> None:
    packed = gzip.compress(json.dumps(event()).encode())
    answer = api.post_bytes(change(packed), content_encoding="gzip")  # type: ignore[operator]
    assert (answer.status, answer.body["reason"]) == (400, "not_decodable")


def test_another_encoding_is_415(api: Api) -> None:
    answer = api.post(event(), content_encoding="br")
    assert (answer.status, answer.body["reason"]) == (415, "unsupported_encoding")


def test_an_event_that_nests_too_deep_is_422(api: Api) -> None:
    answer = api.post_text('[{"payload": ' + "[" * 500 + "]" * 500 + "}]")
    assert (answer.status, answer.body["results"][0]["errors"][0]["reason"]) == (422, "not_json")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary() | JSON.map(json.dumps).map(str.encode))
def test_any_body_has_an_answer(api: Api, body: bytes) -> None:
    assert api.post_bytes(body).status in (202, 207, 400, 413, 422)
