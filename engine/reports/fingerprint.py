"""What a report was made of: hashes of the records, and sums by day that tell later what changed.

The fingerprint says whether anything changed; the evidence says what: spend by day and platform, conversions by day and
goal, cash by day, visits by day, of the range and its comparison period.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.ingest.fields import KINDS
from engine.reports.snapshot import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.queries.scope import Scope

_BRAND = ("logo", "accent", "prepared_by")  # no figure depends on them

SETTINGS, DECISIONS, MODELS = "settings", "identity_decisions", "custom_models"


def data_state(scope: Scope) -> dict[str, str]:
    """Number and hash of the records of each raw table, of the settings, and of the user's decisions on people."""
    state: dict[str, str] = {}
    for table in sorted({kind.table for kind in KINDS.values()}):
        row = scope.frame(
            f"select count(*) as n, coalesce(bit_xor(content_hash), 0)::varchar as h from {table}"
            " where profile_id = $profile"
        ).row(0)
        state[table] = f"{row[0]}:{row[1]}"
    decisions = scope.frame(
        """select decision_id from identity_decisions where profile_id = $profile and undone_at is null
           order by decision_id"""
    )
    state[DECISIONS] = ",".join(str(number) for number in decisions["decision_id"])
    state[MODELS] = _text({name: model.expression for name, model in scope.custom_models.items()})
    state[SETTINGS] = _text({name: value for name, value in asdict(scope.profile).items() if name not in _BRAND})
    return state


def fingerprint_of(state: Mapping[str, str]) -> str:
    """SHA-256 of a state, hex."""
    return hashlib.sha256(_text(state).encode()).hexdigest()


def evidence(scope: Scope) -> dict[str, list[dict[str, Any]]]:
    """Sums by day of the range and its comparison period, each row with its key first."""
    selection, previous = scope.selection, scope.selection.previous()
    bound = {
        "date_from": selection.date_from,
        "date_to": selection.date_to,
        "compare_from": previous.date_from,
        "compare_to": previous.date_to,
    }

    def rows(table: str, day: str, keys: str, sums: str) -> list[dict[str, Any]]:
        return scope.frame(
            f"""select {day} as day, {keys}{", " if keys else ""}{sums} from {table}
                where profile_id = $profile
                  and ({day} between $date_from and $date_to or {day} between $compare_from and $compare_to)
                group by all order by all""",
            bound,
        ).to_dicts()

    return {
        "spend": rows("ad_daily", "spent_on", "platform", "round(sum(spend_reporting)::double, 6) as amount"),
        "conversions": rows(
            "conversions",
            "converted_on",
            "goal",
            "count(*) as number, round(coalesce(sum(amount_reporting), 0)::double, 6) as amount",
        ),
        "cash": rows(
            "cash",
            "booked_on",
            "entry",
            "count(*) as number, round(coalesce(sum(amount_reporting), 0)::double, 6) as amount",
        ),
        "visits": rows("visits", "started_on", "", "count(*) as number"),
    }


def _text(value: object) -> str:
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), default=str)
