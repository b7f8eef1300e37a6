"""All clients of a workspace: each profile's own figures, sums by currency, freshness, last report."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from engine.clients import as_frame, client, totals
from engine.profiles import ProfileSettings
from engine.queries.selection import Filter, Selection
from engine.schema.batch import Batch
from engine.task import Task

if TYPE_CHECKING:
    from tests.conftest import Lab

JUNE = Selection(date(2026, 6, 1), date(2026, 6, 30))


def paid(key: str, day: str, amount: float, currency: str = "USD") -> dict[str, object]:
    return {
        "conversion_id": key,
        "email": f"{key}@x.example",
        "time": f"2026-{day}T12:00:00Z",
        "event_type": "payment_received",
        "value_amount": amount,
        "currency": currency,
    }


def spent(amount: float) -> dict[str, object]:
    return {
        "date": "2026-06-02",
        "platform": "meta",
        "account": "1",
        "campaign_id": "c1",
        "spend": amount,
        "currency": "USD",
    }


def test_each_client_has_its_own_figures_and_currencies_stay_apart(lab: Lab) -> None:
    """A5, A7, T3 by hand: 300 of June and 100 of May cash, 60 of it by an ad that cost 20."""
    ad = {"channel": "Paid Social", "campaign_id": "c1", "source": "facebook"}
    lab.touches({"email": "a@x.example", "time": "2026-06-02T10:00:00Z", **ad})
    lab.ad_spend(spent(20))
    lab.conversions(paid("a", "06-02", 60), paid("b", "06-05", 240), paid("old", "05-20", 100))
    lab.rebuild()
    second = lab.workspace.create_profile(ProfileSettings("Second", currency="USD"))
    third = lab.workspace.create_profile(ProfileSettings("Third", currency="EUR"))
    bare = lab.workspace.create_profile(ProfileSettings("Bare"))
    for profile, row in ((second, paid("s", "06-10", 100)), (third, paid("t", "06-10", 500, "EUR"))):
        profile.import_file("conversions", io.BytesIO(json.dumps(row).encode()))
        profile.rebuild()
    found = {each.profile: each for each in lab.workspace.clients(JUNE)}
    first = found["Lab"]
    assert (first.cash_revenue, first.cash_before, first.spend, first.ad_revenue) == (300, 100, 20, 60)
    assert (first.roas, first.mer, first.outcomes) == (3, 15, 2)
    assert (first.coverage_percent, first.coverage_band) == (50, "poor")
    assert (first.cash_coverage_percent, first.cash_coverage_band) == (20, "poor")
    assert (len(first.cash_by_day), sum(first.cash_by_day), first.cash_by_day[1]) == (30, 300, 60)
    assert first.last_day == date(2026, 6, 5)
    assert first.imported_at is not None
    assert (found["Second"].spend, found["Second"].roas) == (0, None)
    assert (found["Bare"].is_derived, found["Bare"].cash_revenue, found["Bare"].last_day) == (False, None, None)
    sums = {each.currency: each for each in totals(list(found.values()))}
    assert (sums["USD"].clients, sums["USD"].cash_revenue, sums["USD"].spend, sums["USD"].roas) == (3, 400, 20, 3)
    assert (sums["EUR"].cash_revenue, sums["EUR"].spend, sums["EUR"].mer) == (500, 0, None)
    assert as_frame(list(found.values())).height == 4
    assert as_frame([]).height == 0
    whole = lab.profile.query("overview", JUNE).data
    assert whole is not None
    assert whole["current"]["cash_revenue"] == first.cash_revenue
    narrowed = Selection(JUNE.date_from, JUNE.date_to, "mine", (Filter("channel", "is", ("Email",)),))
    other = client(lab.profile, narrowed)  # a filter is of one profile; a model it does not know is the default one
    assert (other.cash_revenue, other.model) == (300, "last_touch")
    assert bare.settings.name == "Bare"


def test_freshness_failures_and_reports(lab: Lab) -> None:
    lab.conversions(paid("a", "06-02", 60))
    lab.rebuild()
    connection = lab.profile.connect("stripe", "Stripe", {})

    def sync(stream: str, outcome: str) -> None:
        run = lab.profile.begin_sync(connection, stream)
        lab.profile.take_in(connection, stream, run, Batch({}), Task())
        lab.profile.end_sync(run, outcome, {"code": "provider.login"} if outcome == "failed" else None)

    assert client(lab.profile, JUNE).synced_at is None
    sync("payments", "done")
    sync("refunds", "failed")
    found = client(lab.profile, JUNE)
    assert found.synced_at == datetime(2026, 7, 1, 12, tzinfo=UTC).replace(tzinfo=None)
    assert found.failing == ("Stripe",)
    sync("refunds", "done")
    lab.profile.begin_sync(connection, "payments")
    assert client(lab.profile, JUNE).failing == ()
    assert found.reported_at is None
    with lab.workspace.store.write() as cursor:
        for day, deleted in (("2026-06-20", "null"), ("2026-06-25", "timestamp '2026-06-26'")):
            cursor.run(
                "insert into reports (profile_id, created_at, snapshot, fingerprint, layout, deleted_at)"
                f" values ({lab.profile.profile_id}, timestamp '{day}', '', '', '', {deleted})"
            )
    assert client(lab.profile, JUNE).reported_at == datetime(2026, 6, 20)  # noqa: DTZ001 - stored without an offset
    with pytest.raises(Exception, match="query"):
        lab.workspace.clients(Selection(date(2026, 6, 2), date(2026, 6, 1)))
