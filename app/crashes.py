"""What happens when the program itself is wrong: the report goes to a log without personal data, and is told.

Errors of ours are said where they happen; whatever else escapes is a bug, and must neither vanish nor take data along.
"""

from __future__ import annotations

import re
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from connectors.http import redacted

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_MOST = 1_000_000  # bytes of the log before it begins anew
_PERSONAL = (
    re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"),
    re.compile(r"\+?\d[\d ().-]{7,}\d"),
)


class Crashes(QObject):
    """Writes reports.

    Args:
        log: the file they go to.

    Attributes:
        told: a report was written: its last line.
    """

    told = Signal(str)

    def __init__(self, log: Path) -> None:
        super().__init__()
        self.log = log

    def install(self) -> None:
        """Hear of every exception that nobody catches."""
        sys.excepthook = self._uncaught
        threading.excepthook = self._in_thread

    def report(self, text: str) -> None:
        """Write a report, without secrets, addresses and numbers of people."""
        text = redacted(text, ())
        for pattern in _PERSONAL:
            text = pattern.sub("…", text)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        mode = "w" if self.log.exists() and self.log.stat().st_size > _MOST else "a"
        with self.log.open(mode, encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{text.rstrip()}\n\n")
        self.told.emit(text.strip().splitlines()[-1] if text.strip() else "")

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.report("".join(traceback.format_exception(kind, error, trace)))

    def _in_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            self.report("".join(traceback.format_exception(told.exc_value)))
