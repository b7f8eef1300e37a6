"""What every test may use: a small workspace to put records into and ask what was derived from them."""

from __future__ import annotations

import io
import json
import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from engine import Profile, ProfileSettings, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    import polars as pl

    from engine.ingest.importer import ImportResult

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # windows are tested without a display unless one is named

_connect = duckdb.connect


def _connect_with_one_thread(
    database: str = ":memory:", *, config: dict[str, Any] | None = None, **options: Any
) -> Any:
    """Small databases gain nothing by threads, and the workers of a test run have a core each."""
    return _connect(database, config={"threads": 1} | (config or {}), **options)


duckdb.connect = _connect_with_one_thread
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
_USUAL: dict[str, Any] = {"name": "Lab", "domains": ("shop.example",)}


@cache
def _made(*, has_profile: bool) -> bytes:
    """A new workspace's file, with the usual profile: made once, as migrating each anew takes most of a small test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lab.duckdb"
        with Workspace.open(path, create=True, clock=lambda: NOW) as workspace:
            if has_profile:
                workspace.create_profile(ProfileSettings(**_USUAL))
        return path.read_bytes()


class Lab:
    """A workspace with one profile. Records are given as dictionaries with the names of the file formats."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.now = NOW
        path.write_bytes(_made(has_profile=not settings))
        self.workspace = Workspace.open(path, clock=lambda: self.now)
        self.profile: Profile = (
            self.workspace.create_profile(ProfileSettings(**_USUAL | settings))
            if settings
            else self.workspace.profile()
        )

    def close(self) -> None:
        self.workspace.close()

    def change(self, **settings: Any) -> None:
        """Change settings of the profile."""
        self.profile.change(replace(self.profile.settings, **settings))

    def load(self, kind: str, rows: Sequence[Mapping[str, Any]], **options: Any) -> ImportResult:
        """Import records of a kind, as NDJSON."""
        text = "".join(json.dumps(dict(row)) + "\n" for row in rows)
        return self.profile.import_file(kind, io.BytesIO(text.encode()), **options)

    def events(self, *rows: Mapping[str, Any]) -> ImportResult:
        return self.load("events", rows)

    def conversions(self, *rows: Mapping[str, Any]) -> ImportResult:
        return self.load("conversions", rows)

    def touches(self, *rows: Mapping[str, Any]) -> ImportResult:
        return self.load("touches", rows)

    def people(self, *rows: Mapping[str, Any]) -> ImportResult:
        return self.load("people", rows)

    def ad_spend(self, *rows: Mapping[str, Any]) -> ImportResult:
        return self.load("ad-spend", rows)

    def rates(self, *rows: Mapping[str, Any]) -> ImportResult:
        return self.load("rates", rows)

    def rebuild(self) -> Lab:
        self.profile.rebuild()
        return self

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Any query on the workspace's tables, as tuples."""
        with self.workspace.store.read() as cursor:
            return cursor.rows(sql)

    def frame(self, sql: str) -> pl.DataFrame:
        """Any query on the workspace's tables, as a frame."""
        with self.workspace.store.read() as cursor:
            return cursor.frame(sql)

    def value(self, sql: str) -> Any:
        """The first value of a query."""
        return self.rows(sql)[0][0]

    def person_of(self, kind: str, value: str) -> str | None:
        """Person id an identifier belongs to, as text."""
        with self.workspace.store.read() as cursor:
            return cursor.value(
                "select person_id::varchar from identifiers where kind = $1 and value = $2", [kind, value]
            )


@pytest.fixture
def make_lab(tmp_path: Path) -> Generator[Callable[..., Lab]]:
    """Makes workspaces: ``make_lab(timezone="Europe/Madrid")``; each in a file of its own, closed at the end."""
    labs: list[Lab] = []

    def make(**settings: Any) -> Lab:
        lab = Lab(tmp_path / f"lab{len(labs)}.duckdb", **settings)
        labs.append(lab)
        return lab

    yield make
    for lab in labs:
        lab.close()


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    """A workspace with a profile in USD and UTC that owns ``shop.example``."""
    return make_lab()
