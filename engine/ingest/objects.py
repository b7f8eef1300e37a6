"""JSON objects in an array, or one after the other over several lines, rewritten as one object a line.

The file is read in a stream. What cannot be read becomes one line of its own, to be rejected with the line it began on;
reading goes on at the next line that starts an object at the same indentation.
"""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from engine.task import Task

_CHUNK = 1 << 20
_BETWEEN = re.compile(r"[\s,\[\]]*")
_MAX_BROKEN = 1 << 16
_MAX_INDENT = 256


@dataclass(frozen=True)
class Objects:
    """Objects rewritten one a line.

    Attributes:
        starts: line (from 1) of the given file on which each begins.
        longest: no line has more bytes than this.
    """

    starts: Sequence[int]
    longest: int


def split_objects(path: Path, target: Path, task: Task) -> Objects:
    """Write the objects of ``path`` (UTF-8) to ``target``, one a line; cancelled between blocks."""
    with path.open(encoding="utf-8", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        splitter = _Splitter(file, out, task)
        splitter.run()
    return Objects(splitter.starts, splitter.longest)


class _Splitter:
    def __init__(self, file: TextIO, out: TextIO, task: Task) -> None:
        self._file, self._out, self._task = file, out, task
        self._decoder = json.JSONDecoder()
        self._text = ""
        self._at = 0
        self._line = 1
        self._is_all = False
        self.starts = array("q")
        self.longest = 0

    def run(self) -> None:
        self._more()
        while True:
            between = _BETWEEN.match(self._text, self._at)
            assert between is not None
            self._skip(between.end())
            if self._at == len(self._text):
                if not self._more():
                    return
                continue
            try:
                _, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.pos > len(self._text) - 16 or error.msg.startswith("Unterminated string")
                if is_cut and self._more():
                    continue
                self._give_up()
            except (ValueError, RecursionError):  # digits or depth beyond reason
                self._give_up()
            else:
                if end == len(self._text) and self._text[self._at] not in '{["' and self._more():
                    continue  # a number may go on
                self._put(end)

    def _more(self) -> bool:
        """Read on; False at the end of the file. Asked again for the same object it reads twice as much."""
        self._task.check()
        if self._is_all:
            return False
        self._forget()
        block = self._file.read(max(_CHUNK, len(self._text)))
        self._text += block
        self._is_all = not block
        return bool(block)

    def _skip(self, end: int) -> None:
        self._line += self._text.count("\n", self._at, end)
        self._at = end
        if self._at > _CHUNK:
            self._forget()

    def _forget(self) -> None:
        """Drop what was read, but for the indentation before the object."""
        start = max(0, self._at - _MAX_INDENT)
        self._text, self._at = self._text[start:], self._at - start

    def _put(self, end: int, limit: int | None = None) -> None:
        whole = self._text[self._at : end]
        record = whole[:limit].replace("\n", " ").replace("\r", " ")
        self.starts.append(self._line)
        self.longest = max(self.longest, 4 * len(record) + 1)
        self._out.write(record + "\n")
        self._skip(end)

    def _give_up(self) -> None:
        """Put aside what cannot be read, up to the next line that starts an object where this one started."""
        start = self._text.rfind("\n", 0, self._at) + 1
        indent = self._text[start : self._at]
        end = -1
        if not indent.strip():
            following = re.compile(r"\n" + re.escape(indent) + r"\{")
            while True:
                found = following.search(self._text, self._at + 1)
                if found is not None:
                    end = found.start()
                    break
                if not self._more():
                    break
        else:
            while self._more():
                pass
        self._put(end if end >= 0 else len(self._text), _MAX_BROKEN)
