"""Errors in the caller's protocol."""

import json
from typing import Any

import pytest

from infra.local.wire_errors import Call, answer_error, scope_of

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host"
FIELDS = "<Code>Code</Code><Message>a &lt; b</Message>"


def environ(service: str, **more: str) -> dict[str, Any]:
    signed = {"HTTP_AUTHORIZATION": AUTHORIZATION.format(service)} if service else {}
    return {"REQUEST_METHOD": "POST", "PATH_INFO": "/", **signed, **more}


def test_the_signature_names_service_and_region() -> None:
    assert scope_of(environ("glue")) == ("glue", "eu-west-1")
    assert scope_of(environ("")) is None


@pytest.mark.parametrize(
    ("request_environ", "body", "call"),
    [
        (environ("glue", HTTP_X_AMZ_TARGET="AWSGlue.GetJob"), b"{}", Call("glue", "GetJob")),
        (
            environ("sns", CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8"),
            b"Action=Publish&Version=1",
            Call("sns", "Publish"),
        ),
        (environ("lambda", PATH_INFO="/x/y"), b"", Call("lambda", "POST /x/y")),
        (environ(""), b"", Call("s3", "POST /")),
    ],
)
def test_a_call_is_named_from_its_envelope(request_environ: dict[str, Any], body: bytes, call: Call) -> None:
    assert Call.of(request_environ, body) == call


def test_json_services_get_json() -> None:
    answer = answer_error(environ("glue", HTTP_X_AMZ_TARGET="AWSGlue.X"), "400 Bad Request", "Code", "why")
    assert json.loads(answer.body) == {"__type": "Code", "message": "why"}
    assert answer.headers == (("x-amzn-ErrorType", "Code"),)


@pytest.mark.parametrize(
    ("request_environ", "root"),
    [
        (environ("s3"), f"<Error>{FIELDS}</Error>"),
        (
            environ("sns", CONTENT_TYPE="application/x-www-form-urlencoded"),
            f"<ErrorResponse><Error><Type>Sender</Type>{FIELDS}</Error></ErrorResponse>",
        ),
        (
            environ("ec2", CONTENT_TYPE="application/x-www-form-urlencoded"),
            f"<Response><Errors><Error>{FIELDS}</Error></Errors></Response>",
        ),
    ],
)
def test_xml_services_get_their_own_xml(request_environ: dict[str, Any], root: str) -> None:
    answer = answer_error(request_environ, "400 Bad Request", "Code", "a < b")
    assert answer.body.decode().endswith(root)


def test_cbor_services_get_cbor() -> None:
    answer = answer_error(environ("monitoring", HTTP_SMITHY_PROTOCOL="rpc-v2-cbor"), "400", "C", "x" * 300)
    assert answer.body.startswith(b"\xa2\x66__type\x61C\x67message\x79\x01\x2cxxx")
    assert answer.headers == (("smithy-protocol", "rpc-v2-cbor"),)
