"""The list of pages at the left: groups, icons, badges; one item is where we are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_NARROW = 48
_RADIUS = 6


@dataclass(frozen=True)
class Place:
    """An entry: key of the page, its name, icon, group ("" begins the list's end) and shortcut for the tooltip."""

    key: str
    title: str
    icon: str
    group: str
    shortcut: str = ""


class Sidebar(QWidget):
    """The pages.

    Attributes:
        chosen: a page was chosen, by its key.
    """

    chosen = Signal(str)

    def __init__(self, look: Look, places: Sequence[Place], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._is_narrow = False
        self._items: dict[str, _Item] = {}
        self._captions: list[QWidget] = []
        self.setAccessibleName(look.say("Pages"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 8)
        layout.setSpacing(2)
        group = None
        for place in places:
            if place.group != group:
                if group is not None and place.group:
                    layout.addSpacing(10)
                group = place.group
                if group:
                    caption = label(look, group, "caption")
                    caption.setContentsMargins(8, 0, 0, 4)
                    layout.addWidget(caption)
                    self._captions.append(caption)
                else:
                    layout.addStretch(1)
            item = _Item(look, place, self)
            item.clicked.connect(lambda _checked=False, key=place.key: self.chosen.emit(key))
            layout.addWidget(item)
            self._items[place.key] = item
        if all(place.group for place in places):
            layout.addStretch(1)
        self.set_narrow(narrow=False)

    def set_current(self, key: str) -> None:
        """Mark where we are."""
        for name, item in self._items.items():
            item.setChecked(name == key)

    def set_badge(self, key: str, text: str, *, is_warning: bool = False, described: str = "") -> None:
        """A short text at the right end of an entry, and what it means; empty takes it away."""
        if key in self._items:
            self._items[key].set_badge(text, is_warning=is_warning, described=described)

    def set_narrow(self, *, narrow: bool) -> None:
        """Only icons, for small windows."""
        self._is_narrow = narrow
        self.setFixedWidth(_NARROW if narrow else self._look.tokens.sizes["sidebar"])
        for caption in self._captions:
            caption.setVisible(not narrow)
        for item in self._items.values():
            item.set_narrow(narrow=narrow)

    @property
    def is_narrow(self) -> bool:
        """Whether only icons show."""
        return self._is_narrow

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        items = list(self._items.values())
        at = next((number for number, item in enumerate(items) if item.hasFocus()), None)
        if step is None or at is None:
            super().keyPressEvent(event)
            return
        items[(at + step) % len(items)].setFocus(Qt.FocusReason.TabFocusReason)


class _Item(QAbstractButton):
    def __init__(self, look: Look, place: Place, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._place = place
        self._badge = ""
        self._is_warning = False
        self._is_narrow = False
        self._described = ""
        self.setCheckable(True)
        self.setText(place.title)
        self.setAccessibleName(place.title)
        self.setFixedHeight(look.tokens.sizes["sidebar_item"])
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        look.changed.connect(self.update)

    def set_badge(self, text: str, *, is_warning: bool, described: str) -> None:
        self._badge, self._is_warning, self._described = text, is_warning, described
        self.setAccessibleDescription(described or text)
        self.set_narrow(narrow=self._is_narrow)
        self.update()

    def set_narrow(self, *, narrow: bool) -> None:
        self._is_narrow = narrow
        tip = f"{self._place.title}  {self._place.shortcut}".strip() if narrow else self._place.shortcut
        self.setToolTip("\n".join(part for part in (self._described, tip) if part))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self._look.tokens.sizes["sidebar_item"])

    def nextCheckState(self) -> None:
        """Where we are is for the window to say."""

    def event(self, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.HoverEnter, QEvent.Type.HoverLeave}:
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("bg.pressed" if self.isChecked() else "bg.hover"))
            painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        icon = f"{self._place.icon}-fill" if self.isChecked() else self._place.icon
        color = "text.primary" if self.isChecked() else "text.secondary"
        left = (self.width() - 16) / 2 if self._is_narrow else 8
        painter.drawPixmap(int(left), (self.height() - 16) // 2, look.pixmap(icon, 16, color))
        if self._is_narrow:
            if self._badge:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.color("warn.fill" if self._is_warning else "text.muted"))
                painter.drawEllipse(QRectF(self.width() - 11, 4, 6, 6))
            return
        right = area.right() - 8
        if self._badge:
            font = look.font("caption", 500)
            painter.setFont(font)
            width = max(18.0, painter.fontMetrics().horizontalAdvance(self._badge) + 12)
            pill = QRectF(right - width, (self.height() - 18) / 2, width, 18)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("warn.soft" if self._is_warning else "bg.pressed"))
            painter.drawRoundedRect(pill, 9, 9)
            painter.setPen(look.color("warn.text" if self._is_warning else "text.secondary"))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._badge)
            right = pill.left() - 6
        painter.setFont(look.font("body", 600 if self.isChecked() else 500))
        painter.setPen(look.color(color))
        room = QRectF(34, 0, right - 34, self.height())
        text = painter.fontMetrics().elidedText(self._place.title, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
