"""Mercado Pago's own documents: what we ask is what they describe, and what they show is read."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connectors.mercadopago_rows import Reading, lacks_refunds, payment_rows
from tests.connectors.harness import Bench
from tests.connectors.mercadopago_fake import FakeMercadoPago

if TYPE_CHECKING:
    import httpx

    from tests.conftest import Lab

_CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "mercadopago"
# Not in the document, but in Mercado Pago's own libraries (user, chargeback) and guides.
_ELSEWHERE = {"/users/me": set[str](), "/v1/chargebacks/search": {"payment_id", "limit"}}


def contract(name: str) -> Any:
    path = _CONTRACTS / name
    if not path.exists():
        pytest.skip("contracts are not here")
    return json.loads(path.read_text(encoding="utf-8"))


def faults_of(request: httpx.Request, document: dict[str, Any]) -> list[str]:
    """What about a request the document does not allow."""
    told = dict(request.url.params)
    if request.url.path in _ELSEWHERE:
        return sorted(set(told) - _ELSEWHERE[request.url.path])
    for path, methods in document["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, request.url.path) and request.method.lower() in methods:
            known = {each["name"]: each for each in methods[request.method.lower()].get("parameters", ())}
            wrong = [f"unknown {name}" for name in told if name not in known]
            for name, each in known.items():
                schema = each["schema"]
                if each["in"] == "query" and each.get("required") and name not in told:
                    wrong.append(f"missing {name}")
                if name in told and told[name] not in schema.get("enum", [told[name]]):
                    wrong.append(f"{name}={told[name]}")
                if name in told and schema.get("type") == "integer" and not told[name].isdigit():
                    wrong.append(f"{name} is no integer")
                if name in told and schema.get("format") == "date-time":
                    datetime.fromisoformat(told[name])
            return wrong
    return [f"no {request.method} {request.url.path}"]


def test_every_request_is_one_that_is_described(lab: Lab) -> None:
    document = contract("openapi-1.0.0.json")
    fake = FakeMercadoPago()
    for number in range(1, 40):
        fake.pay(number, datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=number))
    fake.hides_refunds = True
    fake.refund(3, 31, datetime(2026, 6, 2, tzinfo=UTC), 5)
    fake.change(4, datetime(2026, 6, 2, tzinfo=UTC), status="charged_back", status_detail="settled")
    bench = Bench(lab.workspace, lab.profile, fake, "mercadopago", {"access_token": fake.token}, {"page_size": "20"})
    assert bench.sync(since=date(2026, 5, 20)).error is None
    assert {re.sub(r"\d{1,3}(?=/refunds)", "N", each.url.path) for each in fake.requests} == {
        *_ELSEWHERE,
        "/v1/payments/search",
        "/v1/payments/N/refunds",
    }
    assert [wrong for each in fake.requests for wrong in faults_of(each, document)] == []
    assert document["servers"][0]["url"] == "https://api.mercadopago.com"


def test_every_status_of_the_document_is_money_or_is_not() -> None:
    statuses = contract("openapi-1.0.0.json")["components"]["schemas"]["Payment"]["properties"]["status"]["enum"]
    payment: dict[str, Any] = {**contract("fixtures.json")["payment"], "refunds": []}
    told = {
        status: [row.fields["event_type"] for row in payment_rows({**payment, "status": status}, [], [], Reading())]
        for status in statuses
    }
    money = {"approved", "refunded", "charged_back", "in_mediation"}
    assert told == {status: ["payment_received" if status in money else f"payment_{status}"] for status in statuses}


def sync_of(lab: Lab, payments: list[dict[str, Any]]) -> Bench:
    """The official payments, told by a search."""
    fake = FakeMercadoPago()
    fake.payments = {
        each["id"]: {**each, "collector_id": None, "date_last_updated": each["date_last_updated"]} for each in payments
    }
    bench = Bench(lab.workspace, lab.profile, fake, "mercadopago", {"access_token": fake.token})
    lab.now = datetime(2022, 2, 1, tzinfo=UTC)
    outcome = bench.sync(since=date(2021, 2, 2))
    assert outcome.error is None
    assert outcome.taken.rejected == 0
    return bench


def test_official_examples_become_rows(lab: Lab) -> None:
    found = contract("sdk-fixtures/payment_search.json")
    single = [contract(f"sdk-fixtures/payment_{name}.json") for name in ("pix",)]
    bench = sync_of(lab, [*found["results"], contract("sdk-fixtures/payment_base.json"), *single])
    columns = "conversion_id, event_type, value_amount, currency, refund_of, email, order_id, status, as_of"
    rows = {row[0]: row[1:] for row in bench.rows("raw_conversions", columns)}
    assert rows == {
        "mp_payment_1241011467": (
            *("payment_received", Decimal(100), "BRL", None, "test_user_80507629@testuser.com"),
            *("85dd4f90-edfe-4b7b-bed5-efb368ca148e", "approved"),
            datetime(2021, 9, 13, 12, 57, 35, tzinfo=UTC).replace(tzinfo=None),
        ),
        "mp_refund_1240999679": (
            *("refund", Decimal(1), "BRL", "mp_payment_1241011467", None, None, "approved"),
            datetime(2021, 9, 13, 12, 57, 35, tzinfo=UTC).replace(tzinfo=None),
        ),
        "mp_payment_17014025134": (
            *("payment_received", Decimal("12.34"), "BRL", None, "test_user_1631894348@testuser.com"),
            *("1631894348", "approved"),
            datetime(2022, 1, 10, 10, 10, 10, tzinfo=UTC).replace(tzinfo=None),
        ),
    }
    assert len(bench.rows("raw_people")) > 0


def test_a_list_of_refunds_is_a_list_though_the_document_says_an_object() -> None:
    payment = {**contract("sdk-fixtures/payment_base.json"), "transaction_amount_refunded": 100}
    assert lacks_refunds(payment)
    refunds = contract("sdk-fixtures/refund_list.json")
    rows = payment_rows({**payment, "transaction_amount": 100}, refunds, [], Reading())
    assert [(row.fields["conversion_id"], row.fields.get("value_amount")) for row in rows[1:]] == [
        ("mp_refund_1245678203", "50"),
        ("mp_refund_1245677387", "50"),
    ]
    assert not lacks_refunds({**payment, "refunds": refunds})


def test_official_chargebacks_tell_amount_and_day() -> None:
    payment = {
        **contract("sdk-fixtures/payment_base.json"),
        "status": "charged_back",
        "status_detail": "settled",
        "transaction_amount": 120.5,
    }
    for chargeback, day, amount in (
        (contract("sdk-fixtures/chargeback_base.json"), "2022-07-01T08:00:00.000-00:00", "100.0"),
        (contract("fixtures.json")["chargeback"], "2024-01-20T10:00:00.000-03:00", "100.5"),
    ):
        row = payment_rows(payment, [], [chargeback], Reading())[-1].fields
        assert (row["event_type"], row["time"], row["value_amount"]) == ("chargeback", day, amount)
