"""Loads a sample the way the import does: `source (line, record)`, then the format's query."""

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine.ingest.exports import EXPORTS

SAMPLES = Path(__file__).parents[3] / "data" / "exports"


def _read(name: str) -> list[Any]:
    path = SAMPLES / name
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in content.splitlines()]
    if path.suffix == ".json":
        return json.loads(content)
    if path.suffix == ".csv":
        return list(csv.DictReader(content.splitlines()))
    columns = EXPORTS[path.stem].columns
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in content.splitlines()]


def _query(connection: duckdb.DuckDBPyConnection, kind: str) -> list[dict[str, Any]]:
    result = connection.execute(EXPORTS[kind].query)
    names = [column[0] for column in result.description or ()]
    rows = result.fetchall()
    found = [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows]
    for event in found:
        event["payload"] = json.loads(event.get("payload", "{}"))
    return sorted(found, key=lambda event: (event["line"], event.get("event_time", "")))


def _map(kind: str, source: Iterable[Any]) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE source (line BIGINT, record JSON)")
        for line, record in enumerate(source, start=1):
            connection.execute("INSERT INTO source VALUES (?, ?)", [line, json.dumps(record)])
        return _query(connection, kind)


@pytest.fixture
def read() -> Callable[[str], list[Any]]:
    """The records of a sample file, in the shape the import gives them."""
    return _read


@pytest.fixture
def query() -> Callable[[duckdb.DuckDBPyConnection, str], list[dict[str, Any]]]:
    """Runs a format on the `source` of a connection: events in file order without absent values, payload parsed."""
    return _query


@pytest.fixture
def mapped() -> Callable[[str, Iterable[Any]], list[dict[str, Any]]]:
    """The events a format makes of some records."""
    return _map


@pytest.fixture
def sample() -> Callable[[str], list[dict[str, Any]]]:
    """The events of a sample file."""
    return lambda name: _map(Path(name).stem, _read(name))
