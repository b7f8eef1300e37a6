"""The week grid and the agenda: hours that fit, blocks side by side, keys, drags, what screen readers hear."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible

from widgets.calendar.agenda import Agenda, Heading
from widgets.calendar.blocks import LEAST_MINUTES, Block, hours_of, side_by_side
from widgets.calendar.week_grid import WeekGrid

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.look import Look

MONDAY = date(2026, 6, 8)
DAYS = [date(2026, 6, day) for day in range(8, 13)]


def block(key: str, start: float, end: float, day: date = MONDAY, **fields: object) -> Block:
    return Block(key, day, start, end, title=key.title(), time=f"{int(start // 60):02}:00", state="Showed", **fields)  # pyright: ignore[reportArgumentType]


@given(st.lists(st.tuples(st.integers(0, 1400), st.integers(0, 300)), max_size=30))
@settings(max_examples=150, deadline=None)
def test_no_block_covers_another(spans: list[tuple[int, int]]) -> None:
    """Blocks of one column never overlap; a block beside nobody has the whole width; all are there."""
    blocks = [block(str(number), start, start + length) for number, (start, length) in enumerate(spans)]
    placed = side_by_side(blocks)
    assert {each.block.key for each in placed} == {each.key for each in blocks}
    for one in placed:
        assert 0 <= one.column < one.columns
        beside = [
            other
            for other in placed
            if other is not one and other.block.start < one.block.shown_end and one.block.start < other.block.shown_end
        ]
        assert all(other.column != one.column and other.columns == one.columns for other in beside)
        assert beside or one.columns >= 1
    alone = side_by_side([block("a", 540, 600), block("b", 600, 660)])
    assert [each.columns for each in alone] == [1, 1]


def test_hours_fit_the_blocks() -> None:
    assert hours_of([]) == (9, 17)
    assert hours_of([block("a", 9 * 60, 9 * 60 + 45), block("b", 16 * 60 + 15, 17 * 60 + 1)]) == (9, 18)
    assert hours_of([block("late", 23 * 60 + 50, 24 * 60)]) == (18, 24)
    assert hours_of([block("a", 600, 600)]) == (8, 14)
    assert block("a", 600, 600).shown_end == 600 + LEAST_MINUTES


@pytest.fixture
def grid(qtbot: QtBot, look: Look) -> WeekGrid:
    made = WeekGrid(look)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.set_week(
        DAYS,
        [
            block("early", 9 * 60, 10 * 60),
            block("beside", 9 * 60 + 30, 10 * 60 + 30),
            block("noon", 12 * 60, 13 * 60, DAYS[2]),
            block("untimed", 0, 0, DAYS[1], is_timed=False),
        ],
    )
    made.set_now(DAYS[1], 600)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_blocks_stand_on_their_day_and_hour(grid: WeekGrid) -> None:
    early, beside, noon, untimed = (grid.place_of(key) for key in ("early", "beside", "noon", "untimed"))
    assert early is not None and beside is not None and noon is not None and untimed is not None  # noqa: PT018
    assert early.right() <= beside.left()
    assert noon.left() > beside.right()
    assert noon.top() > beside.bottom()
    assert untimed.bottom() < early.top()
    assert noon.width() > 1.8 * early.width()
    grid.grab()


def test_keys_walk_the_week_and_leave_it(grid: WeekGrid, qtbot: QtBot) -> None:
    chosen: list[str] = []
    weeks: list[int] = []
    grid.chosen.connect(chosen.append)
    grid.week_wanted.connect(weeks.append)
    grid.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(grid, key)
    assert chosen == ["early", "beside", "untimed", "noon", "early"]
    qtbot.keyClick(grid, Qt.Key.Key_PageDown)
    qtbot.keyClick(grid, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert weeks == [1, -1]
    interface = QAccessible.queryAccessibleInterface(grid)
    assert interface is not None
    assert "09:00, Early, Showed" in grid.accessibleDescription()
    with qtbot.waitSignal(grid.opened) as opened:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert opened.args == ["early"]


def test_a_click_chooses_and_a_drag_turns_the_week(grid: WeekGrid, qtbot: QtBot) -> None:
    weeks: list[int] = []
    grid.week_wanted.connect(weeks.append)
    middle = grid.middle_of("noon")
    assert middle is not None
    with qtbot.waitSignal(grid.chosen) as chosen:
        qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert chosen.args == ["noon"]
    view, start = grid.viewport(), QPoint(800, 600)
    for away, expected in ((-60, []), (-400, [1]), (400, [1, -1])):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(view, start + QPoint(away // 2, 0))
        qtbot.mouseMove(view, start + QPoint(away, 0))
        grid.grab()
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(away, 0))
        assert weeks == expected


def test_the_agenda_says_each_appointment_and_skips_days(qtbot: QtBot, look: Look) -> None:
    agenda = Agenda(look)
    qtbot.addWidget(agenda)
    agenda.resize(340, 500)
    agenda.set_entries(
        [
            Heading("Mon, Jun 8", "1 appointment"),
            block("early", 540, 600, channel="Email", tag="merged", icon="check"),
            Heading("Wed, Jun 10", "1 appointment"),
            block("noon", 720, 780, DAYS[2], tip="<b>&amp;"),
        ]
    )
    agenda.show()
    agenda.set_current("early")
    chosen: list[str] = []
    agenda.chosen.connect(chosen.append)
    qtbot.keyClick(agenda, Qt.Key.Key_Down)
    assert chosen == ["noon"]
    model = agenda.model()
    spoken = model.data(model.index(1, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "09:00, Early, Showed, merged"
    assert model.data(model.index(3, 0), Qt.ItemDataRole.ToolTipRole) == "<p>&lt;b&gt;&amp;amp;</p>"
    agenda.grab()
