"""A button that shows a caption, a value and a mark behind them: of pickers, filters and the status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from widgets.inputs.text import words_font
from widgets.text import isolated

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent

    from widgets.look import Look

Mark = Literal["", "caret", "close"]
_GAP = 6
_PADDING = {"chip": 10, "chip-add": 10, "ghost": 7}
_LONGEST = 320  # a value longer than this elides
_KEYS_OF_PRESSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_KEYS_OF_REMOVAL = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class ComposedButton(QPushButton):
    """Icon, muted caption, strong value, and a caret, a cross or a key at the end.

    Args:
        look: asked while painting.
        kind: as in the style sheet: empty, ``ghost``, ``chip`` or ``chip-add``.

    Attributes:
        removed: the cross was clicked, or Delete pressed on a button that has one.
    """

    removed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None, *, kind: str = "") -> None:
        super().__init__(parent)
        self.look = look
        self._kind = kind
        self._icon = self._caption = self._value = self._key = ""
        self._mark: Mark = ""
        self._color = "text.primary"
        self._weight = 500
        if kind:
            self.setProperty("kind", kind)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def compose(
        self,
        *,
        icon: str = "",
        caption: str = "",
        value: str = "",
        mark: Mark = "",
        key: str = "",
        color: str = "text.primary",
        weight: int = 500,
    ) -> None:
        """Set what is shown. ``key`` is a shortcut drawn as a key cap, ``color`` the value's token."""
        self._icon, self._mark, self._key, self._color, self._weight = icon, mark, key, color, weight
        self._caption, self._value = isolated(caption), isolated(value)
        self.setAccessibleName(" ".join(part for part in (caption, value) if part))
        self.updateGeometry()
        self.update()

    def value(self) -> str:
        """The value shown, whole."""
        return self._value

    def sizeHint(self) -> QSize:
        """Wide enough for all of it."""
        value = min(self._width_of_value(), _LONGEST)
        return QSize(self._width_around() + value, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Wide enough for all but the value, which elides."""
        return QSize(self._width_around() + min(self._width_of_value(), 48), super().sizeHint().height())

    # -- inside ---------------------------------------------------------------------------------------------------

    def _padding(self) -> int:
        return _PADDING.get(self._kind, 11)

    def _width_of_value(self) -> int:
        return QFontMetrics(words_font(self.look, "table", self._weight)).horizontalAdvance(self._value) + 1

    def _width_around(self) -> int:
        widths: list[int] = []
        if self._icon:
            widths.append(self._icon_size())
        if self._caption:
            widths.append(QFontMetrics(words_font(self.look, "table")).horizontalAdvance(self._caption) + 1)
        if self._value:
            widths.append(0)
        if self._key:
            widths.append(self._key_width())
        if self._mark:
            widths.append(12)
        return 2 * self._padding() + sum(widths) + _GAP * max(0, len(widths) - 1)

    def _icon_size(self) -> int:
        return 12 if self._kind == "chip-add" else 16

    def _key_width(self) -> int:
        return QFontMetrics(self.look.font("caption")).horizontalAdvance(self._key) + 9

    def _mark_rect(self) -> QRect:
        return QRect(self.width() - self._padding() - 12, (self.height() - 12) // 2, 12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style draws the button, this its content."""
        painter = QPainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text, option.icon = "", QIcon()
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on = self.isEnabled()
        x, end = self._padding(), self.width() - self._padding()
        if self._icon:
            size = self._icon_size()
            self.paint_icon(painter, QRectF(x, (self.height() - size) // 2, size, size))
            x += size + _GAP
        if self._mark:
            self._paint_mark(painter)
            end -= 12 + _GAP
        if self._key:
            width = self._key_width()
            paint_key(painter, self.look, QRect(end - width, (self.height() - 17) // 2, width, 17), self._key)
            end -= width + _GAP
        if self._caption:
            x = self._paint_text(painter, x, end, self._caption, 400, "text.muted" if is_on else "text.disabled") + _GAP
        if self._value:
            self._paint_text(painter, x, end, self._value, self._weight, self._color if is_on else "text.disabled")

    def paint_icon(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the icon."""
        name = "text.secondary" if self.isEnabled() else "text.disabled"
        pixmap = self.look.icon(self._icon, name).pixmap(rect.size().toSize(), self.devicePixelRatioF())
        painter.drawPixmap(rect.topLeft(), pixmap)

    def _paint_mark(self, painter: QPainter) -> None:
        name = "caret-down-bold" if self._mark == "caret" else "x"
        color = "text.secondary" if self.isEnabled() else "text.disabled"
        rect = self._mark_rect()
        pixmap = self.look.icon(name, color).pixmap(rect.size(), self.devicePixelRatioF())
        painter.drawPixmap(rect.topLeft(), pixmap)

    def _paint_text(self, painter: QPainter, x: int, end: int, text: str, weight: int, color: str) -> int:
        font = words_font(self.look, "table", weight)
        metrics = QFontMetrics(font)
        width = min(metrics.horizontalAdvance(text) + 1, max(0, end - x))
        painter.setFont(font)
        painter.setPen(self.look.color(color))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRect(x, 0, width, self.height()), int(flags), shown)
        return x + width

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the cross removes instead."""
        target = self._mark_rect().adjusted(-5, -8, 8, 8)
        if self._mark == "close" and self.isDown() and target.contains(event.position().toPoint()):
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return, Space and, where something opens below, Down press; Delete and Backspace remove."""
        if self._mark == "close" and event.key() in _KEYS_OF_REMOVAL:
            self.removed.emit()
        elif event.key() in _KEYS_OF_PRESSING or (self._mark == "caret" and event.key() == Qt.Key.Key_Down):
            self.click()
        else:
            super().keyPressEvent(event)


def paint_key(painter: QPainter, look: Look, rect: QRect, text: str, color: QColor | None = None) -> None:
    """A key cap: text in a rounded frame."""
    pen = color or look.color("text.secondary")
    painter.setPen(QPen(color or look.color("border.strong"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(pen)
    painter.setFont(look.font("caption"))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
