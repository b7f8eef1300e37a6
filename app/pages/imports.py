"""Imports: files are looked at, mapped and taken in one after the other; past imports with their rejects and Undo."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import explain, note_text, reason_text
from app.names import field_titles
from app.pages.page import Page
from app.previews import kind_label, shown
from app.status import local_time
from app.takeaway import Takeaway
from engine.errors import AttribenchError, Cancelled
from engine.ingest.exports import EXPORTS
from engine.queries.masking import HIDDEN
from widgets.mapping import MappingEditor
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.context import Context
    from engine.ingest.importer import ImportResult
    from engine.ingest.previewed import Preview
    from engine.task import Task
    from widgets.look import Look

_DEBOUNCE_MS = 250


@dataclass(frozen=True)
class _Asked:
    """How a file is to be read."""

    path: Path
    kind: str | None = None
    mapping: Mapping[str, str] | None = None


@dataclass
class Round:
    """Files brought in together. It outlives the page, which is built anew in another language or for another profile.

    Attributes:
        page: the one that shows it.
        queue: files that wait.
        asked: the one that is looked at.
        results: of those taken in since the figures were worked out.
        running: how many are being taken in.
    """

    page: Imports
    queue: list[Path] = field(default_factory=list["Path"])
    asked: _Asked | None = None
    results: list[ImportResult] = field(default_factory=list["ImportResult"])
    running: int = 0

    @property
    def waiting(self) -> int:
        """Files that were chosen and are not taken in yet."""
        return len(self.queue) + (self.asked is not None)

    def forget(self) -> None:
        """Leave out the files that wait."""
        self.queue, self.asked = [], None


class Imports(Page):
    """Bringing files in."""

    key = "imports"
    title = "Imports"
    icon = "tray"
    group = "Data"
    has_filters = False
    needs_records = False
    ignores = frozenset({"days", "comparison", "model"})
    foot_height = 45

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._round = Round(self)
        self._preview: Preview | None = None
        self._imports = pl.DataFrame()
        self.choose = QPushButton(look.icon("file-arrow-up", "text.on_accent"), say("Choose files…"))
        self.choose.setProperty("kind", "primary")
        self.choose.clicked.connect(lambda: context.files_wanted.emit([]))
        self.header_layout.addWidget(self.choose)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._make_list())
        self.stack.addWidget(self._make_preview())
        self.layout_.addWidget(self.stack, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_DEBOUNCE_MS)
        self._later.timeout.connect(self._look_at)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        profile = self.context.profile
        self.read(self.list_panel, lambda _task: profile.imports(), self._show_imports)

    def open_with(self, **facts: Any) -> None:
        self._round.queue += facts.get("files", [])
        if self._round.asked is None:
            self._next()
        else:
            self._show_waiting()

    def state(self) -> Round | None:
        begun = self._round
        return begun if begun.asked is not None or begun.queue or begun.running or begun.results else None

    def restore(self, state: Round) -> None:
        self._round, state.page = state, self
        if state.asked is not None:
            self.stack.setCurrentIndex(1)
            self._look_at()

    def empty(self, panel: Panel) -> None:
        panel.empty(
            self.say("Nothing was imported yet"),
            self.say("Drop files on the window: exports of a tracker, ads, payments, a CRM."),
        )

    def takeaway(self) -> Takeaway | None:
        if self._imports.is_empty():
            return None
        titles = {column.field: column.title for column in self.table.visible_columns()}
        frame = self._imports.drop("mapping", "notes")
        titles = field_titles(self.look.words, frame.columns, titles)
        zone = self.context.about.settings.timezone
        return Takeaway(self.say("Imports"), frame, titles, "", {}, self.view.selection, {}, zone=zone)

    # -- building -------------------------------------------------------------------------------------------------

    def _make_list(self) -> QWidget:
        look, say = self.look, self.say
        columns = [
            Column("file_name", say("File"), kind="text", middle_elide=True, weight=500),
            Column("kind_label", say("Kind"), kind="text", tone="secondary", width=170),
            Column("rows_read", say("Rows"), unit="count"),
            Column("rows_new", say("New"), unit="count"),
            Column("rows_duplicate", say("Known already"), unit="count", priority=1),
            Column("rows_rejected", say("Rejected"), unit="count"),
            Column("when", say("Imported"), kind="text", width=120),
            Column("state", say("State"), kind="text", tone="secondary", width=110),
        ]
        self.table = DataTable(look, columns, id_field="import_id", accessible_name=say("Past imports"))
        self.table.sort_by(None)
        self.table.chosen.connect(self._show_import)
        self.undo = QPushButton(look.icon("arrow-counter-clockwise"), say("Undo import"))
        self.undo.setEnabled(False)
        self.undo.clicked.connect(self._undo)
        self.list_panel = self.panel(Panel(look, say("Past imports"), self.table, tools=(self.undo,)))
        rejects = [
            Column("line", say("Line"), unit="count", width=70),
            Column("field", say("Field"), kind="text", width=140),
            Column("value", say("Value"), kind="text", width=200),
            Column("why", say("Why it was not kept"), kind="text"),
            Column("record", say("Row"), kind="text", tone="muted"),
        ]
        self.rejects = DataTable(look, rejects, id_field="place", accessible_name=say("Rejected rows"))
        self.rejects.sort_by(None)
        self.rejects_panel = Panel(look, say("Rejected rows"), self.rejects)
        self.rejects_panel.empty(say("Choose an import to see which of its rows were not kept"))
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.addWidget(self.list_panel)
        split.addWidget(self.rejects_panel)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        return split

    def _make_preview(self) -> QWidget:
        look, say = self.look, self.say
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.editor = MappingEditor(look)
        self.editor.mapping_changed.connect(self._map)
        self.editor.kind_changed.connect(self._choose_kind)
        self.preview_panel = Panel(look, say("What is in the file"), self.editor, header=False)
        self.preview_panel.retried.connect(self._skip)
        column.addWidget(self.preview_panel, 1)
        column.addWidget(rule())
        foot = QWidget()
        foot.setFixedHeight(self.foot_height - 1)
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 0, 12, 0)
        self.waiting = label(look, "", "muted")
        self.skip = QPushButton(say("Do not import"))
        self.go = QPushButton(say("Import"))
        self.go.setProperty("kind", "primary")
        self.skip.clicked.connect(self._skip)
        self.go.clicked.connect(self._import)
        row.addWidget(self.waiting, 1)
        row.addWidget(self.skip)
        row.addWidget(self.go)
        column.addWidget(foot)
        return side

    # -- one file after the other ---------------------------------------------------------------------------------

    def _next(self) -> None:
        """Look at the next file; after the last one the figures are worked out anew."""
        self._preview = None
        begun = self._round
        begun.asked = _Asked(begun.queue.pop(0)) if begun.queue else None
        if begun.asked is not None:
            self.stack.setCurrentIndex(1)
            self._look_at()
            return
        self.stack.setCurrentIndex(0)
        self._finish()

    def _look_at(self) -> None:
        asked = self._round.asked
        if asked is None:
            return
        say = self.say
        self.go.setEnabled(False)
        if self._preview is None:
            self.go.setText(say("Import"))
        self._show_waiting()
        self.preview_panel.begin()
        profile = self.context.profile
        self.context.jobs.read(
            (self, "preview"),
            lambda task: profile.preview_import(asked.path, asked.kind, asked.mapping, task),
            self._show_preview,
            self._fail_preview,
            say("Looking at {name}", name=asked.path.name),
        )

    def _show_waiting(self) -> None:
        count = len(self._round.queue)
        number = self.look.numbers.count(count)
        self.waiting.setText(
            self.look.words.count(count, "One more file waits", "{n} more files wait", n=number) if count else ""
        )

    def _show_preview(self, preview: Preview) -> None:
        self._preview = preview
        self.preview_panel.ready()
        goals = self.context.about.settings.goals
        self.editor.set_preview(
            shown(
                self.look,
                preview,
                [name for goal in goals for name in goal.event_types],
                masked=self.context.masked,
            )
        )
        kept = preview.estimate - (preview.rejects.height if preview.is_whole else 0)
        rows = self.look.numbers.count(kept)
        self.go.setText(
            self.look.words.count(kept, "Import 1 row", "Import {n} rows", n=rows)
            if preview.is_whole
            else self.say("Import about {n} rows", n=rows)
        )
        self.go.setEnabled(not preview.needed and kept > 0)

    def _fail_preview(self, error: Exception) -> None:
        text = explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error)
        text = text or self.say("Cancelled; nothing was changed.")
        asked = self._round.asked
        if self._preview is not None and asked is not None:
            # The kind or mapping cannot be: say so and go back to what could.
            self._round.asked = _Asked(asked.path, self._preview.kind, self._preview.mapping)
            self.context.toast(text)
            self._show_preview(self._preview)
            return
        self.preview_panel.fail(self.say("This file cannot be imported"), text, self.say("Leave it out"))

    def _map(self, mapping: dict[str, str]) -> None:
        asked = self._round.asked
        if asked is not None and self._preview is not None:
            self._round.asked = _Asked(asked.path, self._preview.kind, mapping)
            self.go.setEnabled(False)
            self._later.start()

    def _choose_kind(self, kind: str) -> None:
        asked = self._round.asked
        if asked is not None:
            self._round.asked = _Asked(asked.path, kind)
            self._look_at()

    def _skip(self) -> None:
        self._later.stop()
        self.context.jobs.drop((self, "preview"))
        self._next()

    def _import(self) -> None:
        begun, preview = self._round, self._preview
        if begun.asked is None or preview is None:
            return
        profile, kind, mapping, path = self.context.profile, preview.kind, dict(preview.mapping), begun.asked.path

        def work(task: Task) -> ImportResult:
            return profile.import_file(kind, path, mapping=mapping, task=task)

        def done(result: ImportResult) -> None:
            begun.running -= 1
            begun.results.append(result)
            if isValid(begun.page):
                begun.page.end_import(result)
            else:  # another profile is looked at meanwhile
                end_alone(result, "")

        def failed(error: Exception) -> None:
            begun.running -= 1
            if isValid(begun.page):
                begun.page.fail_import(path, error)
            else:
                end_alone(None, _not_imported(look, path, error))

        jobs, look = self.context.jobs, self.look

        def end_alone(result: ImportResult | None, text: str) -> None:
            """Say what came of a file, and work out the figures when the last one is in."""
            jobs.said.emit(text if result is None else _told(look, result))
            changed = any(each.new for each in begun.results)
            if begun.running or not changed:
                return
            begun.results = []
            over = jobs.wrote.emit  # also when it failed or was cancelled: the figures are of before the files
            jobs.write(look.say("Rebuilding"), profile.rebuild, lambda _result: over(), lambda _error: over())

        begun.running += 1
        self.context.jobs.write(self.say("Importing {name}", name=path.name), work, done, failed)
        self._next()

    def end_import(self, result: ImportResult) -> None:
        """A file is in."""
        self._tell(result)
        self._finish()

    def fail_import(self, path: Path, error: Exception) -> None:
        """A file is not in."""
        self.context.toast(_not_imported(self.look, path, error))
        self._finish()

    def _finish(self) -> None:
        """When the last file is in, work out the figures."""
        begun = self._round
        if begun.asked is not None or begun.queue:
            return
        self.refresh()
        if begun.running or not begun.results:
            return
        changed = any(result.new for result in begun.results)
        begun.results = []
        if changed:
            self.context.rebuild_wanted.emit()

    def _tell(self, result: ImportResult) -> None:
        say, text = self.say, _told(self.look, result)
        if not result.new:
            self.context.toast(text)
            return
        import_id = result.import_id
        self.context.toast(text, say("Undo"), lambda: self._take_back(import_id, result.file_name))

    # -- past imports ---------------------------------------------------------------------------------------------

    def _show_imports(self, frame: pl.DataFrame) -> None:
        self._imports = frame
        if frame.is_empty():
            self.empty(self.list_panel)
            return
        look, zone = self.look, self.context.about.settings.timezone
        rows = frame.to_dicts()
        titles = {name: export.title for name, export in EXPORTS.items()}
        kinds = [kind_label(look, row["kind"], titles.get(row["kind"], "")) for row in rows]
        moments = [look.numbers.moment(local_time(row["imported_at"], zone)) for row in rows]
        states = [self.say("undone") if row["undone_at"] else self.say("in use") for row in rows]
        self.table.set_rows(
            frame.with_columns(
                pl.Series("kind_label", kinds, pl.String),
                pl.Series("when", moments, pl.String),
                pl.Series("state", states, pl.String),
            )
        )
        self.table.set_predicates(muted=pl.col("undone_at").is_not_null())
        self._show_import(self.table.current_row() or {})

    def _show_import(self, row: dict[str, Any]) -> None:
        self.undo.setEnabled(bool(row) and row["undone_at"] is None and row["rows_new"] > 0)
        if not row:
            return
        if row["undone_at"] is not None or not row["rows_rejected"]:
            notes = json.loads(row["notes"] or "[]")
            detail = "; ".join(note_text(note, self.look.words) for note in notes)
            title = self.say("This import was undone") if row["undone_at"] else self.say("Every row was kept")
            self.context.jobs.drop((self, self.rejects_panel))
            self.rejects_panel.empty(title, detail)
            return
        profile, import_id = self.context.profile, int(row["import_id"])
        self.read(self.rejects_panel, lambda _task: profile.import_rejects(import_id), self._show_rejects)

    def _show_rejects(self, frame: pl.DataFrame) -> None:
        words = self.look.words
        why = [reason_text(reason, words) for reason in frame["reason"].to_list()]
        if self.context.masked:  # nobody knows who is in a row that could not be read
            frame = frame.with_columns(pl.lit(HIDDEN).alias(name) for name in ("value", "record"))
        self.rejects.set_rows(
            frame.with_columns(pl.Series("why", why, pl.String))
            .with_row_index("place")
            .with_columns(pl.col("place").cast(pl.Int64))
        )

    def _undo(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self._take_back(int(str(row["import_id"])), str(row["file_name"]))

    def _take_back(self, import_id: int, name: str) -> None:
        context, look, workspace = self.context, self.look, self.context.workspace

        def done(removed: int) -> None:
            if not isValid(context):  # another profile is looked at meanwhile
                return
            context.toast(look.say("{name} was taken back: {n} rows", name=name, n=look.numbers.count(removed)))
            if isValid(self):
                self.refresh()
            if removed:
                context.rebuild_wanted.emit()

        def failed(error: Exception) -> None:
            text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
            if isValid(context):
                context.toast(text or look.say("Cancelled; nothing was changed."))

        context.jobs.write(
            self.say("Taking back {name}", name=name), lambda task: workspace.undo_import(import_id, task), done, failed
        )


def _told(look: Look, result: ImportResult) -> str:
    """What came of a file."""
    numbers = look.numbers
    text = look.say(
        "{name}: {new} new, {duplicate} known already, {rejected} rejected",
        name=result.file_name,
        new=numbers.count(result.new),
        duplicate=numbers.count(result.duplicate),
        rejected=numbers.count(result.rejected),
    )
    notes = "; ".join(note_text(note, look.words) for note in result.notes)
    return f"{text} ({notes})" if notes else text


def _not_imported(look: Look, path: Path, error: Exception) -> str:
    """Why a file is not in."""
    if isinstance(error, Cancelled):
        return look.say("{name} was not imported; nothing was changed.", name=path.name)
    return explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
