"""Tables with people in them as they leave the program: whole, and with the people hidden where that is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from app.names import field_titles
from engine.queries.masking import (
    hidden_email,
    hidden_name,
    hidden_phone,
    selection_without_emails,
    values_without_emails,
)
from engine.queries.registry import QUERIES

if TYPE_CHECKING:
    from app.context import Context
    from app.takeaway import Takeaway
    from engine.task import Task

_KEYS = ("conversion_id", "visitor_id", "entry_id", "id")
_HIDE = {"name": hidden_name, "person": hidden_name, "email": hidden_email, "phone": hidden_phone}


def has_people(takeaway: Takeaway) -> bool:
    """Whether the table says who people are."""
    return takeaway.query in QUERIES and "masked" in QUERIES[takeaway.query].options


def completed(takeaway: Takeaway, context: Context, task: Task, *, masked: bool) -> Takeaway:
    """The table with every row, and masked where that is wanted, with what it says of itself; off the Qt thread."""
    masked = masked or context.masked
    made = _completed(takeaway, context, task, masked=masked) if has_people(takeaway) else takeaway
    if not masked:
        return made
    meta = values_without_emails(dict(made.meta))
    return replace(made, selection=selection_without_emails(made.selection), meta=meta)


def _completed(takeaway: Takeaway, context: Context, task: Task, *, masked: bool) -> Takeaway:
    options = {**takeaway.options, "masked": True} if masked else takeaway.options
    if takeaway.fetch is not None:
        frame = takeaway.fetch(task, masked)
        titles = field_titles(context.look.words, frame.columns, takeaway.titles)
        return replace(takeaway, frame=frame, titles=titles, options=options)
    if not masked or takeaway.options.get("masked") or context.masked:
        return takeaway  # what is shown while the switch is on is masked already
    told = context.profile.query(takeaway.query, takeaway.selection, task, **options).table
    return replace(takeaway, frame=_masked(takeaway.frame, told), options=options)


def _masked(frame: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The rows with who they are as the masked answer says; what it does not say is hidden here."""
    key = next((name for name in _KEYS if name in frame.columns and name in told.columns), None)
    known: dict[Any, dict[str, Any]] = {} if key is None else {row[key]: row for row in told.to_dicts()}
    rows = frame.to_dicts()
    columns: list[pl.Series] = []
    for name, hide in _HIDE.items():
        if name not in frame.columns:
            continue
        values: list[str | None] = []
        for row in rows:
            found = known.get(row[key]) if key is not None else None
            if found is not None and name == "person":
                values.append(found.get("name") or found.get("email") or found.get("phone"))
            elif found is not None and name in found:
                values.append(found[name])
            else:
                is_nobody = row.get("is_identified") is False
                values.append(row[name] if row[name] is None or is_nobody else hide(str(row[name])))
        columns.append(pl.Series(name, values, pl.String))
    return frame.with_columns(columns)
