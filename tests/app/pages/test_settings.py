"""The Settings page in the real window: edited, previewed, applied with one rebuild, undone; figures as on the command
line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox

from app.pages.setting.forms import Attribution, General, Visits
from app.pages.setting.models import Models
from app.pages.setting.outcomes import Goals, Stages
from app.pages.setting.rates import Rates
from app.pages.settings import Settings
from engine import Workspace
from tests.engine.test_branding import png

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.workspace import Profile
    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("settings")


@pytest.fixture
def page(desk: Desk) -> Settings:
    QTest.keyClick(desk.window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    until(desk, lambda: desk.page.key == "settings")
    found = desk.page
    assert isinstance(found, Settings)
    return found


def until(desk: Desk, holds: Callable[[], bool]) -> None:
    """Wait longer than for a page: a rebuild stands between."""
    desk.qtbot.waitUntil(lambda: not desk.desktop.jobs.running() and holds(), timeout=120_000)


def profile(desk: Desk) -> Profile:
    assert desk.window.context is not None
    return desk.window.context.profile


def section(desk: Desk, page: Settings, key: str) -> Any:
    page.open_with(section=key)
    until(desk, lambda: True)
    return page.current


def typed(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def shown(page: Settings) -> dict[str, tuple[str, str]]:
    rows = page.effect.figures.visible_frame()
    return {row["metric"]: (row["before"], row["after"]) for row in rows.iter_rows(named=True)}


def overview(desk: Desk) -> dict[str, Any]:
    context = desk.window.context
    assert context is not None
    selection = context.view.selection
    data = profile(desk).overview(selection.date_from, selection.date_to, model=selection.model).data
    return dict((data or {})["current"])


def test_a_window_is_previewed_applied_with_one_rebuild_and_undone(desk: Desk, page: Settings) -> None:
    """The preview's figures are those before, and those of every page and the command line afterwards."""
    form = section(desk, page, "attribution")
    assert isinstance(form, Attribution)
    assert not page.bar.isVisible()
    before = overview(desk)
    field = form.fields["click_window_days"]
    assert isinstance(field, QLineEdit)
    typed(field, "400")
    assert form.form.hints["click_window_days"].text() == "Must be from 1 to 365."
    assert not page.bar.apply.isEnabled()
    typed(field, "x")
    assert not page.bar.apply.isEnabled()
    typed(field, "2")
    assert page.bar.isVisible()
    assert page.bar.told.text() == "1 change: Click window. One rebuild follows."
    rebuilds = profile(desk).derivation().number
    page.bar.preview.click()
    until(desk, lambda: page.effect.panel.has_content)
    told = shown(page)
    numbers = page.look.numbers
    assert told["attributed_revenue"][0] == numbers.money(before["attributed_revenue"])
    assert profile(desk).settings.click_window_days == 30
    assert profile(desk).derivation().number == rebuilds

    page.bar.apply.click()
    until(desk, lambda: profile(desk).derivation().number == rebuilds + 1)
    until(desk, lambda: True)
    assert profile(desk).settings.click_window_days == 2
    assert not page.bar.isVisible()
    after = overview(desk)
    assert after["attributed_revenue"] < before["attributed_revenue"]
    assert told["attributed_revenue"][1] == numbers.money(after["attributed_revenue"])
    assert told["unattributed_revenue"][1] == numbers.money(after["unattributed_revenue"])

    log = section(desk, page, "log")
    row = log.table.current_row() or log.table.visible_frame().row(0, named=True)
    assert (row["what"], row["before"], row["after"]) == (f"{row['change_id']}  Click window", "30", "2")
    log.table.select_id(row["row"])
    log.undo.click()
    until(desk, lambda: profile(desk).derivation().number == rebuilds + 2)
    until(desk, lambda: True)
    assert overview(desk) == before
    until(desk, lambda: log.table.visible_frame()["state"].to_list()[:2] != ["", ""])


def test_a_rule_moves_the_visits_that_its_live_preview_named(desk: Desk, page: Settings) -> None:
    """Edited by keyboard alone; the preview comes by itself."""
    rules = section(desk, page, "rules")
    rules.add.setFocus()
    QTest.keyClick(rules.add, Qt.Key.Key_Space)
    QTest.keyClicks(rules.cards[0].values[0], "google")
    until(desk, lambda: page.effect.panel.has_content)
    moves = page.effect.moves.visible_frame()
    named = dict(zip(moves["from_channel"], moves["visits"], strict=True))
    assert named
    assert set(moves["to_channel"]) == {"Referral"}
    assert rules.cards[0].visits.text() == f"decides {page.look.numbers.count(sum(named.values()))} visits"
    with profile(desk).store.read() as cursor:
        before = dict(cursor.rows("select visit_id, channel from visits"))
    page.bar.apply.click()
    until(desk, lambda: bool(profile(desk).settings.channel_rules) and not profile(desk).derivation().is_stale)
    with profile(desk).store.read() as cursor:
        after = dict(cursor.rows("select visit_id, channel from visits"))
    moved: dict[str, int] = {}
    for visit, channel in after.items():
        if channel != before[visit]:
            assert channel == "Referral"
            moved[before[visit]] = moved.get(before[visit], 0) + 1
    assert moved == named


def test_goals_stages_and_engagement_are_edited_together_and_applied_once(desk: Desk, page: Settings) -> None:
    goals = section(desk, page, "goals")
    assert isinstance(goals, Goals)
    goals.add.click()
    typed(goals.name, "Trial started")
    goals.other.setText("trial_started")
    QTest.keyClick(goals.other, Qt.Key.Key_Return)
    goals.revenue.chosen.emit("gross")
    stages = section(desk, page, "stages")
    assert isinstance(stages, Stages)
    place = stages.table.visible_frame().row(0, named=True)
    stages.choice.setCurrentIndex(stages.choice.findData("closed_won"))
    visits = section(desk, page, "visits")
    assert isinstance(visits, Visits)
    field = visits.fields["engagement_form"]
    assert isinstance(field, QLineEdit)
    typed(field, "20")
    assert page.bar.told.text() == "3 changes: Goals, CRM stages, Form submitted. One rebuild follows."
    entries = profile(desk).changes().height
    page.bar.apply.click()
    until(desk, lambda: profile(desk).settings.engagement_form == 20 and not profile(desk).derivation().is_stale)
    until(desk, lambda: True)
    assert profile(desk).changes().height == entries + 1
    made = profile(desk).settings.goals[-1]
    assert (made.name, made.revenue_type, made.event_types) == ("Trial started", "gross", ("trial_started",))
    assert profile(desk).settings.stage_goals == ((place["pipeline"], place["stage"], "closed_won"),)


def test_who_it_is_needs_no_rebuild_and_discard_brings_everything_back(desk: Desk, page: Settings) -> None:
    form = section(desk, page, "general")
    assert isinstance(form, General)
    accent, name = form.fields["accent"], form.fields["name"]
    assert isinstance(accent, QLineEdit)
    assert isinstance(name, QLineEdit)
    stored = profile(desk).settings
    typed(accent, "#FFCC00")
    assert form.form.hints["accent"].text() == "Too light on white: 1.51:1."
    page.bar.discard.click()
    assert accent.text() == stored.accent
    assert not page.bar.isVisible()
    rebuilds = profile(desk).derivation().number
    typed(name, "Marea & <b>Sons</b>")
    logo = desk.folder / "logo.png"
    logo.write_bytes(png())
    form._logo.take(logo)  # pyright: ignore[reportPrivateUsage]
    until(desk, lambda: "logo" in page._edited)  # pyright: ignore[reportPrivateUsage]
    page.bar.apply.click()
    until(desk, lambda: profile(desk).settings.logo == png())
    until(desk, lambda: desk.window.windowTitle().startswith("Marea") or not page.bar.isVisible())
    assert profile(desk).settings.name == "Marea & <b>Sons</b>"
    assert profile(desk).derivation().number == rebuilds


def test_models_are_checked_while_typed_saved_and_offered(desk: Desk, page: Settings) -> None:
    models = section(desk, page, "models")
    assert isinstance(models, Models)
    typed(models.name, "mine")
    models.expression.setPlainText("revenue * 2")
    until(desk, lambda: "revenue" in models.told.text())
    assert not models.save.isEnabled()
    models.example.click()
    until(desk, lambda: models.panel.has_content and models.save.isEnabled())
    table = models.table.visible_frame()
    assert table["revenue"].sum() == pytest.approx(table["revenue_after"].sum())
    models.save.click()
    until(desk, lambda: "mine" in profile(desk).custom_models())
    context = desk.window.context
    until(desk, lambda: context is not None and "mine" in context.about.custom_models)
    profile(desk).undo_change(int(profile(desk).changes()["change_id"][0]))
    assert profile(desk).custom_models() == {}


def test_a_rate_is_entered_by_hand(desk: Desk, page: Settings) -> None:
    rates = section(desk, page, "rates")
    assert isinstance(rates, Rates)
    assert rates.table.visible_frame()["currency"].to_list() == ["EUR"]
    typed(rates.rate, "no")
    rates.enter.click()
    assert rates.told.text() == "Type a number."
    typed(rates.rate, "2.5")
    rates.enter.click()
    until(desk, lambda: profile(desk).changes()["action"][0] == "rate entered")
    until(desk, lambda: True)
    assert json.loads(profile(desk).changes()["details"][0])["rate"] == 2.5


def test_what_is_edited_stays_through_a_change_of_language(desk: Desk, page: Settings) -> None:
    form = section(desk, page, "attribution")
    field = form.fields["half_life_days"]
    typed(field, "2.5")
    desk.window.look.set_locale("es_ES")
    until(desk, lambda: desk.page is not page)
    again = desk.open("settings")
    assert isinstance(again, Settings)
    assert again.bar.isVisible()
    assert again.wanted.half_life_days == 2.5
    shown_field = again.current.fields["half_life_days"]  # pyright: ignore[reportAttributeAccessIssue]
    assert shown_field.text() == "2,5"


def test_deleting_the_profile_asks_and_then_leaves_it(desk: Desk, page: Settings) -> None:
    data = section(desk, page, "data")
    data.delete.click()
    box = data.findChild(QMessageBox)
    assert box is not None
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    box.close()
    assert len(desk.window.context.workspace.profiles()) == 1  # pyright: ignore[reportOptionalMemberAccess]
    copy = desk.folder / "alone.duckdb"
    profile(desk).export(copy)
    data.compact.click()
    until(desk, lambda: True)
    data.delete_now()
    until(desk, lambda: desk.window.context is None)
    assert desk.window.welcome is not None
    with Workspace.open(copy) as kept:
        assert kept.profile().headline().visits > 0
