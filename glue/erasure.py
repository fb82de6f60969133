"""People who were forgotten: the list of them, and bronze without them (docs/adr/erasure.md).

The list holds no person: the key of an object, `audit/erased/<key id>/<token>.json`, is all that is kept, and
a token is the HMAC-SHA256 of a person's id under the key that makes pseudonyms.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Protocol, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from glue.errors import ErasedUnknown
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ssm import SSMClient

    from glue.bronze import BronzeObject

_LOG = logging.getLogger(__name__)
CUSTOMER_ID, EMAIL = "customer_id", "email"
_LISTED = re.compile(r"/(?P<version>\d+)\.(?P<proof>[0-9a-f]{8})/(?P<token>[0-9a-f]{64})\.json$")
# A payload is compact JSON whose strings have their quotes escaped: no text within it looks like these.
_CUSTOMER_ID = r'"customer_id"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)"'
_EMAIL = r'"email"\s*:\s*"(?P<value>[0-9a-f]{64})"'
_CUSTOMER = r'"customer"\s*:\s*\{[^{}]*\}'


class People(Protocol):
    """Some people, known by the values of the kinds `customer_id` and `email` (its pseudonym)."""

    def covers(self, kind: str, value: str) -> bool:
        """Whether a value is one of theirs."""
        ...


class ErasureKey:
    """One version of the key: its id is the version and eight digits that prove it (`3.9c1d2e3f`)."""

    def __init__(self, version: str, value: str) -> None:
        self._secret = value.encode()
        proof = hmac.new(self._secret, b"orderlake key id", hashlib.sha256).hexdigest()[:8]
        self.key_id = f"{version}.{proof}"

    def token(self, kind: str, value: str) -> str:
        """What the list has in the place of a person's value."""
        text = f"orderlake erased\x1f{kind}\x1f{value}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


class Erased:
    """Everybody on the list."""

    def __init__(self, tokens: Mapping[ErasureKey, FrozenSet[str]]) -> None:
        self._tokens = dict(tokens)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def covers(self, kind: str, value: str) -> bool:
        """Whether the value's token is on the list, under any key that there ever was."""
        return any(key.token(kind, value) in tokens for key, tokens in self._tokens.items())


NOBODY = Erased({})


def folder(audit_prefix: str) -> str:
    """Where the list is."""
    return f"{audit_prefix}erased/"


def key_parameter(environment: str) -> str:
    """The SSM parameter with the key (infra/terraform/parameters.tf)."""
    return f"/orderlake/{environment}/pseudonymisation-key"


def load(s3: S3Client, ssm: Callable[[], SSMClient], settings: Settings) -> Erased:
    """Read the list; SSM is asked for a key only where somebody is on it.

    Raises:
        ErasedUnknown: a key is gone with which somebody was listed.
    """
    listed: Dict[str, List[str]] = {}
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=settings.lake_bucket, Prefix=folder(settings.audit_prefix)
    )
    for page in pages:
        for found in page.get("Contents", []):
            name = _LISTED.search(found["Key"])
            if name:
                listed.setdefault(f"{name['version']}.{name['proof']}", []).append(name["token"])
    parameter = key_parameter(settings.environment)
    return Erased({_key(ssm(), parameter, key_id): frozenset(tokens) for key_id, tokens in listed.items()})


def _key(ssm: SSMClient, parameter: str, key_id: str) -> ErasureKey:
    version = key_id.partition(".")[0]
    try:
        value = ssm.get_parameter(Name=f"{parameter}:{version}", WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ParameterNotFound", "ParameterVersionNotFound"):
            raise ErasedUnknown(parameter, key_id) from error
        raise
    key = ErasureKey(version, value)
    if key.key_id != key_id:
        raise ErasedUnknown(parameter, key_id)
    return key


def without(rows: pa.Table, people: People) -> Optional[pa.Table]:
    """The same rows, with nothing in them that says that they are of `people`; None where none is.

    Rows are told by their columns `payload` and `customer_id`, of which they have one at least. Amounts,
    identities and places stay: only `customer_id` and `customer` become null.
    """
    if "payload" not in rows.column_names:
        mask = _any_of(_column(rows, CUSTOMER_ID), CUSTOMER_ID, people)
    else:
        payloads = _column(rows, "payload")
        ids = _values(payloads, _CUSTOMER_ID)
        # An order without a number is somebody's by the pseudonym of the address that was written to.
        guests = pc.and_(pc.is_null(ids), _any_of(_values(payloads, _EMAIL), EMAIL, people))
        mask = pc.or_(_any_of(ids, CUSTOMER_ID, people), guests)
    if not pc.any(mask).as_py():
        return None
    for place, name in enumerate(rows.column_names):
        if name == "payload":
            mended = pc.if_else(mask, forgotten(payloads), payloads)
        elif name == CUSTOMER_ID:
            mended = pc.if_else(mask, pa.scalar(None, pa.string()), _column(rows, name))
        else:
            continue
        field = rows.schema.field(name)
        rows = rows.set_column(place, field, mended.cast(field.type))
    return rows


def emails_of(rows: pa.Table, customer_id: str) -> FrozenSet[str]:
    """Pseudonyms of the addresses in a customer's events; `rows` have a column `payload`."""
    payloads = _column(rows, "payload")
    ids = _values(payloads, _CUSTOMER_ID)
    theirs = pc.is_in(ids, pa.array([json.dumps(customer_id, ensure_ascii=False)[1:-1]], pa.string()))
    emails = _values(payloads.filter(theirs), _EMAIL)
    return frozenset(pc.unique(emails).drop_null().to_pylist())


def forgotten(payloads: Any) -> Any:
    """Payloads (JSON) that name nobody."""
    unnumbered = pc.replace_substring_regex(payloads, _CUSTOMER_ID, '"customer_id":null')
    return pc.replace_substring_regex(unnumbered, _CUSTOMER, '"customer":null')


def mend(s3: S3Client, bucket: str, item: BronzeObject, people: People) -> BronzeObject:
    """Write a bronze object anew, under its own key, without `people`; as it is where it has none of them.

    The version that named them is deleted. What is no Parquet is left to whoever reads it.
    """
    found = s3.get_object(Bucket=bucket, Key=item.key)
    try:
        rows = pq.read_table(io.BytesIO(found["Body"].read()))
    except pa.ArrowException:
        return item
    kept = without(rows, people) if "payload" in rows.column_names else None
    if kept is None:
        return item
    body = parquet(kept)
    etag = s3.put_object(Bucket=bucket, Key=item.key, Body=body)["ETag"].strip('"')
    if found.get("VersionId"):
        s3.delete_object(Bucket=bucket, Key=item.key, VersionId=found["VersionId"])
    _LOG.warning("people who were erased came again, and were taken out", extra={"key": item.key})
    return dataclasses.replace(item, etag=etag, size=len(body))


def mended(s3: S3Client, bucket: str, items: Sequence[BronzeObject], erased: Erased) -> List[BronzeObject]:
    """Bronze objects without anybody on the list; nothing is read where that is empty."""
    return [mend(s3, bucket, item, erased) for item in items] if erased else list(items)


def parquet(rows: pa.Table) -> bytes:
    """Rows as Firehose writes them."""
    body = io.BytesIO()
    pq.write_table(rows, body, compression="snappy")
    return body.getvalue()


def _column(rows: pa.Table, name: str) -> Any:
    return rows.column(name).cast(pa.string())


def _values(payloads: Any, pattern: str) -> Any:
    return pc.struct_field(pc.extract_regex(payloads, pattern), "value")


def _any_of(values: Any, kind: str, people: People) -> Any:
    theirs = [text for text in pc.unique(values).drop_null().to_pylist() if people.covers(kind, _plain(text))]
    return pc.is_in(values, pa.array(theirs, pa.string()))


def _plain(text: str) -> str:
    plain: str = json.loads(f'"{text}"') if "\\" in text else text
    return plain
