"""The ring of the focus, toasts and the tray of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QWidget

from widgets.inputs.focus_ring import FocusRing
from widgets.inputs.progress import ThinProgress
from widgets.inputs.toasts import Toasts
from widgets.inputs.tray import JobLine, TrayButton

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.look import Look

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 500)
    return made


def test_the_ring_follows_the_keyboard_and_not_the_mouse(look: Look, qtbot: QtBot, window: QWidget) -> None:
    row = QHBoxLayout(window)
    first, second, view = QPushButton("One", window), QPushButton("Two", window), QListView(window)
    for widget in (first, second, view):
        row.addWidget(widget)
    ring = FocusRing(look, window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    native = window.windowHandle()
    first.setFocus()
    assert ring.isHidden()
    QTest.keyClick(native, Key.Key_Tab)
    assert second.hasFocus()
    assert ring.isVisible()
    assert ring.geometry() == second.geometry().adjusted(-3, -3, 3, 3)
    second.move(second.pos() + QPoint(0, 40))
    assert ring.geometry() == second.geometry().adjusted(-3, -3, 3, 3)
    second.hide()
    assert ring.isHidden()
    second.show()
    second.setFocus()
    QTest.keyClick(native, Key.Key_Tab)
    assert view.hasFocus()
    assert ring.isHidden()
    QTest.keyClick(native, Key.Key_Backtab)
    assert ring.isVisible()
    QTest.mouseClick(native, LEFT, Qt.KeyboardModifier.NoModifier, first.geometry().center())
    assert first.hasFocus()
    assert ring.isHidden()
    QTest.keyClick(native, Key.Key_Tab)
    assert ring.isVisible()
    second.deleteLater()
    qtbot.waitUntil(ring.isHidden)


def test_a_toast_acts_once_waits_while_unseen_and_goes_with_esc(look: Look, qtbot: QtBot, window: QWidget) -> None:
    toasts = Toasts(look, window, bottom=24)
    undone: list[int] = []
    early = toasts.show_toast("Before the window is shown")
    assert not early.is_ticking
    window.show()
    assert early.is_ticking
    toast = toasts.show_toast("36 <b>profiles</b> repaired", action="Undo", on_action=lambda: undone.append(1))
    assert toast.text.textFormat() == Qt.TextFormat.PlainText
    assert toast.geometry().bottomRight() == QPoint(800 - 16 - 1, 500 - 24 - 16 - 1)
    assert early.geometry().bottom() < toast.geometry().top()
    window.resize(900, 600)
    assert toast.geometry().right() == 900 - 16 - 1
    QTest.mouseClick(toast.action_button, LEFT)
    assert undone == [1]
    assert toasts.shown == [early]
    window.hide()
    assert not early.is_ticking
    window.show()
    QTest.keyClick(early.close_button, Key.Key_Escape)
    assert toasts.shown == []
    QTest.mouseMove(window, QPoint(5, 5))
    brief = toasts.show_toast("Gone at once", seconds=0.001)
    with qtbot.waitSignal(brief.ended):
        pass
    qtbot.waitUntil(lambda: not toasts.shown)
    assert not toasts.show_toast("Stays", seconds=0).is_ticking


def test_the_tray_lists_jobs_in_place_and_turns_only_while_seen(look: Look, qtbot: QtBot, window: QWidget) -> None:
    tray = TrayButton(look, window)
    heard: list[object] = []
    tray.cancel_wanted.connect(heard.append)
    window.show()
    assert tray.isHidden()
    lines = [
        JobLine(1, "Import", "File 3 of 8", 0.42, 130.0),
        JobLine(2, "Fit"),
    ]
    tray.set_jobs(lines)
    assert tray.isVisible()
    assert tray.value() == "2 running"
    assert tray.is_turning
    QTest.keyClick(tray, Key.Key_Return)
    bars = tray.popover.findChildren(ThinProgress)
    buttons = [button for button in tray.popover.findChildren(QPushButton) if button.isVisible()]
    assert [bar.value() for bar in bars if bar.maximum()] == [420]
    assert [bar.is_moving for bar in bars] == [False, True]
    tray.set_jobs([JobLine(1, "Import", "File 4 of 8", 0.5, 100.0), JobLine(2, "Fit", error="Out of memory.")])
    assert [button for button in tray.popover.findChildren(QPushButton) if button.isVisible()] == buttons
    assert [button.text() for button in buttons] == ["Cancel", "Dismiss"]
    assert bars[0].value() == 500
    QTest.mouseClick(buttons[1], LEFT)
    assert heard == [2]
    QTest.keyClick(tray.popover, Key.Key_Escape)
    assert not tray.popover.isVisible()
    tray.set_jobs(lines)
    window.hide()
    assert not tray.is_turning
    assert not any(bar.is_moving for bar in tray.popover.findChildren(ThinProgress))
    tray.set_jobs(())
    assert tray.isHidden()
