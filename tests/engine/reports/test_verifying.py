"""Verify: each difference after new data, and the records that brought it about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.report_words import Told
from engine.reports.verifying import differences
from tests.engine.reports.conftest import request_for

if TYPE_CHECKING:
    from tests.conftest import Lab

PAID = {"event_type": "payment_received", "currency": "USD", "source": "stripe"}


def test_nothing_has_changed(shop: Lab) -> None:
    made = shop.profile.reports.create(request_for())
    told = shop.profile.reports.verify(made.report_id)
    assert told.is_same_data
    assert (told.differences, told.causes) == ([], [])
    assert "Nothing has changed" in Told(made.snapshot, "en_US").headline(told)


def test_restated_spend_and_a_late_conversion_are_named(shop: Lab) -> None:
    """Spend goes from 10 to 25; bob pays 30 more, which Organic Search led to."""
    made = shop.profile.reports.create(request_for())
    shop.ad_spend(
        {"date": "2026-06-02", "platform": "google", "account": "a", "campaign_id": "c1", "campaign": "Spring",
         "spend": 25, "currency": "USD", "impressions": 100, "clicks": 5, "as_of": "2026-07-02T09:00:00Z"}
    )  # fmt: skip
    shop.conversions(
        {"conversion_id": "late", "person": "bob", "time": "2026-06-20T10:00:00Z", "value_amount": 30, **PAID}
    )
    shop.rebuild()
    told = shop.profile.reports.verify(made.report_id)
    found = {(each.table, each.row, each.metric, each.model): (each.before, each.after) for each in told.differences}
    assert not told.is_same_data
    assert found["overview", "", "spend", ""] == (10, 25)
    assert found["overview", "", "roas", ""] == (5, 2)
    assert found["overview", "", "cash_revenue", ""] == (200.5, 230.5)
    assert found["channels", "Organic Search", "attributed_revenue", ""] == (60.5, 90.5)
    assert found["campaigns", "Spring", "spend", ""] == (10, 25)
    assert found["compare", "Organic Search", "attributed_revenue", "last_touch"] == (60.5, 90.5)
    assert found["conversions", "Payment received", "outcomes", ""] == (3, 4)
    assert ("channels", "Email", "attributed_revenue", "") not in found
    english, spanish = Told(made.snapshot, "en_US"), Told(made.snapshot, "es_ES")
    assert [english.cause(cause) for cause in told.causes] == [
        "Jun 2, 2026: spend on Google Ads restated from $10.00 to $25.00.",
        "Jun 20, 2026: Payment received, 1 came late, worth $30.00.",
        "Jun 20, 2026: Payments, 1 came late, worth $30.00.",
    ]
    assert spanish.difference(told.differences[0])[0] == "Resumen"
    again = shop.profile.reports.create(request_for())
    assert differences(made.snapshot, again.snapshot) == told.differences
    assert shop.profile.reports.verify(again.report_id).is_same_data


def test_campaigns_that_differ_in_an_email_are_told_apart(shop: Lab) -> None:
    """Without personal data both are called alike, and older reports still name the emails."""
    where = {"date": "2026-06-02", "platform": "google", "account": "a", "currency": "USD"}
    for key in ("one", "two"):
        shop.ad_spend({**where, "campaign_id": key, "campaign": f"For {key}@mail.example", "spend": 10})
    shop.rebuild()
    reports = shop.profile.reports
    made = reports.create(request_for())
    named = reports.create(replace(request_for(), is_personal=True)).snapshot
    assert differences(replace(named, is_personal=False), made.snapshot) == []
    restated = {"campaign_id": "one", "campaign": "For one@mail.example", "as_of": "2026-07-02T09:00:00Z"}
    shop.ad_spend({**where, **restated, "spend": 25})
    shop.rebuild()
    rows = {each.row for each in reports.verify(made.report_id).differences if each.table == "campaigns"}
    assert rows == {"For *** · one"}


def test_settings_and_decisions_on_people_are_named(shop: Lab) -> None:
    made = shop.profile.reports.create(request_for())
    shop.change(click_window_days=4, logo=None, prepared_by="Somebody else")
    shop.rebuild()
    told = shop.profile.reports.verify(made.report_id)
    causes = [(cause.kind, cause.key, cause.before, cause.after) for cause in told.causes]
    assert causes == [("settings", "click_window_days", 30, 4)]
    # ann's and bob's touches are 5 and 4 days old and more: only bob's, exactly 4 days, is in the window
    found = {(each.table, each.row, each.metric): each.after for each in told.differences}
    assert found["channels", "Unattributed", "attributed_revenue"] == 140
