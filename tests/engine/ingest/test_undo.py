"""Taking an import back leaves what there was before it."""

from __future__ import annotations

import pytest

from engine import AttribenchError, Code
from engine.derive.pipeline import DERIVED_TABLES

RAW_TABLES = ("raw_events", "raw_touches", "raw_conversions", "raw_people", "raw_ad_spend", "raw_rates")

FIRST = {
    "events": [
        {"event_id": f"e{i}", "event_time": f"2026-05-0{i + 1}T10:00:00Z", "anonymous_id": "a", "email": "a@x.example",
         "url": "https://shop.example/?utm_source=google&utm_medium=cpc"}
        for i in range(4)
    ],
    "touches": [{"person": "a@x.example", "time": "2026-05-01", "channel": "Email"}],
    "conversions": [
        {"conversion_id": "c1", "email": "a@x.example", "time": "2026-05-06", "event_type": "payment_received",
         "value_amount": 10, "currency": "EUR"},
    ],
    "people": [{"email": "a@x.example", "phone": "+14155550100"}],
    "ad-spend": [
        {"date": "2026-05-01", "platform": "google", "account": "1", "campaign_id": "c", "spend": 5, "currency": "USD"},
    ],
    "rates": [{"date": "2026-05-01", "currency": "EUR", "base": "USD", "rate": 0.9}],
}  # fmt: skip
SECOND = {
    "events": [FIRST["events"][3], {**FIRST["events"][0], "event_id": "later", "anonymous_id": "b"}],
    "touches": [*FIRST["touches"], {"person": "a@x.example", "time": "2026-05-02", "channel": "Email"}],
    "conversions": [{**FIRST["conversions"][0], "value_amount": 20}],
    "people": [{"email": "a@x.example", "user_id": "7"}],
    "ad-spend": [{**FIRST["ad-spend"][0], "spend": 6}],
    "rates": [{**FIRST["rates"][0], "rate": 0.8}],
}


def _state(lab):
    raw = {table: lab.rows(f"select * from {table} order by all") for table in RAW_TABLES}
    derived = {table: lab.rows(f"select * from {table} order by all") for table in DERIVED_TABLES}
    return raw, derived


@pytest.mark.parametrize("kind", list(FIRST))
def test_undo_restores_raw_and_derived(lab, kind):
    for each, rows in FIRST.items():
        lab.load(each, rows)
    before = _state(lab.rebuild())
    result = lab.load(kind, SECOND[kind])
    assert result.new >= 1
    assert _state(lab.rebuild()) != before
    assert lab.workspace.undo_import(result.import_id) >= 1
    assert _state(lab.rebuild()) == before


def test_shared_rows_stay_and_point_at_the_other_import(lab):
    lab.load("events", FIRST["events"])
    other = lab.load("events", [{"event_time": "2026-06-01", "anonymous_id": "x"}, *FIRST["events"][2:]])
    assert lab.workspace.undo_import(1) == 2
    assert lab.rows("select event_id, import_id, line from raw_events where event_id is not null order by 1") == [
        ("e2", other.import_id, 2),
        ("e3", other.import_id, 3),
    ]
    assert lab.workspace.undo_import(other.import_id) == 3
    assert lab.value("select count(*) from raw_events") == 0
    assert lab.value("select count(*) from row_memberships") == 0


def test_undo_of_a_later_import_leaves_the_first_as_it_was(lab):
    lab.load("events", FIRST["events"])
    before = lab.rows("select * from raw_events order by all")
    lab.load("events", FIRST["events"])
    assert lab.workspace.undo_import(2) == 0
    assert lab.rows("select * from raw_events order by all") == before
    assert lab.load("events", FIRST["events"]).duplicate == 4


def test_three_imports_of_the_same_rows_hand_them_on(lab):
    for _ in range(3):
        lab.load("events", FIRST["events"])
    for left, import_id in ((4, 1), (4, 2), (0, 3)):
        lab.workspace.undo_import(import_id)
        assert lab.value("select count(*) from raw_events") == left
    assert lab.load("events", FIRST["events"]).new == 4


def test_undo_makes_the_profile_stale_and_is_noted(lab):
    lab.load("events", FIRST["events"])
    lab.rebuild()
    assert lab.value("select is_stale from profiles") is False
    lab.workspace.undo_import(1)
    assert lab.value("select is_stale from profiles") is True
    assert lab.value("select undone_at from imports") is not None


def test_an_import_cannot_be_undone_twice(lab):
    lab.load("events", FIRST["events"])
    lab.workspace.undo_import(1)
    for import_id in (1, 99):
        with pytest.raises(AttribenchError) as caught:
            lab.workspace.undo_import(import_id)
        assert caught.value.code is Code.IMPORT_UNKNOWN
