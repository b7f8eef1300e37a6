"""Reference cycles are collected on the Qt thread only.

Python collects on whatever thread happens to allocate. Widgets stand in cycles now and then, and one that a reading
thread destroys takes the program with it; Qt objects belong to the thread of the window.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MS = 1_000


class Garbage(QObject):
    """Takes the collector over until :meth:`stop`: by Python's own thresholds, between two turns of the event loop."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()
        gc.disable()

    def stop(self) -> None:
        """Let Python collect by itself again; no thread may work for the window any more."""
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        full = [
            number
            for number, (count, limit) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if count > limit
        ]
        if full:
            gc.collect(full[-1])
