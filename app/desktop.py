"""The running program: one workspace at a time, its windows, its jobs. It builds whatever lives long."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.context import About, read_about
from app.garbage import Garbage
from app.jobs import Jobs
from app.qt_words import QtWords
from app.syncs import Syncs
from engine.attribution.models import MODELS
from engine.errors import AttribenchError, Cancelled, Code
from engine.workspace import Workspace, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from app.jobs import Job
    from app.settings import Settings
    from app.window import Window
    from engine.profiles import ProfileSettings
    from engine.task import Task
    from engine.workspace import Profile
    from widgets.look import Look

DEMO_PEOPLE = 20_000


class Desktop(QObject):
    """The program.

    Args:
        look: how it looks and speaks.
        settings: what it remembers.
        clock: tells the moment, UTC.
        masked: whether personal data is hidden everywhere, whatever the settings say.
        syncs_by_themselves: whether syncs may begin at the intervals that were chosen.
        makes_pages_ahead: whether windows make their pages before they are wanted.

    Attributes:
        masked: whether it is hidden now.
        jobs: runs work off the Qt thread; a new one for every workspace.
        workspace: the open one, or None.
        syncs: of the open workspace, or None.
        windows: open ones.
        demo_people: visitors of a demo that is built.
        opened: a workspace was opened and its first window is filled.
        broke: text of an exception in a job that is no error of ours.
    """

    opened = Signal()
    broke = Signal(str)

    def __init__(
        self,
        look: Look,
        settings: Settings,
        clock: Callable[[], datetime] = utc_now,
        *,
        masked: bool = False,
        syncs_by_themselves: bool = True,
        makes_pages_ahead: bool = False,
    ) -> None:
        super().__init__()
        self.makes_pages_ahead = makes_pages_ahead
        self._syncs_by_themselves = syncs_by_themselves
        self.masked = masked or settings.masked
        self.demo_people = DEMO_PEOPLE
        self.look = look
        self.settings = settings
        self.clock = clock
        self.jobs = self._new_jobs()
        self.workspace: Workspace | None = None
        self.syncs: Syncs | None = None
        self.windows: list[Window] = []
        self._opening: Job | None = None  # the latest one; those before it are given up
        self._arriving: Workspace | None = None  # opened, and waits for work on the one that is left
        self._is_lost = False  # the file, and it was told
        self._garbage = Garbage(self)
        self._qt_words = QtWords()
        self._qt_words.speak(look.words.language)
        look.spoke.connect(self._speak)
        self._follow_system()

    # -- windows --------------------------------------------------------------------------------------------------

    def start(self, path: Path | None) -> Window:
        """Show the first window, and open a workspace in it: the one named, else the last one."""
        window = self._new_window()
        window.show()
        if path is None:
            recent = self.settings.recent
            path = recent[0] if recent else None
        if path is not None:
            # After the window stands: opening takes a moment, and longer when a file has to be brought up to date.
            QTimer.singleShot(0, window, lambda: self.open(path, window))
        return window

    def new_window(self, beside: Window) -> Window | None:
        """Another window on the same profile and view."""
        context = beside.context
        if context is None:
            return None
        window = self._new_window()
        window.work_on(self._context(window, context.profile, context.about), context.view)
        window.move(beside.pos().x() + 32, beside.pos().y() + 32)
        window.show()
        return window

    def close_window(self, window: Window) -> None:
        """A window is closed; with the last one everything is."""
        self.windows.remove(window)
        window.leave()
        if not self.windows:
            self.shut()

    def shut(self) -> None:
        """Cancel what runs, close the file, write the settings."""
        if self.syncs is not None:
            self.syncs.deleteLater()
            self.syncs = None
        self.jobs.stop()
        for workspace in (self.workspace, self._arriving):
            if workspace is not None:
                workspace.close()
        self.workspace = self._arriving = None
        self._garbage.stop()
        self._qt_words.speak("en")
        self.settings.flush()

    # -- workspaces -----------------------------------------------------------------------------------------------

    def open(self, path: Path, window: Window, page: str = "") -> None:
        """Open a workspace file in place of the one that is open.

        Args:
            path: the file.
            window: who asks.
            page: shown first; empty: the one that is shown, else all clients where there are several, or the dashboard.
        """
        self._swap(window, lambda task: Workspace.open(path, clock=self.clock, task=task), page=page)

    def create(self, path: Path, settings: ProfileSettings, window: Window) -> None:
        """Make a workspace with one profile, and open it."""

        def make(_task: Task) -> Workspace:
            if path.exists() and path.stat().st_size:
                raise AttribenchError(Code.WORKSPACE_EXISTS, path=str(path))
            workspace = Workspace.open(path, create=True, clock=self.clock)
            try:
                workspace.create_profile(settings).rebuild()
            except BaseException:
                workspace.close()
                path.unlink(missing_ok=True)
                raise
            return workspace

        self._swap(window, make)

    def create_profile(self, settings: ProfileSettings, window: Window) -> None:
        """Make the first profile of the open workspace, and work on it."""
        workspace = self.workspace
        if workspace is None:
            return

        def make(task: Task) -> tuple[Profile, About]:
            profile = workspace.create_profile(settings)
            with suppress(Cancelled):  # the profile is there all the same; the window offers the rebuild
                profile.rebuild(task)
            return profile, read_about(profile, workspace)

        def done(found: tuple[Profile, About]) -> None:
            self.settings.remember(workspace.path)
            for each in self.windows:
                each.work_on(self._context(each, *found), None)

        def failed(error: Exception) -> None:
            if window in self.windows:
                window.show_progress(None)
                window.show_error(error)

        window.show_progress(self.jobs.write(self.look.say("Creating the profile"), make, done, failed))

    def look_after(self, window: Window) -> None:
        """Tell once when the file of the open workspace was moved or deleted; it can still be copied."""
        workspace = self.workspace
        if workspace is None or workspace.is_in_place:
            self._is_lost = False
        elif not self._is_lost:
            self._is_lost = True
            window.show_error(AttribenchError(Code.WORKSPACE_GONE, path=str(workspace.path)))

    def build_demo(self, path: Path, window: Window) -> None:
        """Make the demo workspace, and open it."""
        from app.demo import build_demo  # brings numpy
        from engine.demo import DemoPlan

        def make(task: Task) -> Workspace:
            if path.exists():
                raise AttribenchError(Code.WORKSPACE_EXISTS, path=str(path))
            build_demo(path, DemoPlan(people=self.demo_people, until=self.clock().date() - timedelta(days=1)), task)
            return Workspace.open(path, clock=self.clock)

        self._swap(window, make, self.look.say("Building the demo"))

    def work_on(self, name: str, window: Window, page: str = "") -> None:
        """Look at another profile of the open workspace in a window: at the same days under the same model."""
        workspace = self.workspace
        if workspace is None:
            return

        def read(_task: Task) -> tuple[Profile, About]:
            profile = workspace.profile(name)
            return profile, read_about(profile, workspace)

        def done(found: tuple[Profile, About]) -> None:
            view, about = window.view, found[1]
            if view is not None:
                known = view.select(filters=(), goals=(), settings=None)
                view = known.with_known_models((*MODELS, *about.custom_models))
            window.work_on(self._context(window, *found), view, page)

        self.jobs.read((window, "profile"), read, done, window.show_error)

    def leave_profile(self, profile_id: int, text: str) -> None:
        """A profile was deleted: windows that show it go to another one, or to where one is made."""
        workspace = self.workspace
        if workspace is None:
            return

        def read(_task: Task) -> tuple[Profile, About] | None:
            profiles = workspace.profiles()
            return (profiles[0], read_about(profiles[0], workspace)) if profiles else None

        def done(found: tuple[Profile, About] | None) -> None:
            for window in list(self.windows):
                context = window.context
                if context is None or context.profile.profile_id != profile_id:
                    continue
                if found is None:
                    window.begin()
                else:
                    window.work_on(self._context(window, *found), None)
                window.toasts.show_toast(text)
            self.read_again()

        self.jobs.read((self, "left"), read, done, lambda error: self.windows[0].show_error(error))

    def set_masked(self, *, masked: bool) -> None:
        """Hide personal data in every window, or show it again."""
        self.masked = self.settings.masked = masked
        for window in self.windows:
            window.set_masked(masked=masked)

    def read_again(self) -> None:
        """Records changed: every window learns what is known of its profile, and asks anew."""
        for window in list(self.windows):
            context = window.context
            workspace = self.workspace
            if context is None or workspace is None:
                continue
            profile = context.profile

            def done(about: About, window: Window = window) -> None:
                window.learn(about)

            def read(_task: Task, profile: Profile = profile, workspace: Workspace = workspace) -> About:
                return read_about(profile, workspace)

            self.jobs.read((window, "about"), read, done, window.show_error)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _new_window(self) -> Window:
        from app.window import Window

        window = Window(self)
        self.windows.append(window)
        return window

    def _context(self, window: Window, profile: Profile, about: About) -> Any:
        from app.context import Context
        from app.selection import History
        from app.views import first_view

        if self.workspace is None or self.syncs is None:
            raise RuntimeError("no workspace is open")
        return Context(
            window.look,
            self.jobs,
            self.settings,
            self.workspace,
            profile,
            about,
            History(first_view(about), is_masked=self.masked),
            window,
            syncs=self.syncs,
            masked=self.masked,
        )

    def _swap(self, window: Window, make: Callable[[Task], Workspace], title: str = "", *, page: str = "") -> None:
        """Close what is open, run ``make`` as a job that can be cancelled, and work on what it brings."""
        title = title or self.look.say("Opening the workspace")
        if not self._may_leave_workspace(window):
            return

        def run(task: Task) -> tuple[Workspace, Profile | None, About | None]:
            workspace = make(task)
            try:
                profiles = workspace.profiles()
                profile = profiles[0] if profiles else None
                about = read_about(profile, workspace) if profile else None
                task.check()  # nobody takes it any more when this was stopped
            except BaseException:
                workspace.close()
                raise
            return workspace, profile, about

        def done(found: tuple[Workspace, Profile | None, About | None]) -> None:
            nonlocal job
            workspace, profile, about = found
            if job is not self._opening:  # another one was asked for since
                workspace.close()
                return
            if any(not late.is_fetch for late in self.jobs.writes()):  # asked for while this one was being opened
                self._arriving = workspace
                job = self._opening = self.jobs.write(title, lambda _task: found, done, given_up)
                return
            self._arriving = None
            self._leave_workspace()
            self.workspace = workspace
            self.syncs = self._new_syncs(workspace)
            self._is_lost = False
            for each in list(self.windows):
                if profile is not None and about is not None:
                    first = "clients" if len(about.profiles) > 1 and each.page is None else ""
                    each.work_on(self._context(each, profile, about), None, page or first)
                else:
                    each.begin()
            if profile is not None:  # one without a profile is remembered when it has one
                self.settings.remember(workspace.path)
                self.opened.emit()

        def given_up(error: Exception) -> None:
            if self._arriving is not None:
                self._arriving.close()
                self._arriving = None
            failed(error)

        def failed(error: Exception) -> None:
            if window not in self.windows:
                return
            if job is self._opening:
                window.show_progress(None)
            if not isinstance(error, Cancelled):
                window.show_error(error)

        if self._opening is not None:
            self.jobs.cancel(self._opening)
        job = self._opening = self.jobs.write(title, run, done, failed)
        window.show_progress(job)

    def _leave_workspace(self) -> None:
        """Nothing may be inside the database when it closes."""
        if self.workspace is None:
            return
        for window in self.windows:
            window.leave()
            window.forget_begun()
        if self.syncs is not None:
            self.syncs.deleteLater()
            self.syncs = None
        self.jobs.stop()
        self.workspace.close()
        self.workspace = None
        self.jobs.deleteLater()  # not at once: it may be handing over the result that led here
        self.jobs = self._new_jobs()

    def _may_leave_workspace(self, window: Window) -> bool:
        """Whether another workspace may be opened: asked when that would stop work or forget files."""
        if self.workspace is None:
            return True
        running = [job for job in self.jobs.writes() if job is not self._opening]
        waiting = sum(each.waiting_files for each in self.windows)
        if (running or waiting) and not window.may_stop(running, waiting, opens=True):
            return False
        for job in running:
            self.jobs.cancel(job)
        for each in self.windows:
            each.forget_files()
        return True

    def _new_jobs(self) -> Jobs:
        jobs = Jobs(self)
        jobs.broke.connect(self.broke)
        jobs.said.connect(self._say_everywhere)
        jobs.wrote.connect(self.read_again)
        return jobs

    def _new_syncs(self, workspace: Workspace) -> Syncs:
        syncs = Syncs(self.look, self.jobs, workspace, self.clock, self, by_themselves=self._syncs_by_themselves)
        syncs.brought.connect(self.read_again)
        syncs.told.connect(self._tell_sync)
        syncs.changed.connect(self._show_standing)
        return syncs

    def _show_standing(self) -> None:
        for window in self.windows:
            window.show_standing()

    def _tell_sync(self, profile_id: int, told: object) -> None:
        for window in self.windows:
            if window.context is not None and window.context.profile.profile_id == profile_id:
                window.tell_sync(told)

    def _say_everywhere(self, text: str) -> None:
        for window in self.windows:
            window.toasts.show_toast(text)

    def tell_crash(self, line: str) -> None:
        """Say that the program itself was wrong somewhere."""
        for window in self.windows:
            window.toasts.show_toast(
                self.look.say(
                    "Something is wrong in the program ({line}). Your data is unchanged; the report is in crashes.log.",
                    line=line[:120],
                )
            )

    def _speak(self) -> None:
        self._qt_words.speak(self.look.words.language)

    def _follow_system(self) -> None:
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)

    def _system_changed(self, scheme: Qt.ColorScheme) -> None:
        if self.settings.theme == "system":
            self.look.set_theme("dark" if scheme == Qt.ColorScheme.Dark else "light")
