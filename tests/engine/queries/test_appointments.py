"""The calendar's appointments, by hand (section 8, A2, A10): labels, what brought them, how they went, their deals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from engine import AttribenchError, Task
from engine.attribution.models import CreditSettings
from engine.schema.batch import Batch, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.queries.result import Result
    from tests.conftest import Lab

JUNE = (date(2026, 6, 1), date(2026, 6, 30))


def booking(key: str, person: str, booked: str, starts: str | None = None, **fields: Any) -> dict[str, Any]:
    """What a CRM tells."""
    return {
        "conversion_id": key,
        "email": f"{person}@x.example",
        "time": f"2026-06-{booked}:00Z",
        "event_type": "appointment_booked",
        "starts_at": starts and f"2026-06-{starts}:00Z",
        **fields,
    }


def tracked(key: str, person: str, booked: str, starts: str | None = None) -> dict[str, Any]:
    """What a tracker saw."""
    return {
        "event_id": key,
        "email": f"{person}@x.example",
        "event_time": f"2026-06-{booked}Z" if booked.count(":") == 2 else f"2026-06-{booked}:00Z",
        "event_type": "appointment_booked",
        "payload": {"starts_at": f"2026-06-{starts}:00Z"} if starts else None,
    }


def column(result: Result, name: str) -> dict[str, Any]:
    """A column by the email's first part."""
    return {
        email.partition("@")[0]: value
        for email, value in result.table.select("email", name).iter_rows()
        if email is not None
    }


def asked(lab: Lab, **options: Any) -> Result:
    return lab.profile.appointments(*JUNE, **options)


def test_section_8_who_tells_of_an_appointment(lab: Lab) -> None:
    """Same person, starts within 5 minutes or bookings within 30, the edges too; one to one, nearest first."""
    lab.conversions(
        booking("start-edge", "start", "01T08:00", "10T10:00"),
        booking("booked-edge", "booked", "01T08:00"),
        booking("apart", "apart", "01T08:00", "10T10:00"),
        booking("near-a", "near", "01T08:00", "10T10:00"),
        booking("near-b", "near", "01T08:00", "10T10:04"),
        booking("alone", "crm", "01T08:00", "10T10:00"),
    )
    lab.events(
        tracked("t1", "start", "02T12:00", "10T10:05"),
        tracked("t2", "booked", "01T08:30"),
        tracked("t3", "apart", "01T08:30:01", "10T10:06"),
        tracked("t4", "near", "02T12:00", "10T10:03"),  # 1 minute from b, 3 from a
        tracked("t5", "site", "01T08:00", "10T10:00"),
    )
    lab.rebuild()
    result = asked(lab)
    told = sorted((row["email"].partition("@")[0], row["label"]) for row in result.table.to_dicts())
    assert told == [
        ("apart", "db_tracked"),
        ("apart", "ghl_live"),
        ("booked", "merged"),
        ("crm", "ghl_live"),
        ("near", "ghl_live"),
        ("near", "merged"),
        ("site", "db_tracked"),
        ("start", "merged"),
    ]
    near = result.table.filter(result.table["email"] == "near@x.example").sort("starts_at")
    assert near["label"].to_list() == ["ghl_live", "merged"]
    assert sum(row["appointments"] for row in result.meta["by_label"]) == result.meta["rows"] == 8
    assert asked(lab, source=["merged"]).table.height == 3
    with pytest.raises(AttribenchError, match=r"query\.invalid"):
        asked(lab, source=["live"])


def test_section_8_a_crm_that_does_not_answer(lab: Lab) -> None:
    """The last sync failed, or is older than 24 hours: what the CRM tells of, and what was booked since, is of the
    database alone; what the CRM did not have when it answered last is tracked only."""
    lab.now = datetime(2026, 6, 5, 12, tzinfo=UTC)
    crm = lab.profile.connect("gohighlevel", "Clinic", {})
    lab.events(
        tracked("t1", "both", "01T08:00"),
        tracked("t2", "site", "01T09:00", "10T10:00"),
        tracked("t3", "late", "05T13:00", "10T12:00"),
    )

    def sync(outcome: str = "done", stream: str = "appointments:1") -> None:
        run = lab.profile.begin_sync(crm, stream)
        rows = [booking("both", "both", "01T08:00", "09T10:00"), booking("crm", "crm", "01T08:00", "09T11:00")]
        batch = Batch({}, [Row("conversions", row) for row in rows] if outcome == "done" else [])
        lab.profile.take_in(crm, stream, run, batch, Task())
        lab.profile.end_sync(run, outcome, {"code": "provider.login"} if outcome == "failed" else None)

    def labels() -> dict[str, str]:
        return column(asked(lab), "label")

    live = {"both": "merged", "crm": "ghl_live", "site": "db_tracked", "late": "db_tracked"}
    away = {"both": "db_fallback", "crm": "db_fallback", "site": "db_tracked", "late": "db_fallback"}
    lab.rebuild()
    assert labels() == dict.fromkeys(("both", "site", "late"), "db_tracked")  # never synced: nothing is known
    sync()
    lab.rebuild()
    assert labels() == live
    lab.now += timedelta(hours=24)
    assert labels() == live
    lab.now += timedelta(seconds=1)
    assert labels() == away
    told = asked(lab).meta["crm"]
    assert [(each["name"], each["synced_at"], each["is_failed"], each["is_old"]) for each in told] == [
        ("Clinic", "2026-06-05T12:00:00Z", False, True)
    ]
    lab.now -= timedelta(hours=20)
    sync("failed", "contacts")  # the login ended: the calendar was not asked at all
    assert labels() == away
    assert asked(lab, source=["db_fallback"]).table.height == 3
    sync()
    assert labels() == live | {"late": "db_tracked"}
    lab.conversions(booking("filed", "file", "01T08:00", "09T12:00"))  # the CRM's own file, while it is connected too
    lab.rebuild()
    assert labels()["file"] == "ghl_live"
    lab.now += timedelta(hours=25)
    assert labels()["file"] == "db_fallback"
    lab.now -= timedelta(hours=25)
    live |= {"file": "ghl_live"}
    lab.profile.begin_sync(crm, "appointments:1")  # running, or the program ended in the middle of it
    assert labels() == live


def test_what_brought_an_appointment_how_it_went_and_where_the_deal_stands(lab: Lab) -> None:
    """A2: the last touch before the booking, within the click window; outcome before status; the latest stage, though
    it is no goal; cash of the person."""
    lab.ad_spend(
        {"date": "2026-06-01", "platform": "meta", "account": "1", "campaign_id": "c1", "campaign": "Spring"}
        | {"ad_set_id": "s1", "ad_set": "Broad", "ad_id": "a1", "ad": "Video", "spend": 9, "currency": "USD"}
    )
    ad = "utm_source=facebook&utm_medium=paid_social&utm_campaign=c1&utm_term=s1&utm_content=a1"
    lab.people(
        {"email": "ana@x.example", "anonymous_id": "d1", "first_name": "Ana", "last_name": "Lo", "ghl_contact_id": "g1"}
    )
    lab.touches(
        {"email": "ana@x.example", "time": "2026-04-01T00:00:00Z", "channel": "Affiliate"},
        {"email": "ana@x.example", "time": "2026-06-01T08:00:00Z", "channel": "Email"},
        {"email": "ana@x.example", "time": "2026-06-04T08:00:00Z", "channel": "Referral"},  # after the booking
        {"email": "bob@x.example", "time": "2026-06-02T08:00:00Z", "channel": "Email"},
    )
    lab.events(
        {"event_type": "page_view", "event_time": "2026-06-02T08:00:00Z", "anonymous_id": "d1"}
        | {"url": f"https://shop.example/a?{ad}"}
    )
    staged = {"conversion_id": "deal", "ghl_contact_id": "g1", "event_type": "stage_changed", "pipeline": "Sales"}
    lab.conversions(
        booking("a", "ana", "03T08:00", "09T10:00", status="confirmed", calendar="Demo", assigned_user="Sam"),
        booking("b", "bob", "03T08:00", "09T10:00", status="noshow", calendar="Demo"),
        booking("c", "cy", "03T08:00", status="Cancelled"),
        {**booking("a2", "ana", "09T10:00", "09T10:03"), "event_type": "showed"},
        {**booking("other", "ana", "20T10:00", "20T10:00"), "event_type": "no_show"},
        staged | {"time": "2026-06-05T08:00:00Z", "stage": "Closed Won", "as_of": "2026-06-05T08:00:00Z"},
        staged | {"conversion_id": "deal2", "time": "2026-06-06T08:00:00Z", "stage": "Chatting", "value_amount": 700}
        | {"currency": "USD"},
        {**booking("p", "ana", "09T11:00"), "event_type": "payment_received", "value_amount": 90, "currency": "USD"},
    )  # fmt: skip
    lab.rebuild()
    result = asked(lab)
    assert result.table["conversion_id"].len() == 3
    ana = next(row for row in result.table.to_dicts() if row["email"] == "ana@x.example")
    assert {name: ana[name] for name in ("channel", "campaign", "ad_set", "ad", "previous_touches", "state")} == {
        "channel": "Paid Social", "campaign": "Spring", "ad_set": "Broad", "ad": "Video", "previous_touches": 2,
        "state": "showed",
    }  # fmt: skip
    assert ana["touch_channels"] == ["Email", "Paid Social"]
    assert ana["touch_span_seconds"] == 2 * 86_400
    assert (ana["pipeline"], ana["stage"], ana["deal_value"]) == ("Sales", "Chatting", 700)
    assert (ana["paid"], ana["paid_at"]) == (90, datetime(2026, 6, 9, 11))  # noqa: DTZ001 - stored without an offset
    assert column(result, "state") == {"ana": "showed", "bob": "no_show", "cy": "cancelled"}
    assert column(result, "is_timed")["cy"] is False
    assert column(result, "at")["cy"] == datetime(2026, 6, 3, 8)  # noqa: DTZ001
    assert [(row["channel"], row["appointments"]) for row in result.meta["by_channel"]] == [
        ("Email", 1),
        ("Paid Social", 1),
        ("Unattributed", 1),
    ]
    assert result.meta["calendars"] == ["(not set)", "Demo"]
    assert result.meta["assigned_users"] == ["(not set)", "Sam"]
    assert column(asked(lab, calendar=["(not set)"]), "label") == {"cy": "ghl_live"}
    assert list(column(asked(lab, assigned_user=["Sam"], calendar=["Demo"]), "label")) == ["ana"]
    assert list(column(asked(lab, filters=["channel=is:Paid Social"]), "label")) == ["ana"]
    assert list(column(asked(lab, filters=["channel=is_not:Paid Social"]), "label")) == ["bob"]
    assert asked(lab, goals=["payment_received"]).table.is_empty()
    settings = CreditSettings.of_profile(lab.profile.settings)
    wide = asked(lab, settings=CreditSettings(**{**vars_of(settings), "click_window_days": 90}))
    assert column(wide, "previous_touches") == {"ana": 3, "bob": 1, "cy": 0}
    hidden = asked(lab, masked=True).table
    assert "ana@x.example" not in hidden["email"].to_list()
    assert "Ana Lo" in result.table["name"].to_list()
    assert "Ana Lo" not in hidden["name"].to_list()
    assert asked(lab, search="ana lo", masked=True).table.height == 1


def vars_of(settings: CreditSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in CreditSettings.__dataclass_fields__}


def test_masked_nobody_an_appointment_is_assigned_to_has_a_surname(lab: Lab) -> None:
    """What is chosen under a whole name stays chosen masked, and the other way round."""
    lab.conversions(
        booking("a", "ana", "03T08:00", "09T10:00", assigned_user="Ada Keel"),
        booking("b", "bob", "03T08:00", "09T11:00", assigned_user="Ada Faro"),
        booking("c", "cy", "03T08:00", "09T12:00", assigned_user="dev@shop.example"),
        booking("d", "dan", "03T08:00", "09T13:00", assigned_user="ve9EPM428h8vShlRW1KT"),
        booking("e", "eve", "03T08:00", "09T14:00"),
    )
    lab.rebuild()
    names = ["(not set)", "Ada F.", "Ada K.", "d***@s****.example", "ve9EPM428h8vShlRW1KT"]
    hidden = asked(lab, masked=True)
    assert hidden.meta["assigned_users"] == names
    assert sorted(name or "(not set)" for name in hidden.table["assigned_user"]) == names
    for chosen in ("Ada Keel", "Ada K."):
        for is_masked in (False, True):
            told = asked(lab, assigned_user=[chosen], masked=is_masked).table
            assert told["assigned_user"].to_list() == ["Ada K." if is_masked else "Ada Keel"]


def test_t1_an_appointment_is_on_the_day_it_starts_where_the_profile_is(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(timezone="America/New_York")
    lab.conversions(booking("night", "ana", "01T08:00", "10T03:30"), booking("day", "bob", "01T08:00", "10T12:00"))
    lab.rebuild()
    day = lab.profile.appointments(date(2026, 6, 9), date(2026, 6, 9))
    assert column(day, "day") == {"ana": date(2026, 6, 9)}
    assert (day.meta["first_on"], day.meta["last_on"]) == ("2026-06-09", "2026-06-10")
