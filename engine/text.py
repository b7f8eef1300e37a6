"""Text of the data made safe to show: it may hold control characters, other directions, or a whole book."""

from __future__ import annotations

import unicodedata

LONGEST = 300  # characters of one name anybody reads; shaping ten thousand stalls whoever draws it
PROSE = 2_000  # of a sentence of ours, with names in it
_JOINERS = "\u200c\u200d"  # Persian, Hindi and emoji need them


def one_line(text: str, longest: int = LONGEST) -> str:
    """One line of at most so many characters, without control characters and marks that turn the direction."""
    kept = text[: 4 * longest]
    if not kept.isprintable():
        kept = " ".join(part for part in "".join(map(_printable, kept)).split(" ") if part)
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def _printable(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Cf":
        return char if char in _JOINERS else ""
    return " " if kind in ("Cc", "Cs", "Zl", "Zp") else char
