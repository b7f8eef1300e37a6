"""Text of the data is shown as it is, in one line, and means nothing to Qt."""

from __future__ import annotations

from PySide6.QtGui import Qt, QTextDocument

from widgets.text import LONGEST, breakable, isolated, one_line, tip


def test_one_line_has_no_controls_no_turns_and_an_end() -> None:
    assert one_line("a\x00b\r\nc\u202ed\t e") == "a b cd e"
    assert one_line("x" * 10_000) == "x" * (LONGEST - 1) + "…"
    assert one_line("x" * LONGEST) == "x" * LONGEST
    assert one_line("👩\u200d💻 می\u200cخواهم 1\u00a0€") == "👩\u200d💻 می\u200cخواهم 1\u00a0€"


def test_only_what_runs_from_right_to_left_is_isolated() -> None:
    assert isolated("مرحبا") == "\u2068مرحبا\u2069"
    assert isolated("plain") == "plain"


def test_long_words_may_break() -> None:
    assert breakable("told together with somebody.longname@mail.example today") == (
        "told together with somebody.lon\u200bgname@mail.e\u200bxample today"
    )


def test_a_tip_reads_as_the_text() -> None:
    for text in ("Tom's <b>bold</b> & co", "&lt;", "plain"):
        assert Qt.mightBeRichText(tip(text))
        document = QTextDocument()
        document.setHtml(tip(text))
        assert document.toPlainText() == text
    assert tip("") == ""
