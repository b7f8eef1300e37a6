"""Which ad a Google click id leads to (A6): hand-made clicks, and every order in which they can arrive."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from engine.schema.batch import Batch, ProviderObject
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Lab

Row = dict[str, Any]

ADS = [
    {"date": "2026-05-01", "platform": "google", "account": "1", "campaign_id": "77", "campaign": "Brand"}
    | {"ad_set_id": "78", "ad_set": "Exact", "ad_id": "79", "ad": "Text", "spend": 10, "currency": "USD"},
    {"date": "2026-05-01", "platform": "google", "account": "1", "campaign_id": "87", "campaign": "Generic"}
    | {"ad_set_id": "88", "ad_set": "Broad", "ad_id": "89", "ad": "Picture", "spend": 10, "currency": "USD"},
    {"date": "2026-05-01", "platform": "google", "account": "1", "campaign_id": "97", "campaign": "Performance"}
    | {"spend": 10, "currency": "USD"},
]


def click(gclid: str, campaign: str, ad_set: str | None = None, ad: str | None = None) -> ProviderObject:
    told: Row = {"clickView": {"gclid": gclid}, "campaign": {"id": campaign}, "segments": {"date": "2026-05-01"}}
    if ad_set:
        told["adGroup"] = {"id": ad_set}
        told["clickView"]["adGroupAd"] = f"customers/1/adGroupAds/{ad_set}~{ad}"
    return ProviderObject("click_view", gclid, told)


def arrive(lab: Lab, *clicks: ProviderObject, name: str = "Google Ads") -> None:
    """Clicks come as the sync of a connection brings them."""
    known = {each.name: each for each in lab.profile.connections()}
    connection = known.get(name) or lab.profile.connect("google_ads", name, {})
    run = lab.profile.begin_sync(connection, "clicks:1")
    lab.profile.take_in(connection, "clicks:1", run, Batch({}, objects=clicks), Task())


def page(case: str, **tags: str) -> Row:
    return {
        "event_type": "page_view",
        "event_time": "2026-05-01T10:00:00Z",
        "anonymous_id": case,
        "url": f"https://shop.example/?{urlencode(tags)}",
    }


def found(lab: Lab) -> dict[str, list[Any]]:
    return {
        case: rest
        for case, *rest in lab.rows(
            """select v.anonymous_id, t.platform, t.campaign_id, t.ad_set_id, t.ad_id, t.resolved_by, t.is_unresolved
               from touches t join visits v using (visit_id)"""
        )
    }


def test_a6_a_click_id_leads_to_its_ad(lab: Lab) -> None:
    """A6: after platform ids in the URL, before names; it tells more where the URL tells less of the same."""
    lab.ad_spend(*ADS)
    arrive(
        lab,
        *(click("Cj0brand", "77", "78", "79"), click("Cj0generic", "87", "88", "89"), click("Cj0pmax", "97")),
        *(click("Cj0new ad", "77", "78", "80"), click("Cj0nobody", "55", "56", "57")),
    )
    lab.events(
        page("auto-tagged", gclid="Cj0brand"),
        page("in any case of its name", GCLID="Cj0brand"),
        page("told by the tracker") | {"gclid": "Cj0brand"},
        page("other case is another click", gclid="cj0BRAND"),
        page("before names", gclid="Cj0brand", utm_source="google", utm_medium="cpc", utm_campaign="Generic"),
        page("names unknown", gclid="Cj0brand", utm_source="google", utm_medium="cpc", utm_campaign="old name"),
        page("no ad of its own", gclid="Cj0pmax"),
        page("an ad nobody told of yet", gclid="Cj0new ad"),
        page("a campaign nobody told of", gclid="Cj0nobody"),
        page("a click nobody told of", gclid="Cj0else"),
        page("by name then", gclid="Cj0else", utm_campaign="Generic"),
        page("ids of the URL before it", gclid="Cj0brand", campaign_id="87"),
        page("utm ids before it", gclid="Cj0brand", utm_campaign="87", utm_content="89"),
        page("deeper than the URL", gclid="Cj0brand", campaign_id="77"),
        page("deeper than its utm", gclid="Cj0brand", utm_campaign="77", utm_term="78"),
        page("shallower than the URL", gclid="Cj0pmax", hsa_ad="79"),
        page("ids of the URL unknown", gclid="Cj0brand", campaign_id="1234567"),
    )
    lab.rebuild()
    brand = ["google", "77", "78", "79", "click_id", False]
    assert found(lab) == {
        "auto-tagged": brand,
        "in any case of its name": brand,
        "told by the tracker": brand,
        "other case is another click": ["google", None, None, None, None, False],
        "before names": brand,
        "names unknown": brand,
        "no ad of its own": ["google", "97", None, None, "click_id", False],
        "an ad nobody told of yet": ["google", "77", "78", None, "click_id", False],
        "a campaign nobody told of": ["google", None, None, None, None, True],
        "a click nobody told of": ["google", None, None, None, None, False],
        "by name then": ["google", "87", None, None, "name", False],
        "ids of the URL before it": ["google", "87", None, None, "id", False],
        "utm ids before it": ["google", "87", "88", "89", "id", False],
        "deeper than the URL": brand,
        "deeper than its utm": brand,
        "shallower than the URL": ["google", "77", "78", "79", "id", False],
        "ids of the URL unknown": brand,
    }


def test_a6_touches_and_conversions_with_a_click_id(lab: Lab) -> None:
    """A3, C1, N3: an imported touch, a lead of a CRM and a server's event, each with nothing but the click."""
    lab.ad_spend(*ADS)
    arrive(lab, click("Cj0brand", "77", "78", "79"), click("Cj0generic", "87", "88", "89"))
    at = "2026-05-02T10:00:00Z"
    lab.touches({"person": "toucher", "time": at, "url": "https://shop.example/?gclid=Cj0generic"})
    lead = {"time": at, "event_type": "lead_created"}
    lab.conversions(
        lead | {"conversion_id": "click", "person": "click", "gclid": "Cj0brand"},
        lead | {"conversion_id": "mail", "person": "mail", "gclid": "Cj0brand", "utm_medium": "email"},
        lead | {"conversion_id": "ids", "person": "ids", "gclid": "Cj0brand", "source": "google", "campaign_id": "87"},
        lead | {"conversion_id": "unknown", "person": "unknown", "gclid": "Cj0else"},
    )
    lab.events(
        {"event_type": "lead_submitted", "event_time": at, "event_id": "server", "user_id": "server"}
        | {"url": "https://shop.example/thanks?gclid=Cj0generic"}
    )
    lab.rebuild()
    assert lab.rows(
        """select i.value, t.kind, t.channel, t.platform, t.campaign_id, t.ad_set_id, t.ad_id, t.resolved_by
           from touches t join identifiers i on i.person_id = t.person_id and i.kind = 'user_id' order by 1"""
    ) == [
        ("click", "synthetic", "Paid Search", "google", "77", "78", "79", "click_id"),
        ("ids", "synthetic", "Paid Search", "google", "87", None, None, "id"),
        ("mail", "synthetic", "Paid Search", "google", "77", "78", "79", "click_id"),
        ("server", "synthetic", "Paid Search", "google", "87", "88", "89", "click_id"),
        ("toucher", "visit", "Paid Search", "google", "87", "88", "89", "click_id"),
    ]
    assert lab.rows("select source_id, campaign_id, ad_set_id, ad_id, tracking from conversions order by 1") == [
        ("click", "77", "78", "79", "click_id_only"),
        ("ids", "87", None, None, "click_id_only"),
        ("mail", "77", "78", "79", "click_id_only"),
        ("server", "87", "88", "89", "click_id_only"),
        ("unknown", None, None, None, "click_id_only"),
    ]


def test_a6_the_click_as_it_was_told_last_counts(lab: Lab) -> None:
    """Clicks of the last days are told again; what came with a connection goes with it."""
    lab.ad_spend(*ADS)
    lab.events(page("p", gclid="Cj0brand"))
    arrive(lab, click("Cj0brand", "77", "78", "79"))
    lab.now += timedelta(days=1)
    arrive(lab, click("Cj0brand", "87", "88", "89"))
    assert found(lab.rebuild())["p"][1:4] == ["87", "88", "89"]
    lab.profile.disconnect(lab.profile.connection("Google Ads"), keep_data=False)
    assert found(lab.rebuild())["p"][1:] == [None, None, None, None, False]


TABLES = ("conversions", "touches", "touch_origins", "credit_entries", "ad_entities")


def test_a6_the_order_of_arrival_never_matters(make_lab: Callable[..., Lab]) -> None:
    """A6, I4: clicks before or after the visits and the ads they belong to, from one connection or two."""
    clicks = [click("Cj0brand", "77", "78", "79"), click("Cj0generic", "87", "88", "89"), click("Cj0pmax", "97")]
    pages = [page("a", gclid="Cj0brand"), page("b", gclid="Cj0generic", utm_campaign="Brand"), page("c", gclid="x")]
    lead = {"conversion_id": "l", "person": "l", "time": "2026-05-02T10:00:00Z", "event_type": "lead_created"}

    def load(lab: Lab, steps: list[int], within: list[int]) -> dict[str, list[tuple[Any, ...]]]:
        for step in steps:
            match step:
                case 0:
                    arrive(lab, *(clicks[number] for number in within[:2]))
                case 1:
                    arrive(lab, *(clicks[number] for number in within[1:]), name="Second login")
                case 2:
                    lab.events(*(pages[number] for number in within))
                case 3:
                    lab.ad_spend(*(ADS[number] | {"as_of": "2026-05-09T00:00:00Z"} for number in within))
                case _:
                    lab.conversions(lead | {"gclid": "Cj0pmax", "as_of": "2026-05-09T00:00:00Z"})
        lab.rebuild()
        return {table: lab.rows(f"select * from {table} order by all") for table in TABLES}

    truth = load(make_lab(), [*range(5)], [*range(3)])
    for seed in range(3):
        dice = Random(seed)
        assert load(make_lab(), dice.sample(range(5), 5), dice.sample(range(3), 3)) == truth
