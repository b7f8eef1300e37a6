"""A small button that is only an icon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QWidget

if TYPE_CHECKING:
    from widgets.look import Look


class IconButton(QPushButton):
    """A ghost button with an icon.

    Args:
        look: theme.
        icon: its name.
        name: tooltip, and what screen readers say.
        color: token of the icon.
        size: pixels of the icon.
    """

    def __init__(
        self,
        look: Look,
        icon: str,
        name: str,
        parent: QWidget | None = None,
        *,
        color: str = "text.secondary",
        size: int = 16,
    ) -> None:
        super().__init__(parent)
        self.look = look
        self._icon, self._color = icon, color
        self.setProperty("kind", "ghost")
        self.setAutoDefault(False)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setIconSize(QSize(size, size))
        self.setFixedWidth(size + 12)
        look.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.setIcon(self.look.icon(self._icon, self._color))
