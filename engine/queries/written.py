"""A query written out: the SQL it runs, with its parameters as literals, for people to read and run elsewhere."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from textwrap import dedent
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PARAMETER = re.compile(r"('(?:[^']|'')*')|\$(\w+)")


def written_out(sql: str, parameters: Sequence[object] | Mapping[str, object] | None) -> str:
    """A statement with its parameters in place."""
    if parameters is None:
        values: dict[str, object] = {}
    elif isinstance(parameters, dict):
        values = parameters
    else:
        values = {str(number): value for number, value in enumerate(cast("Iterable[object]", parameters), 1)}

    def literal(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        return _literal(values[found[2]]) if found[2] in values else found[0]

    lines = dedent(_PARAMETER.sub(literal, sql)).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return str(value)
        case float():
            return f"{value!r}::double"
        case datetime():
            return f"timestamp '{value.isoformat(' ')}'"
        case date():
            return f"date '{value.isoformat()}'"
        case list() | tuple():
            return "[" + ", ".join(_literal(item) for item in cast("Iterable[object]", value)) + "]"
        case _:
            return "'" + str(value).replace("'", "''") + "'"
