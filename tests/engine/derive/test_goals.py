"""What counts as a conversion: goals (G1), money by revenue type (G3), CRM stages (G4). DOMAIN section 5, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import ProfileSettings
from engine.derive.stages import goal_of_stage
from engine.errors import AttribenchError, Code
from engine.profiles import DEFAULT_GOALS, Goal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

NOON = "2026-05-01T12:00:00Z"
MORNING = "2026-05-01T08:00:00Z"


def touched(*people: str) -> list[dict[str, Any]]:
    """One touch each, hours before noon."""
    return [{"person": person, "time": MORNING, "channel": "Email"} for person in people]


def test_g1_the_default_goals_their_revenue_types_and_the_negative_outcomes(lab: Lab) -> None:
    """G1: six goals plus qualified and showed are credited; the negative outcomes are conversions and nothing more."""
    event_types = [event_type for goal in DEFAULT_GOALS for event_type in goal.event_types]
    lab.touches(*touched(*event_types))
    lab.conversions(
        *(
            {"conversion_id": event_type, "person": event_type, "time": NOON, "event_type": event_type}
            for event_type in [*event_types, "stage_changed", "page_view", "refund"]
        )
    )
    lab.rebuild()
    assert lab.rows(
        """select source_id, goal, revenue_type, is_eligible, counts_as_outcome,
                  conversion_id in (select conversion_id from v_paths)
           from conversions order by source_id"""
    ) == [
        ("appointment_booked", "appointment_booked", "pipeline", True, True, True),
        ("closed_lost", "closed_lost", "pipeline", False, False, False),
        ("closed_won", "closed_won", "pipeline", True, True, True),
        ("contact_reply", "contact_reply", "pipeline", True, True, True),
        ("disqualified", "disqualified", "pipeline", False, False, False),
        ("lead_created", "lead_created", "pipeline", True, True, True),
        ("lead_submitted", "lead_created", "pipeline", True, True, True),
        ("no_show", "no_show", "pipeline", False, False, False),
        ("order_placed", "order_placed", "gross", True, True, True),
        ("payment_received", "payment_received", "cash", True, True, True),
        ("purchase", "order_placed", "gross", True, True, True),
        ("qualified", "qualified", "pipeline", True, True, True),
        ("showed", "showed", "pipeline", True, True, True),
    ]


def test_g1_custom_goals_and_goals_that_attribution_leaves_out(make_lab: Callable[..., Lab]) -> None:
    """G1: a goal takes its event types from files and tracker; an ineligible one is a conversion without a path."""
    lab = make_lab(
        goals=(
            Goal("trial", "Free trial", ("trial_started", "trial_restarted"), "pipeline"),
            Goal("payment_received", "Payment", ("payment_received",), "cash", is_eligible=False),
            Goal("store_sale", "Store sale", ("store_sale",), "cash"),
        )
    )
    lab.touches(*touched("a", "b", "c", "d", "e"))
    lab.events(
        {"event_type": "trial_started", "event_time": NOON, "event_id": "tracked", "user_id": "a"},
        {"event_type": "something_else", "event_time": NOON, "event_id": "unknown", "user_id": "a"},
    )
    lab.conversions(
        {"conversion_id": "again", "person": "b", "time": NOON, "event_type": "trial_restarted"},
        {
            "conversion_id": "paid",
            "person": "c",
            "time": NOON,
            "event_type": "payment_received",
            "value_amount": 10,
            "currency": "USD",
        },
        {
            "conversion_id": "sold",
            "person": "d",
            "time": NOON,
            "event_type": "store_sale",
            "value_amount": 7,
            "currency": "USD",
        },
        {"conversion_id": "lead", "person": "e", "time": NOON, "event_type": "lead_created"},
    )
    lab.rebuild()
    assert lab.rows(
        """select source_id, goal, revenue_type, conversion_id in (select conversion_id from v_paths)
           from conversions order by source_id"""
    ) == [
        ("again", "trial", "pipeline", True),
        ("paid", "payment_received", "cash", False),
        ("sold", "store_sale", "cash", True),
        ("tracked", "trial", "pipeline", True),
    ]
    # the cash of the ineligible goal is there: it is Unattributed, not lost (A5)
    assert lab.rows("select sum(amount)::double, count(*) from cash") == [(17.0, 2)]


def test_g1_an_event_type_belongs_to_one_goal_only() -> None:
    """G1: two goals that claim one event type are refused, and the error says which."""
    settings = ProfileSettings(
        "Lab", goals=(Goal("one", "One", ("signup",)), Goal("two", "Two", ("trial", "signup"), "gross"))
    )
    with pytest.raises(AttribenchError) as caught:
        settings.checked()
    assert caught.value.code is Code.SETTING_INVALID
    assert "signup" in str(caught.value)


def test_g3_only_cash_is_money_every_revenue_type_is_an_outcome(lab: Lab) -> None:
    """G3: cash, pipeline and gross count as outcomes alike; only cash is in `cash` and on the path.

    A record may say itself that its value is cash.
    """
    lab.touches(*touched("a", "b", "c", "d"))
    value = {"value_amount": 100, "currency": "USD", "time": NOON}
    lab.conversions(
        {"conversion_id": "cash", "person": "a", "event_type": "payment_received", **value},
        {"conversion_id": "deal", "person": "b", "event_type": "closed_won", **value},
        {"conversion_id": "order", "person": "c", "event_type": "order_placed", **value},
        {"conversion_id": "told", "person": "d", "event_type": "closed_won", "revenue_type": "cash", **value},
    )
    lab.rebuild()
    assert lab.rows(
        """select c.source_id, c.revenue_type, c.counts_as_outcome, c.amount::integer, p.amount_reporting::integer,
                  (select sum(amount)::integer from cash where conversion_id = c.conversion_id)
           from conversions c join v_paths p using (conversion_id) order by 1"""
    ) == [
        ("cash", "cash", True, 100, 100, 100),
        ("deal", "pipeline", True, 100, None, None),
        ("order", "gross", True, 100, None, None),
        ("told", "cash", True, 100, 100, 100),
    ]


@pytest.mark.parametrize(
    ("stage", "goal"),
    [
        ("New Lead", "lead_created"),
        ("Nuevo lead", "lead_created"),
        ("Appointment Booked", "appointment_booked"),
        ("CITA_AGENDADA", "appointment_booked"),
        ("Closed Won", "closed_won"),
        ("Cerrado/Ganado", "closed_won"),
        # negatives before positives
        ("Closed Lost", "closed_lost"),
        ("Closed - Lost (was Won)", "closed_lost"),
        ("Cerrado perdido", "closed_lost"),
        ("Appointment booked - No Show", "no_show"),
        ("Cita agendada, no asistió", "no_show"),
        ("Not qualified lead", "disqualified"),
        ("Lead no calificado", "disqualified"),
        # the longest match: more than a lead, more than an appointment
        ("Qualified Lead", "qualified"),
        ("Won Lead", "closed_won"),
        ("Turno asistido", "showed"),
        # whole words
        ("Leadership call", None),
        ("Wonderful", None),
        ("Proposal sent", None),
    ],
)
def test_g4_keywords_of_stages(stage: str, goal: str | None) -> None:
    """G4: English and Spanish, longest match first, negatives before positives, words and not parts of words."""
    assert goal_of_stage(stage) == goal


def test_g4_the_first_stage_of_a_pipeline_is_a_lead(lab: Lab) -> None:
    """G4: counted from 1 or from 0; a name that tells of more is believed; one that denies a goal is still a lead."""
    stages = [
        ("from one", "Inbox", 1, "lead_created"),
        ("from one", "Talking", 2, None),
        ("from zero", "Inbox", 0, "lead_created"),
        ("from zero", "Talking", 1, None),
        ("denied", "To be scheduled", 1, "lead_created"),
        ("denied", "Needs scheduling", 2, None),
        ("bookings", "Appointment booked", 1, "appointment_booked"),
        (None, "Inbox", 1, "lead_created"),
        ("no positions", "Inbox", None, None),
    ]
    lab.conversions(
        *(
            {
                "conversion_id": f"c{index}",
                "person": f"p{index}",
                "time": NOON,
                "event_type": "stage_changed",
                "pipeline": pipeline,
                "stage": stage,
                "stage_position": position,
            }
            for index, (pipeline, stage, position, _) in enumerate(stages)
        )
    )
    lab.rebuild()
    found = dict(lab.rows("select source_id, goal from conversions"))
    assert [found.get(f"c{index}") for index in range(len(stages))] == [goal for *_, goal in stages]


def test_g4_the_users_own_mapping_wins(make_lab: Callable[..., Lab]) -> None:
    """G4: a mapping for one pipeline before one for any, both before keywords; a stage may be mapped to nothing."""
    lab = make_lab(
        stage_goals=(
            ("Sales", "Closed Won", None),
            ("Sales", "Talking", "qualified"),
            ("", "Talking", "contact_reply"),
            ("", "Booked", None),
            ("Service", "Booked", "showed"),
            ("", "Verhandlung", "closed_won"),
            ("", "Inbox", None),
        )
    )
    cases = [
        ("Sales", "Closed Won", None),
        ("Service", "Closed Won", "closed_won"),
        ("Sales", "Talking", "qualified"),
        ("sales", "talking ", "qualified"),  # as a person reads it
        ("Service", "Talking", "contact_reply"),
        (None, "Talking", "contact_reply"),
        ("Sales", "Booked", None),
        ("Service", "Booked", "showed"),
        ("Other", "Verhandlung", "closed_won"),
        ("Sales", "Inbox", None),  # the first stage too
    ]
    lab.conversions(
        *(
            {
                "conversion_id": f"c{index}",
                "person": f"p{index}",
                "time": NOON,
                "event_type": "stage_changed",
                "pipeline": pipeline,
                "stage": stage,
                "stage_position": 1 if stage == "Inbox" else 2,
            }
            for index, (pipeline, stage, _) in enumerate(cases)
        )
    )
    lab.rebuild()
    found = dict(lab.rows("select source_id, goal from conversions"))
    assert [found.get(f"c{index}") for index in range(len(cases))] == [goal for *_, goal in cases]


def test_g4_an_event_type_that_is_a_goal_needs_no_stage(lab: Lab) -> None:
    """G1 before G4: a record that names its goal is that goal, whatever stage its deal stands in now."""
    lab.conversions(
        {"conversion_id": "a", "person": "a", "time": NOON, "event_type": "lead_created", "stage": "Closed Lost"},
        {"conversion_id": "b", "person": "b", "time": NOON, "event_type": "stage_changed", "stage": "Closed Lost"},
    )
    lab.rebuild()
    assert lab.rows("select source_id, goal, stage from conversions order by 1") == [
        ("a", "lead_created", "Closed Lost"),
        ("b", "closed_lost", "Closed Lost"),
    ]
