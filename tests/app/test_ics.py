"""Calendar files, read back: times with the zone's rules, text as it was, the same ids again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

from app.ics import as_ics

ICALENDAR: Any = import_module("icalendar")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def row(key: str, at: datetime, **fields: Any) -> dict[str, Any]:
    base = {"conversion_id": key, "at": at.replace(tzinfo=None), "booked_at": at.replace(tzinfo=None), "is_timed": True}
    return base | {"ends_at": None, "state": "confirmed", "channel": None, "calendar": None} | fields


def read(content: bytes) -> dict[str, Any]:
    calendar = ICALENDAR.Calendar.from_ical(content)
    assert [str(part["tzid"]) for part in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


def test_a_calendar_file_read_back() -> None:
    """New York's clocks go forward on 8 March 2026 at 2:00: 06:45 UTC is 1:45 EST, 07:30 UTC is 3:30 EDT."""
    nasty = 'Ana; "Bé", \\n\nBEGIN:VEVENT ' + "x" * 200
    rows = [
        row("a", datetime(2026, 3, 8, 6, 45, tzinfo=UTC), ends_at=datetime(2026, 3, 8, 7, 30), channel="Paid Social"),  # noqa: DTZ001
        row("b", datetime(2026, 3, 9, 1, 0, tzinfo=UTC), is_timed=False, state="cancelled"),
        row("c", datetime(2026, 3, 9, 15, 0, tzinfo=UTC), state="pending"),
    ]

    def made() -> bytes:
        return as_ics(
            rows, name="Clinic", zone="America/New_York", now=NOW, describe=lambda row: (nasty, row["conversion_id"])
        )

    events = read(made())
    assert list(events) == ["a@attribench", "b@attribench", "c@attribench"]
    first = events["a@attribench"]
    assert first["dtstart"].dt.isoformat() == "2026-03-08T01:45:00-05:00"
    assert first["dtend"].dt.isoformat() == "2026-03-08T03:30:00-04:00"
    assert str(first["dtstart"].params["TZID"]) == "America/New_York"
    assert str(first["summary"]).replace("\r\n", "\n") == nasty
    assert [str(each) for each in first["categories"].cats] == ["Paid Social"]
    assert (events["b@attribench"]["dtstart"].dt, str(events["b@attribench"]["status"])) == (
        date(2026, 3, 8),
        "CANCELLED",
    )
    third = events["c@attribench"]
    assert third["dtend"].dt - third["dtstart"].dt == timedelta(minutes=30)
    assert str(third["status"]) == "TENTATIVE"
    assert made() == made()
    assert all(len(line) <= 75 for line in made().split(b"\r\n"))
