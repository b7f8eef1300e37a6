"""What becomes of leads and orders: CRM stages, appointments, payments, refunds.

Rates are assumptions about a private clinic: half of the leads are qualified, two of three appointments are kept, one
lead in six pays. All rows of one lead share its cause (``influence``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from engine.demo.arrays import Flags, Floats, Ints, draw, ints
from engine.demo.season import DAY, HOUR

if TYPE_CHECKING:
    from engine.demo.season import Season


class Treatment(NamedTuple):
    name: str
    calendar: str
    weight: float
    pipeline: int
    cash: int


TREATMENTS = (
    Treatment("Implants", "Implant consultations", 40, 2400, 1080),
    Treatment("Aligners", "Aligner consultations", 20, 1900, 690),
    Treatment("Whitening", "Hygiene and whitening", 30, 390, 300),
    Treatment("Check-up", "Hygiene and whitening", 10, 140, 120),
)
"""Dollars: value the CRM expects, and mean of the first payment."""

ASSIGNED = ("Ada Keel", "Ben Harbor", "Carla Vela", "Dev Anchor", "Eva Faro")
PIPELINE = "New patients"
FIRST_ORDER = 5_700_000_000_000
PRODUCTS = (4900, 7900, 3200, 1450)
"""Cents; a kit, a brush, a care set, paste."""

STEPS = (
    "lead_created", "contact_reply", "qualified", "disqualified", "appointment_booked", "showed", "no_show",
    "closed_won", "closed_lost", "payment_received", "refund", "order_placed",
)  # fmt: skip
PIPELINE_STAGES = ("New lead", "Replied", "Qualified", "Closed Won", "Closed Lost", "Disqualified")
STAGES = (
    "New lead", "Replied", "Qualified", "Disqualified", None, None, None, "Closed Won", "Closed Lost", None, None,
    None,
)  # fmt: skip
"""Stages in the pipeline's order, and the one each step puts a deal into; appointments are kept in calendars."""
LEAD, REPLY, QUALIFIED, DISQUALIFIED, BOOKED, SHOWED, NO_SHOW, WON, LOST, PAID, REFUND, ORDER = range(12)

MOST_STEPS = 32
"""Conversion numbers reserved for a cause; below are the positions used by more than one row of a kind."""
PAYMENT_STEP, REFUND_STEP = 12, 20

REFUNDED = 0.05
PARTLY = 0.5
LINKED = 0.10
"""Payments of the clinic made at a page behind a payment link; the others at its desk."""
NAMELESS, PLACEHOLDER, PHONE_ONLY = 0.015, 0.01, 0.04
"""Payments without any identifier, with a placeholder email, with a phone alone."""

CLOSING_RATE = 0.58


@dataclass(frozen=True)
class Leads:
    """Columns, one row a lead.

    Attributes:
        at: instant the form was sent, epoch seconds.
        quality: need of the person, mean 1.
        online: booked in the same visit.
        ad: position of the ad for leads from an ad's own form, else -1.
        treatment: what they ask for, a position in ``TREATMENTS``.
        appointment: start of the appointment booked in the visit (0 when not booked there).
    """

    cause: Ints
    person: Ints
    at: Ints
    quality: Floats
    euro: Flags
    online: Flags
    ad: Ints
    treatment: Ints
    appointment: Ints


def take_leads(
    rng: np.random.Generator,
    season: Season,
    cause: Ints,
    person: Ints,
    at: Ints,
    quality: Floats,
    euro: Flags,
    ad: Ints,
) -> Leads:
    count = len(cause)
    online = (rng.random(count) < 0.27) & (ad < 0)
    day = np.clip(season.day_of(at), 0, season.days - 1) + 1 + ints(rng.exponential(4.5, count))
    treatment = draw(rng, [treatment.weight for treatment in TREATMENTS], count)
    slot = season.opening(rng, day)
    return Leads(cause, person, at, quality, euro, online, ad, treatment, np.where(online, slot, 0))


def _rows(step: int, cause: Ints, person: Ints, at: Ints, place: int | None = None, **more: Ints) -> pl.DataFrame:
    """Conversion rows of one kind; ``number`` is unique over all conversions."""
    number = cause * MOST_STEPS + (step if place is None else place)
    kind = np.full(len(cause), step, dtype=np.int64)
    return pl.DataFrame({"number": number, "cause": cause, "person": person, "kind": kind, "time": at, **more})


def _pick(leads: Leads, chosen: Flags) -> tuple[Ints, Ints]:
    return leads.cause[chosen], leads.person[chosen]


def follow_leads(rng: np.random.Generator, season: Season, leads: Leads) -> list[pl.DataFrame]:
    """Every later step of the leads, also those that lie beyond the end of the plan (the writer drops them)."""
    count = len(leads.cause)
    pipeline = ints([treatment.pipeline for treatment in TREATMENTS])[leads.treatment] * 100
    owner = leads.person % len(ASSIGNED)
    form = leads.ad >= 0
    created = leads.at + rng.integers(3, 40, count)
    replied = rng.random(count) < np.where(form, 0.5, 0.7)
    reply_at = created + ints(rng.exponential(9 * HOUR, count)) + 120
    fit = np.clip((0.45 + 0.06 * np.log(np.maximum(leads.quality, 0.05))) * np.where(form, 0.75, 1.0), 0.05, 0.9)
    verdict = rng.random(count)
    qualified = (verdict < fit) | leads.online
    unfit = ~qualified & (verdict > 0.84)
    judged_at = season.office(rng, reply_at + ints(rng.exponential(14 * HOUR, count)) + 300)
    booked = leads.online | (qualified & (rng.random(count) < 0.74))
    arranged_at = season.office(rng, judged_at + rng.integers(60, 6 * HOUR, count))
    booked_at = np.where(leads.online, created + rng.integers(20, 60, count), arranged_at)
    day = np.minimum(season.day_of(booked_at) + 1 + ints(rng.exponential(4.5, count)), season.days + 200)
    starts = np.where(leads.online, leads.appointment, season.opening(rng, day))
    outcome = rng.random(count)
    came, missed = booked & (outcome < 0.68), booked & (outcome > 0.8)
    came_at = starts + rng.integers(-600, 900, count)
    decided = rng.random(count)
    won, lost = came & (decided < CLOSING_RATE), came & (decided > 0.72)
    thinking = ints(np.where(rng.random(count) < 0.55, 0, rng.exponential(3 * DAY, count)))
    closed_at = season.office(rng, came_at + 40 * 60 + thinking)
    crm = {"amount": pipeline, "treatment": leads.treatment, "owner": owner}

    def part(step: int, chosen: Flags, at: Ints, **more: Ints) -> pl.DataFrame:
        kept = {name: column[chosen] for name, column in (crm | more).items()}
        return _rows(step, *_pick(leads, chosen), at[chosen], None, **kept)

    everyone = np.ones(count, dtype=np.bool_)
    moved = rng.random(count) < 0.05
    first_start = np.where(moved, season.opening(rng, day), starts)
    appointment = part(BOOKED, booked, booked_at, starts=starts, came=came.astype(np.int64) - missed.astype(np.int64))
    earlier = part(BOOKED, booked & moved & ~leads.online, booked_at, starts=first_start, came=np.zeros_like(starts))
    return [
        part(LEAD, everyone, created, ad=leads.ad),
        part(REPLY, replied, reply_at),
        part(QUALIFIED, qualified, np.where(leads.online, created + 150, judged_at)),
        part(DISQUALIFIED, unfit, judged_at),
        appointment.with_columns(pl.lit(1, pl.Int64).alias("version")),
        earlier.with_columns(pl.lit(0, pl.Int64).alias("version")),
        part(SHOWED, came, came_at, starts=starts),
        part(NO_SHOW, missed, starts + 30 * 60, starts=starts),
        part(WON, won, closed_at),
        part(LOST, lost, closed_at),
        *_clinic_payments(rng, leads, won, closed_at),
    ]


def _clinic_payments(rng: np.random.Generator, leads: Leads, won: Flags, closed_at: Ints) -> list[pl.DataFrame]:
    cause, person = _pick(leads, won)
    count = len(cause)
    price = np.array([treatment.cash for treatment in TREATMENTS])[leads.treatment[won]]
    amount = price * rng.lognormal(-0.06, 0.35, count)
    euro = leads.euro[won]
    found: list[pl.DataFrame] = []
    at = closed_at[won] + rng.integers(120, 1800, count)
    paying = np.ones(count, dtype=np.bool_)
    for place in range(3):
        cents = ints(np.round(amount)) * 100
        found += pay(rng, cause[paying], person[paying], at[paying], cents[paying], euro[paying], place=place)
        paying = paying & (rng.random(count) < 0.2)
        at = at + ints(rng.uniform(12, 26, count)) * DAY + rng.integers(-3, 3, count) * HOUR
        amount = amount * 0.8
    return found


def pay(
    rng: np.random.Generator,
    cause: Ints,
    person: Ints,
    at: Ints,
    cents: Ints,
    euro: Flags,
    place: int,
    order: Ints | None = None,
) -> list[pl.DataFrame]:
    """Payments and refunds; ``place`` counts the payments of one cause.

    ``opened`` is when the page of a payment was opened (0: at the desk).
    """
    count = len(cause)
    shared = {"payment": cause * 4 + place, "euro": euro.astype(np.int64), "amount": cents}
    if order is not None:
        shared["order"] = order
    lucky = rng.random(count)
    identity = np.select(
        [lucky < NAMELESS, lucky < NAMELESS + PLACEHOLDER, lucky < NAMELESS + PLACEHOLDER + PHONE_ONLY], [3, 2, 1]
    )
    shared["identity"] = identity.astype(np.int64)
    payments = _rows(PAID, cause, person, at, PAYMENT_STEP + place, **shared)
    linked = rng.random(count) < LINKED
    opened = at - rng.integers(1, 90, count)
    payments = payments.with_columns(pl.Series("opened", opened if order is not None else np.where(linked, opened, 0)))
    back = rng.random(count) < REFUNDED
    part = np.where(rng.random(count) < PARTLY, rng.uniform(0.2, 0.7, count), 1.0)
    returned = {name: column[back] for name, column in shared.items()}
    returned["amount"] = -np.maximum(ints(np.round(cents * part))[back], 1)
    returned["whole"] = (part >= 1.0)[back].astype(np.int64)
    wait = ints(rng.uniform(2, 24, count) * DAY)
    refunds = _rows(REFUND, cause[back], person[back], (at + wait)[back], REFUND_STEP + place, **returned)
    return [payments, refunds]


@dataclass(frozen=True)
class Orders:
    """Columns, one row an order; ``at`` is the instant of the tracker's purchase event."""

    cause: Ints
    person: Ints
    at: Ints
    cents: Ints
    euro: Flags

    @property
    def number(self) -> Ints:
        return 100_000 + self.cause


def take_orders(rng: np.random.Generator, cause: Ints, person: Ints, at: Ints, euro: Flags) -> Orders:
    count = len(cause)
    first = ints(PRODUCTS)[draw(rng, (4, 3, 2, 1), count)]
    more = ints(PRODUCTS)[draw(rng, (2, 2, 2, 3), count)] * rng.poisson(0.5, count)
    return Orders(cause, person, at, first + more + 590, euro)


def follow_orders(rng: np.random.Generator, orders: Orders) -> list[pl.DataFrame]:
    count = len(orders.cause)
    placed = _rows(
        ORDER, orders.cause, orders.person, orders.at + rng.integers(1, 20, count),
        amount=orders.cents, euro=orders.euro.astype(np.int64), order=orders.number,
    )  # fmt: skip
    paid_at = orders.at + rng.integers(2, 60, count)
    paid = pay(rng, orders.cause, orders.person, paid_at, orders.cents, orders.euro, 0, orders.number)
    return [placed, *paid]


def walk_ins(rng: np.random.Generator, season: Season, cause: Ints, person: Ints) -> list[pl.DataFrame]:
    """Payments of people no tracker has seen."""
    count = len(cause)
    at = season.opening(rng, rng.integers(0, season.days, count)) + rng.integers(0, HOUR, count)
    price = np.array([treatment.cash for treatment in TREATMENTS])[draw(rng, (1, 1, 4, 6), count)]
    cents = ints(np.round(price * rng.lognormal(-0.06, 0.35, count))) * 100
    return pay(rng, cause, person, at, cents, np.zeros(count, dtype=np.bool_), 0)


def order_ids(number: pl.Expr) -> pl.Expr:
    """Order ids of thirteen digits, as the shop and its pixel tell them."""
    return (number + FIRST_ORDER).cast(pl.String)
