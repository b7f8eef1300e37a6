"""What the right pane of data quality says of the row that is looked at, and of what decisions would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.names import value_label
from app.pages import quality_words as words
from app.pages.quality_words import ADVICE, DOUBTS, FIELDS, HINTS, KINDS, LINKS, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from app.context import Context
    from widgets.inspector import Inspector
    from widgets.look import Look

Row = dict[str, Any]

_MOST = 6


def show_repair(pane: Inspector, context: Context, row: Row, preview: pl.DataFrame | None) -> None:
    """A suggestion as a diff, where it was found, and which payments gain touches by it."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    zone = context.about.settings.timezone
    fields: list[tuple[str, str, str]] = []
    for field in ("name", "email", "phone"):
        name = say(FIELDS[field])
        if field == row["missing"]:
            fields += [("-", name, say("empty")), ("+", name, str(row["value"]))]
        elif row[field]:
            fields.append(("", name, str(row[field])))
    if row["left_kind"] not in {"email", "phone", "record"}:
        fields.append(("", say(KINDS[str(row["left_kind"])]), str(row["left_value"])))
    pane.heading(say("Preview"))
    pane.diff(str(row["who"]), fields)
    found = say(
        "Found in {origin} {object}, {when}.",
        origin=words.origin(look, row),
        object=row["object_id"],
        when=words.when(look, row["told_at"], zone),
    )
    pane.sentence(f"{found} {say(LINKS[str(row['link'])])}")
    if row["owner"]:
        pane.sentence(say("The value is that of {owner}: the two become one person.", owner=row["owner"]))
    if row["doubt"]:
        doubt = say(DOUBTS[str(row["doubt"])])
        pane.sentence(say("Not ticked by itself: {doubt}.", doubt=doubt), "error")
    pane.line()
    pane.heading(say("What it unlocks"))
    if preview is None:
        pane.sentence(say("Tick it to see what it changes."), "muted")
        return
    gained = [each for each in preview.iter_rows(named=True) if row["suggestion_id"] in (each["suggestion_ids"] or [])]
    shown = [
        each for each in gained if each["is_payment"] and (each["touches_after"] or 0) > (each["touches_before"] or 0)
    ]
    for each in shown[:_MOST]:
        touches = look.words.count(
            each["touches_after"] - (each["touches_before"] or 0),
            "1 touch",
            "{n} touches",
            n=numbers.count(each["touches_after"] - (each["touches_before"] or 0)),
        )
        pane.sentence(
            say(
                "Payment of {cash} on {when} gains {touches}",
                cash=numbers.money(each["cash"], cents=True),
                when=words.when(look, each["occurred_at"], zone),
                touches=touches,
            )
        )
        pane.channels(
            [
                (channel, value_label(look.words, channel), numbers.percent(100 * credit))
                for channel, credit in _shares(each["path_after"], each["credit_after"])
            ]
        )
    if not shown:
        pane.sentence(say("No payment of these days gains a touch by it."), "muted")


def show_totals(
    pane: Inspector, context: Context, ticked: Sequence[Row], data: Mapping[str, Any], left_out: int
) -> None:
    """What all ticked repairs change together."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    pane.line()
    count = len(ticked)
    pane.heading(look.words.count(count, "1 ticked repair", "{n} ticked repairs", n=numbers.count(count)))
    for field, title in (
        ("email", say("Emails filled in")),
        ("phone", say("Phones filled in")),
        ("name", say("Names filled in")),
    ):
        many = sum(row["missing"] == field for row in ticked)
        if many:
            pane.figure(title, numbers.count(many))
    pane.figure(
        say("Payments unlocked"),
        f"{numbers.count(data['payments_gained'])}, {numbers.money(data['cash_gained'], cents=True)}",
    )
    pane.figure(say("Coverage of cash"), _change(look, data, "cash_coverage_percent"))
    pane.figure(say("Values overwritten"), numbers.count(data["overwritten"]))
    if left_out:
        pane.sentence(
            look.words.count(
                left_out,
                "1 is left out: it is in doubt.",
                "{n} are left out: they are in doubt.",
                n=numbers.count(left_out),
            ),
            "muted",
        )


def show_moves(pane: Inspector, context: Context, data: Mapping[str, Any], table: pl.DataFrame) -> None:
    """Which conversions and how much revenue move by a merge or a split, and from where to where."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    pane.heading(say("What it changes"))
    pane.figure(say("Conversions concerned"), numbers.count(data["conversions_changed"]))
    pane.figure(say("Revenue that moves"), numbers.money(data["cash_moved"], cents=True))
    pane.figure(say("Coverage of cash"), _change(look, data, "cash_coverage_percent"))
    for row in data["channels"]:
        name = value_label(look.words, row["channel"])
        text = f"{numbers.money(row['before'], cents=True)} → {numbers.money(row['after'], cents=True)}"
        pane.channels([(row["channel"], name, text)])
    if not data["channels"]:
        pane.sentence(say("No cash of these days moves."), "muted")
    zone = context.about.settings.timezone
    for each in table.head(_MOST).iter_rows(named=True):
        pane.sentence(
            say(
                "{who}, {when}: {cash}, {before} to {after} touches",
                who=each["name"] or say("Nobody"),
                when=words.when(look, each["occurred_at"], zone),
                cash=numbers.money(each["cash"], cents=True),
                before=numbers.count(each["touches_before"]),
                after=numbers.count(each["touches_after"]),
            ),
            "muted",
        )


def show_finding(pane: Inspector, context: Context, row: Row) -> None:
    """A finding: what, how much it distorts, what to do."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    pane.heading(say(SEVERITIES[str(row["severity"])]))
    pane.sentence(words.found(look, row))
    pane.line()
    for name, title in (("visits", say("Visits concerned")), ("conversions", say("Conversions concerned"))):
        if row[name] is not None:
            pane.figure(title, numbers.count(row[name]))
    if row["cash"] is not None:
        pane.figure(say("Cash concerned"), numbers.money(row["cash"], cents=True))
    if row["cash_share"] is not None:
        pane.figure(say("Of the cash of these days"), numbers.percent(row["cash_share"]))
    if row["spend"] is not None:
        pane.figure(say("Spend concerned"), numbers.money(row["spend"], cents=True))
    pane.line()
    pane.heading(say("What to do"))
    pane.sentence(words.advice(look, row))


def show_payment(pane: Inspector, context: Context, row: Row) -> None:
    """A payment without a touch, and why."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    zone = context.about.settings.timezone
    pane.heading(str(row["who"]), numbers.money(row["cash"], cents=True))
    pane.sentence(str(row["reason_label"]))
    pane.figure(say("Paid"), words.when(look, row["occurred_at"], zone))
    if row["last_touch_at"] is not None:
        pane.figure(say("Last touch before"), words.when(look, row["last_touch_at"], zone))
        pane.figure(say("Days between"), numbers.decimal(row["days_since_touch"]))
    if row["hint"]:
        pane.sentence(say(HINTS[str(row["hint"])]))
        if row["other_email"]:
            pane.figure(say("The other person"), str(row["other_email"]))
    pane.line()
    pane.heading(say("What to do"))
    pane.sentence(say(ADVICE[str(f"payments_{row['reason']}")]))


def show_tag(pane: Inspector, context: Context, row: Row) -> None:
    """A finding about tags."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    pane.heading(str(row["value_label"]), str(row["field"] or ""))
    pane.sentence(str(row["finding_label"]))
    if row["variants"]:
        pane.figure(say("Also written"), ", ".join(row["variants"]))
    pane.figure(say("Visits concerned"), numbers.count(row["visits"]))
    pane.figure(say("Cash credited to them"), numbers.money(row["cash"], cents=True))
    if row["visit_share"] is not None:
        pane.figure(say("Of the visits of these days"), numbers.percent(row["visit_share"]))
    pane.line()
    pane.heading(say("What to do"))
    told = {"value": row["value"] or "–", "variant": (row["variants"] or ["–"])[0]}
    pane.sentence(look.say(ADVICE[f"tags_{row['finding']}"], **told))


def show_conflict(pane: Inspector, context: Context, row: Row) -> None:
    """A link that was not followed, or an identifier that belongs to nobody."""
    say, numbers = context.look.say, context.look.numbers
    pane.heading(str(row["identifier"]))
    pane.sentence(str(row["reason_label"]))
    if row["other"]:
        pane.figure(say("Other side"), str(row["other"]))
    pane.figure(say("Records that name it"), numbers.count(row["records"]))
    pane.figure(say("Cash of those concerned"), numbers.money(row["cash"], cents=True))
    pane.line()
    pane.heading(say("What to do"))
    is_held = row["reason"] in {"too_many_people", "too_many_devices", "placeholder"}
    pane.sentence(say(ADVICE["quarantined"]) if is_held else say(ADVICE["conflicts"]))


def show_person(pane: Inspector, context: Context, row: Row) -> None:
    """A person's figures; identifiers follow when they are read."""
    look, say, numbers = context.look, context.look.say, context.look.numbers
    zone = context.about.settings.timezone
    pane.heading(str(row["who"]), numbers.money(row["cash"], cents=True))
    pane.figure(say("Visits"), numbers.count(row["visits"]))
    pane.figure(say("Payments"), numbers.count(row["payments"]))
    pane.figure(say("First seen"), words.when(look, row["first_seen_at"], zone))
    pane.figure(say("Last seen"), words.when(look, row["last_seen_at"], zone))


def _change(look: Look, data: Mapping[str, Any], name: str) -> str:
    before, after = data[f"{name}_before"], data[f"{name}_after"]
    return f"{look.numbers.percent(before)} → {look.numbers.percent(after)}"


def _shares(path: Sequence[str], credit: Sequence[float]) -> list[tuple[str, float]]:
    """Credit by channel in the order of the path."""
    found: dict[str, float] = {}
    for channel, share in zip(path, credit, strict=True):
        found[channel] = found.get(channel, 0.0) + share
    return list(found.items())
