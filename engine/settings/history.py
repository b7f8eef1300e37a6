"""Undoing what stands in the change log: a new entry that puts back what was before, exactly."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.changes import SETTINGS_CHANGED, log_change
from engine.errors import AttribenchError, Code
from engine.ingest import importer
from engine.profile_rows import plain, read_profile, restored, update_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from engine.store import Cursor

MODEL_DEFINED, MODEL_DROPPED = "model defined", "model dropped"
RATE_ENTERED = "rate entered"

_SCHEMA = {
    "change_id": pl.Int64,
    "changed_at": pl.Datetime("us"),
    "changed_by": pl.String,
    "action": pl.String,
    "details": pl.String,
    "undoes": pl.Int64,
    "undone_by": pl.Int64,
    "can_undo": pl.Boolean,
}


def changes(cursor: Cursor, profile_id: int) -> pl.DataFrame:
    """The change log of a profile, newest first.

    ``details`` is JSON; of settings each field with its value before and after. ``undone_by`` is the change that takes
    this one back, unless that was taken back itself; ``can_undo`` whether :func:`undo` knows how.
    """
    rows = cursor.rows(
        """select change_id, changed_at, coalesce(changed_by, ''), action, details::varchar, undoes
           from change_log where profile_id = $1 order by change_id desc""",
        [profile_id],
    )
    undone: dict[int, int] = {}  # newest first: what undoes an entry is known before the entry
    told: list[tuple[Any, ...]] = []
    for row in rows:
        change_id, undoes = row[0], row[5]
        if undoes is not None and change_id not in undone:
            undone.setdefault(undoes, change_id)
        by = undone.get(change_id)
        told.append((*row, by, by is None and row[3] in _WAYS))
    return pl.DataFrame(told, schema=_SCHEMA, orient="row")


def undo(cursor: Cursor, profile_id: int, change_id: int, now: datetime, by: str) -> int:
    """Put back what a change replaced; returns the new entry's id.

    Raises:
        AttribenchError: CHANGE_UNKNOWN when there is no such change, it was undone, or it is none that can be;
            CHANGE_OVERTAKEN when what it set was changed again since, with the fields.
    """
    known = {row["change_id"]: row for row in changes(cursor, profile_id).iter_rows(named=True)}
    entry = known.get(change_id)
    if entry is None or not entry["can_undo"]:
        raise AttribenchError(Code.CHANGE_UNKNOWN, change_id=change_id)
    details = json.loads(entry["details"])
    return _WAYS[entry["action"]](cursor, profile_id, change_id, details, now, by)


def _undo_settings(
    cursor: Cursor, profile_id: int, change_id: int, details: Mapping[str, Any], now: datetime, by: str
) -> int:
    settings = read_profile(cursor, profile_id)
    present = plain(settings)
    overtaken = sorted(name for name, (_, after) in details.items() if present[name] != after)
    if overtaken:
        raise AttribenchError(Code.CHANGE_OVERTAKEN, change_id=change_id, fields=overtaken)
    back = restored(settings, {name: before for name, (before, _) in details.items()})
    return update_profile(cursor, profile_id, back, now, by, change_id) or change_id


def change_model(
    cursor: Cursor,
    profile_id: int,
    name: str,
    expression: str | None,
    now: datetime,
    by: str,
    undoes: int | None = None,
) -> int:
    """Set, replace or (None) remove a model of the user's own, and note it; returns the entry's id."""
    before = cursor.value(
        "select expression from custom_models where profile_id = $1 and name = $2", [profile_id, name]
    )
    cursor.run("delete from custom_models where profile_id = $1 and name = $2", [profile_id, name])
    if expression is not None:
        cursor.run(
            "insert into custom_models values ($1, $2, $3, $4)",
            [profile_id, name, expression, now.replace(tzinfo=None)],
        )
    action = MODEL_DROPPED if expression is None else MODEL_DEFINED
    details = {"name": name, "before": before, "after": expression}
    return log_change(cursor, profile_id, now, action, details, by, undoes)


def _undo_model(
    cursor: Cursor, profile_id: int, change_id: int, details: Mapping[str, Any], now: datetime, by: str
) -> int:
    present = cursor.value(
        "select expression from custom_models where profile_id = $1 and name = $2", [profile_id, details["name"]]
    )
    if "after" not in details:  # of a version that did not note what was before
        raise AttribenchError(Code.CHANGE_UNKNOWN, change_id=change_id)
    if present != details["after"]:
        raise AttribenchError(Code.CHANGE_OVERTAKEN, change_id=change_id, fields=[details["name"]])
    return change_model(cursor, profile_id, details["name"], details["before"], now, by, change_id)


def note_rate(cursor: Cursor, profile_id: int, import_id: int, rate: Mapping[str, Any], now: datetime, by: str) -> int:
    """Note that an exchange rate was entered by hand."""
    return log_change(cursor, profile_id, now, RATE_ENTERED, {"import_id": import_id, **rate}, by)


def _undo_rate(
    cursor: Cursor, profile_id: int, change_id: int, details: Mapping[str, Any], now: datetime, by: str
) -> int:
    importer.take_back(cursor, int(details["import_id"]), now)
    return log_change(cursor, profile_id, now, "rate taken back", dict(details), by, change_id)


def _undo_decision(
    cursor: Cursor, profile_id: int, change_id: int, details: Mapping[str, Any], now: datetime, by: str
) -> int:
    decision = int(details["decision_id"])
    cursor.run(
        "update identity_decisions set undone_at = $1 where decision_id = $2 and profile_id = $3 and undone_at is null",
        [now.replace(tzinfo=None), decision, profile_id],
    )
    cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
    return log_change(cursor, profile_id, now, "identity decision undone", {"decision_id": decision}, by, change_id)


_WAYS: dict[str, Callable[..., int]] = {
    SETTINGS_CHANGED: _undo_settings,
    MODEL_DEFINED: _undo_model,
    MODEL_DROPPED: _undo_model,
    RATE_ENTERED: _undo_rate,
    "people merge": _undo_decision,
    "people split": _undo_decision,
    "people fill": _undo_decision,
}
