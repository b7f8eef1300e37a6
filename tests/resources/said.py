"""What a file of code says: the texts given to ``say`` and ``count``.

A text may be given as such, as one of two (``a if x else b``), or through a name bound in the same function or at the
top of the file: by assignment, by a loop over literals, as an entry of a table (also one of another file).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# Which arguments are texts, and how many there must be: a `say` with more is a widget's own.
_CALLS = {"say": ((0,), 1), "_say": ((0,), 1), "count": ((1, 2), 3), "lost": ((0,), 1)}
_Tables = dict[str, Any]  # literals by name
_Names = dict[str, set[str] | None]  # the texts a name may stand for; None: not to be read from the file


@dataclass
class Said:
    """What a file says.

    Attributes:
        texts: read from the code.
        pairs: for one and for many.
        unread: expressions whose texts are not in the file.
    """

    texts: set[str] = field(default_factory=set[str])
    pairs: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    unread: set[str] = field(default_factory=set[str])


@cache
def said(file: Path, root: Path) -> Said:
    """What a file says; ``root`` is the folder its imports start from."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tables = _tables(tree, root)
    top: _Names = {name: {value} if isinstance(value, str) else None for name, value in tables.items()}
    found, done = Said(), set[ast.Call]()
    # From the outermost function inwards, the file last: a call is read with the names of the outermost it is in.
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in (*functions, tree):
        names = top if scope is tree else {**top, **_bound(scope, tables)}
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and call not in done:
                done.add(call)
                _read_call(call, names, tables, found)
    return found


def progress_texts(file: Path) -> Iterator[str]:
    """The steps that long work in a file reports: ``task.report(0.1, "reading")``."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(attr="report"), args=[_, ast.Constant(value=str(text))]):
                yield text
            case _:
                pass


def _read_call(call: ast.Call, names: _Names, tables: _Tables, found: Said) -> None:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    places, length = _CALLS.get(name, ((), 0))
    if len(call.args) != length or not places:
        return
    read: list[set[str]] = []
    for place in places:
        texts, unread = _texts(call.args[place], names, tables)
        read.append({text for text in texts if any(char.isalpha() for char in text)})
        if name != "_say" or isinstance(function, ast.Name):  # a method `_say` may show what is said already
            found.unread |= unread
    found.texts |= set().union(*read)
    if name == "count" and all(len(texts) == 1 for texts in read):
        one, many = (text for texts in read for text in texts)
        found.pairs.add((one, many))


def _texts(node: ast.expr, names: _Names, tables: _Tables) -> tuple[set[str], set[str]]:
    """The texts an expression may be, and the parts of it that cannot be read."""
    parts: list[ast.expr] = []
    match node:
        case ast.Constant(value=str(text)):
            return {text}, set()
        case ast.Name(id=name) if (texts := names.get(name)) is not None:
            return texts, set()
        case ast.Subscript(value=ast.Name(id=name)) if (texts := _values(tables.get(name))) is not None:
            return texts, set()
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[_, *rest]) if (
            texts := _values(tables.get(name))
        ) is not None:
            found, unread = set(texts), set[str]()
            parts = rest
        case ast.IfExp(body=one, orelse=other):
            found, unread = set[str](), set[str]()
            parts = [one, other]
        case ast.BoolOp(values=values):
            found, unread = set[str](), set[str]()
            parts = values
        case _:
            return set(), {ast.unparse(node)}
    for part in parts:
        texts, unknown = _texts(part, names, tables)
        found |= texts
        unread |= unknown
    return found, unread


def _values(table: object) -> set[str] | None:
    """The texts of a table, if it holds nothing else."""
    if not isinstance(table, dict):
        return None
    values = set(cast("dict[object, object]", table).values())
    return cast("set[str]", values) if all(isinstance(value, str) for value in values) else None


def _tables(tree: ast.Module, root: Path | None) -> _Tables:
    """The literals at the top of a file and, with the folder imports start from, those it takes from other files."""
    found: _Tables = {}
    for node in ast.walk(tree) if root else ():
        if isinstance(node, ast.ImportFrom) and node.module and root:
            file = root / (node.module.replace(".", "/") + ".py")
            known = _tables(ast.parse(file.read_text(encoding="utf-8")), None) if file.exists() else {}
            found |= {alias.asname or alias.name: known[alias.name] for alias in node.names if alias.name in known}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = _literal(value, {})
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = _literal(value, {})
            case _:
                pass
    return found


def _bound(scope: ast.AST, tables: _Tables) -> _Names:
    """The names bound in a function, with every text they may stand for there."""
    found: _Names = {}

    def bind(name: str, texts: set[str] | None) -> None:
        # A name of several uses stands for the texts it is given, not for what is made of them.
        found[name] = texts if found.get(name) is None else (found[name] or set()) | (texts or set())

    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                texts, unread = _texts(value, {}, tables)
                bind(name, None if unread else texts)
            case ast.For(target=target, iter=rows) | ast.comprehension(target=target, iter=rows):
                for name, texts in _looped(target, _literal(rows, tables)):
                    bind(name, texts)
            case _:
                pass
    return found


def _looped(target: ast.expr, rows: Sequence[Any] | None) -> Iterator[tuple[str, set[str] | None]]:
    """The names of a loop's target with the texts the rows give them."""
    match target:
        case ast.Name(id=name):
            is_text = rows is not None and all(isinstance(row, str) for row in rows)
            yield name, set(cast("Sequence[str]", rows)) if is_text else None
        case ast.Tuple(elts=targets):
            for place, each in enumerate(targets):
                yield from _looped(each, None if rows is None else [row[place] for row in rows])
        case _:
            pass


def _literal(node: ast.expr, tables: _Tables) -> Any:
    """A literal, also one at the top of the file, its ``items()`` or ``values()``; None for anything else."""
    match node:
        case ast.Name(id=name):
            return tables.get(name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="items" | "values" as what), args=[]):
            table = tables.get(name)
            return list(getattr(cast("dict[Any, Any]", table), what)()) if isinstance(table, dict) else None
        case ast.Dict(values=values):
            # Only its values are texts: a key may be a name.
            return dict(enumerate(_literal(value, tables) for value in values))
        case _:
            try:
                return ast.literal_eval(node)
            except ValueError:
                return None
