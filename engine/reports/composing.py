"""A report written out: every section of the layout, in its order and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.reports import explaining, results, trust
from engine.reports.blocks import Document, Section
from engine.reports.layout import SECTIONS
from engine.reports.writer import Writer
from engine.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.reports.blocks import Block
    from engine.reports.layout import Layout
    from engine.reports.snapshot import Snapshot

_BODIES: Mapping[str, Callable[[Writer], Sequence[Block]]] = {
    "summary": results.summary,
    "kpis": results.kpis,
    "chart": results.chart,
    "channels": results.channels,
    "campaigns": results.campaigns,
    "attribution": explaining.attribution,
    "conversions": results.conversions,
    "journeys": explaining.journeys,
    "quality": trust.quality,
    "customers": results.customers,
    "method": trust.method,
}
_PAPERS = {"a4": "a4", "letter": "us-letter"}


def compose(snapshot: Snapshot, layout: Layout) -> Document:
    """The document of a report; the same snapshot and layout always give the same one."""
    writer = Writer(snapshot, layout)
    say = writer.say
    keys = [key for key in layout.sections if key in _BODIES]
    sections = [
        Section(
            key,
            results.headline(writer) if key == "summary" else section_title(writer, key),
            _BODIES[key](writer),
            is_headline=key == "summary",
        )
        for key in keys
    ]
    title = results.title(writer)
    return Document(
        title=f"{title} – {writer.client}, {writer.days}",
        author=one_line(layout.author) or writer.client,
        language=layout.locale[:2],
        region=layout.locale[3:],
        paper=_PAPERS[layout.paper],
        accent=layout.accent,
        client=writer.client,
        period=writer.days,
        foot=_foot(writer),
        created_at=int(snapshot.created_at.timestamp()),
        cover=results.cover(writer) if "cover" in layout.sections else None,
        sections=sections,
        words={"logo": say("Logo of {client}", client=writer.client)},
    )


def section_title(writer: Writer, key: str) -> str:
    """What a section is called in the report."""
    if key == "chart":
        return writer.say("Visitors and cash over time")
    return writer.say(SECTIONS[key])


def _foot(writer: Writer) -> str:
    """What every page says of its figures."""
    parts = [
        writer.say("Revenue is confirmed payments only, shared by the model {model}.", model=writer.model),
        writer.say("Figures frozen {moment}.", moment=writer.formats.moment(writer.created_at, with_year=True)),
    ]
    return " ".join(parts)
