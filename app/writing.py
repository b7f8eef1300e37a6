"""Files written for the user: what refuses them is said in our words, not in a library's."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from polars.exceptions import PolarsError

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_WHY = {
    errno.ENOENT: "folder",
    errno.ENOTDIR: "folder",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "denied",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.ENAMETOOLONG: "name",
    errno.EISDIR: "folder_there",
}
_NUMBER = re.compile(r"\(os error (\d+)\)")


@contextmanager
def writing(path: Path) -> Generator[None]:
    """Whatever the system refuses inside is raised as FILE_UNWRITABLE with why."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no folder")
        yield
    except (OSError, PolarsError) as error:
        number = error.errno if isinstance(error, OSError) else None
        if number is None and (found := _NUMBER.search(str(error))):  # polars tells it in its text alone
            number = int(found[1])
        raise AttribenchError(
            Code.FILE_UNWRITABLE, path=str(path), why=_WHY.get(number or 0, "other"), detail=str(error)
        ) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, in place of one of that name; whatever goes wrong, what was there before is still there.

    Raises:
        AttribenchError: FILE_UNWRITABLE with why.
    """
    with writing(path):
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
