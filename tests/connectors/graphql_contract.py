"""A small checker of GraphQL documents against an introspection: fields, arguments, enums, variables, selections."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:!$=@|]')
_LITERALS = {"Int": r"-?\d+", "Boolean": r"true|false", "String": r'".*"', "ID": r'".*"|\d+'}


class Schema:
    """The types of an API."""

    def __init__(self, path: Path) -> None:
        told = json.loads(path.read_text(encoding="utf-8"))
        schema = told.get("data", told)["__schema"]
        self.types: dict[str, Any] = {each["name"]: each for each in schema["types"]}
        self.roots = {"query": schema["queryType"]["name"], "mutation": schema["mutationType"]["name"]}

    def faults(self, document: str) -> list[str]:
        """What of a document the API would refuse."""
        return _Reader(self, document).run()


def named(type_: dict[str, Any]) -> str:
    """A type without lists and non-null marks."""
    while type_["kind"] in {"NON_NULL", "LIST"}:
        type_ = type_["ofType"]
    return str(type_["name"])


def written(type_: dict[str, Any]) -> str:
    """A type as it is written."""
    if type_["kind"] == "NON_NULL":
        return written(type_["ofType"]) + "!"
    return f"[{written(type_['ofType'])}]" if type_["kind"] == "LIST" else str(type_["name"])


class _Reader:
    def __init__(self, schema: Schema, document: str) -> None:
        self._schema = schema
        self._tokens = _TOKEN.findall(document)
        self._place = 0
        self._variables: dict[str, str] = {}
        self._faults: list[str] = []

    def run(self) -> list[str]:
        kind = self._next() if self._peek() != "{" else "query"
        if self._peek() not in {"{", "("}:
            self._next()
        if self._peek() == "(":
            self._next()
            while self._peek() != ")":
                self._expect("$")
                name = self._next()
                self._expect(":")
                text = ""
                while self._peek() not in {"$", ")", "="}:
                    text += self._next()
                self._variables[name] = text
            self._next()
        self._selection(self._schema.roots[kind], kind)
        if self._place != len(self._tokens):
            self._faults.append("more behind the end")
        return self._faults

    def _selection(self, type_name: str, path: str) -> None:
        self._expect("{")
        fields = {each["name"]: each for each in self._schema.types[type_name].get("fields") or []}
        while self._peek() != "}":
            if self._peek() == "...":
                self._next()
                self._expect("on")
                self._selection(self._next(), path)
                continue
            name = self._next()
            here = f"{path}.{name}"
            field = fields.get(name)
            if field is None:
                self._faults.append(f"no {here}")
                self._skip()
                continue
            if field["isDeprecated"]:
                self._faults.append(f"deprecated {here}")
            self._arguments(field, here)
            inner = named(field["type"])
            is_object = self._schema.types[inner]["kind"] in {"OBJECT", "INTERFACE", "UNION"}
            if is_object != (self._peek() == "{"):
                self._faults.append(f"selection of {here}")
            if self._peek() == "{":
                self._selection(inner, here)
        self._next()

    def _arguments(self, field: dict[str, Any], path: str) -> None:
        known = {each["name"]: each for each in field["args"]}
        told: set[str] = set()
        if self._peek() == "(":
            self._next()
            while self._peek() != ")":
                name = self._next()
                self._expect(":")
                told.add(name)
                if name in known:
                    self._value(known[name], f"{path}({name})")
                else:
                    self._faults.append(f"no {path}({name})")
                    self._next()
            self._next()
        for name, each in known.items():
            if each["type"]["kind"] == "NON_NULL" and each["defaultValue"] is None and name not in told:
                self._faults.append(f"missing {path}({name})")

    def _value(self, argument: dict[str, Any], path: str) -> None:
        wanted, token = argument["type"], self._next()
        if token == "$":
            given = self._variables.get(self._next(), "?")
            if given.rstrip("!") != written(wanted).rstrip("!") or (written(wanted).endswith("!") and given[-1] != "!"):
                self._faults.append(f"{path} is {written(wanted)}, not {given}")
            return
        type_ = self._schema.types[named(wanted)]
        if type_["kind"] == "ENUM":
            if token not in {each["name"] for each in type_["enumValues"]}:
                self._faults.append(f"{path} has no {token}")
        elif not re.fullmatch(_LITERALS.get(type_["name"], ".*"), token):
            self._faults.append(f"{path} is no {type_['name']}: {token}")

    def _skip(self) -> None:
        for opening, closing in (("(", ")"), ("{", "}")):
            if self._peek() != opening:
                continue
            depth = 0
            while True:
                token = self._next()
                depth += (token == opening) - (token == closing)
                if depth == 0:
                    break

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._place += 1
        return token

    def _expect(self, token: str) -> None:
        if (found := self._next()) != token:
            raise AssertionError(f"{found} where {token} belongs")
