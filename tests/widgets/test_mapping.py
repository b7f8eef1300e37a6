"""The mapping editor shows a file as it would be imported, and tells what the user changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTableView

from widgets.mapping import ColumnPreview, FieldChoice, FilePreview, KindChoice, MappingEditor, Trouble
from widgets.mapping.combo import ChoiceCombo

if TYPE_CHECKING:
    from widgets.look import Look

WRONG = Trouble("is not a number", 2, ("twelve", "<b>ten</b>"))
VIEW = FilePreview(
    file_name="de\u202eals\x00.csv",
    facts=("12 kB", "CSV", "3 rows"),
    kinds=(KindChoice("conversions", "Conversions", "fits"), KindChoice("events", "Events", "lacks a time")),
    kind="conversions",
    fields=(
        FieldChoice("conversion_id", is_needed=True), FieldChoice("email"), FieldChoice("time", is_needed=True),
        FieldChoice("value_amount"), FieldChoice("source"),
    ),
    columns=(
        ColumnPreview("deal", "id", 1.0, "conversion_id"),
        ColumnPreview("email", "email", 0.5, "email"),
        ColumnPreview("Importe", "money", 1.0, "value_amount", (WRONG,), ("a comma marks decimals",)),
        ColumnPreview("source", "text", 1.0),
        *(ColumnPreview(f"extra {n}", "text", 1.0) for n in range(12)),
    ),
    rows=tuple((f"d{n}", None, "1,5" if n % 2 else "tw\x00elve", "ads", *["x"] * 12) for n in range(40)),
    lines=tuple(range(2, 42)),
    bad_cells=frozenset({(0, 2), (5, -1)}),
    needed=("time",),
    notes=("read as UTF-16",),
    troubles=(Trouble("the row has more columns than the header", 1),),
)  # fmt: skip


@pytest.fixture
def editor(look: Look, qtbot) -> MappingEditor:
    made = MappingEditor(look)
    made.resize(700, 400)
    qtbot.addWidget(made)
    made.set_preview(VIEW)
    made.show()
    qtbot.waitExposed(made)
    return made


def combos(editor: MappingEditor) -> list[ChoiceCombo]:
    return [box for box in editor.findChildren(ChoiceCombo) if "column" in box.accessibleName()]


def kinds(editor: MappingEditor) -> ChoiceCombo:
    return next(box for box in editor.findChildren(ChoiceCombo) if box.accessibleName() == "Import as")


def texts(editor: MappingEditor) -> str:
    return "\n".join(label.text() for label in editor.findChildren(QLabel) if label.isVisible())


def test_everything_about_the_file_is_shown(editor):
    shown = texts(editor)
    assert "deals" in shown.replace("\ufffd", "").replace("\u202e", "")
    assert "\x00" not in shown
    assert "\u202e" not in shown
    for text in ("12 kB · CSV · 3 rows", "read as UTF-16", "1 row: the row has more columns than the header"):
        assert text in shown
    assert "Still needed: time" in shown
    assert [box.shown for box in combos(editor)[:4]] == ["conversion_id", "email", "value_amount", "Not imported"]
    assert combos(editor)[0].itemText(3) == "time (needed)"


def test_rows_that_will_be_rejected_are_told_once_nothing_is_needed(editor):
    editor.set_preview(replace(VIEW, needed=()))
    assert "3 of these rows will be rejected" in texts(editor)
    clean = tuple(replace(column, troubles=()) for column in VIEW.columns)
    editor.set_preview(replace(VIEW, needed=(), troubles=(), columns=clean, bad_cells=frozenset()))
    assert "Ready to import" in texts(editor)


def test_a_field_moves_from_column_to_column(editor, qtbot):
    with qtbot.waitSignal(editor.mapping_changed) as told:
        combos(editor)[4].setFocus()
        QTest.keyClicks(combos(editor)[4], "email")  # by the keyboard alone
    assert [box.shown for box in combos(editor)[:5]] == [
        *("conversion_id", "Not imported", "value_amount", "Not imported", "email")
    ]
    # `source` is left out, and says so: an import would read a column of that name otherwise.
    assert told.args == [{"conversion_id": "deal", "email": "extra 0", "value_amount": "Importe", "source": ""}]
    with qtbot.waitSignal(editor.mapping_changed) as told:
        QTest.keyClick(combos(editor)[0], Qt.Key.Key_Home)
    assert "conversion_id" not in told.args[0]
    assert told.args[0] == editor.mapping


def test_another_look_keeps_the_place(editor, qtbot):
    table = editor.findChild(QTableView)
    box = combos(editor)[12]
    box.setFocus()
    across = table.horizontalScrollBar().value()
    assert across > 0  # the column came into view
    table.verticalScrollBar().setValue(7)
    with qtbot.assertNotEmitted(editor.mapping_changed):
        editor.set_preview(replace(VIEW, needed=(), kind="events"))
    assert QApplication.focusWidget() is box
    assert (table.horizontalScrollBar().value(), table.verticalScrollBar().value()) == (across, 7)
    assert kinds(editor).currentText() == "Events"
    editor.set_preview(replace(VIEW, columns=VIEW.columns[:2], rows=(("a", "b"),), lines=(2,), bad_cells=frozenset()))
    assert len([box for box in combos(editor) if box.isVisible()]) == 2


def test_the_kind_is_told(editor, qtbot):
    with qtbot.waitSignal(editor.kind_changed) as told:
        kinds(editor).setFocus()
        QTest.keyClick(kinds(editor), Qt.Key.Key_Down)
    assert told.args == ["events"]


def test_problems_of_a_column_can_be_read_without_a_mouse(editor):
    combos(editor)[2].setFocus()
    assert "2 rows: is not a number" in texts(editor)
    assert "a comma marks decimals" in texts(editor)
    spoken = QAccessible.queryAccessibleInterface(combos(editor)[2])
    assert combos(editor)[2].accessibleName() == "Field for column Importe"
    assert "is not a number" in spoken.text(QAccessible.Text.Description)
    assert "<b>ten" not in combos(editor)[2].toolTip()
    assert "&lt;b&gt;ten" in combos(editor)[2].toolTip()


def test_cells_are_tinted_where_they_are_rejected(editor, look):
    table = editor.findChild(QTableView)
    table.clearSelection()
    for theme in ("light", "dark"):
        look.set_theme(theme)
        image = table.viewport().grab().toImage()

        def at(row, column, image=image):
            rect = table.visualRect(table.model().index(row, column))
            return image.pixelColor(rect.right() - 3, rect.top() + 3).name()

        bad, canvas = look.color("bad.soft").name(), look.color("bg.canvas").name()
        assert [at(0, 2), at(1, 2), at(0, 1), at(5, 0), at(5, 1)] == [bad, canvas, canvas, bad, bad]
    assert table.model().index(0, 2).data().isprintable()
    spoken = table.model().index(5, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "deal: d5, row rejected"


def test_the_wheel_over_a_box_scrolls_the_table(editor):
    box = combos(editor)[0]
    kinds(editor).setFocus()
    where = QPointF(box.rect().center())
    turn = QWheelEvent(where, QPointF(box.mapToGlobal(where.toPoint())), QPoint(), QPoint(0, -120),
                       Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
                       False)  # fmt: skip  # noqa: FBT003
    QApplication.sendEvent(box, turn)
    assert box.shown == "conversion_id"


def test_known_formats_have_nothing_to_map(editor):
    editor.set_preview(replace(VIEW, is_fixed=True, needed=()))
    assert not [box for box in combos(editor) if box.isVisible()]
    assert "there is nothing to map" in texts(editor)
    assert editor.mapping == {}
    editor.set_preview(VIEW)
    assert len([box for box in combos(editor) if box.isVisible()]) == len(VIEW.columns)


def test_a_file_without_rows(editor):
    editor.set_preview(replace(VIEW, rows=(), lines=(), columns=(), bad_cells=frozenset(), troubles=()))
    assert "The first 0 rows of the file" in texts(editor)
    assert editor.mapping == {}
