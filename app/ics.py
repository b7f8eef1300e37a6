"""Appointments as an iCalendar file (RFC 5545), for calendars of other programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_USUAL = timedelta(minutes=30)
_STATUS = {"cancelled": "CANCELLED", "pending": "TENTATIVE", "no_show": "CANCELLED"}


def as_ics(
    rows: Sequence[Mapping[str, Any]],
    *,
    name: str,
    zone: str,
    now: datetime,
    describe: Callable[[Mapping[str, Any]], tuple[str, str]],
) -> bytes:
    """Appointments as one calendar.

    The same appointment has the same UID in every file, so that importing it again changes the entry that is there.
    One without a told time is an entry of the day it was booked on.

    Args:
        rows: of the query ``appointments``.
        name: of the calendar.
        zone: IANA name; times are written in it, with its rules.
        now: the moment, UTC.
        describe: summary and description of a row, as plain text.
    """
    icalendar: Any = import_module("icalendar")  # half typed

    local = ZoneInfo(zone)
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Attribench//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    for row in rows:
        event = icalendar.Event()
        summary, description = describe(row)
        start = row["at"].replace(tzinfo=UTC).astimezone(local)
        event.add("uid", f"{row['conversion_id']}@attribench")
        event.add("dtstamp", now)
        event.add("created", row["booked_at"].replace(tzinfo=UTC))
        if row["is_timed"]:
            told = row["ends_at"]
            # added in UTC: half an hour is half an hour, also in the night clocks change
            end = told.replace(tzinfo=UTC) if told is not None else row["at"].replace(tzinfo=UTC) + _USUAL
            event.add("dtstart", start)
            event.add("dtend", max(end, row["at"].replace(tzinfo=UTC)).astimezone(local))
        else:
            event.add("dtstart", start.date())
            event.add("dtend", start.date() + timedelta(days=1))
            event.add("transp", "TRANSPARENT")
        event.add("summary", summary)
        event.add("description", description)
        event.add("status", _STATUS.get(str(row["state"]), "CONFIRMED"))
        if row["channel"]:
            event.add("categories", [row["channel"]])
        if row["calendar"]:
            event.add("location", row["calendar"])
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
