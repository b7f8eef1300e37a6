"""What a user's SQL may do: read the documented views, and nothing else.

The statement is parsed by DuckDB itself and its tree is walked. One SELECT; every table it names is a documented view
or one of its own WITH queries, where those can be seen; every function is on a list of pure ones. Files, settings,
extensions, other tables, and writes hidden in a WITH are refused, whatever the spelling, and so is every kind of node
that is not known here.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, TypeAlias

from engine.errors import AttribenchError, Code
from engine.views import VIEWS

if TYPE_CHECKING:
    from engine.store import Cursor

_KEPT_TABLES = frozenset(
    {"connections", "goals", "identity_decisions", "imports", "row_memberships", "sync_runs"}
)  # besides raw and derived ones, what queries read

_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"})
_TABLES = frozenset({"SUBQUERY", "JOIN", "EMPTY", "EMPTY_FROM", "EXPRESSION_LIST", "PIVOT"})
_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
_EXPRESSIONS = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "DEFAULT",
        "FUNCTION",
        "LAMBDA",
        "LAMBDA_REF",
        "OPERATOR",
        "POSITIONAL_REFERENCE",
        "STAR",
        "SUBQUERY",
        "TYPE",
        "WINDOW",
    }
)

_NO_PLACE = 1 << 32  # DuckDB's mark of a part that stands nowhere is larger
_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"


def check(cursor: Cursor, statement: str, *, has_tables: bool = False) -> None:
    """Raise SQL_REFUSED unless the statement is one harmless SELECT on the documented views.

    Args:
        cursor: parses it.
        statement: the SQL.
        has_tables: it may read :func:`tables` too.
    """
    tree = _object(json.loads(str(cursor.value("select json_serialize_sql($1)", [statement]))))
    if tree.get("error"):
        reason = "not_select" if tree.get("error_type") == "not implemented" else "syntax"
        offset = tree.get("position")
        raise _refusal(reason, tree.get("error_message") or "", int(offset) if isinstance(offset, str) else None)
    statements = _list(tree.get("statements"))
    if len(statements) != 1:
        raise _refusal("one_statement", str(len(statements)))
    _walk(statements[0], frozenset(), tables() | VIEWS.keys() if has_tables else frozenset(VIEWS))


def _walk(value: _Json, own: frozenset[str], known: frozenset[str]) -> None:
    """Check a part of the tree.

    ``own`` are the names of the WITH queries that can be seen from here, ``known`` the views and tables.
    """
    if isinstance(value, list):
        for child in value:
            _walk(child, own, known)
        return
    if not isinstance(value, dict):
        return
    if "cte_map" in value:
        own = _check_query(value, own, known)
    elif "class" in value:
        if value["class"] not in _EXPRESSIONS:
            raise _refusal("expression", value["class"])
    elif "sample" in value or "column_name_alias" in value:
        _check_table(value, own | known)
    if "function_name" in value:
        _check_function(value)
    for name, child in value.items():
        if name != "cte_map":
            _walk(child, own, known)


def _check_query(node: dict[str, _Json], own: frozenset[str], known: frozenset[str]) -> frozenset[str]:
    """Check a query and its WITH queries; returns the names its other parts see.

    A WITH query sees the ones before it, and itself only when it is recursive: otherwise its own name means the table
    of that name.
    """
    kind = node.get("type")
    if kind not in _NODES:
        raise _refusal("not_select", kind)
    for entry in _list(_object(node["cte_map"]).get("map")):
        name, query = str(_object(entry)["key"]).lower(), _object(_object(entry)["value"])
        body = query.get("query_node")
        if not isinstance(body, dict) or "cte_map" not in body:
            raise _refusal("not_select", name)
        inside = own | {name} if body.get("type") == "RECURSIVE_CTE_NODE" else own
        for part in query.values():
            _walk(part, inside, known)
        own |= {name}
    return own


def _check_table(node: dict[str, _Json], known: frozenset[str]) -> None:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        name = str(node.get("table_name"))
        path = _list(_object(node.get("qualified_name", {})).get("path", [name]))
        is_bare = path == [name] and not (node.get("schema_name") or node.get("catalog_name") or node.get("at_clause"))
        if not is_bare or name.lower() not in known:
            raise _refusal("table", ".".join(str(part) for part in path), _offset(node))
    elif kind == "TABLE_FUNCTION":
        name = str(_object(node.get("function")).get("function_name")).lower()
        if name not in _TABLE_FUNCTIONS:
            raise _refusal("function", name, _offset(node))
    elif kind not in _TABLES:
        raise _refusal("table", kind)


def _check_function(node: dict[str, _Json]) -> None:
    name = str(node["function_name"]).lower()  # without what stands before a dot: a schema, or the first argument
    if name not in functions() and name not in _TABLE_FUNCTIONS:
        raise _refusal("function", name, _offset(node))


def _offset(node: dict[str, _Json]) -> int | None:
    """Where a part of the tree stands in the statement, in bytes."""
    told = node.get("query_location")
    return told if isinstance(told, int) and 0 <= told < _NO_PLACE else None


def _refusal(reason: str, detail: _Json, offset: int | None = None) -> AttribenchError:
    return AttribenchError(
        Code.SQL_REFUSED, reason=reason, detail=str(detail), **({} if offset is None else {"offset": offset})
    )


def _object(value: _Json) -> dict[str, _Json]:
    if not isinstance(value, dict):
        raise _refusal("syntax", "unexpected")
    return value


def _list(value: _Json) -> list[_Json]:
    if not isinstance(value, list):
        raise _refusal("syntax", "unexpected")
    return value


@cache
def tables() -> frozenset[str]:
    """Tables behind the views: records, and what was derived from them. They may change with every version."""
    from engine.derive.pipeline import DERIVED_TABLES  # both come back here for the user's own models
    from engine.ingest.fields import KINDS

    return _KEPT_TABLES | frozenset(DERIVED_TABLES) | {kind.table for kind in KINDS.values()}


@cache
def functions() -> frozenset[str]:
    """Functions and operators that may be called."""
    text = resources.files("resources").joinpath("data", "sql_functions.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
