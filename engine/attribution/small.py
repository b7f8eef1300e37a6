"""Fits for few states in plain Python: loading numpy would take longer than the sums.

The same definitions as :mod:`engine.attribution.markov`, which uses them too, and :mod:`engine.attribution.shapley`
(A4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_STATES = 32


def removal_effects(
    steps: Sequence[Sequence[float]], starts: Sequence[float], converts: Sequence[float], ends: Sequence[float]
) -> tuple[list[float], float]:
    """Removal effect of each state of a first-order chain, and the probability of conversion.

    Leading every step into a state to null loses exactly the walks that come to it and convert, so the effect is the
    probability of ever reaching the state times that of converting from there, over that of converting at all. Both
    stand in the one fundamental matrix (I - Q)^-1 (Kemeny and Snell, "Finite Markov Chains", 1960, theorem 3.5.7).

    Args:
        steps: journeys that step from one state to another, a square table of n rows.
        starts: journeys that begin in each state; at least one does.
        converts: journeys that convert from each state.
        ends: journeys that end in each state, converting or not.

    Returns:
        Effects from 0 to 1; all 0 where nothing converts.
    """
    count = len(starts)
    leaving = [sum(row) + end for row, end in zip(steps, ends, strict=True)]
    # Gauss-Jordan on [I - Q | I]; the diagonal dominates, so no pivoting. States that never occur stand alone.
    rows = [
        [(i == j) - (row[j] / out if out else 0.0) for j in range(count)] + [float(i == j) for j in range(count)]
        for i, (row, out) in enumerate(zip(steps, leaving, strict=True))
    ]
    for i in range(count):
        pivot = rows[i][i]
        base = rows[i] = [cell / pivot for cell in rows[i]]
        for j, row in enumerate(rows):
            factor = row[i]
            if j != i and factor:
                rows[j] = [cell - factor * other for cell, other in zip(row, base, strict=True)]
    visits = [row[count:] for row in rows]
    exits = [convert / out if out else 0.0 for convert, out in zip(converts, leaving, strict=True)]
    reach = [sum(visit * leave for visit, leave in zip(row, exits, strict=True)) for row in visits]
    journeys = sum(starts)
    rate = sum(start * probability for start, probability in zip(starts, reach, strict=True)) / journeys
    if rate <= 0:
        return [0.0] * count, 0.0
    effects: list[float] = []
    for i in range(count):
        arrivals = sum(start * row[i] for start, row in zip(starts, visits, strict=True)) / journeys
        effects.append(min(max(arrivals / visits[i][i] * reach[i] / rate, 0.0), 1.0))
    return effects, rate


def subset_values(conversions: Mapping[frozenset[int], float], count: int) -> list[float]:
    """Shapley values of the game ``subset``: the members of a set share its conversions equally.

    v(S) is the sum of what each set inside S adds (its Harsanyi dividend, here its conversions), and the Shapley value
    divides every dividend equally (Harsanyi, "A simplified bargaining model for the n-person cooperative game", 1963).

    Args:
        conversions: of the journeys with exactly that set of states.
        count: number of states.
    """
    values = [0.0] * count
    for members, amount in conversions.items():
        for member in members:
            values[member] += amount / len(members)
    return values


def shares(values: Sequence[float]) -> list[float]:
    """Values scaled to the sum 1, negative ones counting as zero; all 0 where nothing is above zero."""
    kept = [max(value, 0.0) for value in values]
    total = sum(kept)
    return [value / total for value in kept] if total > 0 else kept
