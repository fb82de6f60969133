"""Rows without people who were erased, and the list that says who they are."""

import io
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from glue import erasure
from glue.bronze import bronze_object
from glue.erasure import CUSTOMER_ID, EMAIL, Erased, ErasureKey, emails_of, without
from glue.errors import ErasedUnknown
from glue.settings import Settings

SETTINGS = Settings("r", "Europe/London", "lake", "b/", "q/", "c/", "d", "w")
KEY = ErasureKey("3", "secret")
ADDRESS = "ab" * 32
customers = st.text(min_size=1, max_size=20)


def erased(*customer_ids: str, emails: tuple[str, ...] = ()) -> Erased:
    tokens = {KEY.token(CUSTOMER_ID, one) for one in customer_ids} | {KEY.token(EMAIL, one) for one in emails}
    return Erased({KEY: frozenset(tokens)})


def rows(*payloads: Mapping[str, Any]) -> pa.Table:
    return pa.table({"payload": [json.dumps(payload, ensure_ascii=False) for payload in payloads]})


def payloads(table: pa.Table | None) -> list[Any]:
    assert table is not None
    return [json.loads(text or "") for text in table.column("payload").to_pylist()]


@settings(deadline=None)
@given(customers, customers, st.text())
def test_whoever_is_erased_is_gone_and_whoever_is_not_stays(one: str, other: str, text: str) -> None:
    before = [{"customer_id": each, "description": text, "total": "1.50"} for each in (one, other)]
    after = payloads(without(rows(*before), erased(one)))
    assert after[0] == {**before[0], "customer_id": None}
    assert after[1] == ({**before[1], "customer_id": None} if other == one else before[1])


@settings(deadline=None)
@given(customers)
def test_a_name_within_another_text_is_no_customer(customer: str) -> None:
    quoted = json.dumps({"customer_id": customer})
    assert without(rows({"description": quoted, "customer_id": f"{customer}x"}), erased(customer)) is None


def test_pseudonyms_go_with_the_number_and_guests_with_the_address() -> None:
    customer = {"email": ADDRESS, "name": "cd" * 32, "key_id": "3.00000000"}
    before = rows(
        {"customer_id": "1", "customer": customer},
        {"order_id": "guest", "customer": customer},
        {"customer_id": "2", "customer": customer},
    )

    after = payloads(without(before, erased("1", emails=(ADDRESS,))))

    assert emails_of(before, "1") == {ADDRESS}
    assert after[0] == {"customer_id": None, "customer": None}
    assert after[1] == {"order_id": "guest", "customer": None}
    assert after[2] == {"customer_id": "2", "customer": customer}


def test_a_table_of_customers_loses_the_number_only() -> None:
    table = pa.table({"customer_id": ["1", "2", None], "amount": [1, 2, 3]})
    after = without(table, erased("1"))
    assert after is not None
    assert after.to_pydict() == {"customer_id": [None, "2", None], "amount": [1, 2, 3]}


class Store:
    """S3 and SSM in memory, as much of them as is used."""

    def __init__(self, objects: Mapping[str, bytes], keys: Mapping[str, str]) -> None:
        self.objects = dict(objects)
        self.keys = keys
        self.deleted: list[str] = []

    def get_paginator(self, _: str) -> Any:
        pages = [{"Contents": [{"Key": key} for key in self.objects]}]
        return SimpleNamespace(paginate=lambda **_: pages)

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> Any:  # noqa: N803
        if Name not in self.keys:
            raise ClientError({"Error": {"Code": "ParameterVersionNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": self.keys[Name]}}

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        return {"Body": io.BytesIO(self.objects[Key]), "VersionId": "old"}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> Any:  # noqa: N803
        self.objects[Key] = Body
        return {"ETag": '"new"'}

    def delete_object(self, *, Bucket: str, Key: str, VersionId: str) -> None:  # noqa: N803
        self.deleted.append(f"{Key}@{VersionId}")


LISTED = f"audit/erased/{KEY.key_id}/{KEY.token(CUSTOMER_ID, '1')}.json"


def load(store: Store) -> Erased:
    client: Any = store
    return erasure.load(client, lambda: client, SETTINGS)


def test_the_list_is_read_with_the_key_that_it_was_written_with() -> None:
    listed = load(Store({LISTED: b""}, {"/orderlake/dev/pseudonymisation-key:3": "secret"}))
    assert listed.covers(CUSTOMER_ID, "1")
    assert not listed.covers(CUSTOMER_ID, "2")
    assert not listed.covers(EMAIL, "1")


@pytest.mark.parametrize("keys", [{}, {"/orderlake/dev/pseudonymisation-key:3": "another"}])
def test_a_list_that_cannot_be_read_stops_the_job(keys: Mapping[str, str]) -> None:
    with pytest.raises(ErasedUnknown, match=KEY.key_id.replace(".", r"\.")):
        load(Store({LISTED: b""}, keys))


def test_without_a_list_no_key_is_asked_for() -> None:
    assert not load(Store({}, {}))


def test_an_object_that_names_the_erased_is_written_anew_and_its_version_deleted() -> None:
    store = Store({"b/x": erasure.parquet(rows({"customer_id": "1"})), "b/y": b"no parquet"}, {})
    items = [bronze_object(key, "old", 1) for key in store.objects]

    mended = erasure.mended(cast("Any", store), "lake", items, erased("1"))

    assert [item.etag for item in mended] == ["new", "old"]
    assert b'"1"' not in store.objects["b/x"]
    assert store.deleted == ["b/x@old"]
