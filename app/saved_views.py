"""The views the user gave a name to: look at one, delete one with Undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from widgets.look import Look


class SavedViews(QDialog):
    """The list.

    Attributes:
        chosen: look at this one: its text.
        deleted: (name, text): forget it.
    """

    chosen = Signal(str)
    deleted = Signal(str, str)

    def __init__(self, look: Look, views: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(look.say("Saved views"))
        self.resize(420, 320)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(10)
        self.list = QListWidget(self)
        self.list.setAccessibleName(look.say("Saved views"))
        for name, text in views.items():
            item = QListWidgetItem(name)
            item.setData(Qt.ItemDataRole.UserRole, text)
            self.list.addItem(item)
        hint = look.say("Rolling ranges such as 30 days move with today.")
        if not views:
            hint = look.say("Nothing was saved yet. Save this view keeps days, filters, model and comparison.")
        about = label(look, hint, "muted")
        about.setWordWrap(True)
        self.open_button = QPushButton(look.say("Look at it"))
        self.open_button.setProperty("kind", "primary")
        self.open_button.setDefault(True)
        self.delete_button = QPushButton(look.say("Delete"))
        self.delete_button.setProperty("kind", "danger")
        close = QPushButton(look.say("Close"))
        row = QHBoxLayout()
        row.addWidget(self.delete_button)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.open_button)
        column.addWidget(about)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self.open_button.clicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.delete_button.clicked.connect(self._delete)
        close.clicked.connect(self.close)
        self.list.currentRowChanged.connect(self._show)
        self.list.setCurrentRow(0 if views else -1)
        self._show()

    def _choose(self) -> None:
        if self.list.currentRow() >= 0:
            self.chosen.emit(str(self.list.currentItem().data(Qt.ItemDataRole.UserRole)))
            self.close()

    def _delete(self) -> None:
        if self.list.currentRow() >= 0:
            item = self.list.takeItem(self.list.currentRow())
            self.deleted.emit(item.text(), str(item.data(Qt.ItemDataRole.UserRole)))

    def _show(self) -> None:
        has_one = self.list.currentRow() >= 0
        self.open_button.setEnabled(has_one)
        self.delete_button.setEnabled(has_one)
