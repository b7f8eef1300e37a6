"""Parts of a document to switch on, off, and move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from PySide6.QtGui import QKeyEvent

    from widgets.look import Look

_ROW = 27


class SectionList(QListWidget):
    """Checkable rows in an order of the user's own: dragged, or moved with Alt and the arrows.

    Attributes:
        arranged: something was switched or moved.
        chosen: this one is the current one.
    """

    arranged = Signal()
    chosen = Signal(str)

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setToolTip(look.say("Drag, or Alt with ↑ and ↓, to move a section"))
        self.itemChanged.connect(self._arranged)
        self.model().rowsMoved.connect(self._arranged)
        self.currentItemChanged.connect(self._choose)
        self._look = look
        look.changed.connect(self._restyle)
        self._restyle()

    def show_sections(self, titles: Mapping[str, str], order: Sequence[str], on: Collection[str]) -> None:
        """Show sections by key; says nothing to the signals."""
        current = self.current_key
        self.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.clear()
        for key in order:
            item = QListWidgetItem(titles[key])
            item.setData(Qt.ItemDataRole.UserRole, key)
            item.setSizeHint(QSize(0, _ROW))
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsUserCheckable
                | Qt.ItemFlag.ItemIsDragEnabled
            )
            item.setCheckState(Qt.CheckState.Checked if key in on else Qt.CheckState.Unchecked)
            self.addItem(item)
            if key == current:
                self.setCurrentItem(item)
        self.blockSignals(False)  # noqa: FBT003 - Qt's own
        self.setFixedHeight(_ROW * len(order) + 6)

    @property
    def current_key(self) -> str | None:
        """The current section."""
        item = self.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else None  # pyright: ignore[reportUnnecessaryComparison]

    def order(self) -> tuple[str, ...]:
        """Every section as it stands."""
        return tuple(str(self.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(self.count()))

    def on(self) -> tuple[str, ...]:
        """Those that are switched on, in order."""
        return tuple(
            str(self.item(row).data(Qt.ItemDataRole.UserRole))
            for row in range(self.count())
            if self.item(row).checkState() == Qt.CheckState.Checked
        )

    def move_by(self, step: int) -> None:
        """Move the current section up or down."""
        row = self.currentRow()
        if 0 <= row + step < self.count():
            item = self.takeItem(row)
            self.insertItem(row + step, item)
            self.setCurrentItem(item)
            self.arranged.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with the arrows moves."""
        is_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if is_alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.move_by(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        """The boxes' edges are drawn darker than the window, which nobody sees on a dark one."""
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, self._look.color("border.control").lighter(140))
        self.setPalette(palette)

    def _arranged(self, *_told: object) -> None:
        self.arranged.emit()

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
