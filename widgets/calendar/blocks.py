"""Appointments as blocks of a week: what each shows, the hours they need, and who stands beside whom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

LEAST_MINUTES = 20  # a shorter block is drawn as long as this, and keeps others beside it as long
_DEFAULT_HOURS = (9, 17)
_LEAST_HOURS = 6
_DAY = 24 * 60


@dataclass(frozen=True)
class Block:
    """An appointment, or the part of one that lies on a day.

    Attributes:
        key: of the appointment; its parts share it.
        day: which.
        start: minutes since midnight by the wall clock.
        end: the same; after ``start``.
        title: who.
        short_title: the same where there is little room.
        channel: whose mark and colour it has; None: nobody's.
        detail: what brought it.
        tag: who tells of it.
        icon: of how it went.
        icon_color: token.
        is_dashed: nobody can say how it stands.
        is_struck: it does not take place.
        is_timed: it has a time; else it only belongs to the day.
        tip: all of it, as plain text.
        time: as text.
        state: how it went, as text.
    """

    key: str
    day: date
    start: float
    end: float
    title: str
    short_title: str = ""
    channel: str | None = None
    detail: str = ""
    tag: str = ""
    icon: str = ""
    icon_color: str = "text.secondary"
    is_dashed: bool = False
    is_struck: bool = False
    is_timed: bool = True
    tip: str = ""
    time: str = ""
    state: str = ""

    @property
    def spoken(self) -> str:
        """In one sentence, for screen readers."""
        return ", ".join(part for part in (self.time, self.title, self.state, self.detail, self.tag) if part)

    @property
    def shown_end(self) -> float:
        """Where it ends as it is drawn."""
        return max(self.end, self.start + LEAST_MINUTES)


@dataclass(frozen=True)
class Placed:
    """A block in its column of so many side by side."""

    block: Block
    column: int
    columns: int


def side_by_side(blocks: Sequence[Block]) -> list[Placed]:
    """Blocks of one day in columns, so that none covers another; those that touch no other have the whole width."""
    placed: list[Placed] = []
    group: list[tuple[Block, int]] = []
    ends: list[float] = []  # of the last block of each column of the group

    def close() -> None:
        placed.extend(Placed(block, column, len(ends)) for block, column in group)
        group.clear()
        ends.clear()

    for block in sorted(blocks, key=lambda each: (each.start, -each.shown_end, each.key)):
        if ends and block.start >= max(ends):
            close()
        free = next((number for number, end in enumerate(ends) if end <= block.start), len(ends))
        if free == len(ends):
            ends.append(block.shown_end)
        else:
            ends[free] = block.shown_end
        group.append((block, free))
    close()
    return placed


def hours_of(blocks: Sequence[Block]) -> tuple[int, int]:
    """First and last hour that the blocks need; office hours without any."""
    if not blocks:
        return _DEFAULT_HOURS
    first = math.floor(min(block.start for block in blocks) / 60)
    last = math.ceil(min(max(block.shown_end for block in blocks), _DAY) / 60)
    while last - first < _LEAST_HOURS:
        if last < 24:
            last += 1
        if last - first < _LEAST_HOURS and first > 0:
            first -= 1
    return first, last
