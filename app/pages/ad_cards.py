"""Two small drawings of an ad's detail: its figures as cards, and one figure under several models."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_CARD = 46
_PAD = 16
_MODEL = 44


class Cards(QWidget):
    """Captions with a figure each, in cells with hairlines between them."""

    def __init__(self, look: Look, columns: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._columns = columns
        self._cards: Sequence[tuple[str, str, str]] = ()
        self.setAccessibleName(name)
        look.changed.connect(self.update)

    def show_cards(self, cards: Sequence[tuple[str, str, str]]) -> None:
        """Show ``(caption, figure, definition)`` from left to right and downwards."""
        self._cards = cards
        self.setAccessibleDescription("; ".join(f"{caption} {figure}" for caption, figure, _ in cards))
        self.setFixedHeight(max(1, -(-len(cards) // self._columns)) * _CARD)
        self.update()

    def texts(self) -> dict[str, str]:
        """Each caption's figure."""
        return {caption: figure for caption, figure, _ in self._cards}

    def sizeHint(self) -> QSize:
        return QSize(self._columns * 84, self.height())

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip:
            return super().event(event)
        at = cast("QHelpEvent", event)
        place = next((place for place in range(len(self._cards)) if self._rect(place).contains(at.pos())), None)
        text = html.escape(self._cards[place][2]) if place is not None else ""
        QToolTip.showText(at.globalPos(), f"<p>{text}</p>" if text else "", self)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        look = self._look
        for place, (caption, figure, _) in enumerate(self._cards):
            rect = self._rect(place)
            painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), look.color("border.hairline"))
            if place % self._columns:
                painter.fillRect(QRectF(rect.left(), rect.top(), 1, rect.height()), look.color("border.hairline"))
            inner = rect.adjusted(_PAD if not place % self._columns else 12, 6, -4, -6)
            painter.setFont(look.font("caption"))
            painter.setPen(look.color("text.muted"))
            name = painter.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideRight, int(inner.width()))
            painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
            painter.setFont(look.font("body", 600))
            painter.setPen(look.color("text.primary"))
            flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignBottom) | int(Qt.TextFlag.TextDontClip)
            painter.drawText(inner, flags, figure)

    def _rect(self, place: int) -> QRectF:
        row, column = divmod(place, self._columns)
        left, right = (round(self.width() * at / self._columns) for at in (column, column + 1))
        return QRectF(left, row * _CARD, right - left, _CARD)


class ModelBars(QWidget):
    """One figure under several models side by side, each with a bar of its size; the selected model's stands out."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._bars: Sequence[tuple[str, float | None, bool]] = ()
        self.setAccessibleName(name)
        self.setFixedHeight(_MODEL)
        look.changed.connect(self.update)

    def show_models(self, bars: Sequence[tuple[str, float | None, bool]]) -> None:
        """Show ``(model, ratio, whether it is the selected one)``."""
        self._bars = bars
        show = self._look.numbers.ratio
        self.setAccessibleDescription("; ".join(f"{model} {show(value)}" for model, value, _ in bars))
        self.update()

    def texts(self) -> dict[str, str]:
        """Each model's figure."""
        return {model: self._look.numbers.ratio(value) for model, value, _ in self._bars}

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = self._look
        largest = max((value for _, value, _ in self._bars if value is not None), default=0.0)
        wide = (self.width() - 2 * _PAD) / max(1, len(self._bars))
        for place, (model, value, is_selected) in enumerate(self._bars):
            rect = QRectF(_PAD + place * wide, 0, wide - 12, _MODEL)
            painter.setFont(look.font("caption", 600 if is_selected else None))
            painter.setPen(look.color("text.primary" if is_selected else "text.muted"))
            name = painter.fontMetrics().elidedText(model, Qt.TextElideMode.ElideRight, int(rect.width()))
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
            painter.setFont(look.font("body", 600))
            painter.setPen(look.color("text.primary"))
            figure = rect.adjusted(0, 15, 0, -9)
            painter.drawText(
                figure, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, look.numbers.ratio(value)
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("bg.pressed"))
            track = QRectF(rect.left(), rect.bottom() - 6, rect.width(), 4)
            painter.drawRoundedRect(track, 2, 2)
            if value and largest > 0:
                painter.setBrush(look.color("series.money" if is_selected else "series.cost"))
                track.setWidth(max(2.0, track.width() * max(0.0, value) / largest))
                painter.drawRoundedRect(track, 2, 2)
