"""A file's preview as the mapping editor shows it: the engine's codes in the user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.messages import note_text, reason_text
from engine.ingest.fields import KINDS
from engine.queries.masking import HIDDEN
from widgets.mapping import ColumnPreview, FieldChoice, FilePreview, KindChoice, Trouble

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.ingest.previewed import Column, Preview, Problem
    from engine.ingest.recognise import KindGuess
    from widgets.look import Look

KIND_LABELS = {
    "events": "Events of a tracker",
    "touches": "Touches",
    "conversions": "Conversions",
    "people": "People",
    "ad-spend": "Ad spend",
    "rates": "Exchange rates",
    "ad-entities": "Campaigns, ad sets and ads",
    "keywords": "Search words",
}

HINTS = {
    "day_first": "read as day before month, as in {example}",
    "month_first": "read as month before day, as in {example}",
    "comma_decimal": "a comma is read as the decimal point, as in {example}",
    "ambiguous_number": "{example} may be a thousand or a decimal; read as written in the rest of the column",
    "no_offset": "times without an offset are in the profile's time zone",
}

_NOBODY = frozenset({"time", "number", "money", "boolean", "empty"})  # types of columns that name nobody

_CONSTANT = {"conversions": "event_type"}  # the field that all rows of such a file may share


def kind_label(look: Look, name: str, title: str = "") -> str:
    """A kind of import for people; another product's export is called as the product."""
    return look.say(KIND_LABELS[name]) if name in KIND_LABELS else title or name


def shown(look: Look, preview: Preview, event_types: Collection[str] = (), *, masked: bool = False) -> FilePreview:
    """What the editor shows of a preview.

    Args:
        look: for words and formats.
        preview: of the file.
        event_types: what conversions may be, where no column tells.
        masked: hides every value that could name somebody.
    """
    place = {line: number for number, line in enumerate(preview.lines)}
    column_of = {column.field: number for number, column in enumerate(preview.columns) if column.field}
    bad = frozenset(
        (place[row["line"]], column_of.get(row["field"], -1))
        for row in preview.rejects.to_dicts()
        if row["line"] in place
    )
    kind = KINDS.get(preview.kind)
    needed = frozenset(kind.any_of) if kind is not None else frozenset[str]()
    fields = [FieldChoice(field.name, field.required or field.name in needed) for field in kind.fields] if kind else []
    constant = _CONSTANT.get(preview.kind, "")
    told = preview.mapping.get(constant, "")
    if constant in column_of:
        constant = ""
    return FilePreview(
        file_name=preview.name,
        facts=_facts(look, preview),
        kinds=tuple(
            KindChoice(guess.kind, kind_label(look, guess.kind, guess.title), _why(look, guess))
            for guess in preview.kinds
        ),
        kind=preview.kind,
        fields=tuple(fields),
        columns=tuple(_column(look, column, masked=masked) for column in preview.columns),
        rows=tuple(_hidden(preview) if masked else preview.rows.rows()),
        lines=tuple(preview.lines),
        bad_cells=bad,
        needed=tuple(look.say(" or ").join(part.strip() for part in each.split("|")) for each in preview.needed),
        notes=tuple(note_text(note, look.words) for note in preview.notes),
        troubles=tuple(
            _trouble(look, problem, masked=masked) for problem in preview.problems if problem.column is None
        ),
        is_fixed=preview.is_fixed,
        constant=constant,
        constant_value=told[1:] if constant and told.startswith("=") else "",
        constant_choices=tuple(event_types),
    )


def _facts(look: Look, preview: Preview) -> tuple[str, ...]:
    numbers, say = look.numbers, look.say
    form = preview.format if not preview.compression else f"{preview.format}, {preview.compression}"
    rows = say("{n} rows", n=numbers.count(preview.estimate))
    if not preview.is_whole:
        rows = say("about {n} rows", n=numbers.count(preview.estimate))
    return numbers.bytes(preview.size), form, rows, say("{n} columns", n=numbers.count(len(preview.columns)))


def _why(look: Look, guess: KindGuess) -> str:
    if guess.is_recognised:
        return look.say("recognised")
    if guess.missing:
        return look.say("lacks {fields}", fields=", ".join(guess.missing))
    return ""


def _hidden(preview: Preview) -> list[tuple[str | None, ...]]:
    """The rows with nothing but times, numbers and flags."""
    shown = [column.guess.value in _NOBODY for column in preview.columns]
    return [
        tuple(value if is_shown or value is None else HIDDEN for value, is_shown in zip(row, shown, strict=True))
        for row in preview.rows.rows()
    ]


def _column(look: Look, column: Column, *, masked: bool) -> ColumnPreview:
    return ColumnPreview(
        column.name,
        column.guess.value,
        column.filled,
        column.field,
        tuple(_trouble(look, problem, masked=masked) for problem in column.problems),
        tuple(look.say(HINTS[hint.code], example=hint.example) for hint in column.hints),
    )


def _trouble(look: Look, problem: Problem, *, masked: bool) -> Trouble:
    text = reason_text(problem.reason, look.words)
    if problem.field and problem.column is None:
        text = f"{problem.field.replace(' | ', look.say(' or '))}: {text}"
    return Trouble(text, problem.count, () if masked else problem.examples)
