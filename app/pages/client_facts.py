"""What a client's row says in words: how fresh it is, and what is to be done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from app.status import local_time

if TYPE_CHECKING:
    from datetime import date

    from engine.clients import Client, Total
    from widgets.look import Look

BANDS = {"excellent": "Excellent", "good": "Good", "caution": "Caution", "poor": "Poor"}

_QUIET = timedelta(days=2)  # without a record, before it is worth a word


def freshness(look: Look, client: Client) -> str:
    """When something was brought in last: by a connection, else from a file."""
    latest = max((each for each in (client.synced_at, client.imported_at) if each is not None), default=None)
    return look.numbers.moment(local_time(latest, client.timezone)) if latest is not None else ""


def reported(look: Look, client: Client) -> str:
    """The day its last report was made."""
    if client.reported_at is None:
        return ""
    return look.numbers.day(local_time(client.reported_at, client.timezone).date(), with_year=True)


def band_label(look: Look, band: str | None) -> str:
    """How good a coverage is, in words."""
    if band is None:
        return ""
    title = BANDS[band]
    return look.say(title)


def problem(look: Look, client: Client, today: date) -> str:
    """What is to be done first; empty when nothing is."""
    say, numbers = look.say, look.numbers
    if client.failing:
        return say("Last sync failed: {names}", names=", ".join(client.failing))
    if client.last_day is None:
        return say("No records yet: import files or connect a provider")
    if not client.is_derived:
        return say("Not worked out yet: open it and rebuild")
    if client.is_stale:
        return say("Records changed: open it and rebuild")
    if client.last_day < today - _QUIET:
        return say("No records since {day}", day=numbers.day(client.last_day, with_year=True))
    if client.coverage_band == "poor":
        return say("Most conversions have no touch: see their tracking")
    return ""


def total_text(look: Look, total: Total) -> str:
    """The sums of one currency."""
    numbers = look.numbers
    count = look.words.count(total.clients, "1 client", "{n} clients", n=numbers.count(total.clients))
    return look.say(
        "{currency}, {clients}: cash {cash}, spend {spend}, ROAS {roas}, MER {mer}",
        currency=total.currency,
        clients=count,
        cash=numbers.count(total.cash_revenue),
        spend=numbers.count(total.spend),
        roas=numbers.ratio(total.roas),
        mer=numbers.ratio(total.mer),
    )
