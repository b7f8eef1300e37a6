"""Journeys, users, funnel and paths: what they list, how they are moved through, and that their figures tie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.pages import person
from app.pages.record import Record
from app.shares import rounded_shares
from engine.queries.selection import Filter

if TYPE_CHECKING:
    from app.context import Context
    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("journeys")


def context_of(desk: Desk) -> Context:
    assert desk.window.context is not None
    return desk.window.context


def opened(desk: Desk, key: str = "journeys") -> Any:
    page: Any = desk.open(key)
    desk.wait(lambda: bool(page.person.timeline.entries()))
    return page


def listed(page: Any) -> list[str]:
    return [row["id"] for row in page.list.rows()]


def everybody(desk: Desk, **options: Any) -> list[str]:
    context = context_of(desk)
    goals = options.pop("goals", ())
    from dataclasses import replace

    selection = replace(context.view.selection, goals=goals)
    return context.profile.query("people", selection, limit=10_000, **options).table["id"].to_list()


def choose(desk: Desk, page: Any, least_touches: int) -> dict[str, Any]:
    """Somebody with so many touches, shown with the credit of their latest conversion."""
    row = next(row for row in page.list.rows() if row["touch_count"] >= least_touches and row["conversion_id"])
    page.list.select_id(row["id"])
    desk.wait(
        lambda: (
            page.person.person == row["customer_profile_id"]
            and any(entry.kind == "touch" and entry.number for entry in page.person.timeline.entries())
        )
    )
    return row


def test_shares_add_up() -> None:
    """VISUAL, Timeline: credits by largest remainder, always 100.0."""
    assert rounded_shares([1 / 3] * 3) == [33.4, 33.3, 33.3]
    assert rounded_shares([0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4]) == [40.0, 6.7, 6.7, 6.6, 40.0]
    assert rounded_shares([0.0, 0.0]) == [0.0, 0.0]
    assert sum(rounded_shares([0.1234567] * 8 + [1 - 8 * 0.1234567])) == pytest.approx(100)


def test_a_timeline_has_everything_and_credit_that_adds_up(desk: Desk) -> None:
    page = opened(desk)
    row = choose(desk, page, 3)
    context = context_of(desk)
    for model in ("linear", "position_based"):
        context.history.select(model=model)
        desk.wait()
        told = context.profile.query("explain", context.view.selection, id=row["conversion_id"])
        credited = [each for each in told.table.to_dicts() if each[model]]
        shown = [entry for entry in page.person.timeline.entries() if entry.kind == "touch" and entry.credit]
        numbers = page.look.numbers
        shares = rounded_shares([each[model] for each in credited])
        assert [entry.credit for entry in shown if entry.credit != "–"] == [numbers.percent(share) for share in shares]
        assert page.person.total.text() == "total 100.0%"
        matrix = page.person.side.matrix.table.visible_frame()
        for model_row in matrix.to_dicts():
            places = [value or 0 for name, value in model_row.items() if name.startswith("touch_")]
            assert sum(places) == pytest.approx(100)
    journey = context.profile.query("journey", context.view.selection, id=row["customer_profile_id"], limit=1_000)
    records: set[str] = set()
    for entry in page.person.timeline.entries():
        records |= {part.record for part in entry.parts} if entry.parts else {entry.record}
    assert records - {""} == set(journey.table["id"])
    current = [entry for entry in page.person.timeline.entries() if entry.is_current]
    assert [entry.conversion for entry in current] == [row["conversion_id"]]
    context.history.undo()


def test_the_list_grows_while_it_is_scrolled_and_ends_with_everybody(desk: Desk) -> None:
    """More than one page of people: whole, each once, in order, with the selection and the place kept."""
    context = context_of(desk)
    days = context.about.days
    assert days is not None
    context.history.set(context.view.with_days(*days))
    page = opened(desk)
    expected = everybody(desk)
    first = len(listed(page))
    assert len(expected) > first > 0
    page.list.select_id(expected[3])
    bar = page.list.verticalScrollBar()
    while len(listed(page)) < len(expected):
        before = len(listed(page))
        bar.setValue(bar.maximum())
        desk.wait(lambda before=before: len(listed(page)) > before)
    assert listed(page) == expected
    assert page.list.selectionModel().selectedRows()[0].row() == 3


def test_goals_search_order_and_filters(desk: Desk) -> None:
    page, context = opened(desk), context_of(desk)
    counts = context.profile.query("conversions", context.view.selection).table
    eligible = counts.filter(counts["is_eligible"] & ~counts["is_negative"])
    tabs = {goal: tab.accessibleName() for goal, tab in page.goals._tabs.items()}
    assert set(tabs) == {"", *eligible["event_type"]}
    for goal, count in eligible.select("event_type", "count").iter_rows():
        assert f"{count} conversion" in tabs[goal].lower() or tabs[goal].endswith("One conversion")
    page.goals._choose("payment_received")
    desk.wait()
    assert listed(page) == everybody(desk, goals=("payment_received",))[: len(listed(page))]
    assert page._total == len(everybody(desk, goals=("payment_received",)))
    page.order.chosen.emit("cash:desc")
    desk.wait()
    cash = [row["cash"] for row in page.list.rows()]
    assert cash == sorted(cash, reverse=True)
    name = page.list.rows()[0]["email"]
    page.search.setText(name)
    page.search.search_now()
    desk.wait()
    assert {row["email"] for row in page.list.rows()} == {name}
    page.search.setText("nobody at all")
    page.search.search_now()
    desk.wait()
    assert page.list_panel.notice.title.text() == "Nobody is found"
    assert page.person.panel.notice.title.text() == "Nobody is chosen"
    page.search.clear()
    desk.wait()
    context.history.set(context.view.with_filter(Filter("channel", "is", ("Email",))))
    desk.wait()
    assert page.list.rows()
    assert all("Email" in row["touch_channels"] for row in page.list.rows())


def test_by_keyboard_alone(desk: Desk) -> None:
    """J opens journeys; arrows, Return, Right and Return lead to a raw record; Esc closes it."""
    window = desk.window
    QTest.keyClick(window, Qt.Key.Key_J)
    page: Any = desk.page
    assert page.key == "journeys"
    desk.wait(lambda: bool(page.person.timeline.entries()))
    page.list.setFocus()
    before = page.list.current_row()["id"]
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    assert page.list.current_row()["id"] != before
    desk.wait(lambda: page.person.person == page.list.current_row()["customer_profile_id"])
    row = choose(desk, page, 2)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    timeline = page.person.timeline
    assert QApplication.focusWidget() is timeline
    fold = next(entry for entry in timeline.entries() if entry.parts)
    timeline.select_key(fold.key)
    count = len(timeline.entries())
    QTest.keyClick(timeline, Qt.Key.Key_Right)
    assert len(timeline.entries()) == count + len(fold.parts)
    QTest.keyClick(timeline, Qt.Key.Key_Left)
    assert len(timeline.entries()) == count
    timeline.select_key(row["conversion_id"])
    QTest.keyClick(timeline, Qt.Key.Key_Return)
    desk.wait()
    record = window.drawer.content
    assert isinstance(record, Record)
    context = context_of(desk)
    told = context.profile.query("record", context.view.selection, id=row["conversion_id"])
    assert told.meta["record"]["file_name"] in record.origin.text()
    assert record.table.visible_frame()["value"].to_list() == told.table["value"].to_list()
    QTest.keyClick(record, Qt.Key.Key_Escape)
    assert not window.drawer.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Slash)
    assert QApplication.focusWidget() is page.search


def test_a_long_timeline_comes_in_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person, "_PAGE", 4)
    page, context = opened(desk), context_of(desk)
    row = choose(desk, page, 3)
    whole = context.profile.query("journey", context.view.selection, id=row["customer_profile_id"], limit=1_000)
    bar = page.person.timeline.verticalScrollBar()
    while (count := len(page.person._rows)) < whole.table.height:
        QApplication.processEvents()
        bar.setValue(bar.maximum())
        desk.wait(lambda count=count: len(page.person._rows) > count)
    assert [each["id"] for each in page.person._rows] == whole.table["id"].to_list()


def test_identity_names_its_records(desk: Desk) -> None:
    page, context = opened(desk), context_of(desk)
    row = choose(desk, page, 2)
    told = context.profile.query("identity", context.view.selection, id=row["customer_profile_id"]).data
    assert told is not None
    side = page.person.side
    shown = {label.text() for label in side.identity.findChildren(type(page.person.place))}
    assert {each["value"] for each in told["identifiers"]} <= shown
    facts = {label.text() for label in side.identity.findChildren(type(page.count))}
    assert any("told together with" in text or "identified on it with" in text for text in facts)
    context.open("journeys", person=row["customer_profile_id"], conversion=row["conversion_id"])
    desk.wait()
    assert page.person.person == row["customer_profile_id"]


def test_users_are_all_visitors_by_their_names(desk: Desk) -> None:
    page, context = opened(desk, "users"), context_of(desk)
    overview = context.profile.query("overview", context.view.selection).data
    assert overview is not None
    assert page._total == overview["current"]["visitors"]
    unknown = next(row for row in page.list.rows() if not row["is_identified"])
    assert len(unknown["name"].split()) == 2
    page.list.select_id(unknown["visitor_id"])
    desk.wait(lambda: page.person.person == unknown["person_id"])
    desk.wait()
    assert page.person.name.text() == unknown["name"]
    assert any(entry.kind == "touch" for entry in page.person.timeline.entries())


def test_the_funnel_in_each_scope(desk: Desk) -> None:
    page: Any = desk.open("funnel")
    context = context_of(desk)
    for scope in ("all", "pipeline_only", "contact_only"):
        page.scope._choose(scope)
        desk.wait()
        told = context.profile.query("funnel", context.view.selection, scope=scope)
        if not told.table["count"].sum():
            assert page.funnel_panel.notice.isVisible()
            continue
        frame = page.table.visible_frame()
        assert frame["count"].to_list() == told.table["count"].to_list()
        data = dict(told.data or {})
        assert [stage.count for stage in page.chart._stages] == [row["count"] for row in data["main_chain"]]
        assert f"{data['totals']['leads']:,} leads" in page.summary.text()
    page.scope._choose("all")
    context.history.set(context.view.with_filter(Filter("device", "is", ("mobile",))))
    desk.wait()
    assert "do not act here" in page.note.text()


def test_paths_tie_with_the_dashboard(desk: Desk) -> None:
    page: Any = desk.open("paths")
    context = context_of(desk)
    overview = dict(context.profile.query("overview", context.view.selection).data or {})["current"]
    for by, repeats in (("channel", "kept"), ("channel", "folded"), ("source", "kept"), ("campaign", "folded")):
        page.by._choose(by)
        page.repeats._choose(repeats)
        desk.wait()
        frame = page.table.visible_frame()
        assert frame["conversions"].sum() == overview["outcomes"] == page.table.totals()["conversions"]
        assert frame["cash"].sum() == pytest.approx(overview["cash_revenue"]), (by, repeats)
    assert page.table.visible_columns()[1].field != "marks", "marks are of channels"
    page.search.setText("no such campaign")
    page.search.search_now()
    desk.wait()
    assert page.table_panel.notice.title.text() == "No path is found"
    assert sum(count for _, count, _ in page.lags._bins) == overview["outcomes"]


def test_what_was_begun_stays_over_a_change_of_language(desk: Desk) -> None:
    page = opened(desk)
    page.goals._choose("lead_created")
    desk.wait()
    page.order.chosen.emit("name:asc")
    desk.wait()
    chosen = page.list.rows()[1]["id"]
    page.list.select_id(chosen)
    desk.window.bound["language-es_ES"].trigger()
    desk.wait()
    again: Any = desk.page
    assert again is not page
    assert (again.goals.current, again._sort) == ("lead_created", "name:asc")
    assert again.list.current_row()["id"] == chosen
    assert again.title_label.text() == "Recorridos"
    desk.window.bound["language-en_US"].trigger()
    desk.wait()
