"""Shares rounded so that they still add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def rounded_shares(shares: Sequence[float], digits: int = 1) -> list[float]:
    """Parts of one as percentages with so many digits that sum to 100, or to what they sum to, by largest remainder."""
    unit = 10**digits
    exact = [100 * unit * share for share in shares]
    whole = [int(value + 1e-9) for value in exact]
    missing = round(sum(exact)) - sum(whole)
    order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[: max(0, missing)]:
        whole[place] += 1
    return [value / unit for value in whole]
