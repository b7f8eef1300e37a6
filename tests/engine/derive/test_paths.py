"""The path table (A2): which touches a conversion has in each window, in which order, with which amount. By hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Row = dict[str, Any]

POSITIONS = """select c.source_id, t.campaign, p.position, p.touch_count, p.first_position, p.first_count
               from v_paths p join conversions c using (conversion_id) join touches t using (touch_id)
               order by c.source_id, t.occurred_at, t.touch_id"""


def touch(person: str, time: str, name: str = "t", **fields: Any) -> Row:
    return {"person": person, "time": time, "channel": "Email", "campaign": name, **fields}


def seen(person: str, time: str, name: str = "v", **fields: Any) -> Row:
    return touch(person, time, name, kind="view", **fields)


def conversion(person: str, time: str = "2026-06-01T12:00:00Z", key: str | None = None, **fields: Any) -> Row:
    return {"conversion_id": key or person, "person": person, "time": time, "event_type": "payment_received", **fields}


def test_a2_windows_include_their_edge_and_nothing_beyond(lab: Lab) -> None:
    """A2: 30 x 24 hours, first touch 90, impressions 24 hours, to the microsecond; never a later touch."""
    lab.touches(
        touch("click edge", "2026-05-02T12:00:00Z"),
        touch("click beyond", "2026-05-02T11:59:59.999999Z"),
        touch("same instant", "2026-06-01T12:00:00Z"),
        touch("after", "2026-06-01T12:00:00.000001Z"),
        touch("first edge", "2026-03-03T12:00:00Z"),
        touch("first beyond", "2026-03-03T11:59:59.999999Z"),
        seen("view edge", "2026-05-31T12:00:00Z"),
        seen("view beyond", "2026-05-31T11:59:59.999999Z"),
        seen("view after", "2026-06-01T12:00:01Z"),
    )
    people = ("click edge", "click beyond", "same instant", "after", "first edge", "first beyond", "view edge")
    lab.conversions(*(conversion(person) for person in (*people, "view beyond", "view after", "no touches")))
    lab.rebuild()
    assert lab.rows(POSITIONS) == [
        ("click beyond", "t", 0, 0, 1, 1),
        ("click edge", "t", 1, 1, 1, 1),
        ("first edge", "t", 0, 0, 1, 1),
        ("same instant", "t", 1, 1, 1, 1),
        ("view edge", "v", 1, 1, 1, 1),
    ]
    assert lab.rows("select source_id, age_seconds from v_paths join conversions using (conversion_id) order by 1") == [
        ("click beyond", 2592000.000001),
        ("click edge", 2592000.0),
        ("first edge", 7776000.0),
        ("same instant", 0.0),
        ("view edge", 86400.0),
    ]


def test_a2_positions_and_counts_per_window(lab: Lab) -> None:
    """A2: impressions count where nothing else is eligible in that window; equal times go by touch id."""
    lab.touches(
        touch("both windows", "2026-03-20T12:00:00Z", "old 1"),
        touch("both windows", "2026-04-20T12:00:00Z", "old 2"),
        touch("both windows", "2026-05-20T12:00:00Z", "new 1"),
        touch("both windows", "2026-05-25T12:00:00Z", "new 2"),
        # an impression beside a click
        touch("click and view", "2026-05-20T12:00:00Z", "click"),
        seen("click and view", "2026-06-01T10:00:00Z"),
        # a click too old for the click window, not for the first-touch window
        touch("old click and view", "2026-04-20T12:00:00Z", "old"),
        seen("old click and view", "2026-06-01T10:00:00Z"),
        # impressions alone
        seen("views", "2026-06-01T10:00:00Z", "v2"),
        seen("views", "2026-06-01T09:00:00Z", "v1"),
        seen("views", "2026-05-30T09:00:00Z", "v0"),
        *(touch("ties", "2026-05-20T12:00:00Z", f"tie {n}") for n in range(5)),
        touch("ties", "2026-05-20T11:00:00Z", "before"),
    )
    lab.conversions(
        *(conversion(person) for person in ("both windows", "click and view", "old click and view", "views", "ties"))
    )
    lab.rebuild()
    found = lab.rows(POSITIONS)
    assert [row for row in found if row[0] != "ties"] == [
        ("both windows", "old 1", 0, 2, 1, 4),
        ("both windows", "old 2", 0, 2, 2, 4),
        ("both windows", "new 1", 1, 2, 3, 4),
        ("both windows", "new 2", 2, 2, 4, 4),
        ("click and view", "click", 1, 1, 1, 1),
        ("click and view", "v", 0, 1, 0, 1),
        ("old click and view", "old", 0, 1, 1, 1),
        ("old click and view", "v", 1, 1, 0, 1),
        ("views", "v1", 1, 2, 1, 2),
        ("views", "v2", 2, 2, 2, 2),
    ]
    ties = [row for row in found if row[0] == "ties"]
    assert ties[0][1] == "before"
    assert [row[2:] for row in ties] == [(n, 6, n, 6) for n in range(1, 7)]  # listed by time and touch id


def test_a2_windows_are_settings_and_a1_touches_are_used_again(make_lab: Callable[..., Lab]) -> None:
    """A2, A1: other windows, also a first-touch window shorter than the click window."""
    lab = make_lab(click_window_days=10, first_touch_window_days=2, view_window_hours=1)
    lab.touches(
        touch("a", "2026-05-22T12:00:00Z", "edge"),
        touch("a", "2026-05-31T12:00:00Z", "near"),
        seen("b", "2026-06-01T11:00:00Z", "seen"),
        seen("b", "2026-06-01T10:59:59Z", "seen too early"),
    )
    lab.conversions(
        conversion("a", key="a1"),
        conversion("a", "2026-06-02T12:00:00Z", "a2"),
        conversion("a", "2026-06-11T12:00:00Z", "a3"),
        conversion("b"),
    )
    lab.rebuild()
    assert lab.rows(POSITIONS) == [
        ("a1", "edge", 1, 2, 0, 1),
        ("a1", "near", 2, 2, 1, 1),
        ("a2", "near", 1, 1, 1, 1),
        ("b", "seen", 1, 1, 1, 1),
    ]
    lab.change(click_window_days=365, first_touch_window_days=365, view_window_hours=168)
    lab.rebuild()
    assert lab.rows(
        """select source_id, any_value(touch_count)
           from v_paths join conversions using (conversion_id) group by 1 order by 1"""
    ) == [("a1", 2), ("a2", 2), ("a3", 2), ("b", 2)]


def test_paths_carry_the_cash_of_their_conversion(lab: Lab) -> None:
    """T2, T3, G1: the reporting amount before refunds; nothing for pipeline, gross, no amount and no rate."""
    lab.rates({"date": "2026-06-01", "currency": "USD", "base": "EUR", "rate": 1.25})
    people = ("cash", "euro", "no rate", "no amount", "deal", "refunded")
    lab.touches(*(touch(person, "2026-05-20T12:00:00Z") for person in people))
    lab.conversions(
        conversion("cash", value_amount=10, currency="USD"),
        conversion("euro", value_amount=10, currency="EUR"),
        conversion("no rate", value_amount=10, currency="BRL"),
        conversion("no amount"),
        conversion("deal", value_amount=10, currency="USD") | {"event_type": "closed_won"},
        conversion("refunded", value_amount=10, currency="USD", payment_id="pi"),
        {"conversion_id": "r", "time": "2026-06-02T12:00:00Z", "event_type": "refund", "refund_of": "pi"}
        | {"value_amount": 10, "currency": "USD"},
    )
    lab.rebuild()
    assert lab.rows(
        """select c.source_id, p.amount_reporting::double, p.goal, p.channel, p.converted_on = c.converted_on
           from v_paths p join conversions c using (conversion_id) order by 1"""
    ) == [
        ("cash", 10.0, "payment_received", "Email", True),
        ("deal", None, "closed_won", "Email", True),
        ("euro", 12.5, "payment_received", "Email", True),
        ("no amount", None, "payment_received", "Email", True),
        ("no rate", None, "payment_received", "Email", True),
        ("refunded", 10.0, "payment_received", "Email", True),
    ]
