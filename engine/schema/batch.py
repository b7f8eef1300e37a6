"""What a connector hands to the engine: rows of our own kinds, the provider's objects, and how far it is.

A batch is taken in whole or not at all, with the state that resumes behind it, so that a run can end anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


@dataclass(frozen=True)
class Row:
    """A row of one of the kinds of import.

    Attributes:
        kind: ``conversions``, ``people``, ``ad-spend``, ``rates``, ``events`` or ``touches``.
        fields: values by the names that files of this kind have (docs/files.md); what is left out is absent.
    """

    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class ProviderObject:
    """An object as the provider told it.

    Attributes:
        type: what it is (``charge``).
        id: its id there.
        content: as parsed from JSON.
        is_deleted: the provider says, or its absence shows, that it is gone.
    """

    type: str
    id: str
    content: Mapping[str, Any]
    is_deleted: bool = False


@dataclass(frozen=True)
class ToldWhole:
    """Days of one ad account of which this batch tells everything: what was known of them and is not told goes (N4).

    Attributes:
        platform: as in the rows.
        account: as in the rows.
        first: first day.
        last: last day, included.
    """

    platform: str
    account: str
    first: date
    last: date


@dataclass(frozen=True)
class Batch:
    """What one step of a stream brought.

    Attributes:
        state: resumes the stream behind this batch; JSON values.
        rows: to be imported.
        objects: as they came.
        told_whole: account days that are replaced.
        progress: how far the run is, 0 to 1; None where nobody knows.
    """

    state: Mapping[str, Any]
    rows: Sequence[Row] = ()
    objects: Sequence[ProviderObject] = ()
    told_whole: Sequence[ToldWhole] = field(default=())
    progress: float | None = None
