"""Bringing older files to the program's schema."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest

from engine import AttribenchError, Code, ProfileSettings, Workspace
from engine.schema import migrate as module
from engine.schema.migrate import Migration, known_version, migrations

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def _file(path: Path, version: int) -> None:
    """A file as a program that knew only the first migrations left it."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table schema_migrations"
            " (version integer not null, name varchar not null, applied_at timestamp not null)"
        )
        for migration in migrations()[:version]:
            connection.execute(migration.sql)
            connection.execute(
                "insert into schema_migrations values ($1, $2, now()::timestamp)", [migration.version, migration.name]
            )
        connection.execute(
            "insert into profiles (name, currency, timezone, phone_region, created_at)"
            " values ('Old', 'EUR', 'UTC', 'ES', now()::timestamp)"
        )


def _schema(path: Path) -> list[tuple[str, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            "select table_name, column_name, data_type, is_nullable from duckdb_columns()"
            " where not internal order by table_name, column_index"
        ).fetchall()


def test_numbers_are_consecutive_and_never_reused():
    assert [migration.version for migration in migrations()] == list(range(1, known_version() + 1))


@pytest.mark.parametrize("version", range(1, known_version()))
def test_every_historic_file_is_upgraded_after_a_backup(tmp_path: Path, version: int):
    fresh, old = tmp_path / "fresh.duckdb", tmp_path / "old.duckdb"
    Workspace.open(fresh, create=True).close()
    _file(old, version)
    before = _schema(old)
    with Workspace.open(old, clock=lambda: NOW) as workspace:
        assert [profile.settings.name for profile in workspace.profiles()] == ["Old"]
        workspace.create_profile(ProfileSettings("New"))
    assert _schema(old) == _schema(fresh)
    (backup,) = tmp_path.glob("old.before-*.duckdb")
    assert backup.name == f"old.before-v{known_version()}-20260701-120000.duckdb"
    assert _schema(backup) == before
    with duckdb.connect(str(backup), read_only=True) as connection:
        assert connection.execute("select name from profiles").fetchall() == [("Old",)]


def test_a_current_file_is_neither_copied_nor_changed(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    Workspace.open(path, create=True).close()
    Workspace.open(path).close()
    assert [file.name for file in tmp_path.iterdir()] == ["w.duckdb"]


def test_a_new_file_needs_no_backup(tmp_path: Path):
    Workspace.open(tmp_path / "w.duckdb", create=True).close()
    assert [file.name for file in tmp_path.iterdir()] == ["w.duckdb"]


def test_a_failing_migration_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch):
    path = tmp_path / "w.duckdb"
    with Workspace.open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings("P"))
    before = _schema(path)
    known = migrations()
    later = [
        Migration(known_version() + 1, "fine", "alter table profiles add column more integer; delete from profiles;"),
        Migration(known_version() + 2, "broken", "create table half (i integer); select * from nowhere;"),
    ]
    monkeypatch.setattr(module, "migrations", lambda: [*known, *later])
    with pytest.raises(AttribenchError):
        Workspace.open(path)
    assert len(list(tmp_path.glob("w.before-*.duckdb"))) == 1
    monkeypatch.undo()
    assert _schema(path) == before
    with Workspace.open(path) as workspace:
        assert [profile.settings.name for profile in workspace.profiles()] == ["P"]


def test_a_newer_file_is_refused_untouched(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    Workspace.open(path, create=True).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into schema_migrations values (99, 'future', now()::timestamp)")
    with pytest.raises(AttribenchError) as caught:
        Workspace.open(path)
    assert caught.value.code is Code.WORKSPACE_NEWER
    assert caught.value.facts == {"path": str(path), "version": 99, "known": known_version()}
    assert [file.name for file in tmp_path.iterdir()] == ["w.duckdb"]


def test_an_interrupted_creation_can_be_repeated(tmp_path: Path, monkeypatch):
    path = tmp_path / "w.duckdb"
    known = migrations()
    broken = Migration(known_version(), "broken", "select * from nowhere")
    monkeypatch.setattr(module, "migrations", lambda: [*known[:-1], broken])
    with pytest.raises(AttribenchError):
        Workspace.open(path, create=True)
    monkeypatch.undo()
    with Workspace.open(path, create=True) as workspace:
        assert workspace.profiles() == []
