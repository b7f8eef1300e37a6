"""Credit for grouped paths without times (A4): every model that needs none, straight from the paths.

What a rule model gives depends on the place of a touch and the length of its path alone, so conversions are first
summed by length, place and state. The weights come from the models' own SQL (:mod:`engine.attribution.models`), which
the SQLite of Python's library evaluates for each length and place: DuckDB would load longer than all of this takes,
and there is no second wording of any model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attribution.places import Places, place_journeys
from engine.attribution.small import MAX_STATES, removal_effects, shares, subset_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from engine.attribution.journeys import Journeys
    from engine.attribution.models import CreditSettings, Model
    from engine.attribution.pathfile import Paths
    from engine.attribution.places import Journey

MAX_EXACT_SETS = 14  # as in engine.attribution.shapley
_TIMES_ONLY = ("decay_share", "engagement_share")


@dataclass(frozen=True)
class StateCredit:
    """What a model gives each state.

    Attributes:
        conversions: credited, per state.
        value: credited, per state.
        share: fitted, per state, summing to 1; None for a rule model.
        share_error: largest standard error of a fitted share; 0 where exact.
    """

    conversions: Sequence[float]
    value: Sequence[float]
    share: Sequence[float] | None = None
    share_error: float = 0.0


def needs_times(model: Model) -> bool:
    """Whether a model asks when touches were, or how engaged; paths do not tell."""
    return any(column in model.credit for column in _TIMES_ONLY)


def credit_paths(paths: Paths, models: Iterable[Model], settings: CreditSettings) -> dict[str, StateCredit]:
    """The credit of each model that needs no times, by its name."""
    chosen = list(models)
    rules = [model for model in chosen if not model.is_fitted]
    credited = [journey for journey in paths.journeys if journey[1] or journey[2]]
    result: dict[str, StateCredit] = {}
    if rules:
        result = _rule_credit(paths.places or place_journeys(credited, paths.names), rules, settings)
    arrays: Journeys | None = None
    count = len(paths.names)
    for model in chosen:
        if not model.is_fitted:
            continue
        error = 0.0
        if model.name == "markov" and settings.order == 1 and count <= MAX_STATES:
            share = _small_markov(paths.journeys, count)
        elif model.name == "shapley" and settings.game == "subset" and count <= MAX_EXACT_SETS:
            share = _small_shapley(paths.journeys, count)
        else:
            arrays = arrays or _arrays(paths)
            share, error = _fitted(arrays, model.name, settings)
        result[model.name] = _fitted_credit(credited, share, error)
    return result


def _rule_credit(places: Places, models: Sequence[Model], settings: CreditSettings) -> dict[str, StateCredit]:
    weights = _weights(models, sorted(places.sums), settings)
    return {
        model.name: StateCredit(places.weighed(plain, extra, 0), places.weighed(plain, extra, 1))
        for model, (plain, extra) in zip(models, weights, strict=True)
    }


_Weights = tuple["dict[int, list[float]]", "dict[int, list[float]]"]


def _weights(models: Sequence[Model], lengths: Sequence[int], settings: CreditSettings) -> list[_Weights]:
    """Of each model, by length of the path: the weight of every place, and what the last one that is not Direct has
    beyond that."""
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("create table places (touch_count, first_count, position, first_position)")
        connection.executemany(
            "insert into places values (?1, ?1, ?2, ?2)",
            ((length, place) for length in lengths for place in range(1, length + 1)),
        )
        columns = ", ".join(model.credit for model in models)
        rows = connection.execute(
            f"""select touch_count, is_last_non_direct, {columns}
                from places, (select false as is_last_non_direct union all select true)
                order by touch_count, position, is_last_non_direct""",
            settings.parameters,
        )
        found: list[_Weights] = [({}, {}) for _ in models]
        for length, is_marked, *values in rows:
            for (plain, extra), value in zip(found, values, strict=True):
                if is_marked:
                    extra.setdefault(length, []).append(value - plain[length][-1])
                else:
                    plain.setdefault(length, []).append(value)
        return found
    finally:
        connection.close()


def _fitted_credit(journeys: Iterable[Journey], share: Sequence[float], error: float) -> StateCredit:
    """Inside a path credit is proportional to the fitted share of its touches; linear where all are zero (A4)."""
    count = len(share)
    scaled = [0.0] * count, [0.0] * count  # still to be multiplied by the share
    linear = [0.0] * count, [0.0] * count
    lookup = share.__getitem__
    for states, conversions, value, _ in journeys:
        total = sum(map(lookup, states))
        own_conversions, own_value = scaled if total > 0 else linear
        total = total if total > 0 else len(states)
        conversions, value = conversions / total, value / total
        for state in states:
            own_conversions[state] += conversions
            own_value[state] += value
    conversions, value = (
        [amount * weight + even for amount, weight, even in zip(*columns, strict=True)]
        for columns in ((scaled[0], share, linear[0]), (scaled[1], share, linear[1]))
    )
    return StateCredit(conversions, value, share, error)


def _small_markov(journeys: Iterable[Journey], count: int) -> list[float]:
    steps = [0.0] * (count * count)
    starts, converts, ends = [0.0] * count, [0.0] * count, [0.0] * count
    for states, conversions, _, nulls in journeys:
        weight = conversions + nulls
        before = states[0]
        starts[before] += weight
        for state in states[1:]:
            steps[before * count + state] += weight
            before = state
        converts[before] += conversions
        ends[before] += weight
    if not sum(converts):
        return [0.0] * count
    rows = [steps[place : place + count] for place in range(0, count * count, count)]
    return shares(removal_effects(rows, starts, converts, ends)[0])


def _small_shapley(journeys: Iterable[Journey], count: int) -> list[float]:
    sets: dict[frozenset[int], float] = {}
    for states, conversions, _, _ in journeys:
        if conversions:
            members = frozenset(states)
            sets[members] = sets.get(members, 0.0) + conversions
    return shares(subset_values(sets, count))


def _arrays(paths: Paths) -> Journeys:
    import numpy as np

    from engine.attribution.journeys import Journeys

    kept = sorted(journey for journey in paths.journeys if journey[1] + journey[3] > 0)
    lengths = np.array([len(states) for states, _, _, _ in kept], dtype=np.int64)
    return Journeys(
        np.array([state for states, _, _, _ in kept for state in states], dtype=np.int64),
        np.cumsum(lengths) - lengths,
        np.array([conversions for _, conversions, _, _ in kept]),
        np.array([nulls for _, _, _, nulls in kept]),
        paths.names,
    )


def _fitted(journeys: Journeys, model: str, settings: CreditSettings) -> tuple[list[float], float]:
    """Fitted shares, and the largest standard error of one."""
    if model == "markov":
        from engine.attribution.markov import fit_markov

        return fit_markov(journeys, settings.order).share.tolist(), 0.0
    from engine.attribution.shapley import fit_shapley

    fit = fit_shapley(journeys, settings.game)
    total = float(fit.value.clip(0).sum())
    return fit.share.tolist(), float(fit.error.max(initial=0.0)) / total if total > 0 else 0.0
