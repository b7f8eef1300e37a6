"""The tracker's collector: its files of events, fetched as they grow.

A file of one event a line is read from the end of the last complete line that is known; a packed one whole, when it is
new or changed. What is read twice stays known, so that no doubt about a file costs more than time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from connectors.base import Health, Login, Provider, Setting, Stream
from connectors.collector_lines import LONGEST, event_of, packed_lines, row_of, unreadable
from connectors.collector_places import NAME, CollectorSignals, Folder, Listed, Place, Web
from connectors.http import bearer
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.http import Http
    from engine.task import Task

_FULL = 20_000  # rows of a batch: measured three times as fast as 2,000 for small rows such as these
_BLOCK = 4 << 20
_TAIL = 64  # bytes before the known end by which a file is known to be the same
_FILES = 20_000  # whose state is kept
_SKIP = 4 << 20
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})

Entry = tuple[str, int, str]  # print when it was read to the end, else empty; bytes known; tail or "packed"
Step = tuple[Entry, list[Row]]


class FileStream:
    """Events of every file, by name.

    State: ``files``, by name: the file's print (empty while there is more of it), the bytes that are known (unpacked,
    for a packed one), and the length and hash of the bytes right before them.
    """

    key = "events"
    title = "Events"

    def __init__(self, place: Place) -> None:
        self._place = place

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield what the files have that is not known."""
        stored = cast("Mapping[str, Sequence[Any]]", state.get("files", {}))
        listed = self._place.files(task)
        there = {file.name for file in listed}
        known: dict[str, Entry] = {
            name: (str(told[0]), int(told[1]), str(told[2])) for name, told in stored.items() if name in there
        }
        is_new = len(known) < len(stored)
        rows: list[Row] = []
        failed: AttribenchError | None = None
        for number, file in enumerate(listed):
            task.check()
            before = known.get(file.name, ("", 0, ""))
            if before[0] and before[0] == file.print:
                continue
            try:
                for entry, some in self._file(file, before, task):
                    known.pop(file.name, None)
                    known[file.name] = entry
                    rows += some
                    is_new = is_new or entry != before
                    if len(rows) >= _FULL:
                        yield Batch(_state(known), rows, progress=number / len(listed))
                        rows, is_new = [], False
            except AttribenchError as error:
                if error.code is not Code.PROVIDER_PERMISSION:
                    raise
                failed = failed or error
        if rows or is_new:
            yield Batch(_state(known), rows, progress=1.0)
        if failed is not None:
            raise failed

    def _file(self, file: Listed, before: Entry, task: Task) -> Iterator[Step]:
        return self._packed(file, before, task) if file.is_packed else self._plain(file, before, task)

    def _packed(self, file: Listed, before: Entry, task: Task) -> Iterator[Step]:
        """A file that is read whole; inside it a run goes on behind what is known of this very version."""
        seen = self._place.seen(file, task)
        if seen is None or (before[0] and before[0] == seen.print):
            return
        mark = f"packed {seen.print}"
        known = before[1] if seen.print and before[2] == mark else 0
        content = self._place.whole(file, task)
        if content is None:
            return
        rows: list[Row] = []
        with content:
            for at, row in packed_lines(content, file.name, known):
                task.check()
                known = at
                if row is not None:
                    rows.append(row)
                if len(rows) >= _FULL:
                    yield ("", known, mark), rows
                    rows = []
        yield (seen.print, known, mark), rows

    def _plain(self, file: Listed, before: Entry, task: Task) -> Iterator[Step]:
        """A file that may grow."""
        at, tail = before[1], before[2]
        length, block = _BLOCK, None
        if at:
            shared = int(tail.partition(" ")[0] or 0)
            first = self._place.read(file, at - shared, shared + length, task)
            if first is None:
                return
            if _tail(first[:shared]) == tail:
                block = first[shared:]
            else:  # another file under the same name
                at, tail = 0, ""
        while True:
            block = self._place.read(file, at, length, task) if block is None else block
            if block is None:
                return
            is_last = len(block) < length
            cut = block.rfind(b"\n") + 1
            if is_last and cut < len(block) and event_of(block[cut:].decode("utf-8", "replace")) is not None:
                cut = len(block)  # an object that closes is complete, though its line is not
            if not cut and not is_last and length < LONGEST:
                length, block = length * 2, None
                continue
            if not cut and not is_last:
                row = unreadable(file.name, at, block[:1_000].decode("utf-8", "replace"), "a line without end")
                at, tail = self._behind_line(file, at, task)
                yield ("", at, tail), [row]
            else:
                for end, rows in _rows(block[:cut], file.name, at):
                    yield ("", at + end, _tail(block[:end])), rows
                at, tail = at + cut, _tail(block[:cut]) if cut else tail
            if is_last:
                yield (file.print, at, tail), []
                return
            length, block = _BLOCK, None

    def _behind_line(self, file: Listed, at: int, task: Task) -> tuple[int, str]:
        """The end of a line that is too long to be held, and the tail there; of one without an end, of the file."""
        tail = ""
        while block := self._place.read(file, at, _SKIP, task):
            end = block.find(b"\n") + 1
            tail = _tail(block[: end or len(block)])
            at += end or len(block)
            if end:
                break
        return at, tail


def _rows(block: bytes, name: str, at: int) -> Iterator[tuple[int, list[Row]]]:
    """Yield the rows of complete lines, some at a time, with the bytes of the block up to there."""
    rows: list[Row] = []
    start = 0
    while start < len(block):
        end = block.find(b"\n", start) + 1 or len(block)
        row = row_of(block[start:end], name, at + start)
        if row is not None:
            rows.append(row)
        start = end
        if len(rows) >= _FULL:
            yield start, rows
            rows = []
    if start and rows:
        yield start, rows


def _tail(content: bytes) -> str:
    last = content[-_TAIL:]
    return f"{len(last)} {hashlib.blake2b(last, digest_size=8).hexdigest()}"


def _state(known: Mapping[str, Entry]) -> dict[str, Any]:
    """Of too many files those that were read last."""
    return {"files": {name: list(entry) for name, entry in list(known.items())[-_FILES:]}}


class CollectorSession:
    """Files at one place."""

    def __init__(self, login: Login) -> None:
        told = str(login.settings.get("place", "")).strip()
        self._http: Http | None = None
        self._place: Place
        if "://" not in told:
            self._place = Folder(Path(told).expanduser())
            return
        parts = urlsplit(told)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise AttribenchError(Code.SETTING_INVALID, field="place", value=told, expected="a folder, or https://")
        token = login.secrets.get("token", "")
        self._http = login.make_http(
            NAME, "", signals=CollectorSignals(), headers=bearer(token) if token else {}, secrets=[token]
        )
        self._place = Web(self._http, told)

    def check(self, task: Task) -> Health:
        """Whether the files can be listed; its name tells how many there are."""
        count = len(self._place.files(task))
        return Health(name=f"{self._place.title} ({count})")

    def streams(self, task: Task) -> Sequence[Stream]:
        """There is one."""
        return [FileStream(self._place)]

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()


PROVIDER = Provider(
    "collector",
    NAME,
    "Events of the tracker",
    (
        Setting(
            "place",
            "Folder or address",
            "A folder on this computer, or the https:// address of an index of files "
            "(.ndjson, .jsonl, packed or not; .parquet).",
        ),
        Setting(
            "token", "Token", "Sent as a bearer token; leave empty when there is none.", is_secret=True, is_needed=False
        ),
    ),
    CollectorSession,
    timeless=("events",),
)
