"""A timeline: days, touches as numbered rings with what they are credited, events beside plain icons.

Only touches carry credit. What belongs together, as the pages of a visit, is one line that opens. Entries come in pages
while it is scrolled, as in a list without an end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QWidget

from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import one_line, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QContextMenuEvent, QMouseEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from widgets.look import Look

Kind = Literal["day", "touch", "event", "part"]
Index = QModelIndex | QPersistentModelIndex

_HEIGHTS: dict[Kind, int] = {"day": 32, "touch": 54, "event": 26, "part": 22}
_TIME, _AXIS, _CONTENT, _EDGE = 16, 74, 94, 16  # pixels from the left; the right edge
_RING = 10
_AHEAD = 20
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Entry:
    """An entry.

    Attributes:
        key: names it.
        kind: ``day`` a heading, ``touch`` a card, ``event`` a line, ``part`` a line of one that was opened.
        time: of the day.
        title: in bold.
        detail: behind the title.
        line: the second line of a card.
        icon: of an event, a Phosphor name.
        color: of the icon.
        channel: of a touch.
        number: of a touch that counts; None: it does not.
        tag: in violet behind the detail.
        credit: what a touch is credited, at the right, with ``amount`` below.
        amount: money, or why a touch does not count.
        parts: what it opens to.
        record: id of the record behind it; empty: there is none.
        conversion: id of the conversion it is.
        is_current: the conversion whose credit is shown.
    """

    key: str
    kind: Kind
    time: str = ""
    title: str = ""
    detail: str = ""
    line: str = ""
    icon: str = ""
    color: str = "text.secondary"
    channel: str | None = None
    number: int | None = None
    tag: str = ""
    credit: str = ""
    amount: str = ""
    parts: tuple[Entry, ...] = ()
    record: str = ""
    conversion: str = ""
    is_current: bool = False

    @property
    def text(self) -> str:
        """All of it as one line, for screen readers and the clipboard."""
        number = f"{self.number}." if self.number is not None else ""
        parts = (self.time, number, self.title, self.detail, self.tag, self.line, self.credit, self.amount)
        return one_line(" · ".join(part for part in parts if part))


class Timeline(QListView):
    """The timeline.

    Attributes:
        chosen: the current entry changed.
        opened: Return or a double click on an entry that opens to nothing.
        more_wanted: the end of what is there comes near.
        menu_wanted: a menu for an entry, and where.
    """

    chosen = Signal(object)
    opened = Signal(object)
    more_wanted = Signal()
    menu_wanted = Signal(object, object)

    def __init__(self, look: Look, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._model = _Entries(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(look, self._model, self))
        self.setAccessibleName(accessible_name)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self._look_ahead)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.doubleClicked.connect(self._on_double_click)
        look.changed.connect(self._repaint)

    def set_entries(self, entries: Sequence[Entry], *, keeps_place: bool = False) -> None:
        """Show entries; with ``keeps_place`` more of the same, so that nothing moves."""
        if not keeps_place:
            self._model.close_all()
        self._model.show(entries)
        if not keeps_place:
            self.scrollToTop()
        self._look_ahead()

    def entries(self) -> list[Entry]:
        """Every entry that can be seen, from top to bottom."""
        return list(self._model.shown)

    def current(self) -> Entry | None:
        """The current entry."""
        index = self.currentIndex()
        return self._model.shown[index.row()] if index.isValid() else None

    def select_key(self, key: str) -> bool:
        """Make an entry the current one and show it; False when it is not there."""
        place = next((place for place, entry in enumerate(self._model.shown) if entry.key == key), None)
        if place is None:
            return False
        self.setCurrentIndex(self._model.index(place))
        self.scrollTo(self._model.index(place), QAbstractItemView.ScrollHint.PositionAtCenter)
        return True

    def copy(self) -> None:
        """Put the selected entries on the clipboard, a line each."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self._model.shown[row].text for row in rows) + "\n")

    # -- Qt -------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        entry, key = self.current(), event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif entry is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._act(entry, opens_record=key != Qt.Key.Key_Space)
        elif entry is not None and entry.parts and key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            self._model.set_open(entry, is_open=key == Qt.Key.Key_Right)
        elif event.text() and not event.modifiers() and event.text().isalnum():
            event.ignore()  # single keys are commands of the window
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and not event.modifiers():
            entry = self._model.shown[index.row()]
            if entry.parts:
                self._model.toggle(entry)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            place: QPoint = event.globalPos()
            self.menu_wanted.emit(self._model.shown[index.row()], place)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _act(self, entry: Entry, *, opens_record: bool) -> None:
        if entry.parts:
            self._model.toggle(entry)
        elif opens_record:
            self.opened.emit(entry)

    def _on_current(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self._model.shown[now.row()])

    def _on_double_click(self, index: QModelIndex) -> None:
        entry = self._model.shown[index.row()]
        if not entry.parts:
            self.opened.emit(entry)

    def _look_ahead(self) -> None:
        count = len(self._model.shown)
        last = self.indexAt(QPoint(_TIME, self.viewport().height() - 1)).row()
        if count and (last < 0 or last + 1 + _AHEAD >= count):
            self.more_wanted.emit()

    def _repaint(self) -> None:
        self.viewport().update()


class _Entries(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self._open: set[str] = set()
        self.shown: list[Entry] = []

    def show(self, entries: Sequence[Entry]) -> None:
        """Show entries: those that stand where they stood are left alone."""
        self._entries = entries
        wanted: list[Entry] = []
        for entry in entries:
            wanted.append(entry)
            if entry.key in self._open:
                wanted += entry.parts
        same = 0
        for before, now in zip(self.shown, wanted, strict=False):
            if before != now:
                break
            same += 1
        end = 0  # how many at the end stay, when something opens or closes in the middle
        while end < min(len(self.shown), len(wanted)) - same and self.shown[-1 - end] == wanted[-1 - end]:
            end += 1
        if (gone := len(self.shown) - same - end) > 0:
            self.beginRemoveRows(QModelIndex(), same, same + gone - 1)
            del self.shown[same : same + gone]
            self.endRemoveRows()
        if (new := len(wanted) - same - end) > 0:
            self.beginInsertRows(QModelIndex(), same, same + new - 1)
            self.shown[same:same] = wanted[same : same + new]
            self.endInsertRows()

    def close_all(self) -> None:
        """Nothing is open, as for another person."""
        self._open.clear()

    def is_open(self, entry: Entry) -> bool:
        """Whether its parts are shown."""
        return entry.key in self._open

    def toggle(self, entry: Entry) -> None:
        """Open or close an entry."""
        self.set_open(entry, is_open=entry.key not in self._open)

    def set_open(self, entry: Entry, *, is_open: bool) -> None:
        """Show or hide its parts."""
        (self._open.add if is_open else self._open.discard)(entry.key)
        self.show(self._entries)
        place = self.shown.index(entry)
        self.dataChanged.emit(self.index(place), self.index(place))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and self.shown[index.row()].kind == "day":
            return Qt.ItemFlag.ItemIsEnabled
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        entry = self.shown[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return entry.text
        if role == Qt.ItemDataRole.ToolTipRole and entry.kind != "day":
            return tip(entry.text)
        return None


class _Painter(QStyledItemDelegate):
    def __init__(self, look: Look, entries: _Entries, view: Timeline) -> None:
        super().__init__(view)
        self._look = look
        self._entries = entries
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option
        return QSize(200, _HEIGHTS[self._entries.shown[index.row()].kind])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        style: Any = option
        state: QStyle.StateFlag = style.state
        entry, box, look = self._entries.shown[index.row()], QRectF(style.rect), self._look
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.kind == "day":
            self._text(painter, box.adjusted(_TIME, 8, -_EDGE, 0), entry.title, "text.primary", 600)
            width = QFontMetrics(look.font("table", 600)).horizontalAdvance(entry.title)
            self._text(painter, box.adjusted(_TIME + width + 8, 8, -_EDGE, 0), entry.detail, "text.muted")
            painter.restore()
            return
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, look.color("bg.selected"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, look.color("bg.hover"))
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), look.color("focus.ring"))
        self._axis(painter, box, index.row())
        time = QRectF(_TIME, box.top() + (6 if entry.kind == "touch" else 0), 40, 20)
        if entry.kind != "touch":
            time.setHeight(box.height())
        self._text(painter, time, entry.time, "text.muted", role="caption")
        if entry.kind == "touch":
            self._touch(painter, box, entry)
        else:
            self._line(painter, box, entry)
        painter.restore()

    def _axis(self, painter: QPainter, box: QRectF, row: int) -> None:
        """The line through rings and icons, from the first entry of a day to its last."""
        shown = self._entries.shown
        painter.setPen(QPen(self._look.color("border.strong"), 1))
        middle = box.top() + 17 if shown[row].kind == "touch" else box.center().y()
        if row and shown[row - 1].kind != "day":
            painter.drawLine(int(_AXIS), int(box.top()), int(_AXIS), int(middle - _RING - 2))
        if row + 1 < len(shown) and shown[row + 1].kind != "day":
            painter.drawLine(int(_AXIS), int(middle + _RING + 2), int(_AXIS), int(box.bottom()))

    def _touch(self, painter: QPainter, box: QRectF, entry: Entry) -> None:
        look = self._look
        counts = entry.number is not None
        ring = QRectF(_AXIS - _RING, box.top() + 17 - _RING, 2 * _RING, 2 * _RING)
        painter.setPen(QPen(look.color("text.primary" if counts else "border.control"), 1.25))
        painter.setBrush(look.color("bg.canvas"))
        painter.drawEllipse(ring)
        if counts:
            self._text(painter, ring, str(entry.number), "text.primary", 600, align=Qt.AlignmentFlag.AlignCenter)
        card = box.adjusted(_CONTENT, 3, -_EDGE, -5)
        painter.setPen(QPen(look.color("border.hairline"), 1))
        painter.setBrush(look.color("bg.raised"))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        right = 0.0
        for text, top, weight, color in (
            (entry.credit, 4, 600, "text.primary"),
            (entry.amount, 23, None, "text.muted"),
        ):
            if text:
                place = QRectF(card.left() + 10, card.top() + top, card.width() - 20, 19)
                right = max(right, self._text(painter, place, text, color, weight, align=Qt.AlignmentFlag.AlignRight))
        left = card.left() + 10
        paint_channel(painter, QRectF(left, card.top() + 9, SIZE, SIZE), entry.channel, look)
        room = card.width() - 20 - right - (12 if right else 0)
        upper = QRectF(left + SIZE + 6, card.top() + 4, room - SIZE - 6, 19)
        tag = QFontMetrics(look.font("caption", 500)).horizontalAdvance(entry.tag) + 12 if entry.tag else 0
        title = upper.adjusted(0, 0, -(tag + 8 if tag else 0), 0)
        used = self._text(painter, title, entry.title, "text.primary" if counts else "text.secondary", 600)
        rest = upper.adjusted(used + 8, 0, -(tag + 8 if tag else 0), 0)
        used += 8 + self._text(painter, rest, entry.detail, "text.secondary")
        if tag and upper.width() >= tag:
            badge = QRectF(min(upper.left() + used + 8, upper.right() - tag), upper.top() + 1, tag, 17)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("synthetic.soft"))
            painter.drawRoundedRect(badge, 4, 4)
            self._text(
                painter, badge, entry.tag, "synthetic.text", 500, role="caption", align=Qt.AlignmentFlag.AlignCenter
            )
        self._text(painter, QRectF(left, card.top() + 23, room, 19), entry.line, "text.secondary")

    def _line(self, painter: QPainter, box: QRectF, entry: Entry) -> None:
        look = self._look
        left = _CONTENT + (16 if entry.kind == "part" else 0)
        if entry.icon:
            look.icon(entry.icon, entry.color).paint(
                painter, QRectF(_AXIS - 7, box.center().y() - 7, 14, 14).toAlignedRect()
            )
        elif entry.kind == "part":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("border.strong"))
            painter.drawEllipse(QRectF(_AXIS - 2, box.center().y() - 2, 4, 4))
        inner = box.adjusted(left, 0, -_EDGE, 0)
        if entry.amount:
            width = self._text(painter, inner, entry.amount, "text.muted", align=Qt.AlignmentFlag.AlignRight)
            inner.adjust(0, 0, -(width + 8), 0)
        if entry.parts:
            name = "caret-down" if self._entries.is_open(entry) else "caret-right"
            look.icon(name, "text.muted").paint(
                painter, QRectF(inner.right() - 12, box.center().y() - 6, 12, 12).toAlignedRect()
            )
            inner.adjust(0, 0, -18, 0)
        if entry.is_current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent.fill"))
            painter.drawRoundedRect(QRectF(_CONTENT - 8, box.top() + 5, 3, box.height() - 10), 1.5, 1.5)
        used = self._text(painter, inner, entry.title, "text.primary", 600 if entry.kind == "event" else None)
        self._text(painter, inner.adjusted(used + 6 if used else 0, 0, 0, 0), entry.detail, "text.secondary")

    def _text(
        self,
        painter: QPainter,
        box: QRectF,
        text: str,
        color: str,
        weight: int | None = None,
        *,
        role: str = "table",
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> float:
        """Draw what fits of a text; returns the pixels it takes."""
        if not text or box.width() <= 0:
            return 0.0
        font = self._look.font(role, weight)
        painter.setFont(font)
        painter.setPen(QColor(self._look.color(color)))
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(one_line(text), Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), shown)
        return float(metrics.horizontalAdvance(shown))
