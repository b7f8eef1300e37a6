"""The dark tooltip of charts: one widget over the window, painted, so that no text is ever read as markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from widgets.charts.text import elided, width_of
from widgets.text import one_line
from widgets.tokens import load_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_PAD, _ROW, _MARK, _GAP, _AWAY = 10, 18, 18, 16, 14
_WIDEST = 360


@dataclass(frozen=True)
class TipRow:
    """A measure in a tooltip: its mark and colour, its name, its value and what else is said of it."""

    label: str
    value: str
    mark: Literal["line", "dash", "bar", "dot", ""] = ""
    color: str = ""
    note: str = ""


@dataclass(frozen=True)
class TipText:
    """What a tooltip says: a head, rows, and notes that may wrap."""

    title: str
    rows: Sequence[TipRow] = ()
    notes: Sequence[str] = ()

    def plain(self) -> str:
        """As one line, for screen readers."""
        rows = [f"{row.label} {row.value} {row.note}".strip() for row in self.rows]
        return ". ".join(one_line(part) for part in (self.title, *rows, *self.notes))


class Tip(QWidget):
    """The tooltip. It lets the mouse through and never takes the focus."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = look
        self.text = TipText("")
        self._tokens = load_tokens("dark")  # dark in both themes: marks need the colours made for it
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def tell(self, text: TipText, spot: QRect, inside: QRect) -> None:
        """Show a text beside a spot, flipped where it would leave ``inside``.

        Both rectangles are in the parent's pixels; where ``inside`` is too small on both sides, the parent counts.
        """
        self.text = text
        self.resize(*self._extent())
        self.move(self._place(spot, inside))
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.color("bg.tooltip"))
        painter.drawRoundedRect(self.rect(), 6, 6)
        bold, font = self.look.font("table", 600), self.look.font("table")
        wide = self.width() - 2 * _PAD
        painter.setFont(bold)
        painter.setPen(self.look.color("text.on_tooltip"))
        painter.drawText(
            QRect(_PAD, _PAD - 2, wide, _ROW), Qt.AlignmentFlag.AlignVCenter, elided(self.text.title, bold, wide)
        )
        y = _PAD + _ROW
        has_marks = any(row.mark for row in self.text.rows)
        for row in self.text.rows:
            rect = QRect(_PAD, y, wide, _ROW)
            self._paint_row(painter, row, rect, indent=_MARK if has_marks else 0)
            y += _ROW
        painter.setFont(font)
        painter.setPen(self.look.color("text.on_tooltip_muted"))
        for note in self.text.notes:
            high = self._note_height(note, wide)
            painter.drawText(QRect(_PAD, y + 3, wide, high), int(Qt.TextFlag.TextWordWrap), one_line(note))
            y += high + 3

    def _paint_row(self, painter: QPainter, row: TipRow, rect: QRect, indent: int) -> None:
        font, strong = self.look.font("table"), self.look.font("table", 500)
        middle = rect.center().y() + 0.5
        if row.mark:
            color = self._color(row.color)
            if row.mark in ("line", "dash"):
                style = Qt.PenStyle.SolidLine if row.mark == "line" else Qt.PenStyle.DotLine
                painter.setPen(QPen(color, 2, style, Qt.PenCapStyle.FlatCap))
                painter.drawLine(
                    QRectF(rect.left(), middle, 12, 0).topLeft(), QRectF(rect.left(), middle, 12, 0).topRight()
                )
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                size = 9.0 if row.mark == "bar" else 8.0
                mark = QRectF(rect.left() + 1.5, middle - size / 2, size, size)
                painter.drawRoundedRect(mark, 2 if row.mark == "bar" else 4, 2 if row.mark == "bar" else 4)
        value = one_line(row.value)
        right = width_of(value, strong)
        painter.setFont(strong)
        painter.setPen(self.look.color("text.on_tooltip"))
        note_room = self._note_room()
        painter.drawText(
            rect.adjusted(0, 0, -round(note_room), 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            value,
        )
        painter.setFont(font)
        painter.setPen(self.look.color("text.on_tooltip_muted"))
        if row.note:
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, one_line(row.note))
        room = rect.width() - indent - right - note_room - 8
        painter.drawText(rect.adjusted(indent, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, elided(row.label, font, room))

    def _color(self, name: str) -> QColor:
        mark = self._tokens.channels.get(name)
        return QColor(mark.color if mark else self._tokens.colors[name])

    def _note_room(self) -> float:
        font = self.look.font("table")
        widest = max((width_of(one_line(row.note), font) for row in self.text.rows), default=0.0)
        return widest + 8 if widest else 0.0

    def _note_height(self, note: str, wide: int) -> int:
        metrics = QFontMetrics(self.look.font("table"))
        return metrics.boundingRect(QRect(0, 0, wide, 200), int(Qt.TextFlag.TextWordWrap), one_line(note)).height()

    def _extent(self) -> tuple[int, int]:
        font, strong = self.look.font("table"), self.look.font("table", 500)
        indent = _MARK if any(row.mark for row in self.text.rows) else 0
        rows = [
            indent
            + width_of(one_line(row.label), font)
            + _GAP
            + width_of(one_line(row.value), strong)
            + self._note_room()
            for row in self.text.rows
        ]
        notes = [min(240.0, width_of(one_line(note), font) + 2) for note in self.text.notes]
        head = width_of(one_line(self.text.title), self.look.font("table", 600)) + 2
        wide = min(_WIDEST, round(max([head, *rows, *notes])) + 2 * _PAD)
        high = 2 * _PAD + _ROW * (1 + len(self.text.rows)) - 2
        high += sum(3 + self._note_height(note, wide - 2 * _PAD) for note in self.text.notes)
        return wide, high

    def _place(self, spot: QRect, inside: QRect) -> QPoint:
        parent = self.parentWidget()
        window = parent.rect() if parent else inside
        for bounds in (inside, window):
            right, left = spot.right() + _AWAY, spot.left() - _AWAY - self.width()
            if right + self.width() <= bounds.right():
                x = right
                break
            if left >= bounds.left():
                x = left
                break
        else:
            x = max(window.left(), min(right, window.right() - self.width()))
        y = max(window.top(), min(spot.top(), window.bottom() - self.height()))
        return QPoint(x, y)
