"""The consultant's commentary: a small safe Markdown, read into data. It never becomes markup of any kind by itself.

Headings, lists, quotes, bold, emphasis, code and links; what else there is (HTML, pictures, tables) stays the text it
was typed as. Links go to the web, a mail address or a telephone alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from markdown_it import MarkdownIt

from engine.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

LONGEST = 40_000
"""Characters of one section's commentary that are read."""

_SAFE = re.compile(r"^(https?://|mailto:|tel:)\S+$", re.IGNORECASE)
_MOST_DEPTH = 4


@dataclass(frozen=True)
class Run:
    """A stretch of text in one style; ``link`` is where it leads, if anywhere."""

    text: str
    is_bold: bool = False
    is_emphasis: bool = False
    is_code: bool = False
    link: str = ""


@dataclass(frozen=True)
class Piece:
    """A paragraph, heading or item of a list.

    Attributes:
        kind: which.
        runs: its text.
        depth: of a heading, 1 to 3; of an item, how far it is indented, from 0.
        mark: of an item of a numbered list, its number.
    """

    kind: Literal["paragraph", "heading", "item", "quote"]
    runs: tuple[Run, ...]
    depth: int = 0
    mark: str = ""


def parse(markdown: str) -> tuple[Piece, ...]:
    """The pieces of a commentary, in order."""
    reader = MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": 20}).enable(
        ["heading", "lheading", "list", "blockquote", "emphasis", "link", "backticks", "newline", "escape", "autolink"]
    )
    reader.validateLink = lambda url: bool(_SAFE.match(url))  # pyright: ignore[reportAttributeAccessIssue]
    pieces: list[Piece] = []
    lists: list[int | None] = []  # the next number of each list around, None of bullets
    quotes, marks, heading = 0, list[str](), 0
    for token in reader.parse(markdown[:LONGEST]):
        match token.type:
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                number = lists[-1]
                marks.append("•" if number is None else f"{number}.")
                if number is not None:
                    lists[-1] = number + 1
            case "list_item_close":
                del marks[len(lists) - 1 :]
            case "blockquote_open":
                quotes += 1
            case "blockquote_close":
                quotes -= 1
            case "heading_open":
                heading = int(token.tag[1:])
            case "heading_close":
                heading = 0
            case "inline":
                runs = _runs(token.children or ())
                if not runs:
                    continue
                if heading:
                    pieces.append(Piece("heading", runs, min(heading, 3)))
                elif lists:
                    mark = marks[-1] if marks and len(marks) == len(lists) else ""
                    pieces.append(Piece("item", runs, min(len(lists) - 1, _MOST_DEPTH), mark))
                    if marks:
                        marks[-1] = ""  # a second paragraph of an item has no mark of its own
                else:
                    pieces.append(Piece("quote" if quotes else "paragraph", runs))
            case _:
                pass
    return tuple(pieces)


def _runs(tokens: Sequence[Token]) -> tuple[Run, ...]:
    found: list[Run] = []
    bold = emphasis = 0
    link = ""
    for token in tokens:
        match token.type:
            case "strong_open":
                bold += 1
            case "strong_close":
                bold -= 1
            case "em_open":
                emphasis += 1
            case "em_close":
                emphasis -= 1
            case "link_open":
                link = str(token.attrGet("href") or "")
            case "link_close":
                link = ""
            case "softbreak":
                found.append(Run(" "))
            case "hardbreak":
                found.append(Run("\n"))
            case "text" | "code_inline" | "text_special":
                text = _clean(token.content)
                if text:
                    found.append(Run(text, bold > 0, emphasis > 0, token.type == "code_inline", link))
            case _:
                pass
    return tuple(found)


def _clean(text: str) -> str:
    """Without control characters; blanks at the ends stay, they stand between runs."""
    start, end = text[:1].isspace(), text[-1:].isspace()
    core = one_line(text.strip(), LONGEST)
    return f"{' ' if start else ''}{core}{' ' if end and core else ''}"
