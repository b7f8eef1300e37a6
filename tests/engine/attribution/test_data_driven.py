"""Markov and Shapley (A4) against brute force written from their definitions."""

from __future__ import annotations

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.attribution.journeys import Journeys
from engine.attribution.markov import fit_markov
from engine.attribution.shapley import fit_shapley

PATHS = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple),
        st.integers(0, 4),
        st.integers(0, 4),
    ).filter(lambda row: row[1] + row[2] > 0),
    min_size=1,
    max_size=25,
)


def journeys(rows: list[tuple[tuple[str, ...], int, int]]) -> Journeys:
    names = sorted({channel for path, _, _ in rows for channel in path})
    number = {name: index for index, name in enumerate(names)}
    lengths = [len(path) for path, _, _ in rows]
    return Journeys(
        np.array([number[channel] for path, _, _ in rows for channel in path], dtype=np.int64),
        np.cumsum([0, *lengths[:-1]]).astype(np.int64),
        np.array([conversions for _, conversions, _ in rows], dtype=float),
        np.array([nulls for _, _, nulls in rows], dtype=float),
        tuple(names),
    )


def worth(rows: list[tuple[tuple[str, ...], int, int]], coalition: set[str], game: str) -> float:
    inside = [(conversions, nulls) for path, conversions, nulls in rows if set(path) <= coalition]
    converted = sum(conversions for conversions, _ in inside)
    total = sum(conversions + nulls for conversions, nulls in inside)
    if game == "subset":
        return converted
    return converted / total if total else 0.0


@given(PATHS, st.sampled_from(["rate", "subset"]))
@settings(max_examples=60, deadline=None)
def test_shapley_is_the_average_marginal_worth_over_all_coalitions(rows, game):
    data = journeys(rows)
    expected = []
    for channel in data.names:
        others = [name for name in data.names if name != channel]
        value = 0.0
        for size in range(len(others) + 1):
            weight = factorial(size) * factorial(len(others) - size) / factorial(len(others) + 1)
            for coalition in combinations(others, size):
                before, after = set(coalition), {*coalition, channel}
                value += weight * (worth(rows, after, game) - worth(rows, before, game))
        expected.append(value)
    assert fit_shapley(data, game).value == pytest.approx(expected, abs=1e-9)


def test_shapley_by_hand():
    """Two channels, game subset: v(a)=2, v(b)=1, v(ab)=6: a gets (2 + 5) / 2, b gets (1 + 4) / 2."""
    data = journeys([(("a",), 2, 0), (("b",), 1, 0), (("a", "b"), 3, 0)])
    fit = fit_shapley(data, "subset")
    assert fit.value.tolist() == [3.5, 2.5]
    assert fit.share == pytest.approx([3.5 / 6, 2.5 / 6])
    assert not fit.error.any()


def test_beyond_fourteen_channels_shapley_is_sampled_and_tells_its_error():
    names = [f"c{number:02}" for number in range(16)]
    rows = [((name,), index + 1, 5) for index, name in enumerate(names)]
    fit = fit_shapley(journeys(rows), "subset")
    assert fit.value == pytest.approx([index + 1 for index in range(16)])  # additive: every order says the same
    rows.append((tuple(names[:3]), 30, 0))
    fit = fit_shapley(journeys(rows), "subset")
    assert (fit.error[:3] > 0).all()
    assert np.abs(fit.value[:3] - (np.arange(3) + 1 + 10)).max() < 5 * fit.error[:3].max()


def test_markov_by_hand():
    """a converts 1 of 2, a > b 1 of 1, b 0 of 1; START goes to a with 3/4.

    From b: 1 of 2 arrivals converts: 1/2. From a: 1/3 converts, 1/3 goes to b, 1/3 ends: 1/3 + 1/3 * 1/2 = 1/2.
    P = 3/4 * 1/2 + 1/4 * 1/2 = 1/2. Without a: 1/4 * 1/2 = 1/8, effect 3/4. Without b: 3/4 * 1/3 = 1/4, effect 1/2.
    """
    fit = fit_markov(journeys([(("a",), 1, 1), (("a", "b"), 1, 0), (("b",), 0, 1)]))
    assert fit.conversion_rate == pytest.approx(0.5)
    assert fit.removal_effect == pytest.approx([0.75, 0.5])
    assert fit.share == pytest.approx([0.6, 0.4])


def test_markov_keeps_immediate_repeats():
    """a > a: of the three arrivals at a one goes on to a, one converts, one ends; P = 1/2 after 1/3 + 1/3 P."""
    fit = fit_markov(journeys([(("a", "a"), 1, 0), (("a",), 0, 1)]))
    assert fit.conversion_rate == pytest.approx(0.5)
    assert fit.share.tolist() == [1.0]


@given(PATHS, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_markov_shares_sum_to_one_and_ignore_the_order_of_journeys(rows, order):
    fit = fit_markov(journeys(rows), order)
    converts = any(conversions for _, conversions, _ in rows)
    assert fit.share.sum() == pytest.approx(1.0 if converts else 0.0)
    assert ((fit.removal_effect >= 0) & (fit.removal_effect <= 1)).all()
    assert fit_markov(journeys(rows[::-1]), order).share == pytest.approx(fit.share, abs=1e-9)


@given(PATHS)
@settings(max_examples=30, deadline=None)
def test_markov_first_order_equals_a_dense_solve(rows):
    data = journeys(rows)
    size = len(data.names)
    steps = np.zeros((size + 1, size))  # the last row is the start
    converts = np.zeros(size)
    ends = np.zeros(size)
    for path, conversions, nulls in rows:
        numbers = [data.names.index(channel) for channel in path]
        for before, after in zip([size, *numbers], numbers, strict=False):
            steps[before, after] += conversions + nulls
        converts[numbers[-1]] += conversions
        ends[numbers[-1]] += conversions + nulls
    leaving = steps[:size].sum(axis=1) + ends
    inner, converts, start = steps[:size] / leaving[:, None], converts / leaving, steps[size] / steps[size].sum()
    base = start @ np.linalg.solve(np.eye(size) - inner, converts)
    fit = fit_markov(data)
    assert fit.conversion_rate == pytest.approx(base)
    for channel in range(size):
        kept = [index for index in range(size) if index != channel]
        left = 0.0
        if kept:
            reached = np.linalg.solve(np.eye(len(kept)) - inner[np.ix_(kept, kept)], converts[kept])
            left = start[kept] @ reached
        expected = 1 - left / base if base else 0.0
        assert fit.removal_effect[channel] == pytest.approx(expected, abs=1e-9)


def test_nothing_converts():
    data = journeys([(("a", "b"), 0, 3)])
    assert not fit_markov(data).share.any()
    assert not fit_shapley(data).share.any()
