"""Runs the simulation block by block and writes the files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.demo.arrays import Ints, draw, ints
from engine.demo.campaigns import CAMPAIGNS
from engine.demo.contacts import contacts
from engine.demo.ids import Ids
from engine.demo.influence import (
    CAUSES,
    FORM_CAUSE,
    LEAD_CAUSE,
    WALK_IN_CAUSE,
    baseline,
    decide,
    shares_of,
    shares_of_forms,
)  # fmt: skip
from engine.demo.layout import lay_out, sessions
from engine.demo.origins import ADS, Traffic, is_search, origins, traffic_of
from engine.demo.outcomes import follow_leads, follow_orders, take_leads, take_orders, walk_ins
from engine.demo.pages import PAGES, SiteTables, site_tables
from engine.demo.places import PLACES
from engine.demo.plan import BLOCK, PARQUET_ABOVE, STRIDE, DemoFiles, DemoPlan
from engine.demo.population import places, populate
from engine.demo.records import clicked_ads, conversions, gathered, passed_stages, truth, viewed
from engine.demo.searches import searches
from engine.demo.season import Season, season_of
from engine.demo.spend import ad_spend, exchange, rates
from engine.demo.trace import trace
from engine.demo.visits import ad_table, travel
from engine.demo.writing import CsvSink, NdjsonSink, ParquetSink, Sink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCKS_A_CHUNK = 10
FORMS_PER_PERSON = 0.0155
WALK_INS_PER_PERSON = 0.0011
FORM_ROOM = 1_200
"""Person numbers for lead forms within a block's stride; the rest of the stride is for walk-ins."""
MATCHED_VIEWERS = 0.5
"""Viewers who are known by email once they have left one."""


def _silent(share: float) -> None:
    del share


@dataclass(frozen=True)
class Block:
    """What one block contributes to every file, its clicks and forms by ad and day, its searchers by page and day."""

    events: pl.DataFrame
    touches: pl.DataFrame
    stages: pl.DataFrame
    conversions: pl.DataFrame
    people: pl.DataFrame
    truth: pl.DataFrame
    clicks: pl.DataFrame
    clicked: Ints
    entered: Ints
    forms: Ints


@dataclass(frozen=True)
class World:
    """What all blocks share."""

    ids: Ids
    season: Season
    traffic: Traffic
    site: SiteTables


def _per_day(season: Season, number: Ints, at: Ints, count: int) -> Ints:
    """How often each of ``count`` things (-1: none) happened on each day."""
    day = season.day_of(at)
    kept = (number >= 0) & (day >= 0) & (day < season.days)
    counted = np.bincount(number[kept] * season.days + day[kept], minlength=count * season.days)
    return ints(counted).reshape(count, season.days)


def block(world: World, number: int, count: int, stream: np.random.SeedSequence) -> Block:
    """Everything of block ``number``; depends on nothing but its arguments."""
    rng = np.random.default_rng(stream)
    season, ids, stem = world.season, world.ids, number * STRIDE
    people = populate(rng, world.traffic, stem, count)
    lines = travel(rng, season, world.traffic, people)
    done = decide(rng, people, lines)
    visits, where = sessions(rng, season, people, lines, done)
    pages = lay_out(rng, world.site, visits)
    euro_place = np.array([place.currency == "EUR" for place in PLACES])
    euro = euro_place[people.place]

    everyone = contacts(ids, stem + np.arange(STRIDE, dtype=np.int64))
    lead_where = where[done.lead_row, done.lead_column]
    lead_cause = people.person[done.lead_row] * CAUSES + LEAD_CAUSE
    leads = take_leads(
        rng, season, lead_cause, people.person[done.lead_row], pages.closing[lead_where] // 1000,
        people.need[done.lead_row], euro[done.lead_row], np.full(len(lead_cause), -1),
    )  # fmt: skip
    order_where = where[done.order_row, done.order_column]
    order_cause = people.person[done.order_row] * CAUSES + done.order_column
    orders = take_orders(
        rng,
        order_cause,
        people.person[done.order_row],
        pages.start[pages.closing_page[order_where]] // 1000,
        euro[done.order_row],
    )

    weights = world.traffic.forms.ravel()
    asked = min(int(rng.poisson(count * FORMS_PER_PERSON)), FORM_ROOM)
    spot = draw(rng, weights, asked)
    form_day, form_origin = spot // len(CAMPAIGNS), spot % len(CAMPAIGNS)
    form_person = stem + BLOCK + np.arange(asked, dtype=np.int64)
    form_at = season.moments(rng, form_day)
    form_ad = ad_table().draw(rng, form_origin)
    forms = take_leads(
        rng, season, form_person * CAUSES + FORM_CAUSE, form_person, form_at,
        rng.gamma(1.3, 0.7, asked), euro_place[places(rng, asked)], form_ad,
    )  # fmt: skip
    walking = min(int(rng.poisson(count * WALK_INS_PER_PERSON)), STRIDE - BLOCK - FORM_ROOM)
    walk_person = stem + BLOCK + FORM_ROOM + np.arange(walking, dtype=np.int64)
    walk_cause = walk_person * CAUSES + WALK_IN_CAUSE

    parts = follow_leads(rng, season, leads) + follow_leads(rng, season, forms)
    parts += follow_orders(rng, orders) + walk_ins(rng, season, walk_cause, walk_person)
    rows = gathered(parts, season)
    shares = pl.concat([
        shares_of(lead_cause, lines, done.lead_row, done.lead_column),
        shares_of(order_cause, lines, done.order_row, done.order_column),
        shares_of_forms(forms.cause, form_at, form_origin),
        baseline(walk_cause, np.ones(walking)),
    ])  # fmt: skip

    events = trace(
        rng, ids, season, world.site, visits, pages,
        (leads, lead_where, everyone[done.lead_row]), (orders, order_where, everyone[done.order_row]), number << 32,
    )  # fmt: skip

    known = np.zeros(count, dtype=np.bool_)
    known[done.lead_row], known[done.order_row] = True, True
    matched = known & (ids.chance(7, people.person) < MATCHED_VIEWERS)
    own = everyone[:count].select(pl.when(pl.Series(matched)).then("email").alias("email")).to_series()
    touched = viewed(ids, lines, people.devices[:, 0], own)

    outcomes = conversions(ids, season, rows, everyone[rows["person"].to_numpy() - stem])
    first = np.flatnonzero(pages.position == 0)
    return Block(
        events=events,
        touches=touched,
        stages=passed_stages(outcomes),
        conversions=outcomes,
        people=_contact_list(rows, everyone, stem),
        truth=truth(ids, rows, shares),
        clicks=clicked_ads(ids, visits),
        clicked=_per_day(season, origins().ad_of[visits.arrival], visits.start, len(ADS)),
        entered=_per_day(season, np.where(is_search(visits.arrival), pages.page[first], -1), visits.start, len(PAGES)),
        forms=_per_day(season, form_ad, form_at, len(ADS)),
    )


def _contact_list(rows: pl.DataFrame, everyone: pl.DataFrame, stem: int) -> pl.DataFrame:
    """Who CRM and shop know: everyone with a lead or an order, once."""
    seen = rows.filter(pl.col("cause") % CAUSES != WALK_IN_CAUSE).unique("person", keep="first", maintain_order=True)
    cause = pl.col("cause") % CAUSES
    source = (
        pl.when(cause == FORM_CAUSE)
        .then(pl.lit("Facebook lead form"))
        .when(cause == LEAD_CAUSE)
        .then(pl.lit("Website form"))
    )
    contact = everyone[seen["person"].to_numpy() - stem].select("email", "phone", "first_name", "last_name")
    return contact.hstack(seen.select(source.otherwise(pl.lit("Shop")).alias("source"), pl.col("person").alias("who")))


def simulate(plan: DemoPlan, folder: Path, report: Callable[[float], None] = _silent) -> DemoFiles:
    """Writes the files of a demo.

    Args:
        plan: size, period, seed.
        folder: made if missing; files of the same names are replaced.
        report: told the share of the work done, rising to 1.
    """
    return run(plan, folder, report, BLOCKS_A_CHUNK)


def run(plan: DemoPlan, folder: Path, report: Callable[[float], None], blocks_a_chunk: int) -> DemoFiles:
    """``simulate`` with the number of blocks written at once, which changes memory but no row."""
    large = plan.people > PARQUET_ABOVE
    files = DemoFiles.inside(folder, is_large=large)
    for path in (files.events, files.conversions, files.truth):
        path.parent.mkdir(parents=True, exist_ok=True)
    season = season_of(plan)
    world = World(Ids(plan.seed), season, traffic_of(season), site_tables())
    total = -(-plan.people // BLOCK)
    common, *streams = np.random.SeedSequence(plan.seed).spawn(total + 1)
    clicked = np.zeros((len(ADS), season.days), dtype=np.int64)
    forms = np.zeros_like(clicked)
    entered = np.zeros((len(PAGES), season.days), dtype=np.int64)
    sinks: dict[str, Sink] = {
        "events": ParquetSink(files.events) if large else NdjsonSink(files.events),
        "touches": CsvSink(files.touches),
        "stages": CsvSink(files.stages),
        "conversions": CsvSink(files.conversions),
        "people": CsvSink(files.people),
        "clicks": ParquetSink(files.clicks),
        "truth": ParquetSink(files.truth),
    }
    try:
        for start in range(0, total, blocks_a_chunk):
            done: list[Block] = []
            for number in range(start, min(start + blocks_a_chunk, total)):
                one = block(world, number, min(BLOCK, plan.people - number * BLOCK), streams[number])
                clicked += one.clicked
                forms += one.forms
                entered += one.entered
                done.append(one)
                report((number + 1) / (total + 1))
            for name, sink in sinks.items():
                sink.add(pl.concat([getattr(one, name) for one in done]))
    finally:
        for sink in sinks.values():
            sink.close()
    rng = np.random.default_rng(common)
    rate = exchange(rng, season)
    ad_spend(rng, season, clicked, forms, rate).write_csv(files.ad_spend)
    rates(season, rate).write_csv(files.rates)
    searches(rng, season, entered, world.site.urls).write_parquet(files.searches)
    report(1.0)
    return files
