"""What a report's pages are made of: blocks of text and figures, all written out. PDF and HTML are drawn from these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.reports.commentary import Piece, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Align = Literal["left", "right"]
Tone = Literal["good", "bad", "neutral", ""]
Arrow = Literal["up", "down", "flat", ""]

__all__ = ["Piece", "Run"]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section; ``aside`` stands at the right of its line."""

    text: str
    aside: str = ""
    level: int = 3
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Text:
    """A paragraph; ``role`` says how it is set."""

    text: str
    role: Literal["lead", "body", "note"] = "body"
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Commentary:
    """What the consultant wrote."""

    pieces: Sequence[Piece]
    kind: Literal["commentary"] = "commentary"


@dataclass(frozen=True)
class Kpi:
    """A figure with its change and target.

    Attributes:
        label: what it is.
        value: now.
        change: against the comparison period, signed.
        arrow: where it went.
        tone: whether that is better.
        before: the figure then, in words.
        target: what was aimed at and whether it is reached, in words.
        is_reached: the target; None without one.
    """

    label: str
    value: str
    change: str = ""
    arrow: Arrow = ""
    tone: Tone = ""
    before: str = ""
    target: str = ""
    is_reached: bool | None = None


@dataclass(frozen=True)
class Kpis:
    """Figures in a row or more."""

    items: Sequence[Kpi]
    columns: int = 5
    kind: Literal["kpis"] = "kpis"


@dataclass(frozen=True)
class Chart:
    """A picture drawn elsewhere.

    Attributes:
        name: which of the charts.
        about: what it shows, for who cannot see it.
        width: of the page, 1 being all of it.
    """

    name: str
    about: str
    width: float = 1.0
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True)
class Share:
    """A part of a whole; ``channel`` gives its colour and mark, none is what no channel has."""

    label: str
    value: str
    percent: str
    part: float
    channel: str


@dataclass(frozen=True)
class Shares:
    """A whole split into parts."""

    items: Sequence[Share]
    kind: Literal["shares"] = "shares"


@dataclass(frozen=True)
class Column:
    """A column of a table; ``part`` is its share of the width, 0 as wide as its figures."""

    title: str
    align: Align = "right"
    part: float = 0


@dataclass(frozen=True)
class Cell:
    """A cell: a text, a second one below it, and the channels whose marks stand before it."""

    text: str
    below: str = ""
    channels: Sequence[str] = ()
    is_strong: bool = False
    is_muted: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells; the last ``totals`` of them are sums."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    totals: int = 0
    caption: str = ""
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Callout:
    """Something to know about the figures."""

    text: str
    tone: Literal["good", "warn", "info"] = "info"
    kind: Literal["callout"] = "callout"


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    items: Sequence[tuple[str, str]]
    kind: Literal["terms"] = "terms"


Block = Heading | Text | Commentary | Kpis | Chart | Shares | Table | Callout | Terms


@dataclass(frozen=True)
class Section:
    """A section; the first one on a page of its own has the page's headline as its title."""

    key: str
    title: str
    blocks: Sequence[Block]
    is_headline: bool = False


@dataclass(frozen=True)
class Cover:
    """The first page.

    Attributes:
        title: of the report.
        period: its days.
        client: whose figures they are.
        author: who prepared it, and the words before that.
        lead: what it is about, in pieces that are strong or not.
        bars: one for each day, 0 to 1, and whether that day is over.
        bars_about: what the bars are.
        first: the first of them.
        last: the last of them.
        facts: name and value, at the foot.
    """

    title: str
    period: str
    client: str
    author_label: str
    author: str
    lead: Sequence[Run]
    bars: Sequence[tuple[float, bool]]
    bars_about: str
    first: str
    last: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Document:
    """A whole report, written out.

    Attributes:
        title: of the file.
        author: of the file.
        language: ``en`` or ``es``.
        region: ``US``, ``ES`` or ``MX``.
        paper: ``a4`` or ``us-letter``.
        accent: the client's colour.
        client: whose figures they are.
        period: on the top of each page.
        foot: at the foot of each page.
        created_at: seconds since 1970, of the snapshot.
        cover: the first page, if there is one.
        sections: in order.
        words: what the page itself says.
        channels: colour, shape and name of each channel.
    """

    title: str
    author: str
    language: str
    region: str
    paper: str
    accent: str
    client: str
    period: str
    foot: str
    created_at: int
    cover: Cover | None
    sections: Sequence[Section]
    words: Mapping[str, str] = field(default_factory=dict[str, str])
