"""The sections that say what came of it: cover, summary, chart, channels, campaigns, conversions, customers."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from engine.queries.campaigns import add_up
from engine.reports.blocks import (
    Cell,
    Chart,
    Column,
    Cover,
    Heading,
    Kpis,
    Run,
    Share,
    Shares,
    Table,
    Text,
)
from engine.reports.layout import TARGETS
from engine.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reports.blocks import Block
    from engine.reports.writer import Writer

_TOLD = ("spend", "outcome_value", "outcome_count")
_REVENUE_TYPES = {"cash": "Cash", "pipeline": "Pipeline", "gross": "Order value"}


def cover(writer: Writer) -> Cover:
    """Client, title, period, what it is about in a sentence, and a bar for each day's revenue from ads."""
    formats, say = writer.formats, writer.say
    rows = writer.figures["days"]["rows"]
    spend, ads, cash = writer.now["spend"], writer.now["ad_revenue"], writer.now["cash_revenue"]
    key = "revenue" if ads else "cash_revenue"
    values = [float(row[key] or 0) for row in rows]
    top = max(values, default=0.0)
    by_day = writer.figures["days"]["step"] == "day"
    about = ""
    if top > 0:
        best = rows[values.index(top)]
        what = say("revenue from ads") if ads else say("cash collected")
        if by_day:
            day, amount = formats.weekday(date.fromisoformat(best["date"])), formats.money(top)
            about = say("Each bar is one day of {what}. Best day: {day}, {amount}.", what=what, day=day, amount=amount)
        else:
            about = say("Each bar is one slot of the main chart: {what}.", what=what)
    return Cover(
        title=title(writer),
        period=writer.days,
        client=writer.client,
        author_label=say("Prepared by"),
        author=one_line(writer.layout.author),
        lead=_lead(writer, cash, spend),
        bars=[
            (max(value, 0) / top if top > 0 else 0.0, not row["is_partial"])
            for value, row in zip(values, rows, strict=True)
        ],
        bars_about=about,
        first=writer.day(rows[0]["date"]) if rows else "",
        last=writer.day(rows[-1]["date"]) if rows else "",
        facts=[
            (say("Attribution model"), writer.model),
            (say("Click window"), writer.span(writer.figures["windows"]["click_window_days"])),
            (say("Figures frozen"), formats.moment(writer.created_at, with_year=True)),
            (say("Currency"), formats.currency_name()),
        ],
    )


def title(writer: Writer) -> str:
    """The report's title."""
    return one_line(writer.layout.title) or writer.say("Marketing attribution report")


def _lead(writer: Writer, cash: float | None, spend: float | None) -> Sequence[Run]:
    """What the report is about, with its two largest figures strong."""
    formats, say = writer.formats, writer.say
    if cash and spend:
        text = say(
            "Where {cash} of payments came from, and what {spend} of advertising returned.", cash="\x00", spend="\x01"
        )
    elif cash:
        text = say("Where {cash} of payments came from.", cash="\x00")
    elif spend:
        text = say("What {spend} of advertising returned.", spend="\x01")
    else:
        return [Run(say("What is known of this period, and what is not."))]
    runs: list[Run] = []
    for part in text.replace("\x00", "\x02\x00\x02").replace("\x01", "\x02\x01\x02").split("\x02"):
        if part == "\x00":
            runs.append(Run(formats.money(cash), is_bold=True))
        elif part == "\x01":
            runs.append(Run(formats.money(spend), is_bold=True))
        elif part:
            runs.append(Run(part))
    return runs


def headline(writer: Writer) -> str:
    """The most important figure in a sentence."""
    formats, say = writer.formats, writer.say
    roas, cash = writer.now["roas"], writer.now["cash_revenue"]
    if roas is not None:
        returned = formats.money(roas, cents=True)
        return say("Ads returned {returned} for every {unit} spent", returned=returned, unit=formats.money(1))
    if cash:
        return say("{cash} collected", cash=formats.money(cash))
    if writer.now["visitors"]:
        visitors = writer.now["visitors"]
        return writer.words.count(visitors, "{n} visitor", "{n} visitors", n=formats.count(visitors))
    return say("Nothing happened in these days")


def summary(writer: Writer) -> list[Block]:
    """How it went against the comparison period, in a sentence or two, and what the consultant says."""
    sentences = [text for text in (_growth(writer), _cost(writer), _cash(writer)) if text]
    if not sentences and not any(writer.now[name] for name in ("visitors", "cash_revenue", "spend", "outcomes")):
        sentences = [writer.say("There are no visits, payments or ad spend from {days}.", days=writer.days)]
    lead: list[Block] = [Text(" ".join(sentences), "lead")] if sentences else []
    return [*lead, *writer.commentary("summary")]


def _growth(writer: Writer) -> str:
    ads, spend = writer.changes.get("revenue"), writer.changes.get("spend")
    if ads is None or spend is None:
        return ""
    say, told = writer.say, {"ads": writer.formats.change(ads), "spend": writer.formats.change(spend)}
    if ads > spend > 0:
        return say("Revenue from ads grew faster than spend: {ads} against {spend}.", **told)
    if spend > ads > 0:
        return say("Spend grew faster than revenue from ads: {spend} against {ads}.", **told)
    if ads > 0 >= spend:
        return say("Revenue from ads grew by {ads} without more spend ({spend}).", **told)
    return say("Revenue from ads changed by {ads}, spend by {spend}.", **told)


def _cost(writer: Writer) -> str:
    now, before = writer.now["cac"], writer.before["cac"]
    if now is None:
        return ""
    told = {"cac": writer.show("cac", now), "before": writer.show("cac", before), "period": writer.compared}
    if before is None:
        return writer.say("Each conversion from ads cost {cac}.", cac=told["cac"])
    if now < before:
        return writer.say("Each conversion from ads cost {cac}, down from {before} in {period}.", **told)
    if now > before:
        return writer.say("Each conversion from ads cost {cac}, up from {before} in {period}.", **told)
    return writer.say("Each conversion from ads cost {cac}, as in {period}.", cac=told["cac"], period=told["period"])


def _cash(writer: Writer) -> str:
    cash, change = writer.now["cash_revenue"], writer.changes.get("cash_revenue")
    if not cash:
        return ""
    if change is None:
        return writer.say("{cash} was collected in all.", cash=writer.formats.money(cash))
    return writer.say(
        "{cash} was collected in all, {change} against {period}.",
        cash=writer.formats.money(cash),
        change=writer.formats.change(change),
        period=writer.compared,
    )


def kpis(writer: Writer) -> list[Block]:
    """The headline figures, with their change and, where there is one, their target."""
    return [
        Kpis([writer.kpi(metric) for metric in TARGETS]),
        Text(writer.say("Changes are against {period}.", period=_compared_days(writer)), "note"),
        *writer.commentary("kpis"),
    ]


def _compared_days(writer: Writer) -> str:
    days = writer.formats.days(*writer.compared_days)
    return f"{writer.compared} ({days})" if writer.is_usual_comparison else days


def chart(writer: Writer) -> list[Block]:
    """Visitors and revenue over time."""
    rows = writer.figures["days"]["rows"]
    if not any(row["visitors"] or row["revenue"] or row["cash_revenue"] for row in rows):
        return [Text(writer.say("No data in this period."), "note"), *writer.commentary("chart")]
    about = writer.say(
        "{visitors} visitors and {cash} of cash collected from {days}.",
        visitors=writer.formats.count(writer.now["visitors"]),
        cash=writer.formats.money(writer.now["cash_revenue"]),
        days=writer.days,
    )
    return [Chart("time", about), *writer.commentary("chart")]


def channels(writer: Writer) -> list[Block]:
    """Cash by channel: as parts of the whole, and with the traffic each brought."""
    rows = writer.figures["channels"]
    cash, attributed = writer.now["cash_revenue"], writer.now["attributed_revenue"]
    if not rows:
        return [Text(writer.say("No data in this period."), "note"), *writer.commentary("channels")]
    rows = sorted(rows, key=lambda row: (row["row"] != "value", -(row["revenue"] or 0), str(row["value"])))
    blocks: list[Block] = []
    parts = [row for row in rows if (row["revenue"] or 0) > 0]
    if parts:
        whole = sum(row["revenue"] for row in parts)
        blocks.append(
            Heading(
                writer.say("Cash by channel"),
                writer.say(
                    "{attributed} attributed, {percent} of {cash}",
                    attributed=writer.formats.money(attributed),
                    percent=writer.percent_of(attributed, cash),
                    cash=writer.formats.money(cash),
                )
                if cash is not None
                else "",
            )
        )
        blocks.append(
            Shares(
                [
                    Share(
                        writer.channel(row["value"]).text,
                        writer.formats.money(row["revenue"]),
                        writer.formats.percent(100 * row["revenue"] / whole, 0),
                        row["revenue"] / whole,
                        row["value"] if writer.channel(row["value"]).channels else "",
                    )
                    for row in parts
                ]
            )
        )
    names = ("visitors", "visits", "conversions", "conversion_rate")
    table = [
        [
            writer.channel(row["value"]),
            *(writer.cell(name, row[name]) for name in names),
            writer.cell("attributed_revenue", row["revenue"], is_strong=True),
            Cell(writer.percent_of(row["revenue"], cash), is_muted=True),
        ]
        for row in rows
    ]
    outcomes = writer.now["outcomes"]
    total = [
        Cell(writer.say("All channels"), is_strong=True),
        *(writer.cell(name, writer.now[name], is_strong=True) for name in names[:2]),
        writer.cell("conversions", None if outcomes is None else float(outcomes), is_strong=True),
        writer.cell("conversion_rate", writer.now["conversion_rate"], is_strong=True),
        writer.cell("cash_revenue", cash, is_strong=True),
        Cell(writer.percent_of(cash, cash), is_muted=True),
    ]
    columns = [
        Column(writer.say("Channel"), "left", 1),
        *(Column(writer.label(name)) for name in names),
        Column(writer.say("Cash")),
        Column(writer.say("% of all")),
    ]
    blocks.append(Table(columns, [*table, total], totals=1, caption=writer.say("Channels by cash")))
    note = writer.say("A visitor who came through two channels counts in both and once in the total.")
    return [*blocks, Text(note, "note"), *writer.commentary("channels")]


def campaigns(writer: Writer) -> list[Block]:
    """The campaigns that brought most, what the others add, and the total."""
    listed: list[dict[str, Any]] = writer.figures["campaigns"]["rows"]
    entities = [row for row in listed if row["row"] == "entity"]
    others = [row for row in listed if row["row"] != "entity" and any(row[name] for name in _TOLD)]
    if not entities and not others:
        nothing = writer.say("No campaign had spend or credited revenue in this period.")
        return [Text(nothing, "note"), *_without_spend(writer), *writer.commentary("campaigns")]
    most = writer.layout.most_campaigns
    shown, rest = entities[:most], entities[most:]
    rows = [[_campaign(row), *_delivery(writer, row)] for row in shown]
    if rest:
        more = writer.words.count(
            len(rest), "{n} other campaign", "{n} other campaigns", n=writer.formats.count(len(rest))
        )
        rows.append(
            [
                Cell(more, is_muted=True),
                Cell(""),
                *_figures(writer, add_up(pl.DataFrame(rest, infer_schema_length=None))),
            ]
        )
    rows += [[writer.special(row["entity_name"]), *_delivery(writer, row)] for row in others]
    totals: Mapping[str, Any] = writer.figures["campaigns"]["meta"]["totals"]
    rows.append(
        [Cell(writer.say("All campaigns"), is_strong=True), Cell(""), *_figures(writer, totals, is_strong=True)]
    )
    columns = [
        Column(writer.say("Campaign"), "left", 1.35),
        Column(writer.say("Channel"), "left", 0.8),
        Column(writer.label("spend")),
        Column(writer.say("Revenue")),
        Column(writer.say("Conv.")),
        Column(writer.label("roas")),
        Column(writer.label("cac")),
    ]
    return [
        Table(columns, rows, totals=1, caption=writer.say("Campaigns by revenue")),
        *_without_spend(writer),
        *writer.commentary("campaigns"),
    ]


def _campaign(row: Mapping[str, Any]) -> Cell:
    return Cell(one_line(str(row["entity_name"])))


def _delivery(writer: Writer, row: Mapping[str, Any]) -> list[Cell]:
    channel = writer.channel(row["channel"]) if row.get("channel") else Cell("")
    return [channel, *_figures(writer, row)]


def _figures(writer: Writer, row: Mapping[str, Any], *, is_strong: bool = False) -> list[Cell]:
    return [
        writer.cell("spend", row["spend"], is_strong=is_strong),
        writer.cell("ad_revenue", row["outcome_value"], is_strong=is_strong),
        writer.cell("ad_conversions", row["outcome_count"], is_strong=is_strong),
        writer.cell("roas", row["roas"], is_strong=True),
        writer.cell("cac", row["cac"], is_strong=is_strong),
    ]


def _without_spend(writer: Writer) -> list[Block]:
    amount = writer.now["ad_revenue_without_spend"]
    if not amount:
        return []
    text = writer.say(
        "{amount} more was credited to paid visits on platforms without spend on that day; it is in no ROAS.",
        amount=writer.formats.money(amount),
    )
    return [Text(text, "note")]


def conversions(writer: Writer) -> list[Block]:
    """Conversions by type: how many, how many of them count, and what they are worth."""
    rows: list[dict[str, Any]] = writer.figures["conversions"]
    if not rows:
        nothing = writer.say("There are no conversions in this period.")
        return [Text(nothing, "note"), *writer.commentary("conversions")]
    table = [
        [
            Cell(writer.goal(row["name"])),
            Cell(writer.say(_REVENUE_TYPES[row["revenue_type"]]), is_muted=True),
            Cell(writer.formats.count(row["count"])),
            Cell(writer.formats.count(row["outcomes"]), is_strong=True),
            Cell(writer.formats.money(row["value"])),
        ]
        for row in rows
    ]
    table.append(
        [
            Cell(writer.say("All conversions"), is_strong=True),
            Cell(""),
            Cell(writer.formats.count(sum(row["count"] for row in rows)), is_strong=True),
            Cell(writer.formats.count(sum(row["outcomes"] for row in rows)), is_strong=True),
            Cell(""),
        ]
    )
    columns = [
        Column(writer.say("Type"), "left", 1.2),
        Column(writer.say("Kind of value"), "left", 0.8),
        Column(writer.say("Recorded")),
        Column(writer.say("Counted")),
        Column(writer.say("Value")),
    ]
    note = writer.say(
        "Counted once each, without refused, lost or ineligible ones. Only cash is revenue: pipeline and order values "
        "are what was promised."
    )
    return [
        Table(columns, table, totals=1, caption=writer.say("Conversions by type")),
        Text(note, "note"),
        *_payments(writer),
        *writer.commentary("conversions"),
    ]


def _payments(writer: Writer) -> list[Block]:
    """Cash by where it was paid and in which currency."""
    rows: list[dict[str, Any]] = writer.figures["cash"]
    if not rows:
        return []
    formats = writer.formats
    table = [
        [
            Cell(writer.special(row["source"]).text),
            Cell(row["currency"], is_muted=True),
            Cell(formats.count(row["count"])),
            Cell(formats.amount(row["gross"], row["currency"])),
            Cell(formats.amount(row["refunded"], row["currency"]) if row["refunds"] else "–"),
            Cell(formats.money(row["total_reporting"]), is_strong=True),
        ]
        for row in rows
    ]
    total = sum(row["total_reporting"] for row in rows)
    table.append(
        [
            Cell(writer.say("All payments"), is_strong=True),
            Cell(""),
            Cell(formats.count(sum(row["count"] for row in rows)), is_strong=True),
            Cell(""),
            Cell(""),
            Cell(formats.money(total), is_strong=True),
        ]
    )
    columns = [
        Column(writer.say("Paid through"), "left", 1),
        Column(writer.say("Currency"), "left", 0.5),
        Column(writer.say("Payments")),
        Column(writer.say("Collected")),
        Column(writer.say("Refunded")),
        Column(writer.say("Net, {currency}", currency=writer.snapshot.currency)),
    ]
    return [
        Heading(writer.say("Where payments came in")),
        Table(columns, table, totals=1, caption=writer.say("Payments by provider and currency")),
    ]


def customers(writer: Writer) -> list[Block]:
    """The latest conversions; names only where the report may have them."""
    rows: list[dict[str, Any]] = writer.figures["customers"]
    if not rows:
        return [Text(writer.say("There are no conversions in this period."), "note")]
    goals = {goal["goal"]: goal["name"] for goal in writer.figures["goals"]}
    zone = ZoneInfo(writer.snapshot.timezone)
    table: list[list[Cell]] = []
    for row in rows:
        moment = datetime.fromisoformat(row["conversion_time"]).replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
        who = [Cell(one_line(row.get("name") or ""), below=one_line(row.get("email") or ""))]
        table.append(
            [
                Cell(writer.formats.day(moment.date())),
                *(who if writer.snapshot.is_personal else ()),
                writer.channel(row["channel"]) if row["channel"] else writer.special("Unattributed"),
                Cell(writer.goal(goals.get(row["goal"], row["goal"]))),
                Cell(writer.formats.money(row["revenue"])),
            ]
        )
    columns = [
        Column(writer.say("Day"), "left", 0.4),
        *((Column(writer.say("Who"), "left", 1),) if writer.snapshot.is_personal else ()),
        Column(writer.say("Channel"), "left", 0.8),
        Column(writer.say("Conversion"), "left", 0.8),
        Column(writer.say("Value")),
    ]
    about = writer.words.count(len(rows), "The latest conversion.", "The latest {n} conversions.")
    return [Text(about, "note"), Table(columns, table, caption=writer.say("Latest customers"))]
