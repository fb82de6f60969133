"""Lines to events: classes, order, numbering, identity."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.contract import OrderEvent, OrderPlaced, StockAdjusted, decode, encode, identity
from producer.draft import EventDraft, Numberer
from producer.order_files import OrderFileSettings, read_catalogue, read_order_file

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def line(invoice: str, sku: str = "85123A", **changes: str) -> str:
    fields = {
        "description": "LANTERN",
        "quantity": "6",
        "time": "2010-12-01 08:26:00",
        "price": "2.55",
        "customer": "17850.0",
        "country": "United Kingdom",
    } | changes
    return ",".join((invoice, sku, *fields.values())) + "\n"


def read(tmp_path: Path, *lines: str, header: str = HEADER, **settings: Any) -> list[EventDraft]:
    path = tmp_path / "orders.csv"
    path.write_text(header + "".join(lines), encoding="utf-8", newline="")
    return list(read_order_file(path, OrderFileSettings(**settings)))


def events(drafts: list[EventDraft]) -> list[OrderEvent]:
    """The drafts as events; every one of them must be exactly what the contract would write."""
    numberer = Numberer("run-1")
    documents = [numberer.number(draft)[1] for draft in drafts]
    decoded = [decode(document) for document in documents]
    assert [encode(event) for event in decoded] == documents
    return decoded


def payloads(drafts: list[EventDraft]) -> list[Any]:
    return [orjson.loads(draft.payload) for draft in drafts]


def test_an_order_keeps_every_field_of_its_lines(tmp_path: Path) -> None:
    drafts = read(tmp_path, line("536365", "85123A "), line("536365", "m", quantity="2", price="3.390"))
    (event,) = events(drafts)
    assert isinstance(event, OrderPlaced)
    assert event.payload.customer_id == "17850"
    assert event.payload.country == "United Kingdom"
    assert event.payload.currency == "GBP"
    assert [(o.line_number, o.sku, o.quantity, o.unit_price, o.category) for o in event.payload.lines] == [
        (1, "85123A ", 6, Decimal("2.55"), "uncategorised"),
        (2, "m", 2, Decimal("3.39"), "uncategorised"),
    ]
    assert event.event_id == identity("online-retail", "536365", "order_placed", 1)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("C1", quantity="-1")], ["order_returned"]),
        ([line("C1", quantity="1", price="0")], ["order_returned"]),
        ([line("A1", price="-11062.06")], ["order_adjusted"]),
        ([line("1", price="0"), line("1", price="0.00", sku="X")], ["stock_adjusted"] * 2),
        ([line("1", price="0"), line("1")], ["order_placed"]),
        ([line("1", price="0.0001")], ["order_placed"]),
    ],
)
def test_the_first_matching_class_wins(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    assert [event.event_type for event in events(read(tmp_path, *lines))] == expected


def test_a_stock_change_names_its_invoice_and_keeps_its_own_time_and_sign(tmp_path: Path) -> None:
    drafts = read(
        tmp_path,
        line("1", price="0", quantity="-5", description="", customer=""),
        line("1", "B", price="0", quantity="-7", time="2010-12-01 08:27:00", description="damaged"),
    )
    second = events(drafts)[1]
    assert isinstance(second, StockAdjusted)
    assert payloads(drafts) == [
        {"sku": "85123A", "kind": "movement", "quantity": -5, "reference": "1", "line_number": 1},
        {
            "sku": "B",
            "kind": "movement",
            "quantity": -7,
            "description": "damaged",
            "reference": "1",
            "line_number": 2,
        },
    ]
    assert drafts[1].partition_key == "B"
    assert drafts[1].occurred_at == "2010-12-01T08:27:00Z"
    assert second.event_id == identity("online-retail", "1", "stock_adjusted", 2)


def test_events_come_in_the_order_of_their_first_lines(tmp_path: Path) -> None:
    drafts = read(tmp_path, line("3"), line("1"), line("3"), line("2"), line("1"))
    assert [(p["order_id"], len(p["lines"])) for p in payloads(drafts)] == [("3", 2), ("1", 2), ("2", 1)]


def test_a_line_within_the_look_ahead_joins_its_order_and_a_later_one_goes_on_counting(
    tmp_path: Path,
) -> None:
    fillers = [line(f"F{n}") for n in range(10)]
    joined = payloads(read(tmp_path, line("1"), *fillers[:9], line("1"), look_ahead_lines=10))
    assert [entry["line_number"] for entry in joined[0]["lines"]] == [1, 2]
    drafts = read(tmp_path, line("1"), *fillers, line("1"), line("1"), look_ahead_lines=10)
    first, last = payloads(drafts)[0], payloads(drafts)[-1]
    assert [entry["line_number"] for entry in first["lines"]] == [1]
    assert (last["order_id"], [entry["line_number"] for entry in last["lines"]]) == ("1", [2, 3])
    assert drafts[-1].event_id == str(identity("online-retail", "1", "order_placed", 2))


def test_free_lines_that_come_late_stay_lines_of_their_order(tmp_path: Path) -> None:
    fillers = [line(f"F{n}") for n in range(5)]
    drafts = read(tmp_path, line("1"), *fillers, line("1", price="0"), look_ahead_lines=3)
    assert drafts[-1].event_type == "order_placed"


def test_times_are_the_shop_s_and_leave_as_utc(tmp_path: Path) -> None:
    times = {
        "2011-06-01 08:26:00": "2011-06-01T07:26:00Z",
        "2011-06-01 08:26": "2011-06-01T07:26:00Z",
        "12/1/2010 8:26": "2010-12-01T08:26:00Z",
        "12/13/2010 18:26:05": "2010-12-13T18:26:05Z",
        "2011-10-30 01:30:00": "2011-10-30T00:30:00Z",  # told twice: the first
        "2011-03-27 01:30:00": "2011-03-27T01:30:00Z",  # skipped: as before the gap
    }
    drafts = read(tmp_path, *(line(str(n), time=time) for n, time in enumerate(times)))
    assert [draft.occurred_at for draft in drafts] == list(times.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("14646.0", "14646"), ("14646", "14646"), ("", None), (" ", None), ("X1.0", "X1.0")],
)
def test_a_customer_loses_the_fraction_that_a_spreadsheet_gave(
    tmp_path: Path, text: str, expected: str | None
) -> None:
    assert payloads(read(tmp_path, line("1", customer=text)))[0].get("customer_id") == expected


@pytest.mark.parametrize(
    "header",
    [
        "\ufeff" + HEADER,
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n",
        HEADER.replace("\n", "\r\n"),
        '"InvoiceNo","StockCode","Description","Quantity","InvoiceDate","UnitPrice","CustomerID","Country"\n',
    ],
)
def test_every_spelling_of_the_header_gives_the_same_events(tmp_path: Path, header: str) -> None:
    assert read(tmp_path, line("1"), header=header) == read(tmp_path, line("1"))


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    header = "row,Country,UnitPrice,InvoiceDate,InvoiceNo,StockCode,Description,Quantity,CustomerID\n"
    row = "0,United Kingdom,2.55,2010-12-01 08:26:00,1,85123A,LANTERN,6,17850.0\n"
    assert read(tmp_path, row, header=header) == read(tmp_path, line("1"))


def test_a_quoted_description_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    drafts = read(tmp_path, line("1", description='"A ""B"", C\nD"'), line("1"))
    assert [entry["description"] for entry in payloads(drafts)[0]["lines"]] == ['A "B", C\nD', "LANTERN"]


def test_an_invoice_with_two_customers_becomes_an_event_for_each_run_of_lines(tmp_path: Path) -> None:
    drafts = read(tmp_path, line("1"), line("1", customer="2"), line("1", customer="2"))
    assert [(p["customer_id"], len(p["lines"])) for p in payloads(drafts)] == [("17850", 1), ("2", 2)]
    assert len({draft.event_id for draft in drafts}) == 2


@pytest.mark.parametrize(("count", "description"), [(10_001, "x"), (600, "€" * 4000)])
def test_an_invoice_over_the_contract_s_limits_becomes_several_events(
    tmp_path: Path, count: int, description: str
) -> None:
    drafts = read(tmp_path, *[line("1", description=description)] * count)
    numbers = [entry["line_number"] for payload in payloads(drafts) for entry in payload["lines"]]
    assert len(events(drafts)) > 1
    assert numbers == list(range(1, count + 1))


def test_a_catalogue_gives_the_categories(tmp_path: Path) -> None:
    (tmp_path / "catalogue.csv").write_text("sku,category\n85123A,lighting\n", encoding="utf-8")
    categories = read_catalogue(tmp_path / "catalogue.csv")
    (payload,) = payloads(read(tmp_path, line("1"), line("1", "X"), categories=categories))
    assert [entry["category"] for entry in payload["lines"]] == ["lighting", "uncategorised"]


def test_the_source_is_part_of_the_identity_and_the_file_s_name_is_not(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    ids = {draft.event_id for draft in read(tmp_path, line("1"))}
    assert ids == {draft.event_id for draft in read(tmp_path / "a", line("1"))}
    assert ids.isdisjoint(draft.event_id for draft in read(tmp_path, line("1"), source="other-shop"))


invoices = st.lists(
    st.tuples(st.sampled_from("0123CA"), st.integers(1, 4), st.sampled_from(["0", "2.5", "x"])), max_size=12
)


@given(invoices, st.data())
def test_a_file_cut_between_invoices_gives_the_same_events(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, int, str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    blocks = [line(f"{kind}{n}", price=price) * size for n, (kind, size, price) in enumerate(made)]
    blocks.append(line("last"))
    cut = data.draw(st.integers(0, len(blocks)))
    whole = read(folder, *blocks)
    parts = [draft for part in (blocks[:cut], blocks[cut:]) if part for draft in read(folder, *part)]
    as_sent = [(d.event_id, d.event_type, d.occurred_at) for d in whole]
    assert [(d.event_id, d.event_type, d.occurred_at) for d in parts] == as_sent
    assert len({draft.event_id for draft in whole}) == len(whole)
    assert sum(len(p.get("lines", "x")) for p in payloads(whole)) == sum(n for _, n, _ in made) + 1
