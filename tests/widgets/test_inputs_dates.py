"""The pickers of the period and of what it is compared with, by keyboard and mouse."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from widgets.inputs.comparison import ComparisonButton
from widgets.inputs.date_range import DateRangeButton
from widgets.inputs.range_calendar import RangeCalendar
from widgets.inputs.typed_day import NotADayError, read_day
from widgets.numbers import Numbers

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.look import Look

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier
FIRST, LAST = date(2026, 10, 19), date(2026, 11, 17)
Heard = list[tuple[object, ...]]


@pytest.fixture
def button(look: Look, qtbot: QtBot) -> DateRangeButton:
    made = DateRangeButton(look)
    qtbot.addWidget(made)
    made.set_today(LAST)
    made.set_bounds(date(2026, 3, 4), LAST)
    made.set_range(FIRST, LAST)
    made.show()
    return made


@pytest.fixture
def heard(button: DateRangeButton) -> Heard:
    said: Heard = []
    button.chosen.connect(lambda *facts: said.append(facts))
    return said


def press(calendar: RangeCalendar, day: date) -> None:
    place = calendar.place_of(day)
    assert place is not None
    QTest.mouseClick(calendar, LEFT, Qt.KeyboardModifier.NoModifier, place.center())


def test_two_clicks_make_a_range_in_either_order_and_the_mouse_shows_it_before(
    button: DateRangeButton, heard: Heard, qtbot: QtBot
) -> None:
    QTest.mouseClick(button, LEFT)
    popover, calendar = button.popover, button.popover.calendar
    assert popover.isVisible()
    press(calendar, date(2026, 11, 12))
    place = calendar.place_of(date(2026, 10, 28))
    assert place is not None
    QTest.mouseMove(calendar, place.center())
    assert calendar.range == (date(2026, 10, 28), date(2026, 11, 12))
    press(calendar, date(2026, 11, 3))
    assert popover.first_field.text() == "2026-11-03"
    assert popover.last_field.text() == "2026-11-12"
    assert heard == []
    QTest.mouseClick(popover.apply_button, LEFT)
    assert heard == [(date(2026, 11, 3), date(2026, 11, 12), "")]
    assert not popover.isVisible()
    assert button.value() == "Nov 3 – Nov 12, 2026"


def test_the_keyboard_moves_extends_turns_and_applies(button: DateRangeButton, heard: Heard) -> None:
    QTest.keyClick(button, Key.Key_Return)
    calendar = button.popover.calendar
    QTest.keyClick(calendar, Key.Key_Up)
    assert calendar.range == (date(2026, 11, 10), date(2026, 11, 10))
    QTest.keyClick(calendar, Key.Key_PageUp, SHIFT)
    assert calendar.range == (date(2026, 10, 10), date(2026, 11, 10))
    QTest.keyClick(calendar, Key.Key_Home)
    assert calendar.range == (date(2026, 10, 4), date(2026, 10, 4))
    QTest.keyClick(calendar, Key.Key_PageUp)
    assert calendar.place_of(date(2026, 9, 4)) is not None
    QTest.keyClick(calendar, Key.Key_Space)
    QTest.keyClick(calendar, Key.Key_Right)
    QTest.keyClick(calendar, Key.Key_Right)
    QTest.keyClick(calendar, Key.Key_Space)
    QTest.keyClick(calendar, Key.Key_Return)
    assert heard == [(date(2026, 9, 4), date(2026, 9, 6), "")]


def test_a_wrong_day_is_explained_and_cannot_be_applied_until_it_is_mended(
    button: DateRangeButton, heard: Heard
) -> None:
    button.click()
    popover = button.popover
    popover.last_field.selectAll()
    QTest.keyClicks(popover.last_field, "2026-02-31")
    QTest.keyClick(popover.last_field, Key.Key_Return)
    assert popover.error.text() == "February 2026 has 28 days. Use 2026-02-28 or earlier."
    assert not popover.apply_button.isEnabled()
    popover.last_field.selectAll()
    QTest.keyClicks(popover.last_field, "2026-02-28")
    assert popover.error.text() == "The last day is before the first. Use 2026-10-19 or later."
    popover.first_field.selectAll()
    QTest.keyClicks(popover.first_field, "feb 3")
    assert popover.error.text() == "26 days"
    assert popover.calendar.place_of(date(2026, 2, 3)) is not None
    QTest.keyClick(popover.first_field, Key.Key_Return)
    assert heard == [(date(2026, 2, 3), date(2026, 2, 28), "")]


def test_a_preset_applies_at_once_with_its_key_and_esc_changes_nothing(button: DateRangeButton, heard: Heard) -> None:
    button.click()
    row = button.popover.presets.current_row()
    assert row is not None
    assert row.key == "30d"
    QTest.keyClick(button.popover.calendar, Key.Key_Left)
    QTest.keyClick(button.popover.calendar, Key.Key_Escape)
    assert not button.popover.isVisible()
    assert button.range == (FIRST, LAST)
    button.click()
    QTest.keyClick(button.popover.presets, Key.Key_End)
    QTest.keyClick(button.popover.presets, Key.Key_Return)
    assert heard == [(date(2026, 3, 4), LAST, "all")]


def test_weeks_begin_as_in_the_locale(look: Look, qtbot: QtBot) -> None:
    calendar = RangeCalendar(look)
    qtbot.addWidget(calendar)
    calendar.set_range(FIRST, LAST)
    sunday = calendar.place_of(date(2026, 11, 1))
    look.numbers = Numbers("es_ES", look.words)
    monday_first = calendar.place_of(date(2026, 11, 1))
    assert sunday is not None
    assert monday_first is not None
    assert monday_first.x() - sunday.x() == 6 * sunday.width()


def test_the_comparison_follows_the_period_and_takes_other_days(look: Look, qtbot: QtBot) -> None:
    button = ComparisonButton(look)
    qtbot.addWidget(button)
    heard: Heard = []
    button.chosen.connect(lambda *facts: heard.append(facts))
    button.set_period(FIRST, LAST)
    button.show()
    assert button.value() == "vs Sep 19 – Oct 18"
    button.click()
    QTest.keyClick(button.popover.list, Key.Key_Down)
    QTest.keyClick(button.popover.list, Key.Key_Return)
    assert heard.pop() == ("year", date(2025, 10, 19), date(2025, 11, 17))
    assert button.value() == "vs Oct 19 – Nov 17, 2025"
    button.click()
    QTest.keyClick(button.popover.list, Key.Key_Down)
    QTest.keyClick(button.popover.list, Key.Key_Return)
    assert button.picker.isVisible()
    assert heard == []
    press(button.picker.calendar, date(2026, 10, 1))
    press(button.picker.calendar, date(2026, 10, 5))
    QTest.keyClick(button.picker.calendar, Key.Key_Return)
    assert heard.pop() == ("custom", date(2026, 10, 1), date(2026, 10, 5))
    button.set_period(date(2026, 11, 1), LAST)
    assert button.range == (date(2026, 10, 1), date(2026, 10, 5))
    button.click()
    QTest.keyClick(button.popover.list, Key.Key_End)
    QTest.keyClick(button.popover.list, Key.Key_Return)
    assert heard.pop() == ("none", None, None)
    assert button.range is None


def test_a_click_beside_the_frame_closes_and_gives_the_focus_back(button: DateRangeButton, qtbot: QtBot) -> None:
    with qtbot.waitActive(button):
        button.activateWindow()
    button.setFocus()
    button.click()
    assert button.isDown()
    frame = button.popover.frame_rect()
    QTest.mouseClick(button.popover, LEFT, Qt.KeyboardModifier.NoModifier, frame.bottomRight() + QPoint(4, 4))
    assert not button.popover.isVisible()
    assert not button.isDown()
    assert button.hasFocus()


@pytest.mark.parametrize(("typed", "ago"), [("today", 0), (" Yesterday ", 1), ("hoy", 0), ("AYER", 1)])
def test_days_are_typed_by_name_in_either_language(look: Look, typed: str, ago: int) -> None:
    today = date(2026, 3, 1)
    assert read_day(typed, look, today) == today - timedelta(days=ago)
    with pytest.raises(NotADayError):
        read_day("tomorrowish", look, today)
