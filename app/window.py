"""A window: menus, header, sidebar, pages, drawer, status line, palette. It owns no figures.

A change of language builds the whole content anew from the view; a change of theme repaints it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenuBar,
    QMessageBox,
    QPlainTextEdit,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.actions import Actions
from app.ahead import Ahead
from app.commands import Commands
from app.evidence import Behind, Explained
from app.header import Header
from app.messages import explain
from app.pages import PAGES, shortcut_of
from app.pages.detail import Detail
from app.pages.imports import Round
from app.pages.record import Record
from app.pages.welcome import Welcome
from app.searching import Searching
from app.status import Status
from app.views import first_view
from engine.errors import AttribenchError, Code
from widgets.drawer import Drawer
from widgets.inputs.focus_ring import FocusRing
from widgets.inputs.palette import CommandPalette
from widgets.inputs.toasts import Toasts
from widgets.panel import rule
from widgets.sidebar import Place, Sidebar
from widgets.text import isolated

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.context import About, Context
    from app.desktop import Desktop
    from app.jobs import Job, Jobs
    from app.pages.page import Page
    from app.selection import View
    from app.syncing import Outcome

_NARROW_SIDEBAR = 1280  # no page with a pane has room beside the names of all pages in a narrower window
_NARROW_HEADER = 1400
_EXPLAIN_WIDTH, _BEHIND_WIDTH, _RECORD_WIDTH = 980, 620, 520
_TEXT_FIELDS = (QLineEdit, QPlainTextEdit, QSpinBox, QComboBox)


class Window(QMainWindow):
    """A window of the program.

    Args:
        desktop: the program.

    Attributes:
        context: what it works on; None before a workspace is open.
        pages: made so far, by key.
        ahead: makes the others in quiet moments, where the program does so.
    """

    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.desktop = desktop
        self.look = desktop.look.of_window(self)
        self.context: Context | None = None
        self.pages: dict[str, Page] = {}
        self.page: Page | None = None
        self.failures: list[Exception] = []  # what it had to tell, the latest last
        self._opening: Job | None = None
        self._heard: Jobs | None = None  # whose progress is shown
        self._begun: dict[tuple[int, str], Any] = {}  # by (profile, page): what was begun on pages that were left
        self._badges: dict[str, str] = {}  # by page: what stands beside its name
        self._is_agreed = False  # that work may be stopped when it closes
        self.ahead = Ahead(self)
        self._palette: CommandPalette | None = None  # the one to replace; it lies over all, beside the content
        self._is_wide_sidebar = True
        self.setAcceptDrops(True)
        width, height = 1440, 900
        least = (1180, 720)
        screen = QGuiApplication.primaryScreen().availableGeometry()
        self.setMinimumSize(min(least[0], screen.width()), min(least[1], screen.height()))
        self.resize(min(width, screen.width()), min(height, screen.height()))
        kept = desktop.settings.kept("main")
        if kept is not None:
            self.restoreGeometry(kept)
        self.ring = FocusRing(self.look, self)
        self.look.spoke.connect(self._rebuild)
        self.look.changed.connect(self._repaint)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_changed)
        self._build()

    # -- what it works on -----------------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """What it looks at; None before a workspace is open."""
        return self.context.view if self.context is not None else None

    def work_on(self, context: Context, view: View | None, page: str = "") -> None:
        """Show a profile, at its first view or the one given, on the page named or the one that is shown."""
        key = page or (self.page.key if self.page is not None else "dashboard")
        self.leave()
        self.look.set_currency(context.about.settings.currency)
        if view is not None:
            context.history.reset(view)
        self.context = context
        context.page_wanted.connect(self._open_page)
        context.conversion_wanted.connect(self.explain)
        context.behind_wanted.connect(self.show_behind)
        context.detail_wanted.connect(self._show_detail)
        context.record_wanted.connect(self.show_record)
        context.toasted.connect(self._toast)
        context.files_wanted.connect(self.import_files)
        context.rebuild_wanted.connect(self.rebuild)
        context.read_again.connect(self.desktop.read_again)
        context.export_wanted.connect(self._export)
        context.profile_wanted.connect(self._open_client)
        context.profile_gone.connect(partial(self.desktop.leave_profile, context.profile.profile_id))
        context.badge_wanted.connect(self._show_badge)
        context.undo_changed.connect(self._show_undo)
        context.history.changed.connect(self._view_changed)
        self._build()
        self.open_page(key)

    def begin(self) -> None:
        """The workspace that was opened has no profile yet: show where one is made."""
        self.leave()
        self._opening = None
        self._build()

    def learn(self, about: About) -> None:
        """Records or settings of the profile changed: show what is known now, and ask anew."""
        context = self.context
        if context is None:
            return
        before = context.about
        context.learn(about)
        self.look.set_currency(about.settings.currency)
        self.header.show_about()
        self.status.show_about()
        for page in self.pages.values():
            page.is_stale = True
            page.about_changed()
        if before.days is None and about.days is not None:
            context.history.reset(first_view(about))
        elif self.page is not None:
            self.page.is_stale = False
            self.page.refresh()

    def set_masked(self, *, masked: bool) -> None:
        """Hide personal data, or show it: everything is built anew, so that nothing of before stays in any widget."""
        if self.context is not None:
            self.context.masked = masked
            self.context.history.set_masked(is_masked=masked)
            self._rebuild()

    def leave(self) -> None:
        """Stop everything that reads, and forget the profile; what was begun there is found again."""
        if self.context is not None:
            for page in self.pages.values():
                state = page.state()
                if state is not None:
                    self._begun[self.context.profile.profile_id, page.key] = state
            self._drop_reads()
            self.context.jobs.drop_all(self)
            self.context.deleteLater()
        self.context = None
        self.pages = {}
        self.page = None
        self._badges = {}

    # -- pages ----------------------------------------------------------------------------------------------------

    def open_page(self, key: str, **facts: Any) -> None:
        """Show a page, which asks when the view changed since it last did."""
        if self.context is None or key not in PAGES:
            return
        page = self.page = self.make_page(key)
        self._stack.setCurrentWidget(page)
        self.sidebar.set_current(page.place or key)
        self.header.limit(page.ignores)
        self.toasts.set_foot(page.foot_height)
        self.drawer.close_all()
        self.setWindowTitle(f"{self.context.about.settings.name} — Attribench")
        if page.is_stale:
            page.is_stale = False
            page.refresh()
        if facts:
            page.open_with(**facts)

    def refresh(self) -> None:
        """Ask everything on the page anew."""
        if self.page is not None:
            self.page.refresh()

    def explain(self, conversion_id: str) -> None:
        """Show everything behind one conversion."""
        if self.context is not None:
            self.drawer.open(
                self.look.say("One conversion, every model"),
                Explained(self.context, conversion_id),
                on_top=self.drawer.content is not None,
                width=_EXPLAIN_WIDTH,
                again=partial(self.explain, conversion_id),
            )

    def show_behind(self, rows: str, row_id: str, label: str, model: str) -> None:
        """Show the conversions behind a figure."""
        if self.context is not None:
            behind = Behind(self.context, rows, row_id, model)
            behind.conversion_chosen.connect(self.explain)
            again = partial(self.show_behind, rows, row_id, label, model)
            self.drawer.open(self.context.shown(label), behind, width=_BEHIND_WIDTH, again=again)

    def show_record(self, record_id: str) -> None:
        """Show a raw record."""
        if self.context is not None:
            self.drawer.open(
                self.look.say("Raw record"),
                Record(self.context, record_id),
                on_top=self.drawer.content is not None,
                width=_RECORD_WIDTH,
                again=partial(self.show_record, record_id),
            )

    # -- work -----------------------------------------------------------------------------------------------------

    def import_files(self, files: list[str]) -> None:
        """Import files; asks which when none are named."""
        if self.context is None:
            return
        if not files:
            files, _ = QFileDialog.getOpenFileNames(self, self.look.say("Import files"))
        if files:
            self.open_page("imports", files=[Path(file) for file in files])

    def rebuild(self) -> None:
        """Derive everything anew, as a job."""
        context = self.context
        if context is None:
            return
        say = self.look.say

        def done(_result: None) -> None:
            self.desktop.read_again()
            if self in self.desktop.windows:  # it may have been closed, while another stays
                self._toast(say("The figures are up to date"), "", None)

        def failed(error: Exception) -> None:
            self.desktop.read_again()  # what was imported before is in, so the figures are stale now
            if self in self.desktop.windows:
                self.show_error(error)

        context.jobs.write(say("Rebuilding"), context.profile.rebuild, done, failed)

    @property
    def waiting_files(self) -> int:
        """Files that were chosen here, in any profile, and are not imported yet."""
        return sum(state.waiting for state in self._states() if isinstance(state, Round))

    def forget_files(self) -> None:
        """Forget those that wait."""
        for state in self._states():
            if isinstance(state, Round):
                state.forget()

    def forget_begun(self) -> None:
        """Forget all that was begun on pages: the workspace it was for is left."""
        self._begun.clear()

    def sync(self) -> None:
        """Fetch from every connection, or go where there can be one."""
        context = self.context
        if context is None:
            return
        if not context.syncs.standing(context.profile).connections:
            self.open_page("connections")
            self._toast(self.look.say("There is nothing to sync yet: connect a provider first."), "", None)
        elif not context.syncs.start(context.profile):
            self._toast(self.look.say("A sync is running already."), "", None)

    def show_standing(self) -> None:
        """Show how the connections of the profile stand, and whether a sync runs."""
        context = self.context
        if context is None:
            return
        failing = context.syncs.standing(context.profile).failing
        text = self.look.numbers.count(len(failing)) if failing else ""
        told = self.look.words.count(
            len(failing), "1 connection failed at its last sync", "{n} connections failed at their last sync", n=text
        )
        self.sidebar.set_badge("connections", text, is_warning=True, described=told if failing else "")
        self.header.show_sync(is_running=context.syncs.is_running(context.profile))

    def tell_sync(self, told: object) -> None:
        """Say what came of a sync that was asked for."""
        if isinstance(told, Exception):
            self.show_error(told)
            return
        outcomes = cast("list[Outcome]", told)
        new = self.look.numbers.count(sum(each.taken.new for each in outcomes))
        failed = ", ".join(isolated(each.connection.name) for each in outcomes if each.error is not None)
        say = self.look.say
        if not failed:
            self._toast(say("Synced: {n} new rows", n=new), "", None)
            return
        text = say("Synced: {n} new rows; {names} stopped early", n=new, names=failed)
        self._toast(text, say("Show"), lambda: self.open_page("connections"))

    def show_progress(self, job: Job | None) -> None:
        """A workspace is being opened or made by ``job``; None: no more."""
        self._opening = job
        if self.welcome is None and job is not None and self.context is None:
            self._build()
        self._tell_progress()

    def show_error(self, error: Exception) -> None:
        """Say what went wrong: on the first page, else in passing."""
        self.failures.append(error)
        text = explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error)
        if not text:
            text = self.look.say("Cancelled; nothing was changed.")
        if self.welcome is not None:
            self.welcome.show_error(text)
        elif isinstance(error, AttribenchError) and error.code is Code.WORKSPACE_GONE:
            copy = self.look.say("Save a copy…")
            self.toasts.show_toast(text, action=copy, on_action=self.commands.save_copy, seconds=0)
        else:
            self.toasts.show_toast(text)

    # -- Qt -------------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        running = self.desktop.jobs.writes() if len(self.desktop.windows) == 1 else []
        waiting = self.waiting_files
        if (running or waiting) and not self._is_agreed and not self.may_stop(running, waiting):
            event.ignore()
            return
        self.desktop.settings.keep("main", self.saveGeometry())
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.disconnect(self._focus_changed)
        self.look.spoke.disconnect(self._rebuild)
        self.look.changed.disconnect(self._repaint)
        self.desktop.close_window(self)
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.desktop.look_after(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.context is not None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        # Not inside the drop: the other program waits until it is over.
        QTimer.singleShot(0, self, partial(self.import_files, files))

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Make the content for what there is: the first page, or the frame for pages."""
        old = self.takeCentralWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        self.setMenuBar(QMenuBar(self))  # clearing it would keep its menus
        for action in self.actions():
            self.removeAction(action)
            action.deleteLater()
        self.pages = {}
        self.page = None
        self.welcome: Welcome | None = None
        body = QWidget(self)
        body.setProperty("kind", "window")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.setCentralWidget(body)
        if self.context is None:
            self._build_welcome(column)
        else:
            self._build_frame(column, self.context)
        self.status = Status(self.look, self.desktop.jobs, self.context, body)
        column.addWidget(rule())
        column.addWidget(self.status)
        self.toasts = Toasts(self.look, body)
        self.commands = Commands(self)
        self.bound = Actions(self.look, self, self.commands.handlers())
        self.bound.fill(self.menuBar())
        self.commands.show_state()
        if self._palette is not None:
            self._palette.hide()
            self._palette.deleteLater()
        self._palette = self.command_palette = CommandPalette(self.look, self)
        self.searching = Searching(self)
        self.setWindowTitle("Attribench")
        self._fit()

    def _build_welcome(self, column: QVBoxLayout) -> None:
        from app.zones import local_zone

        workspace = self.desktop.workspace
        name = workspace.path.name if workspace is not None else ""
        self.welcome = Welcome(self.look, self.desktop.settings.recent, local_zone(), name)
        column.addWidget(self.welcome, 1)
        self.welcome.open_wanted.connect(self._open_workspace)
        self.welcome.demo_wanted.connect(self._build_demo)
        self.welcome.create_wanted.connect(self._create)
        self.welcome.cancel_wanted.connect(self._cancel_opening)
        if self._heard is not self.desktop.jobs:  # each workspace has its own
            self._heard = self.desktop.jobs
            self._heard.changed.connect(self._tell_progress)
        self._tell_progress()

    def _build_frame(self, column: QVBoxLayout, context: Context) -> None:
        self.header = Header(context)
        self.header.palette_wanted.connect(self._open_palette)
        self.header.profile_chosen.connect(self._open_profile)
        self.header.rebuild_wanted.connect(self.rebuild)
        self.header.sync_wanted.connect(self.sync)
        column.addWidget(self.header)
        column.addWidget(rule())
        row = QHBoxLayout()
        row.setSpacing(0)
        say = self.look.say
        places = [
            Place(key, say(page.title), page.icon, say(page.group), shortcut_of(key))
            for key, page in PAGES.items()
            if not page.place
        ]
        self.sidebar = Sidebar(self.look, places)
        self.sidebar.chosen.connect(self._open_page)
        for key, text in self._badges.items():
            self.sidebar.set_badge(key, text)
        row.addWidget(self.sidebar)
        row.addWidget(rule(is_vertical=True))
        self._stack = QStackedWidget()
        row.addWidget(self._stack, 1)
        column.addLayout(row, 1)
        self.drawer = Drawer(self.look, self._stack)
        self.drawer.left.connect(self._drop_content)
        self.show_standing()
        if self.desktop.makes_pages_ahead:
            self.ahead.start()

    def _states(self) -> list[Any]:
        """What was begun, on the pages of this profile and of others."""
        return [*(page.state() for page in self.pages.values()), *self._begun.values()]

    def _rebuild(self) -> None:
        """The language changed."""
        key = self.page.key if self.page is not None else ""
        openers = self.drawer.openers if key else []
        states = {each.key: each.state() for each in self.pages.values()}
        self._drop_reads()
        self._build()
        if self.context is not None:
            profile_id = self.context.profile.profile_id
            begun = {each: state for each, state in states.items() if state is not None}
            self._begun |= {(profile_id, each): state for each, state in begun.items()}
            for each in begun:  # at once: work under way ends on its page
                self.make_page(each)
        if key:
            self.open_page(key)
        for opener in openers:
            opener()

    def _drop_reads(self) -> None:
        """Nobody hears any more what the pages and the drawer asked."""
        if self.context is None:
            return
        for page in self.pages.values():
            self.context.jobs.drop_all(page)
        self.drawer.close_all()

    def _drop_content(self, content: object) -> None:
        if self.context is not None:
            self.context.jobs.drop_all(content)

    def make_page(self, key: str) -> Page:
        """The page, made when it is asked for first."""
        page = self.pages.get(key)
        if page is None:
            if self.context is None:
                raise RuntimeError("no page without a workspace")
            page = self.pages[key] = PAGES[key](self.context)
            self._stack.addWidget(page)
            begun = self._begun.pop((self.context.profile.profile_id, key), None)
            if begun is not None:
                page.restore(begun)
        return page

    def _repaint(self) -> None:
        self.bound.draw()
        for widget in self.findChildren(QWidget):
            widget.update()

    # -- hearing --------------------------------------------------------------------------------------------------

    def _show_badge(self, key: str, text: str) -> None:
        self._badges[key] = text
        self.sidebar.set_badge(key, text)

    def _show_undo(self) -> None:
        self.commands.show_state()

    def _open_page(self, key: str, facts: object = None) -> None:
        self.open_page(key, **(facts if isinstance(facts, dict) else {}))  # pyright: ignore[reportUnknownArgumentType]

    def _show_detail(self, title: str, content: QWidget) -> None:
        again = partial(self._show_detail_again, title, content.again) if isinstance(content, Detail) else None
        self.drawer.open(self.context.shown(title) if self.context is not None else title, content, again=again)

    def _show_detail_again(self, title: str, make: Callable[[], QWidget]) -> None:
        self._show_detail(title, make())

    def _open_workspace(self, path: str) -> None:
        self.commands.open(path)

    def _build_demo(self) -> None:
        self.commands.build_demo()

    def _create(self, name: str, currency: str, timezone: str, domains: list[str]) -> None:
        self.commands.create(name, currency, timezone, domains)

    def _export(self) -> None:
        self.commands.export()

    def _open_palette(self) -> None:
        self.command_palette.open()

    def _open_client(self, name: str) -> None:
        self.desktop.work_on(name, self, page="dashboard")

    def _open_profile(self, name: str) -> None:
        self.desktop.work_on(name, self)

    def _view_changed(self) -> None:
        for page in self.pages.values():
            page.is_stale = True
        self.commands.show_state()
        if self.page is not None:
            self.page.is_stale = False
            self.page.refresh()

    def _toast(self, text: str, action: str, run: object) -> None:
        self.toasts.show_toast(text, action=action, on_action=run)  # pyright: ignore[reportArgumentType] - what an action runs takes nothing

    def _tell_progress(self) -> None:
        if self.welcome is None:
            return
        job = self._opening
        if job is None or job.is_over:
            self.welcome.show_progress("", "", None)
        else:
            label = self.look.say(job.label) if job.label else ""
            self.welcome.show_progress(job.title, label, job.fraction)

    def _cancel_opening(self) -> None:
        if self._opening is not None:
            self.desktop.jobs.cancel(self._opening)

    def quit(self) -> None:
        """Close every window, after one question for all work that would be stopped."""
        running = self.desktop.jobs.writes()
        waiting = sum(each.waiting_files for each in self.desktop.windows)
        if (running or waiting) and not self.may_stop(running, waiting):
            return
        for window in list(self.desktop.windows):
            window.close_agreed()

    def close_agreed(self) -> None:
        """Close without a question: it was asked."""
        self._is_agreed = True
        self.close()

    def may_stop(self, running: list[Job], waiting: int, *, opens: bool = False) -> bool:
        """Ask whether work under way may be stopped and files that wait forgotten.

        Args:
            running: work under way.
            waiting: files that were chosen and are not imported.
            opens: because another workspace is to be opened.
        """
        say, count = self.look.say, self.look.numbers.count
        titles = ", ".join(job.title for job in running)
        files = self.look.words.count(
            waiting, "1 file was not imported yet.", "{n} files were not imported yet.", n=count(waiting)
        )
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        lines = [say("{what} is still running.", what=titles)] if running else []
        box.setText("\n".join([*lines, files] if waiting else lines))
        told = [say("An import or rebuild is undone, a sync goes on from there the next time.")] if running else []
        if waiting:
            told.append(say("Files that wait have to be chosen again."))
        box.setInformativeText(" ".join(told))
        if opens:
            stop = box.addButton(say("Stop and open"), QMessageBox.ButtonRole.AcceptRole)
        else:
            stop = box.addButton(say("Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(say("Keep working"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        box.deleteLater()
        return box.clickedButton() is stop

    def _focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is None or now.window() is self:
            self.bound.suspend_single_keys(suspended=isinstance(now, _TEXT_FIELDS))

    def _fit(self) -> None:
        if self.context is None:
            return
        narrow = self.width() < _NARROW_SIDEBAR or not self._is_wide_sidebar
        if narrow != self.sidebar.is_narrow:
            self.sidebar.set_narrow(narrow=narrow)
        self.header.narrow(narrow=self.width() < _NARROW_HEADER)

    def toggle_sidebar(self) -> None:
        """Show the sidebar's names, or only its icons."""
        self._is_wide_sidebar = not self._is_wide_sidebar
        self._fit()
