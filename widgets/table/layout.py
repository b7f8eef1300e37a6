"""Which columns can be seen and how wide: by the room there is, and by what the user hid, moved and dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from widgets.table.fitting import PAD, Need, fitting, needed, stretched, with_total
from widgets.table.header import group_width
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from widgets.look import Look
    from widgets.table.columns import Column
    from widgets.table.header import Header
    from widgets.table.model import RowsModel

_NAME_SHARE = 0.44  # of the room, at most, before figures may leave for the name
_LEAST_DRAGGED = 60  # pixels a text column can be dragged down to


class ColumnLayout(QObject):
    """The columns of one header.

    Args:
        look: words and fonts.
        model: the columns and their content.
        header: shows them.
        name_width: pixels the first column never goes below.
        roomy_name: pixels it has, if it needs them and there is room, before columns that may leave stand beside it.
        edge: pixels before the first column's content and behind the last one's.

    Attributes:
        fitted: columns got new widths.
        chosen: by the user: the fields shown, from left to right.
        sort_wanted: by the user: the column's place in the model.
    """

    fitted = Signal()
    chosen = Signal(list)
    sort_wanted = Signal(int)

    def __init__(
        self, look: Look, model: RowsModel, header: Header, *, name_width: int, roomy_name: int, edge: int
    ) -> None:
        super().__init__(header)
        self._look = look
        self._model = model
        self._header = header
        self._name_width = name_width
        self._roomy_name = roomy_name
        self._extra = edge - PAD
        self._room = 0
        self._hidden: set[str] = set()
        self._dragged: dict[str, int] = {}
        self._content: dict[str, Need] = {}  # of the rows alone
        self._needs: dict[str, Need] = {}
        self._is_fitting = False
        header.sectionMoved.connect(self._on_moved)
        header.sectionResized.connect(self._on_resized)
        header.sectionClicked.connect(self.sort_wanted)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._on_menu)

    def reset_order(self) -> None:
        """Put the columns in the model's order."""
        self._is_fitting = True
        for place in range(len(self._model.columns)):
            self._header.moveSection(self._header.visualIndex(place), place)
        self._is_fitting = False

    def set_hidden(self, fields: Iterable[str]) -> None:
        """Hide these columns and show all others; the first one always stays."""
        self._hidden = set(fields) - {column.field for column in self._model.columns[:1]}
        self.fit(self._room)

    def measure(self, totals: Mapping[str, object] | None, room: int) -> None:
        """Measure anew what the columns need, and fit them into so many pixels. ``totals``: None has no such row."""
        self._content = {
            column.field: needed(self._look, self._model, column, has_totals=totals is not None)
            for column in self._model.columns
        }
        self.measure_totals(totals or {}, room)

    def measure_totals(self, totals: Mapping[str, object], room: int) -> None:
        """Fit the columns for other totals of the same rows."""
        columns = self._model.columns
        self._needs = {
            column.field: with_total(self._look, column, self._content[column.field], totals.get(column.field))
            for column in columns
        }
        if columns:
            name, least = columns[0].field, columns[0].least or self._name_width
            self._needs[name] = Need(least, max(least, self._needs[name].natural))
        for group in {column.group for column in columns if column.group}:
            members = [column for column in columns if column.group == group]
            missing = group_width(self._look, members[0]) + 20
            missing -= sum(self._needs[column.field].least for column in members)
            self._needs[members[0].field] = self._needs[members[0].field].raised(round(missing))
        self.fit(room)

    def fit(self, room: int) -> None:
        """Give the columns their widths and let those leave that have no room."""
        self._room = room
        columns = [self._model.columns[logical] for logical in self._order()]
        if any(column.field not in self._needs for column in columns):
            return  # other columns: they are measured next
        wanted = [column for column in columns if column.field not in self._hidden]
        needs = self._needs | {
            column.field: self._dragged_need(column) for column in columns if column.field in self._dragged
        }
        staying = fitting(wanted, self._roomy(needs, room), room - self._extra)
        widths = stretched(staying, needs, room, set(self._dragged), self._extra)
        self._is_fitting = True
        for logical, column in enumerate(self._model.columns):
            self._header.setSectionHidden(logical, column.field not in widths)
            if column.field in widths:
                self._header.resizeSection(logical, widths[column.field])
        self._is_fitting = False
        self.fitted.emit()

    def _roomy(self, needs: Mapping[str, Need], room: int) -> Mapping[str, Need]:
        """The needs with a first column that takes its part of the room before others come back."""
        name = self._model.columns[0].field if self._model.columns else ""
        if name not in needs or name in self._dragged:
            return needs
        need = needs[name]
        wanted = min(need.natural, self._roomy_name, int(_NAME_SHARE * room))
        return {**needs, name: need.raised(wanted - need.least)}

    def menu(self) -> QMenu:
        """A menu to choose columns and the order."""
        menu = QMenu(self._header)
        menu.setToolTipsVisible(True)
        order = menu.addMenu(self._look.say("Sort by"))
        order.setToolTipsVisible(True)
        menu.addSeparator()
        for place, column in enumerate(self._model.columns):
            title = f"{column.group} {column.title}".strip().replace("&", "&&")
            sort = order.addAction(title)
            sort.setToolTip(tip(column.definition))
            sort.setCheckable(True)
            sort.setChecked(self._model.sort_order is not None and self._model.sort_order[0] == column.field)
            sort.triggered.connect(lambda _=False, place=place: self.sort_wanted.emit(place))
            if place:
                show = menu.addAction(title)
                show.setToolTip(tip(column.definition))
                show.setCheckable(True)
                show.setChecked(column.field not in self._hidden)
                show.triggered.connect(lambda _=False, field=column.field: self._choose(self._hidden ^ {field}))
        menu.addSeparator()
        menu.addAction(self._look.say("Show all columns")).triggered.connect(lambda: self._choose(set()))
        return menu

    def _order(self) -> list[int]:
        """The model's places of the columns from left to right."""
        return [self._header.logicalIndex(visual) for visual in range(len(self._model.columns))]

    def _dragged_need(self, column: Column) -> Need:
        """What the user dragged a column to, but never so far that a figure is cut."""
        least = _LEAST_DRAGGED if column.grows else self._needs[column.field].least
        width = max(self._dragged[column.field], least)
        return Need(width, width)

    def _choose(self, hidden: set[str]) -> None:
        self.set_hidden(hidden)
        self._tell()

    def _tell(self) -> None:
        fields = [self._model.columns[logical].field for logical in self._order()]
        self.chosen.emit([field for field in fields if field not in self._hidden])

    def _on_moved(self) -> None:
        if not self._is_fitting:
            self.fit(self._room)
            self._tell()

    def _on_resized(self, logical: int, _before: int, after: int) -> None:
        if not self._is_fitting:
            self._dragged[self._model.columns[logical].field] = after
            self.fit(self._room)

    def _on_menu(self, position: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._header.viewport().mapToGlobal(position))
