"""What a column of a table shows, and how. Columns are plain facts; painters, sorting and copying read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.queries.metrics import Unit

Kind = Literal["text", "number", "change", "heat", "strip", "spark", "path", "moment", "raw"]
Measure = Literal["people", "money", "cost"]
Tone = Literal["primary", "secondary", "muted"]


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        field: the frame's column with the values. ``change``, ``heat`` and the entries of ``strip`` are percentages
            (12.4 is +12.4 %; infinity is "new"); ``strip``, ``spark`` and ``path`` are list columns; ``raw`` are
            figures as a program writes them.
        title: in the header.
        kind: how values are painted.
        unit: of numbers; a ``change`` in ``percent`` reads as points.
        is_exact: money with its cents.
        digits: after the point of a percentage; None for one.
        bar: the measure whose colour the bar under a figure, or the line of a ``spark``, has.
        glyph: field with the name of the channel whose mark stands before the text.
        icon: field with the name of the icon before the text.
        tail_icon: field with the name of the icon behind the text.
        label_bar: field whose value draws a soft bar behind the text, from the right of the glyph on.
        definition: what the figure means, for the header's tooltip.
        width: pixels; None fits the content.
        least: pixels of a text without a width that stay for it, before other columns leave; None for the usual.
        priority: columns with the highest number leave first when space runs out; 0 never leaves.
        weight: of the font.
        tone: of the text.
        middle_elide: shorten text in its middle, as paths.
        direction: of a change: 1 up is better, -1 down is better, 0 no verdict.
        group: header above neighbouring columns with the same one.
        group_mark: a letter before the group's name.
        is_baseline: the group's letter is outlined; in a strip see ``baseline``.
        initials: above the squares of a strip.
        strong_initials: those of them in bold.
        baseline: place of the strip's value all others are compared with, painted as a dot.
        cells_click: a click on a cell means something of its own.
    """

    field: str
    title: str
    kind: Kind = "number"
    unit: Unit | None = None
    is_exact: bool = False
    digits: int | None = None
    bar: Measure | None = None
    glyph: str | None = None
    icon: str | None = None
    tail_icon: str | None = None
    label_bar: str | None = None
    definition: str = ""
    width: int | None = None
    least: int | None = None
    priority: int = 0
    weight: int | None = None
    tone: Tone = "primary"
    middle_elide: bool = False
    direction: int = 0
    group: str = ""
    group_mark: str = ""
    is_baseline: bool = False
    initials: tuple[str, ...] = ()
    strong_initials: frozenset[str] = frozenset()
    baseline: int | None = None
    cells_click: bool = False

    @property
    def is_right(self) -> bool:
        """Whether the cells stand at the column's right edge, as figures do."""
        return self.kind in ("number", "change", "heat", "moment", "raw")

    @property
    def grows(self) -> bool:
        """Whether the column takes of the space that is left."""
        return self.width is None and self.kind in ("text", "path")
