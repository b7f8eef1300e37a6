"""Client reports: the list, the pages as they will be, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QToolButton, QVBoxLayout, QWidget

from app.messages import explain
from app.names import model_label
from app.pages.page import Page
from app.pages.report_changes import changes_widget
from app.report_charts import draw_charts
from app.report_dialog import NewReport
from app.report_editor import ReportEditor
from app.report_files import file_name, report_html, report_pages, report_pdf
from app.report_printing import PPI, prepare, print_pages
from app.report_words import Told
from app.writing import write_whole
from engine.errors import AttribenchError, Cancelled
from engine.reports.keeping import next_period
from engine.reports.layout import Layout
from engine.reports.verifying import differences
from widgets.pages_view import PagesView
from widgets.panel import Panel, label, rule
from widgets.report_list import DocumentList, DocumentRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.context import Context
    from app.report_dialog import Wanted
    from engine.reports.gathering import Request
    from engine.reports.keeping import Report, Reports
    from engine.reports.typesetting import Drawings
    from engine.reports.verifying import Verification
    from engine.task import Task

_PREVIEW_PPI = 130.0
_LIST, _EDITOR = 290, 310


@dataclass
class _Known:
    """What was read: the reports, newest first, and the templates."""

    reports: Sequence[Report] = ()
    templates: Mapping[str, Layout] = field(default_factory=dict[str, Layout])


class ReportsPage(Page):
    """Reports."""

    key = "reports"
    title = "Reports"
    icon = "file-text"
    group = "Share"
    shortcut = "Ctrl+0"
    has_filters = False
    needs_records = False
    ignores = frozenset({"days", "comparison", "model"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._known = _Known()
        self._current: Report | None = None
        self._drawings: tuple[tuple[int, str], Drawings] | None = None  # of the last report drawn, and its language
        self._wanted: int | None = None  # to be selected once it is read
        self._make_header()
        split = QSplitter(Qt.Orientation.Horizontal)
        for panel in (self._make_list(), self._make_preview(), self._make_editor()):
            split.addWidget(panel)
        split.setStretchFactor(1, 1)
        split.setSizes([_LIST, 800, _EDITOR])
        split.setChildrenCollapsible(False)
        self.layout_.addWidget(split, 1)
        self._show_enabled()

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        reports = self._reports
        self.read(self.list_panel, lambda _task: _Known(reports.all(), reports.templates()), self._show_known)

    def open_with(self, **facts: Any) -> None:
        if facts.get("new"):
            self.ask_new()

    def state(self) -> int | None:
        return self._current.report_id if self._current is not None else None

    def restore(self, state: int) -> None:
        self._wanted = state

    def empty(self, panel: Panel) -> None:
        if panel is not self.preview_panel:
            panel.empty(self.say("No report yet"))
            return
        panel.empty(
            self.say("No report yet"),
            self.say("A report freezes the figures of a period for a client, as PDF or as one HTML file."),
            self.say("New report"),
        )

    def _retry(self) -> None:
        panel = self.sender()
        if isinstance(panel, Panel) and panel.notice.copy.isVisible():
            self.refresh()
        else:
            self.ask_new()

    # -- building -------------------------------------------------------------------------------------------------

    def _make_header(self) -> None:
        look, say = self.look, self.say

        def button(text: str, icon: str, run: Callable[[], None], kind: str = "ghost") -> QPushButton:
            made = QPushButton(look.icon(icon, "text.on_accent" if kind == "primary" else "text.secondary"), text)
            made.setProperty("kind", kind)
            made.clicked.connect(run)
            self.header_layout.addWidget(made)
            return made

        self.verify = button(say("Verify"), "check-circle", self.verify_current)
        self.compare = button(say("Compare"), "columns", self.compare_selected)
        self.compare.setToolTip(say("Select two reports with Ctrl to compare them"))
        self.next = button(say("Next period"), "copy", self.repeat_current)
        self.html = button(say("Export HTML"), "export", lambda: self.save("html"))
        self.print = button(say("Print"), "printer", self.print_current)
        self.new = button(say("New report"), "plus", self.ask_new, "primary")

    def _make_list(self) -> QWidget:
        self.list = DocumentList(self.look, self.say("Reports"))
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemSelectionChanged.connect(self._show_enabled)
        self.list.delete_wanted.connect(self.delete)
        self.list_panel = self.panel(Panel(self.look, self.say("Reports"), self.list))
        self.list_panel.setMinimumWidth(220)
        return self.list_panel

    def _make_preview(self) -> QWidget:
        look, say = self.look, self.say
        self.pages = PagesView(look, say("Pages"))
        self.pages.turned.connect(self._show_place)
        self.pages.zoomed.connect(self._show_zoom)
        self.page_told = label(look, "", "muted")
        self.zoom = label(look, "", "muted")
        tools: list[QWidget] = []
        for icon, name, run in (
            ("caret-left", say("Previous page"), lambda: self.pages.turn(-1)),
            ("caret-right", say("Next page"), lambda: self.pages.turn(1)),
            ("minus", say("Smaller"), lambda: self.pages.zoom_by(-1)),
            ("plus", say("Larger"), lambda: self.pages.zoom_by(1)),
            ("arrows-out", say("Fit to width"), lambda: self.pages.set_zoom(None)),
        ):
            made = QToolButton()
            made.setIcon(look.icon(icon))
            made.setToolTip(name)
            made.setAccessibleName(name)
            made.setAutoRaise(True)
            made.clicked.connect(run)
            tools.append(made)
        self.preview_panel = self.panel(
            Panel(
                look,
                say("Pages"),
                self.pages,
                tools=[tools[0], self.page_told, tools[1], tools[2], self.zoom, tools[3], tools[4]],
            )
        )
        return self.preview_panel

    def _make_editor(self) -> QWidget:
        look, say = self.look, self.say
        self.editor = ReportEditor(look)
        self.editor.changed.connect(self._take_layout)
        self.editor.template_saved.connect(self._save_template)
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 10, 16, 12)
        column.setSpacing(8)
        self.frozen = label(look, "", "muted")
        self.frozen.setWordWrap(True)
        self.pdf = QPushButton(look.icon("download-simple", "text.on_accent"), say("Save PDF"))
        self.pdf.setProperty("kind", "primary")
        self.pdf.clicked.connect(partial(self.save, "pdf"))
        self.again = QPushButton(look.icon("arrows-clockwise"), say("Freeze again"))
        self.again.setToolTip(say("Make a new report of the same period with the records of now"))
        self.again.clicked.connect(self.freeze_again)
        row = QHBoxLayout()
        row.addWidget(self.pdf)
        row.addWidget(self.again)
        row.addStretch(1)
        column.addWidget(self.frozen)
        column.addLayout(row)
        whole = QWidget()
        both = QVBoxLayout(whole)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(self.editor, 1)
        both.addWidget(rule())
        both.addWidget(foot)
        self.editor_panel = self.panel(Panel(look, say("Content"), whole))
        self.editor_panel.setMinimumWidth(260)
        return self.editor_panel

    # -- showing --------------------------------------------------------------------------------------------------

    @property
    def _reports(self) -> Reports:
        return self.context.profile.reports

    def _show_known(self, known: _Known) -> None:
        self._known = known
        keys = [each.report_id for each in known.reports]
        current = self._wanted or (self._current.report_id if self._current is not None else None)
        self._wanted = None
        if current not in keys:
            current = keys[0] if keys else None
        self.list_panel.title.setText(self.say("Reports") if not keys else self._counted(len(keys)))
        self.list.show_rows([self._row(each) for each in known.reports], current)
        self.editor.set_templates(known.templates)
        if current is None:
            self._current = None
            for panel in self.panels:
                self.empty(panel)
            self._show_enabled()
            return
        self._choose()

    def _counted(self, number: int) -> str:
        return self.look.words.count(number, "{n} report", "{n} reports", n=self.look.numbers.count(number))

    def _row(self, report: Report) -> DocumentRow:
        shot, numbers = report.snapshot, self.look.numbers
        model = model_label(self.look.words, shot.selection.model)
        language = report.layout.locale[:2].upper()
        paper = "A4" if report.layout.paper == "a4" else "Letter"
        days = numbers.days(shot.selection.date_from, shot.selection.date_to)
        return DocumentRow(
            report.report_id,
            report.layout.title or days,
            f"{model}, {self.say('frozen {moment}', moment=self._moment(report))}",
            f"{days}, {language}, {paper}" if report.layout.title else f"{language}, {paper}",
        )

    def _moment(self, report: Report) -> str:
        local = report.snapshot.created_at.astimezone(ZoneInfo(report.snapshot.timezone))
        return self.look.numbers.moment(local)

    def _choose(self, *_row: object) -> None:
        """Show the report the list stands on."""
        key = self.list.current_key
        found = next((each for each in self._known.reports if each.report_id == key), None)
        self._current = found
        self._show_enabled()
        if found is None:
            return
        shot, numbers = found.snapshot, self.look.numbers
        days = numbers.days(shot.selection.date_from, shot.selection.date_to)
        first, last = shot.selection.compare_from, shot.selection.compare_to
        against = numbers.days(first, last) if first is not None and last is not None else ""
        models = [model_label(self.look.words, name) for name in shot.models]
        beside = self.say("beside {models}", models=", ".join(models[1:]))
        facts = "\n".join((days, self.say("against {days}", days=against), models[0], beside))
        self.editor.show_layout(found.layout, facts)
        moment = self._moment(found)
        self.frozen.setText(
            self.say("Figures were frozen on {moment}. Later records do not change them.", moment=moment)
        )
        self.editor_panel.ready()
        self._preview(found)

    def _preview(self, report: Report) -> None:
        drawings = self._drawn(report)
        self.read(
            self.preview_panel,
            lambda task: report_pages(report, drawings, _PREVIEW_PPI, task),
            self.pages.show_pages,
        )

    def _drawn(self, report: Report) -> Drawings:
        """The charts of a report; those of the last one are kept."""
        key = report.report_id, report.layout.locale
        if self._drawings is None or self._drawings[0] != key:
            self._drawings = key, draw_charts(report.snapshot, report.layout)
        return self._drawings[1]

    def _show_place(self, place: int, number: int) -> None:
        self.page_told.setText(self.say("Page {page} of {pages}", page=place + 1, pages=number) if number else "")

    def _show_zoom(self, zoom: float) -> None:
        self.zoom.setText(self.look.numbers.percent(100 * zoom * _PREVIEW_PPI / 96, 0))

    def _show_enabled(self) -> None:
        has_one = self._current is not None
        for button in (self.verify, self.next, self.html, self.print, self.pdf, self.again):
            button.setEnabled(has_one)
        self.compare.setEnabled(len(self.list.selectedItems()) == 2)

    # -- changing -------------------------------------------------------------------------------------------------

    def _take_layout(self, layout: Layout) -> None:
        """The editor changed how the current report is shown."""
        report = self._current
        if report is None or layout == report.layout:
            return
        changed = replace(report, layout=layout)
        self._current = changed
        self._known = replace(
            self._known,
            reports=[changed if each.report_id == changed.report_id else each for each in self._known.reports],
        )
        self.list.show_rows([self._row(each) for each in self._known.reports], changed.report_id)
        self._preview(changed)
        reports = self._reports
        self.context.jobs.write(
            self.say("Keeping the report"),
            lambda _task: reports.change(changed.report_id, layout),
            lambda _report: None,
            self._refused,
        )

    def _save_template(self, name: str) -> None:
        reports, layout = self._reports, self.editor.layout_

        def work(_task: Task) -> Mapping[str, Layout]:
            reports.save_template(name, layout)
            return reports.templates()

        def done(templates: Mapping[str, Layout]) -> None:
            self.editor.set_templates(templates)
            self.context.toast(self.say("Saved {name}", name=name))

        self.context.jobs.write(self.say("Keeping the template"), work, done, self._refused)

    def ask_new(self) -> None:
        """Ask which report to make."""
        dialog = NewReport(self.context, list(self._known.templates), self)
        dialog.wanted.connect(self._make_wanted)
        dialog.open()

    def _make_wanted(self, wanted: Wanted) -> None:
        self.make(wanted.request, self._known.templates.get(wanted.template))

    def make(self, request: Request, layout: Layout | None = None) -> None:
        """Freeze a report as a job, and show it; a profile's first one speaks the window's language."""
        reports, is_first, locale = self._reports, not self._known.reports, self.look.locale

        def work(task: Task) -> Report:
            chosen = layout or reports.usual_layout()
            return reports.create(request, replace(chosen, locale=locale) if is_first else chosen, task)

        self.context.jobs.write(self.say("Generating the report"), work, self._made, self._refused)

    def _made(self, report: Report) -> None:
        self._wanted = report.report_id
        self.refresh()

    def freeze_again(self) -> None:
        """The same report with the records of now."""
        if self._current is not None:
            self.make(self._current.request, self._current.layout)

    def repeat_current(self) -> None:
        """The same report for the next period."""
        report = self._current
        if report is not None:
            request = replace(report.request, selection=next_period(report.snapshot.selection))
            self.make(request, report.layout.as_template())

    def delete(self, report_id: int) -> None:
        """Take a report off the list, with Undo."""
        reports = self._reports

        def done(_result: None) -> None:
            self.context.toast(self.say("Report deleted"), self.say("Undo"), lambda: self._restore(report_id))
            self.refresh()

        self.context.jobs.write(
            self.say("Deleting the report"), lambda _task: reports.delete(report_id), done, self._refused
        )

    def _restore(self, report_id: int) -> None:
        reports = self._reports
        self.context.jobs.write(
            self.say("Bringing the report back"), lambda _task: reports.restore(report_id), self._made, self._refused
        )

    # -- what comes of it -----------------------------------------------------------------------------------------

    def save(self, kind: str) -> None:
        """Save the current report as ``pdf`` or ``html`` where the user says."""
        if self._current is None:
            return
        kinds = {"pdf": "PDF (*.pdf)", "html": "HTML (*.html)"}
        title = self.say("Save PDF") if kind == "pdf" else self.say("Export HTML")
        chosen, _ = QFileDialog.getSaveFileName(self, title, file_name(self._current, kind), kinds[kind])
        if chosen:
            self.save_to(Path(chosen), kind)

    def save_to(self, path: Path, kind: str) -> None:
        """Write the current report into a file."""
        report = self._current
        if report is None:
            return
        drawings = self._drawn(report)

        def work(task: Task) -> None:
            made = report_html(report, drawings) if kind == "html" else report_pdf(report, drawings, task)
            write_whole(path, made)

        def done(_result: None) -> None:
            self.context.toast(self.say("Saved {name}", name=path.name))

        self.context.jobs.read((self, "save"), work, done, self._refused, self.say("Saving {name}", name=path.name))

    def print_current(self) -> None:
        """Print the current report; the system asks where."""
        report = self._current
        if report is None:
            return
        drawings = self._drawn(report)

        def done(pages: Sequence[bytes]) -> None:
            from PySide6.QtPrintSupport import QPrintDialog, QPrinter

            printer = QPrinter(QPrinter.PrinterMode.HighResolution)
            prepare(printer, report.layout.paper, file_name(report, "pdf"))
            printer.setFromTo(1, len(pages))
            dialog = QPrintDialog(printer, self)
            dialog.setMinMax(1, len(pages))
            if dialog.exec():  # the systems' own dialogs know no other way
                print_pages(printer, pages)

        self.context.jobs.read(
            (self, "print"),
            lambda task: report_pages(report, drawings, PPI, task),
            done,
            self._refused,
            self.say("Printing the report"),
        )

    def verify_current(self) -> None:
        """Recompute the current report and show what has changed since."""
        report, reports = self._current, self._reports
        if report is None:
            return

        def done(told: Verification) -> None:
            words = Told(report.snapshot, self.look.locale)
            causes = [words.cause(each) for each in told.causes]
            if told.is_stale:
                causes.insert(0, self.say("Records or settings changed since the figures were worked out."))
            rows = [words.difference(each) for each in told.differences]
            content = changes_widget(self.look, words.headline(told), causes, rows)
            self.context.detail_wanted.emit(self.say("Verify"), content)

        self.context.jobs.read(
            (self, "verify"),
            lambda task: reports.verify(report.report_id, task),
            done,
            self._refused,
            self.say("Verifying the report"),
        )

    def compare_selected(self) -> None:
        """Show what is different between the two selected reports, the older one first."""
        chosen = [each for each in self._known.reports if each.report_id in self.list.selected_keys]
        if len(chosen) != 2:
            return
        older, newer = sorted(chosen, key=lambda each: (each.snapshot.selection.date_from, each.report_id))
        words = Told(older.snapshot, self.look.locale)
        rows = [words.difference(each) for each in differences(older.snapshot, newer.snapshot)]
        about = self.say("{older} against {newer}", older=self._row(older).title, newer=self._row(newer).title)
        notes: list[str] = []
        if older.snapshot.selection.model != newer.snapshot.selection.model:
            notes.append(self.say("The two have different models."))
        if older.snapshot.currency != newer.snapshot.currency:
            notes.append(self.say("The two are in different currencies."))
        self.context.detail_wanted.emit(self.say("Compare"), changes_widget(self.look, about, notes, rows))

    def _refused(self, error: Exception) -> None:
        """Say in passing what went wrong; what is no error of ours was reported already."""
        if isinstance(error, AttribenchError):
            self.context.toast(explain(error, self.look.words))
        elif isinstance(error, Cancelled):
            self.context.toast(self.say("Cancelled; nothing was changed."))
