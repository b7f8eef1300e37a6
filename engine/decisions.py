"""What the user decides about people: merges, splits and filled values (I5). Data, read by every rebuild.

Decisions made together are a batch: applied in one transaction, undone in one. Each stands in the change log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.changes import log_change
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.store import Cursor

Identifier = tuple[str, str]

FILLED = ("email", "phone", "name")
"""What a fill can give."""


@dataclass(frozen=True)
class Decision:
    """One decision.

    Attributes:
        kind: ``merge``, ``split`` or ``fill``.
        left: an identifier (kind, value), or for a fill ``("record", record_key)``.
        right: merge: the identifier whose person is the same; fill: what is filled in, of :data:`FILLED`.
        evidence: fill: where the value was found.
    """

    kind: str
    left: Identifier
    right: Identifier | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])


def decide(cursor: Cursor, profile_id: int, decisions: Sequence[Decision], now: datetime) -> int:
    """Keep decisions as one batch; returns its id. The profile is stale until its next rebuild.

    Raises:
        AttribenchError: PERSON_UNKNOWN for an identifier that is nobody's: never seen, or quarantined.
    """
    checked = [_checked(cursor, profile_id, decision) for decision in decisions]
    batch_id = 0
    for decision in checked:
        decision_id = int(cursor.value("select nextval('identity_decision_ids')"))
        batch_id = batch_id or decision_id
        _insert(cursor, profile_id, decision_id, batch_id, decision, now)
        log_change(
            cursor,
            profile_id,
            now,
            f"people {decision.kind}",
            {"left": decision.left, "right": decision.right, "decision_id": decision_id},
        )
    _outdate(cursor, profile_id)
    return batch_id


def undo(cursor: Cursor, profile_id: int, batch_id: int, now: datetime) -> int:
    """Take a batch back; returns how many decisions that were. Those undone before stay as they are."""
    ids = [
        number
        for (number,) in cursor.rows(
            """select decision_id from identity_decisions
               where profile_id = $1 and batch_id = $2 and undone_at is null order by 1""",
            [profile_id, batch_id],
        )
    ]
    for number in ids:
        cursor.run(
            "update identity_decisions set undone_at = $1 where decision_id = $2", [now.replace(tzinfo=None), number]
        )
        log_change(cursor, profile_id, now, "identity decision undone", {"decision_id": number})
    if ids:
        _outdate(cursor, profile_id)
    return len(ids)


def suppose(cursor: Cursor, profile_id: int, decisions: Sequence[Decision], now: datetime) -> None:
    """Put these beside the stored decisions for this cursor alone: nothing is written."""
    cursor.run("create or replace temp table identity_decisions as from identity_decisions")
    for number, decision in enumerate(decisions, 1):
        _insert(cursor, profile_id, -number, -1, _checked(cursor, profile_id, decision), now)


def _insert(
    cursor: Cursor, profile_id: int, decision_id: int, batch_id: int, decision: Decision, now: datetime
) -> None:
    cursor.run(
        """insert into identity_decisions (decision_id, batch_id, profile_id, decision, left_kind, left_value,
               right_kind, right_value, decided_at, evidence) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        [
            decision_id,
            batch_id,
            profile_id,
            decision.kind,
            *decision.left,
            *(decision.right or (None, None)),
            now.replace(tzinfo=None),
            json.dumps(dict(decision.evidence)) if decision.evidence else None,
        ],
    )


def _checked(cursor: Cursor, profile_id: int, decision: Decision) -> Decision:
    """With identifiers as they are stored."""
    left = decision.left if decision.left[0] == "record" else _known(cursor, profile_id, decision.left)
    right = decision.right
    if decision.kind == "merge" and right is not None:
        right = _known(cursor, profile_id, right)
    return Decision(decision.kind, left, right, decision.evidence)


def _known(cursor: Cursor, profile_id: int, identifier: Identifier) -> Identifier:
    kind, value = identifier[0], identifier[1].strip()
    if kind == "email":
        value = value.lower()
    if not cursor.value(
        "select 1 from identifiers where profile_id = $1 and kind = $2 and value = $3 and person_id is not null",
        [profile_id, kind, value],
    ):
        raise AttribenchError(Code.PERSON_UNKNOWN, identifier=f"{kind}:{value}")
    return kind, value


def _outdate(cursor: Cursor, profile_id: int) -> None:
    cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
