"""Short texts about the columns of a file."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from widgets.text import isolated, one_line

if TYPE_CHECKING:
    from widgets.look import Look
    from widgets.mapping.preview import ColumnPreview, Trouble

_LONGEST_EXAMPLE = 40


def type_text(look: Look, name: str) -> str:
    """A column's type for people."""
    texts = {
        "time": look.say("Time"),
        "number": look.say("Number"),
        "money": look.say("Money"),
        "email": look.say("Email address"),
        "phone": look.say("Phone number"),
        "id": look.say("Identifier"),
        "url": look.say("Web address"),
        "boolean": look.say("Yes or no"),
        "empty": look.say("Empty"),
    }
    return texts.get(name, look.say("Text"))


def trouble_text(look: Look, trouble: Trouble) -> str:
    """``3 rows: is not a number ("twelve", "ten")``."""
    count = look.numbers.count(trouble.count)
    told = look.words.count(trouble.count, "{n} row: {reason}", "{n} rows: {reason}", n=count, reason=trouble.text)
    examples = ", ".join(f"“{isolated(_short(example))}”" for example in trouble.examples)
    return f"{told} ({examples})" if examples else told


def column_lines(look: Look, column: ColumnPreview) -> list[str]:
    """What is wrong with a column, and what was assumed about it."""
    return [*(trouble_text(look, trouble) for trouble in column.troubles), *column.hints]


def column_tip(look: Look, column: ColumnPreview) -> str:
    """A tool tip's markup: the column's whole name, its type, and :func:`column_lines`."""
    share = look.numbers.percent(100 * column.filled, 0)
    facts = look.say("{type}, {share} filled", type=type_text(look, column.type), share=share)
    lines = [f"<b>{html.escape(one_line(column.name))}</b>", html.escape(facts)]
    lines += [html.escape(line) for line in column_lines(look, column)]
    return "<br>".join(lines)


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST_EXAMPLE else line[: _LONGEST_EXAMPLE - 1] + "…"
