"""Reports as they are kept: frozen, listed, shown in another way, repeated, deleted and brought back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from engine import AttribenchError, Code
from engine.queries.masking import selection_without_emails
from engine.queries.selection import Filter, Selection
from engine.reports.composing import compose
from engine.reports.gathering import Request
from engine.reports.keeping import next_period
from engine.reports.layout import Layout, Logo
from engine.reports.snapshot import Snapshot, plain
from tests.engine.reports.conftest import FIRST, LAST, request_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab


def test_the_figures_are_those_of_the_queries(shop: Lab) -> None:
    """By hand: linear, ann's 100 is half Paid Search and half Email, bob's 60.50 Organic Search, dan's 40 nobody's."""
    figures = shop.profile.reports.create(request_for()).snapshot.figures
    asked = request_for().selection
    assert figures["overview"]["current"]["cash_revenue"] == 200.5
    assert figures["overview"]["current"]["ad_revenue"] == 50
    assert figures["overview"]["current"]["roas"] == 5
    assert {row["value"]: row["revenue"] for row in figures["channels"] if row["revenue"]} == {
        "Paid Search": 50, "Email": 50, "Organic Search": 60.5, "Unattributed": 40,
    }  # fmt: skip
    profile = shop.profile
    for name, told in (
        ("channels", figures["channels"]),
        ("timeseries", figures["days"]["rows"]),
        ("conversions", figures["conversions"]),
        ("cash", figures["cash"]),
        ("lags", figures["lags"]["rows"]),
        ("campaigns", figures["campaigns"]["rows"]),
    ):
        assert told == plain(profile.query(name, asked).table.to_dicts()), name
    models = ("linear", "last_touch", "first_touch")
    compared = profile.query("compare", asked, models=models, by="channel").table.to_dicts()
    assert figures["compare"]["rows"] == plain(compared)
    for model in models:
        own = profile.query("intervals", replace(asked, model=model), by="channel").table.to_dicts()
        assert figures["intervals"][model] == plain(own)


def test_a_report_never_changes(shop: Lab) -> None:
    reports = shop.profile.reports
    made = reports.create(request_for())
    text = made.snapshot.text()
    shop.conversions(
        {"conversion_id": "late", "person": "cid", "time": "2026-06-20T10:00:00Z", "event_type": "payment_received",
         "value_amount": 999, "currency": "USD"}
    )  # fmt: skip
    shop.rebuild()
    assert reports.get(made.report_id).snapshot.text() == text
    assert Snapshot.of(text).text() == text
    assert reports.create(request_for()).snapshot.figures["overview"]["current"]["cash_revenue"] == 1199.5


def test_everything_that_was_asked_is_kept(shop: Lab) -> None:
    asked = Selection(
        FIRST, LAST, model="markov", filters=(Filter("channel", "is_not", ("Email",)),), goals=("payment_received",),
        compare_from=date(2025, 6, 1), compare_to=date(2025, 6, 30),
    )  # fmt: skip
    made = shop.profile.reports.create(Request(asked, ("shapley", "linear")))
    back = shop.profile.reports.get(made.report_id).snapshot
    assert back == made.snapshot
    assert back.selection == asked
    assert back.models == ("markov", "shapley", "linear")
    assert back.figures["overview"]["current"]["spend"] == 10


def test_no_personal_data_unless_it_is_switched_on(shop: Lab) -> None:
    shop.people({"email": "ann.bell@mail.example", "first_name": "Ann", "last_name": "Bell", "phone": "+12025550123"})
    shop.conversions(
        {"conversion_id": "named", "email": "ann.bell@mail.example", "time": "2026-06-20T10:00:00Z",
         "event_type": "payment_received", "value_amount": 5, "currency": "USD"}
    )  # fmt: skip
    shop.rebuild()
    reports = shop.profile.reports
    assert "bell" not in reports.create(request_for()).snapshot.text().lower()
    named = reports.create(replace(request_for(), is_personal=True)).snapshot
    assert any(row["name"] == "Ann Bell" for row in named.figures["customers"])


def test_a_campaign_says_nobodys_email(shop: Lab) -> None:
    """One that somebody named by an email stands there without it."""
    shop.ad_spend(
        {"date": "2026-06-20", "platform": "meta", "account": "a", "campaign_id": "named",
         "campaign": "For ann.bell@mail.example", "spend": 10, "currency": "USD"}
    )  # fmt: skip
    shop.rebuild()
    reports = shop.profile.reports
    assert "bell" in str(reports.create(replace(request_for(), is_personal=True)).snapshot.figures)
    made = reports.create(request_for())
    assert "bell" not in str(made.snapshot.figures)
    assert "For ***" in str(made.snapshot.figures)


def test_a_filter_says_nobodys_email(shop: Lab) -> None:
    """Neither one set in a masked window, which keeps what is meant, nor in the document."""
    page = Filter("entry_page", "is", ("/of/ann.bell@mail.example",))
    request = request_for()
    asked = replace(request, selection=selection_without_emails(replace(request.selection, filters=(page,))))
    assert "bell" not in str(asked)
    made = shop.profile.reports.create(asked)
    assert made.snapshot.selection.filters == (page,)
    for is_personal in (False, True):
        snapshot = replace(made.snapshot, is_personal=is_personal)
        document = compose(snapshot, made.layout)
        assert ("bell" in str(document)) is is_personal


def test_deleting_can_be_undone(shop: Lab) -> None:
    reports = shop.profile.reports
    first, second = reports.create(request_for()), reports.create(request_for("last_touch"))
    assert [each.report_id for each in reports.all()] == [second.report_id, first.report_id]
    reports.delete(first.report_id)
    assert [each.report_id for each in reports.all()] == [second.report_id]
    with pytest.raises(AttribenchError) as told:
        reports.get(first.report_id)
    assert told.value.code is Code.REPORT_UNKNOWN
    assert reports.restore(first.report_id) == first


def test_layouts_change_and_figures_stay(shop: Lab) -> None:
    reports = shop.profile.reports
    made = reports.create(request_for())
    layout = Layout(
        "Spring", "Northfold", "es_MX", "letter", ("kpis", "cover"), commentary={"kpis": "Hola"}, accent="#1f5f4a",
        targets={"roas": 3.0},
    )  # fmt: skip
    changed = reports.change(made.report_id, layout)
    assert changed.layout.accent == "#1F5F4A"
    assert reports.get(made.report_id) == changed
    assert changed.snapshot == made.snapshot
    reports.save_template("Monthly", changed.layout)
    assert reports.template("monthly") == replace(changed.layout, commentary={})
    again = reports.duplicate(made.report_id)
    assert again.layout == replace(changed.layout, commentary={})
    assert again.snapshot.selection == next_period(made.snapshot.selection)


@pytest.mark.parametrize(
    ("first", "last", "then"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), (date(2026, 2, 1), date(2026, 2, 28))),
        (date(2026, 10, 19), date(2026, 11, 17), (date(2026, 11, 18), date(2026, 12, 17))),
        (date(2026, 12, 31), date(2026, 12, 31), (date(2027, 1, 1), date(2027, 1, 1))),
    ],
)
def test_the_next_period(first: date, last: date, then: tuple[date, date]) -> None:
    found = next_period(Selection(first, last))
    assert (found.date_from, found.date_to) == then
    assert (found.compare_from, found.compare_to) == (first, last)


def test_the_profile_s_brand_is_usual(make_lab: Callable[..., Lab]) -> None:
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    lab = make_lab(logo=logo, accent="#1F5F4A", prepared_by="Northfold")
    usual = lab.profile.reports.usual_layout()
    assert usual == Layout(logo=Logo.of(logo), accent="#1F5F4A", author="Northfold")
    assert Layout.of(json.loads(json.dumps(usual.data()))) == usual


@pytest.mark.parametrize(
    "wrong",
    [
        {"locale": "fr_FR"},
        {"paper": "a5"},
        {"sections": ("weather",)},
        {"accent": "#FFEE00"},
        {"targets": {"roas": -1.0}},
        {"targets": {"luck": 1.0}},
        {"most_campaigns": 0},
    ],
)
def test_a_layout_says_what_is_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(AttribenchError) as told:
        replace(Layout(), **wrong).checked()
    assert told.value.code is Code.SETTING_INVALID
