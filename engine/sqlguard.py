"""What a user's SQL may do: read the documented views, and nothing else.

The statement is parsed by DuckDB itself and its tree is walked. One SELECT; every table it names is a documented view
or one of its own WITH queries; every function is on a list of pure ones. Files, settings, extensions, other tables,
and writes hidden in a WITH are refused, whatever the spelling.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.store import Cursor

VIEWS = (
    "v_events",
    "v_visits",
    "v_people",
    "v_conversions",
    "v_touches",
    "v_paths",
    "v_cash",
    "v_ad_daily",
    "v_identifiers",
    "v_conflicts",
)

_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"}
_TABLES = {"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EMPTY_FROM", "EXPRESSION_LIST", "TABLE_FUNCTION", "PIVOT"}
_TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}


def check(cursor: Cursor, statement: str) -> None:
    """Raise SQL_REFUSED unless the statement is one harmless SELECT on the documented views."""
    tree = json.loads(str(cursor.value("select json_serialize_sql($1)", [statement])))
    if tree.get("error"):
        reason = "not_select" if tree.get("error_type") == "not implemented" else "syntax"
        raise AttribenchError(Code.SQL_REFUSED, reason=reason, detail=str(tree.get("error_message", "")))
    statements = tree.get("statements", [])
    if len(statements) != 1:
        raise AttribenchError(Code.SQL_REFUSED, reason="one_statement", detail=str(len(statements)))
    own = {
        str(entry["key"]).lower()
        for node in _objects(tree)
        if isinstance(node.get("cte_map"), dict)
        for entry in node["cte_map"].get("map", [])
    }
    for node in _objects(statements[0]):
        _check_node(node, own)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from _objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from _objects(child)


def _check_node(node: dict[str, Any], own: set[str]) -> None:
    kind = node.get("type")
    if not isinstance(kind, str):
        return
    if kind.endswith("_NODE") and kind not in _NODES:
        raise AttribenchError(Code.SQL_REFUSED, reason="not_select", detail=kind)
    if kind == "BASE_TABLE":
        name = str(node.get("table_name", "")).lower()
        if node.get("schema_name") or node.get("catalog_name") or (name not in VIEWS and name not in own):
            raise AttribenchError(Code.SQL_REFUSED, reason="table", detail=str(node.get("table_name")))
    elif "table_name" in node and "column_name_alias" in node and kind not in _TABLES:
        raise AttribenchError(Code.SQL_REFUSED, reason="table", detail=kind)
    elif kind == "TABLE_FUNCTION":
        name = str(node.get("function", {}).get("function_name", "")).lower()
        if name not in _TABLE_FUNCTIONS:
            raise AttribenchError(Code.SQL_REFUSED, reason="function", detail=name)
    elif kind == "SHOW_REF":
        raise AttribenchError(Code.SQL_REFUSED, reason="table", detail=kind)
    if node.get("class") == "FUNCTION" or (kind == "FUNCTION" and "function_name" in node):
        name = str(node.get("function_name", "")).lower()
        if name not in _functions() and name not in _TABLE_FUNCTIONS:
            raise AttribenchError(Code.SQL_REFUSED, reason="function", detail=name)


@cache
def _functions() -> frozenset[str]:
    text = resources.files("resources").joinpath("data", "sql_functions.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
