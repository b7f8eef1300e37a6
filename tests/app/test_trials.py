"""What people do to a window besides what is planned: half-made files, lost files, other languages in the middle."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QLabel, QLineEdit, QMenu, QWidget

from app.evidence import Behind, Explained
from app.messages import explain
from app.pages.detail import Detail
from app.pages.imports import Imports
from app.pages.whatif import WhatIf
from engine import AttribenchError, Code, Task, Workspace
from engine.attribution.models import CreditSettings
from engine.words import Words
from tests.app.conftest import NOW
from tests.app.pages.test_imports import drop
from widgets.inputs.palette import PaletteItem, ranked
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from pathlib import Path

    from app.window import Window
    from tests.app.conftest import Desk


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.text()]


def toast(window: Window) -> str:
    return window.toasts.shown[-1].text.text()


def a_conversion(desk: Desk) -> str:
    context = desk.window.context
    assert context is not None
    found = context.profile.query("customers", context.view.selection, limit=1).table
    return str(found["conversion_id"][0])


# -- workspaces -------------------------------------------------------------------------------------------------------


def test_a_workspace_without_profiles_asks_for_the_first_one(desk: Desk) -> None:
    path = desk.folder / "bare.duckdb"
    Workspace.open(path, create=True, clock=lambda: NOW).close()
    desk.desktop.open(path, desk.window)
    desk.wait(lambda: desk.window.context is None and desk.window.welcome is not None)
    welcome = desk.window.welcome
    assert welcome is not None
    assert welcome.progress.isHidden()
    assert any("bare.duckdb has no profile yet" in text for text in texts(welcome))
    assert path not in desk.desktop.settings.recent
    welcome.name.setText("Tienda")
    welcome.create_button.click()
    desk.wait(lambda: desk.window.context is not None)
    assert desk.window.context is not None
    assert desk.window.context.about.settings.name == "Tienda"
    assert desk.desktop.workspace is not None
    assert desk.desktop.workspace.path == path
    assert desk.desktop.settings.recent[0] == path


def test_an_empty_file_is_not_turned_into_a_workspace(desk: Desk) -> None:
    path = desk.folder / "zero.duckdb"
    path.touch()
    desk.desktop.open(path, desk.window)
    desk.wait(lambda: bool(desk.window.failures))
    assert "is not an Attribench workspace" in toast(desk.window)
    assert path.stat().st_size == 0
    assert desk.window.context is not None


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_the_open_file_is_known_under_any_spelling(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    link = desk.folder / "link.duckdb"
    link.symlink_to(desk.folder / "demo.duckdb")
    monkeypatch.chdir(desk.folder)
    for path in (str(link), "demo.duckdb", "./demo.duckdb"):
        desk.window.commands.open(path)
        assert toast(desk.window) == "demo.duckdb is open already in this window."
    assert not desk.desktop.jobs.running()
    assert desk.window.failures == []


def test_who_holds_a_file_is_said_as_far_as_it_is_known() -> None:
    def told(pid: int | None, since: str | None, language: str = "en") -> str:
        return explain(AttribenchError(Code.WORKSPACE_LOCKED, path="w", pid=pid, since=since), Words(language))

    assert told(os.getpid(), "2026-11-22T11:40:00+00:00") == "w is open already in this window."
    assert "process 1)" in told(1, None)
    assert "since" not in told(None, None)
    for language in ("en", "es"):
        assert "+00:00" not in told(1, "2026-11-22T11:40:00+00:00", language)
    assert "nov 2026" in told(1, "2026-11-22T12:00:00+00:00", "es")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved")
def test_a_file_that_is_gone_is_told_once_and_can_be_copied(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    window, copy = desk.window, desk.folder / "copy.duckdb"
    (desk.folder / "demo.duckdb").unlink()
    for _ in range(2):
        desk.desktop.look_after(window)
    assert len(window.failures) == 1
    notice = window.toasts.shown[-1]
    assert "was moved or deleted while it was open" in notice.text.text()
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("kept", True))
    window.bound["save-view"].trigger()
    desk.wait(lambda: len(window.failures) == 2)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(copy), ""))
    notice.acted.emit()
    desk.wait(copy.exists)
    assert toast(window) == "Saved copy.duckdb"
    assert window.toasts.shown[-1].action_button.text() == "Open"
    window.toasts.shown[-1].acted.emit()
    desk.wait(lambda: desk.desktop.workspace is not None and desk.desktop.workspace.path == copy)
    assert not list(desk.folder.glob("*.part"))


def test_a_copy_never_replaces_the_open_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.folder / "demo.duckdb"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    desk.window.bound["save-copy"].trigger()
    desk.wait(lambda: bool(desk.window.failures))
    assert "exists already" in toast(desk.window)
    assert desk.desktop.workspace is not None
    assert desk.desktop.workspace.is_in_place


# -- the drawer -------------------------------------------------------------------------------------------------------


def test_the_drawer_comes_back_in_the_other_language(desk: Desk) -> None:
    window, conversion = desk.window, a_conversion(desk)
    window.show_behind("channel", "Paid Social", "Paid Social", "linear")
    window.explain(conversion)
    window.look.set_locale("es_ES")  # while both still read
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    desk.wait()
    assert isinstance(window.drawer.content, Explained)
    assert "Contactos" in window.drawer.content.panel.accessibleName()
    window.drawer.back()
    assert isinstance(window.drawer.content, Behind)
    assert window.drawer.content.table.visible_frame().height > 0
    assert window.context is not None
    window.context.detail_wanted.emit("Paid Social", Detail(window.context, "channel", "Paid Social"))
    window.look.set_locale("en_US")
    desk.wait()
    assert isinstance(window.drawer.content, Detail)
    assert window.drawer.content.figures["visitors"].text() not in {"", "–"}


def test_what_a_closed_drawer_asked_is_stopped(desk: Desk) -> None:
    desk.window.explain(a_conversion(desk))
    asked = desk.desktop.jobs.running()
    assert asked
    desk.window.drawer.close_all()
    assert desk.desktop.jobs.running() == []
    assert all(job.task.cancelled for job in asked)


def test_an_explained_conversion_names_the_person_and_the_models(desk: Desk) -> None:
    context = desk.window.context
    assert context is not None
    table = context.profile.query("customers", context.view.selection, limit=20).table
    row = next(row for row in table.to_dicts() if row["is_identified"] and row["email"])
    desk.window.explain(row["conversion_id"])
    desk.wait()
    content = desk.window.drawer.content
    assert content is not None
    assert any(row["email"] in text for text in texts(content))
    assert any("ND Last non-direct" in text for text in texts(content))
    masked = context.profile.explain(id=row["conversion_id"], masked=True).meta["conversion"]
    assert masked["email"] != row["email"]
    assert masked["email"][1:5] == "***@"


def test_rows_of_the_drawer_are_copied_from_their_menu_and_notices_lie_over_it(desk: Desk) -> None:
    window = desk.window
    window.show_behind("channel", "Paid Social", "Paid Social", "linear")
    desk.wait()
    assert isinstance(window.drawer.content, Behind)
    table = window.drawer.content.table
    assert table.select_id(table.visible_frame()["entry_id"][0])
    view = table.focusProxy()
    assert view is not None
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    QApplication.sendEvent(view, event)
    menu = next(menu for menu in table.findChildren(QMenu) if menu.isVisible())
    (action,) = menu.actions()
    assert action.text() == "Copy rows"
    action.trigger()
    menu.close()
    assert QApplication.clipboard().text().startswith("When\tPerson")
    shown = window.toasts.show_toast("Told")
    middle = shown.mapTo(window, shown.rect().center())
    found = window.childAt(middle)
    assert found is not None
    assert found is shown or shown.isAncestorOf(found)


# -- the view ---------------------------------------------------------------------------------------------------------


def test_days_at_the_beginning_of_time_are_shown_without_a_comparison(desk: Desk) -> None:
    window = desk.window
    assert window.context is not None
    window.context.history.set(window.context.view.with_days(date(1970, 1, 1), date(1970, 1, 31)))
    desk.wait()
    assert not any(panel.notice.copy.isVisible() for panel in desk.page.panels)  # none failed
    assert window.header.comparison.key == "none"
    before = window.context.view
    window.header.step(-1)
    assert window.context.view == before
    window.context.history.set(before.with_days(date.min, date.max))
    desk.wait()
    assert not any(panel.notice.copy.isVisible() for panel in desk.page.panels)


def test_a_saved_view_of_a_model_that_is_gone_opens_with_the_default(desk: Desk) -> None:
    window = desk.window
    assert window.context is not None
    window.commands.use_view(window.context.view.select(model="mine").as_text())
    desk.wait()
    assert window.context.view.selection.model == "last_touch"
    assert toast(window) == "The model mine does not exist any more. The view is shown with Last touch."


def test_a_view_saved_under_a_name_that_exists_can_be_had_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    window, context = desk.window, desk.window.context
    assert context is not None
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("A", True))
    window.bound["save-view"].trigger()
    desk.wait()
    first = context.profile.saved_views()["A"]
    context.history.set(replace(context.view.select(model="linear"), step="week"))
    window.bound["save-view"].trigger()
    desk.wait()
    assert context.profile.saved_views()["A"] != first
    assert toast(window) == "A is another view now"
    window.toasts.shown[-1].acted.emit()
    desk.wait()
    assert context.profile.saved_views() == {"A": first}
    assert toast(window) == "A is as it was"


def test_weights_that_are_all_zero_are_refused_at_their_fields(desk: Desk) -> None:
    assert desk.window.context is not None
    whatif = WhatIf(desk.window.look, CreditSettings.of_profile(desk.window.context.about.settings))
    desk.qtbot.addWidget(whatif)
    heard: list[object] = []
    whatif.changed.connect(heard.append)
    for name, text in (("weight_0", "0"), ("weight_1", "0"), ("weight_2", "0")):
        whatif.fields[name].setText(text)
    whatif.apply()
    assert heard == []
    assert [whatif.errors[name].text() for name in ("weight_0", "weight_1", "weight_2")] == 3 * ["not all 0"]
    whatif.fields["weight_1"].setText("2")
    whatif.apply()
    assert whatif.errors["weight_0"].text() == "touch"
    assert len(heard) == 1


# -- the palette ------------------------------------------------------------------------------------------------------


def test_the_palette_lists_campaigns_and_customers_before_anything_is_typed(desk: Desk) -> None:
    window = desk.window
    for prefix, kind in (("#", "campaign:"), ("@", "conversion:")):
        window.command_palette.open(prefix)
        view = window.command_palette.list
        desk.qtbot.waitUntil(lambda view=view: view.current_row() is not None, timeout=20_000)
        row = view.current_row()
        assert row is not None
        assert row.key.startswith(kind)
        window.command_palette.hide()
    context = window.context
    assert context is not None
    found = window.searching.ask(context, "search brand", "campaigns", Task())
    assert found[0].title == "Brand Search"
    item = PaletteItem("m", "Switch model to Markov chain", "now Last touch")
    assert [row.key for row in ranked("last markov", [item])] == ["m"]
    assert ranked("last moon", [item]) == []


# -- imports ----------------------------------------------------------------------------------------------------------

PAYMENTS = (
    "payment_id,email,amount,currency,paid_at,status\n"
    "z1,a@b.example,100,USD,2026-06-20 10:00:00,paid\n"
    "z2,a@b.example,abc,USD,2026-06-20 10:00:00,paid\n"
)


def test_a_file_that_is_looked_at_survives_another_language_and_another_page(desk: Desk, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("pay.csv", "more.csv", "bad.csv"))
    for path in (first, second):
        path.write_text(PAYMENTS)
    third.write_bytes(b"")
    page = drop(desk, first)
    assert page.go.text() == "Import 1 row"
    assert page.go.isEnabled()
    desk.window.import_files([str(second)])
    assert page.waiting.text() == "One more file waits"
    desk.window.import_files([str(third)])
    assert page.waiting.text() == "2 more files wait"
    page.editor.kind_changed.emit("people")
    desk.wait()
    desk.open("dashboard")
    desk.window.look.set_locale("es_ES")
    desk.wait()
    desk.open("imports")
    page = desk.page
    assert isinstance(page, Imports)
    assert page.stack.currentIndex() == 1
    assert page.editor.kind == "people"
    assert any("amount" in text and "dinero" in text for text in texts(page.editor))
    assert "2" in page.waiting.text()
    desk.window.look.set_locale("en_US")
    desk.wait()
    assert isinstance(desk.page, Imports)
    page = desk.page
    page.editor.kind_changed.emit("conversions")
    desk.wait()
    page.go.click()
    desk.window.look.set_locale("es_ES")  # while it is taken in
    desk.wait()
    page = desk.page
    assert isinstance(page, Imports)
    assert page.editor.mapping["event_type"] == "=payment_received"
    page.go.click()
    desk.wait(lambda: "vac" in page.preview_panel.notice.detail.text())  # the third, which is empty
    assert page.go.text() == "Importar"
    assert not page.go.isEnabled()
    page.skip.click()
    desk.wait(lambda: page.stack.currentIndex() == 0)
    desk.wait()
    kept = page.table.visible_frame().filter(page.table.visible_frame()["file_name"].is_in(["pay.csv", "more.csv"]))
    assert sorted(kept["rows_new"].to_list()) == [0, 1]
    for row in kept.to_dicts():
        page.table.select_id(row["import_id"])
        desk.wait()
        assert page.undo.isEnabled() == (row["rows_new"] > 0)
    assert desk.window.context is not None
    assert not desk.window.context.about.is_stale  # it was worked out anew


def test_a_file_without_rows_is_not_imported_and_notices_leave_the_buttons_free(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "head.csv"
    path.write_text("payment_id,email,amount,currency,paid_at,status\n")
    page = drop(desk, path)
    assert page.go.text() == "Import 0 rows"
    assert not page.go.isEnabled()
    shown = desk.window.toasts.show_toast("Told")
    button = page.go.mapTo(desk.window, QPoint(0, 0))
    assert shown.mapTo(desk.window, shown.rect().bottomLeft()).y() < button.y()
    desk.open("dashboard")
    assert shown.mapTo(desk.window, shown.rect().bottomLeft()).y() > button.y()


def test_what_every_row_is_can_be_said(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "pay.csv"
    path.write_text(PAYMENTS)
    page = drop(desk, path)
    field = page.editor.findChildren(QLineEdit)[0]
    assert field.text() == "payment_received"
    field.setText("")
    desk.qtbot.waitUntil(lambda: any("Still needed" in text for text in texts(page.editor)), timeout=20_000)
    assert not page.go.isEnabled()
    field.setText("purchase")
    desk.qtbot.waitUntil(page.go.isEnabled, timeout=20_000)
    desk.qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
    desk.wait(lambda: page.stack.currentIndex() == 0)
    assert desk.window.context is not None
    with desk.window.context.workspace.store.read() as cursor:
        assert cursor.rows("select event_type from raw_conversions where conversion_id = 'z1'") == [("purchase",)]
    assert isinstance(page.table, DataTable)
