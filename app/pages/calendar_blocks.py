"""Rows of the query ``appointments`` as what the calendar shows: blocks, entries of the list, rows of the table."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from app.names import value_label
from app.status import local_time
from engine.queries.traffic import UNATTRIBUTED
from widgets.calendar.agenda import Heading
from widgets.calendar.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from widgets.look import Look

# How an appointment stands: its name, icon and colour.
STATES = {
    "booked": ("Booked", "calendar-check", "text.secondary"),
    "pending": ("Pending", "clock", "warn.text"),
    "confirmed": ("Confirmed", "check", "text.secondary"),
    "rescheduled": ("Rescheduled", "arrow-clockwise", "warn.text"),
    "showed": ("Showed", "check-circle", "good.text"),
    "no_show": ("No-show", "prohibit", "bad.text"),
    "cancelled": ("Cancelled", "x-circle", "bad.text"),
}

# What a source label means.
LABELS = {
    "merged": "CRM and tracker tell of it",
    "ghl_live": "Only the CRM tells of it",
    "db_tracked": "Only the tracker tells of it",
    "db_fallback": "The CRM cannot be asked: as this file knew it last",
}

_DAY = timedelta(days=1)
_USUAL = timedelta(minutes=30)
_WEEKEND = (6, 7)


def first_of_week(day: date, first_weekday: int) -> date:
    """The first day of a day's week; weekdays count from 1, Monday."""
    return day - timedelta(days=(day.isoweekday() - first_weekday) % 7)


def shown_days(first: date, blocks: Sequence[Block], today: date) -> list[date]:
    """A week's days; Saturday and Sunday only where something is on them, or it is today."""
    taken = {block.day for block in blocks} | {today}
    week = [first + number * _DAY for number in range(7)]
    return [day for day in week if day.isoweekday() not in _WEEKEND or day in taken]


def state_label(look: Look, state: str) -> str:
    """How an appointment stands, in words."""
    title = STATES[state][0]
    return look.say(title)


def who(look: Look, row: dict[str, Any]) -> str:
    """The customer, as far as anybody knows."""
    return str(row["name"] or row["email"] or row["phone"] or look.say("Unknown person"))


def short_name(name: str) -> str:
    """``Grace K.``"""
    first, _, rest = name.partition(" ")
    return f"{first} {rest[:1]}." if rest and "@" not in name else name


def what_brought(look: Look, row: dict[str, Any]) -> str:
    """The campaign and ad of the last touch before the booking, else its source or channel."""
    if row["channel"] is None:
        return look.say(UNATTRIBUTED)
    named = [part for part in (row["campaign"], row["ad"]) if part]
    return " · ".join(dict.fromkeys(named)) or value_label(look.words, row["channel"])


def local_span(row: dict[str, Any], zone: str) -> tuple[datetime, datetime | None]:
    """Start and end on the profile's wall clock; no end where none was told."""
    start = local_time(row["at"], zone)
    return start, local_time(row["ends_at"], zone) if row["ends_at"] is not None else None


def span_text(look: Look, row: dict[str, Any], zone: str) -> str:
    """``10:30 – 11:30``; for one without a time, when it was booked."""
    start, end = local_span(row, zone)
    if not row["is_timed"]:
        return look.say("no time told, booked {moment}", moment=look.numbers.moment(start))
    return f"{start:%H:%M}" + (f" – {end:%H:%M}" if end is not None else "")


def blocks_of(look: Look, rows: Sequence[dict[str, Any]], zone: str) -> list[Block]:
    """The blocks of appointments: one for each day that each touches."""
    return [block for row in rows for block in _blocks_of(look, row, zone)]


def _blocks_of(look: Look, row: dict[str, Any], zone: str) -> list[Block]:
    start, told_end = local_span(row, zone)
    start = start.replace(tzinfo=None)  # by the wall clock, also in the night it is changed
    end = told_end.replace(tzinfo=None) if told_end is not None else start + _USUAL
    if end <= start:
        end = start + _USUAL
    _, icon, color = STATES[row["state"]]
    is_dashed = row["label"] == "db_fallback"
    name = who(look, row)
    common: dict[str, Any] = {
        "key": row["conversion_id"],
        "title": name,
        "short_title": short_name(name),
        "channel": row["channel"],
        "detail": what_brought(look, row),
        "tag": row["label"],
        "icon": "question" if is_dashed else icon,
        "icon_color": "text.muted" if is_dashed else color,
        "is_dashed": is_dashed,
        "is_struck": row["state"] == "cancelled",
        "is_timed": bool(row["is_timed"]),
        "tip": "\n".join(_tip(look, row, zone)),
        "time": f"{start:%H:%M}",
        "state": state_label(look, row["state"]),
    }
    if not row["is_timed"]:
        return [Block(day=start.date(), start=0, end=0, **common)]
    found: list[Block] = []
    day = start.date()
    while day <= end.date():
        midnight = datetime.combine(day, time())
        begins, ends = max(start, midnight), min(end, midnight + _DAY)
        if ends > begins:
            minutes = [(moment - midnight).total_seconds() / 60 for moment in (begins, ends)]
            found.append(Block(day=day, start=minutes[0], end=minutes[1], **common))
        day += _DAY
    return found


def _tip(look: Look, row: dict[str, Any], zone: str) -> list[str]:
    say = look.say
    lines = [f"{who(look, row)}, {span_text(look, row, zone)}", state_label(look, row["state"])]
    lines.append(f"{value_label(look.words, row['channel'])}: {what_brought(look, row)}" if row["channel"] else "")
    lines.append(" · ".join(str(part) for part in (row["calendar"], row["assigned_user"]) if part))
    lines.append(f"{row['label']}: {say(LABELS[row['label']])}")
    return [line for line in lines if line]


def entries_of(look: Look, blocks: Sequence[Block], today: date) -> list[Heading | Block]:
    """The list: days, and below each what starts on it."""
    entries: list[Heading | Block] = []
    begun: set[str] = set()
    days: dict[date, list[Block]] = {}
    for block in sorted(blocks, key=lambda each: (each.day, each.is_timed, each.start, each.key)):
        if block.key not in begun:
            days.setdefault(block.day, []).append(block)
        begun.add(block.key)
    for day, of_day in days.items():
        name = look.numbers.day(day, with_weekday=True)
        title = look.say("Today, {day}", day=name) if day == today else name
        count = len(of_day)
        entries.append(
            Heading(
                title,
                look.words.count(count, "1 appointment", "{n} appointments", n=look.numbers.count(count)),
            )
        )
        entries += of_day
    return entries


def table_of(look: Look, frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The rows with what the table says in words."""
    rows = frame.to_dicts()
    return frame.with_columns(
        pl.Series("when", [_when(look, row, zone) for row in rows], pl.String),
        pl.Series("who", [who(look, row) for row in rows], pl.String),
        pl.Series("state_label", [state_label(look, row["state"]) for row in rows], pl.String),
        pl.Series("state_icon", [STATES[row["state"]][1] for row in rows], pl.String),
        pl.Series(
            "channel_label",
            [value_label(look.words, row["channel"]) if row["channel"] else look.say(UNATTRIBUTED) for row in rows],
            pl.String,
        ),
    )


def _when(look: Look, row: dict[str, Any], zone: str) -> str:
    start, _ = local_span(row, zone)
    day = look.numbers.day(start.date(), with_weekday=True)
    return f"{day}  {start:%H:%M}" if row["is_timed"] else f"{day}  –"


def zone_text(look: Look, zone: str, moment: datetime, info: ZoneInfo) -> str:
    """``Times of New York (UTC−5)``, as it holds at a moment."""
    offset = moment.astimezone(info).utcoffset() or timedelta()
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    text = f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
    return look.say("Times of {place} ({offset})", place=zone.rpartition("/")[2].replace("_", " "), offset=text)
