"""Painter of one cell: text with its marks and bars, figures, and the dispatch to the cells that are pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt

from widgets.table.glyphs import SIZE, paint_channel
from widgets.table.marks import heat_colors, paint_delta, paint_line, paint_path, paint_strip

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QFont, QPainter

    from widgets.look import Look
    from widgets.table.columns import Column
    from widgets.table.fitting import Section

_LINE = Qt.TextFlag.TextSingleLine | Qt.AlignmentFlag.AlignVCenter
_TEXT_AFTER = 16  # pixels from a mark's left edge to the text
_ICON = 14
_BAR = 3


@dataclass(frozen=True)
class RowState:
    """What a row is at the moment.

    Attributes:
        level: in a tree, 0 the first.
        is_tree: whether levels matter.
    """

    is_selected: bool = False
    is_hovered: bool = False
    is_muted: bool = False
    is_strong: bool = False
    level: int = 0
    is_tree: bool = False

    def font(self, look: Look, column: Column, *, is_first: bool) -> QFont:
        """The font of a cell."""
        if self.is_strong:
            return look.font("table", 600)
        if is_first and self.is_tree:
            return look.font("table", 500 if self.level == 0 else None)
        return look.font("table", column.weight)

    def ink(self, look: Look, column: Column) -> QColor:
        """The text colour of a cell."""
        if self.is_muted:
            return look.color("text.muted")
        if self.is_strong:
            return look.color("text.primary")
        if self.level and column.tone == "primary":
            return look.color("text.secondary")
        return look.color(f"text.{column.tone}")


@dataclass(frozen=True)
class Cell:
    """One cell's content.

    Attributes:
        text: what it reads.
        value: raw.
        glyph: channel whose mark stands before the text.
        icon: before the text.
        tail_icon: behind the text.
        share: how much of its full length the bar has, 0 to 1; None without a bar.
    """

    text: str
    value: object = None
    glyph: str | None = None
    icon: str | None = None
    tail_icon: str | None = None
    share: float | None = None

    @property
    def offset(self) -> int:
        """Pixels before the text."""
        return _TEXT_AFTER if self.glyph else _ICON + 5 if self.icon else 0

    @property
    def tail(self) -> int:
        """Pixels kept behind the text."""
        return _ICON + 6 if self.tail_icon else 0


def paint_cell(
    painter: QPainter, section: Section, rect: QRectF, inner: QRectF, look: Look, cell: Cell, state: RowState
) -> None:
    """Paint a cell.

    Args:
        painter: its pen, brush and font may change.
        section: the column.
        rect: the whole cell, the line below it not included.
        inner: where the content stands.
        look: colours and fonts.
        cell: content.
        state: of its row.
    """
    column = section.column
    painter.setFont(state.font(look, column, is_first=section.is_first))
    painter.setPen(state.ink(look, column))
    if column.kind == "text":
        _paint_text(painter, inner, look, cell, column)
    elif column.kind == "strip":
        paint_strip(painter, inner, look, column, cell.value)
    elif column.kind == "spark":
        paint_line(painter, inner, look, column, cell.value)
    elif column.kind == "path":
        paint_path(painter, inner, look, cell.value)
    else:
        if column.kind == "heat" and not state.is_muted and (colors := heat_colors(look, cell.value)):
            painter.fillRect(rect, colors[0])
            painter.setPen(colors[1])
        elif column.kind == "change":
            painter.setPen(paint_delta(painter, inner, look, column, cell.value, cell.text))
        if cell.share is not None:
            _paint_underbar(painter, inner, look, column, cell.share, is_selected=state.is_selected)
            inner = inner.translated(0, -1)
        _draw(painter, inner, Qt.AlignmentFlag.AlignRight, cell.text)


def elided(painter: QPainter, text: str, width: float, *, in_middle: bool) -> str:
    """The text shortened to a width in the painter's font."""
    mode = Qt.TextElideMode.ElideMiddle if in_middle else Qt.TextElideMode.ElideRight
    return painter.fontMetrics().elidedText(text, mode, max(0, int(width)))


def _paint_text(painter: QPainter, inner: QRectF, look: Look, cell: Cell, column: Column) -> None:
    middle = inner.center().y()
    if cell.share is not None:
        start = inner.left() + (_TEXT_AFTER - 4 if cell.glyph else -5)
        width = max(2.0, (inner.right() - start) * cell.share)
        ink = painter.pen()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("series.people_soft"))
        painter.drawRoundedRect(QRectF(start, inner.top() + 2, width, inner.height() - 4), 2, 2)
        painter.setPen(ink)
    if cell.glyph:
        paint_channel(painter, QRectF(inner.left(), middle - SIZE / 2, SIZE, SIZE), cell.glyph, look)
    elif cell.icon:
        look.icon(cell.icon, "text.muted").paint(
            painter, QRectF(inner.left(), middle - 7, _ICON, _ICON).toAlignedRect()
        )
    room = inner.adjusted(cell.offset, 0, -cell.tail, 0)
    text = elided(painter, cell.text, room.width(), in_middle=column.middle_elide)
    _draw(painter, room, Qt.AlignmentFlag.AlignLeft, text)
    if cell.tail_icon:
        left = room.left() + painter.fontMetrics().horizontalAdvance(text) + 6
        icon = QRectF(left, middle - 7, _ICON, _ICON).toAlignedRect()
        look.icon(cell.tail_icon, "text.muted").paint(painter, icon)


def _paint_underbar(
    painter: QPainter, inner: QRectF, look: Look, column: Column, share: float, *, is_selected: bool
) -> None:
    """A bar of three pixels at the cell's bottom, from the right edge on, over its whole possible length."""
    ink = painter.pen()
    painter.setPen(Qt.PenStyle.NoPen)
    track = QRectF(inner.left(), inner.bottom() - _BAR - 1, inner.width(), _BAR)
    painter.setBrush(look.color("border.strong" if is_selected else "grid.line"))
    painter.drawRoundedRect(track, 1, 1)
    width = track.width() * share
    if width > 0:
        painter.setBrush(look.color(f"series.{column.bar}"))
        painter.drawRoundedRect(QRectF(track.right() - max(width, 2), track.top(), max(width, 2), _BAR), 1, 1)
    painter.setPen(ink)


def _draw(painter: QPainter, rect: QRectF, side: Qt.AlignmentFlag, text: str) -> None:
    """One line of plain text; figures wider than their cell overlap their neighbour rather than be cut."""
    options = int(_LINE) | int(side) | int(Qt.TextFlag.TextDontClip)
    painter.drawText(rect, options, text)
