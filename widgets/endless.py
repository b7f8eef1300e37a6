"""A list without an end: rows of two lines that come in pages while it is scrolled.

The rows are never all there. Before the last ones are reached the list asks for more; what is selected, and where the
list stands, stays when rows are added. Numbers are right, a channel has its mark, a path is its marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QTableView, QWidget

from widgets.table.copying import sheet_text
from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import one_line, tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QContextMenuEvent, QResizeEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from widgets.look import Look

Row = dict[str, Any]
Index = QModelIndex | QPersistentModelIndex

_EDGE, _GAP = 16, 12  # pixels outside and between columns
_AHEAD = 60  # rows before the end at which more are asked for
_STEP = 15.0  # pixels from one mark of a path to the next
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class ListColumn:
    """A column of a row of two lines.

    Attributes:
        title: in the header.
        first: text of the upper line.
        second: text of the lower, muted line.
        field: what the list is sorted by through the header; empty: it cannot be.
        width: pixels; 0 takes what is left.
        is_right: stands at the right edge, as figures do.
        glyph: channel whose mark stands before the upper line.
        path: channels drawn in place of the upper line; with how many there are of them in all.
        weight: of the upper line's font.
        priority: columns with the highest number leave first when space runs out; 0 never leaves.
    """

    title: str
    first: Callable[[Row], str]
    second: Callable[[Row], str] | None = None
    field: str = ""
    width: int = 0
    is_right: bool = False
    glyph: Callable[[Row], str | None] | None = None
    path: Callable[[Row], tuple[Sequence[str], int]] | None = None
    weight: int | None = None
    priority: int = 0


class EndlessList(QTableView):
    """The list.

    Args:
        look: colours, fonts.
        columns: from left to right.
        id_field: field that names each row.
        accessible_name: what it is, for screen readers.

    Attributes:
        chosen: the current row changed: its values.
        opened: double click or Return on a row.
        more_wanted: the end of what is there comes near.
        sorted: a field was chosen to sort by, and whether it descends.
        menu_wanted: a menu for a row, and where.
    """

    chosen = Signal(dict)
    opened = Signal(dict)
    more_wanted = Signal()
    sorted = Signal(str, bool)
    menu_wanted = Signal(dict, object)

    def __init__(
        self,
        look: Look,
        columns: Sequence[ListColumn],
        *,
        id_field: str,
        accessible_name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._order: tuple[str, bool] | None = None
        self._is_quiet = False
        self._model = _Rows(look, columns, id_field, self)
        self.setModel(self._model)
        self.setItemDelegate(_Cells(look, self._model, self))
        self.setAccessibleName(accessible_name)
        self.setProperty("kind", "endless")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionsClickable(True)
        head.setHighlightSections(False)
        head.setMinimumSectionSize(1)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setFixedHeight(look.tokens.sizes["panel_header"] - 8)
        head.sectionClicked.connect(self._on_head)
        self._measure()
        self.verticalScrollBar().valueChanged.connect(self._look_ahead)
        self.selectionModel().currentRowChanged.connect(self._on_row)
        self.doubleClicked.connect(self._on_double_click)
        look.changed.connect(self._measure)

    # -- rows -----------------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show the first rows of something else, from the top; the same row stays selected if it is among them."""
        before = self.current_row()
        self._is_quiet = True
        self._model.replace(rows)
        self.scrollToTop()
        self._is_quiet = False
        if before is not None:
            self._is_quiet = True
            self.select_id(before[self._model.id_field])
            self._is_quiet = False

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Show more rows behind those there are."""
        self._model.append(rows)
        self._look_ahead()

    def rows(self) -> Sequence[Row]:
        """The rows that are there so far."""
        return self._model.rows

    def current_row(self) -> Row | None:
        """The current row."""
        index = self.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def selected_rows(self) -> list[Row]:
        """The selected rows from top to bottom."""
        return [self._model.rows[index.row()] for index in sorted(self.selectionModel().selectedRows())]

    def select_id(self, row_id: object) -> bool:
        """Make a row the current one and show it; False when it is not there."""
        place = self._model.place_of(row_id)
        if place is None:
            return False
        index = self._model.index(place, 0)
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, how)
        self.scrollTo(index)
        return True

    def select_first(self) -> None:
        """Make the first row the current one."""
        if self._model.rows:
            self.select_id(self._model.rows[0][self._model.id_field])

    def show_order(self, field: str, *, descending: bool) -> None:
        """Mark the column the rows are sorted by."""
        self._order = (field, descending)
        self._model.order = self._order
        self.horizontalHeader().viewport().update()
        self._model.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self._model.columnCount() - 1)

    def copy(self) -> None:
        """Put the selected rows on the clipboard, for spreadsheets."""
        rows = self.selected_rows()
        if not rows:
            return
        columns = [column for place, column in enumerate(self._model.columns) if not self.isColumnHidden(place)]
        lines = ["\t".join(column.title for column in columns)]
        lines += ["\t".join(sheet_text(text_of(column, row)) for column in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    # -- Qt -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._look_ahead()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = self.current_row()
            if row is not None:
                self.opened.emit(row)
        elif event.text() and not event.modifiers() and event.text().isalnum():
            event.ignore()  # single keys are commands of the window
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if index.isValid():
            self.menu_wanted.emit(self._model.rows[index.row()], event.globalPos())

    # -- inside ---------------------------------------------------------------------------------------------------

    def _on_row(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid() and not self._is_quiet:
            self.chosen.emit(self._model.rows[now.row()])

    def _on_double_click(self, index: QModelIndex) -> None:
        self.opened.emit(self._model.rows[index.row()])

    def _on_head(self, place: int) -> None:
        field = self._model.columns[place].field
        if field:
            is_down = not (self._order is not None and self._order == (field, True))
            if self._order is None or self._order[0] != field:
                is_down = field != "name"
            self.show_order(field, descending=is_down)
            self.sorted.emit(field, is_down)

    def _look_ahead(self) -> None:
        """Ask for more when few rows are left below what is seen."""
        count = len(self._model.rows)
        last = self.rowAt(self.viewport().height() - 1)
        if count and (last < 0 or last + 1 + _AHEAD >= count):
            self.more_wanted.emit()

    def _measure(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._look.tokens.sizes["row_two_line"])
        self.viewport().update()

    def _fit(self) -> None:
        """Columns of a width have it; the others share what is left; those that may leave do when it is too little."""
        columns = self._model.columns
        room = self.viewport().width()
        hidden: set[int] = set()
        least = 120
        while True:
            kept = [place for place in range(len(columns)) if place not in hidden]
            growing = [place for place in kept if not columns[place].width]
            fixed = sum(columns[place].width for place in kept)
            leaving = [place for place in kept if columns[place].priority]
            if room - fixed >= least * len(growing) or not leaving:
                break
            hidden.add(max(leaving, key=lambda place: columns[place].priority))
        share = (room - fixed) // max(1, len(growing))
        for place, column in enumerate(columns):
            self.setColumnHidden(place, place in hidden)
            if place not in hidden:
                self.setColumnWidth(place, column.width or max(least, share))


def text_of(column: ListColumn, row: Row) -> str:
    """Both lines of a cell, a path by its names."""
    lines = [column.first(row)]
    if column.second is not None:
        lines.append(column.second(row))
    return one_line(", ".join(line for line in lines if line))


class _Rows(QAbstractTableModel):
    def __init__(self, look: Look, columns: Sequence[ListColumn], id_field: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.columns = columns
        self.id_field = id_field
        self.rows: list[Row] = []
        self.order: tuple[str, bool] | None = None
        self._places: dict[object, int] = {}

    def replace(self, rows: Sequence[Row]) -> None:
        """Other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self._places = {row[self.id_field]: place for place, row in enumerate(self.rows)}
        self.endResetModel()

    def append(self, rows: Sequence[Row]) -> None:
        """More rows."""
        if not rows:
            return
        first = len(self.rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self.rows.extend(rows)
        self._places |= {row[self.id_field]: first + place for place, row in enumerate(rows)}
        self.endInsertRows()

    def place_of(self, row_id: object) -> int | None:
        """Where a row stands."""
        return self._places.get(row_id)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return text_of(column, row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(text_of(column, row))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        is_sorted = self.order is not None and self.order[0] == column.field != ""
        if role == Qt.ItemDataRole.DisplayRole:
            mark = (" ▾" if self.order[1] else " ▴") if is_sorted and self.order is not None else ""
            return column.title + mark
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return column.title
        if role == Qt.ItemDataRole.FontRole:
            return self._look.font("caption", 600 if is_sorted else 500)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.is_right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class _Cells(QStyledItemDelegate):
    def __init__(self, look: Look, model: _Rows, parent: EndlessList) -> None:
        super().__init__(parent)
        self._look = look
        self._rows = model
        self._list = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(120, self._look.tokens.sizes["row_two_line"])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look = self._look
        column, row = self._rows.columns[index.column()], self._rows.rows[index.row()]
        style: Any = option
        state: QStyle.StateFlag = style.state
        box = QRectF(style.rect)
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, look.color("bg.selected"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, look.color("bg.hover"))
        painter.setPen(QPen(look.color("border.hairline"), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        is_first = index.column() == 0
        is_last = index.column() == self._last()
        inner = box.adjusted(_EDGE if is_first else _GAP / 2, 0, -(_EDGE if is_last else _GAP / 2), 0)
        upper = QRectF(inner.left(), inner.top() + 5, inner.width(), 17)
        lower = QRectF(inner.left(), inner.top() + 22, inner.width(), 17)
        if column.second is None:
            upper = QRectF(inner.left(), inner.top(), inner.width(), inner.height())
        side = Qt.AlignmentFlag.AlignRight if column.is_right else Qt.AlignmentFlag.AlignLeft
        if column.path is not None:
            channels, count = column.path(row)
            paint_marks(painter, upper, look, channels, count)
        else:
            if column.glyph is not None and (channel := column.glyph(row)) is not None:
                place = QRectF(upper.left(), upper.center().y() - SIZE / 2, SIZE, SIZE)
                paint_channel(painter, place, channel, look)
                upper = upper.adjusted(SIZE + 6, 0, 0, 0)
            self._line(painter, upper, column.first(row), "text.primary", side, column.weight)
        if column.second is not None:
            self._line(painter, lower, column.second(row), "text.muted", side, None)
        if is_first and state & QStyle.StateFlag.State_HasFocus and self._list.hasFocus():
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), look.color("focus.ring"))
        painter.restore()

    def _line(
        self, painter: QPainter, box: QRectF, text: str, color: str, side: Qt.AlignmentFlag, weight: int | None
    ) -> None:
        font = self._look.font("table", weight)
        painter.setFont(font)
        painter.setPen(QColor(self._look.color(color)))
        shown = QFontMetrics(font).elidedText(one_line(text), Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), shown)

    def _last(self) -> int:
        columns = range(self._rows.columnCount())
        return max(place for place in columns if not self._list.isColumnHidden(place))


def paint_marks(painter: QPainter, box: QRectF, look: Look, channels: Sequence[str], count: int) -> None:
    """The marks of a path joined by short lines; one too long keeps its beginning and its last touch."""
    room = max(2, int((box.width() + 4) // _STEP))
    shown: list[str | None] = list(channels)
    if count > room or len(shown) > room:
        shown = [*channels[: room - 2], None, channels[-1]]
    left, middle = box.left(), box.center().y()
    for place, channel in enumerate(shown):
        if place:
            painter.setPen(QPen(look.color("border.strong"), 1))
            painter.drawLine(int(left - 4), int(middle), int(left - 2), int(middle))
        if channel is None:
            painter.setPen(look.color("text.muted"))
            painter.setFont(look.font("caption"))
            painter.drawText(QRectF(left - 3, box.top(), SIZE + 6, box.height()), Qt.AlignmentFlag.AlignCenter, "…")
        else:
            paint_channel(painter, QRectF(left, middle - SIZE / 2, SIZE, SIZE), channel, look)
        left += _STEP
