"""The credit ledger of a workspace (A1-A8, T2, T3, G1-G3): credit by hand, sums that tie, and fitted shares by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import Profile, ProfileSettings
from engine.attribution.journeys import Journeys
from engine.attribution.markov import fit_markov
from engine.attribution.models import FITTED_MODELS, MODELS, RULE_MODELS, CreditSettings
from engine.attribution.shapley import fit_shapley
from engine.profiles import DEFAULT_GOALS, Goal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.conftest import Lab

Row = dict[str, Any]
Credit = dict[str, dict[str | None, float]]

END = datetime(2026, 6, 15, 12, tzinfo=UTC)  # when conversions happen unless told
RULES = [model.name for model in RULE_MODELS]
FITTED = [model.name for model in FITTED_MODELS]
ALL = list(MODELS)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def before(days: float = 0, *, seconds: float = 0) -> str:
    """A moment so long before the conversions."""
    return (END - timedelta(days=days, seconds=seconds)).isoformat()


def touch(person: str, days: float = 0, name: str = "t", *, seconds: float = 0, **fields: Any) -> Row:
    """A touch so long before the conversions; its campaign is its name in the tests."""
    return {"person": person, "time": before(days, seconds=seconds), "channel": "Email", "campaign": name, **fields}


def seen(person: str, days: float, name: str, **fields: Any) -> Row:
    return touch(person, days, name, kind="view", channel="Display", **fields)


def paid(person: str, amount: float = 100, *, key: str | None = None, **fields: Any) -> Row:
    money = {"event_type": "payment_received", "value_amount": amount, "currency": "USD"}
    return {"conversion_id": key or person, "person": person, "time": before(), **money, **fields}


def refund(of: str, amount: float, day: int, **fields: Any) -> Row:
    """A refund some days after the conversions."""
    told = {"event_type": "refund", "refund_of": of, "value_amount": amount, "currency": "USD"}
    return {"conversion_id": f"refund of {of} {day}", "time": before(-day), **told, **fields}


def credits_of(lab: Lab, model: str, *, what: str = "credit", refunds: bool = False) -> Credit:
    """Conversion -> touch -> credit (or amount) in the ledger; None stands for Unattributed."""
    found: Credit = defaultdict(dict)
    for key, name, amount in lab.rows(
        f"""select c.source_id, x.campaign, x.{what} from v_credits x join conversions c using (conversion_id)
            where x.model = '{model}' and x.is_refund = {refunds} order by all"""
    ):
        assert name not in found[key], "touches of one conversion have names of their own"
        found[key][name] = amount
    return dict(found)


def explained(lab: Lab, conversion: str) -> Credit:
    """Model -> touch -> credit of one conversion as ``explain`` tells it."""
    table = lab.profile.explain(id=conversion).table
    return {model: dict(table.select("campaign", model).iter_rows()) for model in ALL}


def near(found: Any, expected: dict[Any, float]) -> None:
    """Equal up to rounding; what is absent is zero."""
    assert {name: round(credit, 9) for name, credit in found.items() if abs(credit) > 1e-12} == {
        name: round(credit, 9) for name, credit in expected.items() if abs(credit) > 1e-12
    }


def board(lab: Lab, model: str, date_from: date = YEAR[0], date_to: date = YEAR[1], **asked: Any) -> dict[str, float]:
    """Channel -> cash credited, with Unattributed and, by touch date, what lies outside."""
    table = lab.profile.channels(date_from, date_to, model=model, limit=99, **asked).table
    return {value: revenue for value, revenue in table.select("value", "revenue").iter_rows() if revenue}


# 1. Nine rule models by hand.
#
# Touches lie 28, 21, 14, 7 and 0 days before the conversion; whoever has fewer has the last of these. With a half-life
# of 7 days they weigh 1/16, 1/8, 1/4, 1/2 and 1. Engagement is 10, 20, 30, 40, 0. The last two are Direct. The weights
# of the profile are 5, 3, 2.

AGES = (28, 21, 14, 7, 0)
ENGAGEMENT = (10, 20, 30, 40, 0)
CHANNELS = ("Email", "Display", "Paid Search", "Direct", "Direct")

BY_HAND: dict[str, dict[int, list[float]]] = {
    "last_touch": {1: [1], 2: [0, 1], 3: [0, 0, 1], 5: [0, 0, 0, 0, 1]},
    "first_touch": {1: [1], 2: [1, 0], 3: [1, 0, 0], 5: [1, 0, 0, 0, 0]},
    "split_50_50": {1: [1], 2: [1 / 2, 1 / 2], 3: [1 / 2, 0, 1 / 2], 5: [1 / 2, 0, 0, 0, 1 / 2]},
    "linear": {1: [1], 2: [1 / 2] * 2, 3: [1 / 3] * 3, 5: [1 / 5] * 5},
    "position_based": {
        1: [1],
        2: [1 / 2, 1 / 2],
        3: [0.4, 0.2, 0.4],
        5: [0.4, 0.2 / 3, 0.2 / 3, 0.2 / 3, 0.4],
    },
    # 1/2 + 1 = 3/2; 1/4 + 1/2 + 1 = 7/4; 1/16 + 1/8 + 1/4 + 1/2 + 1 = 31/16
    "time_decay": {
        1: [1],
        2: [1 / 3, 2 / 3],
        3: [1 / 7, 2 / 7, 4 / 7],
        5: [1 / 31, 2 / 31, 4 / 31, 8 / 31, 16 / 31],
    },
    # Where only Direct is left, the last one.
    "last_non_direct": {1: [1], 2: [0, 1], 3: [1, 0, 0], 5: [0, 0, 1, 0, 0]},
    # 5 : 2 where there is no middle
    "custom_weighted": {1: [1], 2: [5 / 7, 2 / 7], 3: [0.5, 0.3, 0.2], 5: [0.5, 0.1, 0.1, 0.1, 0.2]},
    # 40 + 0; 30 + 40 + 0; the one touch without engagement: linear
    "engagement_weighted": {1: [1], 2: [1, 0], 3: [3 / 7, 4 / 7, 0], 5: [0.1, 0.2, 0.3, 0.4, 0]},
}


def test_a4_rule_models_by_hand_at_1_2_3_and_5_touches(make_lab: Callable[..., Lab]) -> None:
    """A4: the nine rule models, in the ledger and in ``explain``; every conversion's credit is one."""
    lab = make_lab(weight_first=5, weight_middle=3, weight_last=2)
    counts = (1, 2, 3, 5)
    for count in counts:
        given_of = zip(AGES[-count:], ENGAGEMENT[-count:], CHANNELS[-count:], range(1, count + 1), strict=True)
        lab.touches(*(touch(f"n{count}", a, f"t{n}", engagement=e, channel=c) for a, e, c, n in given_of))
        lab.conversions(paid(f"n{count}"))
    lab.rebuild()
    assert set(BY_HAND) == set(RULES)
    told = {count: explained(lab, f"n{count}") for count in counts}
    for model, expected in BY_HAND.items():
        ledger = credits_of(lab, model)
        assert set(ledger) == {f"n{count}" for count in counts}
        for count in counts:
            by_name = {f"t{n}": credit for n, credit in enumerate(expected[count], 1)}
            near(ledger[f"n{count}"], by_name)
            near(told[count][model], by_name)


def test_a4_custom_weights_with_zeros_are_renormalised_over_what_exists(lab: Lab) -> None:
    """A4: first / middle / last; the weight of an absent position goes to the others; all zero: linear."""
    for count in (1, 2, 3, 4):
        lab.touches(*(touch(f"n{count}", 20 - n, f"t{n}") for n in range(1, count + 1)))
        lab.conversions(paid(f"n{count}"))
    lab.rebuild()
    third = 1 / 3
    by_hand: dict[tuple[float, float, float], list[list[float]]] = {
        (0.4, 0.2, 0.4): [[1], [0.5, 0.5], [0.4, 0.2, 0.4], [0.4, 0.1, 0.1, 0.4]],
        (1, 0, 0): [[1], [1, 0], [1, 0, 0], [1, 0, 0, 0]],
        (0, 0, 7): [[1], [0, 1], [0, 0, 1], [0, 0, 0, 1]],
        (0, 1, 0): [[1], [0.5, 0.5], [0, 1, 0], [0, 0.5, 0.5, 0]],  # nothing but a middle, and n = 2 has none
        (0, 0, 0): [[1], [0.5, 0.5], [third, third, third], [0.25, 0.25, 0.25, 0.25]],
        (3, 0, 1): [[1], [0.75, 0.25], [0.75, 0, 0.25], [0.75, 0, 0, 0.25]],
        (0, 2, 2): [[1], [0, 1], [0, 0.5, 0.5], [0, 0.25, 0.25, 0.5]],
        (1e6, 1e6, 1e6): [[1], [0.5, 0.5], [third, third, third], [third, third / 2, third / 2, third]],
    }
    for (first, middle, last), expected in by_hand.items():
        lab.change(weight_first=first, weight_middle=middle, weight_last=last)
        ledger = credits_of(lab, "custom_weighted")
        for count, values in enumerate(expected, 1):
            by_name = {f"t{n}": value for n, value in enumerate(values, 1)}
            near(ledger[f"n{count}"], by_name)
            if count in (2, 4):
                near(explained(lab, f"n{count}")["custom_weighted"], by_name)


def test_a4_ties_all_direct_zero_engagement_and_kinds_without_a_visit(lab: Lab) -> None:
    """A2, A4: equal times go by touch id; only Direct: the last; no engagement: linear; synthetic and view: 50."""
    lab.touches(
        *(touch("ties", 5, f"t{n}") for n in range(4)),
        *(touch("direct", n, f"t{n}", channel="Direct") for n in (3, 2, 1)),
        touch("direct", 60, "in the first-touch window only", channel="Email"),
        *(touch("bored", n, f"t{n}", engagement=0) for n in (4, 3, 2, 1)),
        touch("kinds", 3, "visit", engagement=100),
        touch("kinds", 2, "synthetic", kind="synthetic"),
        *(seen("views", days, name) for days, name in ((0.5, "v1"), (0.25, "v2"))),
        # at the moment of the conversion, and long ago in half-lives
        touch("now", 0, "now"),
        touch("now", 28, "old"),
    )
    people = ("ties", "direct", "bored", "kinds", "views", "now")
    lab.conversions(*(paid(person) for person in people))
    lab.rebuild()
    order = [name for (name,) in lab.rows(
        """select t.campaign from touches t join identifiers i using (person_id)
           where i.value = 'ties' order by t.touch_id"""
    )]  # fmt: skip
    near(credits_of(lab, "first_touch")["ties"], {order[0]: 1})
    near(credits_of(lab, "last_touch")["ties"], {order[3]: 1})
    near(credits_of(lab, "last_non_direct")["ties"], {order[3]: 1})
    near(credits_of(lab, "position_based")["ties"], dict(zip(order, (0.4, 0.1, 0.1, 0.4), strict=True)))
    near(credits_of(lab, "time_decay")["ties"], dict.fromkeys(order, 0.25))
    near(credits_of(lab, "last_non_direct")["direct"], {"t1": 1})
    near(credits_of(lab, "engagement_weighted")["bored"], {f"t{n}": 0.25 for n in (4, 3, 2, 1)})
    near(credits_of(lab, "engagement_weighted")["kinds"], {"visit": 100 / 150, "synthetic": 50 / 150})
    near(credits_of(lab, "engagement_weighted")["views"], {"v1": 0.5, "v2": 0.5})
    # ages of 12 and 6 hours: 2^(-0.5/7) and 2^(-0.25/7)
    early, late = 2 ** (-0.5 / 7), 2 ** (-0.25 / 7)
    near(credits_of(lab, "time_decay")["views"], {"v1": early / (early + late), "v2": late / (early + late)})
    near(credits_of(lab, "time_decay")["now"], {"now": 16 / 17, "old": 1 / 17})


def test_a4_half_life(lab: Lab) -> None:
    """A4: a touch weighs half of one that is a half-life younger: 2^(-7 / half-life) against 1."""
    lab.touches(touch("p", 7, "old"), touch("p", 0, "new"))
    lab.conversions(paid("p"))
    for half_life, old in ((7, 1 / 3), (14, 1 / (1 + 2**0.5)), (1, 1 / 129), (3.5, 1 / 5)):
        lab.change(half_life_days=half_life)
        lab.rebuild()
        near(credits_of(lab, "time_decay")["p"], {"old": old, "new": 1 - old})


def test_a2_windows_to_the_microsecond_under_every_model(lab: Lab) -> None:
    """A2: the edge belongs to each window; a microsecond or a second beyond is Unattributed, except first touch."""
    day = 86_400
    ages = {
        "click edge": 30 * day,
        "click beyond": 30 * day + 1e-6,
        "click beyond, a second": 30 * day + 1,
        "first edge": 90 * day,
        "first beyond": 90 * day + 1e-6,
        "first beyond, a second": 90 * day + 1,
        "same instant": 0,
        "later": -1e-6,
    }
    views = {"view edge": day, "view beyond": day + 1e-6, "view beyond, a second": day + 1}
    lab.touches(
        *(touch(person, seconds=age) for person, age in ages.items()),
        *(touch(person, seconds=age, kind="view") for person, age in views.items()),
    )
    lab.conversions(*(paid(person) for person in (*ages, *views)))
    lab.rebuild()
    clicked = {"click edge", "same instant", "view edge"}
    looked_back = clicked | {"click beyond", "click beyond, a second", "first edge"}
    for model in ALL:
        ledger = credits_of(lab, model)
        credited = {person for person, row in ledger.items() if row == {"t": 1.0}}
        assert credited == (looked_back if model == "first_touch" else clicked), model
        assert all(row == {None: 1.0} for person, row in ledger.items() if person not in credited)
        overview = lab.profile.overview(*YEAR, model=model).data
        assert overview["current"]["attributed_outcomes"] == len(credited)
        assert overview["current"]["unattributed_revenue"] == 100 * (len(ledger) - len(credited))
        assert overview["current"]["coverage_percent"] == pytest.approx(100 * len(credited) / len(ledger), abs=1e-5)


def test_a2_impressions_only_where_no_other_touch_is_eligible_in_that_window(lab: Lab) -> None:
    """A2: impressions beside a click get nothing; per window, so that first touch may differ from the rest."""
    lab.touches(
        touch("beside", 20, "click"),
        seen("beside", 0.5, "view"),
        touch("click after the view", 0.1, "click"),
        seen("click after the view", 0.5, "view"),
        touch("old click", 40, "click"),
        seen("old click", 0.9, "v1"),
        seen("old click", 0.5, "v2"),
        seen("views", 3, "too old"),
        seen("views", 0.5, "view"),
        touch("gone", 100, "click"),
    )
    lab.conversions(*(paid(person) for person in ("beside", "click after the view", "old click", "views", "gone")))
    lab.rebuild()
    old = {
        "last_touch": {"v2": 1}, "first_touch": {"click": 1}, "last_non_direct": {"v2": 1},
        "position_based": {"v1": 0.5, "v2": 0.5}, "linear": {"v1": 0.5, "v2": 0.5},
    }  # fmt: skip
    for model in ALL:
        ledger = credits_of(lab, model)
        near(ledger["beside"], {"click": 1})
        near(ledger["click after the view"], {"click": 1})
        near(ledger["views"], {"view": 1})
        near(ledger["gone"], {None: 1})
        if model in old:
            near(ledger["old click"], old[model])
    reasons = dict(lab.profile.explain(id="old click").table.select("campaign", "reason").iter_rows())
    assert reasons == {"click": "first_touch_window_only", "v1": "eligible", "v2": "eligible"}
    reasons = dict(lab.profile.explain(id="views").table.select("campaign", "reason").iter_rows())
    assert reasons == {"too old": "outside_view_window", "view": "eligible"}
    assert lab.profile.explain(id="beside").table["reason"].to_list() == ["eligible", "view_beside_click"]
    assert lab.profile.explain(id="gone").table["reason"].to_list() == ["outside_click_window"]


def test_a2_first_touch_window_may_be_the_shorter_one(make_lab: Callable[..., Lab]) -> None:
    """A2: first touch looks back over its own window alone, also when the click window is longer."""
    lab = make_lab(first_touch_window_days=5)
    lab.touches(touch("both", 20, "old"), touch("both", 4, "new"), touch("old only", 20, "old"))
    lab.conversions(paid("both"), paid("old only"))
    lab.rebuild()
    assert credits_of(lab, "first_touch") == {"both": {"new": 1.0}, "old only": {None: 1.0}}
    assert credits_of(lab, "linear") == {"both": {"new": 0.5, "old": 0.5}, "old only": {"old": 1.0}}


def test_a1_touches_are_used_again_and_a_conversion_resets_nothing(lab: Lab) -> None:
    """A1: the later conversion has the earlier one's touches too."""
    lab.touches(touch("p", 20, "t1"), touch("p", 10, "t2"), touch("p", 1, "t3"))
    lab.conversions(paid("p", key="late"), paid("p", key="early", time=before(5)))
    lab.rebuild()
    assert credits_of(lab, "linear")["early"] == {"t1": 0.5, "t2": 0.5}
    near(credits_of(lab, "linear")["late"], {"t1": 1 / 3, "t2": 1 / 3, "t3": 1 / 3})


# 2. Money


def test_t3_refunds_take_credit_back_in_the_same_proportions_on_their_own_day(lab: Lab) -> None:
    """T3: by the payment's own credits, on the refund's day, though the touches are long out of the window by then."""
    lab.touches(
        touch("p", 14, "a", channel="Email"),
        touch("p", 7, "b", channel="Referral"),
        touch("p", 0, "c", channel="Direct"),
    )
    lab.conversions(paid("p", 70), paid("nobody's", 30), refund("p", 35, 60), refund("nobody's", 10, 60))
    lab.conversions(refund("unknown payment", 5, 60))
    lab.rebuild()
    near(credits_of(lab, "time_decay", what="amount")["p"], {"a": 10, "b": 20, "c": 40})
    near(credits_of(lab, "time_decay", what="amount", refunds=True)["p"], {"a": -5, "b": -10, "c": -20})
    near(credits_of(lab, "time_decay", what="amount", refunds=True)["nobody's"], {None: -10})
    paid_on, back_on = END.date(), (END + timedelta(days=60)).date()
    near(board(lab, "time_decay", paid_on, paid_on), {"Email": 10, "Referral": 20, "Direct": 40, "Unattributed": 30})
    near(board(lab, "time_decay", back_on, back_on), {"Email": -5, "Referral": -10, "Direct": -20, "Unattributed": -15})
    near(board(lab, "time_decay"), {"Email": 5, "Referral": 10, "Direct": 20, "Unattributed": 15})
    # a refund is money, never a conversion
    assert lab.profile.overview(back_on, back_on).data["current"]["conversions"] == 0
    # by touch date the refund's credit stands on the touch's day as well, and what was booked elsewhere completes it
    first = (END - timedelta(days=14)).date()
    near(board(lab, "time_decay", first, first, date_basis="touch"), {"Email": 5, "outside the range": -5})
    near(
        board(lab, "time_decay", paid_on, paid_on, date_basis="touch"),
        {"Direct": 20, "Unattributed": 30, "outside the range": 50},
    )


def test_t3_refunds_not_deducted(lab: Lab) -> None:
    """T3: with ``deduct_refunds`` off cash is gross, in the ledger and in the queries."""
    lab.touches(touch("p", 1, "a"), touch("p", 0, "b"))
    lab.conversions(paid("p", 70), refund("p", 35, 3), refund("unknown payment", 5, 3))
    lab.rebuild()
    near(board(lab, "linear"), {"Email": 35, "Unattributed": -5})
    lab.change(deduct_refunds=False)
    for is_rebuilt in (False, True):
        if is_rebuilt:
            lab.rebuild()
        near(board(lab, "linear"), {"Email": 70})
        assert lab.value("select sum(amount) from v_credits where model = 'linear'") == 70
        current = lab.profile.overview(*YEAR, model="linear").data["current"]
        assert (current["cash_revenue"], current["attributed_revenue"]) == (70, 70)
        assert lab.profile.overview(*YEAR).meta["deduct_refunds"] is False


def test_t2_two_currencies_and_one_without_a_rate(lab: Lab) -> None:
    """T2: the rate of the payment's day, for its refund too; without any rate: not in the sums, but counted."""
    lab.rates(
        {"date": END.date().isoformat(), "currency": "USD", "base": "EUR", "rate": 1.25},
        {"date": (END + timedelta(days=3)).date().isoformat(), "currency": "USD", "base": "EUR", "rate": 2},
    )
    lab.touches(*(touch(person, 1) for person in ("dollar", "euro", "real")))
    lab.conversions(
        paid("dollar", 10),
        paid("euro", 8, currency="EUR"),
        paid("real", 999, currency="BRL"),
        refund("euro", 4, 5, currency="EUR"),
    )
    lab.rebuild()
    for model in ALL:
        assert credits_of(lab, model, what="amount") == {
            "dollar": {"t": 10.0},
            "euro": {"t": 10.0},
            "real": {"t": None},
        }
        assert credits_of(lab, model, what="amount", refunds=True) == {"euro": {"t": -5.0}}
    current = lab.profile.overview(*YEAR).data["current"]
    assert (current["cash_revenue"], current["attributed_revenue"], current["unconverted"]) == (15, 15, 1)
    assert (current["outcomes"], current["conversions"], current["attributed_outcomes"]) == (3, 3, 3)


def test_g1_ineligible_cash_is_unattributed_and_negative_goals_are_nothing(make_lab: Callable[..., Lab]) -> None:
    """G1, A5: no credit and no conversion for either; cash of an ineligible goal stays in the sums as Unattributed."""
    tip = Goal("tip", "Tip", ("tip",), "cash", is_eligible=False)
    complaint = Goal("complaint", "Complaint", ("complaint",), is_negative=True)  # negative outweighs eligible
    lab = make_lab(goals=(*DEFAULT_GOALS, tip, complaint))
    lab.touches(touch("p", 1))
    lab.conversions(
        paid("p", 10, key="payment"),
        paid("p", 3, key="tip", event_type="tip"),
        paid("p", 500, key="lost", event_type="closed_lost"),
        paid("p", 0, key="no show", event_type="no_show"),
        paid("p", 0, key="complaint", event_type="complaint"),
        paid("p", 700, key="won", event_type="closed_won"),
        refund("tip", 1, 2),
    )
    lab.rebuild()
    for model in ALL:
        assert credits_of(lab, model) == {"payment": {"t": 1.0}, "tip": {None: 1.0}, "won": {"t": 1.0}}
        near(board(lab, model), {"Email": 10, "Unattributed": 2})
    current = lab.profile.overview(*YEAR).data["current"]
    assert (current["outcomes"], current["conversions"], current["cash_revenue"]) == (2, 2, 12)
    for key in ("lost", "no show", "complaint", "tip"):
        assert set(lab.profile.explain(id=key).table["reason"]) == {"goal_not_eligible"}


def test_g2_a_paid_order_counts_once_through_its_payment(lab: Lab) -> None:
    """G2: the order has credit of its own only for whoever asks for orders; its money is the payment's."""
    lab.touches(touch("p", 1), touch("q", 1))
    lab.conversions(
        paid("p", 50, key="payment", payment_id="pi", order_id="o"),
        paid("p", 50, key="order", event_type="order_placed", order_id="o"),
        paid("q", 20, key="unpaid order", event_type="order_placed", order_id="o2"),
    )
    lab.rebuild()
    assert lab.value("select sum(credit) filter (is_outcome) from v_credits where model = 'linear'") == 2
    assert lab.value("select sum(amount) from v_credits where model = 'linear'") == 50
    current = lab.profile.overview(*YEAR, model="linear").data["current"]
    assert (current["outcomes"], current["conversions"], current["attributed_revenue"]) == (2, 2, 50)
    current = lab.profile.overview(*YEAR, model="linear", goals=["order_placed"]).data["current"]
    assert (current["outcomes"], current["conversions"], current["attributed_revenue"]) == (2, 2, 0)
    current = lab.profile.overview(*YEAR, model="linear", goals=["payment_received"]).data["current"]
    assert (current["outcomes"], current["conversions"], current["attributed_revenue"]) == (1, 1, 50)


def test_a5_first_touch_looks_back_further_than_the_rest(lab: Lab) -> None:
    """A2, A5: 60 days before, only first touch credits; every other model shows the conversion as Unattributed."""
    lab.touches(touch("p", 60, "t", channel="Referral"))
    lab.conversions(paid("p", 40))
    lab.rebuild()
    table = lab.profile.compare(*YEAR, models=ALL).table
    for model in ALL:
        rows = dict(table.select("value", f"{model}.revenue").iter_rows())
        credited = 40 if model == "first_touch" else 0
        expected = {"Referral": credited, "Unattributed": 40 - credited}
        assert rows == expected, model
        assert board(lab, model) == {name: value for name, value in expected.items() if value}


# 3. What holds for every world


def world(seed: int, people: int = 45) -> dict[str, list[Row]]:
    """People with touches of every kind and channel, payments in three currencies, refunds, leads and paid orders."""
    random = Random(seed)
    moment = lambda low, high: before(random.uniform(low, high))  # noqa: E731
    touches: list[Row] = []
    conversions: list[Row] = []
    channels = ("Email", "Direct", "Display", "Paid Social", "Referral")
    for number in range(people):
        who = f"p{number}"
        for index in range(random.choice((0, 1, 2, 3, 6))):
            told: Row = {"channel": random.choice(channels), "kind": random.choice(("visit", "visit", "view"))}
            # whole days make for equal times and for touches on the edge of a window
            days: float = random.choice((0, 1, 7, 30, 90, random.uniform(-5, 120)))
            who_and_when = touch(who, days, f"c{index % 3}", engagement=random.choice((0, 0, 30, 100)))
            touches.append(who_and_when | told | {"source": random.choice(("x", "y", None))})
        for index in range(random.choice((0, 1, 1, 2))):
            key, currency = f"{who} {index}", random.choice(("USD", "EUR", "BRL"))
            time = random.choice((before(), moment(-10, 40)))
            amount = random.randint(1, 9_999) / 100
            told = {"time": time, "currency": currency, "payment_id": f"pi {key}", "order_id": f"o {key}"}
            conversions.append(paid(who, amount, key=key) | told)
            if random.random() < 0.3:
                conversions.append(refund(f"pi {key}", amount / 2, random.randint(1, 9), currency=currency))
            if random.random() < 0.3:
                conversions.append(paid(who, amount, key=f"order {key}", event_type="order_placed") | told)
        if random.random() < 0.3:
            conversions.append(paid(who, 5, key=f"lead {who}", event_type="lead_created", time=moment(-5, 30)))
    rates = [{"date": "2026-01-01", "currency": "USD", "base": "EUR", "rate": 1.1}]
    return {"touches": touches, "conversions": conversions, "rates": rates}


def load(lab: Lab, profile: Profile, files: Iterable[tuple[str, list[Row]]]) -> None:
    lab.profile = profile
    for kind, rows in files:
        assert lab.load(kind, rows).rejected == 0
    profile.rebuild()


def scattered(records: dict[str, list[Row]], random: Random) -> list[tuple[str, list[Row]]]:
    """The same records in several files and any order, some of them twice."""
    files: list[tuple[str, list[Row]]] = []
    for kind, rows in records.items():
        mixed = [*rows, *random.sample(rows, len(rows) // 3)]
        random.shuffle(mixed)
        files += [(kind, mixed[part::3]) for part in range(3) if mixed[part::3]]
    random.shuffle(files)
    return files


def check_whole(lab: Lab, profile: Profile) -> None:
    """A4: the credits of each conversion and refund sum to one, or it is Unattributed; none is negative."""
    name = profile.settings.name
    broken = lab.rows(
        f"""select model, entry_id, sum(credit), count(*) filter (touch_id is null) from v_credits
            where profile = '{name}' group by 1, 2
            having abs(sum(credit) - 1) > 1e-9 or min(credit) < 0
                or (count(*) filter (touch_id is null) > 0 and count(*) > 1)"""
    )
    assert broken == []
    # each outcome and all cash are there under each model
    whole = f"""from credit_entries where profile_id = {profile.profile_id} and (is_outcome or cash is not null)"""
    count, cash = lab.rows(f"select count(*), sum(cash)::double {whole}")[0]
    assert count > 10
    found = lab.rows(
        f"""select model, count(distinct entry_id) filter (is_outcome or amount is not null), sum(amount)
            from v_credits where profile = '{name}' group by 1"""
    )
    assert {model: rows for model, rows, _ in found} == dict.fromkeys(ALL, count)
    assert all(amount == pytest.approx(cash, abs=1e-6) for _, _, amount in found)


def check_ranges(lab: Lab, profile: Profile, random: Random) -> None:
    """A5, A8: per model and range, credited + Unattributed (+ outside the range) = cash; one query equals another."""
    name = profile.settings.name
    start = END.date() - timedelta(days=random.randint(0, 40))
    for days in (0, 3, 60):
        days_asked = (start, start + timedelta(days=days))
        within = f"profile = '{name}' and booked_on between date '{days_asked[0]}' and date '{days_asked[1]}'"
        ledger = {
            (model, channel): (revenue, conversions)
            for model, channel, revenue, conversions in lab.rows(
                f"""select model, coalesce(channel, 'Unattributed'), coalesce(sum(amount), 0),
                           coalesce(sum(credit) filter (is_outcome), 0)
                    from v_credits where {within} group by 1, 2"""
            )
        }
        cash = profile.overview(*days_asked).data["current"]["cash_revenue"]
        for basis in ("conversion", "touch"):
            compared = profile.compare(*days_asked, models=ALL, date_basis=basis).table
            for model in ALL:
                revenue = dict(compared.select("value", f"{model}.revenue").iter_rows())
                assert sum(revenue.values()) == pytest.approx(cash, abs=0.005), (model, basis)
                if basis == "touch":
                    continue
                conversions = dict(compared.select("value", f"{model}.conversions").iter_rows())
                told = {key: (revenue[key], conversions[key]) for key in revenue}
                for key in {*told, *(channel for of, channel in ledger if of == model)}:
                    assert told.get(key, (0, 0)) == pytest.approx(ledger.get((model, key), (0, 0)), abs=1e-5), model
        model = random.choice(ALL)
        for basis in ("conversion", "touch"):
            table = profile.channels(*days_asked, model=model, date_basis=basis, limit=99).table
            assert table["revenue"].sum() == pytest.approx(cash, abs=0.005)
            compared = profile.compare(*days_asked, models=["linear", model], date_basis=basis).table
            one = {v: (r, c) for v, r, c in table.select("value", "revenue", "conversions").iter_rows() if r or c}
            columns = ("value", f"{model}.revenue", f"{model}.conversions")
            assert {v: (r, c) for v, r, c in compared.select(*columns).iter_rows() if r or c} == one, model
            alone = profile.compare(*days_asked, models=[model], date_basis=basis).table
            assert {v: (r, c) for v, r, c in alone.select(*columns).iter_rows() if r or c} == one, model


def test_credit_is_whole_ties_to_cash_and_does_not_depend_on_the_order_of_import(make_lab: Callable[..., Lab]) -> None:
    """A4, A5, A8, E7, T3: for any records, under each of the eleven models."""
    lab = make_lab()
    names = iter(range(100))
    zones = ("UTC", "Asia/Kathmandu", "America/Los_Angeles")

    @settings(
        phases=(Phase.generate,),
        max_examples=2,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 1 << 30))
    def holds(seed: int) -> None:
        random, records = Random(seed), world(seed)
        zone = random.choice(zones)
        tidy, untidy = (
            lab.workspace.create_profile(ProfileSettings(f"Profile {next(names)}", timezone=zone, weight_middle=0))
            for _ in range(2)
        )
        load(lab, tidy, records.items())
        load(lab, untidy, scattered(records, random))
        rows = """select * exclude (profile) replace (round(credit, 9) as credit, round(amount, 6) as amount)
                  from v_credits where profile = '{}' order by all"""
        assert lab.rows(rows.format(tidy.settings.name)) == lab.rows(rows.format(untidy.settings.name))
        check_whole(lab, tidy)
        check_ranges(lab, tidy, random)

    holds()


# 4. Data-driven models through a workspace


def journeys(rows: list[tuple[str, float, float]]) -> Journeys:
    """Journeys from ("Email Direct", conversions, nulls)."""
    paths = [path.split(" > ") for path, _, _ in rows]
    names = sorted({state for path in paths for state in path})
    lengths = [len(path) for path in paths]
    return Journeys(
        np.array([names.index(state) for path in paths for state in path], dtype=np.int64),
        np.cumsum([0, *lengths[:-1]]).astype(np.int64),
        np.array([conversions for _, conversions, _ in rows], dtype=float),
        np.array([nulls for _, _, nulls in rows], dtype=float),
        tuple(names),
    )


def fitted_journeys(lab: Lab) -> list[tuple[str, float, float]]:
    """A small world, and the journeys a person would write down for it (A4)."""
    paths = {
        "won 1": ("Email", "Direct"),
        "won 2": ("Email", "Email", "Referral"),
        "won 3": ("Referral",),
        "won 4": ("Direct", "Paid Search", "Email"),
    }
    for person, path in paths.items():
        lab.touches(*(touch(person, 10 - n, f"t{n}", channel=channel) for n, channel in enumerate(path)))
        lab.conversions(paid(person, 10))
    # Conversions of someone again: each is a journey, with all touches of its window.
    lab.conversions(paid("won 1", 10, key="won 1 again", time=before(-1)))
    # An order counts through its payment; a negative outcome and a conversion without a touch are no journey.
    lab.conversions(
        paid("won 3", 10, order_id="o", key="won 3 payment", time=before(-2)),
        paid("won 3", 10, order_id="o", key="won 3 order", event_type="order_placed", time=before(-2)),
        paid("lost 1", 10, key="negative", event_type="closed_lost"),
        paid("untouched", 10),
    )
    # The last moment of all decides whose window has closed: a touch two days after the conversions.
    lab.touches(touch("open: last", -2, "x", channel="Display"))
    # Thirty days and more before it: closed. On the edge: still open.
    lab.touches(
        touch("lost 1", 40, "a", channel="Direct"),
        touch("lost 1", 28.5, "b", channel="Paid Search"),
        touch("lost 2", 28.001, "c", channel="Email"),
        touch("lost 2", 59, "too long before the last", channel="Referral"),
        touch("lost 2", 58, "d", channel="Direct"),
        touch("open: edge", 28, "e", channel="Affiliate"),
        touch("open", 5, "f", channel="Affiliate"),
        touch("open: came back", 50, "g", channel="Affiliate"),
        touch("open: came back", 2, "h", channel="Affiliate"),
    )
    # Impressions: where there is nothing else, and within their own window.
    lab.touches(
        seen("won by view", 0.9, "v1"),
        seen("won by view", 0.2, "v2"),
        seen("won by view", 3, "v0"),
        seen("won 3", 0.2, "beside a click"),
        seen("lost 1", 30, "beside clicks"),
        seen("lost by view", 6, "v3"),
        seen("lost by view", 5.5, "v4"),
        seen("lost by view", 9, "v5"),
        seen("open by view", -1.5, "v6"),
    )
    lab.conversions(paid("won by view", 10))
    return [
        ("Email > Direct", 1, 0),
        ("Email > Direct", 1, 0),  # again
        ("Email > Email > Referral", 1, 0),
        ("Referral", 1, 0),
        ("Referral", 1, 0),  # the payment of the order
        ("Direct > Paid Search > Email", 1, 0),
        ("Display > Display", 1, 0),
        ("Direct > Paid Search", 0, 1),
        ("Direct > Email", 0, 1),
        ("Display > Display", 0, 1),
    ]


def test_a4_fitted_shares_are_those_of_the_journeys_written_by_hand(lab: Lab) -> None:
    """A4: one journey per eligible conversion, and per person whose click window has closed without one."""
    data = journeys(fitted_journeys(lab))
    lab.rebuild()

    def check(shares: dict[tuple[str, str], tuple[float, float]], chain: Any, game: Any) -> None:
        for index, state in enumerate(data.names):
            assert shares["markov", state] == pytest.approx((chain.share[index], chain.removal_effect[index]))
            assert shares["shapley", state] == pytest.approx((game.share[index], game.value[index]))
        for (_, state), values in shares.items():
            assert state in data.names or values == (0, 0)

    rows = lab.rows("select model, state, share, effect from fitted_shares")
    assert {state for _, state, _, _ in rows} == {*data.names, "Affiliate"}
    check({(m, s): (x, e) for m, s, x, e in rows}, fit_markov(data, 1), fit_shapley(data, "rate"))
    for order, game in ((2, "subset"), (3, "rate"), (4, "subset")):
        asked = CreditSettings(order=order, game=game)
        table = lab.profile.compare(*YEAR, models=FITTED, settings=asked).table
        chain, values = fit_markov(data, order), fit_shapley(data, game)
        told = {row["value"]: row for row in table.iter_rows(named=True)}
        for index, state in enumerate(data.names):
            assert told[state]["markov.share"] == pytest.approx(chain.share[index])
            assert told[state]["shapley.share"] == pytest.approx(values.share[index])


def test_a4_the_last_record_of_any_kind_decides_whose_window_has_closed(lab: Lab) -> None:
    """A4: here a conversion. Direct converts, Email > Direct does not: half of all reach Direct only through Email, and
    from Direct half convert: removing Email loses half of the conversions, removing Direct all of them."""
    lab.touches(
        touch("won", 1, channel="Direct"),
        touch("lost", 30.5, "a", channel="Email"),
        touch("lost", 30.1, "b", channel="Direct"),
    )
    lab.conversions(paid("won"))
    lab.rebuild()
    found = lab.rows("select state, effect, round(share, 9) from fitted_shares where model = 'markov' order by 1")
    assert found == [("Direct", 1.0, round(2 / 3, 9)), ("Email", 0.5, round(1 / 3, 9))]


def test_a4_fitted_credit_within_a_conversion_is_proportional_to_the_share(lab: Lab) -> None:
    """A4: the share of each touch's state over the sum of its path's; a repeated state counts each time."""
    fitted_journeys(lab)
    lab.rebuild()
    for model in FITTED:
        share = dict(lab.rows(f"select state, share from fitted_shares where model = '{model}'"))
        assert sum(share.values()) == pytest.approx(1)
        ledger = credits_of(lab, model)
        total = share["Direct"] + share["Paid Search"] + share["Email"]
        near(
            ledger["won 4"],
            {"t0": share["Direct"] / total, "t1": share["Paid Search"] / total, "t2": share["Email"] / total},
        )
        total = 2 * share["Email"] + share["Referral"]
        near(
            ledger["won 2"],
            {"t0": share["Email"] / total, "t1": share["Email"] / total, "t2": share["Referral"] / total},
        )
        near(ledger["won by view"], {"v1": 0.5, "v2": 0.5})
        near(ledger["untouched"], {None: 1})
        table = lab.profile.compare(*YEAR, models=["linear", model]).table
        told = dict(table.filter(table["row"] == "value").select("value", f"{model}.share").iter_rows())
        assert told == pytest.approx({state: share[state] for state in told})


def test_a4_all_shares_zero_is_linear(lab: Lab) -> None:
    """A4: Shapley's rate game gives Email nothing here (its worth is negative), so its path is credited linearly."""
    lab.touches(
        touch("won", 3, "a", channel="Email"),
        touch("won", 2, "b", channel="Email"),
        touch("won", 1, "c", channel="Email"),
        *(touch(f"direct {n}", 1, channel="Direct") for n in range(5)),
        *(touch(f"lost {n}", 50, "x", channel="Email") for n in range(5)),
        *(touch(f"lost {n}", 49, "y", channel="Direct") for n in range(5)),
        *(touch(f"lost email {n}", 50, "x", channel="Email") for n in range(60)),
    )
    lab.conversions(paid("won"), *(paid(f"direct {n}") for n in range(5)))
    lab.rebuild()
    share = dict(lab.rows("select state, share from fitted_shares where model = 'shapley'"))
    assert share == {"Email": 0.0, "Direct": 1.0}
    near(credits_of(lab, "shapley")["won"], {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})


def test_a4_without_any_conversion_or_any_touch_fitted_models_are_empty_not_broken(lab: Lab) -> None:
    """A4, A5: nothing to learn from: no share, and what there is stays Unattributed."""
    lab.rebuild()
    assert lab.rows("select * from fitted_shares") == []
    lab.touches(touch("looker", 60), touch("other", 5))
    lab.rebuild()
    assert lab.rows("select distinct state, share from fitted_shares") == [("Email", 0.0)]
    lab.conversions(paid("nobody", 9))
    lab.rebuild()
    for model in FITTED:
        assert board(lab, model) == {"Unattributed": 9}
