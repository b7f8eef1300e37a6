"""One fact, one conversion: many records of one payment, order, lead or appointment (G2, section 8), restated facts
(E7) and the local day (T1). DOMAIN sections 1, 5 and 8, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from engine.profiles import DEFAULT_GOALS, Goal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Row = dict[str, Any]


def at(clock: str, day: str = "2026-05-04") -> str:
    return f"{day}T{clock}Z"


def payment(key: str, clock: str = "12:00:00", **fields: Any) -> Row:
    return {
        "conversion_id": key,
        "time": at(clock),
        "event_type": "payment_received",
        "value_amount": 50,
        "currency": "USD",
        **fields,
    }


def order(key: str, clock: str = "12:00:00", **fields: Any) -> Row:
    return {**payment(key, clock, **fields), "event_type": "order_placed"}


def tracked(event_type: str, key: str, clock: str = "12:00:00", **fields: Any) -> Row:
    return {"event_type": event_type, "event_id": key, "event_time": at(clock), **fields}


def test_g2_one_payment_is_one_conversion_however_many_objects_tell_of_it(lab: Lab) -> None:
    """G2: charge, intent, checkout session and the tracker's thank-you page, joined by any of their ids."""
    lab.conversions(
        # all three name the payment
        *(payment(f"ids {kind}", person="ids", payment_id="pi_1") for kind in ("charge", "intent", "session")),
        # the session names only the checkout, the charge both
        payment("checkout charge", person="checkout", payment_id="pi_2", checkout_token="cs_2"),
        payment("checkout session", person="checkout", checkout_token="cs_2"),
        # one names only the order; the order has one payment
        payment("order charge", person="order", payment_id="pi_3", order_id="o_3"),
        payment("order other", person="order", order_id="o_3"),
        # charge by payment id, session by checkout: only the order ties them
        payment("tied charge", person="tied", payment_id="pi_4", order_id="o_4"),
        payment("tied session", person="tied", checkout_token="cs_4", order_id="o_4"),
        payment("tied page", person="tied", checkout_token="cs_4"),
        payment("tied order", person="tied", order_id="o_4"),
        # nobody knows a payment id
        payment("nameless session", person="nameless", checkout_token="cs_5", order_id="o_5"),
        payment("nameless order", person="nameless", order_id="o_5"),
        payment("nameless checkout", person="nameless", checkout_token="cs_5"),
        # a pixel and a provider's record, tied by the order alone; the page was loaded twice
        payment("pixel provider", person="pixel", order_id="o_6"),
    )
    lab.events(
        tracked("payment_received", "e1", user_id="ids", value_amount=50, payload={"payment_id": "pi_1"}),
        tracked("payment_received", "e2", user_id="checkout", value_amount=50, checkout_token="cs_2"),
        tracked("payment_received", "e6", "11:59:58", user_id="pixel", value_amount=50, order_id="o_6"),
        tracked("payment_received", "e7", "12:03:00", user_id="pixel", value_amount=50, order_id="o_6"),
        tracked("payment_received", "e8", user_id="page only", value_amount=50, order_id="o_8"),
        tracked("payment_received", "e9", "12:09:00", user_id="page only", value_amount=50, order_id="o_8"),
    )
    lab.rebuild()
    assert dict(
        lab.rows(
            """select i.value, list(c.records order by c.records) from conversions c
               join identifiers i on i.person_id = c.person_id and i.kind = 'user_id' group by 1"""
        )
    ) == {
        "ids": [4],
        "checkout": [3],
        "order": [2],
        "tied": [4],
        "nameless": [3],
        "pixel": [3],
        "page only": [2],
    }
    assert lab.rows("select sum(amount)::integer, count(*) from cash") == [(7 * 50, 7)]


def test_g2_two_payments_of_one_order_stay_two(lab: Lab) -> None:
    """G2: instalments share the order, not the payment; what names only such an order is no copy of either."""
    lab.conversions(
        payment("a1", person="a", payment_id="pi_1", order_id="o_1"),
        payment("a2", "13:00:00", person="a", payment_id="pi_2", order_id="o_1"),
        # no payment ids at all: two provider records are two payments
        payment("b1", person="b", order_id="o_2"),
        payment("b2", "13:00:00", person="b", order_id="o_2"),
        # another checkout of the same order is another payment
        payment("c1", person="c", payment_id="pi_3", checkout_token="cs_1", order_id="o_3"),
        payment("c2", "13:00:00", person="c", checkout_token="cs_2", order_id="o_3"),
        # without any id of its own a record is what its conversion id says
        payment("d1", person="d"),
        payment("d2", person="d"),
    )
    lab.rebuild()
    assert lab.rows("select source_id, records, amount::integer from conversions order by 1") == [
        (key, 1, 50) for key in ("a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2")
    ]


def test_g2_ids_of_different_kinds_of_file_are_not_the_same_id(lab: Lab) -> None:
    """G2: conversion 1 of a file and event 1 of a tracker have a number in common and nothing else."""
    lab.conversions(payment("1", person="a"), {**order("2"), "person": "a"})
    lab.events(
        tracked("payment_received", "1", user_id="b", value_amount=50),
        tracked("purchase", "2", user_id="b", order_id="2"),
    )
    lab.rebuild()
    assert lab.value("select count(*) from conversions where records = 1") == 4


def test_g2_a_payment_that_two_goals_claim_is_collected_once(make_lab: Callable[..., Lab]) -> None:
    """G2: a payment is one, also when a custom cash goal and the provider's event both tell of it."""
    lab = make_lab(
        goals=(
            Goal("payment_received", "Payment", ("payment_received",), "cash"),
            Goal("subscription", "Subscription", ("subscription_started",), "cash"),
        )
    )
    lab.conversions(payment("charge", person="a", payment_id="pi_1"))
    lab.events(
        tracked(
            "subscription_started", "e", user_id="a", value_amount=50, currency="USD", payload={"payment_id": "pi_1"}
        )
    )
    lab.rebuild()
    assert lab.rows("select goal, records, amount::integer from conversions") == [("payment_received", 2, 50)]
    assert lab.value("select sum(amount)::integer from cash") == 50


def test_g2_one_order_is_one_for_pixel_webhook_and_api(lab: Lab) -> None:
    """G2: orders are one by order id, by checkout, and by a checkout that two ids of the order share (doc:6388)."""
    lab.conversions(
        order("webhook", person="shop", order_id="1001", checkout_token="tok_1"),
        order("api", person="shop", order_id="1001", value_amount=60),
        order("gid webhook", person="gid", order_id="2001", checkout_token="tok_2"),
        order("gid api", person="gid", order_id="2001"),
        order("other order", person="two", order_id="3001"),
        order("another order", person="two", order_id="3002"),
    )
    lab.events(
        tracked("purchase", "p1", user_id="shop", value_amount=50, currency="USD", checkout_token="tok_1"),
        tracked("order_placed", "p2", "12:00:01", user_id="shop", value_amount=50, currency="USD", order_id="1001"),
        tracked("purchase", "p3", user_id="gid", order_id="gid://shop/Order/2001", checkout_token="tok_2"),
        tracked("purchase", "p4", user_id="page", checkout_token="tok_3"),
        tracked("purchase", "p5", "12:04:00", user_id="page", checkout_token="tok_3"),
        tracked("purchase", "p6", "12:05:00", user_id="page"),
    )
    lab.rebuild()
    assert lab.rows(
        """select i.value, c.records, c.amount::integer from conversions c
           join identifiers i on i.person_id = c.person_id and i.kind = 'user_id' order by all"""
    ) == [
        ("gid", 3, 50),
        ("page", 1, None),
        ("page", 2, None),
        ("shop", 4, 60),  # the provider's word before the tracker's, the earliest, then by id: "api"
        ("two", 1, 50),
        ("two", 1, 50),
    ]


def test_g2_an_order_linked_to_its_payment_counts_once_in_outcomes(make_lab: Callable[..., Lab]) -> None:
    """G2: linked by order id, payment id or checkout; an order without a payment counts itself."""
    lab = make_lab()
    lab.conversions(
        order("by order", person="a", order_id="o_1"),
        payment("pays by order", person="a", payment_id="pi_1", order_id="o_1"),
        order("by payment", person="b", order_id="o_2", payment_id="pi_2"),
        payment("pays by payment", person="b", payment_id="pi_2"),
        order("by checkout", person="c", checkout_token="cs_3"),
        payment("pays by checkout", person="c", payment_id="pi_3", checkout_token="cs_3"),
        order("unpaid", person="d", order_id="o_4"),
        order("same number", person="e", order_id="pi_1"),  # an order called like some payment is not paid by it
    )
    lab.rebuild()
    by_outcome = "select list(source_id order by source_id) from conversions where revenue_type = 'gross' and "
    assert lab.value(by_outcome + "not counts_as_outcome") == ["by checkout", "by order", "by payment"]
    assert lab.value(by_outcome + "counts_as_outcome") == ["same number", "unpaid"]
    assert lab.value("select count(*) from conversions") == 8
    # where payments are no goal of attribution the order has to count, or the sale would be none
    lab.change(goals=tuple(replace(goal, is_eligible=goal.revenue_type != "cash") for goal in DEFAULT_GOALS))
    lab.rebuild()
    assert lab.value("select count(*) from conversions where counts_as_outcome and revenue_type = 'gross'") == 5


def test_g2_leads_of_one_person_within_24_hours_are_one(lab: Lab) -> None:
    """G2: from the first of them, the 24th hour included; then the next one starts; leads of two people never join."""

    def lead(key: str, person: str, time: str, **fields: Any) -> Row:
        return {"conversion_id": key, "person": person, "time": time, "event_type": "lead_created", **fields}

    lab.conversions(
        lead("edge 1", "edge", "2026-05-01T10:00:00Z"),
        lead("edge 2", "edge", "2026-05-02T10:00:00Z"),
        lead("beyond 1", "beyond", "2026-05-01T10:00:00Z"),
        lead("beyond 2", "beyond", "2026-05-02T10:00:00.000001Z"),
        # every 20 hours: 0 and 20 are one, 40 and 60 the next, 80 the third
        *(
            lead(f"chain {hour}", "chain", f"2026-05-{1 + hour // 24:02}T{hour % 24:02}:00:00Z")
            for hour in range(0, 81, 20)
        ),
        lead("one", "left", "2026-05-01T10:00:00Z"),
        lead("two", "right", "2026-05-01T10:00:00Z"),
        # the CRM's record has the deal value, the form was first
        lead("crm", "both", "2026-05-01T10:05:00Z", value_amount=900, currency="EUR", pipeline="Sales", stage="New"),
        # nobody's leads are nobody's
        {"conversion_id": "n1", "email": "test@test.com", "time": at("10:00:00"), "event_type": "lead_created"},
        {"conversion_id": "n2", "email": "test@test.com", "time": at("10:00:00"), "event_type": "lead_created"},
    )
    lab.events(tracked("lead_submitted", "form", "10:00:00", user_id="both") | {"event_time": "2026-05-01T10:00:00Z"})
    lab.rebuild()
    assert lab.rows(
        """select coalesce(i.value, '-'), c.records, strftime(c.occurred_at, '%d %H:%M'), c.amount::integer, c.currency,
                  c.stage
           from conversions c
           left join identifiers i on i.person_id = c.person_id and i.kind = 'user_id' order by all"""
    ) == [
        ("-", 1, "04 10:00", None, None, None),
        ("-", 1, "04 10:00", None, None, None),
        ("beyond", 1, "01 10:00", None, None, None),
        ("beyond", 1, "02 10:00", None, None, None),
        ("both", 2, "01 10:00", 900, "EUR", "New"),
        ("chain", 1, "04 08:00", None, None, None),
        ("chain", 2, "01 00:00", None, None, None),
        ("chain", 2, "02 16:00", None, None, None),
        ("edge", 2, "01 10:00", None, None, None),
        ("left", 1, "01 10:00", None, None, None),
        ("right", 1, "01 10:00", None, None, None),
    ]


def test_g2_ids_of_conversions_do_not_change_when_more_is_told(lab: Lab) -> None:
    """G2: a later record of the same payment, lead or appointment joins the conversion that is there."""
    lab.conversions(
        payment("charge", person="a", payment_id="pi_1"),
        {"conversion_id": "lead", "person": "a", "time": at("12:00:00"), "event_type": "lead_created"},
        {"conversion_id": "appointment", "person": "a", "time": at("12:00:00"), "event_type": "appointment_booked"},
    )
    ids = lab.rebuild().rows("select conversion_id from conversions order by 1")
    lab.conversions(
        payment("intent", "11:00:00", person="a", payment_id="pi_1"),
        {"conversion_id": "again", "person": "a", "time": at("13:00:00"), "event_type": "lead_created"},
    )
    lab.events(tracked("appointment_booked", "e", "12:01:00", user_id="a"))
    lab.rebuild()
    assert lab.rows("select conversion_id from conversions order by 1") == ids
    assert lab.rows("select records from conversions") == [(2,), (2,), (2,)]


def test_g2_the_person_known_by_an_email_has_the_payment(lab: Lab) -> None:
    """G2: a charge that knows only a customer id, and a page that knows who paid: it is the latter's payment."""
    lab.events(
        tracked("page_view", "v", "11:50:00", anonymous_id="dev", url="https://shop.example/pay"),
        tracked("identify", "i", "11:51:00", anonymous_id="dev", email="ann@mail.example"),
        tracked("payment_received", "e", anonymous_id="dev", value_amount=50, currency="USD", checkout_token="cs_1"),
    )
    lab.conversions(
        {**payment("charge", payment_id="pi_1", checkout_token="cs_1"), "stripe_customer_id": "cus_9"},
    )
    lab.rebuild()
    assert lab.rows("select source_id, records, person_id::varchar from conversions") == [
        ("charge", 2, lab.person_of("email", "ann@mail.example"))
    ]


def test_section_8_appointments_of_crm_and_tracker(lab: Lab) -> None:
    """Section 8: same person, starts within 5 minutes or bookings within 30, edges too; one to one, nearest first."""

    def crm(key: str, person: str, booked: str, starts: str | None = None, **fields: Any) -> Row:
        return {
            "conversion_id": key,
            "person": person,
            "time": at(booked),
            "event_type": "appointment_booked",
            "starts_at": starts and at(starts, "2026-05-20"),
            "calendar": "Demo",
            **fields,
        }

    def web(key: str, person: str, booked: str, starts: str | None = None) -> Row:
        payload = {"starts_at": at(starts, "2026-05-20")} if starts else None
        return tracked("appointment_booked", key, booked, user_id=person, payload=payload)

    lab.conversions(
        crm("c1", "starts at the edge", "08:00:00", "10:00:00"),
        crm("c2", "starts beyond", "08:00:00", "10:00:00"),
        crm("c3", "booked at the edge", "08:00:00"),
        crm("c4", "booked beyond", "08:00:00"),
        crm("c5", "nearest", "08:00:00", "10:00:00"),
        crm("c6", "nearest", "08:00:00", "10:04:00"),
        crm("c7", "one to one", "08:00:00", "10:00:00"),
        crm("c8", "crm person", "08:00:00", "10:00:00"),
        crm("c9", "two bookings", "08:00:00", "09:00:00"),
        crm("c10", "two bookings", "08:00:00", "15:00:00"),
    )
    lab.events(
        web("t1", "starts at the edge", "12:00:00", "10:05:00"),
        web("t2", "starts beyond", "12:00:00", "10:05:01"),
        web("t3", "booked at the edge", "08:30:00"),
        web("t4", "booked beyond", "08:30:01"),
        # 10:03 is 1 minute from c6 and 3 from c5; 10:05 is 1 from c6, which is taken, and 5 from c5
        web("t5", "nearest", "12:00:00", "10:03:30"),
        web("t6", "nearest", "12:00:00", "10:05:00"),
        web("t7", "one to one", "12:00:00", "10:00:00"),
        web("t8", "one to one", "12:00:00", "10:01:00"),
        web("t9", "another person", "08:00:00", "10:00:00"),
        # booked together, starts apart: the starts tell which is which
        web("t10", "two bookings", "08:00:30", "15:00:00"),
        web("t11", "two bookings", "08:01:00", "09:00:00"),
    )
    lab.rebuild()
    assert lab.rows(
        """select i.value, c.source_id, c.records, c.calendar_label from conversions c
           join identifiers i on i.person_id = c.person_id and i.kind = 'user_id' order by 1, 2"""
    ) == [
        ("another person", "t9", 1, "db_tracked"),
        ("booked at the edge", "c3", 2, "merged"),
        ("booked beyond", "c4", 1, "ghl_live"),
        ("booked beyond", "t4", 1, "db_tracked"),
        ("crm person", "c8", 1, "ghl_live"),
        ("nearest", "c5", 2, "merged"),
        ("nearest", "c6", 2, "merged"),
        ("one to one", "c7", 2, "merged"),
        ("one to one", "t8", 1, "db_tracked"),
        ("starts at the edge", "c1", 2, "merged"),
        ("starts beyond", "c2", 1, "ghl_live"),
        ("starts beyond", "t2", 1, "db_tracked"),
        ("two bookings", "c10", 2, "merged"),
        ("two bookings", "c9", 2, "merged"),
    ]
    with lab.workspace.store.read() as cursor:
        pairs = cursor.rows(
            """select c.source_id, c.starts_at, c.calendar from conversions c
               where source_id in ('c5', 'c9', 't9') order by 1"""
        )
    assert [(key, f"{starts:%H:%M}", calendar) for key, starts, calendar in pairs] == [
        ("c5", "10:00", "Demo"),
        ("c9", "09:00", "Demo"),
        ("t9", "10:00", None),
    ]


def test_section_8_a_start_without_an_offset_is_in_the_profiles_zone(make_lab: Callable[..., Lab]) -> None:
    """T1: payload times are read as those of files are: local without an offset, instants with one, epochs."""
    lab = make_lab(timezone="Europe/Madrid")
    starts = ["2026-05-20T10:00:00", "2026-05-20 10:00", "2026-05-20T08:00:00Z", "2026-05-20T10:00:00+02:00"]
    lab.events(
        *(
            tracked("appointment_booked", f"t{index}", user_id=f"p{index}", payload={"starts_at": text})
            for index, text in enumerate(
                [*starts, 1779264000, "1779264000000", "next week", "infinity", "290000-01-01"]
            )
        )
    )
    lab.rebuild()
    assert lab.rows("select strftime(starts_at, '%d %H:%M'), count(*) from conversions group by 1 order by 2") == [
        (None, 3),
        ("20 08:00", 6),
    ]


def test_e7_the_latest_as_of_counts(lab: Lab) -> None:
    """E7: one conversion id restated: the state of the latest as_of, whatever was imported last."""
    deal = {"conversion_id": "deal", "person": "a", "time": at("09:00:00"), "event_type": "stage_changed"}
    lab.conversions({**deal, "stage": "Closed Won", "value_amount": 500, "as_of": "2026-05-10T00:00:00Z"})
    first = lab.rebuild().rows("select goal, amount::integer, records from conversions")
    lab.conversions({**deal, "stage": "Qualified", "value_amount": 300, "as_of": "2026-05-05T00:00:00Z"})
    second = lab.rebuild().rows("select goal, amount::integer, records from conversions")
    result = lab.conversions({**deal, "stage": "Lost", "value_amount": 300, "as_of": "2026-05-20T00:00:00Z"})
    third = lab.rebuild().rows("select goal, amount::integer, records from conversions")
    lab.workspace.undo_import(result.import_id)
    fourth = lab.rebuild().rows("select goal, amount::integer, records from conversions")
    assert first == second == fourth == [("closed_won", 500, 1)]
    assert third == [("closed_lost", 300, 1)]


def test_e7_two_contents_of_one_moment_give_the_same_result_in_both_orders(make_lab: Callable[..., Lab]) -> None:
    """E7: the same fact told twice for the same as_of: one of them counts, and always the same one."""
    files = [
        [payment(f"p{n}", person="a", as_of=at("23:00:00"), value_amount=amount) for n in range(5)] for amount in (1, 2)
    ]
    found = []
    for ordered in (files, files[::-1]):
        lab = make_lab(name=f"Lab {len(found)}")
        for rows in ordered:
            lab.conversions(*rows)
        found.append(lab.rebuild().rows("select source_id, amount from conversions order by 1"))
    assert found[0] == found[1]
    assert len(found[0]) == 5


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (
            "Europe/Madrid",
            {
                "2026-03-28T22:59:59.999999Z": date(2026, 3, 28),
                "2026-03-28T23:00:00Z": date(2026, 3, 29),  # the day of 23 hours
                "2026-03-29T00:59:59Z": date(2026, 3, 29),
                "2026-03-29T21:59:59.999999Z": date(2026, 3, 29),
                "2026-03-29T22:00:00Z": date(2026, 3, 30),
                "2025-10-25T21:59:59Z": date(2025, 10, 25),
                "2025-10-25T22:00:00Z": date(2025, 10, 26),  # the day of 25 hours
                "2025-10-26T00:30:00Z": date(2025, 10, 26),
                "2025-10-26T01:30:00Z": date(2025, 10, 26),
                "2025-10-26T22:59:59Z": date(2025, 10, 26),
                "2025-10-26T23:00:00Z": date(2025, 10, 27),
                "2026-05-01T00:30:00+02:00": date(2026, 5, 1),
            },
        ),
        ("Asia/Kathmandu", {"2026-05-01T18:14:59Z": date(2026, 5, 1), "2026-05-01T18:15:00Z": date(2026, 5, 2)}),
    ],
)
def test_t1_the_day_of_a_conversion_is_the_profiles(
    make_lab: Callable[..., Lab], zone: str, expected: dict[str, date]
) -> None:
    """T1: midnight of the profile's zone, also on the days of 23 and 25 hours; cash and touches are booked alike."""
    lab = make_lab(timezone=zone)
    lab.conversions(*(payment(key, person=f"p{key}") | {"time": key} for key in expected))
    lab.touches(*({"person": f"p{key}", "time": key, "channel": "Email"} for key in expected))
    lab.rebuild()
    assert dict(lab.rows("select source_id, converted_on from conversions")) == expected
    assert (
        lab.value("select count(*) from cash join conversions using (conversion_id) where booked_on <> converted_on")
        == 0
    )
    assert lab.value("select count(*) from v_paths where touched_on <> converted_on") == 0
