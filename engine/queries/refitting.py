"""Resamples of a data-driven model: its fit, and with it every credit, is done anew for each (N5)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from engine.attribution.fitting import read_journeys, read_travellers
from engine.attribution.markov import fit_markov
from engine.attribution.models import NOT_SET
from engine.attribution.shapley import fit_shapley
from engine.attribution.whatif import stand_in
from engine.queries import facts

if TYPE_CHECKING:
    from engine.attribution.journeys import Floats, Journeys
    from engine.queries.scope import Scope

_BATCH = 5


def refitted(
    scope: Scope, by: str, values: list[str], resamples: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Revenue and ad revenue of each value in each resample: arrays of resamples x values.

    A resample counts each person 0, 1, 2 ... times: all journeys of that person in the fit, converting or not, and all
    of the person's cash.
    """
    journeys = stored_journeys(scope)
    paths, path_of = journeys.distinct()
    travellers = read_travellers(scope.cursor, _converted(scope))
    relation = facts.credit(scope, [scope.model], by, extra=("p.entry_no", "p.touch_id"))
    rows = scope.frame(
        f"""with kept as ({relation.sql})
            select p.entry_no, coalesce(e.person_id, e.entry_id)::varchar as unit, s.state, p.is_ad, p.cash,
                   case when k.entry_no is not null then coalesce(k.value::varchar, '{NOT_SET}') end as value
            from {scope.tables.paths} p
            join {scope.tables.entries} e on e.profile_id = p.profile_id and e.entry_no = p.entry_no
            join origin_states s on s.origin_no = p.origin_no
            left join kept k on k.entry_no = p.entry_no and k.touch_id = p.touch_id
            where p.profile_id = $profile and p.position > 0 and p.cash is not null
              and p.entry_no in (select entry_no from kept)
            order by p.entry_no, p.position""",
        relation.parameters,
    )
    number = {unit: index for index, unit in enumerate(dict.fromkeys([*travellers.to_list(), *rows["unit"].to_list()]))}
    traveller = np.array([number[unit] for unit in travellers], dtype=np.int64)
    unit = np.array([number[unit] for unit in rows["unit"]], dtype=np.int64)
    entry = rows["entry_no"].rle_id().to_numpy().astype(np.int64) if rows.height else np.zeros(0, np.int64)
    state = rows["state"].to_numpy().astype(np.int64)
    place = {value: index for index, value in enumerate(values)}
    column = np.array([place.get(value, len(values)) for value in rows["value"]], dtype=np.int64)
    cash, ads = rows["cash"].to_numpy(), rows["cash"].to_numpy() * rows["is_ad"].to_numpy()
    touches = np.bincount(entry)[entry] if len(entry) else np.zeros(0)
    revenue, ad_revenue = np.empty((resamples, len(values))), np.empty((resamples, len(values)))
    for index in range(resamples):
        if index % _BATCH == 0:
            scope.cursor.task.report(index / resamples, "intervals")
        weight = random.poisson(1.0, len(number)).astype(np.float64)
        share = _shares(scope, _weighted(paths, path_of, journeys, weight[traveller]))[state]
        total = np.bincount(entry, share)[entry] if len(entry) else np.zeros(0)
        credit = np.divide(share, total, out=1.0 / np.maximum(touches, 1), where=total > 0) * weight[unit]
        revenue[index] = np.bincount(column, credit * cash, len(values) + 1)[: len(values)]
        ad_revenue[index] = np.bincount(column, credit * ads, len(values) + 1)[: len(values)]
    return revenue, ad_revenue


def stored_journeys(scope: Scope) -> Journeys:
    """The journeys a data-driven model is fitted on, from the stored path table. Leaves ``origin_states``."""
    stand_in(scope.cursor, scope.profile_id, scope.settings)
    return read_journeys(scope.cursor, scope.settings.fit_on, _converted(scope))


def _converted(scope: Scope) -> str:
    return (
        f"select p.entry_no as journey, p.origin_no, p.position as turn, e.person_id from {scope.tables.paths} p"
        f" join {scope.tables.entries} e on e.profile_id = p.profile_id and e.entry_no = p.entry_no"
        f" where p.profile_id = {int(scope.profile_id)} and p.position > 0 and p.is_outcome"
    )


def _weighted(paths: Journeys, path_of: np.ndarray, journeys: Journeys, weight: Floats) -> Journeys:
    """The distinct paths, with the counts of a resample."""
    size = len(paths.starts)
    conversions = np.bincount(path_of, journeys.conversions * weight, size)
    nulls = np.bincount(path_of, journeys.nulls * weight, size)
    return replace(paths, conversions=conversions, nulls=nulls)


def _shares(scope: Scope, journeys: Journeys) -> Floats:
    if scope.model.name == "markov":
        return fit_markov(journeys, scope.settings.order).share
    return fit_shapley(journeys, scope.settings.game).share
