"""Values the user filled in: data that every rebuild reads and an undo takes back whole (I4, I5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine.decisions import Decision, suppose
from engine.derive.pipeline import DERIVED_TABLES
from engine.derive.trial import trial

if TYPE_CHECKING:
    from engine.store import Cursor
    from tests.conftest import Lab

PAYMENTS = (
    {"conversion_id": "p1", "mercadopago_payer_id": "m1"},
    {"conversion_id": "p2"},
    {"conversion_id": "p3", "anonymous_id": "d2"},
    {"conversion_id": "p4", "email": "bea@x.example", "first_name": "Bea"},
)


def fingerprints(cursor: Cursor) -> dict[str, Any]:
    return {
        table: cursor.rows(f"select count(*), sum(hash(md5(t::varchar))::hugeint) from {table} t")
        for table in DERIVED_TABLES
    }


def told(lab: Lab) -> dict[str, Any]:
    with lab.workspace.store.read() as cursor:
        return fingerprints(cursor)


@pytest.fixture
def shop(lab: Lab) -> Lab:
    """Ana came by an ad and gave her email; four payments, three of which name no email."""
    page = {"event_type": "page_view", "url": "https://shop.example/?gclid=1"}
    lab.events(
        {**page, "event_time": "2026-06-01T10:00:00Z", "anonymous_id": "d1"},
        {
            "event_type": "identify",
            "event_time": "2026-06-01T10:01:00Z",
            "anonymous_id": "d1",
            "email": "ana@x.example",
        },
        {**page, "event_time": "2026-06-02T10:00:00Z", "anonymous_id": "d2"},
    )
    pay(lab)
    return lab.rebuild()


def pay(lab: Lab) -> int:
    common = {"time": "2026-06-05T10:00:00Z", "event_type": "payment_received", "value_amount": 10, "currency": "USD"}
    return lab.load("conversions", [{**common, **row} for row in PAYMENTS]).import_id


def fills(lab: Lab) -> list[Decision]:
    record = str(lab.value("select record_key::varchar from raw_conversions where conversion_id = 'p2'"))
    return [
        Decision("fill", ("mercadopago_payer_id", "m1"), ("email", "ana@x.example")),
        Decision("fill", ("record", record), ("email", "new@x.example")),
        Decision("fill", ("anonymous_id", "d2"), ("email", "dora@x.example")),
        Decision("fill", ("email", "ana@x.example"), ("phone", "+12015550123")),
        Decision("fill", ("email", "bea@x.example"), ("name", "Beatriz de la Rosa")),
    ]


def person(lab: Lab, key: str) -> tuple[Any, ...]:
    return lab.rows(
        f"""select p.email, p.phone, p.first_name, p.last_name, e.touch_count
            from conversions c join credit_entries e on e.entry_id = c.conversion_id
            left join people p on p.person_id = c.person_id where c.source_id = '{key}'"""
    )[0]


def test_i5_what_is_filled_in_reaches_people_and_their_touches(shop):
    """The payer is Ana, whose touch the payment gains; a nameless payment and a device get an email of their own."""
    shop.profile.decide(fills(shop))
    shop.rebuild()
    assert person(shop, "p1") == ("ana@x.example", "+12015550123", None, None, 1)
    assert person(shop, "p2") == ("new@x.example", None, None, None, 0)
    assert person(shop, "p3") == ("dora@x.example", None, None, None, 1)
    assert shop.value("select records from identifiers where value = 'dora@x.example'") == 0  # nobody told of it


def test_i4_a_present_name_stays(shop):
    """Bea is told; only what is missing is taken from the fill."""
    shop.profile.decide(fills(shop))
    shop.rebuild()
    assert person(shop, "p4")[2:4] == ("Bea", "de la Rosa")


def test_i5_a_fill_survives_rebuild_and_import_again_and_undoes_exactly(shop):
    before = told(shop)
    batch = shop.profile.decide(fills(shop))
    shop.rebuild()
    after = told(shop)
    assert after != before
    shop.rebuild()
    assert told(shop) == after
    pay(shop)  # the same rows again
    shop.rebuild()
    assert told(shop) == after
    assert shop.profile.undo_decision(batch) == 5
    shop.rebuild()
    assert told(shop) == before
    assert shop.profile.undo_decision(batch) == 0


def test_of_records_that_are_gone_nothing_is_filled_in(lab):
    """The fill waits for its record; when that is imported again, it counts again (I5)."""
    import_id = pay(lab)
    lab.rebuild()
    lab.profile.decide([Decision("fill", ("mercadopago_payer_id", "m1"), ("email", "ana@x.example"))])
    lab.rebuild()
    assert person(lab, "p1")[0] == "ana@x.example"
    lab.workspace.undo_import(import_id)
    lab.rebuild()
    assert lab.value("select count(*) from people") == 0
    pay(lab)
    lab.rebuild()
    assert person(lab, "p1")[0] == "ana@x.example"


@pytest.mark.parametrize("kind", ["fill", "merge", "split"])
def test_a_trial_is_what_the_rebuild_then_gives(shop, kind):
    """Every derived row, and nothing of it is kept."""
    made = {
        "fill": fills(shop),
        "merge": [Decision("merge", ("mercadopago_payer_id", "m1"), ("email", "ana@x.example"))],
        "split": [Decision("split", ("email", "ana@x.example"))],
    }[kind]
    before = told(shop)
    with shop.workspace.store.read() as cursor, cursor.transaction():
        suppose(cursor, shop.profile.profile_id, made, shop.now)
        trial(cursor, shop.profile.profile_id)
        tried = fingerprints(cursor)
    assert tried != before
    assert told(shop) == before
    assert shop.value("select count(*) from identity_decisions") == 0
    shop.profile.decide(made)
    shop.rebuild()
    assert told(shop) == tried
