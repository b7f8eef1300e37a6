"""What the ads' table asks the engine, off the Qt thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from app.pages import ad_rows
from engine.queries.campaigns import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.context import Context
    from engine.queries.campaigns import Level
    from engine.queries.result import Result
    from engine.queries.selection import Selection
    from engine.task import Task
    from engine.words import Words

_DRAWN = 300  # entities of a level whose days are drawn, those with most spend


@dataclass(frozen=True)
class Found:
    """What the table shows.

    Attributes:
        selection: what was asked.
        results: of the query ``campaigns`` by level.
        rows: of every level, see :func:`app.pages.ad_rows.all_rows`.
        before: totals of the comparison period; None when nothing is compared.
    """

    selection: Selection
    results: Mapping[Level, Result]
    rows: pl.DataFrame
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Daily:
    """Spend by day: of entities by level, and of everything."""

    entities: Sequence[tuple[Level, pl.DataFrame]]
    total: Sequence[float | None]


def read_rows(context: Context, words: Words, selection: Selection, compared: Selection | None, task: Task) -> Found:
    """Every row of the three levels, with changes against ``compared`` if there is one."""
    if compared is not None:
        compared = replace(compared, filters=selection.filters)
    results: dict[Level, Result] = {}
    before: dict[Level, pl.DataFrame] = {}
    totals: dict[str, Any] | None = None
    for level in LEVELS:
        results[level] = context.query("campaigns", selection, task, level=level, limit=None)
        if compared is not None:
            earlier = context.query("campaigns", compared, task, level=level, limit=None)
            before[level], totals = earlier.table, dict(earlier.meta["totals"])
    tables: dict[Level, pl.DataFrame] = {level: result.table for level, result in results.items()}
    return Found(selection, results, ad_rows.all_rows(words, tables, before if compared is not None else None), totals)


def read_days(context: Context, selection: Selection, rows: pl.DataFrame, task: Task) -> Daily:
    """Spend by day of the entities with most of it."""
    entities = rows.filter(pl.col("row") == "entity").sort("spend", descending=True, nulls_last=True)
    found: list[tuple[Level, pl.DataFrame]] = []
    for level in LEVELS:
        own = entities.filter(pl.col("entity_level") == level)["asked_id"].unique(maintain_order=True)
        ids = own.head(_DRAWN).to_list()
        if ids:
            found.append((level, context.query("trend", selection, task, entity_ids=ids, level=level).table))
    total = (
        context.query("timeseries", selection, task, by="day", metrics=("spend",))
        .table["spend"]
        .cast(pl.Float64)
        .to_list()
    )
    return Daily(found, total)
