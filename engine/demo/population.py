"""The people of one block: what they need, where they are, what they browse with, when they first come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.demo.agents import agents_of
from engine.demo.arrays import Flags, Floats, Ints, draw, ints
from engine.demo.origins import Traffic, origins
from engine.demo.pages import CLINIC, ENGLISH, PORTUGUESE, SHOP, SPANISH
from engine.demo.places import PLACES

MOBILE_SHARE = 0.69
"""People who first come on a phone (assumption)."""

SECOND_DEVICE, THIRD_DEVICE = 0.16, 0.02
"""People who own a second and a third browser they may come back on."""

BORROWED = 0.025
"""People who use the browser of somebody else of the household."""


@dataclass(frozen=True)
class People:
    """Columns, one row a person.

    Attributes:
        person: number over all blocks.
        day: day of the first visit.
        origin: what brought the first visit.
        area: clinic or shop, what they came for.
        need: latent need, mean 1.
        devices: keys of up to three browsers (unused slots repeat the first one).
        agents: user agent of each of the browsers.
    """

    person: Ints
    day: Ints
    origin: Ints
    area: Ints
    need: Floats
    place: Ints
    language: Ints
    devices: Ints
    agents: Ints
    returning: Floats

    @property
    def count(self) -> int:
        return len(self.person)


def languages(rng: np.random.Generator, place: Ints) -> Ints:
    spanish = np.array([city.spanish for city in PLACES])[place]
    portuguese = np.array([city.portuguese for city in PLACES])[place]
    chance = rng.random(len(place))
    return np.where(chance < spanish, SPANISH, np.where(chance < spanish + portuguese, PORTUGUESE, ENGLISH))


def places(rng: np.random.Generator, count: int) -> Ints:
    return draw(rng, [city.weight for city in PLACES], count)


def _agents(rng: np.random.Generator, mobile: Flags) -> Ints:
    hand, hand_weight = agents_of("mobile")
    desk, desk_weight = agents_of("desktop")
    in_hand = ints(hand)[draw(rng, hand_weight, len(mobile))]
    at_desk = ints(desk)[draw(rng, desk_weight, len(mobile))]
    return np.where(mobile, in_hand, at_desk)


def populate(rng: np.random.Generator, traffic: Traffic, first_person: int, count: int) -> People:
    table = origins()
    person = first_person + np.arange(count, dtype=np.int64)
    day = draw(rng, traffic.day, count)
    origin = traffic.first.draw(rng, day)
    area = np.where(rng.random(count) < table.shop[origin], SHOP, CLINIC)
    place = places(rng, count)
    mobile = rng.random(count) < MOBILE_SHARE
    main, other, spare = _agents(rng, mobile), _agents(rng, ~mobile), _agents(rng, mobile)
    more = rng.random(count)
    devices = np.repeat((person * 4)[:, None], 3, axis=1)
    agents = np.repeat(main[:, None], 3, axis=1)
    second, third = more < SECOND_DEVICE, more < THIRD_DEVICE
    devices[second, 1], agents[second, 1] = person[second] * 4 + 1, other[second]
    devices[third, 2], agents[third, 2] = person[third] * 4 + 2, spare[third]
    borrowed = (rng.random(count) < BORROWED) & (np.arange(count) > 0)
    lender = np.maximum(np.arange(count) - 1, 0)
    devices[borrowed] = (person[lender] * 4)[borrowed][:, None]
    agents[borrowed] = main[lender][borrowed][:, None]
    need = rng.gamma(1.3, 1 / 1.3, count) * table.need[origin]
    return People(
        person=person,
        day=day,
        origin=origin,
        area=area,
        need=need,
        place=place,
        language=languages(rng, place),
        devices=devices,
        agents=agents,
        returning=np.clip(0.30 * table.returns[origin] * np.sqrt(need), 0.02, 0.75),
    )
