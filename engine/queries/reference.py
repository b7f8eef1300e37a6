"""The registry as tables: queries, metrics, dimensions, and how each metric takes a filter on each dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engine.queries.dimensions import DIMENSIONS
from engine.queries.metrics import METRICS
from engine.queries.registry import QUERIES

if TYPE_CHECKING:
    from engine.queries.dimensions import Dimension
    from engine.queries.metrics import Fact

ACTS, UNCHANGED, NO_VALUE = "acts", "unchanged", "no value"


def queries() -> pl.DataFrame:
    """name, definition, options of each query."""
    rows = [(query.name, query.definition, " ".join(query.options)) for query in QUERIES.values()]
    return pl.DataFrame(rows, schema=["query", "definition", "options"], orient="row")


def metrics() -> pl.DataFrame:
    """name, label, unit, direction (1 more is better), definition and SQL of each metric."""
    rows = [(m.name, m.label, m.unit, m.direction, m.definition, m.sql) for m in METRICS.values()]
    return pl.DataFrame(rows, schema=["metric", "label", "unit", "direction", "definition", "sql"], orient="row")


def dimensions() -> pl.DataFrame:
    """name, label and definition of each dimension."""
    rows = [(d.name, d.label, d.definition) for d in DIMENSIONS.values()]
    return pl.DataFrame(rows, schema=["dimension", "label", "definition"], orient="row")


def matrix() -> pl.DataFrame:
    """One row a metric, one column a dimension: a filter acts on it, leaves it alone, or leaves it no value (A10)."""
    rows = [
        {"metric": metric, **{name: effect(metric, known) for name, known in DIMENSIONS.items()}} for metric in METRICS
    ]
    return pl.DataFrame(rows)


def effect(metric: str, dimension: Dimension) -> str:
    """What a filter on a dimension does to a metric."""
    if metric == "attributed_outcomes":  # the overview counts conversions that credit some of the touches left
        return ACTS
    told = {_effect(fact, dimension) for fact in _facts(metric)}
    return next(kind for kind in (NO_VALUE, ACTS, UNCHANGED) if kind in told)


def _facts(metric: str) -> set[Fact]:
    known = METRICS[metric]
    return {known.fact} if known.fact != "derived" else {fact for need in known.needs for fact in _facts(need)}


def _effect(fact: Fact, dimension: Dimension) -> str:
    if dimension.name == "goal":
        return ACTS if fact in {"credit", "entries"} else UNCHANGED
    if fact == "entries":
        return NO_VALUE
    values = {"traffic": dimension.traffic, "credit": dimension.credit, "spend": dimension.spend}
    return ACTS if values[fact] else NO_VALUE


TABLES = {"queries": queries, "metrics": metrics, "dimensions": dimensions, "matrix": matrix}
