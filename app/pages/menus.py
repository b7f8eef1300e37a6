"""Menus of rows: what can be done with one, where it was asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

    from widgets.endless import EndlessList
    from widgets.look import Look

    Choice = tuple[str, str, Callable[[], Any]]  # icon, text, what it does


def show_menu(look: Look, owner: QWidget, choices: Sequence[Choice], place: QPoint) -> None:
    """Show a menu at a place of the screen."""
    menu = QMenu(owner)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for icon, text, run in choices:
        menu.addAction(look.icon(icon), text).triggered.connect(partial(_run, run))
    menu.popup(place)


def offer_copy_of(look: Look, rows: EndlessList) -> None:
    """Give a list a menu that copies the selected rows."""

    def show(_row: dict[str, Any], place: QPoint) -> None:
        show_menu(look, rows, [("copy", look.say("Copy rows"), rows.copy)], place)

    rows.menu_wanted.connect(show)


def _run(run: Callable[[], Any], _checked: object = None) -> None:
    run()
