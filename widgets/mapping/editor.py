"""A file before it is imported: which kind it is, what each of its columns means, and what would be rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from widgets.mapping.combo import ChoiceCombo
from widgets.mapping.header import MappingHeader
from widgets.mapping.model import PAD, RowsDelegate, RowsModel
from widgets.mapping.words import column_lines, trouble_text
from widgets.text import isolated, one_line

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from widgets.look import Look
    from widgets.mapping.preview import FilePreview

_LOOKED_AT = 30  # rows whose texts tell the width of a column
_LEAST, _MOST = 148, 280  # pixels of a column
_SHOWN_TROUBLES = 3


class MappingEditor(QWidget):
    """Shows a :class:`FilePreview` and lets the user change its kind and mapping.

    A change is told and shown at once; its consequences (problems, what is still needed) come with the next
    :meth:`set_preview`, which keeps the keyboard, the place and the widths while the columns stay the same.

    Args:
        look: asked while painting.
        parent: Qt's.

    Signals:
        mapping_changed: the mapping as an import takes it: field -> column, with an empty column for a field that is
            left out though a column has its name.
        kind_changed: name of the kind the user chose.
    """

    mapping_changed = Signal(dict)
    kind_changed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._view: FilePreview | None = None
        self._fields: list[str | None] = []
        self._name = _label("strong")
        self._facts = _label("secondary")
        self._kinds = ChoiceCombo(look)
        self._kinds.setAccessibleName(look.say("Import as"))
        self._kinds.setMinimumWidth(220)
        self._kinds.activated.connect(self._choose_kind)
        self._why = _label("muted")
        self._constant = QComboBox()
        self._constant.setEditable(True)
        self._constant.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._constant.setMinimumWidth(180)
        self._constant.currentTextChanged.connect(self._choose_constant)
        self._constant_label = _label("secondary")
        self._constant_label.setBuddy(self._constant)
        self._state_icon = QLabel()
        self._state = _label("secondary")
        self._told = _label("secondary")
        self._told.setWordWrap(True)
        self._detail = _label("secondary")
        self._model = RowsModel(look, self)
        self._table = QTableView()
        self._header = MappingHeader(look, self._table)
        self._build()
        look.changed.connect(self._repaint)

    # -- what is shown --------------------------------------------------------------------------------------------

    def set_preview(self, view: FilePreview) -> None:
        """Show a file, or another look at the same one."""
        before, self._view = self._view, view
        is_same = before is not None and [c.name for c in before.columns] == [c.name for c in view.columns]
        across, down = self._table.horizontalScrollBar().value(), self._table.verticalScrollBar().value()
        current = self._table.currentIndex()
        self._fields = [column.field for column in view.columns]
        self._model.show(view)
        self._header.show_preview(view)
        if is_same:
            self._table.setCurrentIndex(self._model.index(current.row(), current.column()))
            self._table.horizontalScrollBar().setValue(across)
            self._table.verticalScrollBar().setValue(down)
        else:
            self._fit()
        self._name.setText(one_line(view.file_name))
        self._facts.setText(" · ".join(view.facts))
        self._show_kinds(view)
        self._show_constant(view)
        self._show_state(view)
        self._show_told(view)
        self._show_detail(-1)

    @property
    def mapping(self) -> dict[str, str]:
        """The mapping as it stands; see ``mapping_changed``."""
        view = self._view
        if view is None or view.is_fixed:
            return {}
        names = {column.name for column in view.columns}
        mapping = {field.name: "" for field in view.fields if field.name in names}
        for column, field in zip(view.columns, self._fields, strict=True):
            if field is not None:
                mapping[field] = column.name
        value = self._constant.currentText().strip()
        if view.constant and value and not mapping.get(view.constant):
            mapping[view.constant] = f"={value}"
        return mapping

    @property
    def kind(self) -> str:
        """The kind that is chosen; empty before anything is shown."""
        return "" if self._view is None else self._view.kind

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        look = self.look
        title = QHBoxLayout()
        title.setSpacing(10)
        title.addWidget(self._name)
        title.addWidget(self._facts, 1)
        label = _label("secondary")
        label.setText(look.say("Import as"))
        label.setBuddy(self._kinds)
        choice = QHBoxLayout()
        choice.setSpacing(8)
        for widget in (label, self._kinds, self._why, self._constant_label, self._constant):
            choice.addWidget(widget)
        choice.addStretch(1)
        choice.addWidget(self._state_icon)
        choice.addWidget(self._state)
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 16, 12)
        head.setSpacing(10)
        head.addLayout(title)
        head.addLayout(choice)
        head.addWidget(self._told)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 6, 16, 6)
        foot.addWidget(self._detail)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(_rule())
        column.addWidget(self._table, 1)
        column.addWidget(_rule())
        column.addLayout(foot)
        self._build_table()

    def _build_table(self) -> None:
        table, header = self._table, self._header
        table.setHorizontalHeader(header)
        table.setModel(self._model)
        table.setItemDelegate(RowsDelegate(self.look, self._model))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        corner = QWidget()
        corner.setProperty("kind", "canvas")
        table.setCornerWidget(corner)
        table.setAccessibleName(self.look.say("First rows of the file"))
        table.setProperty("paintsFocus", True)  # noqa: FBT003 - a Qt property
        lines = table.verticalHeader()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setDefaultSectionSize(self.look.row_height)
        lines.setMinimumWidth(52)
        table.selectionModel().currentChanged.connect(self._enter_cell)
        header.chosen.connect(self._choose)
        header.entered.connect(self._enter)
        table.horizontalScrollBar().valueChanged.connect(header.place_controls)

    def _fit(self) -> None:
        """Columns as wide as their head and their first rows want, within limits."""
        view = self._view
        if view is None:
            return
        metrics = self.fontMetrics()
        for number, column in enumerate(view.columns):
            widest = max(
                (metrics.horizontalAdvance(one_line(row[number] or "")[:60]) for row in view.rows[:_LOOKED_AT]),
                default=0,
            )
            wanted = max(widest + 2 * PAD + 8, self._header.needed_width(column))
            self._header.resizeSection(number, min(max(wanted, _LEAST), _MOST))

    def _repaint(self) -> None:
        self._table.verticalHeader().setDefaultSectionSize(self.look.row_height)
        if self._view is not None:
            self._show_state(self._view)
        self._table.viewport().update()

    # -- lines around the table -----------------------------------------------------------------------------------

    def _show_kinds(self, view: FilePreview) -> None:
        if [self._kinds.itemData(place) for place in range(self._kinds.count())] != [kind.name for kind in view.kinds]:
            self._kinds.clear()
            for kind in view.kinds:
                self._kinds.addItem(one_line(kind.title), kind.name)
        for place, kind in enumerate(view.kinds):
            self._kinds.setItemData(place, kind.note, Qt.ItemDataRole.AccessibleDescriptionRole)
            if kind.name == view.kind:
                self._kinds.setCurrentIndex(place)
                self._why.setText(kind.note)

    def _show_constant(self, view: FilePreview) -> None:
        """Where no column tells what a row is, every row can be told to be the same."""
        name = isolated(view.constant)
        self._constant_label.setText(self.look.say("{field} of every row", field=name))
        self._constant.setAccessibleName(self._constant_label.text())
        for widget in (self._constant_label, self._constant):
            widget.setVisible(bool(view.constant))
        if self._constant.hasFocus() and self._constant.currentText().strip() == view.constant_value:
            return  # somebody types
        with QSignalBlocker(self._constant):
            self._constant.clear()
            self._constant.addItems(view.constant_choices)
            self._constant.setEditText(view.constant_value)

    def _show_state(self, view: FilePreview) -> None:
        look = self.look
        rejected = sum(column.bad for column in view.columns) + sum(trouble.count for trouble in view.troubles)
        if view.needed:
            icon, tone = "warning-fill", "warn"
            text = look.say(
                "Still needed: {fields}", fields=", ".join(isolated(one_line(name)) for name in view.needed)
            )
        elif rejected:
            icon, tone, count = "warning-circle", "bad", look.numbers.count(rejected)
            text = look.words.count(
                rejected, "{n} of these rows will be rejected", "{n} of these rows will be rejected", n=count
            )
        else:
            icon, tone, text = "check-circle", "good", look.say("Ready to import")
        self._state_icon.setPixmap(look.pixmap(icon, 16, f"{tone}.text"))
        self._state.setText(text)
        self._state.setAccessibleName(text)

    def _show_told(self, view: FilePreview) -> None:
        look = self.look
        lines = [*view.notes, *(trouble_text(look, trouble) for trouble in view.troubles[:_SHOWN_TROUBLES])]
        if view.is_fixed:
            lines.insert(0, look.say("The columns of this format are known: there is nothing to map."))
        self._told.setText("\n".join(lines))
        self._told.setVisible(bool(lines))

    def _show_detail(self, number: int) -> None:
        """What there is to say about a column, or how much is shown."""
        view, look = self._view, self.look
        if view is None:
            return
        if 0 <= number < len(view.columns) and (lines := column_lines(look, view.columns[number])):
            name = isolated(one_line(view.columns[number].name))
            self._detail.setText(look.say("{column}: {problems}", column=name, problems="; ".join(lines)))
            return
        count = look.numbers.count(len(view.rows))
        self._detail.setText(
            look.words.count(len(view.rows), "The first row of the file", "The first {n} rows of the file", n=count)
        )

    # -- what the user does ---------------------------------------------------------------------------------------

    def _choose_kind(self, place: int) -> None:
        name = str(self._kinds.itemData(place))
        if name != self.kind:
            self.kind_changed.emit(name)

    def _choose_constant(self, _text: str) -> None:
        if self._view is not None:
            self.mapping_changed.emit(self.mapping)

    def _choose(self, number: int, name: str) -> None:
        """Read a column into a field; another column that was read into it is left out."""
        if self._view is None or (self._fields[number] or "") == name:
            return
        fields = [None if field == name else field for field in self._fields]
        fields[number] = name or None
        self._fields = fields
        self._header.show_fields(fields)
        self.mapping_changed.emit(self.mapping)

    def _enter(self, number: int) -> None:
        """Bring a column into view whose control got the keyboard."""
        bar = self._table.horizontalScrollBar()
        left = self._header.sectionPosition(number)
        right = left + self._header.sectionSize(number)
        width = self._table.viewport().width()
        if left < bar.value():
            bar.setValue(left)
        elif right > bar.value() + width:
            bar.setValue(min(left, right - width))
        self._show_detail(number)

    def _enter_cell(self, current: QModelIndex) -> None:
        self._show_detail(current.column())


def _label(kind: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("kind", kind)
    return label


def _rule() -> QFrame:
    rule = QFrame()
    rule.setProperty("kind", "rule")
    rule.setFixedHeight(1)
    return rule
