"""Journeys as arrays: what the data-driven models are fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Journeys:
    """Many paths, laid end to end.

    Attributes:
        states: state number of every touch, journey after journey in order of time, 0..n-1.
        starts: index in ``states`` of each journey's first touch, ascending; no journey is empty.
        conversions: how many conversions each journey stands for.
        nulls: how many journeys without a conversion it stands for.
        names: of the n states.
    """

    states: Ints
    starts: Ints
    conversions: Floats
    nulls: Floats
    names: tuple[str, ...]

    @property
    def ends(self) -> Ints:
        """Index behind each journey's last touch."""
        return np.append(self.starts[1:], len(self.states)).astype(np.int64)

    @property
    def lengths(self) -> Ints:
        """Touches of each journey."""
        return self.ends - self.starts

    def distinct(self) -> tuple[Journeys, Ints]:
        """Every path once, with its counts summed, and for each journey which of those it is."""
        text, width = np.ascontiguousarray(self.states, dtype=np.int32).tobytes(), 4
        numbers: dict[bytes, int] = {}
        bounds = zip((self.starts * width).tolist(), (self.ends * width).tolist(), strict=True)
        index = np.fromiter(
            (numbers.setdefault(text[start:end], len(numbers)) for start, end in bounds), np.int64, len(self.starts)
        )
        states = np.frombuffer(b"".join(numbers), dtype=np.int32).astype(np.int64)
        lengths = np.array([len(path) // width for path in numbers], dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
        size = len(numbers)
        return (
            Journeys(
                states,
                starts.astype(np.int64),
                np.bincount(index, self.conversions, size).astype(np.float64),
                np.bincount(index, self.nulls, size).astype(np.float64),
                self.names,
            ),
            index,
        )
