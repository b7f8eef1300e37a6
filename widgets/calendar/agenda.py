"""Appointments one below the other, by day: the list beside the week, and its readable alternative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from widgets.numbers import NOTHING
from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import one_line, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QColor, QFont, QKeyEvent

    from widgets.calendar.blocks import Block
    from widgets.look import Look

_ROW, _HEADING = 44, 32
_TIME = 46
_ICON = 14
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


@dataclass(frozen=True)
class Heading:
    """A day: its name, and how many stand below."""

    title: str
    count: str


class Agenda(QListView):
    """The list. Arrows move, Return opens.

    Attributes:
        chosen: the current appointment is another one, by its key.
        opened: double click or Return.
    """

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._entries = _Entries(self)
        self._is_quiet = False
        self.setModel(self._entries)
        self.setItemDelegate(_Painter(look, self._entries, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(look.say("Agenda"))
        self.doubleClicked.connect(self._open)
        look.changed.connect(self.viewport().update)

    def set_entries(self, entries: Sequence[Heading | Block]) -> None:
        """Show these; the current one stays when it is among them."""
        key = self.current
        self._is_quiet = True
        self._entries.set(entries)
        self._is_quiet = False
        self.set_current(key)

    @property
    def current(self) -> str:
        """The current appointment's key; empty without one."""
        entry = self._entries.entry(self.currentIndex().row())
        return entry.key if entry is not None and not isinstance(entry, Heading) else ""

    def set_current(self, key: str) -> None:
        """Make an appointment the current one and show it. Emits nothing."""
        place = self._entries.place_of(key)
        self._is_quiet = True
        self.setCurrentIndex(self._entries.index(place) if place is not None else QModelIndex())
        self._is_quiet = False

    def currentChanged(
        self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().currentChanged(current, previous)
        if not self._is_quiet and self.current:
            self.chosen.emit(self.current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        if self.current:
            self.opened.emit(self.current)


class _Entries(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown: list[Heading | Block] = []

    def set(self, entries: Sequence[Heading | Block]) -> None:
        self.beginResetModel()
        self._shown = list(entries)
        self.endResetModel()

    def entry(self, place: int) -> Heading | Block | None:
        return self._shown[place] if 0 <= place < len(self._shown) else None

    def place_of(self, key: str) -> int | None:
        return next(
            (place for place, entry in enumerate(self._shown) if not isinstance(entry, Heading) and entry.key == key),
            None,
        )

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if isinstance(self.entry(index.row()), Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entry(index.row())
        if entry is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{entry.title}, {entry.count}" if isinstance(entry, Heading) else entry.spoken
        if role == Qt.ItemDataRole.ToolTipRole and not isinstance(entry, Heading):
            return tip(entry.tip)
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, look: Look, entries: _Entries, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._entries = entries

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        is_heading = isinstance(self._entries.entry(index.row()), Heading)
        return QSize(120, _HEADING if is_heading else _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry = self._entries.entry(index.row())
        if entry is None:
            return
        look = self._look
        rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownArgumentType, reportUnknownMemberType] - unknown to the stubs
        state = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), look.color("border.hairline"))
        inner = rect.adjusted(16, 0, -16, -1)
        if isinstance(entry, Heading):
            self._text(painter, inner, entry.title, look.font("table", 600), look.color("text.primary"))
            self._text(painter, inner, entry.count, look.font("caption"), look.color("text.muted"), flags=_RIGHT)
        else:
            is_selected = bool(state & QStyle.StateFlag.State_Selected)
            is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
            if is_selected or is_hovered:
                painter.fillRect(rect.adjusted(0, 0, 0, -1), look.color("bg.selected" if is_selected else "bg.hover"))
            self._paint_line(painter, inner, entry)
            if state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QPen(look.color("focus.ring"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(2, 2, -2, -3), 4, 4)
        painter.restore()

    def _paint_line(self, painter: QPainter, inner: QRectF, block: Block) -> None:
        look = self._look
        upper = QRectF(inner.left(), inner.top() + 5, inner.width(), 17)
        lower = QRectF(inner.left(), inner.top() + 22, inner.width(), 17)
        table, strong, caption = look.font("table"), look.font("table", 600), look.font("caption")
        muted = look.color("text.muted")
        self._text(painter, upper, block.time if block.is_timed else NOTHING, table, look.color("text.secondary"))
        state_width = QFontMetricsF(table).horizontalAdvance(block.state) + _ICON + 5
        self._text(painter, upper, block.state, table, look.color(block.icon_color), flags=_RIGHT)
        if block.icon:
            left = upper.right() - state_width
            look.icon(block.icon, block.icon_color).paint(painter, round(left), round(upper.top()) + 1, _ICON, _ICON)
        name = QRectF(upper.left() + _TIME, upper.top(), upper.width() - _TIME - state_width - 8, 17)
        self._text(painter, name, block.title, strong, look.color("text.primary"))
        tag_width = QFontMetricsF(caption).horizontalAdvance(block.tag) + 12
        pill = QRectF(lower.right() - tag_width, lower.top(), tag_width, 16)
        painter.setPen(QPen(look.color("border.strong"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        self._text(painter, pill, block.tag, caption, muted, flags=int(Qt.AlignmentFlag.AlignCenter))
        left = lower.left() + _TIME
        if block.channel:
            paint_channel(painter, QRectF(left, lower.center().y() - SIZE / 2, SIZE, SIZE), block.channel, look)
            left += SIZE + 6
        rest = QRectF(left, lower.top(), pill.left() - left - 8, 17)
        self._text(painter, rest, block.detail, caption, look.color("text.secondary"))

    @staticmethod
    def _text(painter: QPainter, rect: QRectF, text: str, font: QFont, color: QColor, *, flags: int = _LEFT) -> None:
        painter.setFont(font)
        painter.setPen(color)
        shown = QFontMetricsF(font).elidedText(one_line(text), Qt.TextElideMode.ElideRight, max(0.0, rect.width()))
        painter.drawText(rect, flags, shown)
