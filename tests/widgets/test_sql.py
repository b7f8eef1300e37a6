"""The SQL editor: words, statements, completion, keys, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from widgets.sql.completing import Vocabulary, offers
from widgets.sql.editor import SqlEditor
from widgets.sql.lexing import aliases, statement_at, statements, tokens

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from widgets.look import Look

KNOWN = Vocabulary(
    {"v_visits": "a visit", "v_people": "a person"},
    {
        "v_visits": [("channel", "One of nine"), ("city", ""), ("person_id", "")],
        "v_people": [("email", ""), ("person_id", "")],
    },
    ["coalesce", "count"],
)
NASTY = "select ';', \"a;b\" -- one; two\n/* ; */ from t; ;\n select 'it''s; 2'"


def test_statements_end_where_a_semicolon_is_one() -> None:
    parts = [NASTY[start:end] for start, end in statements(NASTY)]
    assert parts == ["select ';', \"a;b\" -- one; two\n/* ; */ from t", "select 'it''s; 2'"]
    for place, expected in ((0, 0), (20, 0), (NASTY.index("it's") if "it's" in NASTY else len(NASTY), 1)):
        span = statement_at(NASTY, place)
        assert span is not None
        assert NASTY[slice(*span)] == parts[expected]
    assert statement_at("  ", 1) is None
    assert [token.kind for token in tokens("select 'open")] == ["keyword", "text"]
    assert aliases("select * from v_visits v join v_people as p using (person_id), (select 1)") == {
        "v_visits": "v_visits", "v": "v_visits", "v_people": "v_people", "p": "v_people",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select v.c| from v_visits v", ["channel", "city"]),
        ("select p.| from v_visits v join v_people p", ["email", "person_id"]),
        ("select * from v_|", ["v_visits", "v_people"]),
        ("select chan| from v_visits", ["channel"]),
        ("select coal|", ["coalesce"]),
        ("select 'v_|", []),
        ("select 1 -- v_|", []),
        ("select channel| from v_visits", []),
        ("select nobody.x|", []),
    ],
)
def test_completion_offers_what_can_come(text: str, expected: list[str]) -> None:
    place = text.index("|")
    found = offers(text.replace("|", ""), place, KNOWN)
    assert [offer.text for offer in found][: max(1, len(expected))] == expected


@pytest.fixture
def editor(qtbot: QtBot, look: Look) -> SqlEditor:
    made = SqlEditor(look)
    qtbot.addWidget(made)
    made.resize(600, 300)
    made.set_vocabulary(KNOWN)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made


def at(editor: SqlEditor, place: int) -> None:
    cursor = editor.textCursor()
    cursor.setPosition(place)
    editor.setTextCursor(cursor)


def test_keys_run_comment_indent_and_complete(editor: SqlEditor, qtbot: QtBot) -> None:
    qtbot.keyClicks(editor, "select v.ch")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.toPlainText().startswith("select v.ch")
    editor.setPlainText("select 1 from v_visits v where v.ch")
    at(editor, len(editor.toPlainText()))
    qtbot.keyClick(editor, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText().endswith("v.channel")
    for key, modifier in (
        (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier),
    ):
        with qtbot.waitSignal(editor.run_wanted):
            qtbot.keyClick(editor, key, modifier)
    editor.setPlainText("  select 1\n  from t")
    at(editor, 4)
    qtbot.keyClick(editor, Qt.Key.Key_Slash, Qt.KeyboardModifier.ControlModifier)
    assert editor.toPlainText() == "  -- select 1\n  from t"
    qtbot.keyClick(editor, Qt.Key.Key_Slash, Qt.KeyboardModifier.ControlModifier)
    at(editor, len("  select 1"))
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText() == "  select 1\n  \n  from t"
    with qtbot.waitSignal(editor.earlier_wanted):
        qtbot.keyClick(editor, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)


def test_what_is_run_and_where_a_mistake_is(editor: SqlEditor) -> None:
    editor.setPlainText("select 1;\nselect nope\nfrom t")
    at(editor, 14)
    assert editor.statement == "select nope\nfrom t"
    editor.show_mistake(1, 8)
    assert editor.textCursor().position() == len("select 1;\nselect ")
    underlined = [each.cursor.selectedText() for each in editor.extraSelections()]  # pyright: ignore[reportAttributeAccessIssue]
    assert underlined[-1] == "nope"
    cursor = editor.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(8, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    assert editor.statement == "select 1"
    editor.replace_all("select 2")
    editor.undo()
    assert editor.toPlainText().startswith("select 1;")
    assert len(editor.extraSelections()) <= 2
    editor.grab()
