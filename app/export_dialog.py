"""Asks, before a table with people in it leaves the program, whether to hide who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout

from widgets.panel import label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from widgets.look import Look


class ExportDialog(QDialog):
    """A choice that hides people unless it is taken back.

    Attributes:
        chosen: go on; whether people are hidden.
    """

    chosen = Signal(bool)

    def __init__(self, look: Look, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        say = look.say
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Export"))
        title = label(look, say("{name} has people in it", name=name), "strong")
        self.masked = QCheckBox(say("Hide names, emails and phones"))
        self.masked.setChecked(True)
        note = label(look, say("First names stay, emails and phones lose their middles."), "muted")
        note.setWordWrap(True)
        self.go = QPushButton(say("Export…"))
        self.go.setProperty("kind", "primary")
        self.go.setDefault(True)
        leave = QPushButton(say("Cancel"))
        self.go.clicked.connect(self._go)
        leave.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(leave)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        for widget in (title, self.masked, note):
            column.addWidget(widget)
        column.addLayout(buttons)
        self.setMinimumWidth(380)

    def _go(self) -> None:
        is_masked = self.masked.isChecked()
        self.accept()
        self.chosen.emit(is_masked)
