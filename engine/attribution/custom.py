"""The user's own models: one SQL expression per path row, checked before it is ever run, normalised to sum 1 (A4).

The expression gives a touch's weight. Weights below zero, absent or not finite count as zero; where all weights of a
conversion are zero, its credit is linear.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from engine import sqlguard
from engine.attribution.models import MODELS, Model
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.store import Cursor

_GIVEN = {
    "age_days": "x.age_seconds / 86400",
    "kind": "case when x.is_view then 'view' when x.is_synthetic then 'synthetic' else 'visit' end",
    "channel": "z.channel",
    "source": "z.source",
    "medium": "z.medium",
    "campaign": "z.campaign_label",
    "platform": "z.platform",
}
COLUMNS = ("position", "touch_count", "engagement", "is_ad", *_GIVEN)
"""What an expression may name."""

_MOST = "1e280::double"  # the sum of a conversion's weights stays finite
_IS_CHANGING = "select bool_or(stability <> 'CONSISTENT') from duckdb_functions() where lower(function_name) = $1"
_ROW_MAKERS = frozenset({"unnest", "generate_subscripts"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class CustomModel:
    """A model of the user's own.

    Attributes:
        name: as users type it.
        expression: SQL over :data:`COLUMNS`.
        number: keeps the columns of several apart.
    """

    name: str
    expression: str
    number: int

    @property
    def model(self) -> Model:
        """As a weight per path row, where :attr:`share` stands beside the path table's columns."""
        return Model(self.name, "position > 0", f"custom_share_{self.number}", self.expression)

    @property
    def weight(self) -> str:
        """The weight as a column, over rows that have :data:`COLUMNS`."""
        given = f"try(({self.expression})::double)"  # what fails on this touch's values gives no weight
        return (
            f"case when position > 0 and isfinite({given}) and {given} > 0 then least({given}, {_MOST}) else 0 end"
            f" as custom_weight_{self.number}"
        )

    @property
    def share(self) -> str:
        """The normalised weight as a column, over rows ``y`` that have :attr:`weight`."""
        weight = f"y.custom_weight_{self.number}"
        total = f"sum({weight}) over (partition by y.entry_no)"
        return (
            f"case when y.position = 0 then 0 when {total} > 0 then {weight} / {total}"
            f" else 1.0::double / y.touch_count end as custom_share_{self.number}"
        )


def with_shares(paths: str, models: Sequence[CustomModel], condition: str) -> str:
    """The rows of a path table that meet a condition on ``x``, with the share under each model, as a subquery.

    The condition must keep conversions whole. It binds ``$profile``.
    """
    given = ", ".join(f"{sql} as {name}" for name, sql in _GIVEN.items())
    weights = ", ".join(model.weight for model in models)
    shares = ", ".join(model.share for model in models)
    return f"""(select y.*, {shares} from (select *, {weights} from (
        select x.*, {given}
        from {paths} x
        join touch_origins z on z.profile_id = x.profile_id and z.origin_no = x.origin_no
        where x.profile_id = $profile and {condition})) y)"""


def check_model(cursor: Cursor, name: str, expression: str) -> None:
    """Raise unless the name is free and the expression is one harmless value per path row.

    Raises:
        AttribenchError: MODEL_EXPRESSION with the reason and the columns there are.
    """
    if not _NAME.fullmatch(name) or name in MODELS:
        raise _refused(f"the name {name!r} is taken or not of the form a_z_0_9")
    if "$" in expression or ";" in expression:
        raise _refused("it has parameters or several statements")
    _parsed(cursor, expression)  # as it stands, too: it must not close the parentheses it is put into
    node = _parsed(cursor, f"({expression})")
    try:
        sqlguard.check(cursor, f"select ({expression})")
    except AttribenchError as error:
        raise _refused(f"{error.facts.get('reason')}: {error.facts.get('detail')}") from error
    for column in _columns(node):
        if column not in COLUMNS:
            raise _refused(f"there is no column {column!r}")
    for function in _functions(node):
        if function in _ROW_MAKERS:
            raise _refused("it must give one value per touch")
        if cursor.value(_IS_CHANGING, [function]):
            raise _refused(f"{function} is not the same each time")
    try:
        cursor.run(
            f"""select ({expression})::double, position from (
                    select 1 as position, 1 as touch_count, 1.0::double as age_days, 1.0::double as engagement,
                           'visit' as kind, true as is_ad, 'Direct' as channel, '' as source, '' as medium,
                           '' as campaign, '' as platform)"""
        )
    except AttribenchError as error:
        detail = str(error.facts.get("detail"))
        raise _refused("aggregate is not allowed in it" if "GROUP BY" in detail else detail) from error


def _parsed(cursor: Cursor, expression: str) -> dict[str, Any]:
    """The tree of a SELECT of one expression and nothing else."""
    tree = json.loads(str(cursor.value("select json_serialize_sql($1)", [f"select {expression}"])))
    if tree.get("error"):
        raise _refused(str(tree.get("error_message") or "it is not SQL").split("\n", 1)[0])
    statements = tree["statements"]
    node = statements[0]["node"]
    if len(statements) != 1 or len(node["select_list"]) != 1 or node["from_table"]["type"] != "EMPTY":
        raise _refused("it must be one expression")
    return node


def _columns(value: Any) -> list[str]:
    """Every column an expression names; raises for subqueries, windows and stars."""
    found: list[str] = []
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            found += _columns(item)
    elif isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        kind = node.get("class")
        if kind in {"SUBQUERY", "WINDOW", "STAR", "PARAMETER", "POSITIONAL_REFERENCE"}:
            raise _refused(f"{kind.lower().replace('_', ' ')} is not allowed in it")
        if kind == "COLUMN_REF":
            found.append(".".join(str(name).lower() for name in node["column_names"]))
        for item in node.values():
            found += _columns(item)
    return found


def _functions(value: Any) -> set[str]:
    """Every function an expression calls."""
    found: set[str] = set()
    if isinstance(value, list):
        for item in cast("list[Any]", value):
            found |= _functions(item)
    elif isinstance(value, dict):
        node = cast("dict[str, Any]", value)
        if "function_name" in node:
            found.add(str(node["function_name"]).lower())
        for item in node.values():
            found |= _functions(item)
    return found


def _refused(reason: str) -> AttribenchError:
    return AttribenchError(Code.MODEL_EXPRESSION, reason=reason, known=COLUMNS)
