"""Syncs of the open workspace: one at a time for each profile, asked for or by themselves at intervals.

They belong to the workspace and not to a page: who looks at another page, profile or language finds them as they are.
What arrived is worked into the figures at once, and every window asks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
from PySide6.QtCore import QObject, QTimer, Signal

from app import syncing
from app.credentials import Credentials, vault
from engine.errors import AttribenchError, Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.jobs import Job, Jobs
    from app.syncing import Outcome
    from engine.ingest.syncing import Connection
    from engine.task import Task
    from engine.workspace import Profile, Workspace
    from widgets.look import Look

_LOOK_MS = 20_000  # between two looks whether a sync is due


@dataclass(frozen=True)
class Standing:
    """How the connections of a profile stand.

    Attributes:
        every: minutes between syncs that begin by themselves; 0: none do.
        next_at: when the next is due, UTC.
        failing: names of connections whose last sync failed.
        connections: how many there are that are not paused.
    """

    every: int = 0
    next_at: datetime | None = None
    failing: tuple[str, ...] = ()
    connections: int = 0


@dataclass
class _Running:
    """A sync under way."""

    job: Job
    names: tuple[str, ...]  # empty: all
    is_automatic: bool
    fractions: dict[str, float] = field(default_factory=dict[str, float])


class Syncs(QObject):
    """The syncs of one workspace.

    Args:
        look: for titles.
        jobs: runs them.
        workspace: where to.
        clock: tells the moment, UTC.
        by_themselves: whether syncs may begin at intervals.

    Attributes:
        changed: a sync began, told of progress or ended; or how connections stand was read anew.
        brought: figures changed.
        told: something to say in passing of a sync that was asked for: (profile id, outcomes or an exception).
    """

    changed = Signal()
    brought = Signal()
    told = Signal(int, object)

    def __init__(
        self,
        look: Look,
        jobs: Jobs,
        workspace: Workspace,
        clock: Callable[[], datetime],
        parent: QObject | None = None,
        *,
        by_themselves: bool = True,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._jobs = jobs
        self._workspace = workspace
        self.clock = clock
        self._by_themselves = by_themselves
        self._running: dict[int, _Running] = {}
        self._standing: dict[int, tuple[Profile, Standing]] = {}
        self._began: dict[int, datetime] = {}  # when a sync began by itself last
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look_whether_due)
        self._timer.start()
        jobs.changed.connect(self._told_progress)
        self.read()

    # -- asked for ------------------------------------------------------------------------------------------------

    def start(self, profile: Profile, names: Sequence[str] = (), *, is_automatic: bool = False) -> bool:
        """Fetch these connections, all when empty, then work the figures out; False while a sync runs already."""
        key = profile.profile_id
        if key in self._running:
            return False

        def told(connection: Connection, fraction: float) -> None:
            running.fractions[connection.name] = fraction

        def work(task: Task) -> tuple[list[Outcome], bool]:
            outcomes = syncing.sync(self._workspace, profile, Credentials(vault()), task, names=names, told=told)
            return outcomes, profile.derivation().is_stale

        def done(found: tuple[list[Outcome], bool]) -> None:
            outcomes, is_stale = found
            self._ended(profile, None if is_automatic else outcomes, is_stale=is_stale)

        def failed(error: Exception) -> None:
            told_to_user = None if is_automatic or isinstance(error, Cancelled) else error
            self._ended(profile, told_to_user, is_stale=True)

        job = self._jobs.fetch(self._look.say("Syncing {name}", name=profile.settings.name), work, done, failed)
        running = self._running[key] = _Running(job, tuple(names), is_automatic)
        self.changed.emit()
        return True

    def stop(self, profile: Profile) -> None:
        """End the sync under way; what arrived is kept."""
        running = self._running.get(profile.profile_id)
        if running is not None:
            self._jobs.cancel(running.job)

    def fraction(self, profile: Profile, name: str) -> float | None:
        """How far the sync of a connection is, 0 to 1; None while none runs."""
        running = self._running.get(profile.profile_id)
        if running is None or (running.names and name not in running.names):
            return None
        return running.fractions.get(name, 0.0)

    def is_running(self, profile: Profile) -> bool:
        """Whether a sync of the profile is under way or waits."""
        return profile.profile_id in self._running

    # -- by themselves --------------------------------------------------------------------------------------------

    def standing(self, profile: Profile) -> Standing:
        """How the connections of a profile stand, as far as it was read."""
        found = self._standing.get(profile.profile_id)
        return found[1] if found is not None else Standing()

    def read(self) -> None:
        """Read anew how connections stand and when syncs are due."""
        workspace = self._workspace

        def work(_task: Task) -> dict[int, tuple[Profile, Standing]]:
            return {profile.profile_id: (profile, _standing(profile)) for profile in workspace.profiles()}

        def done(found: dict[int, tuple[Profile, Standing]]) -> None:
            self._standing = found
            self.changed.emit()
            self.look_whether_due()

        self._jobs.read((self, "standing"), work, done, _nothing)

    def set_every(self, profile: Profile, minutes: int) -> None:
        """Let syncs of a profile begin by themselves; 0: none."""

        def work(_task: Task) -> None:
            profile.set_sync_schedule(minutes)

        def done(_result: None) -> None:
            self.read()

        self._jobs.write(self._look.say("Changing when syncs begin"), work, done, _nothing)

    def look_whether_due(self) -> None:
        """Begin the syncs that are due."""
        if not self._by_themselves:
            return
        now = self.clock()
        for key, (profile, standing) in self._standing.items():
            began = self._began.get(key)
            is_early = began is not None and now < began + timedelta(minutes=standing.every)
            if standing.next_at is not None and standing.next_at <= now and not is_early and key not in self._running:
                self._began[key] = now
                self.start(profile, is_automatic=True)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _ended(self, profile: Profile, told: list[Outcome] | Exception | None, *, is_stale: bool) -> None:
        self._running.pop(profile.profile_id, None)
        if told is not None:
            self.told.emit(profile.profile_id, told)
        if is_stale:
            self._jobs.write(
                self._look.say("Rebuilding"), profile.rebuild, lambda _result: self.brought.emit(), self._not_rebuilt
            )
        self.changed.emit()
        self.read()

    def _not_rebuilt(self, _error: Exception) -> None:
        self.brought.emit()  # the windows say that their figures are stale

    def _told_progress(self) -> None:
        if self._running:
            self.changed.emit()


def _standing(profile: Profile) -> Standing:
    every, next_at = profile.sync_schedule()
    names = {each.connection_id: each.name for each in profile.connections() if not each.is_paused}
    failed = profile.connection_standing().filter(pl.col("outcome") == "failed")["connection_id"].to_list()
    failing = [names[connection_id] for connection_id in failed if connection_id in names]
    return Standing(every, next_at, tuple(sorted(failing)), len(names))


def _nothing(error: Exception) -> None:
    """What is not there is read again later; what else is wrong is reported by the jobs."""
    if not isinstance(error, AttribenchError | Cancelled):
        return
