"""The change log: who changed what, when, from what and to what. Kept whole: nothing is ever removed from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from engine.store import Cursor

SETTINGS_CHANGED = "settings changed"


def log_change(
    cursor: Cursor,
    profile_id: int | None,
    now: datetime,
    action: str,
    details: dict[str, Any],
    by: str = "",
    undoes: int | None = None,
) -> int:
    """Append to the change log; returns the entry's id.

    Args:
        cursor: in the transaction of the change itself.
        profile_id: whose change; None: the workspace's.
        now: when.
        action: what was done, as a few words that name the kind of change.
        details: what it was done to; of settings each field with its value before and after.
        by: who.
        undoes: the entry that this change takes back.
    """
    change_id = int(cursor.value("select nextval('change_ids')"))
    cursor.run(
        "insert into change_log (change_id, profile_id, changed_at, action, details, changed_by, undoes)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [change_id, profile_id, now.replace(tzinfo=None), action, json.dumps(details, default=str), by, undoes],
    )
    return change_id
