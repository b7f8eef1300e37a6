"""What a query gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl


@dataclass(frozen=True)
class Result:
    """The answer to a query.

    Attributes:
        table: as rows and columns.
        meta: what was asked and under which settings: dates, model, currency, totals, what to know about the figures.
        data: as nested values where a table does not carry its shape; None: the rows of ``table`` are the data.
        pagination: ``has_next`` and ``cursor`` of a paged list.
    """

    table: pl.DataFrame
    meta: Mapping[str, Any]
    data: Mapping[str, Any] | None = None
    pagination: Mapping[str, Any] | None = field(default=None)
