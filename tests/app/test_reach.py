"""Everything can be reached and named without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QScrollArea, QWidget

from app.pages import PAGES

if TYPE_CHECKING:
    from tests.app.conftest import Desk


def name_of(widget: QWidget) -> str:
    """What a screen reader says of a widget."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return (interface.text(QAccessible.Text.Name) if interface is not None else "").strip()


def reachable(desk: Desk) -> list[QWidget]:
    window = desk.window
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisibleTo(window) and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


@pytest.mark.parametrize("page", list(PAGES))
def test_whatever_takes_the_focus_has_a_name(desk: Desk, page: str) -> None:
    desk.open(page)
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in reachable(desk)
        if not name_of(widget) and not isinstance(widget, QScrollArea)
    ]
    assert nameless == []


@pytest.mark.parametrize("page", list(PAGES))
def test_tab_comes_to_every_button_and_field(desk: Desk, page: str) -> None:
    desk.open(page)
    window = desk.window
    window.activateWindow()
    wanted = {widget for widget in reachable(desk) if isinstance(widget, (QAbstractButton, QLineEdit))}
    seen: set[QWidget] = set()
    for _ in range(400):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None:
            continue
        if now in seen and wanted <= seen:
            break
        seen.add(now)
    missed = [f"{type(widget).__name__} {name_of(widget)!r}" for widget in wanted - seen]
    assert missed == []


def test_pages_open_by_key_and_single_keys_are_text_in_fields(desk: Desk) -> None:
    window = desk.window
    for number, key in enumerate((key for key, page in PAGES.items() if not page.place and not page.shortcut), 1):
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number % 10), Qt.KeyboardModifier.ControlModifier)
        desk.wait(lambda key=key: desk.page.key == key)
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    desk.wait(lambda: desk.page.key == "settings")
    desk.open("dashboard")
    assert window.context is not None
    before = window.context.view.selection
    QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    desk.wait(lambda: window.context is not None and window.context.view.selection.date_to < before.date_from)
    QTest.keyClick(window, Qt.Key.Key_Slash)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    now = window.context.view.selection
    QTest.keyClicks(field, "[fm")
    assert field.text() == "[fm"
    assert window.context.view.selection == now


def test_every_command_is_in_the_menus_and_the_palette(desk: Desk) -> None:
    window = desk.window
    in_menus = {
        action
        for menu in window.menuBar().actions()
        for entry in (menu.menu().actions() if menu.menu() else [])  # pyright: ignore[reportAttributeAccessIssue]
        for action in ([entry] if entry.menu() is None else entry.menu().actions())  # pyright: ignore[reportAttributeAccessIssue]
    }
    for command in window.bound.commands:
        assert window.bound[command.key] in in_menus, command.key
    shortcuts = [text for command in window.bound.commands for text in command.shortcuts]
    assert len(shortcuts) == len(set(shortcuts))
