"""Where the tracker's files lie: a folder on this computer, or behind an index on the web.

An index is one of: a JSON list of names; a JSON list of objects with ``name`` and, where known, ``size``, ``etag`` and
``mtime`` (what nginx makes with ``autoindex_format json``; entries of ``type`` "directory" are passed over); either of
them under ``files``; or a page in HTML whose links name the files (autoindex of nginx, Apache and others). Names are
relative to the index.
"""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, unquote, urljoin, urlsplit

from connectors.http import Answer, Fail, UsualSignals, Verdict
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.http import Http
    from engine.task import Task

NAME = "Tracker collector"
_PLAIN = (".ndjson", ".jsonl")
_PACKED = (".gz", ".zst")
_TABLE = ".parquet"
_BEYOND = 416
_PART = 206


@dataclass(frozen=True)
class Listed:
    """A file that is there.

    Attributes:
        name: with folders, relative to the place.
        size: bytes; None when nobody says.
        tag: changes when the file does; empty when nobody says.
    """

    name: str
    size: int | None = None
    tag: str = ""

    @property
    def is_packed(self) -> bool:
        """Whether it is read whole."""
        return self.name.lower().endswith((*_PACKED, _TABLE))

    @property
    def print(self) -> str:
        """Tells whether the file changed; empty when that is not known beforehand."""
        return f"{self.size if self.size is not None else ''}/{self.tag}" if self.tag else ""


class Place(Protocol):
    """Files that can be read in parts."""

    @property
    def title(self) -> str:
        """For people."""
        ...

    def files(self, task: Task) -> Sequence[Listed]:
        """Those there are, by name."""
        ...

    def seen(self, file: Listed, task: Task) -> Listed | None:
        """The same with its size and tag, where the list did not tell; None when it is gone."""
        ...

    def read(self, file: Listed, start: int, length: int, task: Task) -> bytes | None:
        """At most so many bytes from ``start`` on; fewer at the end only. None when the file is gone."""
        ...

    def whole(self, file: Listed, task: Task) -> io.BufferedIOBase | None:
        """All of a file. None when it is gone."""
        ...


def is_wanted(name: str) -> bool:
    """Whether a file of that name is read: one event a line or row, packed or not; no hidden or unfinished ones."""
    base = name.rsplit("/", 1)[-1].lower()
    for ending in _PACKED:
        base = base.removesuffix(ending)
    return base.endswith((*_PLAIN, _TABLE)) and not base.startswith((".", "~"))


class Folder:
    """A folder and those in it. Links to folders are not followed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.title = str(path)

    def files(self, task: Task) -> Sequence[Listed]:
        if not self._path.is_dir():
            raise AttribenchError(Code.PROVIDER_MISSING, provider=NAME, what=str(self._path))
        return sorted(self._walk(task), key=lambda each: each.name)

    def _walk(self, task: Task) -> Iterator[Listed]:
        for folder, _, names in os.walk(self._path):
            task.check()
            for base in names:
                path = Path(folder, base)
                name = path.relative_to(self._path).as_posix()
                if not is_wanted(name):
                    continue
                try:
                    known = path.stat()
                except OSError:
                    continue  # gone meanwhile
                yield Listed(name, known.st_size, str(known.st_mtime_ns))

    def seen(self, file: Listed, task: Task) -> Listed | None:
        return file

    def read(self, file: Listed, start: int, length: int, task: Task) -> bytes | None:
        found = self.whole(file, task)
        if found is None:
            return None
        with found:
            found.seek(start)
            return found.read(length)

    def whole(self, file: Listed, task: Task) -> io.BufferedIOBase | None:
        task.check()
        try:
            return (self._path / file.name).open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            detail = error.strerror or str(error)
            permission = f"reading {self._path / file.name}"
            raise AttribenchError(
                Code.PROVIDER_PERMISSION, provider=NAME, permission=permission, detail=detail, request="–"
            ) from None


class CollectorSignals(UsualSignals):
    """A part beyond the end is an answer; being sent elsewhere is none."""

    def judge(self, answer: Answer) -> Verdict:
        if answer.status == _BEYOND:
            return None
        if 300 <= answer.status < 400:
            detail = f"sent on to {answer.headers.get('location', '?')}"
            return Fail(Code.PROVIDER_REFUSED, {"status": answer.status, "detail": detail})
        return super().judge(answer)

    def permission(self, answer: Answer) -> str:
        return "reading the files (is the token right?)"


class Web:
    """Files behind an index.

    Args:
        http: asks, with the token in its headers.
        index: address of the index.
    """

    def __init__(self, http: Http, index: str) -> None:
        self._http = http
        self._index = index
        self._kept: tuple[Listed, bytes] | None = None  # of a server that tells no parts
        parts = urlsplit(index)
        self._origin = parts.scheme, parts.netloc
        self.title = f"{parts.netloc}{parts.path}"

    def files(self, task: Task) -> Sequence[Listed]:
        text = self._http.download(self._index, task=task).content.decode("utf-8", "replace").strip()
        if text[:1] in {"[", "{"}:
            found = self._from_json(text)
        elif re.search(r"<a\s", text, re.IGNORECASE):
            found = self._from_links(text)
        elif re.search(r"<html|<!doctype html", text, re.IGNORECASE):
            found = []
        else:
            raise self._strange("the index is neither JSON nor a page of links")
        wanted = {each.name: each for each in found if is_wanted(each.name)}
        return [wanted[name] for name in sorted(wanted)]

    def _from_json(self, text: str) -> list[Listed]:
        try:
            told: Any = json.loads(text)
        except (ValueError, RecursionError):
            raise self._strange("the index is broken JSON") from None
        if isinstance(told, dict):
            told = cast("dict[str, Any]", told).get("files")
        if not isinstance(told, list):
            raise self._strange("the index is no list of files")
        found: list[Listed] = []
        for each in cast("list[Any]", told):
            if isinstance(each, str):
                found.append(Listed(self._name(each)))
            elif isinstance(each, dict) and isinstance(cast("dict[str, Any]", each).get("name"), str):
                entry = cast("dict[str, Any]", each)
                if entry.get("type", "file") != "file":
                    continue
                size = entry.get("size")
                tag = str(entry.get("etag") or entry.get("mtime") or "")
                found.append(Listed(self._name(entry["name"]), size if isinstance(size, int) else None, tag))
            else:
                raise self._strange("the index has an entry without a name")
        return found

    def _name(self, told: str) -> str:
        """A name of a JSON index; its characters stand for themselves. Raises when it leads elsewhere."""
        if "://" in told or told.startswith("//"):
            parts = urlsplit(told)
            if (parts.scheme, parts.netloc) != self._origin:
                raise self._strange("the index names a file of another server")
            return unquote(parts.path)
        return told.removeprefix("./")

    def _from_links(self, text: str) -> list[Listed]:
        links = _Links()
        links.feed(text)
        base = self._index.partition("?")[0]
        folder = urlsplit(urljoin(base, ".")).path
        found: list[Listed] = []
        for link in links.found:
            parts = urlsplit(urljoin(base, link))
            if (parts.scheme, parts.netloc) == self._origin and parts.path.startswith(folder) and not parts.query:
                found.append(Listed(unquote(parts.path[len(folder) :])))
        return found

    def seen(self, file: Listed, task: Task) -> Listed | None:
        if file.print:
            return file
        try:
            answer = self._http.send("HEAD", self._url(file), headers=_AS_IT_IS, task=task)
        except AttribenchError as error:
            if error.code is Code.PROVIDER_MISSING:
                return None
            if error.code is Code.PROVIDER_REFUSED:  # a server that knows no HEAD
                return file
            raise
        size = answer.headers.get("content-length", "")
        tag = answer.headers.get("etag") or answer.headers.get("last-modified") or ""
        return Listed(file.name, int(size) if size.isdecimal() else None, tag)

    def read(self, file: Listed, start: int, length: int, task: Task) -> bytes | None:
        if self._kept is not None and self._kept[0].name == file.name:
            return self._kept[1][start : start + length]
        answer = self._get(file, {"Range": f"bytes={start}-{start + length - 1}"}, task)
        if answer is None:
            return None
        if answer.status == _BEYOND:
            return b""
        if answer.status != _PART:
            self._kept = file, answer.content
            return answer.content[start : start + length]
        told = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
        if told is None or int(told[1]) != start:
            raise self._strange("another part of a file than was asked for")
        return answer.content[:length]

    def whole(self, file: Listed, task: Task) -> io.BufferedIOBase | None:
        answer = self._get(file, {}, task)
        return io.BytesIO(answer.content) if answer is not None else None

    def _get(self, file: Listed, headers: dict[str, str], task: Task) -> Answer | None:
        if self._kept is not None and self._kept[0].name != file.name:
            self._kept = None
        try:
            return self._http.download(self._url(file), headers={**_AS_IT_IS, **headers}, task=task)
        except AttribenchError as error:
            if error.code is Code.PROVIDER_MISSING:
                return None
            raise

    def _url(self, file: Listed) -> str:
        url = urljoin(self._index.partition("?")[0], quote(file.name))
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != self._origin:
            raise self._strange("the index names a file of another server")
        return url

    def _strange(self, detail: str) -> AttribenchError:
        return AttribenchError(Code.PROVIDER_ANSWER, provider=NAME, detail=detail, request="–")


_AS_IT_IS = {"Accept-Encoding": "identity", "Accept": "*/*"}


class _Links(HTMLParser):
    """The addresses of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
