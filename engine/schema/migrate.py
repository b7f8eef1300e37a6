"""Bringing a workspace file to the program's schema.

Migrations are numbered SQL files, only ever added. All that are missing are applied in one transaction, after a backup
copy of a file that held data already. A file that a newer program wrote is refused, never guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from engine.store import Cursor, Store
    from engine.task import Task


@dataclass(frozen=True)
class Migration:
    """One numbered step of the schema."""

    version: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Every migration this program knows, in order."""
    found: list[Migration] = []
    for file in sorted(resources.files("engine.schema").joinpath("migrations").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".sql"):
            number, name = file.name.removesuffix(".sql").split("_", 1)
            found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    return found


def known_version() -> int:
    """The newest schema version this program knows."""
    return migrations()[-1].version


def version_of(cursor: Cursor) -> int | None:
    """The schema version of a file: 0 when it is empty, None when it is a database that is not ours."""
    tables = {
        name
        for (name,) in cursor.rows(
            "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'main'"
        )
    }
    if "schema_migrations" in tables:
        return int(cursor.value("select coalesce(max(version), 0) from schema_migrations"))
    return None if tables else 0


def migrate(store: Store, now: datetime, task: Task) -> Path | None:
    """Apply what is missing. Returns the backup made before, if the file held an older schema.

    Raises:
        AttribenchError: WORKSPACE_NOT_OURS, or WORKSPACE_NEWER when the file is from a newer program.
    """
    with store.read(task) as cursor:
        version = version_of(cursor)
    if version is None:
        raise AttribenchError(Code.WORKSPACE_NOT_OURS, path=str(store.path))
    if version > known_version():
        raise AttribenchError(Code.WORKSPACE_NEWER, path=str(store.path), version=version, known=known_version())
    missing = [migration for migration in migrations() if migration.version > version]
    if not missing:
        return None
    backup = None
    if version:
        backup = store.path.with_name(f"{store.path.stem}.before-v{known_version()}-{now:%Y%m%d-%H%M%S}.duckdb")
        store.backup(backup, task)
    with store.write(task) as cursor:
        if not version:
            cursor.run(
                "create table schema_migrations (version integer not null, name varchar not null,"
                " applied_at timestamp not null)"
            )
        for migration in missing:
            cursor.run(migration.sql)
            cursor.run(
                "insert into schema_migrations values ($1, $2, $3)",
                [migration.version, migration.name, now.replace(tzinfo=None)],
            )
    return backup
