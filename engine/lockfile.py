"""Our own lock beside a workspace: who has it open, and since when.

DuckDB's lock on its file can be lost when anything else in the process opens and closes that file, and it cannot say
who holds it. This lock lives in a file of its own, ``NAME.duckdb.lock``; the operating system drops it when the
process ends, however it ends, so a left-over file never blocks anybody.
"""

from __future__ import annotations

import json
import os
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
        try:
            file = self._path.open("a+", encoding="utf-8")
        except OSError as error:
            raise AttribenchError(Code.WORKSPACE_UNWRITABLE, path=str(self._workspace), detail=str(error)) from error
        try:
            portalocker.lock(file, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.LockException as error:
            file.seek(0)
            owner = _read_owner(file.read())
            file.close()
            raise AttribenchError(
                Code.WORKSPACE_LOCKED, path=str(self._workspace), pid=owner.get("pid"), since=owner.get("since")
            ) from error
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"pid": os.getpid(), "since": now.isoformat(timespec="seconds")}))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back and remove its file. Safe to call twice."""
        if self._file is None:
            return
        self._path.unlink(missing_ok=True)
        portalocker.unlock(self._file)
        self._file.close()
        self._file = None


def _read_owner(text: str) -> dict[str, object]:
    try:
        return dict(json.loads(text))
    except ValueError:  # the owner is between truncate and write
        return {}
