"""Data of the workspace and of this profile: imports, copies, space, export, personal data, deletion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QMessageBox, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import explain
from app.pages.setting.section import Section, scrolling
from engine.errors import AttribenchError
from widgets.panel import label
from widgets.text import isolated

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.context import Context
    from engine.profiles import ProfileSettings
    from engine.task import Task


class Data(Section):
    """One row for each thing to do."""

    key = "data"
    title = "Data"
    icon = "database"
    undo_offered = Signal(int, str)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say = self.say
        home = QWidget()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(14)
        self._grid.setColumnStretch(0, 1)
        self.place = label(self.look, "", "muted")
        column = QVBoxLayout(home)
        column.setContentsMargins(20, 12, 20, 20)
        column.setSpacing(8)
        column.addWidget(label(self.look, say("Data"), "strong"))
        column.addWidget(self.place)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.imports = self._add(
            say("Imports"),
            say("Every file that was brought in, with its rejected rows; each can be taken back whole."),
            say("Show imports"),
            lambda: context.open("imports"),
        )
        self.backup = self._add(
            say("Backup"),
            say("A complete copy of this workspace, with every profile, in a file of your choice."),
            say("Save a copy…"),
            self._backup,
        )
        self.compact = self._add(
            say("Compact"),
            say("Gives back the space of what was deleted. The file is written anew beside itself and then replaced."),
            say("Compact"),
            self._compact,
        )
        self.export = self._add(
            say("Export this profile"),
            say("A workspace of its own with this profile alone: to hand over, or to keep before deleting it."),
            say("Export…"),
            self._export,
        )
        self.anonymise = self._add(
            say("Remove personal data"),
            say(
                "A copy of this profile without names, addresses, phone numbers, IP addresses and payloads. Who is one "
                "person stays, so every figure does. It cannot be turned back into the original."
            ),
            say("Save an anonymous copy…"),
            self._anonymise,
        )
        self.delete = self._add(
            say("Delete this profile"),
            say("Everything of it goes: records, settings, connections, change log. This cannot be undone."),
            say("Delete…"),
            self._delete,
        )
        self.delete.setProperty("kind", "danger")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(home))

    def show_settings(self, settings: ProfileSettings) -> None:
        about = self.context.about
        size = self.look.numbers.bytes(about.file_bytes)
        self.place.setText(f"{isolated(str(self.context.workspace.path))}  ·  {size}")

    # -- inside ---------------------------------------------------------------------------------------------------

    def _add(self, title: str, detail: str, action: str, act: Callable[[], None]) -> QPushButton:
        row = self._grid.rowCount()
        told = label(self.look, detail, "muted")
        told.setWordWrap(True)
        button = QPushButton(action)
        button.setAccessibleDescription(detail)
        button.clicked.connect(act)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(label(self.look, title, "strong"))
        text.addWidget(told)
        self._grid.addLayout(text, row, 0)
        self._grid.addWidget(button, row, 1, Qt.AlignmentFlag.AlignVCenter)
        return button

    def _where(self, name: str) -> Path | None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.say("Where to keep it"), str(Path(folder) / name), self.say("Workspaces (*.duckdb)")
        )
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(".duckdb")

    def _backup(self) -> None:
        workspace = self.context.workspace
        path = self._where(workspace.path.name)
        if path is not None:
            self._run(self.say("Saving a copy"), lambda task: workspace.backup(path, task), self._saved(path))

    def _compact(self) -> None:
        workspace = self.context.workspace

        def done(freed: int) -> None:
            size = self.look.numbers.bytes(freed)
            self.context.toast(
                self.say("The file is {size} smaller", size=size)
                if freed > 0
                else self.say("There was nothing to give back")
            )
            self.context.read_again.emit()

        self._run(self.say("Compacting"), workspace.compact, done)

    def _export(self) -> None:
        context = self.context
        path = self._where(f"{_file_name(context.about.settings.name)}.duckdb")
        if path is not None:
            self._run(
                self.say("Exporting the profile"), lambda task: context.profile.export(path, task), self._saved(path)
            )

    def _anonymise(self) -> None:
        context = self.context
        path = self._where(f"{_file_name(context.about.settings.name)}-anonymous.duckdb")
        if path is not None:
            self._run(
                self.say("Removing personal data"),
                lambda task: context.profile.export(path, task, is_anonymous=True),
                self._saved(path),
            )

    def _delete(self) -> None:
        say, name = self.say, isolated(self.context.about.settings.name)
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(say("Delete this profile"))
        box.setText(say("Delete {name} with everything in it?", name=name))
        box.setInformativeText(say("This cannot be undone. Export it first if it may be needed again."))
        go = box.addButton(say("Delete {name}", name=name), QMessageBox.ButtonRole.DestructiveRole)
        export = box.addButton(say("Export…"), QMessageBox.ButtonRole.ActionRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        go.clicked.connect(self.delete_now)
        export.clicked.connect(self._export)
        box.open()

    def delete_now(self) -> None:
        """Delete the profile; whoever looks at it looks at another one, or at where one is made."""
        context = self.context
        self._run(self.say("Deleting the profile"), lambda task: context.profile.delete(task), self._deleted)

    def _deleted(self, _result: Any) -> None:
        self.context.profile_gone.emit(self.say("The profile is deleted. Compact gives its space back."))

    def _saved(self, path: Path) -> Callable[[Any], None]:
        def done(_result: Any) -> None:
            self.context.toast(self.say("Saved {name}", name=isolated(path.name)))

        return done

    def _run(self, title: str, work: Callable[[Task], Any], done: Callable[[Any], None]) -> None:
        context, look = self.context, self.look

        def guarded(result: Any) -> None:
            if isValid(context) and isValid(self):
                done(result)

        def failed(error: Exception) -> None:
            if isValid(context):
                text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
                context.toast(text or look.say("Cancelled; nothing was changed."))

        context.jobs.write(title, work, guarded, failed)


def _file_name(text: str) -> str:
    kept = "".join(char if char.isalnum() or char in " -_" else " " for char in text)
    return "-".join(kept.split())[:80].lower() or "profile"
