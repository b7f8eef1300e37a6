"""Every text the program says, and the Spanish catalogue: ``python -m tests.resources.catalogue`` brings it up to date.

Texts in calls of ``say`` and ``count`` are found in the code, also where a name stands for them that is
bound nearby; those in tables of other modules (metrics, models, messages) are asked for. New ones are added to the
catalogue without a translation, old ones are taken out; the test beside this file fails while any is untranslated.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.resources.said import progress_texts, said

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SPANISH = ROOT / "resources" / "translations" / "es.po"

PLACES = ("app/**/*.py", "widgets/**/*.py", "connectors/**/*.py", "engine/reports/*.py", "engine/formats.py")
"""Where texts are said."""

# The command line speaks English; messages and the look hand on what they are given.
_WITHOUT_WORDS = ("attributing.py", "messages.py", "look.py")


def _files(*places: str) -> list[Path]:
    return [file for place in places for file in sorted(ROOT.glob(place))]


def texts() -> dict[str, str]:
    """Every text with where it was found."""
    found: dict[str, str] = {}
    for file in _files(*PLACES):
        for text in said(file, ROOT).texts:
            found.setdefault(text, str(file.relative_to(ROOT)))
    for file in _files("app/**/*.py", "engine/**/*.py"):
        for text in progress_texts(file):
            found.setdefault(text, "progress")
    for place, text in _in_tables():
        found.setdefault(text, place)
    return found


def pairs() -> set[tuple[str, str]]:
    """The texts for one and for many that belong together."""
    return {pair for file in _files(*PLACES) for pair in said(file, ROOT).pairs}


def unread() -> dict[str, set[str]]:
    """What is said that cannot be read from the code, by file: it must come from a table asked below."""
    found: dict[str, set[str]] = {}
    for file in _files(*PLACES):
        if file.name not in _WITHOUT_WORDS and (unknown := said(file, ROOT).unread):
            found[str(file.relative_to(ROOT))] = unknown
    return found


def _in_tables() -> Iterator[tuple[str, str]]:
    from app import messages, names
    from app.actions import COMMANDS, MENUS
    from app.evidence import REASONS
    from app.pages import PAGES
    from app.pages.calendar_blocks import LABELS, STATES
    from app.pages.client_facts import BANDS
    from app.pages.connection_cards import GROUPS
    from app.pages.connections import OUTCOMES
    from app.pages.settings import SECTIONS as SETTINGS
    from app.report_words import TABLES
    from connectors import PROVIDERS
    from connectors.stripe import KINDS as STRIPE
    from engine.attribution.models import MODELS
    from engine.derive.pipeline import PHASES
    from engine.profiles import CHANNELS, DEFAULT_GOALS
    from engine.queries.dimensions import DIMENSIONS
    from engine.queries.metrics import METRICS
    from engine.queries.registry import QUERIES
    from engine.reports.layout import SECTIONS
    from engine.views import COLUMNS, VIEWS

    for text in COLUMNS.values():
        yield "views", text
    for view in VIEWS.values():
        yield "views", view.row
        for text in view.own.values():
            yield "views", text
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
    for table in (
        names.ROW_LABELS,
        names.LEVEL_LABELS,
        names.STEP_LABELS,
        names.SPECIAL_ROWS,
        names.FIELD_LABELS,
        REASONS,
    ):
        for text in table.values():
            yield "names", text
    for title in (*SECTIONS.values(), *TABLES.values()):
        yield "reports", title
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
        if page.group:
            yield "pages", page.group
    for section in SETTINGS:
        yield "pages", section.title
    for text in PHASES.values():
        yield "progress", text
    for provider in PROVIDERS.values():
        yield "providers", provider.brings
        for setting in provider.settings:
            yield "providers", setting.title
            if setting.help:
                yield "providers", setting.help
    for state, _, _ in STATES.values():
        yield "calendar", state
    for text in LABELS.values():
        yield "calendar", text
    for kind in STRIPE:
        yield "providers", kind.title
    for text in BANDS.values():
        yield "clients", text
    for title in GROUPS:
        yield "providers", title
    yield "providers", "Others"
    for text in OUTCOMES.values():
        yield "providers", text
    for text in messages.texts():
        yield "messages", text


def spanish() -> Catalog:
    """The catalogue as it stands."""
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def bring_up_to_date() -> int:
    """Write the catalogue with exactly the texts there are; returns how many have no translation."""
    old = {message.id: message.string for message in spanish() if message.id}
    fresh = Catalog(locale="es", project="Attribench", charset="utf-8", fuzzy=False)
    missing = 0
    for text, place in sorted(texts().items(), key=lambda item: (item[1], item[0])):
        known = old.get(text, "")
        missing += not known
        fresh.add(text, known if isinstance(known, str) else "", locations=[(place, 0)])
    out = io.BytesIO()
    write_po(out, fresh, width=118, omit_header=False, include_lineno=False)
    kept = [line for line in out.getvalue().decode().splitlines() if not line.startswith(_HEADERS)]
    SPANISH.write_text("\n".join(kept).strip() + "\n", encoding="utf-8")
    return missing


# What changes with every run and says nothing.
_HEADERS = (
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Generated-By',
    '"Last-Translator',
    '"Language-Team',
    '"Report-',
    "# ",
)


if __name__ == "__main__":
    print(bring_up_to_date(), "texts have no translation")
