"""Array types and the two ways of drawing from tables used all over the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Words: TypeAlias = npt.NDArray[np.uint64]


def ints(values: Sequence[int] | npt.NDArray[np.generic]) -> Ints:
    return np.asarray(values).astype(np.int64)


def floats(values: Sequence[float] | npt.NDArray[np.generic]) -> Floats:
    return np.asarray(values).astype(np.float64)


def shares(weights: Sequence[float] | Floats) -> Floats:
    """Running sum of the weights, scaled to end at exactly 1."""
    running = np.cumsum(floats(weights))
    return running / running[-1]


def draw(rng: np.random.Generator, weights: Sequence[float] | Floats, count: int) -> Ints:
    """``count`` positions, each with a chance proportional to its weight."""
    return ints(np.searchsorted(shares(weights), rng.random(count), side="right"))


class RowTable:
    """Draws a column in a given row of a table of weights; every row needs a positive weight."""

    def __init__(self, weights: Floats) -> None:
        running = np.cumsum(weights, axis=1)
        running /= running[:, -1:]
        self._width = weights.shape[1]
        self._edges = (running + np.arange(len(weights))[:, None]).ravel()

    def draw(self, rng: np.random.Generator, rows: Ints) -> Ints:
        found = np.searchsorted(self._edges, rows + rng.random(len(rows)), side="right")
        return np.clip(ints(found) - rows * self._width, 0, self._width - 1)


def ragged(counts: Ints) -> tuple[Ints, Ints]:
    """For counts [2, 0, 1]: owners [0, 0, 2] and positions [0, 1, 0]."""
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner), dtype=np.int64) - first[owner]
