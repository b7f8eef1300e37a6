"""How well a few typed letters fit a title: at its start, at a word, inside, or scattered over it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_PREFIX, _WORD, _INSIDE, _WORDS, _SCATTERED = 5, 4, 3, 2, 1
_TIER = 10_000
_FARTHEST = 3  # scattered letters may span so many times the query's length; farther apart is chance


@dataclass(frozen=True)
class Match:
    """A fit.

    Attributes:
        score: higher is better; comparable between texts for one query.
        spans: half-open ranges of the text that fit, in order.
    """

    score: float
    spans: tuple[tuple[int, int], ...]


def fold(text: str) -> str:
    """The text without case and accents."""
    return _folded(text)[0]


def match(query: str, text: str) -> Match | None:
    """How the query fits the text, blind to case and accents; None if it does not. An empty query fits all equally."""
    wanted = fold(query.strip())
    if not wanted:
        return Match(0, ())
    folded, places = _folded(text)
    found = _best(wanted, folded)
    if found is None:
        return None
    tier, spans = found
    score = tier * _TIER - min(spans[0][0], 99) * 10 - min(len(folded), 999) / 100
    if tier == _SCATTERED:
        score -= 1000 * (spans[-1][1] - spans[0][0]) / len(folded) + 100 * len(spans)
    return Match(score, tuple((places[first], places[last]) for first, last in spans))


def _folded(text: str) -> tuple[str, list[int]]:
    """Folded characters, and for each (and the end) where it stands in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for letter in unicodedata.normalize("NFKD", char).casefold():
            if not unicodedata.combining(letter):
                letters.append(letter)
                places.append(place)
    return "".join(letters), [*places, len(text)]


def _best(wanted: str, text: str) -> tuple[int, list[tuple[int, int]]] | None:
    place = text.find(wanted)
    if place == 0:
        return _PREFIX, [(0, len(wanted))]
    if place > 0:
        start = _word_start(wanted, text)
        return (_WORD, [(start, start + len(wanted))]) if start >= 0 else (_INSIDE, [(place, place + len(wanted))])
    words = wanted.split()
    if len(words) > 1:
        spans = [_place_of(word, text) for word in words]
        return (_WORDS, _joined(spans)) if all(first >= 0 for first, _ in spans) else None
    spans = _scattered(wanted, text)
    return (_SCATTERED, spans) if spans else None


def _place_of(word: str, text: str) -> tuple[int, int]:
    start = _word_start(word, text)
    place = start if start >= 0 else text.find(word)
    return place, place + len(word)


def _word_start(wanted: str, text: str) -> int:
    place = text.find(wanted)
    while place >= 0:
        if place == 0 or not text[place - 1].isalnum():
            return place
        place = text.find(wanted, place + 1)
    return -1


def _scattered(wanted: str, text: str) -> list[tuple[int, int]]:
    """Places of the letters in order, the narrowest run that ends first; nothing if they are too far apart."""
    end = -1
    for letter in wanted:
        end = text.find(letter, end + 1)
        if end < 0:
            return []
    places: list[int] = []  # back from where the last letter was found, so that the run is as short as can be
    place = end + 1
    for letter in reversed(wanted):
        place = text.rfind(letter, 0, place)
        places.append(place)
    places.reverse()
    if places[-1] - places[0] >= _FARTHEST * len(wanted) or len(wanted) < 2:
        return []
    return _joined([(place, place + 1) for place in places])


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
