"""The header: titles, the caret of the sorted column, names above groups of columns, and initials above strips."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHeaderView, QToolTip, QWidget

from widgets.table.fitting import CARET, INDENT, PAD, Section
from widgets.table.marks import SQUARE
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look
    from widgets.table.columns import Column
    from widgets.table.model import RowsModel

_GROUP = 28  # pixels of the upper row
_MARK = 16


class Header(QHeaderView):
    """Header of a table.

    Args:
        look: colours and fonts.
        model: knows the columns and the order.
        edge: pixels before the first column's content and behind the last one's.
    """

    def __init__(self, look: Look, model: RowsModel, *, edge: int, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._look = look
        self._rows = model
        self._edge = edge
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setStretchLastSection(False)
        self.setMinimumSectionSize(24)
        self.setMouseTracking(True)
        self.setAccessibleName(look.say("Columns"))

    def sections(self) -> list[Section]:
        """The visible columns from left to right."""
        shown = [
            logical
            for visual in range(self.count())
            if not self.isSectionHidden(logical := self.logicalIndex(visual)) and logical < len(self._rows.columns)
        ]
        found: list[Section] = []
        group = ""
        for place, logical in enumerate(shown):
            column = self._rows.columns[logical]
            starts = place > 0 and column.group != group
            group = column.group
            left, width = self.sectionViewportPosition(logical), self.sectionSize(logical)
            before = self._edge if place == 0 else PAD
            behind = self._edge if place == len(shown) - 1 else PAD
            found.append(Section(column, left, width, before, behind, place == 0, starts))
        return found

    def sizeHint(self) -> QSize:
        height = self._look.tokens.sizes["table_head"] + 2
        return QSize(100, height + (_GROUP if self._has_groups() else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, width, height = self._look, self.viewport().width(), self.viewport().height()
        painter.fillRect(QRectF(0, 0, width, height), look.color("bg.canvas"))
        sections = self.sections()
        upper = _GROUP if self._has_groups() else 0
        for section in sections:
            if section.starts_group:
                painter.fillRect(QRectF(section.left, 0, 1, height), look.color("border.hairline"))
            self._paint_title(painter, section, upper, height - upper)
        for name, members in groupby(sections, key=lambda section: section.column.group):
            if name:
                self._paint_group(painter, list(members))
        painter.fillRect(QRectF(0, height - 1, width, 1), look.color("border.hairline"))
        painter.end()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            help_event = cast("QHelpEvent", event)
            column = self.column_at(help_event.pos())
            text = (column.definition or column.title) if column else ""
            QToolTip.showText(help_event.globalPos(), tip(text), self)
            return True
        return super().viewportEvent(event)

    def column_at(self, position: QPoint) -> Column | None:
        """The column under a point of the viewport."""
        logical = self.logicalIndexAt(position)
        return self._rows.columns[logical] if 0 <= logical < len(self._rows.columns) else None

    def _has_groups(self) -> bool:
        return any(column.group for column in self._rows.columns)

    def _paint_title(self, painter: QPainter, section: Section, top: int, height: int) -> None:
        column, look = section.column, self._look
        inner = section.inner(top, height, INDENT if self._rows.is_tree else 0)
        if column.initials:
            self._paint_initials(painter, column, inner)
            return
        order = self._rows.sort_order
        is_sorted = order is not None and order[0] == column.field
        painter.setFont(look.font("caption", 600 if is_sorted else 500))
        painter.setPen(look.color("text.primary" if is_sorted else "text.muted"))
        room = inner.adjusted(0, 0, -CARET if is_sorted else 0, 0)
        # A sorted head is bolder: rather than shorten its title, let it reach into the padding.
        reach = room.adjusted(-PAD if column.is_right else 0, 0, 0, 0)
        text = painter.fontMetrics().elidedText(column.title, Qt.TextElideMode.ElideRight, int(reach.width()) + 1)
        side = Qt.AlignmentFlag.AlignRight if column.is_right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(reach, int(side) | int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)
        if is_sorted and order:
            end = room.right() if column.is_right else room.left() + painter.fontMetrics().horizontalAdvance(text)
            _paint_caret(painter, QPointF(end + CARET - 4, inner.center().y() + 0.5), is_down=order[1])

    def _paint_initials(self, painter: QPainter, column: Column, inner: QRectF) -> None:
        look = self._look
        for place, initials in enumerate(column.initials):
            is_strong = initials in column.strong_initials
            font = look.font("caption", 600 if is_strong else 400)
            font = type(font)(font)
            font.setPixelSize(10)
            painter.setFont(font)
            painter.setPen(look.color("text.primary" if is_strong else "text.muted"))
            room = QRectF(inner.left() + place * SQUARE - 3, inner.top(), SQUARE + 5, inner.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine), initials)

    def _paint_group(self, painter: QPainter, members: Sequence[Section]) -> None:
        look, first = self._look, members[0]
        room = first.inner(0, _GROUP)
        room.setRight(members[-1].left + members[-1].width - 4)
        mark = first.column.group_mark
        if mark:
            box = QRectF(room.left(), room.center().y() - _MARK / 2 + 1, _MARK, _MARK)
            self._paint_mark(painter, box, mark, is_outlined=first.column.is_baseline)
            room.setLeft(box.right() + 6)
        room.translate(0, 1)
        painter.setFont(look.font("table", 600))
        painter.setPen(look.color("text.primary"))
        text = painter.fontMetrics().elidedText(first.column.group, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)

    def _paint_mark(self, painter: QPainter, box: QRectF, mark: str, *, is_outlined: bool) -> None:
        look = self._look
        painter.setPen(QPen(look.color("text.primary"), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_outlined else look.color("text.primary"))
        painter.drawRoundedRect(box.adjusted(0.7, 0.7, -0.7, -0.7), 3.5, 3.5)
        painter.setPen(look.color("text.primary" if is_outlined else "bg.canvas"))
        painter.setFont(look.font("caption", 600))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), mark)


def group_width(look: Look, column: Column) -> float:
    """Pixels a group's name needs."""
    return QFontMetricsF(look.font("table", 600)).horizontalAdvance(column.group) + (
        _MARK + 6 if column.group_mark else 0
    )


def _paint_caret(painter: QPainter, middle: QPointF, *, is_down: bool) -> None:
    rise = 2.2 if is_down else -2.2
    points = [QPointF(-3.6, -rise), QPointF(3.6, -rise), QPointF(0, rise)]
    painter.setBrush(painter.pen().color())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(QPolygonF([point + middle for point in points]))
