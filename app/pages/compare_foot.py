"""The line below the matrix: what its colours mean, that the columns tie, and which keys there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.pages.model_matrix import LETTERS
from widgets.one_line import OneLine
from widgets.panel import label

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from widgets.look import Look

_HEIGHT, _STEP, _CAP = 26, 20, 17


class Foot(QWidget):
    """Legend of the heat and keys; :attr:`told` says what the columns end at."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        say = look.say
        self.setFixedHeight(_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(label(look, say("less than A"), "caption"))
        row.addWidget(Ramp(look))
        row.addWidget(label(look, say("more than A"), "caption"))
        self.told = OneLine(look, Qt.AlignmentFlag.AlignRight)
        row.addWidget(self.told, 1)
        row.addSpacing(8)
        for key, text in (
            ("B", say("set baseline")),
            (f"1–{len(LETTERS)}", say("focus model")),
            ("↵", say("list conversions")),
        ):
            cap = label(look, key, "key")
            cap.setFixedHeight(_CAP)
            row.addWidget(cap)
            row.addWidget(label(look, text, "caption"))


class Ramp(QWidget):
    """The steps of the heat, from less to more."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setFixedSize(self.sizeHint())
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(len(self._look.tokens.diverging) * _STEP, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        for place, step in enumerate(self._look.tokens.diverging):
            painter.fillRect(QRectF(place * _STEP, 0, _STEP - 1, 12), QColor(step.fill))
