"""The API as OpenAPI 3.1, from the models; no part of the deployed function.

`python -m stream_processors.order_api.openapi > docs/openapi.json`
"""

import json
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from producer.contract import CURRENT_SCHEMA_VERSION, ORDER_EVENT
from stream_processors.order_api.answers import MAX_EVENTS, GatewayMessage, Health, Receipt, Refusal
from stream_processors.order_api.request import MAX_BODY_BYTES
from stream_processors.order_ingest.examination import SOURCE_LINE_REJECTED

Schema = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
_ANSWERS: Final[tuple[type[BaseModel], ...]] = (Receipt, Refusal, GatewayMessage, Health)
_NOT_POSTED: Final = "SourceLineRejected"
# The API is the producer: it writes these itself.
_WRITTEN_BY_API: Final = ("producer_id", "sequence")

_EVENT_ANSWERS: Final[Mapping[int, tuple[str, tuple[type[BaseModel], ...]]]] = {
    202: ("The stream has every event.", (Receipt,)),
    207: ("The events fared differently: see `status` of each.", (Receipt,)),
    400: ("The body is not UTF-8, not JSON, or no whole gzip stream.", (Refusal,)),
    413: (f"Over {MAX_EVENTS} events or {MAX_BODY_BYTES} bytes.", (Refusal, GatewayMessage)),
    415: ("Neither application/json in UTF-8, nor packed with gzip or not at all.", (Refusal,)),
    422: ("No event was taken: each breaks the rules that are named, or there is none.", (Receipt, Refusal)),
    429: ("The stream, or the API, is asked for too much: send again later.", (Receipt, GatewayMessage)),
    503: ("The stream, or its ledger, does not answer: send again later.", (Receipt, GatewayMessage)),
}
_EVERY_ANSWER: Final[Mapping[int, tuple[str, tuple[type[BaseModel], ...]]]] = {
    401: ("No token, or none that counts (authorisation `jwt`).", (GatewayMessage,)),
    403: ("Not signed, or not allowed.", (GatewayMessage,)),
    500: ("The function failed: nothing is known of the events. Send them again.", (GatewayMessage,)),
}
_HEALTH_ANSWERS: Final[Mapping[int, tuple[str, tuple[type[BaseModel], ...]]]] = {
    200: ("The function runs.", (Health,)),
    429: ("The API is asked for too much.", (GatewayMessage,)),
    503: ("The function cannot run now.", (GatewayMessage,)),
}
_RETRIED: Final = (207, 429, 503)


def document() -> Schema:
    """The API as OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "orderlake",
            "version": "1",
            "summary": "Order events over HTTP.",
            "description": (
                "An event is answered with 202 once the stream has it. Sending an event again, with the same "
                "`event_id`, changes nothing: silver keeps one."
            ),
        },
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com",
                "variables": {"api": {"default": "api"}, "region": {"default": "us-east-1"}},
            }
        ],
        "security": [{"jwt": []}, {"iam": []}],
        "paths": {
            "/v1/events": {"post": _post_events()},
            "/v1/health": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether the API answers",
                    "responses": _responses(_HEALTH_ANSWERS),
                }
            },
        },
        "components": {
            "securitySchemes": {
                "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "iam": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "AWS Signature Version 4, service execute-api.",
                },
            },
            "schemas": _schemas(),
        },
    }


def _post_events() -> Schema:
    event = {"$ref": _REF.format(model="OrderEvent")}
    several = {"type": "array", "items": event, "minItems": 1, "maxItems": MAX_EVENTS}
    return {
        "operationId": "postEvents",
        "summary": "Send events",
        "description": (
            f"One event, or an array of up to {MAX_EVENTS}. The body may be packed with gzip; unpacked it "
            f"has at most {MAX_BODY_BYTES} bytes. Version {CURRENT_SCHEMA_VERSION} of the contract is "
            "described here; older ones are taken too."
        ),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": [event, several]}}},
        },
        "responses": _responses(_EVENT_ANSWERS),
    }


def _responses(answers: Mapping[int, tuple[str, tuple[type[BaseModel], ...]]]) -> Schema:
    return {
        str(status): _response(status, *answer)
        for status, answer in sorted({**answers, **_EVERY_ANSWER}.items())
    }


def _response(status: int, description: str, models: tuple[type[BaseModel], ...]) -> Schema:
    schemas = [{"$ref": _REF.format(model=model.__name__)} for model in models]
    response: Schema = {
        "description": f"{HTTPStatus(status).phrase}. {description}",
        "content": {"application/json": {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}},
    }
    if status in _RETRIED:
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait before sending again what was not taken.",
                "schema": {"type": "string", "pattern": "^[0-9]+$"},
            }
        }
    return response


def _schemas() -> Schema:
    posted = ORDER_EVENT.json_schema(ref_template=_REF)
    _, answers = models_json_schema([(model, "serialization") for model in _ANSWERS], ref_template=_REF)
    definitions: Schema = {**posted.pop("$defs"), **answers["$defs"]}
    del definitions[_NOT_POSTED], definitions[f"{_NOT_POSTED}Payload"]
    refused = _REF.format(model=_NOT_POSTED)
    posted["oneOf"] = [option for option in posted["oneOf"] if option["$ref"] != refused]
    del posted["discriminator"]["mapping"][SOURCE_LINE_REJECTED]
    for option in posted["oneOf"]:
        _as_posted(definitions[option["$ref"].rpartition("/")[2]])
    return dict(sorted({**definitions, "OrderEvent": posted}.items()))


def _as_posted(event: Schema) -> None:
    for name in _WRITTEN_BY_API:
        event["properties"][name] = {"description": "Leave it out: the API writes its own."}
        event["required"].remove(name)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")
