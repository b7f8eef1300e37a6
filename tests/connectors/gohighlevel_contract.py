"""A small reader of HighLevel's OpenAPI files: is a request one of theirs, is a reply shaped as they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

FOLDER = Path(__file__).parents[2].parent / "shared" / "contracts" / "gohighlevel" / "v2"
AREAS = ("contacts", "opportunities", "calendars", "locations")


class Contract:
    """The documented paths of the areas that are read."""

    def __init__(self) -> None:
        self.files = {area: json.loads((FOLDER / f"{area}.json").read_text(encoding="utf-8")) for area in AREAS}

    def operation(self, request: httpx.Request) -> tuple[dict[str, Any], dict[str, Any]]:
        """The file and the operation of a request: a path without a placeholder before one that has one."""
        file = self.files[request.url.path.split("/")[1]]
        for path in sorted(file["paths"], key=lambda each: each.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path):
                return file, file["paths"][path][request.method.lower()]
        raise AssertionError(f"no {request.url.path}")

    def faults(self, request: httpx.Request) -> list[str]:
        """What of a request is not as documented."""
        _, operation = self.operation(request)
        known = {(each["in"], each["name"].lower()): each for each in operation.get("parameters", [])}
        faults = [f"unknown {name}" for name in request.url.params if ("query", name.lower()) not in known]
        for (place, name), each in known.items():
            told = request.headers.get(name) if place == "header" else None
            if place == "query":
                told = next((value for key, value in request.url.params.items() if key.lower() == name), None)
            if place == "path":
                continue
            if told is None:
                faults += [f"missing {name}"] if each.get("required") else []
                continue
            schema = each.get("schema", {})
            if "enum" in schema and told not in schema["enum"]:
                faults.append(f"{name} is {told}")
            if schema.get("type") == "number" and not told.lstrip("-").isdigit():
                faults.append(f"{name} is no number: {told}")
        return faults

    def example(self, area: str, name: str) -> dict[str, Any]:
        """An object made of the examples of a schema."""
        file = self.files[area]
        made: dict[str, Any] = {}
        for field, schema in file["components"]["schemas"][name]["properties"].items():
            if "$ref" in schema:
                made[field] = self.example(area, schema["$ref"].rpartition("/")[2])
            elif "example" in schema or "examples" in schema:
                made[field] = schema.get("example", (schema.get("examples") or [None])[0])
        return made
