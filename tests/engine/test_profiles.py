"""Profiles and their settings: ranges, rules and goals are checked before anything is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import AttribenchError, ChannelRule, Code, Condition, Goal, ProfileSettings
from engine.profiles import DEFAULT_GOALS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("currency", "XXY"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("phone_region", "ZZ"),
        ("click_window_days", 0),
        ("click_window_days", 366),
        ("view_window_hours", 169),
        ("first_touch_window_days", 0),
        ("session_timeout_minutes", 121),
        ("half_life_days", 0),
        ("engagement_scroll", 101),
        ("engagement_seconds", 0),
        ("fbclid_policy", "sometimes"),
        ("channel_rules", (ChannelRule("Telepathy", (Condition("source", "is", "x"),)),)),
        ("channel_rules", (ChannelRule("Email", ()),)),
        ("channel_rules", (ChannelRule("Email", (Condition("mood", "is", "x"),)),)),
        ("channel_rules", (ChannelRule("Email", (Condition("source", "like", "x"),)),)),
        ("goals", (*DEFAULT_GOALS, Goal("lead_created", "Again", ("other",)))),
        ("goals", (*DEFAULT_GOALS, Goal("other", "Other", ("lead_created",)))),
        ("goals", (Goal("other", "Other", ("other",), revenue_type="wishes"),)),
        ("goals", (Goal("Other goal", "Other", ("other",)),)),
        ("goals", (Goal("other", " ", ("other",)),)),
        ("goals", (Goal("other", "Other", ("",)),)),
        ("stage_goals", (("", "Won", "nothing"),)),
        ("stage_goals", (("", "Won", None), ("", "Won", "closed_won"))),
    ],
)
def test_what_cannot_be_is_refused(field, value):
    """A2, E2, C1 and G1: each setting within its range, an event type in one goal only."""
    with pytest.raises(AttribenchError) as caught:
        replace(ProfileSettings("Acme"), **{field: value}).checked()
    assert caught.value.code is Code.SETTING_INVALID


def test_settings_are_stored_and_normalised(lab):
    """Currency and region in capitals, domains without scheme, www and path; lists in their order."""
    rules = (
        ChannelRule("Email", (Condition("source", "is", "crm"), Condition("medium", "is_not", "sms"))),
        ChannelRule("Affiliate", (Condition("campaign", "contains", "partner"),)),
    )
    lab.change(
        currency="eur",
        phone_region="es",
        domains=("https://www.Shop.example/path", "other.example"),
        channel_rules=rules,
        stage_goals=(("Sales", "Done", "closed_won"), ("", "Ignored", None)),
    )
    stored = lab.profile.settings
    assert (stored.currency, stored.phone_region) == ("EUR", "ES")
    assert stored.domains == ("other.example", "shop.example")
    assert stored.channel_rules == rules
    assert set(stored.stage_goals) == {("Sales", "Done", "closed_won"), ("", "Ignored", None)}
    assert stored.goals == tuple(replace(goal, event_types=tuple(sorted(goal.event_types))) for goal in DEFAULT_GOALS)


def test_a_change_is_logged_and_makes_the_profile_stale(lab):
    lab.rebuild()
    assert lab.value("select is_stale from profiles") is False
    lab.change(click_window_days=7)
    assert lab.value("select is_stale from profiles") is True
    assert lab.value("select details->>'$.click_window_days[1]' from change_log order by change_id desc limit 1") == "7"


def test_one_profile_of_several_is_asked_for_by_name(lab):
    lab.workspace.create_profile(ProfileSettings("Other"))
    with pytest.raises(AttribenchError) as caught:
        lab.workspace.profile()
    assert caught.value.code is Code.PROFILE_AMBIGUOUS
    assert lab.workspace.profile("oTHER").settings.name == "Other"
    with pytest.raises(AttribenchError) as caught:
        lab.workspace.profile("Nobody")
    assert caught.value.facts["known"] == ["Lab", "Other"]
    with pytest.raises(AttribenchError) as caught:
        lab.workspace.create_profile(ProfileSettings("LAB"))
    assert caught.value.code is Code.PROFILE_EXISTS


def test_profiles_share_a_file_and_nothing_else(lab):
    other = lab.workspace.create_profile(ProfileSettings("Other"))
    view = {"event_type": "page_view", "event_time": "2026-05-01T10:00:00Z", "anonymous_id": "a", "path": "/"}
    lab.events(view)
    lab.rebuild()
    other.rebuild()
    assert lab.profile.headline().visits == 1
    assert other.headline().visits == 0
