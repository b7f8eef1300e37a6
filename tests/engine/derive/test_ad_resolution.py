"""Which ad a touch names (A6), and the ad spend by day behind it (E7, T2, N4), by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from tests.conftest import Lab

Row = dict[str, Any]


def spend(day: str, campaign: str, name: str | None = None, **fields: Any) -> Row:
    return {
        "date": day,
        "platform": "meta",
        "account": "1",
        "campaign_id": campaign,
        "campaign": name,
        "spend": 10,
        "currency": "USD",
        **fields,
    }


def ad(day: str, campaign: str, ad_set: str, number: str, *names: str, **fields: Any) -> Row:
    return spend(day, campaign, names[0], ad_set_id=ad_set, ad_set=names[1], ad_id=number, ad=names[2], **fields)


def click(case: str, day: str = "2026-05-01", **tags: str) -> Row:
    return {
        "event_type": "page_view",
        "event_time": f"{day}T10:00:00Z",
        "anonymous_id": case,
        "url": f"https://shop.example/?{urlencode(tags)}",
    }


FOUND = """select v.anonymous_id, t.platform, t.campaign_id, t.ad_set_id, t.ad_id, t.resolved_by, t.is_unresolved
           from touches t join visits v using (visit_id)"""


def found(lab: Lab) -> dict[str, list[Any]]:
    return {case: rest for case, *rest in lab.rows(FOUND)}


def test_a6_by_platform_ids(lab: Lab) -> None:
    """A6: ids in UTM tags, in their own parameters and in HubSpot's; the deepest known one settles those above it."""
    lab.ad_spend(
        ad("2026-05-01", "c1", "s1", "a1", "Spring", "Broad", "Video"),
        ad("2026-05-01", "77", "78", "79", "Brand", "Exact", "Text", platform="google", account="2"),
        # one number on two platforms
        spend("2026-05-01", "500", "Meta five"),
        spend("2026-05-01", "500", "TikTok five", platform="tiktok"),
    )
    paid = {"utm_source": "facebook", "utm_medium": "paid_social"}
    lab.events(
        click("utm ids", **paid, utm_campaign="c1", utm_term="s1", utm_content="a1"),
        click("utm campaign", **paid, utm_campaign="c1"),
        click("own parameters", campaign_id="c1", adset_id="s1", ad_id="a1", fbclid="x"),
        click("own ad only", ad_id="a1"),
        click("content only", **paid, utm_content="a1"),
        click("hsa", hsa_cam="77", hsa_grp="78", hsa_ad="79", gclid="x"),
        click("ad set known, ad unknown", **paid, utm_campaign="c1", utm_term="s1", utm_content="a999"),
        click("all unknown", campaign_id="nope", adset_id="nope", ad_id="nope", fbclid="x"),
        click("two platforms, source tells", utm_source="tiktok", utm_medium="cpc", utm_campaign="500"),
        click("two platforms, click id tells", utm_campaign="500", fbclid="x"),
        click("two platforms, nothing tells", utm_medium="cpc", utm_campaign="500"),
        click("ids before names", **paid, utm_campaign="Spring", campaign_id="500"),
        click("id and names", **paid, utm_campaign="c1", utm_term="broad", utm_content="VIDEO"),
        click("another platform's id", utm_source="tiktok", utm_medium="cpc", campaign_id="c1"),
    )
    lab.touches(
        {"anonymous_id": "i", "time": "2026-05-01T10:00:00Z", "url": "https://shop.example/?hsa_ad=79&gclid=x"},
        {"anonymous_id": "j", "time": "2026-05-01T10:00:00Z", "channel": "Paid Social", "ad_set_id": "s1"},
        {"anonymous_id": "k", "time": "2026-05-01T10:00:00Z", "channel": "Paid Social", "source": "fb"},
    )
    lab.rebuild()
    whole = ["meta", "c1", "s1", "a1", "id", False]
    assert found(lab) == {
        "utm ids": whole,
        "utm campaign": ["meta", "c1", None, None, "id", False],
        "own parameters": whole,
        "own ad only": whole,
        "content only": whole,
        "hsa": ["google", "77", "78", "79", "id", False],
        "ad set known, ad unknown": ["meta", "c1", "s1", None, "id", False],
        "all unknown": ["meta", None, None, None, None, True],
        "two platforms, source tells": ["tiktok", "500", None, None, "id", False],
        "two platforms, click id tells": ["meta", "500", None, None, "id", False],
        "two platforms, nothing tells": [None, None, None, None, None, True],
        "ids before names": ["meta", "500", None, None, "id", False],
        "id and names": ["meta", "c1", "s1", "a1", "id", False],
        "another platform's id": ["tiktok", None, None, None, None, True],
    }
    assert lab.rows(
        """select platform, campaign_id, ad_set_id, ad_id, resolved_by, is_unresolved from touches
           where visit_id is null order by all"""
    ) == [
        ("google", "77", "78", "79", "id", False),
        ("meta", "c1", "s1", None, "id", False),
        ("meta", None, None, None, None, False),  # names no ad, so none is missing
    ]


def test_a6_by_name(lab: Lab) -> None:
    """A6: the exact name in any case, within the platform that source or click id tells; the day tells two apart."""
    lab.ad_spend(
        ad("2026-05-01", "c1", "s1", "a1", "Spring Sale", "Broad", "Video"),
        ad("2026-05-01", "c1", "s2", "a2", "Spring Sale", "Narrow", "Video"),
        ad("2026-05-02", "c1", "s2", "a2", "Spring Sale", "Narrow", "Video"),
        ad("2026-05-01", "c1", "s1", "a3", "Spring Sale", "Broad", "Image"),
        # two of one name: both delivered on the 1st, one on the 2nd, the other only listed then, none on the 3rd
        spend("2026-05-01", "t1", "Twins"),
        spend("2026-05-01", "t2", "Twins"),
        spend("2026-05-02", "t1", "Twins"),
        spend("2026-05-02", "t2", "Twins", spend=0, impressions=0),
        # renamed on the 3rd; another campaign takes the old name on the 5th
        spend("2026-05-01", "r1", "Old name"),
        spend("2026-05-03", "r1", "New name"),
        spend("2026-05-05", "r1", "New name"),
        spend("2026-05-05", "r2", "Old name"),
        # the same name elsewhere
        spend("2026-05-01", "g1", "Spring Sale", platform="Google Ads"),
    )
    meta = {"utm_source": "facebook", "utm_medium": "paid_social"}
    lab.events(
        click("campaign", **meta, utm_campaign="spring SALE"),
        click("all three", **meta, utm_campaign="Spring Sale", utm_term="broad", utm_content="video"),
        click("only one ad of the name", **meta, utm_campaign="Spring Sale", utm_content="Image"),
        click("two ad sets", **meta, utm_campaign="Spring Sale", utm_content="Video"),
        click("two ad sets, one delivers", "2026-05-02", **meta, utm_campaign="Spring Sale", utm_content="Video"),
        click("unknown ad set", **meta, utm_campaign="Spring Sale", utm_term="keyword", utm_content="Image"),
        click("by click id", utm_campaign="Spring Sale", gclid="x"),
        click("by click id, social", utm_campaign="Spring Sale", fbclid="x"),
        click("no platform", utm_source="somewhere", utm_medium="cpc", utm_campaign="Spring Sale"),
        click("part of a name", **meta, utm_campaign="Spring"),
        click("twins, both deliver", "2026-05-01", **meta, utm_campaign="Twins"),
        click("twins, one delivers", "2026-05-02", **meta, utm_campaign="Twins"),
        click("twins, none delivers", "2026-05-03", **meta, utm_campaign="Twins"),
        click("old name, old days", "2026-05-01", **meta, utm_campaign="Old name"),
        click("old name, taken", "2026-05-05", **meta, utm_campaign="Old name"),
        click("new name", "2026-05-05", **meta, utm_campaign="New name"),
        click("new name, old days", "2026-05-02", **meta, utm_campaign="New name"),
        click("unknown name, paid", **meta, utm_campaign="Autumn"),
        click("unknown name, mail", utm_source="newsletter", utm_medium="email", utm_campaign="Autumn"),
        click("unknown name, organic", utm_source="facebook", utm_medium="social", utm_campaign="Autumn"),
        click("no name, paid", gclid="x"),
    )
    lab.rebuild()
    unresolved = ["meta", None, None, None, None, True]
    spring = ["meta", "c1"]
    assert found(lab) == {
        "campaign": [*spring, None, None, "name", False],
        "all three": [*spring, "s1", "a1", "name", False],
        "only one ad of the name": [*spring, "s1", "a3", "name", False],
        "two ad sets": [*spring, None, None, "name", False],
        "two ad sets, one delivers": [*spring, "s2", "a2", "name", False],
        "unknown ad set": [*spring, "s1", "a3", "name", False],
        "by click id": ["google", "g1", None, None, "name", False],
        "by click id, social": [*spring, None, None, "name", False],
        "no platform": [None, None, None, None, None, True],
        "part of a name": unresolved,
        "twins, both deliver": unresolved,
        "twins, one delivers": ["meta", "t1", None, None, "name", False],
        "twins, none delivers": unresolved,
        "old name, old days": ["meta", "r1", None, None, "name", False],
        "old name, taken": ["meta", "r2", None, None, "name", False],
        "new name": ["meta", "r1", None, None, "name", False],
        "new name, old days": ["meta", "r1", None, None, "name", False],
        "unknown name, paid": unresolved,
        "unknown name, mail": [None, None, None, None, None, False],
        "unknown name, organic": ["meta", None, None, None, None, False],
        "no name, paid": ["google", None, None, None, None, False],
    }


def test_ad_entities_are_the_latest_known(lab: Lab) -> None:
    """A6: name, status and budget of the last day that tells them; first and last day are days of delivery."""
    lab.ad_spend(
        ad("2026-05-01", "c1", "s1", "a1", "Old", "Set", "Ad", status="ACTIVE", objective="LEADS"),
        ad("2026-05-03", "c1", "s1", "a1", "New", "Set", "Ad", status="ACTIVE", daily_budget=20),
        spend("2026-05-04", "c1", status="PAUSED", spend=0),
        spend("2026-05-09", "c2", "Never delivered", spend=0, impressions=0),
        spend("2026-05-09", "c3", "Seen for nothing", spend=0, impressions=5),
    )
    lab.rebuild()
    assert lab.rows(
        """select level, entity_id, campaign_id, ad_set_id, name, status, objective, daily_budget::integer,
                  day(first_on), day(last_on) from ad_entities order by level, entity_id"""
    ) == [
        ("ad", "a1", "c1", "s1", "Ad", "ACTIVE", "LEADS", 20, 1, 3),
        ("ad_set", "s1", "c1", "s1", "Set", "ACTIVE", "LEADS", None, 1, 3),
        ("campaign", "c1", "c1", None, "New", "PAUSED", "LEADS", None, 1, 3),
        ("campaign", "c2", "c2", None, "Never delivered", None, None, None, 9, 9),
        ("campaign", "c3", "c3", None, "Seen for nothing", None, None, None, 9, 9),
    ]


def test_ad_daily_is_the_latest_version_of_each_day(lab: Lab) -> None:
    """E7: the latest as_of wins whatever came last; undoing an import brings the earlier version back."""
    figures = "select spent_on, spend::double, impressions from ad_daily order by 1"
    day = "2026-05-01"
    lab.ad_spend(spend(day, "c1", spend=10, impressions=100, as_of="2026-05-02T00:00:00Z"))
    assert lab.rebuild().rows(figures) == [(date(2026, 5, 1), 10.0, 100)]
    newer = lab.ad_spend(
        spend(day, "c1", spend=12, impressions=130, as_of="2026-05-05T00:00:00Z"),
        spend("2026-05-02", "c1", spend=3, as_of="2026-05-05T00:00:00Z"),
    )
    lab.ad_spend(spend(day, "c1", spend=11, impressions=120, as_of="2026-05-03T00:00:00Z"))
    assert lab.rebuild().rows(figures) == [(date(2026, 5, 1), 12.0, 130), (date(2026, 5, 2), 3.0, None)]
    lab.workspace.undo_import(newer.import_id)
    assert lab.rebuild().rows(figures) == [(date(2026, 5, 1), 11.0, 120)]


def test_platform_names_are_normalised(lab: Lab) -> None:
    """A6, E7: however a file spells a platform, its day is one day; an unknown platform keeps its name."""
    names = ("Facebook Ads", "meta", "FACEBOOK", "Google Ads", "adwords", "Bing Ads", "Some DSP", "some dsp ")
    lab.ad_spend(
        *(
            spend("2026-05-01", "c1", platform=name, spend=index, as_of=f"2026-05-02T00:00:0{index}Z")
            for index, name in enumerate(names, 1)
        )
    )
    lab.rebuild()
    assert lab.rows("select platform, spend::integer from ad_daily order by 1") == [
        ("google", 5),
        ("meta", 3),
        ("microsoft", 6),
        ("some dsp", 8),
    ]
    assert lab.rows("select platform, level from ad_entities order by 1") == [
        (platform, "campaign") for platform in ("google", "meta", "microsoft", "some dsp")
    ]
