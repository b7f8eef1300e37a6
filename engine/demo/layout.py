"""The pages of every visit and the seconds spent on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.demo.agents import agents_of
from engine.demo.arrays import Flags, Floats, Ints, RowTable, draw, ints, ragged
from engine.demo.origins import origins
from engine.demo.pages import SiteTables, site_of
from engine.demo.population import languages, places

if TYPE_CHECKING:
    from engine.demo.influence import Decisions
    from engine.demo.population import People
    from engine.demo.season import Season
    from engine.demo.visits import Timelines

MOST_PAGES = 14
LONG_PAUSE = 0.012
"""Visits in which somebody leaves the page open for more than half an hour and goes on."""

BOTS, ASSISTANTS = 0.012, 0.004
"""Automatic visitors relative to people: crawlers, and AI assistants fetching a page for somebody."""

AUTOMATIC_KEY = 1 << 44


@dataclass(frozen=True)
class Sessions:
    """Flat columns, one row a visit; ``lead`` and ``order`` mark visits that end in a form or at the checkout."""

    key: Ints
    device: Ints
    agent: Ints
    place: Ints
    site: Ints
    arrival: Ints
    start: Ints
    engaged: Floats
    lead: Flags
    order: Flags
    human: Flags


@dataclass(frozen=True)
class Layout:
    """Flat columns, one row a page view; times in milliseconds.

    Attributes:
        visit: row in the sessions.
        position: 0 for the entry page.
        previous: page before, -1 on entry.
        closing: for every visit, the instant its form or order is sent.
        closing_page: for every visit, the page view (row here) after the form or order: the thank-you page.
    """

    visit: Ints
    position: Ints
    page: Ints
    previous: Ints
    start: Ints
    duration: Ints
    closing: Ints
    closing_page: Ints


def sessions(
    rng: np.random.Generator, season: Season, people: People, lines: Timelines, done: Decisions
) -> tuple[Sessions, Ints]:
    """The visits of people, then those of bots and assistants; and the matrix of session rows (-1: no visit)."""
    row, column = np.nonzero(lines.real)
    lead, order = np.zeros(lines.real.shape, dtype=np.bool_), np.zeros(lines.real.shape, dtype=np.bool_)
    lead[done.lead_row, done.lead_column] = True
    order[done.order_row, done.order_column] = True
    where = np.full(lines.real.shape, -1, dtype=np.int64)
    where[row, column] = np.arange(len(row))
    slot = lines.slot[row, column]
    count = int(rng.binomial(people.count, BOTS + ASSISTANTS))
    robot = rng.random(count) < BOTS / (BOTS + ASSISTANTS)
    (bots, bot_weights), (aides, aide_weights) = agents_of("bot"), agents_of("assistant")
    agent = np.where(robot, ints(bots)[draw(rng, bot_weights, count)], ints(aides)[draw(rng, aide_weights, count)])
    auto_key = AUTOMATIC_KEY + (people.person[0] + np.arange(count)) * 4
    auto_place = places(rng, count)
    auto_start = season.midnights[rng.integers(0, season.days, count)] + rng.integers(0, 86_000, count)
    direct = int(np.flatnonzero(origins().referrers.to_numpy() == "")[-1])
    no = np.zeros(count, dtype=np.bool_)
    area = np.concatenate([people.area[row], rng.integers(0, 2, count)])
    language = np.concatenate([people.language[row], languages(rng, auto_place)])
    return Sessions(
        key=np.concatenate([people.person[row] * 16 + column, auto_key * 4]),
        device=np.concatenate([people.devices[row, slot], auto_key]),
        agent=np.concatenate([people.agents[row, slot], agent]),
        place=np.concatenate([people.place[row], auto_place]),
        site=site_of(area, language),
        arrival=np.concatenate([lines.arrival[row, column], np.full(count, direct)]),
        start=np.concatenate([lines.start[row, column], auto_start]),
        engaged=np.concatenate([lines.engaged[row, column], np.zeros(count)]),
        lead=np.concatenate([lead[row, column], no]),
        order=np.concatenate([order[row, column], no]),
        human=np.concatenate([np.ones(len(row), dtype=np.bool_), no]),
    ), where


def lay_out(rng: np.random.Generator, site: SiteTables, visits: Sessions) -> Layout:
    count = len(visits.key)
    bounces = rng.random(count) > 0.12 + 0.62 * visits.engaged
    pages = np.where(bounces, 1, 2 + rng.poisson(0.2 + 2.1 * visits.engaged))
    pages = np.where(visits.human, pages, 1 + rng.poisson(0.8, count))
    pages = np.where(visits.lead, np.maximum(pages, 2) + 1, np.where(visits.order, np.maximum(pages, 2) + 2, pages))
    pages = ints(np.minimum(pages, MOST_PAGES))
    visit, position = ragged(pages)
    left = pages[visit] - 1 - position
    inner = RowTable(site.inner)
    page = inner.draw(rng, visits.site[visit])
    entry = position == 0
    again = page == np.roll(page, 1)
    page[again] = inner.draw(rng, visits.site[visit[again]])
    page[entry] = RowTable(site.entry).draw(rng, visits.site)
    ends = (visits.lead | visits.order)[visit] & (left < 3) & ~entry
    ending = site.endings[visits.site[visit], 2 - np.minimum(left, 2)]
    page = np.where(ends & (ending >= 0), ending, page)
    previous = np.where(entry, -1, np.roll(page, 1))
    seconds = np.clip(rng.lognormal(3.2, 0.9, len(visit)) * (0.5 + visits.engaged[visit]), 3, 540)
    closes = (visits.lead | visits.order)[visit] & (left == 1)
    seconds = np.where(closes, np.maximum(seconds, 40), seconds)
    paused = (rng.random(count) < LONG_PAUSE)[visit] & (position == 0) & (left > 0)
    seconds = seconds + paused * rng.uniform(1_860, 2_700, len(visit))
    duration = ints(seconds * 1000)
    passed = np.cumsum(duration) - duration
    first = np.flatnonzero(entry)
    start = visits.start[visit] * 1000 + passed - passed[first][visit]
    last = first + pages - 1
    before = np.maximum(last - 1, 0)
    return Layout(
        visit=visit,
        position=position,
        page=page,
        previous=previous,
        start=start,
        duration=duration,
        closing=start[before] + duration[before] * 9 // 10,
        closing_page=last,
    )
