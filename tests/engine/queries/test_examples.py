"""Every query on one small world, each figure by hand (``world.py``)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine.attribution.models import CreditSettings
from engine.profiles import DEFAULT_GOALS, Goal
from engine.queries.health import band
from engine.queries.selection import Filter, Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.queries.result import Result
    from tests.conftest import Lab

FROM, TO = date(2026, 6, 8), date(2026, 6, 14)
WEEK = (FROM, TO)
BEFORE = (date(2026, 6, 1), date(2026, 6, 7))

CURRENT = {
    "spend": 200, "revenue": 60, "roas": 0.3, "outcomes": 7, "attributed_outcomes": 6, "coverage_percent": 600 / 7,
    "visitors": 4, "visits": 7, "pageviews": 8, "bounces": 6, "bounce_rate": 600 / 7, "avg_engaged_seconds": 60 / 7,
    "cash_revenue": 450, "cash_payments": 4, "gross_revenue": 500, "refunded": -50, "attributed_revenue": 410,
    "unattributed_revenue": 40, "cash_coverage_percent": 100 * 410 / 450, "ad_revenue": 60,
    "ad_revenue_without_spend": 100, "conversions": 6, "conversion_rate": 150, "ad_conversions": 2, "cac": 100,
    "mer": 2.25, "impressions": 16_000, "clicks": 350, "unconverted": 0,
}  # fmt: skip
PREVIOUS = {
    "spend": 80, "revenue": 200, "roas": 2.5, "outcomes": 1, "attributed_outcomes": 1, "coverage_percent": 100,
    "visitors": 1, "visits": 1, "pageviews": 1, "bounces": 1, "bounce_rate": 100, "avg_engaged_seconds": 0,
    "cash_revenue": 200, "cash_payments": 1, "gross_revenue": 200, "refunded": 0, "attributed_revenue": 200,
    "unattributed_revenue": 0, "cash_coverage_percent": 100, "ad_revenue": 200, "ad_revenue_without_spend": 0,
    "conversions": 1, "conversion_rate": 100, "ad_conversions": 1, "cac": 80, "mer": 2.5, "impressions": 8_000,
    "clicks": 100, "unconverted": 0,
}  # fmt: skip


def data(result: Result) -> dict[str, Any]:
    assert result.data is not None
    return dict(result.data)


def rows(result: Result, *columns: str) -> list[tuple[Any, ...]]:
    return result.table.select(columns).rows()


def near(expected: dict[str, float]) -> Any:
    return pytest.approx(expected, abs=1e-6)


# ------------------------------------------------------------------ headline figures


def test_overview_of_the_range_and_the_week_before(world: Lab) -> None:
    """A7, E3, E4, G3, T1: every headline figure; the comparison period ends the day before and is as long."""
    result = world.profile.overview(*WEEK)
    assert data(result)["current"] == near(CURRENT)
    assert data(result)["previous"] == near(PREVIOUS)
    assert (result.meta["compare_from"], result.meta["compare_to"]) == ("2026-06-01", "2026-06-07")
    change = dict(rows(result, "metric", "change_percent"))
    assert (change["spend"], change["refunded"]) == (150.0, None)  # of nothing there is no percentage


def test_comparison_is_the_same_query_on_those_days(world: Lab) -> None:
    """T1: any two ranges can be compared, of any length, also overlapping ones; a February is 28 days."""
    ask = world.profile.overview
    for start, end in (BEFORE, (date(2026, 6, 5), date(2026, 6, 9)), (date(2025, 11, 1), date(2025, 11, 30))):
        told = data(ask(*WEEK, model="linear", compare_from=start, compare_to=end))
        assert told["previous"] == data(ask(start, end, model="linear"))["current"]
        assert told["current"] == data(ask(*WEEK, model="linear"))["current"]
    meta = ask(date(2026, 3, 1), date(2026, 3, 25)).meta
    assert (meta["compare_from"], meta["compare_to"]) == ("2026-02-04", "2026-02-28")  # doc:1419


def test_overview_under_other_models(world: Lab) -> None:
    """A4: linear halves Ana's payment and its refund; first touch finds her mail of April; cash stays as it is."""
    linear = data(world.profile.overview(*WEEK, model="linear"))["current"]
    assert (linear["revenue"], linear["ad_revenue_without_spend"], linear["attributed_revenue"]) == (185, 50, 410)
    assert (linear["ad_conversions"], linear["roas"], linear["cash_revenue"]) == (
        3,
        0.925,
        450,
    )  # p3, lead, p1/2, won/2
    first = data(world.profile.overview(*WEEK, model="first_touch"))["current"]
    assert (first["revenue"], first["attributed_revenue"], first["unattributed_revenue"]) == (60, 410, 40)
    assert first["ad_conversions"] == 1  # p3; the lead's path begins with the mail, too


def test_overview_by_touch_date(world: Lab) -> None:
    """A8, A5: credit of the week's touches; frank's week before keeps what its touch earned."""
    told = data(world.profile.overview(*BEFORE, date_basis="touch"))["current"]
    assert (told["revenue"], told["cash_revenue"]) == (200, 200)
    first = world.profile.channels(*WEEK, model="first_touch", date_basis="touch")
    found = dict(rows(first, "value", "revenue"))
    # first touches inside the week: Bob's organic visit and the ad of d3; Ana's 250 lie on a day of April
    assert (found["Organic Search"], found["Paid Search"]) == (100, 60)
    assert (found["Unattributed"], found["outside the range"]) == (40, 250)
    assert sum(found.values()) == 450
    assert world.profile.revenue(*WEEK, model="first_touch", date_basis="touch").meta["totals"] == {
        "revenue": 60, "attributed_revenue": 160, "unattributed_revenue": 40, "cash_revenue": 450, "spend": 200,
        "outside_revenue": 250,
    }  # fmt: skip


def test_refunds_that_are_not_deducted(make_lab: Callable[..., Lab]) -> None:
    """T3: with ``deduct_refunds`` off cash is gross everywhere and says so, also in a journey and in lists."""
    lab = make_lab(deduct_refunds=False)
    payment = {"email": "a@x.example", "value_amount": 100, "currency": "USD", "event_type": "payment_received"}
    lab.touches({"email": "a@x.example", "time": "2026-06-01T00:00:00Z", "channel": "Email"})
    lab.conversions(
        {"conversion_id": "p", "time": "2026-06-02T00:00:00Z", **payment},
        {"conversion_id": "r", "time": "2026-06-03T00:00:00Z", **payment, "event_type": "refund", "refund_of": "p"},
    )
    ask = lab.rebuild().profile
    days = (date(2026, 6, 1), date(2026, 6, 5))
    told = data(ask.overview(*days))["current"]
    assert (told["cash_revenue"], told["gross_revenue"], told["attributed_revenue"]) == (100, 100, 100)
    assert ask.overview(*days).meta["deduct_refunds"] is False
    assert rows(ask.channels(*days), "value", "revenue") == [("Email", 100), ("Unattributed", 0)]
    assert ask.cash(*days).table["total"].to_list() == [100]
    assert ask.customers(*days).table["total_revenue"].to_list() == [100]
    touched = ask.journey(*days, id="a@x.example").table["credited_revenue"].to_list()
    assert [value for value in touched if value is not None] == [100]


def test_cash_that_no_touch_is_credited_with(make_lab: Callable[..., Lab]) -> None:
    """G1, G2, T2, A5: cash of an ineligible goal and a refund of nobody are Unattributed; without a rate: counted."""
    lab = make_lab(goals=(*DEFAULT_GOALS, Goal("tip", "Tip", ("tip",), "cash", is_eligible=False)))

    def told(key: str, kind: str, amount: float, currency: str = "USD", **fields: str) -> dict[str, Any]:
        row = {"conversion_id": key, "event_type": kind, "value_amount": amount, "currency": currency}
        return row | {"email": "a@x.example", "time": "2026-06-02T00:00:00Z"} | fields

    lab.touches({"email": "a@x.example", "time": "2026-06-01T00:00:00Z", "channel": "Email"})
    lab.conversions(
        told("paid", "payment_received", 100, order_id="o1"),
        told("order", "order_placed", 100, order_id="o1"),
        told("unpaid", "order_placed", 70, order_id="o2"),
        told("tip", "tip", 5),
        told("back", "refund", 20, refund_of="nothing known", email="b@x.example"),
        told("yen", "payment_received", 1_000, "JPY"),
    )
    ask = lab.rebuild().profile
    days = (date(2026, 6, 1), date(2026, 6, 5))
    now = data(ask.overview(*days))["current"]
    # the paid order counts once, with its payment; the tip in no count but that of payments
    assert (now["outcomes"], now["conversions"], now["cash_payments"], now["unconverted"]) == (3, 3, 3, 1)
    assert (now["cash_revenue"], now["attributed_revenue"], now["unattributed_revenue"]) == (85, 100, -15)
    assert rows(ask.channels(*days), "value", "conversions", "revenue") == [("Email", 3, 100), ("Unattributed", 0, -15)]
    assert rows(ask.cash(*days), "currency", "total", "total_reporting", "unconverted") == [
        ("USD", 85, 85, 0), ("JPY", 1_000, 0, 1),
    ]  # fmt: skip
    orders = data(ask.overview(*days, goals=["order_placed"]))["current"]
    assert (orders["outcomes"], orders["conversions"], orders["cash_revenue"]) == (2, 2, 0)
    assert sorted(rows(ask.conversions(*days), "event_type", "count", "outcomes")) == [
        ("order_placed", 2, 1), ("payment_received", 2, 2), ("tip", 1, 0),
    ]  # fmt: skip
    told_of = data(ask.quality(*days))
    assert (told_of["unconverted"], told_of["cash_revenue"], told_of["covered_revenue"]) == (1, 85, 100)


def test_summary_keeps_cash_pipeline_and_leads_apart(world: Lab) -> None:
    """G3, doc:7337: deal values are no revenue; the figures are the overview's."""
    told = data(world.profile.summary(*WEEK))
    note = told["current_period"]["pipeline"].pop("note")
    assert "not revenue" in note
    assert told["current_period"] == {
        "spend": {"amount": 200},
        "cash": {
            "attributed_revenue": {"amount": 410},
            "ad_revenue": {"amount": 60},
            "attributed_conversions": 3,
            "total_conversions": 4,
            "collected": {"amount": 450},
            "roas": {"value": 0.3, "formatted": "0.30x"},
        },
        "pipeline": {
            "appointments_booked": 1,
            "closed_won": 1,
            "crm_value_amount_sum": {"attributed": {"amount": 1000}, "total": {"amount": 1000}},
        },
        "leads": {"count": 1},
        "traffic": {"visitors": 4, "pageviews": 8, "bounce_rate_percent": pytest.approx(600 / 7)},
    }
    assert told["previous_period"]["cash"]["collected"] == {"amount": 200}
    assert ("pipeline.closed_won", 1.0, 0.0) in rows(world.profile.summary(*WEEK), "metric", "current", "previous")
    only = data(world.profile.summary(*WEEK, goals=["closed_won"]))["current_period"]
    assert (only["pipeline"]["closed_won"], only["pipeline"]["appointments_booked"], only["leads"]["count"]) == (
        1,
        0,
        0,
    )
    seen = data(world.profile.summary(*WEEK, filters=["device=is:mobile"]))["current_period"]
    assert (seen["cash"]["total_conversions"], seen["leads"]["count"], seen["spend"]["amount"]) == (None, None, None)
    assert seen["cash"]["attributed_revenue"]["amount"] == 250


# ------------------------------------------------------------------ days


def test_timeseries_has_every_day_also_those_without_anything(world: Lab) -> None:
    """T1, A7, A8: each figure on its own day; zeros, not gaps; no ROAS without spend."""
    result = world.profile.timeseries(*WEEK)
    assert rows(result, "visitors", "visits", "pageviews", "bounces", "cash_revenue", "spend", "revenue", "roas") == [
        (3, 3, 4, 2, 60, 130, 60, pytest.approx(60 / 130, abs=1e-6)),
        (1, 1, 1, 1, 300, 50, 0, 0),
        (1, 1, 1, 1, 100, 20, 0, 0),
        (0, 0, 0, 0, 40, 0, 0, None),
        (1, 1, 1, 1, -50, 0, 0, None),
        (1, 1, 1, 1, 0, 0, 0, None),
        (0, 0, 0, 0, 0, 0, 0, None),
    ]
    assert result.table["date"].to_list() == [FROM + timedelta(days=day) for day in range(7)]
    assert not result.table["is_partial"].any()


def test_weeks_start_on_monday_and_months_on_the_first(world: Lab) -> None:
    """T1: buckets by week and month; visitors of a bucket are counted anew (E1)."""
    weeks = world.profile.timeseries(date(2026, 6, 3), date(2026, 6, 17), by="week")
    assert rows(weeks, "date", "visitors", "cash_revenue", "spend") == [
        (date(2026, 6, 1), 1, 200, 0),  # the range begins on Wednesday, after the spend of Tuesday
        (date(2026, 6, 8), 4, 450, 200),
        (date(2026, 6, 15), 0, 0, 0),
    ]
    months = world.profile.timeseries(date(2026, 4, 15), date(2026, 7, 10), by="month")
    assert rows(months, "date", "visitors", "cash_revenue", "is_partial") == [
        (date(2026, 4, 1), 0, 0, False),
        (date(2026, 5, 1), 0, 0, False),
        (date(2026, 6, 1), 5, 650, False),
        (date(2026, 7, 1), 0, 0, True),
    ]


def test_a_day_not_over_yet_is_partial(world: Lab) -> None:
    """T1: today, and with it its week and its month; the range that includes it says so."""
    days = world.profile.timeseries(date(2026, 6, 29), date(2026, 7, 2))
    assert days.table["is_partial"].to_list() == [False, False, True, True]
    assert days.meta["is_partial"] is True
    assert world.profile.timeseries(*WEEK).meta["is_partial"] is False
    week = world.profile.timeseries(date(2026, 6, 22), date(2026, 7, 1), by="week")
    assert week.table["is_partial"].to_list() == [False, True]


def test_days_are_those_of_the_profiles_zone(make_lab: Callable[..., Lab]) -> None:
    """T1: one instant, two days; a bot of the evening is counted on the same day as a visit of that evening."""
    lab = make_lab(timezone="America/Los_Angeles")
    event = {"event_type": "page_view", "event_time": "2026-06-10T05:00:00Z", "url": "https://shop.example/"}
    lab.events(
        event | {"anonymous_id": "a"},
        event | {"anonymous_id": "b", "user_agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
    )
    ask = lab.rebuild().profile
    for day, seen in ((date(2026, 6, 9), 1), (date(2026, 6, 10), 0)):
        assert data(ask.overview(day, day))["current"]["visits"] == seen
        assert data(ask.quality(day, day))["bot_events"] == seen
    lab.now = datetime(2026, 6, 10, 6, tzinfo=UTC)  # still the ninth there
    assert ask.timeseries(date(2026, 6, 9), date(2026, 6, 9)).table["is_partial"].to_list() == [True]


# ------------------------------------------------------------------ boards

BOARDS: dict[str, list[tuple[str, int | None, int | None, int | None, float, float]]] = {
    # value, visitors, visits, page views, conversions, revenue
    "channels": [
        ("Paid Search", 2, 2, 2, 3, 160), ("Direct", 1, 1, 1, 2, 250), ("Email", 1, 1, 1, 0, 0),
        ("Organic Search", 1, 1, 1, 0, 0), ("Paid Social", 1, 1, 2, 1, 0), ("Referral", 1, 1, 1, 0, 0),
    ],
    "sources": [
        ("google", 2, 3, 3, 3, 160), ("(not set)", 1, 1, 1, 2, 250), ("facebook", 1, 1, 2, 1, 0),
        ("news", 1, 1, 1, 0, 0), ("news.example", 1, 1, 1, 0, 0),
    ],
    "mediums": [("(not set)", 4, 5, 5, 5, 410), ("email", 1, 1, 1, 0, 0), ("paid_social", 1, 1, 2, 1, 0)],
    "campaign-board": [("(not set)", 4, 5, 5, 5, 410), ("June", 1, 1, 1, 0, 0), ("Spring", 1, 1, 2, 1, 0)],
    "referrers": [
        ("(not set)", 3, 5, 6, 6, 410), ("google.com", 1, 1, 1, 0, 0), ("news.example", 1, 1, 1, 0, 0),
    ],
    "pages": [
        ("/landing", 3, 3, 3, 4, 160), ("/blog", 2, 2, 2, 0, 0), ("/home", 1, 1, 1, 2, 250), ("/june", 1, 1, 1, 0, 0),
        ("/pricing", 1, 1, 1, 0, 0),
    ],
    "entry-pages": [
        ("/landing", 3, 3, 4, 4, 160), ("/blog", 2, 2, 2, 0, 0), ("/home", 1, 1, 1, 2, 250), ("/june", 1, 1, 1, 0, 0),
    ],
    "exit-pages": [
        ("/blog", 2, 2, 2, 0, 0), ("/landing", 2, 2, 2, 4, 160), ("/home", 1, 1, 1, 2, 250), ("/june", 1, 1, 1, 0, 0),
        ("/pricing", 1, 1, 2, 0, 0),
    ],
    "countries": [("(not set)", 2, 2, 2, 1, 60), ("ES", 1, 2, 2, 2, 100), ("US", 1, 3, 4, 3, 250)],
    "regions": [("(not set)", 3, 4, 4, 3, 160), ("TX", 1, 3, 4, 3, 250)],
    "cities": [("(not set)", 3, 4, 4, 3, 160), ("Austin", 1, 3, 4, 3, 250)],
    "devices": [("(not set)", 2, 2, 2, 1, 60), ("desktop", 1, 2, 2, 2, 100), ("mobile", 1, 3, 4, 3, 250)],
    "browsers": [("(not set)", 2, 2, 2, 1, 60), ("Chrome", 1, 2, 2, 2, 100), ("Safari", 1, 3, 4, 3, 250)],
    "os": [("(not set)", 2, 2, 2, 1, 60), ("Windows", 1, 2, 2, 2, 100), ("iOS", 1, 3, 4, 3, 250)],
}  # fmt: skip


@pytest.mark.parametrize("name", BOARDS)
def test_boards(world: Lab, name: str) -> None:
    """A10, A5: most visitors first; absent values are a row, so is Unattributed; pages credit the entry page."""
    result = world.profile.query(name, Selection(*WEEK))
    columns = ("value", "visitors", "visits", "pageviews", "conversions", "revenue")
    assert rows(result, *columns) == [*BOARDS[name], ("Unattributed", None, None, None, 1, 40)]
    for value, visitors, conversions, rate, row in rows(
        result, "value", "visitors", "conversions", "conversion_rate", "row"
    ):
        assert rate == (pytest.approx(100 * conversions / visitors, abs=1e-6) if visitors else None)  # E4
        assert row == {"(not set)": "not_set", "Unattributed": "unattributed"}.get(value, "value")
    assert result.meta["rows"] == len(BOARDS[name])


def test_board_by_any_dimension(world: Lab) -> None:
    """A6: ad sets and ads by name; credit of touches that name none is "(not set)"."""
    for dimension, name in (("ad_set", "Broad"), ("ad", "Video"), ("platform", "meta")):
        found = {
            value: tuple(rest)
            for value, *rest in rows(world.profile.board(*WEEK, by=dimension), "value", "visits", "conversions")
        }
        assert found[name] == (1, 1), dimension
        assert sum(visits for visits, _ in found.values() if visits) == 7
    assert world.profile.board(*WEEK, by="channel").table.equals(world.profile.channels(*WEEK).table)


def test_sort_search_and_limit_of_a_board(world: Lab) -> None:
    """A5: whatever is searched or cut off, Unattributed stays visible."""
    channels = world.profile.channels
    assert rows(channels(*WEEK, sort="revenue", limit=2), "value") == [("Direct",), ("Paid Search",), ("Unattributed",)]
    assert rows(channels(*WEEK, sort="value:asc", limit=1), "value") == [("Direct",), ("Unattributed",)]
    assert rows(channels(*WEEK, search="PAID"), "value") == [("Paid Search",), ("Paid Social",), ("Unattributed",)]
    assert channels(*WEEK, limit=2).meta["rows"] == 6


# ------------------------------------------------------------------ filters


def test_filters_act_on_each_kind_of_figure(world: Lab) -> None:
    """A10: traffic by the visit, credit by the touch, spend only where it can; whole sums have no value."""

    def told(*filters: str) -> dict[str, Any]:
        return data(world.profile.overview(*WEEK, filters=list(filters)))["current"]

    mobile = told("device=is:mobile")
    assert (mobile["visits"], mobile["conversions"], mobile["attributed_revenue"]) == (3, 3, 250)
    assert [mobile[name] for name in ("spend", "roas", "cac", "mer", "cash_revenue", "outcomes")] == [None] * 6
    assert mobile["attributed_outcomes"] == 3
    search = told("channel=is:Paid Search")
    assert (search["visits"], search["revenue"], search["spend"], search["roas"]) == (2, 60, 30, 2)
    spring = told("campaign=is:Spring")
    assert (spring["visits"], spring["spend"], spring["ad_conversions"], spring["cac"]) == (1, 170, 1, 170)
    assert told("platform=is:google")["spend"] == 30
    assert (told("ad=is:Video")["spend"], told("ad_set=is:Broad")["spend"]) == (100, 150)
    assert told("source=is:facebook")["spend"] == 170  # most touches of the campaign came by it
    leads = told("goal=is:lead_created")
    assert (leads["visits"], leads["spend"], leads["conversions"], leads["outcomes"]) == (7, 200, 1, 1)
    assert (leads["cash_revenue"], leads["ad_conversions"], leads["cac"]) == (0, 1, 200)
    assert told("page=is:/pricing")["visits"] == 1
    assert told("page=is_not:/pricing", "device=is:mobile")["visits"] == 2
    assert told("country=is:(not set)")["visits"] == 2
    assert told("country=is_not:US")["visits"] == 4
    assert told("country=not_contains:u")["visits"] == 4
    assert told("country=contains:s")["visits"] == 5


def test_goals_by_option_and_by_filter_are_the_same(world: Lab) -> None:
    """A10, G1: asking for a goal and filtering on it narrow the same conversions, and cash to their payments."""
    ask = world.profile.overview
    for goals, filters in (
        (["payment_received"], ["goal=is:payment_received"]),
        (["lead_created", "closed_won"], [Filter("goal", "is", ("lead_created", "closed_won"))]),
        (["showed"], ["goal=contains:SHOW", "goal=is_not:no_show"]),
    ):
        assert data(ask(*WEEK, goals=goals)) == data(ask(*WEEK, filters=filters))
    paid = data(ask(*WEEK, goals=["payment_received"]))["current"]
    assert (paid["outcomes"], paid["attributed_outcomes"], paid["conversions"], paid["cash_revenue"]) == (4, 3, 3, 450)


# ------------------------------------------------------------------ campaigns

LEVELS: dict[str, list[tuple[Any, ...]]] = {
    # row, platform, name, parent, spend, impressions, clicks, conversions, revenue, revenue without spend
    "campaign": [
        ("entity", "meta", "Spring", None, 170, 15_000, 250, 1, 0, 0),
        ("entity", "google", "Brand", None, 30, 1_000, 100, 0, 0, 0),
        ("unresolved", None, "(unresolved)", None, 0, 0, 0, 1, 60, 100),
    ],
    "ad_set": [
        ("entity", "meta", "Broad", "Spring", 150, 15_000, 250, 1, 0, 0),
        ("unassigned", "google", "(unassigned)", "Brand", 30, 1_000, 100, 0, 0, 0),
        ("unassigned", "meta", "(unassigned)", "Spring", 20, 0, 0, 0, 0, 0),
        ("unresolved", None, "(unresolved)", None, 0, 0, 0, 1, 60, 100),
    ],
    "ad": [
        ("entity", "meta", "Video", "Broad", 100, 10_000, 200, 1, 0, 0),
        ("entity", "meta", "Still", "Broad", 50, 5_000, 50, 0, 0, 0),
        ("unassigned", "google", "(unassigned)", None, 30, 1_000, 100, 0, 0, 0),
        ("unassigned", "meta", "(unassigned)", None, 20, 0, 0, 0, 0, 0),
        ("unresolved", None, "(unresolved)", None, 0, 0, 0, 1, 60, 100),
    ],
}


@pytest.mark.parametrize("level", LEVELS)
def test_campaigns_at_each_level(world: Lab, level: str) -> None:
    """A6: levels tie through "(unassigned)"; ad touches that name no entity are a row; each knows its parent."""
    result = world.profile.campaigns(*WEEK, level=level)
    columns = (
        "row", "platform", "entity_name", "parent_name", "spend", "impressions", "clicks", "outcome_count",
        "outcome_value", "ad_revenue_without_spend",
    )  # fmt: skip
    assert rows(result, *columns) == LEVELS[level]
    totals = result.meta["totals"]
    assert (totals["spend"], totals["outcome_count"], totals["outcome_value"], totals["roas"]) == (200, 2, 60, 0.3)
    assert set(result.table["entity_level"]) == {level}


def test_rates_of_an_ad_come_from_its_sums(world: Lab) -> None:
    """A9: each rate of the ad by its definition; of the campaign from the sums, never from the rates."""
    video, *_ = world.profile.campaigns(*WEEK, level="ad").table.to_dicts()
    rates = {
        "ctr": 2, "avg_cpm": 10, "avg_cpc": 0.5, "frequency": 2, "hook_rate": 20, "retention_rate": 30,
        "completion_rate": 10, "thumb_stop_rate": 40, "avg_watch_seconds": 5, "roas": 0, "cac": 100,
    }  # fmt: skip
    assert {name: video[name] for name in rates} == near(rates)
    facts = ("status", "objective", "daily_budget", "campaign_name", "campaign_id", "entity_id")
    assert [video[name] for name in facts] == ["ACTIVE", "SALES", 50, "Spring", "c1", "a1"]
    spring, brand, unresolved = world.profile.campaigns(*WEEK).table.to_dicts()
    assert (spring["ctr"], spring["avg_cpm"]) == (
        pytest.approx(5 / 3, abs=1e-6),
        pytest.approx(170 / 15, abs=1e-6),
    )
    assert (brand["reach"], brand["frequency"], brand["cac"]) == (None, None, None)  # none told, nobody converted
    assert (unresolved["roas"], unresolved["cac"]) == (None, 0)


def test_campaigns_search_and_limit(world: Lab) -> None:
    """Search and limit act on entities; the totals stay those of every row."""
    found = world.profile.campaigns(*WEEK, search="SPR")
    assert rows(found, "entity_name") == [("Spring",)]
    assert found.meta["totals"]["spend"] == 200
    cut = world.profile.campaigns(*WEEK, sort="spend:asc", limit=1)
    assert rows(cut, "entity_name") == [("Brand",), ("(unresolved)",)]
    assert cut.meta["rows"] == 2


def test_trend_has_every_day_of_every_entity(world: Lab) -> None:
    """doc:620: as asked, in that order, with zeros; an id that two platforms have must say which."""
    result = world.profile.trend(FROM, date(2026, 6, 10), entity_ids=["google:c9", "c1"])
    assert rows(result, "entity_id", "spend", "impressions", "clicks", "outcome_count", "roas") == [
        ("google:c9", 30, 1_000, 100, 0, 0),
        ("google:c9", 0, 0, 0, 0, None),
        ("google:c9", 0, 0, 0, 0, None),
        ("c1", 100, 10_000, 200, 1, 0),
        ("c1", 50, 5_000, 50, 0, 0),
        ("c1", 20, 0, 0, 0, 0),
    ]
    ads = world.profile.trend(FROM, FROM, entity_ids=["a2", "a1"], level="ad")
    assert rows(ads, "entity_id", "spend") == [("a2", 0), ("a1", 100)]
    under = world.profile.trend(FROM, FROM, entity_ids=["c1"], filters=["device=is:mobile"])
    assert rows(under, "spend", "impressions", "clicks", "roas", "outcome_count") == [(None, None, None, None, 1)]
    same = world.profile.trend(FROM, FROM, entity_ids=["c1", "meta:c1"])
    assert rows(same, "entity_id", "spend") == [("c1", 100), ("meta:c1", 100)]


def test_fatigue_at_its_edges(world: Lab) -> None:
    """N2: exactly 20 % is a sign, a frequency of exactly 3 or one that stands still is none; too small: not judged."""
    result = world.profile.fatigue(date(2025, 9, 8), date(2025, 9, 14))
    columns = ("entity_id", "is_judged", "ctr_down", "cpm_up", "frequency_high", "signals")
    assert rows(result, *columns) == [
        ("edge", True, True, True, True, 3),
        ("third", True, True, False, False, 1),
        ("inside", True, False, False, False, 0),
        ("new", False, False, False, False, 0),
        ("small", False, False, False, False, 0),
        ("steady", True, False, False, False, 0),
    ]
    first = result.table.row(0, named=True)
    both = ("ctr", "ctr_before", "avg_cpm", "avg_cpm_before", "frequency", "frequency_before")
    assert [first[name] for name in both] == [2.8, 3.5, 12, 10, 4, 2]
    assert result.meta["fatigued"] == 2


# ------------------------------------------------------------------ conversions and money


def test_conversions_by_goal_and_by_day(world: Lab) -> None:
    """G1, G2: every goal counts, also negative ones; outcomes are those of the overview."""
    result = world.profile.conversions(*WEEK)
    assert rows(result, "event_type", "count", "outcomes", "value") == [
        ("payment_received", 4, 4, 500),
        ("appointment_booked", 1, 1, 0),
        ("closed_won", 1, 1, 1000),
        ("lead_created", 1, 1, 0),
        ("no_show", 1, 0, 0),
    ]
    days = world.profile.conversions_timeseries(*WEEK)
    assert rows(days, "date", "event_type", "count") == [
        (date(2026, 6, 8), "lead_created", 1),
        (date(2026, 6, 8), "payment_received", 1),
        (date(2026, 6, 9), "payment_received", 1),
        (date(2026, 6, 10), "appointment_booked", 1),
        (date(2026, 6, 10), "payment_received", 1),
        (date(2026, 6, 11), "closed_won", 1),
        (date(2026, 6, 11), "no_show", 1),
        (date(2026, 6, 11), "payment_received", 1),
    ]
    assert rows(world.profile.conversions(*WEEK, goals=["closed_won"]), "event_type") == [("closed_won",)]


def test_revenue_by_day_under_both_bases(world: Lab) -> None:
    """A5, A7, A8: credited + Unattributed = cash on each conversion day; by touch date the credit moves."""
    columns = ("revenue", "attributed_revenue", "unattributed_revenue", "cash_revenue", "spend", "refunded")
    assert rows(world.profile.revenue(*WEEK), *columns) == [
        (60, 60, 0, 60, 130, 0), (0, 300, 0, 300, 50, 0), (0, 100, 0, 100, 20, 0), (0, 0, 40, 40, 0, 0),
        (0, -50, 0, -50, 0, -50), (0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0),
    ]  # fmt: skip
    touched = world.profile.revenue(*WEEK, model="linear", date_basis="touch")
    # 8 June: half of Ana's 250 by the ad, Bob's organic half, d3's ad; 9 June her other half; 10 June Bob's click
    assert rows(touched, "revenue", "attributed_revenue") == [(185, 235), (0, 125), (0, 50), *[(0, 0)] * 4]
    assert touched.meta["totals"]["outside_revenue"] == 0


def test_cash_by_source_and_currency(world: Lab) -> None:
    """T2, T3: in the original currency, refunds negative, names of sources in one case; ties to the overview."""
    columns = ("source", "currency", "total", "count", "gross", "refunded", "refunds", "total_reporting", "unconverted")
    assert rows(world.profile.cash(*WEEK), *columns) == [
        ("stripe", "USD", 310, 2, 360, -50, 1, 310, 0),
        ("mercadopago", "EUR", 80, 1, 80, 0, 0, 100, 0),
        ("(not set)", "USD", 40, 1, 40, 0, 0, 40, 0),
    ]


# ------------------------------------------------------------------ people


def test_customers_newest_first_with_the_last_touch(world: Lab) -> None:
    """DOMAIN 9: channel and source are the same touch's: Direct has no source, whatever came before it."""
    result = world.profile.customers(*WEEK)
    columns = (
        "goal", "name", "channel", "source", "first_channel", "revenue", "touch_count", "conversion_count",
        "total_revenue",
    )  # fmt: skip
    ana = "Ana 100%_\\O'Neil 🦊"
    found = rows(result, *columns)
    assert sorted(found[:2]) == [
        ("closed_won", ana, "Direct", None, "Paid Social", 1000, 2, 3, 250),
        ("payment_received", "=Eve", None, None, None, 40, 0, 1, 40),
    ]  # at the same instant
    assert [row[0] for row in found[2:]] == [
        "appointment_booked", "payment_received", "payment_received", "payment_received", "lead_created",
    ]  # fmt: skip
    assert found[4] == ("payment_received", ana, "Direct", None, "Paid Social", 300, 2, 3, 250)
    last = result.table.row(6, named=True)
    assert (last["time_to_complete_seconds"], last["touch_channels"], last["country"]) == (120, ["Paid Social"], "US")
    assert rows(world.profile.customers(*WEEK, goals=["lead_created"]), "name") == [(ana,)]
    direct = world.profile.customers(*WEEK, filters=["channel=is:Direct"])
    assert direct.table["goal"].to_list() == ["closed_won", "payment_received"]
    for basis in ("conversion", "touch"):
        only = world.profile.customers(date(2026, 6, 11), TO, filters=["channel=is:Direct"], date_basis=basis)
        assert only.table["goal"].to_list() == ["closed_won"], basis  # a list of conversions is of their days


def test_visitors_last_seen_first(world: Lab) -> None:
    """I6, E1: known people by name, others by their two words; figures are the range's, cash the person's."""
    result = world.profile.visitors(*WEEK)
    columns = (
        "visitor_id", "is_identified", "channel", "source", "session_count", "total_pageviews", "total_revenue",
        "device",
    )  # fmt: skip
    assert rows(result, *columns) == [
        ("d1", True, "Email", "news", 3, 4, 250, "mobile"),
        ("d4", False, "Referral", "news.example", 1, 1, 0, None),
        ("d2", True, "Paid Search", "google", 2, 2, 100, "desktop"),
        ("d3", False, "Paid Search", "google", 1, 1, 60, None),
    ]
    first, anonymous, *_ = result.table.to_dicts()
    assert (first["email"], first["touch_channels"]) == ("ana@x.example", ["Direct", "Email", "Paid Social"])
    assert (anonymous["customer_profile_id"], len(anonymous["name"].split())) == (None, 2)
    direct = world.profile.visitors(FROM, date(2026, 6, 9), filters=["device=is:mobile"]).table.row(0, named=True)
    assert (direct["channel"], direct["source"]) == ("Direct", None)  # of the latest session, both


@pytest.mark.parametrize("limit", [1, 4, 7, 30, 100])
def test_pages_of_a_list_cover_everything_exactly_once(world: Lab, limit: int) -> None:
    """30 payments at the same instant: no page repeats or skips one."""
    days = (date(2025, 11, 1), date(2025, 11, 30))
    seen: list[str] = []
    cursor = None
    while True:
        page = world.profile.customers(*days, limit=limit, cursor=cursor)
        seen += page.table["conversion_id"].to_list()
        assert page.pagination is not None
        assert page.pagination["has_next"] == (page.pagination["cursor"] is not None)
        if not page.pagination["has_next"]:
            break
        cursor = page.pagination["cursor"]
    assert len(seen) == len(set(seen)) == 30
    first = world.profile.visitors(*WEEK, limit=3)
    rest = world.profile.visitors(*WEEK, limit=3, cursor=(first.pagination or {})["cursor"])
    assert [*first.table["visitor_id"], *rest.table["visitor_id"]] == ["d1", "d4", "d2", "d3"]


@pytest.mark.parametrize("text", ["ANA", "100%_", "\\O'Neil", "🦊", "ana@x", "%", "_"])
def test_search_takes_every_character_as_itself(world: Lab, text: str) -> None:
    assert world.profile.visitors(*WEEK, search=text).table["visitor_id"].to_list() == ["d1"]
    assert set(world.profile.customers(*WEEK, search=text).table["email"]) == {"ana@x.example"}


def test_search_that_finds_nobody(world: Lab) -> None:
    for text in ("nobody", "%%", "' or 1=1 --", "x" * 10_000):
        assert world.profile.visitors(*WEEK, search=text).table.is_empty()
        assert world.profile.customers(*WEEK, search=text).table.is_empty()


def test_masked_lists_name_nobody(world: Lab) -> None:
    """doc:6898: emails and phones with their middles hidden, first names alone; two words of nobody stay."""
    days = (*WEEK,)
    for result in (world.profile.customers(*days, masked=True), world.profile.visitors(*days, masked=True)):
        text = str(result.table.to_dicts())
        assert "a***@x****.example" in text
        assert not any(secret in text for secret in ("ana@", "bob@", "O'Neil", "100%"))
    told = data(world.profile.journey(*days, id="ana@x.example", masked=True))
    addresses = {event["url"] for event in told["events"]}
    assert "https://shop.example/landing" in addresses  # without what stood behind the question mark
    assert told["customer"]["email"] == "a***@x****.example"
    unknown = world.profile.customers(*days, masked=True, filters=["country=is:(not set)"]).table["name"].to_list()
    assert unknown == world.profile.customers(*days, filters=["country=is:(not set)"]).table["name"].to_list()
    names = set(
        world.profile.visitors(*days).table.filter(~world.profile.visitors(*days).table["is_identified"])["name"]
    )
    assert names <= set(world.profile.visitors(*days, masked=True).table["name"])


def test_journey_in_order_with_credit_per_touch(world: Lab) -> None:
    """doc:1211, A4: everything of one person; a touch carries its credit over all conversions, refunds deducted."""
    result = world.profile.journey(*WEEK, id="ana@x.example")
    found = rows(result, "event_time", "kind", "event_type", "credited_conversions", "credited_revenue")
    assert [(kind, event, count, cash) for _, kind, event, count, cash in found] == [
        ("touch", "touch", 0, 0),
        ("touch", "touch", 0, 0),
        ("touch", "ad_impression", 0, 0),
        ("event", "page_view", 1, 0),
        ("event", "page_view", None, None),
        ("conversion", "lead_created", None, None),
        ("event", "page_view", 2, 250),
        ("touch", "ad_impression", 0, 0),
        ("conversion", "payment_received", None, None),
        ("conversion", "closed_won", None, None),
        ("refund", "refund", None, None),
        ("event", "page_view", 0, 0),
    ]
    assert [row[0] for row in found] == sorted(row[0] for row in found)
    told = data(result)
    assert (told["total_count"], told["customer"]["email"]) == (12, "ana@x.example")
    assert result.table.row(3, named=True)["campaign"] == "Spring"
    linear = world.profile.journey(*WEEK, id="d1", model="linear").table
    assert linear["credited_revenue"].to_list()[3:7:3] == [125, 125]
    first = world.profile.journey(*WEEK, id=" ANA@X.example ", model="first_touch").table
    assert first["credited_revenue"].to_list()[1] == 250


def test_journey_is_paged_by_how_many_to_skip(world: Lab) -> None:
    whole = world.profile.journey(*WEEK, id="d1").table["id"].to_list()
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = world.profile.journey(*WEEK, id="d1", limit=5, cursor=cursor)
        assert data(page)["total_count"] == 12
        seen += page.table["id"].to_list()
        cursor = (page.pagination or {})["cursor"]
    assert (seen, cursor) == (whole, None)
    assert world.profile.journey(*WEEK, id="d1", cursor="12").table.is_empty()


def test_ids_of_before_a_merge_still_find_the_person(make_lab: Callable[..., Lab]) -> None:
    """I4: the id an unknown visitor had leads to whom it turned out to be."""
    lab = make_lab()
    page = {
        "event_type": "page_view",
        "event_time": "2026-06-01T10:00:00Z",
        "anonymous_id": "d",
        "url": "https://shop.example/",
    }
    lab.events(page)
    days = (date(2026, 6, 1), date(2026, 6, 1))
    old = lab.rebuild().profile.visitors(*days).table["person_id"][0]
    lab.people({"email": "a@x.example", "anonymous_id": "d"})
    found = lab.rebuild().profile.journey(*days, id=old)
    new = data(found)["customer"]["customer_profile_id"]
    assert (new != old, data(found)["customer"]["email"], found.table.height) == (True, "a@x.example", 1)
    assert all(data(lab.profile.journey(*days, id=text)) == data(found) for text in (new, "d", "a@x.example"))


# ------------------------------------------------------------------ trust


def test_quality_counts_tags_and_coverage(world: Lab) -> None:
    """N3, A5: full UTMs, a click id only, nothing; coverage of the click window whatever the model."""
    day = date(2026, 3, 10)
    told = data(world.profile.quality(day, day))
    counts = (
        "total_events",
        "with_full_utms",
        "with_fbclid_only",
        "with_no_tracking",
        "outcomes",
        "attributed_outcomes",
    )
    assert [told[name] for name in counts] == [3, 1, 1, 1, 3, 3]
    assert (told["tracking_coverage_percent"], told["tracking_band"]) == (pytest.approx(200 / 3, abs=1e-6), "caution")
    assert (told["coverage_percent"], told["coverage_band"], told["cash_coverage_percent"]) == (100, "excellent", None)
    week = data(world.profile.quality(*WEEK, model="first_touch"))
    assert (week["total_events"], week["coverage_band"]) == (7, "good")
    assert week["cash_coverage_percent"] == pytest.approx(100 * 410 / 450, abs=1e-6)


def test_bands_at_their_edges() -> None:
    """A5: >= 90 excellent, >= 80 good, 60-80 caution, below poor; nothing to cover has none."""
    edges = {
        100: "excellent",
        90: "excellent",
        89.999: "good",
        80: "good",
        79.999: "caution",
        60: "caution",
        59.999: "poor",
        0: "poor",
    }
    assert {percent: band(percent) for percent in edges} == edges
    assert band(None) is None


def test_funnel_counts_events_in_each_scope(world: Lab) -> None:
    """N3, doc:7612: the chain with rates and losses; deals in a pipeline, and everything else."""
    told = data(world.profile.funnel(*WEEK))
    chain = [tuple(step.values())[2:] for step in told["main_chain"]]
    assert chain == [(1, None, 0), (1, 100, 0), (0, 0, 1), (0, None, 0), (1, None, -1)]
    assert [step["key"] for step in told["main_chain"]] == [
        "lead_created", "appointment_booked", "showed", "qualified", "closed_won",
    ]  # fmt: skip
    assert {loss["key"]: loss["count"] for loss in told["drop_off_outcomes"]} == {
        "disqualified": 0, "no_show": 1, "closed_lost": 0,
    }  # fmt: skip
    assert told["totals"] == {"all_events": 8, "leads": 1, "closed_won": 1, "lead_to_closed_won_rate_pct": 100}
    deals = data(world.profile.funnel(*WEEK, scope="pipeline_only"))
    contacts = data(world.profile.funnel(*WEEK, scope="contact_only"))
    assert (deals["totals"]["all_events"], contacts["totals"]["all_events"]) == (1, 7)
    assert (deals["totals"]["closed_won"], contacts["totals"]["leads"]) == (1, 1)
    assert deals["totals"]["lead_to_closed_won_rate_pct"] is None


def test_anomalies_by_hand(world: Lab) -> None:
    """N1: twelve Mondays of 10 and 12 and one of 100; twelve Tuesdays of 10, whose MAD is zero, and one of 50."""
    days = (date(2025, 6, 2), date(2025, 6, 8))
    result = world.profile.anomalies(*days, metrics=["spend"])
    columns = ("date", "observed", "expected_low", "expected", "expected_high", "z_score", "direction")
    expected = [
        (days[0], 100, 12, 4 / 0.6745, 0.6745 * 88 / 2),
        (date(2025, 6, 3), 50, 10, 2 * (40 / 13) / 0.7979, 0.7979 * 40 / (40 / 13)),
    ]
    assert rows(result, *columns) == [
        (
            day,
            observed,
            pytest.approx(middle - width),
            middle,
            pytest.approx(middle + width),
            pytest.approx(score),
            "spike",
        )
        for day, observed, middle, width, score in expected
    ]
    assert len(rows(world.profile.anomalies(*days, metrics=["spend"], threshold=20), "date")) == 1
    assert world.profile.anomalies(*days, metrics=["spend"], threshold=30).table.is_empty()
    # fewer than four such days since the first one with data: nothing to judge by
    assert world.profile.anomalies(date(2025, 3, 10), date(2025, 3, 28), metrics=["spend"]).table.is_empty()


def test_engagement_of_one_visit(world: Lab) -> None:
    """doc:7766: scroll, time, frustration, forms, video, vitals; by page and by day."""
    day = date(2026, 3, 2)
    told = data(world.profile.engagement(day, day))["summary"]
    # 35 x 80 % scroll + 35 x 27 s / 120 s + 15 second page + 15 form - 20 frustration
    assert told["attention"] == {
        "avg_engaged_seconds": 27, "avg_engagement_score": 45.875, "bounce_rate": 0, "avg_scroll_percent": 60,
    }  # fmt: skip
    assert told["frustration"] == {"rage_clicks": 1, "dead_clicks": 1, "js_errors": 1}
    assert told["forms"] == {"submitted": 1, "started": 2, "abandoned": 1, "completion_percent": 50}
    assert told["video"] == {"plays": 1, "completions": 1, "completion_percent": 100}
    assert (told["web_vitals"]["avg_lcp"], told["web_vitals"]["lcp_good_percent"]) == (3_500, 50)
    pages = world.profile.engagement(day, day, by="page")
    assert rows(pages, "page", "pageviews", "avg_scroll_percent", "js_errors", "avg_lcp") == [
        ("/a", 1, 40, 0, 2_000),
        ("/b", 1, 80, 1, 5_000),
    ]
    assert rows(world.profile.engagement(day, day, by="day"), "date", "pageviews") == [(day, 2)]
    empty = data(world.profile.engagement(date(2026, 3, 3), date(2026, 3, 3)))["summary"]
    assert (empty["forms"]["completion_percent"], empty["video"]["completion_percent"]) == (None, None)


def test_realtime_counts_the_last_five_minutes(make_lab: Callable[..., Lab]) -> None:
    """E8: visitors with an event in them; nobody when the source is fresh, a dash when it is not."""
    lab = make_lab()

    def page(visitor: str, time: str, kind: str = "page_view") -> dict[str, str]:
        return {
            "event_type": kind,
            "event_time": f"2026-07-01T{time}Z",
            "anonymous_id": visitor,
            "url": "https://shop.example/",
        }

    lab.events(
        page("a", "11:50:00"),
        page("a", "11:58:00", "click"),
        page("b", "11:57:00"),
        page("b", "11:59:00"),
        page("c", "11:54:59"),
    )
    ask = lab.rebuild().profile
    assert data(ask.realtime())["visitors_online"] == 2
    lab.now = datetime(2026, 7, 1, 12, 10, tzinfo=UTC)
    told = data(ask.realtime())
    assert (told["visitors_online"], told["last_event_at"]) == (None, datetime.fromisoformat("2026-07-01T11:59:00"))


def test_keywords_of_a_search_console(world: Lab) -> None:
    """A9, E7: CTR and position from sums, the position weighted by impressions; an earlier version does not count."""
    result = world.profile.keywords(*WEEK)
    assert rows(result, "keyword", "impressions", "clicks", "ctr", "avg_position") == [
        ("shoes", 400, 40, 10, 3.5),
        ("50% off", 50, 0, 0, 9),
    ]
    assert rows(world.profile.keywords(*WEEK, search="%"), "keyword") == [("50% off",)]
    assert rows(world.profile.keywords(*WEEK, sort="impressions:asc", limit=1), "keyword") == [("50% off",)]


# ------------------------------------------------------------------ models


def test_compare_by_hand(world: Lab) -> None:
    """INTERFACES: per model conversions, revenue, ROAS, and the change against the first one named."""
    result = world.profile.compare(*WEEK, models=["last_touch", "linear"], by="campaign")
    spring = next(row for row in result.table.to_dicts() if row["value"] == "Spring")
    assert (spring["row"], spring["platform"], spring["entity_id"], spring["spend"]) == ("entity", "meta", "c1", 170)
    assert (spring["last_touch.revenue"], spring["linear.revenue"], spring["linear.conversions"]) == (0, 125, 2)
    assert (spring["linear.roas"], spring["linear.change"]) == (pytest.approx(125 / 170, abs=1e-6), 125)
    assert spring["linear.change_percent"] is None  # of nothing
    channels = world.profile.compare(*WEEK, models=["last_touch", "linear"])
    found = {row["value"]: row for row in channels.table.to_dicts()}
    # linear takes 125 of Direct's 250 and 50 of Paid Search's 160
    assert (found["Direct"]["linear.change"], found["Direct"]["linear.change_percent"]) == (-125, -50)
    assert found["Organic Search"]["linear.revenue"] == 50
    assert channels.meta["moved_percent"] == {"last_touch": 0, "linear": pytest.approx(100 * 175 / 410, abs=1e-6)}
    assert (channels.meta["baseline"], found["Unattributed"]["linear.revenue"]) == ("last_touch", 40)
    first = world.profile.compare(*WEEK, models=["linear", "first_touch"], by="source", date_basis="touch").table
    kept = {row["value"]: row for row in first.to_dicts()}
    assert kept["outside the range"]["first_touch.change"] == 250  # all of Ana's cash, on a day of April
    assert kept["Unattributed"]["first_touch.change_percent"] == 0
    landing = world.profile.compare(*WEEK, models=["last_touch"], by="landing_page").table
    assert landing.filter(landing["value"] == "/home")["last_touch.revenue"].to_list() == [250]
    assert landing["last_touch.roas"].to_list() == [None] * landing.height
    shared = world.profile.compare(*WEEK, models=["markov", "shapley"]).table
    for model in ("markov", "shapley"):  # A4: the fitted share of each state stands beside the sums
        assert 0 < shared[f"{model}.share"].sum() <= 1 + 1e-9
    assert all(
        "share" not in name for name in world.profile.compare(*WEEK, models=["markov"], by="source").table.columns
    )


def test_compare_campaigns_beside_channels(world: Lab) -> None:
    """Ad campaigns with their channel, what no campaign brought by channel, and sums that tie to all cash."""
    result = world.profile.compare(*WEEK, models=["last_touch", "linear"], by="campaign_or_channel", search="spring")
    assert [(row["value"], row["row"], row["channel"]) for row in result.table.to_dicts()] == [
        ("Spring", "entity", "Paid Social"),
        ("Unattributed", "unattributed", None),
    ]
    found = {row["value"]: row for row in world.profile.compare(*WEEK, by="campaign_or_channel").table.to_dicts()}
    assert (found["Organic Search"]["row"], found["Organic Search"]["channel"]) == ("value", "Organic Search")
    assert found["Spring"]["linear.cac"] == pytest.approx(170 / found["Spring"]["linear.ad_conversions"], abs=1e-6)
    totals = result.meta["totals"]
    # Spring has 125 of the week's 450 cash under linear, an ad that names no campaign 60 under both, nobody has 40;
    # 200 was spent, 170 for Spring. The sums of ads are the overview's revenue from ads (A6, A7).
    assert (found["(unresolved)"]["row"], found["(unresolved)"]["linear.revenue"]) == ("unresolved", 60)
    assert (totals["entities"]["linear.revenue"], totals["entities"]["last_touch.revenue"]) == (185, 60)
    assert (totals["others"]["linear.revenue"], totals["others"]["last_touch.revenue"]) == (225, 350)
    assert (totals["all"]["linear.revenue"], totals["all"]["linear.change_percent"]) == (450, 0)
    assert (totals["entities"]["spend"], totals["entities"]["linear.roas"]) == (200, 0.925)
    assert totals["others"]["linear.change_percent"] == pytest.approx(100 * -125 / 350, abs=1e-6)
    assert totals["entities"]["linear.change_percent"] == pytest.approx(100 * 125 / 60, abs=1e-6)
    assert result.table["linear.change_percent"][0] is None  # Spring had nothing


def test_path_lengths_by_hand(world: Lab) -> None:
    """Ana's, Bob's, d3's and Eve's conversions of the week by touches within 30 days, and what no touch reaches."""
    result = world.profile.path_lengths(*WEEK)
    assert result.table["touches"].to_list() == list(range(11))
    told = world.profile.quality(*WEEK).data
    assert told is not None
    coverage = result.meta["coverage"]
    assert (coverage["within"]["conversions"], coverage["within"]["cash"]) == (
        told["attributed_outcomes"],
        told["covered_revenue"],
    )
    assert sum(part["cash"] for part in coverage.values()) == told["cash_revenue"] == 450
    # p4 of Eve, who has no touch at all
    assert coverage["none"] == {"conversions": 1, "cash": 40}
    payments = world.profile.path_lengths(*WEEK, goals=["payment_received"])
    # 0: p4; 1: p3; 2: p1 less its refund, and p2
    assert rows(payments, "touches", "conversions", "cash")[:4] == [(0, 1, 40), (1, 1, 60), (2, 2, 350), (3, 0, 0)]
    assert payments.meta["mean"] == pytest.approx(5 / 3, abs=1e-6)
    # Bob alone came by Organic Search: with p2 and the appointment
    narrowed = world.profile.path_lengths(*WEEK, filters=["channel=is:Organic Search"])
    assert [row for row in rows(narrowed, "touches", "conversions", "cash") if row[1]] == [(2, 2, 100)]
    assert narrowed.meta["coverage"] is None
    # A click window of 1 day leaves the first-touch window to reach further.
    short = world.profile.path_lengths(*WEEK, settings=CreditSettings(click_window_days=1))
    assert short.meta["coverage"]["first_touch_only"]["conversions"] > 0


def test_intervals_are_seeded_and_not_shown_for_few(world: Lab) -> None:
    """N5: 25 conversions have bounds around their sum, 5 have none; asked again, the same figures."""
    days = (date(2025, 11, 1), date(2025, 11, 30))
    for model in ("last_touch", "markov"):
        first, again = (world.profile.intervals(*days, model=model) for _ in range(2))
        assert first.table.equals(again.table)
        email, affiliate = first.table.to_dicts()
        assert (email["value"], email["conversions"], email["revenue"], email["rank"]) == ("Email", 25, 550, 1)
        assert 300 < email["revenue_low"] < 550 < email["revenue_high"] < 800
        assert (affiliate["conversions"], affiliate["revenue"]) == (5, 185)
        assert [affiliate[name] for name in affiliate if name.endswith(("_low", "_high", "_percent"))] == [None] * 7
    assert (first.meta["resamples"], first.meta["level"]) == (500, 0.9)


def test_explain_shows_every_touch_and_why(world: Lab) -> None:
    """A2, INTERFACES: each touch of the person, eligible or not with the reason, its credit, its raw record."""
    result = world.profile.explain(id="p1")
    columns = ("reason", "position", "first_position", "last_touch", "first_touch", "linear", "file_name", "line")
    assert rows(result, *columns) == [
        ("outside_click_window", 0, 0, 0, 0, 0, "standard input", 1),
        ("first_touch_window_only", 0, 1, 0, 1, 0, "standard input", 2),
        ("outside_view_window", 0, 0, 0, 0, 0, "standard input", 3),
        ("eligible", 1, 2, 0, 0, 0.5, "standard input", 1),
        ("eligible", 2, 3, 1, 0, 0.5, "standard input", 3),
        ("view_beside_click", 0, 0, 0, 0, 0, "standard input", 4),
        ("after_conversion", 0, 0, 0, 0, 0, "standard input", 4),
    ]
    told = data(result)
    assert (told["conversion"]["source_id"], told["conversion"]["line"], told["conversion"]["amount"]) == ("p1", 1, 300)
    for model in told["models"]:
        assert result.table[model].sum() == pytest.approx(1)
    same = world.profile.explain(id=told["conversion"]["conversion_id"])
    assert same.table.equals(result.table)
    decay = [2 ** -(age / 7) for age in (26 / 24, 3 / 24)]
    assert result.table["time_decay"].to_list()[3] == pytest.approx(decay[0] / sum(decay))


def test_explain_of_what_cannot_be_credited(world: Lab) -> None:
    negative = world.profile.explain(id="noshow")
    assert set(negative.table["reason"]) == {"goal_not_eligible"}
    assert world.profile.explain(id="p4").table.is_empty()  # nobody saw eve before


def test_a_what_if_changes_the_figures_and_nothing_else(world: Lab) -> None:
    """A2: with a click window of one day Ana's Direct visit is alone; the profile's own figures stay."""
    from dataclasses import replace

    usual = CreditSettings.of_profile(world.profile.settings)
    short = replace(usual, click_window_days=1)
    told = data(world.profile.overview(*WEEK, model="linear", settings=short))["current"]
    assert (told["revenue"], told["ad_revenue_without_spend"], told["attributed_revenue"]) == (60, 100, 360 + 50)
    assert data(world.profile.overview(*WEEK))["current"] == near(CURRENT)
    reasons = world.profile.explain(id="p1", settings=short).table["reason"].to_list()
    assert reasons.count("eligible") == 1


def test_filters_given_as_objects_and_with_several_values(world: Lab) -> None:
    """A filter may name several values: any of them, or none of them."""
    either = Filter("country", "is", ("US", "ES"))
    neither = Filter("country", "is_not", ("US", "ES"))
    visits = [data(world.profile.overview(*WEEK, filters=[item]))["current"]["visits"] for item in (either, neither)]
    assert visits == [5, 2]


def test_a_model_of_the_users_own_is_a_model_everywhere(make_lab: Callable[..., Lab]) -> None:
    """A4, A5: its weights are normalised per conversion; its columns, lists, bounds and explanations are like any."""
    lab = make_lab()
    mail = {"email": "a@x.example", "channel": "Email"}
    lab.touches(
        mail | {"time": "2026-06-01T00:00:00Z"},
        mail | {"time": "2026-06-02T00:00:00Z", "channel": "Affiliate"},
        mail | {"time": "2026-06-03T00:00:00Z", "channel": "Referral"},
    )
    paid = {"event_type": "payment_received", "value_amount": 60, "currency": "USD"}
    lab.conversions(
        {"conversion_id": "k", "email": "a@x.example", "time": "2026-06-04T00:00:00Z", **paid},
        {"conversion_id": "u", "email": "b@x.example", "time": "2026-06-04T00:00:00Z", **paid},
    )
    ask = lab.rebuild().profile
    ask.define_model("late", "position")
    days = (date(2026, 6, 1), date(2026, 6, 5))
    shares = {"Referral": 30, "Affiliate": 20, "Email": 10, "Unattributed": 60}
    assert dict(rows(ask.channels(*days, model="late"), "value", "revenue")) == near(shares)
    compared = ask.compare(*days, models=["linear", "late"])
    assert dict(rows(compared, "value", "late.revenue")) == near(shares)
    assert compared.meta["moved_percent"]["late"] == pytest.approx(100 / 6, abs=1e-5)
    assert ask.explain(id="k").table["late"].to_list() == pytest.approx([1 / 6, 2 / 6, 3 / 6])
    journey = ask.journey(*days, id="a@x.example", model="late").table["credited_revenue"].to_list()
    assert [value for value in journey if value is not None] == pytest.approx([10, 20, 30])
    bounds = ask.intervals(*days, model="late")
    assert dict(rows(bounds, "value", "revenue")) == near(
        {value: shares[value] for value in shares if value != "Unattributed"}
    )
    for basis in ("conversion", "touch"):
        told = data(ask.overview(*days, model="late", date_basis=basis))["current"]
        assert (told["attributed_revenue"], told["unattributed_revenue"]) == (60, 60)
