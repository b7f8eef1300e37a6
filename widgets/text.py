"""Text of the data made safe to show: it may hold control characters, other directions, markup, or a whole book."""

from __future__ import annotations

import html
import re
import unicodedata

from engine.text import LONGEST, PROSE, one_line

__all__ = ["LONGEST", "PROSE", "breakable", "is_right_to_left", "isolated", "one_line", "tip"]

_ISOLATE, _POP, _BREAK = "\u2068", "\u2069", "\u200b"
_RIGHT_TO_LEFT = ("R", "AL")


def is_right_to_left(text: str) -> bool:
    """Whether the text holds letters of a script that runs from right to left."""
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)


def isolated(text: str) -> str:
    """The text in one line, kept from turning the direction of what stands around it."""
    shown = one_line(text)
    return f"{_ISOLATE}{shown}{_POP}" if is_right_to_left(shown) else shown


def breakable(text: str) -> str:
    """The text with places where a line may break within its long words, such as emails."""
    return re.sub(r"[^\s\u200b]{12}(?=[^\s]{4})", lambda part: part[0] + _BREAK, text)


def tip(text: str) -> str:
    """A tool tip that shows the text as it is and breaks its lines: Qt takes some plain texts for markup."""
    return f"<p>{html.escape(text, quote=False)}</p>" if text else ""
