"""A web server with the collector's files on this machine: an index in several forms, parts of files, tokens."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import quote, unquote

import httpx

from tests.connectors.harness import Fake

TOKEN = "collector-very-secret"
INDEX = "https://events.example/shop/"


class FakeCollector(Fake):
    """Holds files.

    Attributes:
        files: by name.
        index: ``names``, ``objects`` (nginx's JSON), ``html``, or the text itself.
        has_parts: whether parts of files can be asked for.
        has_tags: whether answers tell an ETag.
    """

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}
        self.index = "names"
        self.has_parts = True
        self.has_tags = True

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, text="who are you?")
        if str(request.url) == INDEX:
            return httpx.Response(200, content=self._index().encode())
        name = unquote(request.url.raw_path.decode()).removeprefix("/shop/")
        content = self.files.get(name)
        if content is None:
            return httpx.Response(404, text="not here")
        headers = {"etag": self._tag(content)} if self.has_tags else {}
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if request.method == "HEAD":
            return httpx.Response(200, headers={**headers, "content-length": str(len(content))})
        if found is None or not self.has_parts:
            return httpx.Response(200, content=content, headers=headers)
        start, end = int(found[1]), int(found[2])
        if start >= len(content):
            return httpx.Response(416, headers={"content-range": f"bytes */{len(content)}"})
        part = content[start : end + 1]
        headers["content-range"] = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
        return httpx.Response(206, content=part, headers=headers)

    def _tag(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()[:16]

    def _index(self) -> str:
        names = sorted(self.files)
        match self.index:
            case "names":
                return json.dumps(names)
            case "objects":
                entries = [
                    {"name": name, "type": "file", "mtime": self._tag(self.files[name]), "size": len(self.files[name])}
                    for name in names
                ]
                return json.dumps([{"name": "old", "type": "directory", "mtime": "Wed, 01 Jul 2026"}, *entries])
            case "html":
                links = "".join(f'<a href="{quote(name)}">{name}</a> 01-Jul-2026 10:00 12\n' for name in names)
                head = '<html><body><pre><a href="../">../</a><a href="?C=M;O=A">Last modified</a>'
                return f'{head}<a href="https://elsewhere.example/x.ndjson">x</a>{links}</pre></body></html>'
            case text:
                return text
