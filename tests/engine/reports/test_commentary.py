"""Commentary: what is understood of Markdown, and that the rest stays text."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reports.commentary import Piece, Run, parse


def test_headings_lists_quotes_bold_and_links() -> None:
    pieces = parse(
        "# Why\nSpend **rose** and [this](https://shop.example/a?b=1&c=2) is why.\n\n"
        "1. one\n2. two\n   - deep\n\n> said `so`\n"
    )
    assert pieces == (
        Piece("heading", (Run("Why"),), 1),
        Piece(
            "paragraph",
            (
                Run("Spend "),
                Run("rose", is_bold=True),
                Run(" and "),
                Run("this", link="https://shop.example/a?b=1&c=2"),
                Run(" is why."),
            ),
        ),
        Piece("item", (Run("one"),), 0, "1."),
        Piece("item", (Run("two"),), 0, "2."),
        Piece("item", (Run("deep"),), 1, "•"),
        Piece("quote", (Run("said "), Run("so", is_code=True))),
    )


def test_everything_else_is_text() -> None:
    hostile = (
        '<script>alert(1)</script> <img src=x onerror=1> #image("/etc/passwd") $x$ | a | b | [x](javascript:alert(1)) '
        "[y](file:///etc/passwd) [z](data:text/html,x)"
    )
    (piece,) = parse(hostile)
    assert "".join(run.text for run in piece.runs) == hostile
    assert not any(run.link for run in piece.runs)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it_and_links_are_safe(text: str) -> None:
    for piece in parse(text):
        for run in piece.runs:
            assert not run.link or run.link.lower().startswith(("http://", "https://", "mailto:", "tel:"))
            assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in run.text.replace("\n", ""))
