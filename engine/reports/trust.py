"""The sections that say how far the figures can be trusted, and how they are made: data quality, methodology."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine.naming import meaning
from engine.queries.dimensions import DIMENSIONS
from engine.queries.masking import emails_hidden
from engine.queries.metrics import METRICS
from engine.reports.blocks import Callout, Heading, Kpi, Kpis, Terms
from engine.reports.explaining import definition
from engine.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reports.blocks import Block
    from engine.reports.writer import Writer

STALE = timedelta(hours=48)
_LOW_COVERAGE = 80.0
_GLOSSARY = ("visitors", "visits", "conversions", "outcomes", "cash_revenue", "attributed_revenue", "ad_revenue",
             "unattributed_revenue", "spend", "roas", "mer", "cac", "conversion_rate", "coverage_percent",
             "cash_coverage_percent", "refunded")  # fmt: skip


def quality(writer: Writer) -> list[Block]:
    """How complete the data is, and what is missing from the figures."""
    told: Mapping[str, Any] = writer.figures["quality"]
    formats, say = writer.formats, writer.say
    items = [
        Kpi(say("Conversions with a known touch"), formats.percent(told["coverage_percent"])),
        Kpi(say("Cash with a known touch"), formats.percent(told["cash_coverage_percent"])),
        Kpi(say("Conversions with their own tags"), formats.percent(told["tracking_coverage_percent"])),
    ]
    caveats = list(_caveats(writer, told))
    if not caveats:
        caveats = [Callout(say("Nothing is known to be missing from these figures."), "good")]
    return [Kpis(items, columns=3), *caveats, *writer.commentary("quality")]


def _caveats(writer: Writer, told: Mapping[str, Any]) -> Sequence[Callout]:
    formats, say, count = writer.formats, writer.say, writer.words.count
    found: list[Callout] = []

    def warn(text: str) -> None:
        found.append(Callout(text, "warn"))

    if writer.meta["is_stale"]:
        warn(say("Records or settings changed after the figures were last derived: they are of the state before."))
    if writer.meta["is_partial"]:
        last = formats.day(writer.selection.date_to)
        warn(say("{day} was not over when the figures were frozen.", day=last))
    coverage = told["coverage_percent"]
    if coverage is not None and coverage < _LOW_COVERAGE:
        missing = formats.percent(100 - coverage)
        warn(
            say(
                "{percent} of conversions have no known touch before them and are Unattributed. Conclusions about "
                "channels are about the others.",
                percent=missing,
            )
        )
    cash, unattributed = writer.now["cash_revenue"], writer.now["unattributed_revenue"]
    if cash and unattributed:
        found.append(
            Callout(
                say(
                    "{amount} of cash ({percent}) is Unattributed: no touch is known before it.",
                    amount=formats.money(unattributed),
                    percent=writer.percent_of(unattributed, cash),
                )
            )
        )
    if told["unconverted"]:
        number = told["unconverted"]
        warn(
            count(
                number,
                "{n} payment or refund has no exchange rate and is left out of every sum ({currencies}).",
                "{n} payments or refunds have no exchange rate and are left out of every sum ({currencies}).",
                n=formats.count(number),
                currencies=", ".join(row["currency"] for row in writer.figures["cash"] if row["unconverted"]),
            )
        )
    if told["unconverted_spend_rows"]:
        number = told["unconverted_spend_rows"]
        warn(
            count(
                number,
                "{n} row of ad spend has no exchange rate and is left out of every sum.",
                "{n} rows of ad spend have no exchange rate and are left out of every sum.",
                n=formats.count(number),
            )
        )
    found += _connections(writer)
    if told["unresolved_ad_touches"]:
        number = told["unresolved_ad_touches"]
        found.append(
            Callout(
                count(
                    number,
                    "{n} visit from an ad names no known campaign; it is the row (unresolved).",
                    "{n} visits from ads name no known campaign; they are the row (unresolved).",
                    n=formats.count(number),
                )
            )
        )
    if told["identity_conflicts"]:
        number = told["identity_conflicts"]
        found.append(
            Callout(
                count(
                    number,
                    "{n} identifier was claimed by two people and joins neither.",
                    "{n} identifiers were claimed by two people and join neither.",
                    n=formats.count(number),
                )
            )
        )
    if told["bot_events"]:
        number = told["bot_events"]
        found.append(
            Callout(
                count(
                    number,
                    "{n} event of a bot is left out.",
                    "{n} events of bots are left out.",
                    n=formats.count(number),
                )
            )
        )
    return found


def _connections(writer: Writer) -> list[Callout]:
    """Connections that were behind when the figures were frozen, and reach into the range."""
    found: list[Callout] = []
    zone = ZoneInfo(writer.snapshot.timezone)
    for each in writer.figures["connections"]:
        name = one_line(each["name"])
        if each["synced_at"] is None:
            found.append(
                Callout(writer.say("{name} has never synced; what it would bring is missing.", name=name), "warn")
            )
            continue
        synced = datetime.fromisoformat(each["synced_at"]).replace(tzinfo=UTC)
        is_behind = synced.astimezone(zone).date() <= writer.selection.date_to
        if each["is_paused"] and is_behind:
            text = writer.say(
                "{name} is paused since {moment}; what came after is missing.",
                name=name,
                moment=writer.formats.moment(synced.astimezone(zone), with_year=True),
            )
            found.append(Callout(text, "warn"))
        elif writer.snapshot.created_at - synced > STALE and is_behind:
            text = writer.say(
                "{name} has not synced since {moment}; what came after is missing.",
                name=name,
                moment=writer.formats.moment(synced.astimezone(zone), with_year=True),
            )
            found.append(Callout(text, "warn"))
    return found


def method(writer: Writer) -> list[Block]:
    """How the figures are made, and what the words mean: from the registry's definitions."""
    say, formats = writer.say, writer.formats
    windows: Mapping[str, Any] = writer.figures["windows"]
    rows: list[tuple[str, str]] = [
        (say("Days"), f"{writer.days} ({writer.snapshot.timezone})"),
        (say("Compared with"), formats.days(*writer.compared_days)),
        (say("Attribution model"), f"{writer.model}. {definition(writer, writer.selection.model)}"),
        (
            say("Windows"),
            say(
                "Touches up to {click} before a conversion count; for the first touch {first}, for an ad that was only "
                "seen {view}.",
                click=writer.span(windows["click_window_days"]),
                first=writer.span(windows["first_touch_window_days"]),
                view=_hours(writer, windows["view_window_hours"]),
            ),
        ),
        (
            say("Credit stands on"),
            say("the day of the conversion")
            if writer.selection.date_basis == "conversion"
            else say("the day of the touch"),
        ),
        (
            say("Refunds"),
            say("Taken off on the day they happen.")
            if writer.meta["deduct_refunds"]
            else say("Not taken off: cash is gross everywhere."),
        ),
        (say("Goals"), ", ".join(writer.goal(goal["name"]) for goal in writer.figures["goals"])),
        (say("Filters"), _filters(writer)),
        (
            say("Figures frozen"),
            say(
                "{moment}, by Attribench {version}. Data fingerprint {fingerprint}.",
                moment=formats.moment(writer.created_at, with_year=True),
                version=writer.snapshot.program,
                fingerprint=writer.snapshot.fingerprint[:16],
            ),
        ),
    ]
    terms = [(writer.label(name), meaning(writer.words, METRICS[name].definition)) for name in _GLOSSARY]
    terms.append((say("Channel"), meaning(writer.words, DIMENSIONS["channel"].definition)))
    terms.append((say("Touch"), say("A visit, or an ad that was seen, of a person who later converts.")))
    terms.append(
        (say("Unattributed"), say("What no touch is known for. It is always shown, never spread over the others."))
    )
    return [
        Terms(rows),
        Heading(say("Glossary")),
        Terms(sorted(terms, key=lambda item: item[0].casefold())),
        *writer.commentary("method"),
    ]


def _hours(writer: Writer, hours: float) -> str:
    number = round(hours)
    return writer.words.count(number, "{n} hour", "{n} hours", n=writer.formats.count(number))


def _filters(writer: Writer) -> str:
    filters = writer.selection.filters
    if not filters:
        return writer.say("None: everything is counted.")
    told: list[str] = []
    for item in filters:
        shown = item.values if writer.snapshot.is_personal else map(emails_hidden, item.values)
        values = ", ".join(one_line(value) for value in shown)
        text = {
            "is": writer.say("{dimension} is {values}", dimension=_dimension(writer, item.dimension), values=values),
            "is_not": writer.say(
                "{dimension} is not {values}", dimension=_dimension(writer, item.dimension), values=values
            ),
            "contains": writer.say(
                "{dimension} contains {values}", dimension=_dimension(writer, item.dimension), values=values
            ),
            "not_contains": writer.say(
                "{dimension} does not contain {values}", dimension=_dimension(writer, item.dimension), values=values
            ),
        }[item.operator]
        told.append(text)
    return "; ".join(told)


def _dimension(writer: Writer, name: str) -> str:
    return writer.say(DIMENSIONS[name].label)
