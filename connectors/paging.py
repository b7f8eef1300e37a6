"""Shapes of paging that several providers share."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from engine.errors import AttribenchError
from engine.schema.batch import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

_FULL = 4_000  # rows and objects of a batch: enough that a commit costs little beside them
_HEAVY = 24_000_000  # characters of its objects: what a commit holds several times stays small where objects are large
_LONGEST_SECONDS = 2.0  # that what a slow provider told waits to be committed


def day_spans(first: date, last: date, length: int) -> list[tuple[date, date]]:
    """The days from first to last, both included, in spans of at most ``length`` days, oldest first."""
    spans: list[tuple[date, date]] = []
    start = first
    while start <= last:
        end = min(last, start + timedelta(days=length - 1))
        spans.append((start, end))
        start = end + timedelta(days=1)
    return spans


def gathered(batches: Iterable[Batch], full: int = _FULL) -> Iterator[Batch]:
    """Small batches joined into larger ones, each with the state of its last part; what came before a failure too.

    A batch is full by its rows and objects, by the weight of these, or when its first part has waited for long enough.
    """
    held: list[Batch] = []
    size, weight, since = 0, 0, 0.0

    def joined() -> Batch:
        return Batch(
            held[-1].state,
            list(chain.from_iterable(batch.rows for batch in held)),
            list(chain.from_iterable(batch.objects for batch in held)),
            list(chain.from_iterable(batch.told_whole for batch in held)),
            held[-1].progress,
        )

    told = iter(batches)
    failure: AttribenchError | None = None
    while True:
        try:
            batch = next(told, None)
        except AttribenchError as error:  # what was fetched before is not lost with it
            batch, failure = None, error
        if batch is None:
            break
        since = since if held else time.monotonic()
        held.append(batch)
        size += len(batch.rows) + len(batch.objects)
        weight += _weight(batch)
        if size >= full or weight >= _HEAVY or time.monotonic() - since >= _LONGEST_SECONDS:
            yield joined()
            held, size, weight = [], 0, 0
    if held:
        yield joined()
    if failure is not None:
        raise failure


def _weight(batch: Batch) -> int:
    """Characters of its objects, told by the larger of the first and the last: a page has one kind, or two in turn."""
    ends = batch.objects[:1], batch.objects[-1:]
    return max((len(str(each.content)) for end in ends for each in end), default=0) * len(batch.objects)
