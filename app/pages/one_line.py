"""A muted line of text in whatever room there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy

from widgets.text import tip

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from widgets.look import Look


class OneLine(QLabel):
    """One muted line that is shortened to its room, whole in the tooltip."""

    def __init__(self, look: Look, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
        super().__init__()
        self._look = look
        self._side = side
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", "caption")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(tip(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(self._look.font("caption"))
        painter.setPen(self._look.color("text.muted"))
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | self._side), text)
