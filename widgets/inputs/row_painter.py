"""Draws a line of a list: mark, icon, title with its matched part bold, detail, and what stands at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from widgets.inputs.composed import paint_key
from widgets.inputs.text import words_font
from widgets.text import is_right_to_left, isolated, one_line

if TYPE_CHECKING:
    from widgets.inputs.rows import Row, RowsModel
    from widgets.look import Look

_INSET = 6  # of the highlight, from the frame's edge
_PAD = 10
_GAP = 9
_MARK = 16
_HEADING = 27
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RowPainter(QStyledItemDelegate):
    """Delegate of :class:`~widgets.inputs.rows_view.RowsView`.

    Args:
        look: asked while painting.
        rows: the model.
        marks: ``none``, ``tick`` (before what is on) or ``box``.
        row_height: pixels of a row.

    Attributes:
        enter_hint: key cap shown at the end of the current row that has no shortcut; empty for none.
    """

    def __init__(self, look: Look, rows: RowsModel, parent: QWidget, *, marks: str, row_height: int) -> None:
        super().__init__(parent)
        self.look = look
        self.enter_hint = ""
        self._rows = rows
        self._marks = marks
        self._row_height = row_height
        self._role = "body" if row_height >= 30 else "table"

    def height_of(self, place: int) -> int:
        """Pixels a row or heading takes."""
        return _HEADING + (3 if place else 0) if isinstance(self._rows.entry(place), str) else self._row_height

    def width_of(self, place: int) -> int:
        """Pixels a row or heading would like."""
        entry = self._rows.entry(place)
        if isinstance(entry, str):
            return 2 * (_INSET + _PAD) + self._width(entry, "caption")
        width = self._indent(entry) + self._width(entry.title, self._role, 600) + _PAD + _INSET
        if entry.detail:
            width += _GAP + self._width(entry.detail, "table")
        if entry.trailing:
            width += 2 * _GAP + self._width(entry.trailing, "table")
        if entry.shortcut:
            width += 2 * _GAP + sum(self._width(key, "caption") + 12 for key in entry.shortcut.split("+"))
        return width

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Height by kind; the view gives the width."""
        return QSize(80, self.height_of(index.row()))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A heading or a row."""
        rect: QRect = getattr(option, "rect")  # noqa: B009 - the stubs lack it
        entry = self._rows.entry(index.row())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(entry, str):
            painter.setFont(self.look.font("caption", 500))
            painter.setPen(self.look.color("text.muted"))
            left = rect.adjusted(_INSET + _PAD, 6 if index.row() else 3, -_PAD, 0)
            painter.drawText(left, int(_LEFT), one_line(entry))
        else:
            state: QStyle.StateFlag = getattr(option, "state")  # noqa: B009
            is_current = entry.is_enabled and bool(state & QStyle.StateFlag.State_Selected)
            self._paint_row(painter, rect, entry, is_current=is_current)
        painter.restore()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _width(self, text: str, role: str, weight: int | None = None) -> int:
        return QFontMetrics(words_font(self.look, role, weight)).horizontalAdvance(one_line(text)) + 1

    def _indent(self, row: Row) -> int:
        marks = (_MARK + _GAP - 1) if self._marks != "none" else 0
        return _INSET + _PAD + marks + ((_MARK + _GAP) if row.icon else 0)

    def _paint_row(self, painter: QPainter, rect: QRect, row: Row, *, is_current: bool) -> None:
        plain, quiet = self.look.color("text.primary"), self.look.color("text.muted")
        if is_current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.look.color("accent.fill"))
            painter.drawRoundedRect(QRectF(rect.adjusted(_INSET, 0, -_INSET, 0)), 6, 6)
            plain = quiet = self.look.color("text.on_accent")
        elif not row.is_enabled:
            plain = quiet = self.look.color("text.disabled")
        icon_color = "text.on_accent" if is_current else "text.secondary" if row.is_enabled else "text.disabled"
        x = rect.left() + _INSET + _PAD
        middle = rect.center().y() + 1
        if self._marks != "none":
            self._paint_mark(painter, QRect(x, middle - _MARK // 2, _MARK, _MARK), row, is_current=is_current)
            x += _MARK + _GAP - 1
        if row.icon:
            ratio = painter.device().devicePixelRatioF()
            pixmap = self.look.icon(row.icon, icon_color).pixmap(QSize(_MARK, _MARK), ratio)
            painter.drawPixmap(QPoint(x, middle - _MARK // 2), pixmap)
            x += _MARK + _GAP
        end = self._paint_end(painter, rect, row, quiet, is_current=is_current)
        title_color = quiet if row.is_muted else plain
        x = self._paint_title(painter, QRect(x, rect.top(), end - x, rect.height()), row, title_color)
        if row.detail and end - x > 40:
            painter.setFont(words_font(self.look, "table"))
            painter.setPen(quiet)
            room = QRect(x + _GAP, rect.top(), end - x - _GAP, rect.height())
            text = painter.fontMetrics().elidedText(isolated(row.detail), Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, int(_LEFT), text)

    def _paint_mark(self, painter: QPainter, rect: QRect, row: Row, *, is_current: bool) -> None:
        is_on = row.key in self._rows.checked
        if self._marks == "box":
            paint_box(painter, self.look, rect, is_on=is_on, on_accent=is_current, is_enabled=row.is_enabled)
        elif is_on:
            color = "text.on_accent" if is_current else "accent.text"
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(rect.topLeft(), self.look.icon("check-bold", color).pixmap(QSize(14, 14), ratio))

    def _paint_end(self, painter: QPainter, rect: QRect, row: Row, color: QColor, *, is_current: bool) -> int:
        end = rect.right() - _INSET - _PAD
        keys = row.shortcut or (self.enter_hint if is_current else "")
        for key in reversed(keys.split("+") if keys else []):
            width = max(17, self._width(key, "caption") + 9)
            cap = QRect(end - width, rect.center().y() - 8, width, 18)
            paint_key(painter, self.look, cap, key, self.look.color("text.on_accent") if is_current else None)
            end -= width + 3
        if row.trailing:
            painter.setFont(self.look.font("table"))
            painter.setPen(color)
            painter.drawText(
                QRect(rect.left(), rect.top(), end - rect.left(), rect.height()), int(_RIGHT), row.trailing
            )
            end -= self._width(row.trailing, "table")
        return end - (_GAP if keys or row.trailing else 0)

    def _paint_title(self, painter: QPainter, room: QRect, row: Row, color: QColor) -> int:
        """The title in pieces, bold where it matched. Returns where it ends."""
        painter.setPen(color)
        title = one_line(row.title)
        spans = row.spans if title == row.title and not is_right_to_left(title) else ()
        x = room.left()
        for text, is_bold in _pieces(title, spans):
            painter.setFont(words_font(self.look, self._role, 700 if is_bold else 500 if not row.is_muted else 400))
            metrics = painter.fontMetrics()
            width = metrics.horizontalAdvance(text)
            left = room.right() - x
            if width > left:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, left)
                painter.drawText(QRect(x, room.top(), max(0, left), room.height()), int(_LEFT), text)
                return room.right()
            painter.drawText(QRect(x, room.top(), width + 2, room.height()), int(_LEFT), text)
            x += width
        return x


def paint_box(
    painter: QPainter, look: Look, rect: QRect, *, is_on: bool, on_accent: bool = False, is_enabled: bool = True
) -> None:
    """A check box of 14 pixels in the middle of a rectangle."""
    box = QRectF(rect.center().x() - 6.5, rect.center().y() - 6.5, 14, 14).adjusted(0.5, 0.5, -0.5, -0.5)
    edge = look.color("text.on_accent" if on_accent else "border.control" if is_enabled else "border.hairline")
    if is_on:
        fill = look.color("text.on_accent" if on_accent else "accent.fill")
        painter.setPen(QPen(fill, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 3.5, 3.5)
        tick = QPainterPath(box.topLeft())
        tick.moveTo(box.left() + 3.2, box.top() + 6.8)
        tick.lineTo(box.left() + 5.6, box.top() + 9.2)
        tick.lineTo(box.left() + 10, box.top() + 4.2)
        pen = QPen(look.color("accent.fill" if on_accent else "text.on_accent"), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.strokePath(tick, pen)
        return
    painter.setPen(QPen(edge, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, 3.5, 3.5)


def _pieces(text: str, spans: tuple[tuple[int, int], ...]) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for first, last in spans:
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:], False))
    return [piece for piece in pieces if piece[0]]
