"""The calendar in the window: what it shows, turning and filtering it, the list, files, words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from app.pages.calendar import Calendar
from app.pages.calendar_blocks import blocks_of, first_of_week, shown_days
from app.pages.journeys import Journeys
from widgets.look import Look

if TYPE_CHECKING:
    import polars as pl

    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("calendar")


@pytest.fixture
def page(desk: Desk) -> Calendar:
    found = desk.open("calendar")
    assert isinstance(found, Calendar)
    return found


def rows_of(page: Calendar) -> pl.DataFrame:
    assert page._result is not None  # pyright: ignore[reportPrivateUsage]
    return page._result.table  # pyright: ignore[reportPrivateUsage]


def test_the_week_its_list_and_its_counts_are_the_same_appointments(desk: Desk, page: Calendar) -> None:
    page._go(date(2026, 6, 17))  # pyright: ignore[reportPrivateUsage]
    desk.wait()
    rows = rows_of(page)
    assert rows.height > 1
    assert page.grid.days[0] == date(2026, 6, 14 if page.grid.days[0].isoweekday() == 7 else 15)
    assert page.tally.text.startswith(f"{rows.height} appointments")
    grid = {block.key for block in page.grid._blocks}  # pyright: ignore[reportPrivateUsage]
    assert grid == set(rows["conversion_id"])
    assert page.agenda.model().rowCount() == rows.height + rows["day"].n_unique()
    first, last = page.grid.hours
    assert first <= rows["at"].dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York").dt.hour().min()  # pyright: ignore[reportOperatorIssue]
    assert last <= 24
    key = rows["conversion_id"][1]
    page.grid.setFocus()
    page.grid._choose(key)  # pyright: ignore[reportPrivateUsage]
    assert page.agenda.current == key
    row = rows.row(1, named=True)
    assert page.detail.title.text() == row["name"]
    assert page.detail.tag.text() == row["label"]


def test_weeks_and_months_turn_by_button_and_key(desk: Desk, page: Calendar) -> None:
    page.today.click()
    before = page._span()  # pyright: ignore[reportPrivateUsage]
    desk.qtbot.keyClick(page.grid, Qt.Key.Key_PageUp)
    desk.wait()
    assert page._span()[0] == before[0] - timedelta(days=7)  # pyright: ignore[reportPrivateUsage]
    page.after.click()
    desk.wait()
    assert page._span() == before  # pyright: ignore[reportPrivateUsage]
    page.show_view("agenda")
    page.before.click()
    desk.wait()
    assert page.range.text() == "May 2026"
    assert set(page.table.visible_frame()["day"].dt.month()) == {5}
    desk.window.bound["language-es_ES"].trigger()
    desk.wait()
    again: Any = desk.page
    assert again.range.text() == "Mayo 2026"
    assert "citas" in again.tally.text
    desk.window.bound["language-en_US"].trigger()
    desk.wait()


def test_filters_narrow_and_what_is_empty_says_the_way_out(desk: Desk, page: Calendar) -> None:
    every = rows_of(page).height
    page.narrow("source", ["merged"])
    desk.wait()
    assert set(rows_of(page)["label"]) <= {"merged"}
    page.narrow("source", ["db_fallback"])
    desk.wait()
    assert page.panel_.notice.title.text() == "No appointment matches"
    page.panel_.notice.action.click()
    desk.wait()
    assert rows_of(page).height == every
    page._go(date(2020, 1, 1))  # pyright: ignore[reportPrivateUsage]
    desk.wait()
    assert page.panel_.notice.action.text().startswith("Go to")
    page.panel_.notice.action.click()
    desk.wait()
    assert rows_of(page).height > 0


def test_a_crm_that_was_not_synced_for_a_day_is_told(desk: Desk, page: Calendar) -> None:
    context = desk.window.context
    assert context is not None
    connection = context.profile.connect("gohighlevel", "Clinic CRM", {})
    run = context.profile.begin_sync(connection, "appointments:1")
    context.profile.end_sync(run, "failed", {"code": "provider.login"})
    page.refresh()
    desk.wait()
    assert page.banner.isVisibleTo(page)
    assert page.banner.text.text().startswith("Clinic CRM has not been synced yet.")


def test_the_week_as_a_calendar_file(desk: Desk, page: Calendar, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.folder / "week"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    page.export.click()
    desk.wait()
    text = path.with_suffix(".ics").read_text(encoding="utf-8")
    assert text.count("BEGIN:VEVENT") == rows_of(page).height > 0
    taken = page.takeaway()
    assert taken is not None
    assert taken.frame.height == rows_of(page).height


def test_copying_an_email_and_explaining(desk: Desk, page: Calendar) -> None:
    page.detail.copy_button.click()
    assert "@" in QApplication.clipboard().text()
    page.detail.open_button.click()
    desk.wait()
    assert desk.window.drawer.content is not None
    who = page.detail.title.text()
    page.detail.journey_button.click()
    desk.wait()
    assert isinstance(desk.page, Journeys)
    assert desk.page.person.name.text() == who


def test_weeks_begin_where_the_language_says_and_clocks_that_change(desk: Desk) -> None:
    """T1: by the wall clock of the profile, also in the night it changes; a late one is on two days."""
    assert first_of_week(date(2026, 6, 17), 7) == date(2026, 6, 14)
    assert first_of_week(date(2026, 6, 14), 1) == date(2026, 6, 8)
    base = dict.fromkeys(("name", "email", "phone", "campaign", "ad", "calendar", "assigned_user", "channel"))
    row = base | {"conversion_id": "a", "state": "booked", "label": "merged", "is_timed": True}
    # 8 March 2026, New York: 2:00 is 3:00
    night = row | {"at": datetime(2026, 3, 8, 6, 30), "ends_at": datetime(2026, 3, 8, 7, 30)}  # noqa: DTZ001
    (block,) = blocks_of(desk.window.look, [night], "America/New_York")
    assert (block.day, block.start, block.end) == (date(2026, 3, 8), 90, 210)
    late = row | {"at": datetime(2026, 6, 10, 3, 30), "ends_at": datetime(2026, 6, 10, 5, 0)}  # noqa: DTZ001
    parts = blocks_of(desk.window.look, [late], "America/New_York")
    assert [(part.day.day, part.start, part.end) for part in parts] == [(9, 1410, 1440), (10, 0, 60)]
    saturday = blocks_of(desk.window.look, [row | {"at": datetime(2026, 6, 13, 16), "ends_at": None}], "UTC")  # noqa: DTZ001
    assert [day.day for day in shown_days(date(2026, 6, 8), saturday, date(2020, 1, 1))] == [8, 9, 10, 11, 12, 13]
    assert Look("light", "es_ES").numbers.locale.firstDayOfWeek().value == 1
