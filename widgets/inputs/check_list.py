"""Many things to choose several of: a search, All and None, boxes to tick, and how many are ticked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from widgets.inputs.matching import match
from widgets.inputs.search import SearchField
from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtGui import QKeyEvent

    from widgets.look import Look

_SEARCHED = 8  # from so many on there is a search
_KEY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Item:
    """Something to tick: what it is known by, what it is called, and facts about it."""

    key: str
    title: str
    detail: str = ""


class CheckList(QWidget):
    """The list. Space ticks, All and None act on what the search shows.

    Attributes:
        changed: something was ticked or not any more.
    """

    changed = Signal()

    def __init__(self, look: Look, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        say = look.say
        self.search = SearchField(look, say("Search"))
        self.list = _List()
        self.list.setAccessibleName(title)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(2)
        self.all = QPushButton(say("All"))
        self.none = QPushButton(say("None"))
        self.count = label(look, "", "caption")
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        for button in (self.all, self.none):
            button.setProperty("kind", "ghost")
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addWidget(self.count)
        self.search.searched.connect(self._find)
        self.all.clicked.connect(lambda: self._tick_shown(is_on=True))
        self.none.clicked.connect(lambda: self._tick_shown(is_on=False))
        self.list.itemChanged.connect(self._count)

    def set_items(self, items: Sequence[Item], ticked: Collection[str]) -> None:
        """Show things, some of them ticked."""
        blocked = QSignalBlocker(self.list)
        self.list.clear()
        for item in items:
            row = QListWidgetItem(f"{item.title}   {item.detail}".rstrip())
            row.setData(_KEY, item.key)
            row.setToolTip("")
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            row.setCheckState(_state(is_on=item.key in ticked))
            self.list.addItem(row)
        blocked.unblock()
        self.search.setVisible(len(items) >= _SEARCHED)
        if items:
            self.list.setCurrentRow(0)
        self._count()

    def ticked(self) -> list[str]:
        """What is ticked, in the order shown; also what the search hides."""
        return [str(row.data(_KEY)) for row in self._rows() if row.checkState() == Qt.CheckState.Checked]

    def _rows(self) -> list[QListWidgetItem]:
        return [self.list.item(number) for number in range(self.list.count())]

    def _find(self, text: str) -> None:
        for row in self._rows():
            row.setHidden(bool(text) and match(text, row.text()) is None)
        self._count()

    def _tick_shown(self, *, is_on: bool) -> None:
        blocked = QSignalBlocker(self.list)
        for row in self._rows():
            if not row.isHidden():
                row.setCheckState(_state(is_on=is_on))
        blocked.unblock()
        self._count()

    def _count(self) -> None:
        count = self._look.numbers.count
        self.count.setText(
            self._look.say("{n} of {all} chosen", n=count(len(self.ticked())), all=count(self.list.count()))
        )
        self.changed.emit()


class _List(QListWidget):
    """Return is for the dialog around it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            event.ignore()
            return
        super().keyPressEvent(event)


def _state(*, is_on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
