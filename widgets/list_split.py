"""A list beside what its rows lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_SHARE = 0.32  # of a wide room


class ListSplit(QSplitter):
    """The list has its width, and more of a wide room, until somebody moves the edge between them."""

    def __init__(self, rows: QWidget, content: QWidget, width: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._width = width
        self._is_moved = False
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(rows)
        self.addWidget(content)
        self.setStretchFactor(1, 1)
        self.splitterMoved.connect(self._keep)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._is_moved:
            first = max(self._width, round(_SHARE * self.width()))
            self.setSizes([first, self.width() - first])

    def _keep(self) -> None:
        self._is_moved = True
