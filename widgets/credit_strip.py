"""The credit of one conversion as a strip: one part a touch, as wide as its share, the channel's mark in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.table.glyphs import SIZE, paint_channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_HEIGHT, _GAP = 24, 2


class CreditStrip(QWidget):
    """The strip."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._parts: Sequence[tuple[str, str, float, str]] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        look.changed.connect(self.update)

    def set_parts(self, parts: Sequence[tuple[str, str, float, str]], name: str) -> None:
        """Show parts.

        Args:
            parts: (channel, what it is called, share of 1, share as text) of each touch with credit, in order.
            name: what the strip is, for screen readers.
        """
        self._parts = [part for part in parts if part[2] > 0]
        self.setVisible(bool(self._parts))
        self.setAccessibleName(name)
        self.setAccessibleDescription(", ".join(f"{label} {text}" for _, label, _, text in self._parts))
        self.setToolTip(self.accessibleDescription())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Parts of at least the width of a mark, where there is room for all."""
        del event
        look, count = self._look, len(self._parts)
        if not count:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        least = min(SIZE + 6.0, (self.width() - _GAP * (count - 1)) / count)
        room = self.width() - _GAP * (count - 1) - least * count
        total = sum(share for _, _, share, _ in self._parts)
        font = look.font("caption", 600)
        left = 0.0
        for channel, _, share, text in self._parts:
            width = least + room * share / total
            box = QRectF(left, 0, width, self.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("bg.pressed"))
            painter.drawRoundedRect(box, 3, 3)
            told = QFontMetrics(font).horizontalAdvance(text)
            fits = width >= SIZE + 6 + told + 12
            start = box.center().x() - (SIZE + (6 + told if fits else 0)) / 2
            if width >= SIZE + 2:
                paint_channel(painter, QRectF(start, box.center().y() - SIZE / 2, SIZE, SIZE), channel, look)
            if fits:
                painter.setFont(font)
                painter.setPen(look.color("text.primary"))
                place = QRectF(start + SIZE + 6, 0, told + 2, self.height())
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            left += width + _GAP
