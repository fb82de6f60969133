"""The OpenAPI document says what the models say, and the API does what the document says."""

import json
from zlib import crc32

import pytest

from stream_processors.order_api.openapi import document
from tests.api_conformance import DOCUMENT, check
from tests.integration.local.http_api import served_api
from tests.unit.stream_processors.order_api.api import THROTTLED, Api


def test_the_document_is_made_of_the_models() -> None:
    assert json.loads(DOCUMENT.read_text()) == document(), (
        "python -m stream_processors.order_api.openapi > docs/openapi.json"
    )


def test_a_few_requests_are_answered_as_documented() -> None:
    api = Api()
    with served_api(api.invoke) as served:
        statuses = check(served.url, served.issuer.token(), requests=60)
    assert statuses.keys() >= {200, 202, 401, 422}


@pytest.mark.long
def test_five_thousand_requests_are_answered_as_documented() -> None:
    api = Api()
    # Every third event is refused, however often it is sent again.
    api.stream.always = lambda _: {
        place: THROTTLED
        for place, event in enumerate(api.stream.calls[-1])
        if crc32(event["event_id"].encode()) % 3 == 0
    }
    with served_api(api.invoke) as served:
        statuses = check(served.url, served.issuer.token(), requests=5_000)
    assert statuses.total() >= 5_000
    assert statuses.keys() >= {200, 202, 207, 400, 401, 422, 429}
