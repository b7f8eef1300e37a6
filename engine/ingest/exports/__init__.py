"""Exports of other analytics products, each mapped onto the event file by one SELECT.

One module a format; its docstring holds the mapping table and the source. Plausible has no module: none of its exports
holds events (`aggregates`).
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from engine.ingest.exports.aggregates import AGGREGATE_ONLY, recognise_aggregate
from engine.ingest.exports.base import Export
from engine.ingest.exports.ga4 import GA4
from engine.ingest.exports.matomo import MATOMO
from engine.ingest.exports.posthog import POSTHOG
from engine.ingest.exports.segment import SEGMENT
from engine.ingest.exports.snowplow import SNOWPLOW
from engine.ingest.exports.umami import UMAMI

__all__ = ["AGGREGATE_ONLY", "EXPORTS", "Export", "recognise", "recognise_aggregate"]

EXPORTS: Mapping[str, Export] = MappingProxyType(
    {export.kind: export for export in (GA4, MATOMO, POSTHOG, SNOWPLOW, SEGMENT, UMAMI)}
)


def recognise(names: Collection[str]) -> Export | None:
    """The format whose signature is among `names`, the most specific one; None for an unknown file.

    `names` are the top-level names of a file, or the cells of the first row of a delimited file: a file without a
    header is known by its number of columns.
    """
    present = frozenset(names)
    found = [export for export in EXPORTS.values() if export.signature and export.signature <= present]
    if not found:
        found = [export for export in EXPORTS.values() if export.columns and len(export.columns) == len(names)]
    return max(found, key=lambda export: len(export.signature), default=None)
