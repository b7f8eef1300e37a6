"""A box to choose from a list that may be long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QPaintEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

PLAIN_NAME = Qt.ItemDataRole.UserRole + 1  # what the closed box shows in place of the list's text
_SHOWN = 18
_CARET = 12
_LEFT, _RIGHT = 9, 24  # pixels of the text to the box's sides


class ChoiceCombo(QComboBox):
    """Shows what is chosen by its plain name, cut where it does not fit; the list may say more about it.

    The wheel scrolls what the box stands in, unless the box has the keyboard.

    Signals:
        focused: it got the keyboard.
    """

    focused = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMaxVisibleItems(_SHOWN)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        look.changed.connect(self.update)

    @property
    def shown(self) -> str:
        """The text in the closed box."""
        plain = self.currentData(PLAIN_NAME)
        return str(plain) if plain else self.currentText()

    def paintEvent(self, e: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        width = self.width() - _LEFT - _RIGHT
        option.currentText = self.fontMetrics().elidedText(self.shown, Qt.TextElideMode.ElideRight, width)  # pyright: ignore[reportAttributeAccessIssue]
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        caret = QRect(self.width() - _CARET - 7, (self.height() - _CARET) // 2, _CARET, _CARET)
        self.look.icon("caret-down", "text.muted").paint(painter, caret)

    def wheelEvent(self, e: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(e)
        else:
            e.ignore()

    def focusInEvent(self, e: QFocusEvent) -> None:
        super().focusInEvent(e)
        self.focused.emit()

    def showPopup(self) -> None:
        self.view().setMinimumWidth(max(self.width(), self.view().sizeHintForColumn(0) + 28))
        super().showPopup()
