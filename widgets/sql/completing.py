"""What can come next in an SQL text: columns of what is read, relations, keywords, functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from widgets.sql.lexing import KEYWORDS, aliases, statement_at, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PART = re.compile(r"(?:(?P<whose>\w+)\.)?(?P<part>\w*)$")
_FIRST = ("select", "from", "where", "group", "order", "by", "limit", "with", "and", "or", "as", "join", "on", "using")


@dataclass(frozen=True)
class Offer:
    """Something that can be put in.

    Attributes:
        text: what is put in.
        kind: column, relation, keyword or function.
        about: what it means.
    """

    text: str
    kind: str
    about: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """What is known.

    Attributes:
        relations: what each has one row for, by name.
        columns: of each relation: name and meaning.
        functions: names.
    """

    relations: Mapping[str, str]
    columns: Mapping[str, Sequence[tuple[str, str]]]
    functions: Sequence[str] = ()


def part_at(text: str, place: int) -> tuple[str, str]:
    """What was typed of a word before a place, and the name before its dot."""
    found = _PART.search(text[:place])
    return (found["part"], found["whose"] or "") if found is not None else ("", "")


def offers(text: str, place: int, known: Vocabulary) -> list[Offer]:
    """What can come at a place, the likeliest first; nothing inside texts and comments."""
    part, whose = part_at(text, place)
    for token in tokens(text[:place]):
        is_open = token.end == place and token.kind in {"text", "comment"} and not _is_closed(token.kind, token.text)
        if is_open:
            return []
    span = statement_at(text, place)
    read = aliases(text[span[0] : max(span[1], place)]) if span is not None else {}
    if whose:
        relation = read.get(whose.lower(), whose.lower())
        return _matching(part, [Offer(name, "column", about) for name, about in known.columns.get(relation, ())])
    relations = [Offer(name, "relation", about) for name, about in known.relations.items()]
    before = [token for token in tokens(text[: place - len(part)]) if token.kind != "comment"]
    if before and before[-1].text.lower() in {"from", "join"}:
        return _matching(part, relations)
    columns: dict[str, Offer] = {}
    for relation in dict.fromkeys(read.values()):
        for name, about in known.columns.get(relation, ()):
            columns.setdefault(name, Offer(name, "column", about))
    words = [Offer(word, "keyword") for word in [*_FIRST, *sorted(KEYWORDS - set(_FIRST))]]
    functions = [Offer(name, "function") for name in known.functions] if part else []
    return _matching(part, [*columns.values(), *words, *relations, *functions])


def _matching(part: str, all_of: Sequence[Offer]) -> list[Offer]:
    """Those that begin with what was typed, then those that hold it; not what is there already."""
    sought = part.lower()
    found = [offer for offer in all_of if sought in offer.text.lower() and offer.text.lower() != sought]
    return sorted(found, key=lambda offer: not offer.text.lower().startswith(sought))


def _is_closed(kind: str, text: str) -> bool:
    if kind == "text":
        return len(text) > 1 and text.endswith("'")
    return text.startswith("/*") and text.endswith("*/")
