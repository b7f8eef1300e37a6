"""Identifiers without a table of used ones: numbers go through a permutation of 64 bits, so unequal stays unequal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt

    from engine.demo.arrays import Ints, Words


class IdKind(IntEnum):
    """What an identifier names; two kinds never share a sequence."""

    EVENT = 1
    DEVICE = 2
    DEVICE_TAIL = 3
    SESSION = 4
    CLICK = 5
    CLICK_TAIL = 6
    CONVERSION = 7
    PAYMENT = 8
    CHECKOUT = 9
    TRAIT = 10
    CONTACT = 11
    DEAL = 12
    MEETING = 13
    CUSTOMER = 14


@cache
def _hex_table() -> pl.Series:
    return pl.Series([f"{number:04x}" for number in range(65_536)])


def hex_text(words: Words) -> pl.Series:
    """Sixteen hexadecimal digits of each word."""
    quarters = [
        _hex_table().gather(((words >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.uint32))
        for shift in (48, 32, 16, 0)
    ]
    frame = pl.DataFrame({str(place): quarter for place, quarter in enumerate(quarters)})
    return frame.select(pl.concat_str(pl.all()).alias("text")).to_series()


@dataclass(frozen=True)
class Ids:
    """The identifiers of one simulation."""

    seed: int

    def words(self, kind: IdKind, keys: npt.NDArray[np.generic]) -> Words:
        """A permutation of the keys (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
        offset = ((self.seed * 64 + int(kind)) * 0x9E3779B97F4A7C15) % 2**64
        mixed = keys.astype(np.uint64) + np.uint64(offset)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))

    def text(self, kind: IdKind, keys: npt.NDArray[np.generic]) -> pl.Series:
        return hex_text(self.words(kind, keys))

    def chance(self, salt: int, keys: Ints) -> npt.NDArray[np.float64]:
        """A trait of a thing that stays the same whenever it is asked for, uniform in [0, 1)."""
        return (self.words(IdKind.TRAIT, keys * 64 + salt) >> np.uint64(11)).astype(np.float64) / 2.0**53

    def devices(self, keys: Ints) -> pl.Series:
        """Anonymous ids in the form of random UUIDs."""
        head, tail = self.text(IdKind.DEVICE, keys), self.text(IdKind.DEVICE_TAIL, keys)
        frame = pl.DataFrame({"h": head, "t": tail})
        h, t = pl.col("h").str, pl.col("t").str
        parts = [h.slice(0, 8), h.slice(8, 4), "4" + h.slice(13, 3), "a" + t.slice(1, 3), t.slice(4, 12)]
        return frame.select(pl.concat_str(parts, separator="-").alias("text")).to_series()
