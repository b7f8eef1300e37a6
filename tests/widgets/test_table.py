"""The table: what survives new rows, what mouse and keyboard do, and what is painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest

from widgets.table.columns import Column
from widgets.table.glyphs import channel_pixmap, paint_channel
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.look import Look

Key = Qt.Key
COLUMNS = [
    Column("name", "Campaign", kind="text", glyph="channel"),
    Column("spend", "Spend", unit="money", bar="cost"),
    Column("shift", "vs A", kind="heat", priority=1),
    Column("conv", "Conv.", unit="decimal", priority=2, cells_click=True),
]
ATTACK = ["<img src=x>", "\u202egnp.exe", "😀" * 50, "x" * 10_000, "a\0b\nc"]


def flat(count: int = 200, factor: float = 1.0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": list(range(count)),
            "name": [f"Row {row:03}" for row in range(count)],
            "channel": ["Email"] * count,
            "spend": [factor * row for row in range(count)],
            "shift": [120.0] * count,
            "conv": [None] * count,
        },
        schema_overrides={"conv": pl.Float64},
    )


def tree() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": ["c1", "c2", "s1", "s2", "a1"],
            "parent": [None, None, "c1", "c2", "s1"],
            "name": ["Camp one", "Camp two", "Set A", "Set B", "Añejo"],
            "spend": [10.0, 30.0, 10.0, 30.0, 10.0],
        }
    )


def shown(qtbot: QtBot, table: DataTable, width: int = 600, height: int = 300) -> DataTable:
    qtbot.addWidget(table)
    table.resize(width, height)
    table.show()
    qtbot.waitExposed(table)
    return table


@pytest.fixture
def table(qtbot: QtBot, look: Look) -> DataTable:
    made = DataTable(look, COLUMNS, id_field="id", totals=True, accessible_name="Campaigns")
    made.set_rows(flat(), {"name": "200 rows", "spend": 19900.0})
    return shown(qtbot, made)


@pytest.fixture
def branches(qtbot: QtBot, look: Look) -> DataTable:
    made = DataTable(look, COLUMNS, id_field="id", parent_field="parent", totals=True, accessible_name="Campaigns")
    made.set_rows(tree(), {"name": "2 campaigns"})
    return shown(qtbot, made)


def names(table: DataTable) -> list[str]:
    return table.visible_frame()["name"].to_list()


def seen(table: DataTable) -> list[str]:
    """The names of the rows the view walks through, closed ones left out."""
    view = table._view
    found: list[str] = []
    index = view.model().index(0, 0)
    while index.isValid():
        found.append(str(index.data()))
        index = view.indexBelow(index)
    return found


def center(table: DataTable, row: int, column: int = 0) -> QPoint:
    view = table._view
    return view.visualRect(view.model().index(row, column)).center()


def picture(table: DataTable) -> QImage:
    return table._view.viewport().grab().toImage()


def test_new_rows_and_orders_keep_selection_scroll_and_tell_nobody(table: DataTable, qtbot: QtBot) -> None:
    table.select_id(150)
    scroll = table._view.verticalScrollBar().value()
    assert scroll > 0
    told: list[Any] = []
    table.chosen.connect(told.append)
    table.sort_by("spend", descending=True)
    assert [row["id"] for row in table.selected_rows()] == [150]
    assert names(table)[0] == "Row 199"
    table.set_rows(flat(factor=-1.0))
    assert names(table)[0] == "Row 000"
    assert [row["spend"] for row in table.selected_rows()] == [-150.0]
    assert table._view.verticalScrollBar().value() == scroll
    table.set_search("row 15")
    assert len(names(table)) == 10
    assert [row["id"] for row in table.selected_rows()] == [150]
    table.set_search("")
    table.set_rows(flat(100))
    assert table.selected_rows() == []
    assert table.current_row() is None
    assert told == []


def test_tree_keeps_what_is_open_and_opens_hits_only_while_searched(branches: DataTable) -> None:
    assert seen(branches) == ["Camp one", "Camp two"]
    branches.expand_level(1)
    assert seen(branches) == ["Camp one", "Set A", "Camp two", "Set B"]
    branches.sort_by("spend", descending=True)
    assert seen(branches) == ["Camp two", "Set B", "Camp one", "Set A"]
    branches.set_search("anejo")
    assert seen(branches) == ["Camp one", "Set A", "Añejo"]
    branches.set_search("")
    branches.set_rows(tree())
    assert seen(branches) == ["Camp two", "Set B", "Camp one", "Set A"]
    branches.set_columns([*COLUMNS[:2], Column("id", "Id", kind="text")])
    assert seen(branches) == ["Camp two", "Set B", "Camp one", "Set A"]
    branches.select_id("s1")
    QTest.keyClick(branches._view, Key.Key_Right)
    assert "Añejo" in seen(branches)
    QTest.keyClick(branches._view, Key.Key_Left)
    QTest.keyClick(branches._view, Key.Key_Left)
    current = branches.current_row()
    assert current is not None
    assert current["id"] == "c1"


def test_what_is_asked_before_the_rows_come_holds_for_them(qtbot: QtBot, look: Look) -> None:
    made = DataTable(look, COLUMNS, id_field="id", parent_field="parent", section_field="spend", accessible_name="X")
    made.set_filter(pl.col("spend") > 10)
    made.set_search("camp")
    made.sort_by("name", descending=False)
    made.expand_level(1)
    shown(qtbot, made)
    QTest.keyClicks(made._view, "x ")
    made.copy()
    assert made.selected_rows() == []
    made.set_rows(tree())
    assert names(made) == ["Camp two", "Set B"]
    made.set_rows(tree().clear())
    assert names(made) == []


def test_click_on_a_caret_opens_without_choosing(branches: DataTable) -> None:
    told: list[Any] = []
    branches.chosen.connect(told.append)
    spot = QPoint(16, center(branches, 0).y())
    QTest.mouseClick(branches._view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert "Set A" in seen(branches)
    assert told == []


def test_mouse_and_keys_say_what_they_mean(table: DataTable, qtbot: QtBot) -> None:
    view, told = table._view, list[tuple[Any, ...]]()
    table.chosen.connect(lambda row: told.append(("chosen", row["id"])))
    table.opened.connect(lambda row: told.append(("opened", row["id"])))
    table.filtered.connect(lambda row: told.append(("filtered", row["id"])))
    table.peeked.connect(lambda row: told.append(("peeked", row["id"])))
    table.clicked_cell.connect(lambda row, field: told.append(("cell", row["id"], field)))
    table.menu_wanted.connect(lambda row, field, at: told.append(("menu", row["id"], field)))
    left, alt = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
    QTest.mouseClick(view.viewport(), left, pos=center(table, 1))
    QTest.mouseClick(view.viewport(), left, alt, center(table, 3))
    QTest.mouseClick(view.viewport(), left, pos=center(table, 2, 3))
    assert told == [("chosen", 1), ("filtered", 3), ("chosen", 2), ("cell", 2, "conv")]
    told.clear()
    QTest.keyClick(view, Key.Key_Left)
    QTest.keyClick(view, Key.Key_Return)
    QTest.keyClick(view, Key.Key_Return, alt)
    QTest.keyClick(view, Key.Key_Space)
    QTest.keyClick(view, Key.Key_Right)
    QTest.keyClick(view, Key.Key_Return)
    QTest.keyClick(view, Key.Key_Down)
    QTest.keyClick(view, Key.Key_End)
    assert told == [
        ("opened", 2), ("filtered", 2), ("peeked", 2), ("cell", 2, "conv"), ("chosen", 3), ("chosen", 199),
    ]  # fmt: skip
    told.clear()
    reason = QContextMenuEvent.Reason.Keyboard
    QGuiApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, QPoint(), QPoint()))
    assert told == [("menu", 199, "conv")]
    QTest.keyClicks(view, "row 07")
    current = table.current_row()
    assert current is not None
    assert current["name"] == "Row 070"
    assert ("peeked", 2) not in told


def test_copy_takes_the_visible_columns_of_the_selected_rows_in_order(table: DataTable) -> None:
    table.sort_by("spend", descending=True)
    table.set_hidden(["shift", "conv"])
    view = table._view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=center(table, 4))
    control = Qt.KeyboardModifier.ControlModifier
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, control, center(table, 1))
    QTest.keyClick(view, Key.Key_C, control)
    assert QGuiApplication.clipboard().text() == "Campaign\tSpend\nRow 198\t198.0\nRow 195\t195.0\n"
    QTest.keyClick(view, Key.Key_A, control)
    assert len(table.selected_rows()) == 200


def test_header_sorts_figures_from_the_largest_and_texts_from_a(table: DataTable, qtbot: QtBot) -> None:
    header, told = table._header, list[tuple[str, bool]]()
    table.sorted.connect(lambda field, is_down: told.append((field, is_down)))
    for logical in (1, 1, 0):
        spot = QPoint(header.sectionViewportPosition(logical) + 20, 10)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert told == [("spend", True), ("spend", False), ("name", False)]
    assert names(table)[0] == "Row 000"


def test_columns_leave_by_priority_and_the_name_takes_the_rest(table: DataTable) -> None:
    def fields() -> list[str]:
        return [column.field for column in table.visible_columns()]

    assert fields() == ["name", "spend", "shift", "conv"]
    assert table._header.length() == table._view.viewport().width()
    table.resize(310, 300)
    assert fields() == ["name", "spend", "shift"]
    table.resize(235, 300)
    assert fields() == ["name", "spend"]
    table.resize(120, 300)
    assert fields() == ["name", "spend"]
    assert table._header.sectionSize(0) >= 140
    table.resize(600, 300)
    told: list[list[str]] = []
    table.columns_changed.connect(told.append)
    menu = table.column_menu()
    next(action for action in menu.actions() if action.text() == "vs A").trigger()
    assert fields() == ["name", "spend", "conv"]
    table._header.moveSection(3, 1)
    assert told == [["name", "spend", "conv"], ["name", "conv", "spend"]]


def test_figures_keep_the_width_they_need(table: DataTable) -> None:
    before = table._header.sectionSize(1)
    table._header.resizeSection(1, 24)
    assert table._header.sectionSize(1) == before
    table.set_rows(flat(factor=1e9))
    assert table._header.sectionSize(1) > before


def test_totals_stand_below_the_last_row_and_never_leave(table: DataTable) -> None:
    totals = table._totals
    assert totals is not None
    assert totals.geometry().bottom() == table.rect().bottom()
    assert "Spend $19,900" in totals.accessibleName()
    table.set_search("Row 000")
    assert totals.y() == table._view.geometry().bottom()
    assert totals.geometry().bottom() < table.rect().bottom() - 20


def test_row_reads_as_one_sentence(table: DataTable) -> None:
    index = table._view.model().index(5, 0)
    spoken = str(index.data(Qt.ItemDataRole.AccessibleTextRole)).replace("\u2068", "").replace("\u2069", "")
    assert spoken == "Campaign Row 005, Spend $5, vs A +120%, Conv. –"


def test_row_states_are_painted(table: DataTable, look: Look) -> None:
    view = table._view
    spot = center(table, 2, 1)
    assert picture(table).pixelColor(2, spot.y()) == look.color("bg.canvas")
    QTest.mouseMove(view.viewport(), center(table, 2) + QPoint(1, 1))
    assert picture(table).pixelColor(2, spot.y()) == look.color("bg.hover")
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    image = picture(table)
    assert image.pixelColor(2, spot.y()) == look.color("bg.selected")
    assert image.pixelColor(0, spot.y()) == look.color("bg.selected")
    heat = QColor(look.tokens.diverging_step(1.2).fill)
    assert image.pixelColor(center(table, 2, 2).x() - 20, view.visualRect(view.model().index(2, 2)).top() + 2) == heat
    look.set_theme("dark")
    assert picture(table).pixelColor(2, spot.y()) == look.color("bg.selected")
    look.set_theme("light")


def test_focus_ring_only_with_the_keyboard(table: DataTable, qtbot: QtBot, look: Look) -> None:
    view = table._view
    with qtbot.waitActive(table):
        table.activateWindow()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=center(table, 2))
    assert picture(table).pixelColor(0, center(table, 2).y()) == look.color("bg.selected")
    QTest.keyClick(view, Key.Key_Down)
    assert picture(table).pixelColor(0, center(table, 3).y()) == look.color("focus.ring")


def test_muted_and_strong_rows_and_rows_heights(qtbot: QtBot, look: Look) -> None:
    made = DataTable(look, COLUMNS, id_field="id", is_compact=True, accessible_name="Campaigns")
    made.set_predicates(muted=pl.col("id") == 1, strong=pl.col("id") == 0)
    made.set_rows(flat(4))
    shown(qtbot, made)
    image, view = picture(made), made._view
    assert image.pixelColor(2, center(made, 0).y()) == look.color("bg.sunken")
    heat = view.visualRect(view.model().index(1, 2))
    assert image.pixelColor(heat.left() + 3, heat.top() + 2) == look.color("bg.canvas")
    assert view.visualRect(view.model().index(0, 0)).height() == 22
    look.set_density("comfortable")
    assert view.visualRect(view.model().index(0, 0)).height() == 26


def test_hostile_names_are_one_plain_line(qtbot: QtBot, look: Look) -> None:
    frame = flat(len(ATTACK)).with_columns(name=pl.Series(ATTACK), channel=pl.Series(ATTACK))
    made = DataTable(look, COLUMNS, id_field="id", parent_field=None, accessible_name="Campaigns")
    made.set_rows(frame)
    shown(qtbot, made)
    picture(made)
    model = made._view.model()
    texts = [str(model.index(row, 0).data()) for row in range(len(ATTACK))]
    assert texts[0] == "<img src=x>"
    assert texts[1] == "gnp.exe"
    assert texts[4] == "a b c"
    assert len(texts[3]) == 300
    assert made.visible_frame()["name"].to_list() == ATTACK


def test_every_channel_has_its_own_mark(qtbot: QtBot, look: Look) -> None:
    marks = {channel: channel_pixmap(look, channel, 20).toImage() for channel in (*look.tokens.channels, None)}
    for channel, mark in marks.items():
        assert sum(mark == other for other in marks.values()) == 1, channel
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    paint_channel(painter, QRectF(0, 0, 20, 20), "Organic Social", look)
    painter.end()
    assert image.pixelColor(10, 10).alpha() == 0
    assert marks["Paid Social"].pixelColor(10, 10) == QColor(look.tokens.channels["Paid Social"].color)


def test_cells_that_are_pictures_are_painted(qtbot: QtBot, look: Look) -> None:
    columns = [
        Column("id", "Name", kind="text"),
        Column("up", "Revenue", kind="change", direction=1),
        Column("worse", "CAC", kind="change", direction=-1),
        Column("plain", "Spend", kind="change"),
        Column("path", "Path", kind="path", width=200),
        Column("line", "Daily", kind="spark", bar="money"),
        Column("strip", "Shift", kind="strip", group="All models", initials=("LT", "FT", "MK"), baseline=0),
    ]
    frame = pl.DataFrame(
        {
            "id": ["a", "b"],
            "up": [12.4, None],
            "worse": [8.1, float("inf")],
            "plain": [3.6, 0.0],
            "path": [["Paid Search", "Email"] * 20, None],
            "line": [[1.0, 5.0, 2.0], None],
            "strip": [[0.0, -70.0, 120.0], None],
        }
    )
    made = DataTable(look, columns, id_field="id", accessible_name="Models")
    made.set_rows(frame)
    shown(qtbot, made, 900)
    image, view = picture(made), made._view

    def colors(row: int, column: int) -> set[str]:
        rect = view.visualRect(view.model().index(row, column))
        pixels = [(x, y) for x in range(rect.left(), rect.right()) for y in range(rect.top(), rect.bottom() - 1)]
        return {image.pixelColor(x, y).name() for x, y in pixels}

    step = look.tokens.diverging_step
    assert look.color("good.fill").name() in colors(0, 1)
    assert look.color("good.fill").name() not in colors(0, 2)
    assert QColor(look.tokens.channels["Paid Search"].color).name() in colors(0, 4)
    assert len(colors(0, 5)) > 2
    assert {QColor(step(shift).fill).name() for shift in (-0.7, 0, 1.2)} <= colors(0, 6)
    assert colors(1, 4) == colors(1, 6) - {look.color("border.hairline").name()} == {look.color("bg.canvas").name()}
    texts = [str(view.model().index(row, column).data()) for row in (0, 1) for column in (1, 2, 3)]
    assert texts == ["+12.4%", "+8.1%", "+3.6%", "–", "new", "0.0%"]
