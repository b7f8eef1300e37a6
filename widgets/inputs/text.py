"""Text from data made fit to be painted beside our own words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont

if TYPE_CHECKING:
    from widgets.look import Look

_ISOLATE, _POP = "\u2068", "\u2069"
_RIGHT_TO_LEFT = ("R", "AL")


def clean(text: str) -> str:
    """The text in one line: control characters and marks that turn the direction become nothing, breaks a space."""
    spaced = " ".join(text.split()) if any(char.isspace() and char not in " \u00a0" for char in text) else text
    return "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cs", "Cf") or char == "\u200d")


def is_right_to_left(text: str) -> bool:
    """Whether the text holds letters of a script that runs from right to left."""
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)


def isolated(text: str) -> str:
    """The cleaned text, kept from turning the direction of what stands around it."""
    shown = clean(text)
    return f"{_ISOLATE}{shown}{_POP}" if is_right_to_left(shown) else shown


def words_font(look: Look, role: str, weight: int | None = None) -> QFont:
    """The font of a role for words: tabular figures also set hyphens as wide as a figure."""
    font = QFont(look.font(role, weight))
    font.setFeature(QFont.Tag("tnum"), 0)
    return font
