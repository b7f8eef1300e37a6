"""Which kind of import a file may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.ingest.exports import recognise
from engine.ingest.fields import KINDS, Kind
from engine.ingest.guess import SURE, Guess, Suggestion, constants_for, money_columns, suggest
from engine.ingest.rates import is_ecb_rates

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from engine.ingest.exports.base import Export
    from engine.ingest.source import Source
    from engine.ingest.texts import Texts

_BY_CONSTANT = 0.5  # how sure a field is that every row is given the same


@dataclass(frozen=True)
class KindGuess:
    """How well a file fits a kind of import.

    Attributes:
        kind: its name.
        title: of a foreign export, the product's; empty for our own kinds.
        score: 0 to 1.
        found: required fields that have a column; ``a | b`` where one of several is enough.
        missing: required fields that have none.
        is_recognised: the file has the very shape of this kind, by its marks or by our own names.
    """

    kind: str
    title: str
    score: float
    found: tuple[str, ...]
    missing: tuple[str, ...]
    is_recognised: bool


def rank_kinds(
    source: Source,
    given: Texts,
    types: Mapping[str, Guess],
    samples: Mapping[str, Collection[str]],
    export: Export | None,
) -> tuple[KindGuess, ...]:
    """Every kind of our own, and the export the file is, by how well the columns fit.

    Args:
        source: the file.
        given: its first rows.
        types: what the values of each column look like.
        samples: a few values of each column.
        export: the foreign export it was opened as, if any.
    """
    top = [name for name in given.frame.columns if name not in given.nested]
    found = export or recognise(top)
    guesses: list[KindGuess] = []
    if found is not None and (found is export or source.header or found.signature <= set(top)):
        guesses.append(KindGuess(found.kind, found.title, 1.0, tuple(sorted(found.signature)), (), is_recognised=True))
    is_ecb = is_ecb_rates(source)
    for kind in KINDS.values():
        if is_ecb and kind.name == "rates":
            needs = needs_of(kind)
            guesses.append(KindGuess(kind.name, "", 1.0, needs, (), is_recognised=True))
            continue
        found_columns = suggest(kind, given.frame.columns, types, samples=samples)
        guesses.append(_fit(kind, found_columns, top, [name for name in money_columns(types) if name in top]))
    return tuple(sorted(guesses, key=lambda guess: -guess.score))


def _fit(kind: Kind, columns: Mapping[str, Suggestion], top: Sequence[str], money: Sequence[str]) -> KindGuess:
    """Required fields come first, then how much of the file it has fields for; leaving money out halves."""
    scores: dict[str, float] = {}
    constants = constants_for(kind, columns)
    for need in needs_of(kind):
        least = _BY_CONSTANT if need in constants else 0.0
        scores[need] = max((columns[name].score for name in need.split(" | ") if name in columns), default=least)
    needs = sum(scores.values()) / len(scores)
    known = sum(found.score for found in columns.values()) / max(1, len(top))
    found = tuple(need for need, score in scores.items() if score)
    missing = tuple(need for need, score in scores.items() if not score)
    score = needs * (0.2 + 0.8 * min(1.0, known))
    if not {*money} <= {found.column for found in columns.values()}:
        score /= 2
    is_recognised = not missing and min(scores.values()) >= SURE and known >= 0.5
    return KindGuess(kind.name, "", round(score, 3), found, missing, is_recognised)


def needs_of(kind: Kind) -> tuple[str, ...]:
    """Fields a row cannot do without; ``a | b`` where one of several is enough."""
    required = tuple(field.name for field in kind.fields if field.required)
    return (*required, " | ".join(kind.any_of)) if kind.any_of else required
