"""Our own lock beside a workspace: who has it open, and since when.

DuckDB's lock on its file can be lost when anything else in the process opens and closes that file, and it cannot say
who holds it. This lock lives in a file of its own, ``NAME.duckdb.lock``; the operating system drops it when the
process ends, however it ends, so a left-over file never blocks anybody.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

import portalocker

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


class LockFile:
    """An exclusive hold on one workspace file."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._path = workspace.with_name(workspace.name + ".lock")
        self._file: TextIO | None = None

    def acquire(self, now: datetime) -> None:
        """Take the lock, or raise ``WORKSPACE_LOCKED`` with the process that has it and since when."""
        while self._file is None:
            file = self._open()
            try:
                portalocker.lock(file, portalocker.LOCK_EX | portalocker.LOCK_NB)
            except portalocker.LockException as error:
                file.seek(0)
                owner = _read_owner(file.read())
                file.close()
                raise AttribenchError(
                    Code.WORKSPACE_LOCKED, path=str(self._workspace), pid=owner.get("pid"), since=owner.get("since")
                ) from error
            if self._is_current(file):
                self._file = file
            else:  # the owner before removed it between our opening and our locking
                file.close()
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps({"pid": os.getpid(), "since": now.isoformat(timespec="seconds")}))
        self._file.flush()

    def release(self) -> None:
        """Give the lock back and remove its file. Safe to call twice."""
        file, self._file = self._file, None
        if file is None:
            return
        with suppress(OSError):  # Windows removes no open file; one left behind does no harm
            self._path.unlink()
        portalocker.unlock(file)
        file.close()

    def _open(self) -> TextIO:
        try:
            return self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise AttribenchError(
                Code.WORKSPACE_UNWRITABLE, path=str(self._workspace), detail=error.strerror or str(error)
            ) from error

    def _is_current(self, file: TextIO) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except OSError:
            return False


def _read_owner(text: str) -> dict[str, object]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError):  # the owner is between truncate and write
        return {}
