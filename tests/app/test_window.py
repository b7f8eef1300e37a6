"""The window: the first run, the view and its history, themes, languages, work that is cancelled."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLabel, QLineEdit, QWidget

from app.filtering import values_of
from app.names import value_label
from app.pages import PAGES
from app.saved_views import SavedViews
from engine import AttribenchError, Code, Task, Workspace
from engine.attribution.models import CreditSettings
from engine.profiles import ProfileSettings
from engine.queries.selection import Filter
from tests.app.conftest import NOW
from widgets.inputs.filter_popover import FilterChip

if TYPE_CHECKING:
    from pathlib import Path

    from app.jobs import Job
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
    desk.desktop.demo_people = 2_000
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


def test_a_view_is_saved_found_again_and_deleted_with_undo(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    window = desk.window
    context = window.context
    assert context is not None
    context.history.set(context.view.with_filter(Filter("country", "is", ("US",))).select(model="linear"))
    saved = context.view
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: (" Spain & co ", True))
    window.bound["save-view"].trigger()
    desk.wait()
    assert list(context.profile.saved_views()) == ["Spain & co"]
    window.bound["clear-filters"].trigger()
    desk.wait()
    window.bound["views"].trigger()
    desk.wait(lambda: bool(window.findChildren(SavedViews)))
    dialog = window.findChildren(SavedViews)[0]
    dialog.open_button.click()
    desk.wait()
    assert context.view == saved
    window.bound["views"].trigger()
    desk.wait(lambda: any(each.isVisible() for each in window.findChildren(SavedViews)))
    dialog = next(each for each in window.findChildren(SavedViews) if each.isVisible())
    dialog.delete_button.click()
    desk.wait()
    assert context.profile.saved_views() == {}
    toast = window.toasts.shown[-1]
    toast.acted.emit()
    desk.wait()
    assert list(context.profile.saved_views()) == ["Spain & co"]
    dialog.close()


def test_two_windows_look_at_different_things(desk: Desk) -> None:
    window = desk.window
    window.bound["new-window"].trigger()
    desk.wait()
    other = desk.desktop.windows[-1]
    assert other is not window
    assert window.context is not None
    assert other.context is not None
    other.context.history.select(model="linear")
    desk.wait()
    assert window.context.view.selection.model == "last_touch"
    other.close()
    desk.wait()
    assert desk.desktop.windows == [window]
    assert desk.desktop.workspace is not None
    window.bound["refresh"].trigger()
    desk.wait()
    assert not any(panel.is_busy for panel in desk.page.panels)


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_closing_during_work_asks_and_leaves_the_file_sound(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, is_confirmed: bool
) -> None:
    window = desk.window
    context = window.context
    assert context is not None
    cash = context.profile.headline().cash
    asked: list[list[str]] = []

    def answer(running: list[Job], _waiting: int, **_: bool) -> bool:
        asked.append([job.title for job in running])
        return is_confirmed

    monkeypatch.setattr(window, "may_stop", answer)
    window.rebuild()
    window.close()
    assert asked == [["Rebuilding"]]
    if is_confirmed:
        assert desk.desktop.windows == []
        with Workspace.open(desk.folder / "demo.duckdb", clock=lambda: NOW) as workspace:
            assert workspace.profile(None).headline().cash == cash
    else:
        assert desk.desktop.windows == [window]
        desk.wait()
        assert context.profile.headline().cash == cash


def test_nothing_is_left_when_the_last_window_closes(desk: Desk) -> None:
    for page in PAGES:
        desk.open(page)
    window = desk.window
    gone: list[bool] = []
    window.destroyed.connect(lambda: gone.append(True))
    window.close()
    desk.qtbot.waitUntil(lambda: bool(gone))
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("attribench")]
    assert names == []
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    assert [type(widget).__name__ for widget in application.topLevelWidgets() if widget.isVisible()] == []
    timers = [timer for timer in desk.desktop.jobs.findChildren(QTimer) if timer.isActive()]
    assert timers == []


def test_a_panel_that_fails_says_so_and_can_be_retried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    context = desk.window.context
    assert context is not None

    def broken(*_args: object, **_options: object) -> None:
        raise AttribenchError(Code.SQL_FAILED, detail="the disk is gone")

    monkeypatch.setattr(context, "query", broken)
    desk.window.refresh()
    desk.wait()
    panel = desk.page.panels[0]
    assert "the disk is gone" in panel.notice.detail.text()
    monkeypatch.undo()
    desk.qtbot.mouseClick(panel.notice.action, Qt.MouseButton.LeftButton)
    desk.wait()
    assert not panel.notice.isVisible()


def test_a_read_that_is_cancelled_says_so_in_its_panel(desk: Desk) -> None:
    desk.window.refresh()
    jobs = desk.desktop.jobs
    for job in jobs.running():
        jobs.cancel(job)
    desk.wait()
    assert not any(panel.is_busy for panel in desk.page.panels)


def test_a_drawer_may_close_before_its_figures_arrive(desk: Desk) -> None:
    window = desk.window
    assert window.context is not None
    found = window.context.profile.query("customers", window.context.view.selection, limit=1).table
    window.explain(str(found["conversion_id"][0]))
    window.drawer.close_all()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    desk.wait()
    assert window.drawer.content is None


def test_switching_the_language_again_and_again_keeps_nothing(desk: Desk) -> None:
    window = desk.window

    def widgets_after(*locales: str) -> int:
        for locale in locales:
            window.look.set_locale(locale)
            desk.wait()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return len(window.findChildren(QWidget))

    before = widgets_after("es_ES", "en_US")
    assert widgets_after("es_ES", "es_MX", "en_US") <= before


def test_the_workspace_asked_for_last_is_the_one_that_opens(desk: Desk, demo_file: Path) -> None:
    first, last = desk.folder / "first.duckdb", desk.folder / "last.duckdb"
    for path in (first, last):
        shutil.copy(demo_file, path)
    desk.desktop.open(first, desk.window)
    desk.desktop.open(last, desk.window)
    desk.wait(lambda: desk.desktop.workspace is not None and desk.desktop.workspace.path.name == last.name)
    assert not any(panel.is_busy for panel in desk.page.panels)
    for path in (first, desk.folder / "demo.duckdb"):
        Workspace.open(path, clock=lambda: NOW).close()  # nobody holds it any more


def test_the_palette_finds_campaigns_people_and_commands(desk: Desk) -> None:
    window = desk.window
    context = window.context
    assert context is not None
    found = window.searching.ask(context, "search", "all", Task())
    assert any(item.title == "Brand Search" for item in found)
    window.bound["palette"].trigger()
    field = window.command_palette.findChildren(QLineEdit)[0]
    desk.qtbot.keyClicks(field, "markov")
    desk.wait()
    desk.qtbot.keyClick(field, Qt.Key.Key_Return)
    desk.wait()
    assert context.view.selection.model == "markov"


def test_sql_of_a_board_is_on_the_clipboard(desk: Desk) -> None:
    desk.window.bound["copy-sql"].trigger()
    desk.wait()
    text = QApplication.clipboard().text()
    assert text.startswith(("with", "select"))
    assert "$" not in text


def test_a_table_is_exported_with_what_it_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.folder / "sources"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), "Excel (*.xlsx)"))
    desk.window.bound["export"].trigger()
    desk.wait()
    assert path.with_suffix(".xlsx").stat().st_size > 5_000
    chart = desk.folder / "chart.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(chart), "SVG (*.svg)"))
    desk.window.bound["export-image"].trigger()
    assert "Revenue from ads" in chart.read_text(encoding="utf-8")


def test_every_window_shows_amounts_in_the_currency_of_its_profile(desk: Desk) -> None:
    window, workspace = desk.window, desk.desktop.workspace
    assert workspace is not None
    workspace.create_profile(ProfileSettings(name="Laden", currency="EUR")).rebuild()
    window.bound["new-window"].trigger()
    desk.wait()
    other = desk.desktop.windows[-1]
    desk.desktop.work_on("Laden", other)
    desk.wait(lambda: other.context is not None and other.context.about.settings.name == "Laden")
    assert other.look.numbers.money(1234) == "€1,234"
    assert window.look.numbers.money(1234) == "$1,234"
    assert window.context is not None
    assert window.context.look is window.look
    window.refresh()
    desk.wait()
    kpis = [cell.kpi.text for cell in desk.page.kpis.cells if cell.kpi is not None]  # pyright: ignore[reportAttributeAccessIssue]
    assert not [text for text in kpis if "€" in text]
    other.bound["theme-dark"].trigger()
    other.bound["language-es_ES"].trigger()
    desk.wait()
    for look in (window.look, other.look, desk.desktop.look):
        assert look.is_dark
        assert look.say("Dashboard") == "Panel"
        assert look.color("bg.canvas") == desk.desktop.look.color("bg.canvas")
    assert (window.look.numbers.currency, other.look.numbers.currency) == ("USD", "EUR")
    window.bound["language-en_US"].trigger()
    window.bound["theme-light"].trigger()
    desk.wait()
    other.close()


def test_a_profile_without_records_says_so_once_and_offers_to_import(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, window = desk.desktop.workspace, desk.window
    assert workspace is not None
    workspace.create_profile(ProfileSettings(name="Vacío", currency="EUR")).rebuild()
    desk.desktop.work_on("Vacío", window)
    desk.wait(lambda: window.context is not None and window.context.about.days is None)
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: (asked.append("files"), ([], ""))[1])
    for key in PAGES:
        page = desk.open(key)
        assert page.nothing.isVisible() == page.needs_records
        if page.needs_records:
            assert page.nothing.title.text() == "This profile has no records yet"
            assert not any(panel.notice.isVisible() for panel in page.panels)
            desk.qtbot.mouseClick(page.nothing.action, Qt.MouseButton.LeftButton)
    assert len(asked) == sum(page.needs_records for page in PAGES.values())


def test_a_what_if_is_told_on_every_page_and_can_be_reset_there(desk: Desk) -> None:
    context = desk.window.context
    assert context is not None
    settings = replace(CreditSettings.of_profile(context.about.settings), click_window_days=2)
    for key in PAGES:
        page = desk.open(key)
        assert page.whatif_banner.isHidden()
        context.history.select(settings=settings)
        desk.wait()
        assert page.whatif_banner.isVisible()
        assert "click window 2 instead of" in page.whatif_banner.text.text()
        desk.qtbot.mouseClick(page.whatif_banner.reset, Qt.MouseButton.LeftButton)
        desk.wait()
        assert context.view.selection.settings is None
        assert page.whatif_banner.isHidden()


def test_countries_are_filtered_by_their_names(desk: Desk) -> None:
    context = desk.window.context
    assert context is not None
    filters = desk.page.filters
    assert filters is not None
    found = values_of(context, "country", "united", Task())
    assert {value for value, _ in found} >= {"US"}
    assert all("United" in value_label(context.look.words, value, "country") for value, _ in found)
    filters.bar.changed.emit([FilterChip("country", "contains", ("united st",))])
    desk.wait()
    assert context.view.selection.filters == (Filter("country", "is", ("US",)),)
    assert "United States" in filters.bar._chips[0].accessibleName()  # pyright: ignore[reportPrivateUsage]
    desk.window.bound["language-es_ES"].trigger()
    desk.wait()
    assert value_label(context.look.words, "Paid Social") == "Social de pago"
    assert value_label(context.look.words, "(not set)", "country") == "(sin definir)"
    filters = desk.page.filters
    assert filters is not None
    filters.bar.changed.emit([FilterChip("channel", "contains", ("de pago",))])
    desk.wait()
    now = context.view.selection.filters[0]
    assert now.operator == "is"
    assert "Paid Social" in now.values
    desk.window.bound["language-en_US"].trigger()
    desk.wait()


@pytest.mark.parametrize("page", ["connections", "imports"])
def test_pages_that_know_no_days_do_not_blame_them(desk: Desk, page: str) -> None:
    desk.open(page).show_state("empty")
    titles = {panel.notice.title.text() for panel in desk.page.panels}
    assert titles <= {"Nothing was imported yet", "Nothing was synced yet"}
    assert not any(panel.notice.action.isVisibleTo(panel) for panel in desk.page.panels)


def test_quitting_asks_once_before_any_window_closes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop, window = desk.desktop, desk.window
    other = desktop.new_window(window)
    assert other is not None
    desk.wait()
    asked: list[int] = []
    answers = [False, True]

    def answer(running: list[Job], _waiting: int, **_: bool) -> bool:
        asked.append(len(running))
        return answers.pop(0)

    monkeypatch.setattr(window, "may_stop", answer)
    window.rebuild()
    window.bound["quit"].trigger()
    assert len(desktop.windows) == 2
    assert asked == [1]
    window.rebuild()
    window.bound["quit"].trigger()
    assert desktop.windows == []
    assert len(asked) == 2


def test_another_workspace_waits_for_what_is_asked_of_this_one(
    desk: Desk, demo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = desk.folder / "second.duckdb"
    shutil.copy(demo_file, second)
    window, context = desk.window, desk.window.context
    assert context is not None
    asked: list[tuple[int, bool]] = []

    def answer(running: list[Job], _waiting: int, *, opens: bool = False) -> bool:
        asked.append((len(running), opens))
        return False

    monkeypatch.setattr(window, "may_stop", answer)
    window.rebuild()
    desk.desktop.open(second, window)  # asks, and stays
    assert asked == [(1, True)]
    desk.wait()
    assert desk.desktop.workspace is not None
    assert desk.desktop.workspace.path.name == "demo.duckdb"
    done: list[str] = []
    desk.desktop.open(second, window)
    # Asked for while the other one is being opened: it is done before this one is left.
    context.jobs.write(
        "Saving",
        lambda _task: context.profile.save_view("kept", "{}"),
        lambda _r: done.append("x"),
        desk.window.show_error,
    )
    desk.wait(lambda: desk.desktop.workspace is not None and desk.desktop.workspace.path == second.resolve())
    assert done == ["x"]
    with Workspace.open(desk.folder / "demo.duckdb", clock=lambda: NOW) as workspace:
        assert "kept" in workspace.profile(None).saved_views()


def test_pages_are_made_ahead_in_quiet_moments(desk: Desk) -> None:
    """Every page once, with its own content only when it is gone to; and again for another language."""
    window = desk.window
    window.ahead.start()
    desk.qtbot.waitUntil(lambda: window.ahead.is_done, timeout=60_000)
    made = dict(window.pages)
    assert set(made) == set(PAGES)
    assert all(page.is_stale for key, page in made.items() if key != "dashboard")
    assert desk.open("paths") is made["paths"]
    assert not made["paths"].is_stale
    desk.desktop.look.set_locale("es_ES")
    desk.wait()
    assert window.page is window.pages["paths"] is not made["paths"]
