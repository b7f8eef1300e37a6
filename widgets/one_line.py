"""A line of text in whatever room there is."""

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
    """One line that is shortened to its room, whole in the tooltip; muted unless told otherwise."""

    def __init__(
        self,
        look: Look,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        role: str = "caption",
        color: str = "text.muted",
    ) -> None:
        super().__init__()
        self._role, self._color = role, color
        self._look = look
        self._side = side
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", "caption" if role == "caption" else "secondary")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(tip(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setFont(self._look.font(self._role))
        painter.setPen(self._look.color(self._color))
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | self._side), text)
