"""A running piece of work: its progress, and the one way to stop it.

A :class:`Task` is handed down through every long call. Whoever started the work reads its progress and may cancel;
whoever does the work reports and checks. Both sides may be on different threads.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_RETRY_SECONDS = 0.02


class Task:
    """Progress and cancellation of one job.

    Args:
        on_progress: called with (fraction 0..1, label); from whichever thread does the work.
    """

    def __init__(self, on_progress: Callable[[float, str], None] | None = None) -> None:
        self._on_progress = on_progress
        self._cancelled = threading.Event()
        self._guard = threading.Lock()
        self._running: list[_Interruptible] = []

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked this job to stop."""
        return self._cancelled.is_set()

    def report(self, fraction: float, label: str) -> None:
        """Tell how far the work is (0..1) and what it is doing now. Raises :class:`Cancelled` when asked to stop."""
        self.check()
        if self._on_progress is not None:
            self._on_progress(min(max(fraction, 0.0), 1.0), label)

    def check(self) -> None:
        """Raise :class:`Cancelled` when asked to stop."""
        if self.cancelled:
            raise Cancelled

    def part(self, start: float, end: float) -> Task:
        """A view of this task whose 0..1 fills only the stretch start..end of it."""
        return _Part(self, start, end)

    def cancel(self) -> None:
        """Ask the job to stop, and interrupt the statement it is in. Returns at once."""
        self._cancelled.set()
        with self._guard:
            for running in self._running:
                running.start()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Generator[None]:
        """While inside, :meth:`cancel` calls ``interrupt`` until the block ends.

        It is repeated because an interrupt that arrives just before a statement starts is lost. None arrives after
        the block: what follows, a rollback for instance, is not disturbed.
        """
        running = _Interruptible(interrupt)
        with self._guard:
            self._running.append(running)
        try:
            self.check()
            yield
        finally:
            with self._guard:
                self._running.remove(running)
            running.stop()


class _Interruptible:
    """A block that can be interrupted, and the thread that does so."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="attribench-cancel", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._done.is_set():
            self._interrupt()
            self._done.wait(_RETRY_SECONDS)


class _Part(Task):
    """Reports into a stretch of its parent, and is cancelled with it."""

    def __init__(self, parent: Task, start: float, end: float) -> None:
        super().__init__()
        self._parent = parent
        self._start = start
        self._width = end - start

    @property
    def cancelled(self) -> bool:
        return self._parent.cancelled

    def report(self, fraction: float, label: str) -> None:
        self._parent.report(self._start + self._width * min(max(fraction, 0.0), 1.0), label)

    def cancel(self) -> None:
        self._parent.cancel()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], None]) -> Generator[None]:
        with self._parent.interruptible(interrupt):
            yield
