"""Painter of rows: their states, lines and the tree's carets; cells go to :mod:`widgets.table.cells`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate

from widgets.table.cells import Cell, RowState, paint_cell
from widgets.table.fitting import INDENT, Section
from widgets.table.text import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QStyleOptionViewItem

    from widgets.look import Look
    from widgets.table.columns import Column
    from widgets.table.model import RowsModel


class RowDelegate(QStyledItemDelegate):
    """Paints whole rows.

    Args:
        look: colours and fonts.
        model: the rows.
        is_compact: rows four pixels lower, as boards and the matrix have them.
        has_lines: a hairline below each row.
    """

    def __init__(self, look: Look, model: RowsModel, *, is_compact: bool, has_lines: bool) -> None:
        super().__init__()
        self._look = look
        self._model = model
        self._is_compact = is_compact
        self._has_lines = has_lines

    @property
    def row_height(self) -> int:
        """Pixels of a row."""
        height = self._look.row_height
        return max(self._look.tokens.sizes["row_compact"], height - 4) if self._is_compact else height

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(40, self.row_height)

    def state_of(self, source: int, *, is_selected: bool = False, is_hovered: bool = False) -> RowState:
        """A row's state."""
        return RowState(
            is_selected=is_selected,
            is_hovered=is_hovered,
            is_muted=self._model.is_marked(source, "muted"),
            is_strong=self._model.is_marked(source, "strong"),
            level=self._model.arrangement.level_of(source),
            is_tree=self._model.is_tree,
        )

    def cell_of(self, source: int, column: Column) -> Cell:
        """A cell's content."""
        model = self._model
        value = model.value(source, column.field)
        if column.kind != "text":
            measured = column.field if column.bar and column.kind == "number" else None
            return Cell(model.text_of(source, column), value, share=self._share(source, measured))
        return Cell(
            model.text_of(source, column),
            value,
            glyph=_name(model.value(source, column.glyph)),
            icon=_name(model.value(source, column.icon)),
            tail_icon=_name(model.value(source, column.tail_icon)),
            share=self._share(source, column.label_bar),
        )

    def paint_row(
        self,
        painter: QPainter,
        rect: QRectF,
        sections: Sequence[Section],
        state: RowState,
        cell_of: Callable[[Column], Cell],
        *,
        has_caret: bool = False,
        is_open: bool = False,
    ) -> None:
        """Paint a row.

        Args:
            painter: to paint with.
            rect: the row across the whole viewport.
            sections: the visible columns.
            state: of the row.
            cell_of: gives a column's cell.
            has_caret: whether the row can be opened.
            is_open: whether it is.
        """
        look = self._look
        surface = "bg.selected" if state.is_selected else "bg.hover" if state.is_hovered else "bg.sunken"
        if surface != "bg.sunken" or state.is_strong:
            painter.fillRect(rect, look.color(surface))
        body = rect.adjusted(0, 0, 0, -1 if self._has_lines else 0)
        indent = (state.level + 1) * INDENT if state.is_tree else 0
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for section in sections:
            if section.left > rect.right() or section.left + section.width < rect.left():
                continue
            cell = section.cell(body.top(), body.height())
            inner = section.inner(body.top(), body.height(), indent)
            paint_cell(painter, section, cell, inner, look, cell_of(section.column), state)
            if section.starts_group:
                painter.fillRect(QRectF(section.left, rect.top(), 1, rect.height()), look.color("border.hairline"))
        if self._has_lines:
            painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), look.color("border.hairline"))
        if has_caret and sections:
            self._paint_caret(painter, QPointF(sections[0].left + indent - 2, body.center().y()), is_open=is_open)

    def paint_ring(self, painter: QPainter, rect: QRectF) -> None:
        """The keyboard's focus around a row or a cell."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(self._look.color("focus.ring"), 2)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def is_cut(self, source: int, section: Section) -> bool:
        """Whether a text does not fit its cell."""
        column = section.column
        if column.kind == "path":
            return True
        if column.kind != "text":
            return False
        state, cell = self.state_of(source), self.cell_of(source, column)
        font = state.font(self._look, column, is_first=section.is_first)
        room = (
            section.inner(0, 10, (state.level + 1) * INDENT if state.is_tree else 0).width() - cell.offset - cell.tail
        )
        return QFontMetricsF(font).horizontalAdvance(cell.text) > room

    def _share(self, source: int, field: str | None) -> float | None:
        if field is None or self._model.is_marked(source, "strong"):
            return None
        value = number_of(self._model.value(source, field))
        largest = self._model.scale(field)
        return None if value is None else min(1.0, max(0.0, value / largest)) if largest > 0 else 0.0

    def _paint_caret(self, painter: QPainter, middle: QPointF, *, is_open: bool) -> None:
        pen = QPen(self._look.color("text.secondary"), 1.2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.save()
        painter.translate(middle)
        painter.rotate(90 if is_open else 0)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([QPointF(-1.8, -3.6), QPointF(1.8, 0), QPointF(-1.8, 3.6)]))
        painter.restore()


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
