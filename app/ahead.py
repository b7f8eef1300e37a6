"""Pages made before they are wanted: while nothing goes on, so that going to one for the first time takes no moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app.pages import PAGES

if TYPE_CHECKING:
    from app.window import Window

_PAUSE_MS = 400  # between pages: what the user begins meanwhile comes first


class Ahead(QObject):
    """Makes a window's pages, one in each quiet moment.

    Args:
        window: whose; it makes a page when asked for one.
    """

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._timer = QTimer(self)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._make_one)

    @property
    def is_done(self) -> bool:
        """Whether every page is there."""
        return not self._missing()

    def start(self) -> None:
        """Begin, or begin again for other content."""
        self._timer.start()

    def stop(self) -> None:
        """There is nothing to make pages of."""
        self._timer.stop()

    def _missing(self) -> list[str]:
        return [key for key in PAGES if key not in self._window.pages]

    def _make_one(self) -> None:
        missing = self._missing()
        if not missing or self._window.context is None:
            self._timer.stop()
        elif self._is_quiet():
            self._window.make_page(missing[0])

    def _is_quiet(self) -> bool:
        is_held = (
            QApplication.mouseButtons().value or QApplication.activePopupWidget() or QApplication.activeModalWidget()
        )
        return not is_held and not self._window.desktop.jobs.running()
