"""Work off the Qt thread: the only bridge between threads and Qt.

Reads run in a small pool; a read replaces the one of the same key, and what the replaced one brings is dropped. Writes
run one at a time in the order they were asked for. Fetches from the network go one at a time in a lane of their own, so
that writes need not wait for a provider; what they bring goes through the engine's write lane. Whatever a job brings is
handed over on the Qt thread. Every job can be cancelled; :meth:`Jobs.stop` cancels all and waits, so that nothing is
inside the database when it closes.

Each thread lets go of its own things: what a job knows of the window is forgotten on the Qt thread, and what a failed
one left in its stack frames (cursors, results) on the thread that made it. The other way round a widget or a database
object would be destroyed on a thread it does not belong to.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from engine.errors import Cancelled
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

READERS = 2  # DuckDB answers each on every core; a third took the Qt thread's turns on two cores
_TICK_MS = 150
_SLOW_SECONDS = 0.3  # what takes longer shows in the tray
_FIRST_ESTIMATE = 0.05  # of the work must be done before the rest is estimated


@dataclass(eq=False)
class Job:
    """A piece of work.

    Attributes:
        key: reads of one key replace each other; for writes only a name.
        title: for people; empty for a read that is not worth naming.
        task: its progress and cancellation.
        fraction: of it done, 0 to 1; None while unknown.
        label: what it does now.
        is_write: is work that somebody asked for, in the lane of writes or of fetches.
        is_fetch: in the lane of fetches: what arrived stays when it is stopped, and it goes on from there.
    """

    key: Hashable
    title: str
    work: Callable[[Task], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    is_write: bool
    is_fetch: bool = False
    task: Task = field(default_factory=Task)
    fraction: float | None = None
    label: str = ""
    asked_at: float = 0.0
    started_at: float | None = None
    is_dropped: bool = False
    is_over: bool = False

    def forget(self) -> None:
        """Let go of what it was for; on the Qt thread, whose widgets that may be."""
        self.key = None
        self.work = self.done = self.failed = _nothing

    @property
    def remaining_seconds(self) -> float | None:
        """An estimate from the pace so far."""
        if self.started_at is None or self.fraction is None or self.fraction < _FIRST_ESTIMATE:
            return None
        passed = time.monotonic() - self.started_at
        return passed * (1 - self.fraction) / self.fraction

    @property
    def is_slow(self) -> bool:
        """Whether it runs for long enough to be shown."""
        return self.is_write or time.monotonic() - self.asked_at > _SLOW_SECONDS


class Jobs(QObject):
    """Runs jobs.

    Attributes:
        changed: a job began, told of progress or ended.
        idle: the last running job ended.
        read_in: seconds a read took.
        broke: text of an exception that is no error of ours: a bug.
        said: what came of work whose page is gone, for any window to say.
        wrote: work whose page is gone changed records: every window is to ask anew.
    """

    changed = Signal()
    idle = Signal()
    read_in = Signal(float)
    broke = Signal(str)
    said = Signal(str)
    wrote = Signal()
    _landed = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wakeup = threading.Condition()
        self._reads: deque[Job] = deque()
        self._writes: deque[Job] = deque()
        self._fetches: deque[Job] = deque()
        self._alive: list[Job] = []  # asked for and not over, on the Qt thread only
        self._latest: dict[Hashable, Job] = {}
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._serve, args=(self._reads,), name=f"attribench-read-{number}", daemon=True)
            for number in range(READERS)
        ]
        for queue, name in ((self._writes, "attribench-write"), (self._fetches, "attribench-fetch")):
            self._threads.append(threading.Thread(target=self._serve, args=(queue,), name=name, daemon=True))
        self._arrived: deque[tuple[Job, Any, Exception | None]] = deque()
        self._landed.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        # One result a turn of the event loop: several that arrive together must not make one long stall.
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._land_next)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.changed)
        for thread in self._threads:
            thread.start()

    def read(
        self,
        key: Hashable,
        work: Callable[[Task], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        title: str = "",
    ) -> Job:
        """Run ``work`` in the pool, in place of an earlier read of that key.

        Args:
            key: what it is for; a tuple begins with its owner. Nothing is heard once an owner that Qt deletes is gone.
            work: called on another thread with its task.
            done: called with its result, on the Qt thread.
            failed: called with its exception, on the Qt thread; :class:`Cancelled` when the user stopped it.
            title: for the tray.
        """
        self.drop(key)
        job = Job(key, title, work, done, failed, is_write=False)
        self._latest[key] = job
        return self._submit(job, self._reads)

    def write(
        self,
        title: str,
        work: Callable[[Task], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Job:
        """Run ``work`` after the writes asked for before. ``failed`` is told of a cancellation too."""
        return self._submit(Job(title, title, work, done, failed, is_write=True), self._writes)

    def fetch(
        self,
        title: str,
        work: Callable[[Task], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> Job:
        """Run ``work`` after the fetches asked for before, beside reads and writes."""
        return self._submit(Job(title, title, work, done, failed, is_write=True, is_fetch=True), self._fetches)

    def drop(self, key: Hashable) -> None:
        """Cancel the read of that key; nobody hears of it any more."""
        job = self._latest.pop(key, None)
        if job is not None:
            self._abandon(job)

    def drop_all(self, owner: object) -> None:
        """Cancel the reads whose key is a tuple that begins with ``owner``."""
        for key in [key for key in self._latest if isinstance(key, tuple) and key[:1] == (owner,)]:  # pyright: ignore[reportUnknownVariableType]
            self.drop(key)  # pyright: ignore[reportUnknownArgumentType]

    def cancel(self, job: Job) -> None:
        """Ask a job to stop; its ``failed`` hears :class:`Cancelled`."""
        job.task.cancel()

    def running(self) -> list[Job]:
        """Jobs that are waiting or at work, oldest first."""
        return [job for job in self._alive if not job.is_dropped]

    def writes(self) -> list[Job]:
        """Writes and fetches that are waiting or at work."""
        return [job for job in self.running() if job.is_write]

    def stop(self) -> None:
        """Cancel everything and wait for the threads to end."""
        for job in self._alive:
            job.is_dropped = True
            job.task.cancel()
        with self._wakeup:
            self._is_stopping = True
            self._wakeup.notify_all()
        for thread in self._threads:
            thread.join()
        self._tick.stop()
        self._next.stop()
        self._arrived.clear()
        self._alive.clear()
        self._latest.clear()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _submit(self, job: Job, queue: deque[Job]) -> Job:
        job.asked_at = time.monotonic()
        job.task = Task(lambda fraction, label: _tell(job, fraction, label))
        self._alive.append(job)
        with self._wakeup:
            queue.append(job)
            self._wakeup.notify_all()
        if not self._tick.isActive():
            self._tick.start()
        return job

    def _abandon(self, job: Job) -> None:
        job.is_dropped = True
        job.task.cancel()

    def _serve(self, queue: deque[Job]) -> None:
        while True:
            with self._wakeup:
                self._wakeup.wait_for(lambda: self._is_stopping or queue)
                if self._is_stopping:
                    return
                job = queue.popleft()
            result: Any = None
            error: Exception | None = None
            job.started_at = time.monotonic()
            try:
                job.task.check()
                result = job.work(job.task)
            except Cancelled as cancelled:
                error = cancelled
            except Exception as raised:  # noqa: BLE001 - handed over to whoever asked
                error = raised
            if error is not None:
                _clear_frames(error)
            self._landed.emit(job, result, error)
            del job, result, error  # not kept until the next one comes

    def _arrive(self, job: Job, result: Any, error: Exception | None) -> None:
        self._arrived.append((job, result, error))
        if not self._next.isActive():
            self._next.start(0)

    def _land_next(self) -> None:
        try:
            self._land(*self._arrived.popleft())
        finally:  # what one result breaks must not keep the others waiting
            if self._arrived:
                self._next.start(0)

    def _land(self, job: Job, result: Any, error: Exception | None) -> None:
        job.is_over = True
        if job not in self._alive:
            job.forget()
            return
        self._alive.remove(job)
        try:
            if not job.is_dropped:
                self._hand_over(job, result, error)
        finally:
            job.forget()
            self.changed.emit()
            if not self._alive:
                self._tick.stop()
                self.idle.emit()

    def _hand_over(self, job: Job, result: Any, error: Exception | None) -> None:
        if not job.is_write:
            self._latest.pop(job.key, None)
            if error is None and job.started_at is not None:
                self.read_in.emit(time.monotonic() - job.started_at)
            if _is_ownerless(job.key):
                return
        if error is None:
            job.done(result)
        else:
            self._report(error)
            job.failed(error)

    def _report(self, error: Exception) -> None:
        from engine.errors import AttribenchError

        if not isinstance(error, AttribenchError | Cancelled):
            self.broke.emit("".join(traceback.format_exception(error)))


def _is_ownerless(key: Hashable) -> bool:
    """Whether the owner named by a key was deleted by Qt meanwhile, as a drawer's content is when it closes."""
    owner: object = key[0] if isinstance(key, tuple) and key else None  # pyright: ignore[reportUnknownVariableType]
    return isinstance(owner, QObject) and not isValid(owner)


def _clear_frames(error: BaseException) -> None:
    """Drop the local variables of everything that an exception, and those behind it, passed through."""
    seen: set[int] = set()
    behind: list[BaseException | None] = [error]
    while behind:
        each = behind.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        traceback.clear_frames(each.__traceback__)
        behind += (each.__cause__, each.__context__)


def _nothing(_what: object) -> None:
    """In place of what a job was for, once it is over."""


def _tell(job: Job, fraction: float, label: str) -> None:
    job.fraction, job.label = fraction, label
