"""Money: original and reporting currency, exchange rates (T2), refunds and lost disputes (T3). By hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Row = dict[str, Any]


def payment(key: str, amount: float | str, currency: str | None = "USD", day: str = "2026-05-01", **fields: Any) -> Row:
    return {
        "conversion_id": key,
        "person": f"person of {key}",
        "time": f"{day}T12:00:00Z",
        "event_type": "payment_received",
        "value_amount": amount,
        "currency": currency,
        **fields,
    }


def refund(key: str, amount: float | None, currency: str | None = "USD", day: str = "2026-05-10", **fields: Any) -> Row:
    return {
        "conversion_id": key,
        "time": f"{day}T12:00:00Z",
        "event_type": "refund",
        "value_amount": amount,
        "currency": currency,
        **fields,
    }


def rate(day: str, currency: str, base: str, value: float) -> Row:
    return {"date": day, "currency": currency, "base": base, "rate": value}


def test_t2_amounts_in_the_reporting_currency(lab: Lab) -> None:
    """T2: the day's rate, else the last earlier one, found directly, inversely or through a base; never guessed."""
    lab.rates(
        rate("2026-05-01", "USD", "EUR", 1.25),  # a Friday
        rate("2026-05-04", "USD", "EUR", 1.2),
        rate("2026-05-01", "JPY", "EUR", 160),
        rate("2026-05-01", "KWD", "EUR", 0.4),
        rate("2026-05-01", "MXN", "USD", 20),
        rate("2026-05-20", "SEK", "EUR", 10),
    )
    lab.conversions(
        payment("same currency", "0.1"),
        payment("smallest dinar", "1.234", "KWD"),  # 1.234 / 0.4 * 1.25
        payment("yen", 16000, "JPY"),  # 16000 / 160 * 1.25
        payment("direct", 100, "EUR"),
        payment("inverse", 100, "MXN"),
        payment("saturday", 100, "EUR", "2026-05-02"),
        payment("sunday", 100, "EUR", "2026-05-03"),
        payment("monday", 100, "EUR", "2026-05-04"),
        payment("cross, euro fresher than yen", 16000, "JPY", "2026-05-04"),
        payment("no rate at all", 100, "BRL"),
        payment("before the first rate", 100, "EUR", "2026-04-30"),
        payment("other leg too late", 100, "SEK", "2026-05-04"),
        payment("no currency is the profile's", 9, None),
        payment("no amount", None, None),
    )
    lab.rebuild()
    found = {
        key: rest
        for key, *rest in lab.rows(
            "select source_id, amount, currency, amount_reporting, is_unconverted from conversions"
        )
    }
    expected: dict[str, list[Any]] = {
        "same currency": ["0.1", "USD", "0.1"],
        "smallest dinar": ["1.234", "KWD", "3.85625"],
        "yen": ["16000", "JPY", "125"],
        "direct": ["100", "EUR", "125"],
        "inverse": ["100", "MXN", "5"],
        "saturday": ["100", "EUR", "125"],
        "sunday": ["100", "EUR", "125"],
        "monday": ["100", "EUR", "120"],
        "cross, euro fresher than yen": ["16000", "JPY", "120"],
        "no rate at all": ["100", "BRL", None],
        "before the first rate": ["100", "EUR", None],
        "other leg too late": ["100", "SEK", None],
        "no currency is the profile's": ["9", "USD", "9"],
        "no amount": [None, None, None],
    }
    assert found == {
        key: [
            amount and Decimal(amount),
            currency,
            converted and Decimal(converted),
            amount is not None and converted is None,
        ]
        for key, (amount, currency, converted) in expected.items()
    }
    # left out of the sum, never out of the list; originals are exact
    assert lab.value("select sum(amount_reporting) from cash") == Decimal("757.956250")
    assert lab.rows("select currency, sum(amount) from cash group by 1 order by 1") == [
        ("BRL", 100),
        ("EUR", 500),
        ("JPY", 32000),
        ("KWD", Decimal("1.234")),
        ("MXN", 100),
        ("SEK", 100),
        ("USD", Decimal("9.1")),
    ]


def test_t2_of_two_ways_to_a_rate_the_freshest_wins_and_the_direct_one_of_equals(make_lab: Callable[..., Lab]) -> None:
    """T2: a profile in EUR with rates of two publishers."""
    lab = make_lab(currency="EUR")
    lab.rates(
        rate("2026-05-01", "USD", "EUR", 1.25),
        rate("2026-05-01", "USD", "GBP", 1.5),
        rate("2026-05-01", "EUR", "GBP", 1.0),
        rate("2026-05-06", "USD", "GBP", 1.6),
        rate("2026-05-06", "EUR", "GBP", 1.0),
        rate("2026-05-08", "USD", "GBP", 2.0),  # one fresh leg does not make a fresh way
        rate("2026-05-08", "USD", "EUR", 1.25),
        rate("2026-05-01", "EUR", "EUR", 7.0),  # a base against itself is 1, whatever a file says
    )
    lab.conversions(
        payment("equal", 100, "USD", "2026-05-03"),
        payment("fresher", 100, "USD", "2026-05-07"),
        payment("later", 100, "USD", "2026-05-09"),
        payment("own", 100, "EUR", "2026-05-03"),
    )
    lab.rebuild()
    assert lab.rows("select source_id, amount_reporting::double from conversions order by 1") == [
        ("equal", 80.0),
        ("fresher", 62.5),
        ("later", 80.0),
        ("own", 100.0),
    ]


def test_t2_a_rate_is_restated_and_ad_spend_uses_the_platforms_day(lab: Lab) -> None:
    """T2, E7: the latest as_of of a day's rate; spend converts at the day its platform reports (T1)."""
    spend = {"platform": "Meta", "account": "1", "campaign_id": "c", "currency": "EUR"}
    lab.rates(
        rate("2026-05-01", "USD", "EUR", 1.5) | {"as_of": "2026-05-02T00:00:00Z"},
        rate("2026-05-01", "USD", "EUR", 1.25) | {"as_of": "2026-05-03T00:00:00Z"},
    )
    lab.ad_spend(
        spend | {"date": "2026-04-30", "spend": "1.00"},
        spend | {"date": "2026-05-01", "spend": "2.00"},
        spend | {"date": "2026-05-02", "spend": "0.000001", "currency": "USD"},
    )
    lab.rebuild()
    assert lab.rows("select spent_on, spend_reporting from ad_daily order by 1") == [
        (date(2026, 4, 30), None),
        (date(2026, 5, 1), Decimal("2.5")),
        (date(2026, 5, 2), Decimal("0.000001")),
    ]


def test_t2_an_amount_too_large_to_convert_is_unconverted(make_lab: Callable[..., Lab]) -> None:
    """T2: a rate that makes an amount absurd costs that amount, not the rebuild."""
    lab = make_lab(currency="IDR")
    lab.rates(rate("2026-05-01", "IDR", "USD", 1e9), rate("2026-05-01", "EUR", "USD", 1e-300))
    lab.conversions(payment("huge", 900_000_000), payment("odd", 5, "EUR"), payment("fine", 5, "IDR"))
    lab.rebuild()
    assert lab.rows("select source_id, amount_reporting, is_unconverted from conversions order by 1") == [
        ("fine", 5, False),
        ("huge", None, True),
        ("odd", None, True),
    ]


def test_t3_refunds_and_lost_disputes(lab: Lab) -> None:
    """T3: negative cash on their own day at their payment's rate, linked to the payment by any id of it.

    EUR is worth 1.25 on the payments' day and 1.1 on the refunds'.
    """
    lab.rates(rate("2026-05-01", "USD", "EUR", 1.25), rate("2026-05-08", "USD", "EUR", 1.1))
    lab.conversions(
        payment("full", 100, payment_id="pi_full"),
        refund("r full", 100, refund_of="pi_full"),
        payment("partial", 100, payment_id="pi_partial"),
        refund("r partial 1", -30, refund_of="pi_partial", day="2026-05-03"),  # the sign does not matter
        refund("r partial 2", 20, refund_of="pi_partial"),
        payment("euro", 100, "EUR", payment_id="pi_euro"),
        refund("r euro", 40, "EUR", refund_of="pi_euro"),
        refund("r euro again", 20, None, refund_of="pi_euro"),  # in its payment's currency
        payment("by own id", 50),
        refund("r by own id", 50, refund_of="by own id"),
        payment("by charge", 50, payment_id="pi_charge"),
        payment("second object", 50, payment_id="pi_charge", person="person of by charge"),
        refund("r by charge", 10, refund_of="second object"),
        payment("by payment column", 50, payment_id="pi_column"),
        refund("r by payment column", 10, payment_id="pi_column"),
        refund("r unknown refund_of", 5, refund_of="re_unknown", payment_id="pi_column"),
        payment("by order", 50, order_id="o_1"),
        refund("r by order", 10, order_id="o_1"),
        payment("disputed", 80, payment_id="pi_disputed"),
        refund("r disputed", 80, refund_of="pi_disputed") | {"event_type": "dispute_lost"},
        payment("other currency", 100, "EUR", payment_id="pi_other"),
        refund("r other currency", 110, "USD", refund_of="pi_other"),
        payment("negative", 100, payment_id="pi_negative"),
        payment("r negative", -25, payment_id="pi_negative"),
        refund("r unmatched", 12, refund_of="pi_nowhere", person="somebody"),
        refund("r nobody", 3, "EUR"),
        refund("r without amount", None, refund_of="pi_full"),
    )
    lab.rebuild()
    refunds = lab.rows(
        """select r.conversion_id, c.source_id, strftime(x.booked_on, '%m-%d'), x.amount::double, x.currency,
                  x.amount_reporting::double, x.person_id is not distinct from c.person_id
           from cash x join raw_conversions r using (record_key)
           left join conversions c on c.conversion_id = x.conversion_id
           where entry = 'refund' order by 1"""
    )
    assert [row[:-1] for row in refunds] == [
        ("r by charge", "by charge", "05-10", -10.0, "USD", -10.0),
        ("r by order", "by order", "05-10", -10.0, "USD", -10.0),
        ("r by own id", "by own id", "05-10", -50.0, "USD", -50.0),
        ("r by payment column", "by payment column", "05-10", -10.0, "USD", -10.0),
        ("r disputed", "disputed", "05-10", -80.0, "USD", -80.0),
        ("r euro", "euro", "05-10", -40.0, "EUR", -50.0),
        ("r euro again", "euro", "05-10", -20.0, "EUR", -25.0),
        ("r full", "full", "05-10", -100.0, "USD", -100.0),
        ("r negative", "negative", "05-01", -25.0, "USD", -25.0),
        ("r nobody", None, "05-10", -3.0, "EUR", -3.3),  # no payment, so the day's own rate
        ("r other currency", "other currency", "05-10", -110.0, "USD", -110.0),
        ("r partial 1", "partial", "05-03", -30.0, "USD", -30.0),
        ("r partial 2", "partial", "05-10", -20.0, "USD", -20.0),
        ("r unknown refund_of", "by payment column", "05-10", -5.0, "USD", -5.0),
        ("r unmatched", None, "05-10", -12.0, "USD", -12.0),
    ]
    assert [key for key, payment_of, *_, same in refunds if payment_of and not same] == []
    assert lab.rows(
        """select person_id is not null from cash x join raw_conversions r using (record_key)
           where r.conversion_id in ('r unmatched', 'r nobody') order by r.conversion_id"""
    ) == [(False,), (True,)]
    # net beside gross: the conversion keeps its amount
    assert lab.rows(
        """select source_id, amount::double, refunded::double, refunded_reporting::double from conversions
           where refunded <> 0 and source_id in ('full', 'partial', 'euro', 'by payment column', 'other currency')
           order by 1"""
    ) == [
        ("by payment column", 50.0, -15.0, -15.0),
        ("euro", 100.0, -60.0, -75.0),
        ("full", 100.0, -100.0, -100.0),
        ("other currency", 100.0, -110.0, -110.0),
        ("partial", 100.0, -50.0, -50.0),
    ]
    # refunds are no conversions, and a refund does not change what stands on the path
    assert lab.value("select count(*) from conversions where starts_with(source_id, 'r ')") == 0


def test_t3_tracked_refunds_and_orders_that_were_never_cash(lab: Lab) -> None:
    """T3: what never came in as cash cannot go out as cash. A refund event of the tracker counts with its payment."""
    lab.conversions(
        payment("paid", 100, payment_id="pi_1", order_id="o_1"),
        payment("order of it", 100, order_id="o_1") | {"event_type": "order_placed"},
        payment("unpaid order", 100, order_id="o_2") | {"event_type": "order_placed"},
        refund("of the order", 10, refund_of="order of it"),
        refund("of the unpaid order", 20, refund_of="unpaid order"),
        refund("of gross value", 30, order_id="o_1", revenue_type="gross"),
        # two payments: which one is not told
        payment("first", 60, payment_id="pi_3", order_id="o_3"),
        payment("second", 60, payment_id="pi_4", order_id="o_3"),
        refund("of either", 40, order_id="o_3"),
    )
    event = {"event_time": "2026-05-12T00:00:00Z", "currency": "USD", "user_id": "x"}
    lab.events(
        event | {"event_type": "refund", "event_id": "e1", "value_amount": 1, "order_id": "o_1"},
        event | {"event_type": "dispute_lost", "event_id": "e2", "value_amount": 2, "payload": {"payment_id": "pi_1"}},
        event | {"event_type": "refund", "event_id": "e3", "value_amount": 4, "order_id": "o_2"},
        event | {"event_type": "refund", "event_id": "e4", "value_amount": 8, "order_id": "unheard of"},
    )
    lab.rebuild()
    assert lab.rows(
        """select c.source_id, x.amount::integer from cash x left join conversions c using (conversion_id)
           where entry = 'refund' order by 1, 2"""
    ) == [("paid", -10), ("paid", -2), ("paid", -1), (None, -40)]


def test_t3_restated_refunds_count_once(lab: Lab) -> None:
    """E7, T3: a refund is a restatable fact; a payment that comes later than its refund is found all the same."""
    lab.conversions(refund("r", 30, refund_of="pi_1", as_of="2026-05-11T00:00:00Z"))
    assert lab.rebuild().rows("select conversion_id is null, amount::integer from cash") == [(True, -30)]
    lab.conversions(
        payment("late", 100, payment_id="pi_1"), refund("r", 45, refund_of="pi_1", as_of="2026-05-12T00:00:00Z")
    )
    lab.rebuild()
    assert lab.rows("select entry, conversion_id is null, amount::integer from cash order by 3") == [
        ("refund", False, -45),
        ("payment", False, 100),
    ]
