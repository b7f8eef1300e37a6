"""The page of reports: made, read page by page, changed, saved, printed, verified, deleted and brought back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPoint, Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QLabel

from app.pages.reports import ReportsPage
from app.report_dialog import NewReport
from app.report_files import report_pages
from app.report_printing import prepare, print_pages
from engine.queries.selection import Selection
from engine.reports.gathering import Request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("reports")

REQUEST = Request(Selection(date(2026, 6, 1), date(2026, 6, 30), model="linear"))


def _page(desk: Desk, *, made: bool = True) -> ReportsPage:
    page = desk.open("reports")
    assert isinstance(page, ReportsPage)
    if made:
        page.make(REQUEST)
        desk.wait(lambda: len(page.pages.pages) > 1)
    return page


def _kept(desk: Desk) -> list[int]:
    assert desk.window.context is not None
    return [each.report_id for each in desk.window.context.profile.reports.all()]


def test_a_report_is_asked_for_made_and_read(desk: Desk) -> None:
    page = _page(desk, made=False)
    assert "No report yet" in [text.text() for text in page.findChildren(QLabel)]
    page.ask_new()
    dialog = page.findChild(NewReport)
    assert dialog is not None
    dialog.days.set_range(date(2026, 6, 1), date(2026, 6, 30))
    dialog.days.chosen.emit(date(2026, 6, 1), date(2026, 6, 30), "")
    dialog.model.set_current("time_decay")
    dialog._make()
    desk.wait(lambda: len(page.pages.pages) > 1)
    assert page.page_told.text() == f"Page 1 of {len(page.pages.pages)}"
    page.pages.turn(1)
    assert page.page_told.text().startswith("Page 2")
    page.pages.zoom_by(1)
    assert page.list.count() == 1
    assert page._current is not None
    assert page._current.snapshot.selection.model == "time_decay"


def test_what_the_editor_changes_is_kept_and_shown(desk: Desk, tmp_path: Path) -> None:
    page = _page(desk)
    editor = page.editor
    editor.title.setText("June at the shop")
    editor.commentary.setPlainText("All **good**.")
    editor.sections.setCurrentRow(0)
    editor.sections.move_by(1)
    editor.sections.item(4).setCheckState(Qt.CheckState.Unchecked)
    editor.targets["roas"].setText("2,5")
    editor.accent.setText("#ffee00")
    editor._take()
    assert "4.5" in editor.problem.text()
    editor.accent.setText("#1f5f4a")
    editor._take()
    editor.paper.chosen.emit("letter")
    desk.wait()
    assert desk.window.context is not None
    (kept,) = desk.window.context.profile.reports.all()
    assert kept.layout.title == "June at the shop"
    assert kept.layout.commentary == {"summary": "All **good**."}
    assert kept.layout.sections[:2] == ("summary", "cover")
    assert "channels" not in kept.layout.sections
    assert kept.layout.targets == {"roas": 2.5}
    assert kept.layout.accent == "#1F5F4A"
    page.save_to(tmp_path / "june.pdf", "pdf")
    page.save_to(tmp_path / "june.html", "html")
    desk.wait(lambda: (tmp_path / "june.html").exists())
    page.save_to(tmp_path / "june.pdf", "pdf")
    desk.wait(lambda: (tmp_path / "june.pdf").exists())
    assert "June at the shop" in PdfReader(tmp_path / "june.pdf").pages[0].extract_text()
    assert "<b>good</b>" in (tmp_path / "june.html").read_text(encoding="utf-8")


def test_deleting_is_undone_and_two_are_compared(desk: Desk) -> None:
    page = _page(desk)
    page.repeat_current()
    desk.wait(lambda: page.list.count() == 2)
    newer, older = _kept(desk)
    page.list.selectAll()
    page.compare_selected()
    assert desk.window.drawer.isVisible()
    page.list.setCurrentRow(0)
    desk.qtbot.keyClick(page.list, Qt.Key.Key_Delete)
    desk.wait(lambda: page.list.count() == 1)
    assert _kept(desk) == [older]
    page._restore(newer)
    desk.wait(lambda: page.list.count() == 2)
    page.verify_current()
    desk.wait(lambda: desk.window.drawer.isVisible())
    told = [text.text() for text in desk.window.drawer.findChildren(QLabel)]
    assert any(text.startswith("Nothing has changed") for text in told)


def test_pages_are_printed(desk: Desk, tmp_path: Path) -> None:
    page = _page(desk)
    report = page._current
    assert report is not None
    pages = report_pages(report, page._drawn(report), 40)
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    prepare(printer, report.layout.paper, "report")
    assert print_pages(printer, pages) == len(pages)
    printed = PdfReader(tmp_path / "printed.pdf")
    assert len(printed.pages) == len(pages)
    assert round(float(printed.pages[0].mediabox.width)) == 595
    page.pages.strip.viewport().grab()
    assert page.pages.grab().toImage().pixelColor(QPoint(300, 200)).isValid()
