"""What the commands of a window do. The table of commands is in :mod:`app.actions`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox

from app.describing import described
from app.export_dialog import ExportDialog
from app.names import model_label
from app.pages import PAGES
from app.pages.reports import ReportsPage
from app.people_export import completed, has_people
from app.saved_views import SavedViews
from app.selection import View
from app.takeaway import FORMATS, save
from app.writing import writing
from engine.attribution.models import MODELS
from engine.errors import AttribenchError, Code
from engine.profiles import ProfileSettings
from engine.queries.registry import QUERIES
from widgets.look import DENSITIES, LOCALES
from widgets.table.view import DataTable
from widgets.text import isolated

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.takeaway import Takeaway
    from app.window import Window
    from engine.task import Task
    from engine.workspace import Workspace

_NEEDS_WORKSPACE = (
    "save-copy",
    "new-window",
    "import",
    "export",
    "export-image",
    "copy",
    "copy-sql",
    "open-sql",
    "definition",
    "find",
    "filter",
    "clear-filters",
    "page-dashboard",
    "page-compare",
    "page-ads",
    "page-journeys",
    "page-users",
    "page-funnel",
    "page-paths",
    "page-calendar",
    "page-connections",
    "page-quality",
    "page-imports",
    "page-sql",
    "page-clients",
    "page-settings",
    "page-reports",
    "new-report",
    "print",
    "sync",
    "switch-profile",
    "previous-period",
    "next-period",
    "toggle-comparison",
    "save-view",
    "views",
    "refresh",
    "rebuild",
    "paste-import",
    "model",
    "baseline",
    "undo",
    "redo",
)


class Commands:
    """The handlers of one window."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._desktop = window.desktop
        self._look = window.look
        self._say = window.look.say

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Each command's handler, by its key."""
        window = self._window
        return {
            "new-workspace": self._new_workspace,
            "open": lambda: self.open(""),
            "demo": self.build_demo,
            "save-copy": self.save_copy,
            "new-window": self._new_window,
            "import": lambda: window.import_files([]),
            "export": self.export,
            "export-image": self._export_image,
            "new-report": lambda: window.open_page("reports", new=True),
            "print": self._print,
            "close-window": lambda: _close(window),
            "quit": window.quit,
            "undo": self._undo,
            "redo": lambda: self._history("redo"),
            "copy": self._copy_rows,
            "copy-sql": self._copy_sql,
            "open-sql": self._open_sql,
            "definition": self._define,
            "find": self._find,
            "filter": self._filter,
            "clear-filters": lambda: self._select(filters=(), goals=()),
            "palette": lambda: window.command_palette.open(),
            **{f"page-{key}": partial(window.open_page, key) for key in PAGES},
            "switch-profile": lambda: window.header.profile.open_list(),
            "previous-period": lambda: window.header.step(-1),
            "next-period": lambda: window.header.step(1),
            "toggle-comparison": lambda: window.header.toggle_comparison(),
            "save-view": self._save_view,
            "views": self._show_views,
            **{f"theme-{theme}": partial(self._set_theme, theme) for theme in ("system", "light", "dark")},
            "toggle-theme": lambda: self._set_theme("light" if self._look.is_dark else "dark"),
            **{f"language-{locale}": partial(self._set_locale, locale) for locale in LOCALES},
            "density": self._next_density,
            "sidebar": window.toggle_sidebar,
            "mask": lambda: self._desktop.set_masked(masked=not self._desktop.masked),
            "sync": window.sync,
            "refresh": window.refresh,
            "rebuild": window.rebuild,
            "paste-import": self._paste,
            "model": lambda: window.header.model.open_list(),
            "baseline": lambda: window.open_page("compare", choose_baseline=True),
            "shortcuts": self._show_shortcuts,
            "about": self._show_about,
        }

    def show_state(self) -> None:
        """Switch commands on and off, and check what is on."""
        bound, context = self._window.bound, self._window.context
        bound.enable(_NEEDS_WORKSPACE, enabled=context is not None)
        if context is not None:
            page = self._window.page
            bound.enable(["undo"], enabled=context.history.can_undo or (page is not None and page.has_done))
            bound.enable(["redo"], enabled=context.history.can_redo)
            has_filters = bool(context.view.selection.filters or context.view.selection.goals)
            bound.enable(["clear-filters"], enabled=has_filters)
        bound["mask"].setChecked(self._desktop.masked)
        for theme in ("system", "light", "dark"):
            bound[f"theme-{theme}"].setChecked(self._desktop.settings.theme == theme)
        for locale in LOCALES:
            bound[f"language-{locale}"].setChecked(self._look.locale == locale)

    # -- workspaces -----------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Open a workspace; asks which when no path is given."""
        if not path:
            path, _ = QFileDialog.getOpenFileName(
                self._window, self._say("Open workspace"), "", self._say("Workspaces (*.duckdb);;All files (*)")
            )
        if not path:
            return
        workspace = self._desktop.workspace
        if workspace is not None and workspace.is_in_place and _is_same(workspace.path, Path(path)):
            told = self._say("{name} is open already in this window.", name=isolated(workspace.path.name))
            self._window.toasts.show_toast(told)
            return
        self._desktop.open(Path(path), self._window)

    def save_copy(self) -> None:
        """Copy the open workspace to another file, as a job; its own file may be gone."""
        workspace = self._desktop.workspace
        if workspace is None:
            return
        path = self._ask_where(workspace.path.name)
        if path is None:
            return

        def done(_result: None) -> None:
            told = self._say("Saved {name}", name=isolated(path.name))
            self._window.toasts.show_toast(told, action=self._say("Open"), on_action=lambda: self.open(str(path)))

        self._desktop.jobs.write(
            self._say("Saving a copy"), lambda task: _copy(workspace, path, task), done, self._window.show_error
        )

    def build_demo(self) -> None:
        """Build the demo where the user says."""
        path = self._ask_where("demo.duckdb")
        if path is not None:
            self._desktop.build_demo(path, self._window)

    def create(self, name: str, currency: str, timezone: str, domains: list[str]) -> None:
        """Make a workspace with a profile where the user says."""
        settings = ProfileSettings(name=name, currency=currency, timezone=timezone, domains=tuple(domains))
        try:
            settings.checked()
        except AttribenchError as error:
            self._window.show_error(error)
            return
        if self._desktop.workspace is not None and self._window.context is None:  # it is open, and has none yet
            self._desktop.create_profile(settings, self._window)
            return
        path = self._ask_where(f"{_file_name(name)}.duckdb")
        if path is not None:
            self._desktop.create(path, settings, self._window)

    def _new_workspace(self) -> None:
        name, is_given = QInputDialog.getText(
            self._window, self._say("New workspace"), self._say("Name of the client or business")
        )
        if is_given and name.strip():
            from app.zones import local_zone

            self.create(name.strip(), self._look.numbers.currency, local_zone(), [])

    def _ask_where(self, name: str) -> Path | None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self._say("Where to keep it"), str(Path(folder) / name), self._say("Workspaces (*.duckdb)")
        )
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix else path.with_suffix(".duckdb")

    # -- windows --------------------------------------------------------------------------------------------------

    def _new_window(self) -> None:
        self._desktop.new_window(self._window)

    # -- the view -------------------------------------------------------------------------------------------------

    def _undo(self) -> None:
        page = self._window.page
        if page is not None and page.has_done:
            page.undo_last()
        else:
            self._history("undo")

    def _history(self, way: str) -> None:
        if self._window.context is not None:
            getattr(self._window.context.history, way)()

    def _select(self, **changes: Any) -> None:
        if self._window.context is not None:
            self._window.context.history.select(**changes)

    def _find(self) -> None:
        page = self._window.page
        if page is not None and not page.start_search():
            self._window.command_palette.open()

    def _filter(self) -> None:
        page = self._window.page
        if page is not None and page.filters is not None:
            page.filters.bar.open_new()

    def _save_view(self) -> None:
        context = self._window.context
        if context is None:
            return
        name, is_given = QInputDialog.getText(self._window, self._say("Save this view"), self._say("Name"))
        name = name.strip()
        if not is_given or not name:
            return
        self._keep_view(name, context.view.as_text())

    def _show_views(self) -> None:
        context = self._window.context
        if context is None:
            return
        profile = context.profile

        def show(views: dict[str, str]) -> None:
            dialog = SavedViews(self._look, views, self._window)
            dialog.chosen.connect(self.use_view)
            dialog.deleted.connect(self._drop_view)
            dialog.open()

        window = self._window
        context.jobs.read((window, "saved views"), lambda _task: profile.saved_views(), show, window.show_error)

    def _keep_view(self, name: str, text: str, told: str = "") -> None:
        """Save a view under a name, and say so; one that had the name can be had back."""
        context = self._window.context
        if context is None:
            return
        profile = context.profile
        shown = isolated(name)

        def work(_task: Task) -> str | None:
            before = profile.saved_views().get(name)
            profile.save_view(name, text)
            return before

        def done(before: str | None) -> None:
            self._window.searching.read_views()
            if before is None or told:
                context.toast(told or self._say("Saved as {name}", name=shown))
                return
            back = self._say("{name} is as it was", name=shown)
            context.toast(
                self._say("{name} is another view now", name=shown),
                self._say("Undo"),
                lambda: self._keep_view(name, before, back),
            )

        context.jobs.write(self._say("Saving the view"), work, done, self._window.show_error)

    def _drop_view(self, name: str, text: str) -> None:
        context = self._window.context
        if context is None:
            return
        profile = context.profile
        back = self._say("{name} is back", name=name)

        def done(_result: None) -> None:
            told = self._say("Deleted {name}", name=name)
            context.toast(told, self._say("Undo"), lambda: self._keep_view(name, text, back))
            self._window.searching.read_views()

        context.jobs.write(
            self._say("Deleting the view"), lambda _task: profile.drop_view(name), done, self._window.show_error
        )

    def _copy_rows(self) -> None:
        widget = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, DataTable):
            widget = widget.parentWidget()
        if widget is None:
            self._window.toasts.show_toast(self._say("Select rows of a table first."))
        else:
            widget.copy()

    def use_view(self, text: str) -> None:
        """Look at a view that was saved."""
        context = self._window.context
        if context is None:
            return
        about = context.about
        try:
            view = View.from_text(text, about.today, about.days[0] if about.days else about.today)
        except ValueError:
            context.toast(self._say("This view was saved by another version and cannot be read."))
            return
        known = view.with_known_models((*MODELS, *about.custom_models))
        context.history.set(known)
        if known.selection.model != view.selection.model:
            context.toast(
                self._say(
                    "The model {name} does not exist any more. The view is shown with {model}.",
                    name=isolated(view.selection.model),
                    model=model_label(self._look.words, known.selection.model),
                )
            )

    # -- taking away ----------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Write the page's table to a file; asks where."""
        takeaway = self._window.page.takeaway() if self._window.page is not None else None
        if takeaway is None:
            self._window.toasts.show_toast(self._say("There is no table here to export."))
            return
        context = self._window.context
        if has_people(takeaway) and context is not None and not context.masked:
            dialog = ExportDialog(self._look, takeaway.name, self._window)
            dialog.chosen.connect(partial(self._export_as, takeaway))
            dialog.open()
        else:
            self._export_as(takeaway, masked=context is not None and context.masked)

    def _export_as(self, takeaway: Takeaway, masked: bool) -> None:
        """Ask for the file, and write it."""
        kinds = ";;".join(f"{name} (*.{suffix})" for suffix, name in FORMATS.items())
        chosen, kind = QFileDialog.getSaveFileName(
            self._window, self._say("Export"), f"{_file_name(takeaway.name)}.csv", kinds
        )
        if chosen:
            suffix = next((key for key, name in FORMATS.items() if kind.startswith(name)), "csv")
            path = Path(chosen)
            path = path if path.suffix[1:].lower() in FORMATS else Path(f"{chosen}.{suffix}")
            self.export_to(takeaway, path, masked=masked)

    def export_to(self, takeaway: Takeaway, path: Path, *, masked: bool = True) -> None:
        """Write a table to a file, as a job; with its people hidden unless told otherwise."""
        context = self._window.context
        if context is None:
            return

        def work(task: Task) -> list[Path]:
            return save(completed(takeaway, context, task, masked=masked), path)

        def done(files: list[Path]) -> None:
            context.toast(self._say("Saved {name}", name=files[0].name))

        context.jobs.read((self._window, "export"), work, done, self._window.show_error, self._say("Exporting"))

    def _export_image(self) -> None:
        from widgets.charts.saving import save_png, save_svg

        page = self._window.page
        chart = page.picture() if page is not None else None
        if page is None or chart is None:
            self._window.toasts.show_toast(self._say("There is no chart here to export."))
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self._window,
            self._say("Export chart"),
            f"{_file_name(chart.accessibleName())}.png",
            "PNG (*.png);;SVG (*.svg)",
        )
        if not chosen:
            return
        path = Path(chosen)
        write = save_svg if path.suffix.lower() == ".svg" else save_png
        try:
            with writing(path):
                write(chart, path, title=chart.accessibleName(), subtitle=described(page.context))
        except AttribenchError as error:
            self._window.show_error(error)
            return
        self._window.toasts.show_toast(self._say("Saved {name}", name=path.name))

    def _print(self) -> None:
        page = self._window.page
        if isinstance(page, ReportsPage):
            page.print_current()
        else:
            self._window.open_page("reports")
            self._window.toasts.show_toast(self._say("Choose a report, then print it."))

    def _copy_sql(self) -> None:
        def done(takeaway: Takeaway, sql: str) -> None:
            QGuiApplication.clipboard().setText(sql)
            say, window = self._say, self._window
            told = say("The SQL of {name} is on the clipboard", name=takeaway.name)
            if self._why_not_in_console(takeaway):
                window.toasts.show_toast(told)
                return
            window.toasts.show_toast(
                told, action=say("Open in SQL console"), on_action=lambda: window.open_page("sql", statement=sql)
            )

        self._with_sql(done)

    def _open_sql(self) -> None:
        window = self._window

        def done(takeaway: Takeaway, sql: str) -> None:
            if reason := self._why_not_in_console(takeaway):
                window.toasts.show_toast(reason)
            else:
                window.open_page("sql", statement=sql)

        self._with_sql(done)

    def _why_not_in_console(self, takeaway: Takeaway) -> str:
        if not QUERIES[takeaway.query].is_repeatable:
            return self._say("{name} is worked out in several steps, which the console cannot run.", name=takeaway.name)
        if self._window.context is not None and self._window.context.masked:
            return self._say(
                "While personal data is hidden, the console reads only the views, and {name} reads more.",
                name=takeaway.name,
            )
        return ""

    def _with_sql(self, done: Callable[[Takeaway, str], None]) -> None:
        """Work out the SQL behind the page's table."""
        context = self._window.context
        takeaway = self._window.page.takeaway() if self._window.page is not None else None
        if context is None or takeaway is None or not takeaway.query:
            self._window.toasts.show_toast(self._say("There is no query here to copy."))
            return
        profile = context.profile

        def work(task: Task) -> str:
            return profile.sql_of(takeaway.query, takeaway.selection, task, **takeaway.options)

        def show(sql: str) -> None:
            done(takeaway, context.shown(sql))

        context.jobs.read((self._window, "sql"), work, show, self._window.show_error)

    def _define(self) -> None:
        found = self._window.page.define() if self._window.page is not None else None
        if found is not None:
            self._tell(*found)

    def _paste(self) -> None:
        from app.clipboard import paste_file

        context = self._window.context
        path = paste_file(QGuiApplication.clipboard()) if context is not None else None
        if path is None:
            self._window.toasts.show_toast(self._say("There is no table on the clipboard."))
        else:
            self._window.import_files([str(path)])

    # -- looks ----------------------------------------------------------------------------------------------------

    def _set_theme(self, theme: str) -> None:
        self._desktop.settings.theme = theme
        if theme == "system":
            scheme = QGuiApplication.styleHints().colorScheme()
            theme = "dark" if scheme == Qt.ColorScheme.Dark else "light"
        self._look.set_theme("dark" if theme == "dark" else "light")
        self.show_state()

    def _set_locale(self, locale: str) -> None:
        self._desktop.settings.locale = locale
        self._look.set_locale(locale)
        self._window.commands.show_state()

    def _next_density(self) -> None:
        density = DENSITIES[(DENSITIES.index(self._look.density) + 1) % len(DENSITIES)]
        self._desktop.settings.density = density
        self._look.set_density(density)

    # -- help -----------------------------------------------------------------------------------------------------

    def _show_shortcuts(self) -> None:
        lines = [
            f"{', '.join(command.shortcuts)}\t{self._say(command.title).rstrip('…')}"
            for command in self._window.bound.commands
            if command.shortcuts
        ]
        self._tell(self._say("Keyboard shortcuts"), "\n".join(lines))

    def _show_about(self) -> None:
        from importlib.metadata import version

        self._tell(
            "Attribench " + version("attribench"),
            self._say("The marketing-attribution workbench: every model side by side, on this computer alone."),
        )

    def _tell(self, title: str, text: str) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(title)
        box.setText(title)
        box.setInformativeText(text)
        box.open()


def _is_same(one: Path, other: Path) -> bool:
    """Whether both name one file, however they are spelt."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _copy(workspace: Workspace, path: Path, task: Task) -> None:
    """Copy a workspace beside its place first: what was there is replaced when the copy is complete."""
    if path.exists() and workspace.is_in_place and _is_same(workspace.path, path):
        raise AttribenchError(Code.WORKSPACE_EXISTS, path=str(path))
    part = path.with_name(path.name + ".part")
    with writing(path):
        part.unlink(missing_ok=True)
        try:
            workspace.backup(part, task)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _close(window: Window) -> None:
    window.close()


def _file_name(text: str) -> str:
    """A name as a file may be called."""
    kept = "".join(char if char.isalnum() or char in " -_" else " " for char in text)
    return "-".join(kept.split())[:80].lower() or "attribench"
