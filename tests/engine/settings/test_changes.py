"""A preview names what the real change then does, and undo puts back settings and derived figures exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from engine import AttribenchError, ChannelRule, Code, Condition, Goal, Task
from engine.derive.pipeline import DERIVED_TABLES
from engine.errors import Cancelled
from engine.queries.selection import Selection
from tests.engine.queries.world import fill

if TYPE_CHECKING:
    import polars as pl

    from engine.settings.preview import ChangePreview
    from tests.conftest import Lab

ALL = Selection(date(2025, 1, 1), date(2026, 7, 1))

RULES = (
    ChannelRule("Affiliate", (Condition("source", "is", "news"), Condition("medium", "contains", "mail"))),
    ChannelRule("Display", (Condition("referrer", "is", "news.example"),)),
    ChannelRule("Email", (Condition("campaign", "is", "c1"), Condition("click_id", "is_not", "gclid"))),
    ChannelRule("Referral", (Condition("entry_page", "contains", "/land"),)),
    ChannelRule("Organic Social", (Condition("source", "contains", "crm"),)),
)

CHANGES: dict[str, dict[str, Any]] = {
    "rules": {"channel_rules": RULES},
    "rules in another order": {"channel_rules": RULES[::-1], "fbclid_policy": "needs_paid_utm"},
    "no rules": {"channel_rules": ()},
    "windows": {
        "click_window_days": 3,
        "first_touch_window_days": 300,
        "view_window_hours": 48,
        "half_life_days": 1.5,
    },
    "weights": {"weight_first": 1.0, "weight_middle": 0.0, "weight_last": 0.0},
    "visits": {
        "session_timeout_minutes": 1,
        "split_on_source": False,
        "engagement_time": 80.0,
        "engagement_seconds": 10.0,
    },
    "currency and zone": {"currency": "EUR", "timezone": "America/Mexico_City"},
    "domains and stages": {
        "domains": ("shop.example", "news.example"),
        "stage_goals": (("Sales", "Closed won", "qualified"),),
    },
    "gross cash": {"deduct_refunds": False},
    "who it is": {"name": "Laboratory", "accent": "#8A0366", "prepared_by": "The agency"},
}


@pytest.fixture
def world(lab: Lab) -> Lab:
    fill(lab)
    # campaign data of its own and no visit: synthetic touches, by rules of their own (A3)
    for number, tags in enumerate(
        ({"utm_source": "news", "utm_campaign": "c1"}, {"source": "crm", "campaign_id": "c1"}, {"utm_medium": "mail"})
    ):
        lab.conversions(
            {
                "conversion_id": f"syn{number}",
                "email": f"syn{number}@x.example",
                "time": f"2026-06-1{number}T10:00:00Z",
                "event_type": "payment_received",
                "value_amount": 10 + number,
                "currency": "USD",
                **tags,
            }
        )
    lab.touches(
        {"email": "syn2@x.example", "time": "2026-06-10T00:00:00Z", "source": "crm", "medium": "mail"},
        {"email": "eve@x.example", "time": "2026-06-10T00:00:00Z", "url": "https://shop.example/land?fbclid=1"},
    )
    return lab.rebuild()


def figures(lab: Lab, model: str) -> tuple[dict[str, Any], dict[str, tuple[Any, ...]]]:
    """The overview and the board of channels as any page asks for them."""
    overview = lab.profile.overview(ALL.date_from, ALL.date_to, model=model).data or {}
    board = lab.profile.channels(ALL.date_from, ALL.date_to, model=model, limit=100).table
    rows = board.select("value", "visits", "conversions", "revenue").fill_null(0).rows()
    return dict(overview["current"]), {row[0]: row[1:] for row in rows}


def told(preview: ChangePreview, side: str) -> dict[str, tuple[Any, ...]]:
    columns = [f"{name}_{side}" for name in ("visits", "conversions", "revenue")]
    rows = preview.channels.select("channel", *columns).rows()
    return {row[0]: row[1:] for row in rows if any(row[1:])}


def alike(found: dict[str, Any], expected: dict[str, Any]) -> None:
    expected = {name: value for name, value in expected.items() if not isinstance(value, tuple) or any(value)}
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


def derived(lab: Lab) -> dict[str, pl.DataFrame]:
    return {table: lab.frame(f"select * from {table} order by all") for table in DERIVED_TABLES}


def channels_of_visits(lab: Lab) -> dict[Any, str]:
    return dict(lab.rows("select visit_id, channel from visits"))


def check_model_preview(world: Lab) -> None:
    """An expression that gives every touch the same weight is linear; nothing is kept of it."""
    shown = world.profile.preview_model("1", ALL)
    linear = figures(world, "linear")[1]
    for channel, revenue in shown.select("channel", "revenue_after").rows():
        assert revenue == pytest.approx(linear.get(channel, (0, 0, 0))[2]), channel
    with pytest.raises(AttribenchError) as caught:
        world.profile.preview_model("secret", ALL)
    assert caught.value.code is Code.MODEL_EXPRESSION
    assert world.profile.custom_models() == {}


def test_a_preview_is_what_the_change_then_does(world: Lab) -> None:
    """Each change: the figures before are those shown, the figures after those a rebuild gives; nothing is written.

    A rule edit moves exactly the visits its preview named. Undone in turn, all is as before.
    """
    begun, rows = world.profile.settings, derived(world)
    check_model_preview(world)
    models = ("last_touch", "time_decay", "custom_weighted", "engagement_weighted", "markov", "first_touch")
    made: list[int] = []
    for number, (name, change) in enumerate(CHANGES.items()):
        model = models[number % len(models)]
        before, log = channels_of_visits(world), world.value("select count(*) from change_log")
        wanted = replace(world.profile.settings, **change)
        preview = world.profile.preview_change(wanted, replace(ALL, model=model))
        assert world.value("select count(*) from change_log") == log, name
        assert set(preview.changed) == set(change), name
        was, was_by_channel = figures(world, model)
        alike(dict(preview.before), was)
        alike(told(preview, "before"), was_by_channel)

        change_id = world.profile.change(wanted)
        assert change_id is not None
        made.append(change_id)
        assert world.value("select is_stale from profiles") is preview.needs_rebuild, name
        if preview.needs_rebuild:
            world.rebuild()
        overview, by_channel = figures(world, model)
        alike(dict(preview.after), overview)
        alike(told(preview, "after"), by_channel)
        after = channels_of_visits(world)
        moved: dict[tuple[str, str], int] = {}
        for visit in before.keys() & after.keys():
            if before[visit] != after[visit]:
                moved[before[visit], after[visit]] = moved.get((before[visit], after[visit]), 0) + 1
        assert {(one, other): count for one, other, count in preview.moves.rows()} == moved, name
        if name == "rules":
            assert preview.rule_visits == (1, 1, 2, 2, 0)
            assert sum(moved.values()) == 6
    assert figures(world, "last_touch")[0]["cash_revenue"] is not None
    for change_id in reversed(made):
        world.profile.undo_change(change_id)
    assert world.profile.settings == begun
    world.rebuild()
    again = derived(world)
    for table, frame in rows.items():
        assert again[table].equals(frame, null_equal=True), table


def test_a_stale_profile_is_previewed_against_what_a_rebuild_would_show(world: Lab) -> None:
    """The effect of the setting alone, not that of the records that came since."""
    world.conversions(
        {"conversion_id": "new", "time": "2026-06-12T00:00:00Z", "event_type": "payment_received",
         "value_amount": 1000, "currency": "USD"}
    )  # fmt: skip
    preview = world.profile.preview_change(replace(world.profile.settings, channel_rules=RULES), ALL)
    assert preview.before["cash_revenue"] == preview.after["cash_revenue"]
    world.rebuild()
    alike(dict(preview.before), figures(world, "last_touch")[0])
    world.change(channel_rules=RULES)
    world.rebuild()
    alike(dict(preview.after), figures(world, "last_touch")[0])


def test_a_preview_can_be_cancelled(lab: Lab) -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        lab.profile.preview_change(replace(lab.profile.settings, click_window_days=3), ALL, task)


def test_the_log_is_kept_whole_and_each_entry_says_who_when_and_what(lab: Lab) -> None:
    first = lab.profile.change(replace(lab.profile.settings, logo=b"<svg/>", click_window_days=7))
    second = lab.profile.change(replace(lab.profile.settings, click_window_days=9))
    assert first is not None
    assert second is not None
    with pytest.raises(AttribenchError) as caught:
        lab.profile.undo_change(first)  # a later change stands on it
    assert (caught.value.code, caught.value.facts["fields"]) == (Code.CHANGE_OVERTAKEN, ["click_window_days"])
    undone = lab.profile.undo_change(second)
    back = lab.profile.undo_change(first)
    assert (lab.profile.settings.click_window_days, lab.profile.settings.logo) == (30, None)
    with pytest.raises(AttribenchError) as caught:
        lab.profile.undo_change(first)
    assert caught.value.code is Code.CHANGE_UNKNOWN
    again = lab.profile.undo_change(back)  # undo of an undo: the logo is there again, byte for byte
    assert (lab.profile.settings.click_window_days, lab.profile.settings.logo) == (7, b"<svg/>")
    log = lab.profile.changes()
    assert log["change_id"].to_list()[:5] == [again, back, undone, second, first]
    assert log["undoes"].to_list()[:5] == [back, first, second, None, None]
    assert log["undone_by"].to_list()[:5] == [None, again, None, undone, None]
    assert log["can_undo"].to_list() == [True, False, True, False, True, False]
    assert json.loads(log["details"][3]) == {"click_window_days": [7, 9]}
    assert set(log["changed_by"]) == {lab.workspace.user}
    assert {at.isoformat() for at in log["changed_at"]} == {"2026-07-01T12:00:00"}
    assert log["action"].to_list()[-1] == "profile created"


def test_models_and_rates_are_undone_too(lab: Lab) -> None:
    """A rate by hand counts at once and gives way to the earlier one when it is taken back (E7, T2)."""
    lab.conversions(
        {"conversion_id": "p", "time": "2026-06-10T00:00:00Z", "event_type": "payment_received",
         "value_amount": 100, "currency": "EUR"}
    )  # fmt: skip
    lab.rebuild()
    cash = "select amount_reporting::double from cash"
    assert lab.value(cash) is None
    (missing,) = lab.profile.currencies().rows(named=True)
    assert (missing["currency"], missing["missing_days"], missing["missing_records"]) == ("EUR", 1, 1)
    assert lab.profile.missing_rates().rows() == [("EUR", date(2026, 6, 10), 1)]
    for rate, amount in ((1.1, 110.0), (1.2, 120.0)):
        lab.profile.enter_rate(date(2026, 6, 9), "usd", "EUR", rate)
        assert lab.rebuild().value(cash) == pytest.approx(amount)
    (known,) = lab.profile.currencies().rows(named=True)
    assert (known["missing_days"], known["carried_days"], known["last_rate_on"]) == (0, 1, date(2026, 6, 9))
    newest = int(lab.profile.changes()["change_id"][0])
    lab.profile.undo_change(newest)
    assert lab.rebuild().value(cash) == pytest.approx(110)
    for wrong in ({"rate": 0.0}, {"rate": float("nan")}, {"currency": "EUR"}, {"day": date(2027, 1, 1)}):
        with pytest.raises(AttribenchError) as caught:
            lab.profile.enter_rate(**{"day": date(2026, 6, 9), "currency": "USD", "base": "EUR", "rate": 1.0, **wrong})
        assert caught.value.code is Code.SETTING_INVALID

    lab.profile.define_model("mine", "position")
    redefined = lab.profile.define_model("mine", "touch_count")
    lab.profile.undo_change(redefined)
    assert lab.profile.custom_models() == {"mine": "position"}
    lab.profile.undo_change(lab.profile.drop_model("mine"))
    assert lab.profile.custom_models() == {"mine": "position"}


def test_event_types_without_a_goal_are_named(lab: Lab) -> None:
    """G1: what tells of an outcome and belongs to no goal counts nowhere; it is listed, and `doctor` names it."""
    lab.events(
        {"event_type": "page_view", "event_time": "2026-06-01T10:00:00Z", "anonymous_id": "a", "path": "/"},
        {"event_type": "trial_started", "event_time": "2026-06-01T10:01:00Z", "anonymous_id": "a"},
    )
    lab.conversions(
        {"conversion_id": "1", "time": "2026-06-01T11:00:00Z", "event_type": "stage_changed", "stage": "Trato ganado",
         "pipeline": "Ventas", "email": "a@x.example"},
        {"conversion_id": "2", "time": "2026-06-02T11:00:00Z", "event_type": "stage_changed", "stage": "Paso 2",
         "pipeline": "Ventas", "email": "b@x.example"},
        {"conversion_id": "3", "time": "2026-06-02T11:00:00Z", "event_type": "refund", "value_amount": 3},
    )  # fmt: skip
    types = {row["event_type"]: row for row in lab.profile.event_types().iter_rows(named=True)}
    assert {name for name, row in types.items() if row["is_unmatched"]} == {"trial_started"}
    (finding,) = (each for each in lab.workspace.examine() if each.code == "goals")
    assert finding.facts["unmatched"] == {"trial_started": 1}
    assert [row[1:] for row in lab.profile.stages().sort("stage").rows()] == [
        ("Paso 2", 1, None, "nothing", None),
        ("Trato ganado", 1, "closed_won", "keyword", "closed_won"),
    ]
    trial = Goal("trial", "Trial started", ("trial_started",))
    lab.change(goals=(*lab.profile.settings.goals, trial), stage_goals=(("", "paso-2", "trial"),))
    assert not lab.profile.event_types()["is_unmatched"].any()
    assert lab.profile.stages().filter(stage="Paso 2").row(0)[3:] == ("trial", "profile", None)
    lab.rebuild()
    assert dict(lab.rows("select goal, count(*) from conversions group by 1")) == {"trial": 2, "closed_won": 1}
