"""The window: the first run, the view and its history, themes, languages, work that is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from engine.queries.selection import Filter

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.app.conftest import Desk


def test_the_dashboard_opens_with_the_last_thirty_days(desk: Desk) -> None:
    view = desk.window.view
    assert view is not None
    assert view.selection.date_to.isoformat() == "2026-06-30"
    assert view.selection.days == 30
    assert desk.page.key == "dashboard"
    assert not any(panel.is_busy for panel in desk.page.panels)


def test_a_filter_is_one_step_back_and_forth(desk: Desk) -> None:
    assert desk.window.context is not None
    history = desk.window.context.history
    history.set(history.view.with_filter(Filter("country", "is", ("US",))))
    desk.wait()
    visitors = desk.page.kpis.cells[0].kpi.text  # pyright: ignore[reportAttributeAccessIssue]
    desk.window.bound["undo"].trigger()
    desk.wait()
    assert history.view.selection.filters == ()
    assert desk.page.kpis.cells[0].kpi.text != visitors  # pyright: ignore[reportAttributeAccessIssue]
    desk.window.bound["redo"].trigger()
    desk.wait()
    assert desk.page.kpis.cells[0].kpi.text == visitors  # pyright: ignore[reportAttributeAccessIssue]


def test_theme_and_language_switch_while_it_runs(desk: Desk) -> None:
    window = desk.window
    window.bound["theme-dark"].trigger()
    assert window.look.is_dark
    window.bound["language-es_ES"].trigger()
    desk.wait()
    assert window.page is not None
    texts = [label.text() for label in window.page.findChildren(QLabel)]
    assert "Panel" in texts
    assert window.bound["open"].text() == "Abrir espacio de trabajo…"
    window.bound["language-en_US"].trigger()
    window.bound["theme-light"].trigger()
    desk.wait()
    assert not window.look.is_dark


def test_the_first_run_builds_the_demo(empty_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, path = empty_desk, empty_desk.folder / "built.duckdb"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    assert desk.window.welcome is not None
    desk.qtbot.mouseClick(desk.window.welcome.demo_button, Qt.MouseButton.LeftButton)
    desk.wait(lambda: desk.window.context is not None)
    assert path.is_file()
    assert desk.page.key == "dashboard"


def test_cancelling_the_demo_leaves_no_file(empty_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, path = empty_desk, empty_desk.folder / "built.duckdb"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    welcome = desk.window.welcome
    assert welcome is not None
    welcome.demo_wanted.emit()
    desk.qtbot.waitUntil(lambda: any((job.fraction or 0) > 0.05 for job in desk.desktop.jobs.running()), timeout=30_000)
    welcome.cancel_wanted.emit()
    desk.wait()
    assert not path.exists()
    assert desk.window.context is None
    assert welcome.demo_button.isEnabled()


def test_a_file_that_is_no_workspace_is_told(empty_desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "notes.duckdb"
    file.write_text("not a database")
    empty_desk.desktop.open(file, empty_desk.window)
    empty_desk.wait(lambda: bool(empty_desk.window.failures))
    assert empty_desk.window.welcome is not None
    errors = [label.text() for label in empty_desk.window.welcome.findChildren(QLabel)]
    assert any("is not an Attribench workspace" in text for text in errors)
    assert file.read_text() == "not a database"
