"""Every text the program says, and the Spanish catalogue: ``python -m tests.resources.catalogue`` brings it up to date.

Texts in calls of ``say``, ``count`` and ``in_context`` are found in the code; those that stand in tables (metrics,
models, messages) are asked for. New ones are added to the catalogue without a translation, old ones are taken out; the
test beside this file fails while any is untranslated.
"""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SPANISH = ROOT / "resources" / "translations" / "es.po"

_CALLS = {"say": (0,), "count": (1, 2), "in_context": (1,)}
Text = tuple[str | None, str]  # context, text


def texts() -> dict[Text, str]:
    """Every text with where it was found."""
    found: dict[Text, str] = {}
    for folder in ("app", "widgets"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for text in _in_code(file):
                found.setdefault((None, text), str(file.relative_to(ROOT)))
    for place, text in _in_tables():
        found.setdefault((None, text), place)
    return found


def _in_code(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = (
            node.func.attr
            if isinstance(node.func, ast.Attribute)
            else node.func.id
            if isinstance(node.func, ast.Name)
            else ""
        )
        for place in _CALLS.get(name, ()):
            if place < len(node.args):
                yield from _literals(node.args[place])


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) if any(char.isalpha() for char in text):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _literals(body)
            yield from _literals(other)
        case _:
            return


def _in_tables() -> Iterator[tuple[str, str]]:
    from app import messages, names
    from app.actions import COMMANDS, MENUS
    from app.evidence import REASONS
    from app.pages import PAGES
    from engine.attribution.models import MODELS
    from engine.profiles import CHANNELS, DEFAULT_GOALS
    from engine.queries.dimensions import DIMENSIONS
    from engine.queries.metrics import METRICS
    from engine.queries.registry import QUERIES

    for metric in METRICS.values():
        yield "metrics", metric.label
        yield "metrics", metric.definition
    for dimension in DIMENSIONS.values():
        yield "dimensions", dimension.label
        yield "dimensions", dimension.definition
    for model in MODELS.values():
        yield "models", model.definition
    for query in QUERIES.values():
        yield "queries", query.definition
    for label, _ in names.MODEL_LABELS.values():
        yield "models", label
    for table in (names.ROW_LABELS, names.LEVEL_LABELS, names.STEP_LABELS, names.SPECIAL_ROWS, REASONS):
        for text in table.values():
            yield "names", text
    for channel in CHANNELS:
        yield "channels", channel
    for goal in DEFAULT_GOALS:
        yield "goals", goal.name
    for command in COMMANDS:
        yield "commands", command.title
        if command.submenu:
            yield "commands", command.submenu
    for menu in MENUS:
        yield "commands", menu
    for page in PAGES.values():
        yield "pages", page.title
        yield "pages", page.group
    for text in messages.texts():
        yield "messages", text


def spanish() -> Catalog:
    """The catalogue as it stands."""
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def bring_up_to_date() -> int:
    """Write the catalogue with exactly the texts there are; returns how many have no translation."""
    old = {(message.context, message.id): message.string for message in spanish() if message.id}
    fresh = Catalog(locale="es", project="Attribench", charset="utf-8", fuzzy=False)
    missing = 0
    for (context, text), place in sorted(texts().items(), key=lambda item: (item[1], item[0][1])):
        known = old.get((context, text), "")
        missing += not known
        fresh.add(text, known if isinstance(known, str) else "", context=context, locations=[(place, None)])
    out = io.BytesIO()
    write_po(out, fresh, width=118, omit_header=False, include_lineno=False)
    kept = [line for line in out.getvalue().decode().splitlines() if not line.startswith(_HEADERS)]
    SPANISH.write_text("\n".join(kept).strip() + "\n", encoding="utf-8")
    return missing


# What changes with every run and says nothing.
_HEADERS = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Language-Team', '"Report-', "# ")


if __name__ == "__main__":
    print(bring_up_to_date(), "texts have no translation")
