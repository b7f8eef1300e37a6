"""The words of an SQL text: for colours, for completion, and for telling statements apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYWORDS = """
all and any as asc asof between by case cast collate cross cube current desc distinct else end escape except exclude
exists false filter first following for from full group grouping having ilike in inner intersect interval into is join
last lateral left like limit natural not null nulls offset on or order outer over partition pivot positional preceding
qualify range recursive rename replace right rollup row rows sample select semi anti sets similar some table tablesample
then ties to true try_cast unbounded union unpivot using values when where window with within
"""
KEYWORDS = frozenset(_KEYWORDS.split())

_WORD = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>'(?:[^']|'')*(?:'|\Z))|(?P<quoted>"(?:[^"]|"")*(?:"|\Z))"""
    r"""|(?P<number>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*)|(?P<mark>[^\s\w])""",
    re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text.

    Attributes:
        kind: comment, text, quoted, number, word, keyword or mark.
        start: its place.
        text: as written.
    """

    kind: str
    start: int
    text: str

    @property
    def end(self) -> int:
        """Behind its last character."""
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text, blanks left out."""
    for found in _WORD.finditer(text):
        kind = str(found.lastgroup)
        word = found[0]
        yield Token("keyword" if kind == "word" and word.lower() in KEYWORDS else kind, found.start(), word)


def statements(text: str) -> list[tuple[int, int]]:
    """Start and end of each statement, without the semicolon and what is blank around it."""
    found: list[tuple[int, int]] = []
    start = 0
    ends = [token.start for token in tokens(text) if token.kind == "mark" and token.text == ";"]
    for end in [*ends, len(text)]:
        part = text[start:end]
        if part.strip():
            lead = len(part) - len(part.lstrip())
            found.append((start + lead, start + len(part.rstrip())))
        start = end + 1
    return found


def statement_at(text: str, place: int) -> tuple[int, int] | None:
    """The statement a place is in, or behind; the first one before all of them; None without any."""
    found = statements(text)
    before = [span for span in found if span[0] <= place]
    return before[-1] if before else found[0] if found else None


def aliases(text: str) -> dict[str, str]:
    """Names that stand for relations in a statement, and the relations themselves: ``from v_visits v``."""
    words = [token for token in tokens(text) if token.kind != "comment"]
    found: dict[str, str] = {}
    for place, token in enumerate(words):
        is_source = token.kind == "keyword" and token.text.lower() in {"from", "join"}
        if not is_source or place + 1 >= len(words) or words[place + 1].kind != "word":
            continue
        name = words[place + 1].text.lower()
        found[name] = name
        rest = words[place + 2 : place + 4]
        if rest and rest[0].text.lower() == "as":
            rest = rest[1:]
        if rest and rest[0].kind == "word":
            found[rest[0].text.lower()] = name
    return found
