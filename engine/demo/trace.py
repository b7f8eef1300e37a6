"""What the tracker would have sent for every visit, as an events table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.demo.agents import AGENTS
from engine.demo.ids import IdKind
from engine.demo.origins import origins
from engine.demo.outcomes import order_ids
from engine.demo.places import PLACES

if TYPE_CHECKING:
    import numpy.typing as npt

    from engine.demo.arrays import Ints
    from engine.demo.ids import Ids
    from engine.demo.layout import Layout, Sessions
    from engine.demo.outcomes import Leads, Orders
    from engine.demo.pages import SiteTables
    from engine.demo.season import Season

OLD_TRACKER = 0.12
"""Browsers served by an older tracker that sends no session id."""
SENDS_SESSION_START = 0.18
RELOADED = 0.003
"""Events received twice under one id."""
BLOCKED_PURCHASE = 0.06
"""Orders whose tracker event never arrives."""

KINDS = (
    "session_start", "page_view", "web_vitals", "cta_view", "scroll_depth", "heartbeat", "video_progress",
    "outbound_click", "rage_click", "dead_click", "js_error", "form_start", "identify", "lead_submitted",
    "appointment_booked", "purchase", "stripe_checkout_completed",
)  # fmt: skip
(
    SESSION, VIEW, VITALS, CTA, SCROLL, HEARTBEAT, VIDEO, OUTBOUND, RAGE, DEAD, ERROR, FORM, IDENTIFY, LEAD, BOOKED,
    PURCHASE, STRIPE,
) = range(17)  # fmt: skip

_FIELDS = {
    VITALS: ('{"metric":"LCP","value_ms":', "}"),
    SCROLL: ('{"scroll_percent":', "}"),
    HEARTBEAT: ('{"engaged_seconds":', "}"),
    VIDEO: ('{"video_percent":', "}"),
}
_WORDS = {
    CTA: '{"cta":"book"}',
    OUTBOUND: '{"href":"https://maps.example/marea"}',
    RAGE: '{"clicks":4}',
    DEAD: '{"element":"img"}',
    ERROR: '{"message":"Script error."}',
    FORM: '{"form_id":"book-consultation"}',
    LEAD: '{"form_id":"book-consultation"}',
}

EVENT_COLUMNS = (
    "event_id", "event_type", "event_time", "anonymous_id", "session_id", "email", "phone", "first_name", "last_name",
    "url", "title", "referrer", "user_agent", "country", "region", "city", "value_amount", "currency", "order_id",
    "checkout_token", "payload",
)  # fmt: skip

_SCHEMA = {"row": pl.Int64, "kind": pl.Int64, "time": pl.Int64, "value": pl.Int64}


def _marks(kind: int, row: Ints, time: Ints, value: Ints | None = None) -> pl.DataFrame:
    """Events of one kind; ``row`` is a page view of the layout, ``time`` in milliseconds."""
    columns = {"row": row, "kind": np.full(len(row), kind), "time": time}
    return pl.DataFrame(
        columns | {"value": np.zeros(len(row)) if value is None else value}, schema=_SCHEMA, strict=False
    )


def _engagement(
    rng: np.random.Generator, ids: Ids, site: SiteTables, visits: Sessions, pages: Layout
) -> list[pl.DataFrame]:
    rows = np.arange(len(pages.visit), dtype=np.int64)
    engaged, human = visits.engaged[pages.visit], visits.human[pages.visit]
    seconds = pages.duration // 1000
    entry = pages.position == 0

    def some(chance: float | npt.NDArray[np.floating]) -> Ints:
        return rows[human & (rng.random(len(rows)) < chance)]

    def within(row: Ints, share: float) -> Ints:
        return pages.start[row] + (pages.duration[row] * share).astype(np.int64)

    sends = ids.chance(6, visits.device) < SENDS_SESSION_START
    starts = rows[entry & human & sends[pages.visit]]
    vitals, calls = some(0.05 * entry), some(0.09 * (seconds > 6))
    scrolled = some(0.10 + 0.45 * engaged)
    depth = np.clip(engaged[scrolled] * 90 + rng.normal(20, 18, len(scrolled)), 10, 100)
    short, long = some(0.42 * (seconds >= 20)), some(0.3 * (seconds >= 75))
    watched = some(0.12 * site.video[pages.page])
    failed, raged, missed, left = some(0.004), some(0.003), some(0.005), some(0.012)
    unsent = some(0.02 * (seconds > 30))
    depth_read = (depth // 5 * 5).astype(np.int64)
    return [
        _marks(SESSION, starts, pages.start[starts]),
        _marks(VIEW, rows, pages.start),
        _marks(VITALS, vitals, pages.start[vitals] + 1500, 900 + rng.integers(0, 3200, len(vitals))),
        _marks(CTA, calls, within(calls, 0.3)),
        _marks(SCROLL, scrolled, within(scrolled, 0.7), depth_read),
        _marks(HEARTBEAT, short, pages.start[short] + 15_000, np.full(len(short), 15)),
        _marks(HEARTBEAT, long, pages.start[long] + 70_000, 45 + rng.integers(0, 24, len(long))),
        _marks(
            VIDEO, watched, within(watched, 0.8), rng.choice([25, 50, 75, 100], len(watched), p=[0.4, 0.3, 0.2, 0.1])
        ),
        _marks(OUTBOUND, left, within(left, 0.95)),
        _marks(RAGE, raged, within(raged, 0.5)),
        _marks(DEAD, missed, within(missed, 0.6)),
        _marks(ERROR, failed, pages.start[failed] + 800),
        _marks(FORM, unsent, within(unsent, 0.5)),
    ]


def _iso(seconds: str) -> pl.Expr:
    return pl.from_epoch(seconds).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _leads(
    rng: np.random.Generator, pages: Layout, where: Ints, leads: Leads, contact: pl.DataFrame
) -> list[pl.DataFrame]:
    """Form start, identification, form and booking of site leads; ``where`` are their session rows."""
    thanks = pages.closing_page[where]
    at, count = pages.closing[where], len(where)
    lucky = rng.random(count)
    email, phone = lucky >= 0.12, (lucky < 0.6) & contact["phone"].is_not_null().to_numpy()
    loud = rng.random(count) < 0.04
    frame = contact.with_columns(
        pl.when(pl.Series(email)).then(
            pl.when(pl.Series(loud)).then(pl.col("email").str.to_uppercase()).otherwise("email")
        ),
        pl.when(pl.Series(phone | ~email)).then("phone_written").alias("phone"),
    ).select("email", "phone", "first_name", "last_name")
    booked = np.flatnonzero(leads.online)
    starts = pl.DataFrame({"starts": leads.appointment[booked]}).select(
        pl.concat_str(pl.lit('{"starts_at":"'), _iso("starts"), pl.lit('"}')).alias("words")
    )
    bookings = _marks(BOOKED, thanks[booked], pages.start[thanks[booked]] + 2_000)
    return [
        _marks(FORM, thanks - 1, pages.start[thanks - 1] + 6_000),
        pl.concat([_marks(IDENTIFY, thanks - 1, at), frame], how="horizontal"),
        _marks(LEAD, thanks - 1, at + 40),
        pl.concat([bookings, starts], how="horizontal"),
    ]


def _orders(
    rng: np.random.Generator, ids: Ids, pages: Layout, where: Ints, orders: Orders, contact: pl.DataFrame
) -> list[pl.DataFrame]:
    thanks = pages.closing_page[where]
    token = ids.text(IdKind.CHECKOUT, orders.number)
    deal = pl.DataFrame({
        "amount": orders.cents,
        "currency": pl.Series(["USD", "EUR"]).gather(orders.euro.astype(np.int64)),
        "order_id": pl.Series(orders.number),
        "checkout_token": token,
    }).with_columns(order_ids(pl.col("order_id")).alias("order_id"))  # fmt: skip
    seen = np.flatnonzero(rng.random(len(where)) >= BLOCKED_PURCHASE)
    session = pl.DataFrame({"checkout_token": token}).select(
        "checkout_token",
        pl.concat_str(pl.lit('{"session_id":"cs_live_'), "checkout_token", pl.lit('"}')).alias("words"),
    )
    at = pages.start[thanks]
    return [
        pl.concat(
            [_marks(IDENTIFY, thanks - 1, pages.closing[where]), contact.select("email", "first_name", "last_name")],
            how="horizontal",
        ),
        pl.concat([_marks(PURCHASE, thanks[seen], at[seen] + 900), deal[seen]], how="horizontal"),
        pl.concat([_marks(STRIPE, thanks[seen], at[seen] + 1_200), session[seen]], how="horizontal"),
    ]


def _visit_columns(ids: Ids, visits: Sessions) -> pl.DataFrame:
    table = origins()
    click = pl.concat_str("click", ids.text(IdKind.CLICK, visits.key).alias("digits"))
    frame = pl.DataFrame({
        "tags": table.queries.gather(visits.arrival),
        "click": table.clicks.gather(visits.arrival),
        "digits": ids.text(IdKind.CLICK, visits.key),
        "from": table.referrers.gather(visits.arrival),
        "anonymous_id": ids.devices(visits.device),
        "session_id": ids.text(IdKind.SESSION, visits.key),
        "old": ids.chance(5, visits.device) < OLD_TRACKER,
        "user_agent": pl.Series([agent.text for agent in AGENTS]).gather(visits.agent),
        "place": visits.place,
    })  # fmt: skip
    cities = pl.DataFrame({
        "country": [place.country for place in PLACES],
        "region": [place.region for place in PLACES],
        "city": [place.city for place in PLACES],
    })[visits.place]  # fmt: skip
    both = pl.col("tags").ne("") & pl.col("click").ne("")
    click = pl.when(pl.col("click").ne("")).then(pl.concat_str("click", "digits")).otherwise(pl.lit(""))
    query = pl.concat_str("tags", pl.when(both).then(pl.lit("&")).otherwise(pl.lit("")), click)
    mark = pl.when(query.ne("")).then(pl.concat_str(pl.lit("?"), query)).otherwise(pl.lit(""))
    return frame.select(
        mark.alias("query"),
        pl.when(pl.col("from").ne("")).then("from").alias("from"),
        "anonymous_id",
        pl.when(~pl.col("old")).then("session_id").alias("session_id"),
        "user_agent",
    ).hstack(cities)


def _rendered(
    ids: Ids, site: SiteTables, visits: Sessions, pages: Layout, marks: pl.DataFrame, stem: int
) -> pl.DataFrame:
    row = marks["row"].to_numpy()
    previous, page, visit = pages.previous[row], pages.page[row], pages.visit[row]
    checkout = visits.order[visit] & (pages.closing_page[visit] == row)
    prefix = pl.Series([_FIELDS.get(kind, ("", ""))[0] for kind in range(len(KINDS))])
    suffix = pl.Series([_FIELDS.get(kind, ("", ""))[1] for kind in range(len(KINDS))])
    words = pl.Series([_WORDS.get(kind) for kind in range(len(KINDS))], dtype=pl.String)
    kind = marks["kind"]
    frame = marks.with_columns(
        ids.text(IdKind.EVENT, stem + np.arange(len(row))).alias("event_id"),
        pl.Series(KINDS).gather(kind).alias("event_type"),
        site.urls.gather(page).alias("page_url"),
        site.titles.gather(page).alias("title"),
        site.urls.gather(np.maximum(previous, 0)).alias("inner"),
        pl.Series("entry", previous < 0),
        pl.Series("checkout", checkout),
        prefix.gather(kind).alias("prefix"),
        suffix.gather(kind).alias("suffix"),
        words.gather(kind).alias("fixed"),
    ).hstack(_visit_columns(ids, visits)[visit])
    opens = pl.col("kind").is_in([SESSION, VIEW])
    amount = pl.col("amount")
    inner = pl.when("checkout").then(pl.lit("https://checkout.stripe.com/")).otherwise("inner")
    return frame.with_columns(
        pl.from_epoch("time", time_unit="ms").dt.replace_time_zone("UTC").alias("event_time"),
        pl.when("entry").then(pl.concat_str("page_url", "query")).otherwise("page_url").alias("url"),
        pl.when(opens).then("title").alias("title"),
        pl.when(opens).then(pl.when("entry").then("from").otherwise(inner)).alias("referrer"),
        pl.when(pl.col("prefix").ne(""))
        .then(pl.concat_str("prefix", pl.col("value").cast(pl.String), "suffix"))
        .otherwise(pl.coalesce("words", "fixed"))
        .alias("payload"),
        (amount.cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)).alias("value_amount"),
    ).select(EVENT_COLUMNS)


def trace(
    rng: np.random.Generator,
    ids: Ids,
    season: Season,
    site: SiteTables,
    visits: Sessions,
    pages: Layout,
    leads: tuple[Leads, Ints, pl.DataFrame],
    orders: tuple[Orders, Ints, pl.DataFrame],
    stem: int,
) -> pl.DataFrame:
    """All events of a block in time order, without those of the outage; ``stem`` is the first number of its events."""
    parts = _engagement(rng, ids, site, visits, pages)
    parts += _leads(rng, pages, leads[1], leads[0], leads[2])
    parts += _orders(rng, ids, pages, orders[1], orders[0], orders[2])
    empty = {"email": pl.String, "phone": pl.String, "first_name": pl.String, "last_name": pl.String}
    empty |= {"currency": pl.String, "order_id": pl.String, "checkout_token": pl.String, "words": pl.String}
    columns = pl.DataFrame(schema=_SCHEMA | {"amount": pl.Int64} | empty)
    marks = pl.concat([columns, *parts], how="diagonal").filter(pl.col("time") < season.end * 1000)
    if season.outage is not None:
        down, up = season.outage
        marks = marks.filter((pl.col("time") < down * 1000) | (pl.col("time") >= up * 1000))
    marks = marks.sort("time", "row", "kind", maintain_order=True)
    events = _rendered(ids, site, visits, pages, marks, stem)
    twice = np.flatnonzero(rng.random(len(events)) < RELOADED)
    return pl.concat([events, events[twice]])
