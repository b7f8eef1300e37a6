"""One deal, one appointment, one lead, however many stages and calendars tell of it (G2, section 8), by hand."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from engine import Goal
from engine.profiles import DEFAULT_GOALS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Row = dict[str, Any]


def deal(number: str, person: str, time: str, stage: str, **fields: Any) -> Row:
    """A deal in a stage, as a CRM tells it."""
    return {
        "conversion_id": f"{number}:{stage}",
        "deal_id": number,
        "person": person,
        "time": f"2026-{time}:00Z",
        "event_type": "opportunity_stage",
        "pipeline": "Sales",
        "stage": stage,
        "stage_position": 5,
        **fields,
    }


def booking(number: str, person: str, booked: str, starts: str | None, event_type: str = "appointment_booked") -> Row:
    """An appointment of a calendar; half an hour long."""
    told: Row = {"conversion_id": number, "person": person, "time": f"2026-{booked}:00Z", "event_type": event_type}
    if starts:
        told |= {"starts_at": f"2026-{starts}:00Z", "ends_at": f"2026-{starts[:-2]}30:00Z", "calendar": "Demo"}
    return told


def tracked(person: str, time: str) -> Row:
    return {"event_type": "appointment_booked", "event_time": f"2026-{time}:00Z", "user_id": person}


def counted(lab: Lab, goal: str) -> dict[str, list[int]]:
    """Of each person the numbers of records behind each conversion."""
    return dict(
        lab.rows(
            f"""select i.value, list(c.records order by c.records) from conversions c
                join identifiers i on i.person_id = c.person_id and i.kind = 'user_id'
                where c.goal = '{goal}' group by 1 order by 1"""
        )
    )


BOOKED = "Appointment booked"
APPOINTMENTS: list[Row] = [
    # the stage minutes after the booking; and dragged there days later, while the appointment is still to come
    *(
        booking("c1", "at once", "05-04T10:00", "05-20T12:00"),
        deal("d1", "at once", "05-04T10:20", BOOKED),
    ),
    *(booking("c2", "later", "05-04T10:00", "05-20T12:00"), deal("d2", "later", "05-19T18:00", BOOKED)),
    # 31 minutes before the booking nobody knew of it; after the start it is no longer booked: another one
    *(booking("c3", "before", "05-04T10:00", "05-20T12:00"), deal("d3", "before", "05-04T09:29", BOOKED)),
    *(booking("c4", "after", "05-04T10:00", "05-20T12:00"), deal("d4", "after", "05-20T12:01", BOOKED)),
    # two real appointments stay two, with one stage and with two
    *(booking("c5", "two", "05-04T10:00", "05-20T12:00"), booking("c6", "two", "05-10T10:00", "05-25T12:00")),
    deal("d5", "two", "05-10T10:05", BOOKED),
    *(
        booking("c7", "two deals", "05-04T10:00", "05-05T12:00"),
        booking("c8", "two deals", "05-04T10:10", "05-06T12:00"),
    ),
    deal("d7", "two deals", "05-04T10:01", BOOKED),
    deal("d8", "two deals", "05-04T10:11", BOOKED),
    # two stages of one deal, one of them when the appointment is over
    booking("c9", "confirmed", "05-04T10:00", "05-05T12:00"),
    deal("d9", "confirmed", "05-04T10:05", BOOKED),
    deal("d9", "confirmed", "05-06T10:05", "Appointment confirmed"),
    # without a calendar: a deal is booked once, two deals twice
    deal("d10", "no calendar", "05-04T10:05", BOOKED),
    deal("d10", "no calendar", "05-06T10:05", "Appointment confirmed"),
    deal("d11", "no calendar", "05-04T10:05", BOOKED),
    # somebody else's calendar
    *(booking("c12", "left", "05-04T10:00", "05-20T12:00"), deal("d12", "right", "05-04T10:05", BOOKED)),
    # tracker, calendar and stage
    *(booking("c13", "all", "05-04T10:00", "05-20T12:00"), deal("d13", "all", "05-04T10:02", BOOKED)),
    deal("d14", "tracker only", "05-04T10:02", BOOKED),
]
PAGES = [tracked("all", "05-04T10:01"), tracked("tracker only", "05-04T10:01")]


def test_section_8_a_stage_tells_of_the_calendars_appointment(lab: Lab) -> None:
    """G2, section 8: however many objects tell of it; the appointment's own time, the deal's value."""
    lab.conversions(*(row | {"value_amount": 900} if "deal_id" in row else row for row in APPOINTMENTS))
    lab.events(*PAGES)
    lab.rebuild()
    assert counted(lab, "appointment_booked") == {
        "after": [1, 1],
        "all": [3],
        "at once": [2],
        "before": [1, 1],
        "confirmed": [3],
        "later": [2],
        "left": [1],
        "no calendar": [1, 2],
        "right": [1],
        "tracker only": [2],
        "two": [1, 2],
        "two deals": [2, 2],
    }
    assert lab.rows(
        """select source_id, deal_id, strftime(occurred_at, '%d %H:%M'), strftime(starts_at, '%d'), amount::integer,
                  calendar, stage, calendar_label
           from conversions where source_id in ('c2', 'c5', 'c6', 'c13') order by 1"""
    ) == [
        ("c13", "d13", "04 10:00", "20", 900, "Demo", "Appointment booked", "merged"),
        ("c2", "d2", "04 10:00", "20", 900, "Demo", "Appointment booked", "ghl_live"),
        ("c5", None, "04 10:00", "20", None, "Demo", None, "ghl_live"),
        ("c6", "d5", "10 10:00", "25", 900, "Demo", "Appointment booked", "ghl_live"),
    ]


def test_section_8_a_stage_tells_how_an_appointment_went(lab: Lab) -> None:
    """G2: showed and no-show of the calendar, and of the deal moved there when it had begun, until a day after."""
    held = "05-20T12:00"
    lab.conversions(
        *(booking("o1", "came", held, held, "showed"), deal("d1", "came", "05-21T12:00", "Showed")),
        *(booking("o2", "late", held, held, "showed"), deal("d2", "late", "05-21T12:31", "Showed")),
        *(booking("o3", "missed", held, held, "no_show"), deal("d3", "missed", "05-20T13:00", "No show")),
        *(booking("o4", "twice", held, held, "showed"), booking("o5", "twice", "05-22T12:00", "05-22T12:00", "showed")),
        *(deal("d4", "twice", "05-20T13:00", "Showed"), deal("d5", "twice", "05-22T13:00", "Showed")),
    )
    lab.rebuild()
    assert counted(lab, "showed") == {"came": [2], "late": [1, 1], "twice": [2, 2]}
    assert counted(lab, "no_show") == {"missed": [2]}


def won(number: str, person: str, time: str, **fields: Any) -> Row:
    """A deal's status, as a CRM tells it."""
    return deal(number, person, time, "status", **fields) | {"event_type": "closed_won", "stage": None}


def test_g2_a_deal_reaches_a_goal_once(lab: Lab) -> None:
    """G2: by two stages, or a stage and the status; when it first did, worth what it was last said to be."""
    lab.change(stage_goals=(("Sales", "Onboarding", "closed_won"), ("Sales", "Kick-off", "closed_won")))
    lab.conversions(
        deal("d1", "stages", "05-04T10:00", "Onboarding", value_amount=1000, as_of="2026-05-04T10:00:00Z"),
        deal("d1", "stages", "05-09T10:00", "Kick-off", value_amount=1500, as_of="2026-05-09T10:00:00Z"),
        deal("d2", "status", "05-04T10:00", "Onboarding", value_amount=1000, as_of="2026-05-04T10:00:00Z"),
        won("d2", "status", "05-06T10:00", value_amount=1200, as_of="2026-05-06T10:00:00Z"),
        *(won(number, "two deals", "05-04T10:00", value_amount=10) for number in ("d3", "d4")),
        *(deal("d5", "other goals", "05-04T10:00", stage) for stage in ("Qualified", "MQL", "Onboarding")),
        # without a deal each is what its conversion id says
        *({**won(number, "no deal", "05-04T10:00"), "deal_id": None} for number in ("d6", "d7")),
    )
    lab.rebuild()
    assert counted(lab, "closed_won") == {
        "no deal": [1, 1],
        "other goals": [1],
        "stages": [2],
        "status": [2],
        "two deals": [1, 1],
    }
    assert counted(lab, "qualified") == {"other goals": [2]}
    assert lab.rows(
        """select deal_id, day(occurred_at), amount::integer, is_eligible from conversions
           where goal = 'closed_won' and deal_id in ('d1', 'd2') order by 1"""
    ) == [("d1", 4, 1500, True), ("d2", 4, 1200, True)]


def test_g2_deals_that_are_cash_are_collected_once_and_their_payments_each(make_lab: Callable[..., Lab]) -> None:
    """G2: a won deal as cash is one payment; instalments of a deal stay payments of their own."""
    goals = [goal for goal in DEFAULT_GOALS if goal.goal != "closed_won"]
    lab = make_lab(
        goals=(*goals, Goal("closed_won", "Closed won", ("closed_won",), "cash")),
        stage_goals=(("Sales", "Onboarding", "closed_won"),),
    )
    paid = {"event_type": "payment_received", "stage": None, "currency": "USD", "value_amount": 40}
    lab.conversions(
        deal("d1", "a", "05-04T10:00", "Onboarding", value_amount=100, currency="USD", as_of="2026-05-04T10:00:00Z"),
        won("d1", "a", "05-06T10:00", value_amount=100, currency="USD", as_of="2026-05-06T10:00:00Z"),
        *(deal("d2", "b", f"05-0{day}T10:00", f"part {day}") | paid for day in (4, 5)),
    )
    lab.rebuild()
    assert lab.rows("select goal, count(*), sum(amount)::integer from conversions group by 1 order by 1") == [
        ("closed_won", 1, 100),
        ("payment_received", 2, 80),
    ]
    assert lab.value("select sum(amount)::integer from cash") == 180


def test_g2_a_deal_is_a_lead_once(lab: Lab) -> None:
    """G2: the form, the contact and the deal's first stages; later stages of a deal start no second lead."""
    lead = {"event_type": "lead_created", "stage": None, "deal_id": None}
    lab.conversions(
        deal("contact", "ann", "05-04T10:00", "lead") | lead,
        deal("d1", "ann", "05-05T09:00", "New lead"),
        deal("d1", "ann", "05-20T10:00", "Hot lead"),  # days later, but the same deal
        deal("d2", "ann", "05-20T10:00", "New lead"),  # another deal, long after
        *(deal("d3", "bob", f"05-0{day}T10:00", stage) for day, stage in ((4, "New lead"), (8, "Hot lead"))),
    )
    lab.rebuild()
    assert counted(lab, "lead_created") == {"ann": [1, 3], "bob": [2]}
    assert lab.rows("select strftime(occurred_at, '%d %H:%M') from conversions order by occurred_at") == [
        ("04 10:00",),
        ("04 10:00",),
        ("20 10:00",),
    ]


def test_g2_neither_order_nor_number_of_imports_matters(make_lab: Callable[..., Lab]) -> None:
    """G2, E7: the same appointments in any order."""
    rows = [row | {"as_of": "2026-06-01T00:00:00Z"} for row in APPOINTMENTS]

    def derived(parts: list[list[Row]]) -> list[tuple[Any, ...]]:
        lab = make_lab()
        for part in parts:
            lab.conversions(*part)
        lab.events(*PAGES)
        lab.rebuild()
        return lab.rows("select * from conversions order by all")

    shuffled = Random(3).sample(rows, len(rows))
    assert derived([rows]) == derived([shuffled[:9], shuffled[9:]])
