"""Text of the data made safe to show: it may hold control characters, other directions, markup, or a whole book."""

from __future__ import annotations

import html
import unicodedata

LONGEST = 300  # characters of one name anybody reads; shaping ten thousand stalls the window
PROSE = 2_000  # of a sentence of ours, with names in it
_JOINERS = "\u200c\u200d"  # Persian, Hindi and emoji need them
_ISOLATE, _POP = "\u2068", "\u2069"
_RIGHT_TO_LEFT = ("R", "AL")


def one_line(text: str, longest: int = LONGEST) -> str:
    """One line of at most so many characters, without control characters and marks that turn the direction."""
    kept = text[: 4 * longest]
    if not kept.isprintable():
        kept = " ".join(part for part in "".join(map(_printable, kept)).split(" ") if part)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def is_right_to_left(text: str) -> bool:
    """Whether the text holds letters of a script that runs from right to left."""
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)


def isolated(text: str) -> str:
    """The text in one line, kept from turning the direction of what stands around it."""
    shown = one_line(text)
    return f"{_ISOLATE}{shown}{_POP}" if is_right_to_left(shown) else shown


def tip(text: str) -> str:
    """A tool tip that shows the text as it is and breaks its lines: Qt takes some plain texts for markup."""
    return f"<p>{html.escape(text, quote=False)}</p>" if text else ""


def _printable(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Cf":
        return char if char in _JOINERS else ""
    return " " if kind in ("Cc", "Cs", "Zl", "Zp") else char
