"""When people come back and what brings them; which ad impressions they saw before.

Everything is one matrix a block: a row a person, a column a visit, in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.demo.arrays import Flags, Floats, Ints, RowTable, ints
from engine.demo.campaigns import CAMPAIGNS
from engine.demo.origins import ADS, Traffic, active_days, origins
from engine.demo.season import DAY, HOUR

if TYPE_CHECKING:
    from engine.demo.population import People
    from engine.demo.season import Season

MOST_VISITS = 10
SHORTEST_GAP = 2 * HOUR
SAME_DAY = 0.22
"""Returns within hours; the others come after ``GAP_DAYS`` on average (assumption)."""
GAP_DAYS = 6.5

ENGAGED_SPREAD = 4.0
"""Sum of the two parameters of the beta distribution of engagement; smaller spreads wider."""

VIEWERS, VIEWS = 0.05, 2
"""Share of people for whom viewed impressions are known, and the most of them."""


@dataclass(frozen=True)
class Timelines:
    """Visits (matrix, ``MOST_VISITS`` wide) and viewed impressions (matrix, ``VIEWS`` wide) of a block.

    Attributes:
        real: which cells hold a visit.
        start: UTC epoch seconds.
        arrival: form of arrival, a position in ``Origins.queries``.
        slot: which of the person's browsers.
        engaged: engagement of the visit, 0 to 1.
    """

    real: Flags
    start: Ints
    origin: Ints
    arrival: Ints
    slot: Ints
    engaged: Floats
    view_real: Flags
    view_start: Ints
    view_origin: Ints
    view_ad: Ints


def ad_table() -> RowTable:
    """Draws an ad of a campaign."""
    weights = np.zeros((len(CAMPAIGNS), len(ADS)))
    for number, (place, ad) in enumerate(ADS):
        weights[place, number] = ad.weight
    return RowTable(weights)


def _starts(rng: np.random.Generator, season: Season, people: People) -> tuple[Ints, Flags]:
    count = people.count
    start = np.zeros((count, MOST_VISITS), dtype=np.int64)
    real = np.zeros((count, MOST_VISITS), dtype=np.bool_)
    start[:, 0] = season.moments(rng, people.day)
    real[:, 0] = True
    for column in range(1, MOST_VISITS):
        before = start[:, column - 1]
        soon = before + SHORTEST_GAP + ints(rng.exponential(4 * HOUR, count))
        later = season.day_of(before) + 1 + ints(rng.exponential(GAP_DAYS - 1, count))
        moment = season.moments(rng, np.minimum(later, season.days + 1))
        moment = np.maximum(moment, before + SHORTEST_GAP)
        start[:, column] = np.where(rng.random(count) < SAME_DAY, soon, moment)
        again = rng.random(count) < people.returning
        real[:, column] = real[:, column - 1] & again & (start[:, column] < season.end)
        start[~real[:, column], column] = season.end + column * DAY
    return start, real


def travel(rng: np.random.Generator, season: Season, traffic: Traffic, people: People) -> Timelines:
    table = origins()
    count = people.count
    start, real = _starts(rng, season, people)
    day = np.minimum(season.day_of(start.ravel()), season.days - 1)
    origin = traffic.again.draw(rng, day).reshape(start.shape)
    origin[:, 0] = people.origin
    mean = table.engaged[origin]
    engaged = rng.beta(mean * ENGAGED_SPREAD, (1 - mean) * ENGAGED_SPREAD)
    slot = rng.integers(0, 3, start.shape)
    slot[:, 0] = 0
    first_day = people.day[:, None] - ints(rng.exponential(2.0, (count, VIEWS)))
    view_day = np.maximum(first_day, 0)
    view_start = season.moments(rng, view_day.ravel()).reshape(view_day.shape)
    shown = np.array([campaign.channel == "Display" or campaign.platform == "meta" for campaign in CAMPAIGNS])
    weights = np.zeros((season.days, len(CAMPAIGNS)))
    for place, campaign in enumerate(CAMPAIGNS):
        begin, finish = active_days(campaign, season.days)
        weights[begin:finish, place] = (campaign.first + campaign.again) * shown[place]
    view_origin = RowTable(weights).draw(rng, view_day.ravel())
    views = np.where(rng.random(count) < VIEWERS, rng.integers(1, VIEWS + 1, count), 0)
    view_real = (np.arange(VIEWS)[None, :] < views[:, None]) & (view_start < start[:, :1]) & (first_day >= 0)
    return Timelines(
        real=real,
        start=start,
        origin=origin,
        arrival=table.arrive(rng, origin.ravel()).reshape(origin.shape),
        slot=slot,
        engaged=engaged,
        view_real=view_real,
        view_start=view_start,
        view_origin=view_origin.reshape(view_day.shape),
        view_ad=ad_table().draw(rng, view_origin).reshape(view_day.shape),
    )
