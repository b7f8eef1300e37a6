"""Exports that hold totals and no events, known by their headers so that a person who drops one can be told so.

Plausible writes its site export (`imported_*.csv`) and its dashboard export as daily or period totals; Umami's
dashboard export is a pair of columns, a value and its count. No event can be made from them.

Source: plausible/analytics:lib/plausible/exports.ex; umami-software/umami:
src/app/api/websites/[websiteId]/export/route.ts
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

AGGREGATE_ONLY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Plausible sources": frozenset({"date", "source", "referrer", "visitors", "visits", "bounces"}),
        "Plausible pages": frozenset({"date", "page", "visitors", "pageviews"}),
        "Plausible entry pages": frozenset({"date", "entry_page", "visitors", "entrances"}),
        "Plausible exit pages": frozenset({"date", "exit_page", "visitors", "exits"}),
        "Plausible custom events": frozenset({"date", "name", "link_url", "path", "visitors", "events"}),
        "Plausible custom properties": frozenset({"date", "property", "value", "visitors", "events"}),
        "Plausible locations": frozenset({"date", "country", "region", "city", "visitors", "visits", "bounces"}),
        "Plausible devices": frozenset({"date", "device", "visitors", "visits", "bounces"}),
        "Plausible browsers": frozenset({"date", "browser", "visitors", "visits", "bounces"}),
        "Plausible operating systems": frozenset({"date", "operating_system", "visitors", "visits", "bounces"}),
        "Plausible visitors": frozenset({"date", "visitors", "pageviews", "bounces", "visits", "visit_duration"}),
        "Plausible dashboard": frozenset({"date", "visitors", "pageviews", "bounce_rate", "visit_duration"}),
        "Plausible dashboard sources": frozenset({"name", "visitors", "bounce_rate"}),
    }
)
"""Title of an aggregate export -> the header names that mark it; where several fit, the first is meant."""


_WHOLE_HEADERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Plausible dashboard breakdown": frozenset({"name", "visitors"}),
        "Umami dashboard": frozenset({"x", "y"}),
    }
)
"""Headers too short to mark a file by being part of it."""


def recognise_aggregate(names: Collection[str]) -> str | None:
    """The title of the aggregate export with this header; None for any other file."""
    present = frozenset(names)
    for title, signature in AGGREGATE_ONLY.items():
        if signature <= present:
            return title
    return next((title for title, header in _WHOLE_HEADERS.items() if header == present), None)
