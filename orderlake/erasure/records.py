"""Records without the person: an event keeps its identity and place, so that the ledgers go on to balance.

Every function gives what it was given, itself, where the person is not in it.
"""

import base64
import binascii
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pyarrow as pa

from glue.erasure import without
from orderlake.erasure.person import Person
from producer.aggregation import AggregateProblem, UserRecord, is_aggregate, pack, unpack

_ENVELOPE = ("event_id", "event_type", "schema_version", "occurred_at", "producer_id", "sequence")
_NOTHING: bytes = b""


def event(raw: bytes, person: Person) -> bytes:
    """An event as a producer sent it; what is no event, or names the person elsewhere, loses the rest."""
    if not person.is_named_in(raw):
        return raw
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _NOTHING
    if not isinstance(document, dict):
        return _NOTHING
    payload = document.get("payload")
    customer_id = payload.get("customer_id") if isinstance(payload, dict) else None
    if isinstance(customer_id, str) and customer_id.removesuffix(".0") != person.customer_id:
        return raw  # somebody else's, in which the number stands for something else
    if isinstance(payload, dict):
        named = {name: None for name in ("customer_id", "customer") if name in payload}
        mended = orjson.dumps({**document, "payload": {**payload, **named}})
        if not person.is_named_in(mended):
            return mended
    envelope = orjson.dumps({name: document[name] for name in _ENVELOPE if name in document})
    return _NOTHING if person.is_named_in(envelope) else envelope


def kinesis_record(data: bytes, partition_key: str, person: Person) -> bytes:
    """A record of the stream, which may be many events."""
    parts = unpack(data, partition_key) if is_aggregate(data) else []
    if isinstance(parts, AggregateProblem) or not parts:
        return event(data, person)
    mended = [UserRecord(_key(part, person), part[1], event(part.data, person)) for part in parts]
    return data if mended == parts else pack(mended)


def quarantine_rows(body: bytes, person: Person, fetch: Callable[[str], bytes]) -> bytes:
    """An object of quarantine: a refused record that names the person loses its bytes and keeps its row.

    `fetch` gives the bytes that a row points to. What is no object of quarantine is emptied as a whole.
    """
    try:
        text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        rows: list[dict[str, Any]] = [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except (orjson.JSONDecodeError, OSError, EOFError, zlib.error):
        return _NOTHING if person.is_named_in(body) else body
    mended = [_quarantine_row(row, person, fetch) for row in rows]
    if mended == rows:
        return body
    return gzip.compress(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in mended))


def invocation_record(body: bytes, person: Person) -> bytes:
    """An object of the on-failure store."""
    try:
        document: dict[str, Any] = orjson.loads(body)
        payload = orjson.loads(document["payload"])
        for record in payload["Records"]:
            place = record["kinesis"]
            data = base64.b64decode(place["data"])
            place["data"] = base64.b64encode(kinesis_record(data, place["partitionKey"], person)).decode()
            if person.is_named_in(place["partitionKey"].encode()):
                place["partitionKey"] = "erased"
    except (orjson.JSONDecodeError, KeyError, TypeError, binascii.Error):
        return _NOTHING if person.is_named_in(body) else body
    if payload == orjson.loads(document["payload"]):
        return body
    return orjson.dumps({**document, "payload": orjson.dumps(payload).decode()})


def failed_deliveries(body: bytes, person: Person) -> bytes:
    """An object of Firehose's error prefix: lines whose `rawData` is what could not be delivered."""
    lines = [line for line in body.splitlines() if line.strip()]
    mended = [_failed_delivery(line, person) for line in lines]
    return body if mended == lines else b"".join(line + b"\n" for line in mended)


def _key(part: UserRecord, person: Person) -> str:
    return "erased" if person.is_named_in(part.partition_key.encode()) else part.partition_key


def _quarantine_row(row: dict[str, Any], person: Person, fetch: Callable[[str], bytes]) -> dict[str, Any]:
    pointer = row.get("raw_pointer")
    raw = fetch(pointer) if pointer else base64.b64decode(row.get("raw_base64") or "")
    if event(raw, person) is raw:
        return row
    return {
        **row,
        "raw_base64": "",
        "raw_pointer": None,
        "raw_sha256": hashlib.sha256(_NOTHING).hexdigest(),
        "raw_size": 0,
    }


def _failed_delivery(line: bytes, person: Person) -> bytes:
    if not person.is_named_in(line):
        return line
    try:
        row = orjson.loads(line)
        data = base64.b64decode(row["rawData"])
        if is_aggregate(data):  # what the function of profile direct was given
            kept = kinesis_record(data, "", person)
            return line if kept == data else orjson.dumps({**row, "rawData": base64.b64encode(kept).decode()})
        given = list(_documents(data.decode()))
    except (KeyError, ValueError):
        return _NOTHING
    mended = [_delivered(document, person) for document in given]
    if mended == given:
        return line
    raw = b"\n".join(map(orjson.dumps, mended))
    return orjson.dumps({**row, "rawData": base64.b64encode(raw).decode()})


def _delivered(document: dict[str, Any], person: Person) -> dict[str, Any]:
    """What Firehose was given: a row of bronze or of quarantine, or an event where it transforms them."""
    if "raw_base64" in document:
        return _quarantine_row(document, person, lambda _: _NOTHING)
    if isinstance(document.get("payload"), str):
        kept = without(pa.table({"payload": [document["payload"]]}), person)
        return document if kept is None else {**document, "payload": kept.column("payload")[0].as_py()}
    mended: dict[str, Any] = orjson.loads(event(orjson.dumps(document), person) or b"{}")
    return mended


def _documents(text: str) -> Iterator[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), 0
    while (place := place + len(text[place:]) - len(text[place:].lstrip())) < len(text):
        document, place = decoder.raw_decode(text, place)
        yield document
