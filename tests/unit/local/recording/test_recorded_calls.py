"""Requests as they are written down: the same whatever Terraform's order and tokens."""

import io
import json
from typing import Any

import pytest

from infra.local.recording import Call, Substitution


def request(body: bytes, **environ: str) -> dict[str, Any]:
    scope = "local/20260101/us-east-1/glue/aws4_request"
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "wsgi.input": io.BytesIO(body),
        **environ,
    }


def json_request(action: str, document: dict[str, Any]) -> dict[str, Any]:
    return request(
        json.dumps(document).encode(),
        CONTENT_TYPE="application/x-amz-json-1.1",
        HTTP_X_AMZ_TARGET=f"AWSGlue.{action}",
    )


def form_request(text: str) -> dict[str, Any]:
    return request(text.encode(), CONTENT_TYPE="application/x-www-form-urlencoded")


def test_two_requests_that_differ_in_order_and_token_are_one_call() -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    first = json_request("CreateJob", {"Name": "x", "Tags": tags, "ClientRequestToken": "1"})
    second = json_request("CreateJob", {"ClientRequestToken": "2", "Tags": tags[::-1], "Name": "x"})
    assert Call.of_request(first, {}) == Call.of_request(second, {})


def test_the_tags_of_a_form_are_in_the_order_of_their_keys() -> None:
    def topic(*keys: str) -> Call:
        tags = "".join(f"&Tags.member.{place}.Key={key}" for place, key in enumerate(keys, start=1))
        return Call.of_request(form_request(f"Action=CreateTopic{tags}"), {})

    assert topic("a", "b") == topic("b", "a")


def test_the_tags_of_a_bucket_are_in_order() -> None:
    def tagging(*keys: str) -> Call:
        tags = "".join(f"<Tag><Key>{key}</Key></Tag>" for key in keys)
        return Call.of_request(request(f"<TagSet>{tags}</TagSet>".encode()), {})

    assert tagging("a", "b") == tagging("b", "a")


def test_an_artefact_is_named_and_not_copied() -> None:
    call = Call.of_request(request(b"\x00zip"), {b"\x00zip": "order_ingest"})
    assert call.body == {"file": "order_ingest"}


@pytest.mark.parametrize(
    ("action", "is_change"), [("CreateJob", True), ("GetJob", False), ("ListJobs", False)]
)
def test_calls_that_only_look_are_told_apart(action: str, is_change: bool) -> None:
    assert Call.of_request(json_request(action, {}), {}).is_change is is_change


def test_what_is_taken_out_is_put_in_again() -> None:
    document = {"a": ["arn:x:1234:thing/qq-1234"], "qq": 7, "template": "${arrival_hour}"}
    substitution = Substitution({"account_id": "1234", "environment": "qq"})
    blank = substitution.blank(document)
    assert blank["a"] == ["arn:x:{{account_id}}:thing/{{environment}}-{{account_id}}"]
    assert substitution.fill(blank) == document


def test_an_unknown_placeholder_is_refused() -> None:
    with pytest.raises(KeyError):
        Substitution({}).fill("{{nobody}}")
