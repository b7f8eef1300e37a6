"""Stripe's own documents: what we ask is what they describe, and what they show is read."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connectors.stripe import KINDS, VERSION
from tests.connectors.harness import Bench
from tests.connectors.stripe_fake import FakeStripe

if TYPE_CHECKING:
    import httpx

    from tests.conftest import Lab

_CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts" / "stripe"
_FIELDS = "fields-2026-10-28.endive.json"
_PATHS = {kind.path: kind.type for kind in KINDS} | {"/v1/events": "event"}
_ROWS = {kind.type: kind.rows for kind in KINDS}


def contract(name: str) -> Any:
    path = _CONTRACTS / name
    if not path.exists():
        pytest.skip("contracts are not here")
    return json.loads(path.read_text(encoding="utf-8"))


def faults_of(request: httpx.Request, params: dict[str, dict[str, str]]) -> list[str]:
    """What about a request the documents do not allow."""
    type_ = _PATHS[request.url.path]
    known = params.get(f"{type_}.list")
    if known is None:  # disputes are only in the older document
        known = dict.fromkeys(("created.gte", "created.lt", "limit"), "optional[int]") | {"starting_after": "str"}
    wrong: list[str] = []
    for name, value in request.url.params.multi_items():
        plain = re.sub(r"\[(\w*)\]", lambda found: f".{found[1]}" if found[1] else "", name)
        shape = known.get(plain)
        if shape is None:
            wrong.append(f"unknown {name} of {type_}")
        elif "int" in shape and not value.isdigit():
            wrong.append(f"{name} is no integer")
        elif name.endswith("[]") != ("List" in shape):
            wrong.append(f"{name} is a list, or is none")
    return wrong


def test_every_request_is_one_that_is_described(lab: Lab) -> None:
    document = contract(_FIELDS)
    fake = FakeStripe()
    for number in range(250):
        fake.pay(number, int(datetime(2026, 6, 1, tzinfo=UTC).timestamp()) + number * 60)
    for number in range(150):
        told = fake.objects["charge"][number]
        fake.add(
            "event",
            id=f"evt_{number}",
            created=told["created"] + 20 * 86_400,
            type="charge.succeeded",
            data={"object": told},
        )
    bench = Bench(lab.workspace, lab.profile, fake, "stripe", {"api_key": fake.key})
    assert bench.sync(since=date(2026, 5, 20)).error is None
    assert {each.url.path for each in fake.requests} == set(_PATHS)
    assert any("starting_after" in each.url.params for each in fake.requests if each.url.path == "/v1/events")
    assert [wrong for each in fake.requests for wrong in faults_of(each, document["params"])] == []
    assert {each.headers["stripe-version"] for each in fake.requests} == {document["api_version"]} == {VERSION}
    asked = {each for request in fake.requests for each in request.url.params.get_list("types[]")}
    assert 0 < len(asked) <= 20
    assert asked <= set(re.findall(r"'([a-z_.]+)'", document["objects"]["event"]["type"]))
    paths = contract("openapi-2023-08-16.json")["paths"]
    assert all("get" in paths[path] for path in _PATHS)


@pytest.mark.parametrize("name", ["fixtures-2023-09.json", "fixtures-2026-07.json"])
def test_official_examples_become_rows(name: str) -> None:
    told = {type_: [row.fields for row in rows(contract(name)["resources"][type_])] for type_, rows in _ROWS.items()}
    # The charge is only authorised, the intent waits for a method, the session is open, the dispute needs an answer.
    assert (told["charge"], told["payment_intent"], told["checkout.session"]) == ([], [], [])
    assert [(row["event_type"], row.get("value_amount")) for row in told["dispute"]] == [("dispute_updated", None)]
    (refund,) = told["refund"]
    assert (refund["event_type"], refund["value_amount"], refund["currency"]) == ("refund", "1.00", "USD")
    assert refund["refund_of"] == contract(name)["resources"]["refund"]["charge"]
    (customer,) = told["customer"]
    assert customer["stripe_customer_id"] == contract(name)["resources"]["customer"]["id"]
    assert _ROWS["customer"](contract(name)["resources"]["deleted_customer"]) == []


@pytest.mark.parametrize("name", ["fixtures-2023-09.json", "fixtures-2026-07.json"])
def test_official_examples_that_were_paid_are_payments(name: str) -> None:
    resources = contract(name)["resources"]
    paid = {
        "charge": {"captured": True, "amount_captured": 80},
        "payment_intent": {"status": "succeeded", "amount_received": 1_099},
        "checkout.session": {"payment_status": "paid", "amount_total": 500, "payment_intent": "pi_1"},
    }
    told = [_ROWS[type_]({**resources[type_], **change})[0].fields for type_, change in paid.items()]
    assert [(row["event_type"], row["value_amount"]) for row in told] == [
        ("payment_received", "0.80"),
        ("payment_received", "10.99"),
        ("payment_received", "5.00"),
    ]
    lost = _ROWS["dispute"]({**resources["dispute"], "status": "lost"})[0].fields
    assert (lost["event_type"], lost["value_amount"]) == ("dispute_lost", "10.00")


def test_every_field_that_is_read_is_one_of_this_version() -> None:
    """What the pinned version calls otherwise would silently be missing."""
    objects = contract(_FIELDS)["objects"]
    read = {
        "charge": "status paid captured amount_captured amount billing_details receipt_email payment_intent customer",
        "payment_intent": "status amount_received amount receipt_email customer metadata created currency",
        "checkout.session": "status payment_status amount_total payment_intent customer_details customer_email"
        " client_reference_id metadata",
        "refund": "status amount currency payment_intent charge created",
        "dispute": "status amount currency payment_intent charge created",
        "customer": "email phone name created deleted",
    }
    listed = [(type_, name) for type_, names in read.items() for name in names.split()]
    assert [(type_, name) for type_, name in listed if name not in objects[type_]] == []
