"""Converting people, identity with its evidence, raw records and masking, by hand on ``world.py`` and small labs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from engine.queries.masking import hidden_name, hidden_phone, scrubbed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

WEEK = (date(2026, 6, 8), date(2026, 6, 14))
ANA = "Ana 100%_\\O'Neil 🦊"


def test_converting_people_one_row_each(world: Lab) -> None:
    """G3, T3: Ana paid 300 less 50 and has a deal of 1000; her row is the deal's, at the same instant as Eve's."""
    result = world.profile.people(*WEEK)
    columns = ("name", "goal", "conversions", "cash", "refunded", "value", "touch_count", "touch_channels")
    found = result.table.select(columns).rows()
    assert sorted(found[:2]) == [
        ("=Eve", "payment_received", 1, 40, 0, 40, 0, None),
        (ANA, "closed_won", 3, 250, -50, 1300, 2, ["Paid Social", "Direct"]),
    ]
    assert found[2] == ("Bob", "appointment_booked", 2, 100, 0, 100, 2, ["Organic Search", "Paid Search"])
    assert found[3][1:] == ("payment_received", 1, 60, 0, 60, 1, ["Paid Search"])
    assert len(str(found[3][0]).split()) == 2  # I6: nobody knows d3
    totals = world.profile.paths(*WEEK).meta["totals"]
    assert (result.table["conversions"].sum(), result.table["cash"].sum()) == (totals["conversions"], totals["cash"])
    assert result.meta["totals"] == {"people": 4}
    bob = result.table.row(2, named=True)
    assert (bob["first_channel"], bob["first_source"], bob["channel"], bob["source"]) == (
        "Organic Search", "google", "Paid Search", "google",
    )  # fmt: skip
    assert bob["time_to_complete_seconds"] == 51 * 3600


@pytest.mark.parametrize(
    "sort",
    [
        None, "conversion_time:asc", "cash", "cash:asc", "value", "conversions", "touch_count:asc",
        "time_to_complete_seconds", "name", "name:asc",
    ],
)  # fmt: skip
def test_pages_of_people_are_the_whole_in_every_order(world: Lab, sort: str | None) -> None:
    """30 people who paid at one instant, two at a time; and the week's, whose names hold every kind of character."""
    for days, limit in ((WEEK, 1), ((date(2025, 11, 1), date(2025, 11, 30)), 7)):
        whole = world.profile.people(*days, sort=sort, limit=1_000)
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = world.profile.people(*days, sort=sort, limit=limit, cursor=cursor)
            assert page.meta["totals"] == whole.meta["totals"]
            seen += page.table["id"].to_list()
            cursor = (page.pagination or {})["cursor"]
            if cursor is None:
                break
        assert seen == whole.table["id"].to_list()
        assert whole.meta["totals"]["people"] == len(seen)
    field, _, way = (sort or "conversion_time").partition(":")
    if field != "name":
        values = [value or 0 for value in world.profile.people(*WEEK, sort=sort).table[field].to_list()]
        assert values == sorted(values, reverse=way != "asc")


def test_people_by_search_goal_and_filter(world: Lab) -> None:
    ask = world.profile
    assert ask.people(*WEEK, search="100%_").table["name"].to_list() == [ANA]
    assert ask.people(*WEEK, search="BOB@x").table["conversions"].to_list() == [2]
    assert ask.people(*WEEK, search="nobody").meta["totals"] == {"people": 0}
    assert ask.people(*WEEK, goals=["lead_created"]).table["name"].to_list() == [ANA]
    assert ask.people(*WEEK, filters=["channel=is:Organic Search"]).table["name"].to_list() == ["Bob"]
    assert ask.people(*WEEK, masked=True).table["name"].to_list()[2] == "Bob"
    assert "Ana" in ask.people(*WEEK, masked=True).table["name"].to_list()


# ------------------------------------------------------------------ identity


def _family(lab: Lab) -> Lab:
    """One person by an email, a phone, a customer id and two devices; an unrelated one; a phone tied to two emails."""
    lab.events(
        {"event_type": "page_view", "event_time": "2026-06-01T09:00:00Z", "anonymous_id": "laptop",
         "url": "https://shop.example/"},
        {"event_type": "identify", "event_time": "2026-06-01T09:05:00Z", "anonymous_id": "laptop",
         "email": " Jo@X.example", "phone": "(415) 555-2671", "event_id": "e1"},
        {"event_type": "page_view", "event_time": "2026-06-02T09:00:00Z", "anonymous_id": "phone",
         "url": "https://shop.example/?mail=jo@x.example"},
        {"event_type": "identify", "event_time": "2026-06-02T09:01:00Z", "anonymous_id": "phone",
         "phone": "+1 415 555 2671"},
        {"event_type": "page_view", "event_time": "2026-06-02T09:00:00Z", "anonymous_id": "other",
         "url": "https://shop.example/"},
    )  # fmt: skip
    lab.conversions(
        {"conversion_id": "pay_1", "time": "2026-06-03T10:00:00Z", "event_type": "payment_received",
         "value_amount": 10, "currency": "USD", "email": "jo@x.example", "stripe_customer_id": "cus_1",
         "first_name": "Jo", "last_name": "Marlow", "source": "stripe"},
        {"conversion_id": "pay_2", "time": "2026-06-04T10:00:00Z", "event_type": "payment_received",
         "value_amount": 10, "currency": "USD", "email": "jo@x.example", "stripe_customer_id": "cus_1",
         "source": "stripe"},
    )  # fmt: skip
    lab.people(
        {"email": "jo@x.example", "phone": "+34 600 000 001"}, {"email": "kim@x.example", "phone": "+34 600 000 001"}
    )
    return lab.rebuild()


def test_identity_says_why_they_are_one(make_lab: Callable[..., Lab]) -> None:
    """I2, I3, I5: each identifier with the first record that ties it to the others, whatever spelling it had there."""
    lab = _family(make_lab())
    told = lab.profile.identity(id="jo@x.example")
    columns = ("kind", "value", "because", "with_value", "evidence", "file_name", "line")
    assert told.table.select(columns).rows() == [
        ("email", "jo@x.example", "strongest", None, None, None, None),
        ("phone", "+14155552671", "seen_together", "jo@x.example", 1, "standard input", 2),
        ("stripe_customer_id", "cus_1", "seen_together", "jo@x.example", 2, "standard input", 1),
        ("anonymous_id", "laptop", "device", "jo@x.example", 1, "standard input", 2),
        ("anonymous_id", "phone", "device", "+14155552671", 1, "standard input", 4),
    ]
    assert told.data is not None
    assert [(row["reason"], row["value"], row["other_value"]) for row in told.data["conflicts"]] == [
        ("two_emails", "+34600000001", "jo@x.example")
    ]
    label = told.table["label"].to_list()
    assert label[:3] == [None] * 3
    assert all(len(name.split()) == 2 for name in label[3:])
    same = lab.profile.identity(id=lab.person_of("phone", "+14155552671") or "").table
    assert same.equals(told.table)

    lab.profile.merge_people(("email", "jo@x.example"), ("anonymous_id", "other"))
    lab.rebuild()
    merged = lab.profile.identity(id="other")
    row = merged.table.filter(merged.table["value"] == "other").row(0, named=True)
    assert (row["because"], row["with_value"], row["file_name"]) == ("merged", "jo@x.example", None)
    assert merged.data is not None
    assert [item["decision_id"] for item in merged.data["decisions"]] == [row["decision_id"]]


def test_a_device_keeps_the_name_it_had(make_lab: Callable[..., Lab]) -> None:
    """I6: the two words of a visitor are found again among the identifiers of whom it turned out to be."""
    lab = make_lab()
    visit = {"event_type": "page_view", "event_time": "2026-06-01T09:00:00Z", "anonymous_id": "d",
             "url": "https://shop.example/"}  # fmt: skip
    lab.events(visit)
    before = lab.rebuild().profile.visitors(date(2026, 6, 1), date(2026, 6, 1)).table["name"][0]
    lab.events({"event_type": "identify", "event_time": "2026-06-01T09:05:00Z", "anonymous_id": "d",
                "email": "jo@x.example"})  # fmt: skip
    lab.rebuild()
    assert lab.profile.identity(id="d").table["label"].to_list() == [None, before]


# ------------------------------------------------------------------ records


def test_a_record_field_by_field(make_lab: Callable[..., Lab]) -> None:
    """From a conversion by either id, an event, a visit and a payment's refund to file and line."""
    lab = make_lab()
    lab.events(
        {"event_type": "page_view", "event_time": "2026-06-01T09:00:00Z", "anonymous_id": "d", "event_id": "v1",
         "url": "https://shop.example/a?x=1", "payload": {"theme": {"dark": True}, "tags": ["a", "b"]}},
    )  # fmt: skip
    pay = {"conversion_id": "pay_1", "time": "2026-06-03T10:00:00Z", "event_type": "payment_received",
           "value_amount": 10, "currency": "USD", "email": "jo@x.example"}  # fmt: skip
    lab.conversions(pay | {"as_of": "2026-06-03T10:00:00Z"})
    lab.conversions(pay | {"as_of": "2026-06-04T10:00:00Z", "value_amount": 12})
    lab.conversions({"conversion_id": "r", "time": "2026-06-05T10:00:00Z", "event_type": "refund", "value_amount": 2,
                     "currency": "USD", "refund_of": "pay_1"})  # fmt: skip
    lab.rebuild()
    ask = lab.profile
    told = ask.record(id="pay_1")
    assert told.data is not None
    assert told.data["fields"]["value_amount"] == "12.000000"  # the version that counts (E7)
    known = told.meta["record"]
    assert (known["raw_table"], known["file_name"], known["line"], known["versions"]) == (
        "raw_conversions", "standard input", 1, 2,
    )  # fmt: skip
    conversion = lab.value("select conversion_id::varchar from conversions")
    assert ask.record(id=conversion).table.equals(told.table)
    visit = ask.record(id=lab.value("select visit_id::varchar from visits")).table
    assert visit.filter(visit["in_payload"]).select("field", "value").rows() == [
        ("theme.dark", "true"), ("tags.1", "a"), ("tags.2", "b"),
    ]  # fmt: skip
    refund = ask.record(id=lab.value("select entry_id::varchar from cash where entry = 'refund'"))
    assert dict(refund.data or {})["fields"]["refund_of"] == "pay_1"


# ------------------------------------------------------------------ journeys


def test_a_journey_has_what_happened_outside_of_visits(make_lab: Callable[..., Lab]) -> None:
    """A server's event that names the person, and a CRM stage that is no conversion."""
    lab = _family(make_lab())
    lab.events({"event_type": "plan_changed", "event_time": "2026-06-05T09:00:00Z", "email": "jo@x.example"})
    lab.conversions(
        {"conversion_id": "deal_1", "time": "2026-06-06T10:00:00Z", "event_type": "stage_changed",
         "email": "jo@x.example", "pipeline": "Sales", "stage": "Thinking about it", "value_amount": 900,
         "currency": "USD"},
    )  # fmt: skip
    lab.rebuild()
    table = lab.profile.journey(*WEEK, id="jo@x.example").table
    assert table.select("kind", "event_type").rows() == [
        ("event", "page_view"), ("event", "identify"), ("event", "page_view"), ("event", "identify"),
        ("conversion", "payment_received"), ("conversion", "payment_received"), ("event", "plan_changed"),
        ("stage", "crm_stage"),
    ]  # fmt: skip
    assert table["identified_by"].to_list()[1] == ["email", "phone"]
    assert table["stage"].to_list()[-1] == "Thinking about it"


# ------------------------------------------------------------------ masking


def test_masks_are_those_of_the_reference() -> None:
    """doc:6898-6902."""
    assert hidden_phone("+12345675678") == "+1 2** *** 5678"
    assert hidden_phone("+34600000001") == "+34 6** *** 0001"
    assert hidden_phone("12345") == "***"
    assert [hidden_name(text) for text in ("Jane Smith", "Smith, Jane", "jane@example.com", "+1 234 567 5678", "")] == [
        "Jane", "Jane", "j***@e****.com", "+1 2** *** 5678", "***",
    ]  # fmt: skip
    assert scrubbed("/thanks/jane%40example.com/+1 234 567 5678/smith-page", ["Smith"]) == "/thanks/***/***/***-page"
    assert scrubbed("/2026/06/08/order-4711") == "/2026/06/08/order-4711"


def test_nothing_masked_names_anybody(make_lab: Callable[..., Lab]) -> None:
    """Every query that knows people, also in pages, titles and payloads that name them."""
    lab = _family(make_lab())
    lab.events(
        {"event_type": "page_view", "event_time": "2026-06-10T09:00:00Z", "anonymous_id": "laptop", "event_id": "v9",
         "url": "https://shop.example/hello/jo@x.example?phone=4155552671", "title": "Welcome Jo Marlow",
         "payload": {"name": "Marlow", "phone": "4155552671"}},
    )  # fmt: skip
    lab.rebuild()
    days, ask = (date(2026, 6, 1), date(2026, 6, 30)), lab.profile
    visit = lab.value("select visit_id::varchar from visits where started_on = '2026-06-10'")
    results = [
        ask.people(*days, masked=True), ask.customers(*days, masked=True), ask.visitors(*days, masked=True),
        ask.journey(*days, id="jo@x.example", masked=True), ask.identity(id="jo@x.example", masked=True),
        ask.explain(id="pay_1", masked=True), ask.record(id="pay_1", masked=True), ask.record(id=visit, masked=True),
    ]  # fmt: skip
    for result in results:
        text = str(result.table.to_dicts()) + str(result.data) + str(result.meta)
        assert not [secret for secret in ("jo@x", "Marlow", "4155552671", "555 2671") if secret in text]
    assert [row["name"] for row in results[0].table.to_dicts()] == ["Jo"]


def test_masked_people_without_a_first_name(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    pay: dict[str, Any] = {"time": "2026-06-09T10:00:00Z", "event_type": "payment_received", "value_amount": 1,
                           "currency": "USD"}  # fmt: skip
    lab.conversions(
        pay | {"conversion_id": "1", "email": "a@x.example", "last_name": "Alone"},
        pay | {"conversion_id": "2", "phone": "+14155552671", "first_name": "Kim Alone"},
        pay | {"conversion_id": "3", "person": "u-7", "last_name": "Alone"},
    )
    lab.rebuild()
    names = sorted(lab.profile.people(*WEEK, masked=True).table["name"].to_list())
    assert names == ["A***", "Kim", "a***@x****.example"]
