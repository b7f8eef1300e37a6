"""Segments, pickers, filters, the search field and the palette, by keyboard and mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from widgets.inputs.filters import FilterBar, FilterChip
from widgets.inputs.palette import CommandPalette, PaletteItem
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.search import SearchField
from widgets.inputs.segments import Segments

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.inputs.rows_view import RowsView
    from widgets.look import Look

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
MODELS = [
    Choice("first", "First touch", "All to the first.", "Rules"),
    Choice("position", "Position-based", "Ends count more.", "Rules"),
    Choice("markov", "Markov chain", "What would be lost.", "Learned"),
]
DIMENSIONS = [Choice("goal", "Goal"), Choice("country", "Country"), Choice("page", "Page")]
GOAL = FilterChip("goal", "is", ("payment_received",))


def keys_of(view: RowsView) -> list[str]:
    rows = [view.rows.row_at(place) for place in view.rows.places()]
    return [row.key for row in rows if row is not None]


def click_row(view: RowsView, key: str) -> None:
    place = view.visualRect(view.rows.index(view.rows.place_of(key))).center()
    QTest.mouseClick(view.viewport(), LEFT, PLAIN, place)


def test_segments_go_round_with_arrows_and_skip_what_is_off(look: Look, qtbot: QtBot) -> None:
    segments = Segments(look, [("7d", "7 d"), ("14d", "14 d"), ("30d", "30 d")], name="Period")
    qtbot.addWidget(segments)
    heard: list[str] = []
    segments.chosen.connect(heard.append)
    buttons = segments.findChildren(QPushButton)
    segments.set_current("7d")
    segments.set_enabled_options(["7d", "30d"])
    QTest.keyClick(buttons[0], Key.Key_Right)
    QTest.keyClick(buttons[2], Key.Key_Right)
    QTest.mouseClick(buttons[0], LEFT)
    QTest.keyClick(buttons[0], Key.Key_End)
    assert heard == ["30d", "7d", "30d"]
    assert [button.isChecked() for button in buttons] == [False, False, True]
    stops = [button for button in buttons if button.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [buttons[2]]
    segments.set_current(None)
    assert not any(button.isChecked() for button in buttons)


def test_a_picker_finds_by_typing_and_says_only_what_is_new(look: Look, qtbot: QtBot) -> None:
    button = PickerButton(look, "Model", icon="scales", search="Find a model")
    qtbot.addWidget(button)
    heard: list[str] = []
    button.chosen.connect(heard.append)
    button.set_choices(MODELS)
    button.set_current("position")
    button.show()
    assert button.accessibleName() == "Model Position-based"
    QTest.keyClick(button, Key.Key_Return)
    field, view = button.popover.field, button.popover.list
    assert keys_of(view) == ["first", "position", "markov"]
    assert view.current_row() is not None
    QTest.keyClick(field, Key.Key_Return)
    assert heard == []
    QTest.keyClick(button, Key.Key_Down)
    assert button.popover.isVisible()
    QTest.keyClicks(field, "chain")
    assert keys_of(view) == ["markov"]
    QTest.keyClick(field, Key.Key_Return)
    assert heard == ["markov"]
    assert button.value() == "Markov chain"
    button.click()
    QTest.keyClicks(field, "x")
    QTest.keyClick(field, Key.Key_Escape)
    assert button.popover.isVisible()
    QTest.keyClick(field, Key.Key_Escape)
    assert not button.popover.isVisible()


def test_a_picker_of_several_stops_at_its_maximum(look: Look, qtbot: QtBot) -> None:
    button = PickerButton(look, "Models", max_checked=2)
    qtbot.addWidget(button)
    heard: list[list[str]] = []
    button.checked.connect(heard.append)
    button.set_choices(MODELS)
    button.set_checked(["markov"])
    button.show()
    button.click()
    view = button.popover.list
    click_row(view, "first")
    click_row(view, "position")
    assert heard == [["first", "markov"]]
    assert button.value() == "First touch +1"
    QTest.keyClick(view, Key.Key_Down)
    QTest.keyClick(view, Key.Key_Space)
    assert heard[-1] == ["first"]
    assert button.popover.isVisible()


def test_a_filter_is_made_from_values_that_arrive_late(look: Look, qtbot: QtBot) -> None:
    bar = FilterBar(look)
    qtbot.addWidget(bar)
    bar.resize(900, 28)
    changes: list[list[FilterChip]] = []
    asked: list[tuple[str, str]] = []
    bar.changed.connect(changes.append)
    bar.values_wanted.connect(lambda *question: asked.append(question))
    bar.set_dimensions(DIMENSIONS)
    bar.set_filters([GOAL])
    bar.show()
    QTest.keyClick(bar.add_button, Key.Key_Return)
    popover = bar.popover
    QTest.keyClicks(popover.dimension_field, "cou")
    QTest.keyClick(popover.dimension_field, Key.Key_Return)
    assert asked == [("country", "")]
    assert not popover.apply_button.isEnabled()
    bar.set_values("country", "", [("México", 5947), ("(not set)", 144), ("Spain", 702)], is_complete=False)
    QTest.keyClick(popover.value_field, Key.Key_Return)
    QTest.keyClicks(popover.value_field, "spa")
    popover.value_field.search_now()
    assert asked[-1] == ("country", "spa")
    bar.set_values("country", "", [("Peru", 1)], is_complete=True)
    assert "Peru" not in keys_of(popover.value_list)
    bar.set_values("country", "spa", [("Spain", 702)], is_complete=True)
    click_row(popover.value_list, "Spain")
    QTest.mouseClick(popover.findChildren(Segments)[0].findChildren(QPushButton)[1], LEFT)
    QTest.keyClick(popover.value_field, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert changes == [[GOAL, FilterChip("country", "is_not", ("México", "Spain"))]]


def test_chips_are_edited_and_removed(look: Look, qtbot: QtBot) -> None:
    bar = FilterBar(look)
    qtbot.addWidget(bar)
    bar.resize(900, 28)
    bar.set_dimensions(DIMENSIONS)
    page = FilterChip("page", "contains", ("/aligners",))
    bar.set_filters([GOAL, page])
    changes: list[list[FilterChip]] = []
    bar.changed.connect(changes.append)
    bar.show()
    chips = [bar.childAt(4, 14), bar.childAt(240, 14)]
    assert [chip.accessibleName() for chip in chips if chip] == [
        "Filter: Goal payment_received",
        "Filter: Page contains /aligners",
    ]
    goal, text = chips
    assert isinstance(goal, QPushButton)
    assert isinstance(text, QPushButton)
    QTest.mouseClick(text, LEFT, PLAIN, QPoint(20, 12))
    bar.popover.text_field.setText("/whitening")
    QTest.keyClick(bar.popover.text_field, Key.Key_Return)
    assert changes.pop() == [GOAL, FilterChip("page", "contains", ("/whitening",))]
    QTest.mouseClick(text, LEFT, PLAIN, QPoint(text.width() - 14, 12))
    assert changes.pop() == [GOAL]
    QTest.keyClick(goal, Key.Key_Delete)
    assert changes.pop() == []
    assert bar.filters == []


def test_chips_that_do_not_fit_wait_behind_a_number(look: Look, qtbot: QtBot) -> None:
    bar = FilterBar(look)
    qtbot.addWidget(bar)
    bar.set_dimensions(DIMENSIONS)
    bar.resize(360, 28)
    bar.set_filters([GOAL, *(FilterChip("page", "is", (f"/page-{place}",)) for place in range(3))])
    bar.show()
    assert bar.more_button.isVisible()
    assert bar.more_button.value() == "+3"
    assert bar.add_button.geometry().right() <= bar.width()
    assert bar.more_button.accessibleName() == "3 more filters"
    QTest.keyClick(bar.more_button, Key.Key_Return)
    bar.resize(1200, 28)
    assert not bar.more_button.isVisible()


def test_a_search_field_waits_and_esc_empties_then_leaves(look: Look, qtbot: QtBot) -> None:
    field = SearchField(look, "Find")
    qtbot.addWidget(field)
    field.show()
    heard: list[str] = []
    left: list[int] = []
    field.searched.connect(heard.append)
    field.left.connect(lambda: left.append(1))
    with qtbot.waitSignal(field.searched):
        QTest.keyClicks(field, "abc")
    assert heard == ["abc"]
    QTest.mouseClick(field, LEFT, PLAIN, QPoint(field.width() - 10, 12))
    assert heard == ["abc", ""]
    QTest.keyClicks(field, "x")
    QTest.keyClick(field, Key.Key_Return)
    QTest.keyClick(field, Key.Key_Escape)
    assert (heard[2:], left) == (["x", ""], [])
    QTest.keyClick(field, Key.Key_Escape)
    assert left == [1]


def test_the_palette_searches_wraps_runs_and_gives_the_focus_back(look: Look, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    button = QPushButton("Home", window)
    QVBoxLayout(window).addWidget(button)
    palette = CommandPalette(look, window)
    asked: list[tuple[str, str]] = []
    ran: list[object] = []
    sourced: list[tuple[str, str]] = []
    items = [
        PaletteItem("switch", "Switch to Markov", group="Models", payload=1),
        PaletteItem("mark", "Mark today", group="Actions", payload=2),
        PaletteItem("export", "Export", group="Actions", payload=3),
    ]

    def source(query: str, mode: str) -> list[PaletteItem]:
        sourced.append((query, mode))
        return items

    palette.set_source(source)
    palette.search_wanted.connect(lambda *question: asked.append(question))
    palette.run.connect(ran.append)
    with qtbot.waitExposed(window):
        window.show()
    button.setFocus()
    palette.open()
    assert keys_of(palette.list) == ["switch", "mark", "export"]
    assert palette.field.hasFocus()
    with qtbot.waitSignal(palette.search_wanted):
        QTest.keyClicks(palette.field, "mark")
    assert asked == [("mark", "all")]
    assert keys_of(palette.list) == ["mark", "switch"]
    palette.add_results("mar", [PaletteItem("late", "Too late")])
    palette.add_results("mark", [PaletteItem("delgado", "Mark Delgado", group="Customers", payload=4)])
    assert keys_of(palette.list) == ["mark", "switch", "delgado"]
    QTest.keyClick(palette.field, Key.Key_Up)
    QTest.keyClick(palette.field, Key.Key_Tab)
    assert palette.field.hasFocus()
    QTest.keyClick(palette.field, Key.Key_Return)
    assert ran == [4]
    assert palette.isHidden()
    assert button.hasFocus()
    palette.open("@")
    QTest.keyClicks(palette.field, "Ana")
    assert sourced[-1] == ("Ana", "customers")
    QTest.keyClick(palette.field, Key.Key_Escape)
    assert palette.isHidden()
    palette.open()
    QTest.mouseClick(palette, LEFT, PLAIN, QPoint(3, 3))
    assert palette.isHidden()
