"""The SQL console in the window: results, limits, mistakes, history, files, and the SQL of every table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from app.pages.sql import Sql
from app.pages.sql_result import ROW, as_shown

if TYPE_CHECKING:
    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("sql")


@pytest.fixture
def page(desk: Desk) -> Sql:
    found = desk.open("sql")
    assert isinstance(found, Sql)
    return found


def run(desk: Desk, page: Sql, statement: str) -> pl.DataFrame:
    page.editor.replace_all(statement)
    page.run()
    desk.wait()
    assert page.result.table is not None, page.problem.text()
    return page.result.table.visible_frame()


def test_a_statement_its_rows_and_the_file(desk: Desk, page: Sql, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page.views.tree.topLevelItemCount() == 11
    assert page.result_panel.notice.title.text() == "Nothing was run yet"
    frame = run(
        desk, page, "select channel, count(*) as n, max(started_at) as at from v_visits group by 1 order by n desc"
    )
    assert frame["n"].to_list() == sorted(frame["n"].to_list(), reverse=True)
    assert page.told.text().startswith(f"{frame.height} rows")
    path = desk.folder / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), "CSV (*.csv)"))
    desk.qtbot.mouseClick(page.export, Qt.MouseButton.LeftButton)
    desk.wait()
    assert pl.read_csv(path)["n"].to_list() == frame["n"].to_list()
    beside = json.loads(path.with_suffix(".selection.json").read_text(encoding="utf-8"))
    assert beside["shown"]["sql"].startswith("select channel")
    page.rows.set_current("1000")
    run(desk, page, "select * from range(1500)")
    assert page.told.text().startswith("the first 1,000 rows, there are more")


def test_a_mistake_is_told_where_it_is_and_the_result_before_stays(desk: Desk, page: Sql) -> None:
    run(desk, page, "select 1 as one")
    page.editor.replace_all("select 1;\nselect chanel\nfrom v_visits")
    desk.qtbot.keyClick(page.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.keyClick(page.editor, Qt.Key.Key_F5)
    desk.wait()
    assert page.problem.isVisibleTo(page)
    assert page.problem.text().startswith("Line 1, column 8:")
    assert page.editor.textCursor().block().text() == "select chanel"
    assert page.result.table is not None
    assert page.result.table.visible_frame().columns == ["one", ROW]
    page.editor.replace_all("delete from visits")
    page.run()
    desk.wait()
    assert "not allowed" in page.problem.text()
    assert desk.page.key == "sql"


def test_time_runs_out_and_stop_stops(desk: Desk, page: Sql) -> None:
    endless = "select count(*) from range(100000000) a, range(100000000) b"
    page.editor.replace_all(endless)
    page.run()
    assert page.stop.isVisibleTo(page)
    page._time_out()  # pyright: ignore[reportPrivateUsage]
    desk.wait()
    assert page.problem.text().startswith("Stopped after 1")
    page.run()
    page.stop.click()
    desk.wait()
    assert page.problem.text() == "Stopped."
    assert not page.stop.isVisibleTo(page)


def test_the_history_is_the_workspaces_and_can_be_had_back(desk: Desk, page: Sql) -> None:
    for number in (1, 2):
        run(desk, page, f"select {number} as n")
    desk.wait(lambda: page.history.count() == 2)
    context = desk.window.context
    assert context is not None
    assert [ran.statement for ran in context.workspace.sql_history()] == ["select 2 as n", "select 1 as n"]
    page.editor.replace_all("select 'typed'")
    for key, expected in ((Qt.Key.Key_Up, "select 2 as n"), (Qt.Key.Key_Up, "select 1 as n")):
        desk.qtbot.keyClick(page.editor, key, Qt.KeyboardModifier.AltModifier)
        assert page.editor.toPlainText() == expected
    for _ in range(2):
        desk.qtbot.keyClick(page.editor, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert page.editor.toPlainText() == "select 'typed'"
    page.forget.click()
    desk.wait(lambda: page.history.count() == 0)
    assert context.workspace.sql_history() == []
    page._change_history(lambda: context.workspace.remember_sql("select 3"))  # pyright: ignore[reportPrivateUsage]
    desk.wait(lambda: page.history.count() == 1)


def test_the_sql_of_a_table_opens_and_runs_here(desk: Desk, page: Sql) -> None:
    desk.open("ads")
    desk.window.bound["open-sql"].trigger()
    desk.wait(lambda: desk.page.key == "sql")
    assert "with " in page.editor.toPlainText()
    page.run()
    desk.wait()
    assert not page.problem.isVisibleTo(page), page.problem.text()
    assert page._answer is not None  # pyright: ignore[reportPrivateUsage]
    assert page._answer.frame.height > 0  # pyright: ignore[reportPrivateUsage]


def test_what_cannot_be_run_again_does_not_open_here(desk: Desk) -> None:
    """Findings read tables that stand only while they are worked out: their SQL is there to be read alone."""
    desk.open("quality")
    desk.page.open_with(tab="findings")
    desk.wait()
    for command, action in (("open-sql", ""), ("copy-sql", "")):
        desk.window.bound[command].trigger()
        desk.wait(lambda: bool(desk.window.toasts.shown))
        toast = desk.window.toasts.shown[-1]
        assert toast.action_button.text() == action
    assert desk.page.key == "quality"
    assert "with " in QGuiApplication.clipboard().text()


def test_names_are_put_in_and_found_and_the_text_survives_the_language(desk: Desk, page: Sql) -> None:
    page.editor.replace_all("")
    page.views.search.setText("utm_cam")
    page.views.search.search_now()
    shown = [
        item.child(place).text(0)
        for number in range(page.views.tree.topLevelItemCount())
        if (item := page.views.tree.topLevelItem(number)) is not None and not item.isHidden()
        for place in range(item.childCount())
        if not item.child(place).isHidden()
    ]
    assert set(shown) == {"utm_campaign"}
    page.views.wanted.emit("utm_campaign")
    assert page.editor.toPlainText() == "utm_campaign"
    desk.window.bound["language-es_ES"].trigger()
    desk.wait()
    again: Any = desk.page
    assert again.editor.toPlainText() == "utm_campaign"
    assert again.go.text() == "Ejecutar"
    desk.window.bound["language-en_US"].trigger()
    desk.wait()


def test_hidden_personal_data_is_hidden_here_too(desk: Desk, page: Sql) -> None:
    context = desk.window.context
    assert context is not None
    frame = run(desk, page, "select email from v_people where email is not null limit 5")
    assert not any("***" in email for email in frame["email"])
    desk.wait(lambda: page.history.count() == 1)
    context.masked = True
    page.refresh()
    desk.wait()
    assert page.result.table is not None
    frame = page.result.table.visible_frame()
    assert page.history.item(0).text() == "Hidden, as personal data is"
    assert all("***" in email for email in frame["email"])
    assert "personal data hidden" in page.told.text()


def test_values_of_every_kind_are_shown_as_they_are(desk: Desk, page: Sql) -> None:
    frame = run(
        desk,
        page,
        "select 1.5::double a, 12345678::bigint b, [1, 2] c, {'x': 1} d, true e, null f, '<b>&' g, date '2026-05-01' h,"
        " timestamp '2026-05-01 10:00:00' i, interval 2 day j, 'x'::blob l, 1.10::decimal(9,2) m",
    )
    row = frame.row(0, named=True)
    assert (row["b"], row["c"], row["e"], row["f"], row["g"]) == (12345678, "1, 2", "true", None, "<b>&")
    assert (row["h"], row["i"], row["j"]) == ("2026-05-01", "2026-05-01 10:00:00", "2 days")
    page.grab()
    assert as_shown(pl.DataFrame({"a": []})).columns == ["a", ROW]
