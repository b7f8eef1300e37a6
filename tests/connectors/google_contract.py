"""Checks values against the providers' published schemas, as far as those go: types, enums, names, references."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2].parent / "shared" / "contracts"


def contract(name: str) -> Any:
    """A contract file; the test is skipped where there are none."""
    path = ROOT / name
    if not path.exists():
        pytest.skip("contracts are not here")
    return json.loads(path.read_text(encoding="utf-8"))


def problems(value: Any, schema: dict[str, Any], definitions: dict[str, Any], where: str = "$") -> list[str]:
    """What is wrong with a value; names that the schema does not know are wrong too."""
    if "$ref" in schema:
        return problems(value, definitions[schema["$ref"].rpartition("/")[2]], definitions, where)
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of {schema['enum'][:5]}"]
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        return [f"{where}: {value!r} is not {schema['pattern']}"]
    types = schema.get("type", "any")
    if not any(_is(value, type_) for type_ in ([types] if isinstance(types, str) else types)):
        return [f"{where}: {value!r} is no {types}"]
    found: list[str] = []
    if isinstance(value, dict):
        for name, each in value.items():
            known = schema.get("properties", {}).get(name)
            found += (
                [f"{where}.{name}: unknown"] if known is None else problems(each, known, definitions, f"{where}.{name}")
            )
    elif isinstance(value, list) and "items" in schema:
        for place, each in enumerate(value):
            found += problems(each, schema["items"], definitions, f"{where}[{place}]")
    return found


def _is(value: Any, type_: str) -> bool:
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "any": object,
    }
    return isinstance(value, kinds[type_]) and not (isinstance(value, bool) and type_ in {"integer", "number"})
