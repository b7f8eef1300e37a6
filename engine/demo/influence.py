"""Cause and effect: every touch adds to the chance to convert, and the addition fades.

At a visit the chance is ``1 - exp(-rate * need * attention * level)``, where attention grows with engagement and

    level = baseline + sum over touches so far of effect * (0.4 + 1.2 * engagement) * 2 ** (-age / half-life)

A conversion's truth is the composition of its level: the share of a touch is its addend divided by the level, the rest
is the baseline. Outcomes that follow from a lead (an appointment, a payment) have the shares of their lead; an order's
payment and refund those of the order. Direct visits add next to nothing: they are opportunities, not causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.demo.arrays import Floats, Ints, ints
from engine.demo.origins import BASELINE, origins
from engine.demo.pages import CLINIC, SHOP
from engine.demo.season import DAY
from engine.demo.visits import MOST_VISITS, VIEWS, Timelines

if TYPE_CHECKING:
    from engine.demo.population import People

LEAD_RATE = 0.0465
ORDER_RATE = 0.031
"""Conversions a visit at need 1 and level 1 (set so that about 5 % of visitors become leads, 1 % of them order)."""

VIEW_EFFECT = 0.12
"""Effect of a seen ad relative to a click on an ad of the same campaign."""

CAUSES = 16
"""Numbers of causes reserved for a person: orders by visit, then the lead, a lead form, a walk-in."""
LEAD_CAUSE, FORM_CAUSE, WALK_IN_CAUSE = 10, 11, 12

LEVEL_OF_FORM = 1.3
"""Effect of an ad's own lead form; the baseline is the same as on the site."""


@dataclass(frozen=True)
class Decisions:
    """Who did what: rows and columns of the visit matrix of leads (one a person at most) and of orders."""

    lead_row: Ints
    lead_column: Ints
    order_row: Ints
    order_column: Ints


def _addends(lines: Timelines, at: Ints, upto: int) -> tuple[Floats, Floats]:
    """What each visit (columns to ``upto``) and each view adds at instants ``at``, one a person."""
    table = origins()
    visit = table.effect[lines.origin] * (0.4 + 1.2 * lines.engaged) * lines.real
    age = np.maximum(at[:, None] - lines.start, 0) / DAY
    visit = visit * np.exp2(-age / table.half_life[lines.origin])
    visit[:, upto + 1 :] = 0
    age = np.maximum(at[:, None] - lines.view_start, 0) / DAY
    view = VIEW_EFFECT * table.effect[lines.view_origin] * np.exp2(-age / table.half_life[lines.view_origin])
    return visit, view * lines.view_real


def decide(rng: np.random.Generator, people: People, lines: Timelines) -> Decisions:
    rate = np.where(people.area == SHOP, ORDER_RATE, LEAD_RATE) * people.need
    lucky = rng.random(lines.real.shape)
    happens = np.zeros(lines.real.shape, dtype=np.bool_)
    for column in range(MOST_VISITS):
        here = np.flatnonzero(lines.real[:, column])
        if not len(here):
            break
        part = Timelines(*(getattr(lines, name)[here] for name in Timelines.__dataclass_fields__))
        visit, view = _addends(part, part.start[:, column], column)
        level = BASELINE + visit.sum(axis=1) + view.sum(axis=1)
        boost = 0.35 + 1.3 * part.engaged[:, column]
        happens[here, column] = lucky[here, column] < -np.expm1(-rate[here] * level * boost)
    clinic = (people.area == CLINIC) & happens.any(axis=1)
    lead_row = np.flatnonzero(clinic)
    order_row, order_column = np.nonzero(happens & (people.area == SHOP)[:, None])
    return Decisions(
        lead_row=ints(lead_row),
        lead_column=ints(happens[lead_row].argmax(axis=1)),
        order_row=ints(order_row),
        order_column=ints(order_column),
    )


def shares_of(cause: Ints, lines: Timelines, row: Ints, column: Ints) -> pl.DataFrame:
    """The truth of causes that happened at these visits: cause, touch_at (s), origin (null: baseline), share."""
    part = Timelines(*(getattr(lines, name)[row] for name in Timelines.__dataclass_fields__))
    at = part.start[np.arange(len(row)), column]
    visit, view = _addends(part, at, MOST_VISITS)
    visit[part.start > at[:, None]] = 0
    added = np.concatenate([visit, view], axis=1)
    level = BASELINE + added.sum(axis=1)
    width = MOST_VISITS + VIEWS
    when = np.concatenate([part.start, part.view_start], axis=1)
    origin = np.concatenate([part.origin, part.view_origin], axis=1)
    touches = pl.DataFrame({
        "cause": np.repeat(cause, width),
        "touch_at": when.ravel(),
        "origin": origin.ravel(),
        "share": (added / level[:, None]).ravel(),
    }).filter(pl.col("share") > 0)  # fmt: skip
    return pl.concat([touches, baseline(cause, BASELINE / level)])


def baseline(cause: Ints, share: Floats) -> pl.DataFrame:
    frame = pl.DataFrame({"cause": cause, "share": share})
    nothing = pl.lit(None, pl.Int64)
    return frame.select("cause", nothing.alias("touch_at"), nothing.alias("origin"), "share")


def shares_of_forms(cause: Ints, at: Ints, origin: Ints) -> pl.DataFrame:
    """The truth of leads from an ad's own form: the ad and the baseline."""
    effect = origins().effect[origin] * LEVEL_OF_FORM
    share = effect / (effect + BASELINE)
    touches = pl.DataFrame({"cause": cause, "touch_at": at, "origin": origin, "share": share})
    return pl.concat([touches, baseline(cause, 1 - share)])
