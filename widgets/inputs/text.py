"""The font of words beside figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont

if TYPE_CHECKING:
    from widgets.look import Look


def words_font(look: Look, role: str, weight: int | None = None) -> QFont:
    """The font of a role for words: tabular figures also set hyphens as wide as a figure."""
    font = QFont(look.font(role, weight))
    font.setFeature(QFont.Tag("tnum"), 0)
    return font
