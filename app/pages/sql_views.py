"""The views beside the SQL console: what each has one row for, and its columns; a double click puts a name in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from engine.views import VIEWS
from widgets.inputs.search import SearchField
from widgets.panel import label
from widgets.sql.completing import Vocabulary
from widgets.table.text import folded
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from widgets.look import Look

Columns = dict[str, list[tuple[str, str]]]


def vocabulary(look: Look, columns: Columns, functions: Sequence[str]) -> Vocabulary:
    """What completion knows, in the user's language."""
    meanings = {view: [(name, meaning_of(look, view, name)) for name, _ in found] for view, found in columns.items()}
    return Vocabulary({view: row_of(look, view) for view in columns}, meanings, functions)


def meaning_of(look: Look, view: str, column: str) -> str:
    """What a column means."""
    meaning = VIEWS[view].meaning(column)
    return look.say(meaning)


def row_of(look: Look, view: str) -> str:
    """What one row of a view stands for."""
    row = VIEWS[view].row
    return look.say("one row for each {thing}", thing=look.say(row))


class Views(QWidget):
    """The list.

    Attributes:
        wanted: a name to put in.
    """

    wanted = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.search = SearchField(look, look.say("Find a column"))
        self.tree = QTreeWidget()
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(2)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setStyleSheet("QTreeView::item { padding: 2px 0; }")
        self.tree.setAccessibleName(look.say("Views and their columns"))
        self.about = label(look, look.say("A double click or Return puts a name in."), "caption")
        self.about.setWordWrap(True)
        self.about.setMinimumHeight(52)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 6)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.tree, 1)
        column.addWidget(self.about)
        self.search.searched.connect(self._narrow)
        self.tree.itemActivated.connect(self._put)
        self.tree.currentItemChanged.connect(self._tell)

    def set_columns(self, columns: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Show these views with their columns and types."""
        self.tree.clear()
        for view, found in columns.items():
            top = QTreeWidgetItem([view, ""])
            top.setToolTip(0, tip(row_of(self._look, view)))
            top.setData(0, Qt.ItemDataRole.UserRole, row_of(self._look, view))
            top.setFont(0, self._look.font("table", 600))
            for name, kind in found:
                child = QTreeWidgetItem([name, kind])
                meaning = meaning_of(self._look, view, name)
                child.setData(0, Qt.ItemDataRole.UserRole, meaning)
                child.setToolTip(0, tip(f"{name}: {meaning}"))
                child.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, meaning)
                child.setForeground(1, self._look.color("text.muted"))
                top.addChild(child)
            self.tree.addTopLevelItem(top)
        self.tree.setColumnWidth(0, 170)

    def _narrow(self, text: str) -> None:
        sought = folded(text)
        for view in (self.tree.topLevelItem(number) for number in range(self.tree.topLevelItemCount())):
            if view is None:
                continue
            is_view = sought in folded(view.text(0))
            hits = 0
            for child in (view.child(place) for place in range(view.childCount())):
                if child is None:
                    continue
                words = f"{child.text(0)} {child.data(0, Qt.ItemDataRole.UserRole)}"
                is_hit = is_view or sought in folded(words)
                child.setHidden(not is_hit)
                hits += is_hit
            view.setHidden(not hits)
            view.setExpanded(bool(sought) and not is_view)

    def _put(self, item: QTreeWidgetItem) -> None:
        self.wanted.emit(item.text(0))

    def _tell(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.about.setText(f"{item.text(0)}: {item.data(0, Qt.ItemDataRole.UserRole)}")
