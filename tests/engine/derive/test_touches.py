"""Touches: visits, imported touches and impressions (A1), and the synthetic ones of off-site leads (A3), by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Lab

Row = dict[str, Any]

PATHS = """select c.source_id, list(t.channel order by p.position) from v_paths p
           join conversions c using (conversion_id) join touches t using (touch_id)
           where p.position > 0 group by 1 order by 1"""


def view(visitor: str, day: str, url: str = "https://shop.example/", **fields: Any) -> Row:
    return {"event_type": "page_view", "event_time": f"{day}T10:00:00Z", "anonymous_id": visitor, "url": url, **fields}


def lead(key: str, person: str, day: str, **fields: Any) -> Row:
    return {
        "conversion_id": key,
        "person": person,
        "time": f"{day}T12:00:00Z",
        "event_type": "lead_created",
        "source": "facebook",
        **fields,
    }


def paid(key: str, person: str, day: str, **fields: Any) -> Row:
    return lead(key, person, day, value_amount=10, currency="USD", **fields) | {"event_type": "payment_received"}


def test_a1_visits_are_touches_at_their_start_and_serve_every_later_conversion(lab: Lab) -> None:
    """A1: Direct visits too; a conversion does not reset the path; imported touches stand beside them."""
    mail = "?utm_source=newsletter&utm_medium=email&utm_campaign=May"
    lab.events(
        view("dev", "2026-05-01", f"https://shop.example/{mail}"),
        view("dev", "2026-05-01", "https://shop.example/b") | {"event_time": "2026-05-01T10:10:00Z"},
        view("dev", "2026-05-03"),
        {"event_type": "identify", "event_time": "2026-05-03T10:01:00Z", "anonymous_id": "dev", "user_id": "ann"},
    )
    lab.touches(
        {"person": "ann", "time": "2026-05-04T10:00:00Z", "channel": "Affiliate", "engagement": 120},
        {"person": "ann", "time": "2026-05-04T10:00:00Z", "source": "tiktok", "kind": "view"},
        {
            "anonymous_id": "dev",
            "time": "2026-05-05T10:00:00Z",
            "source": "google",
            "medium": "cpc",
            "kind": "synthetic",
        },
        {"anonymous_id": "never seen", "time": "2026-05-05T10:00:00Z", "channel": "Email"},
    )
    lab.conversions(
        paid("first", "ann", "2026-05-02"), paid("second", "ann", "2026-05-06"), paid("third", "ann", "2026-05-31")
    )
    lab.rebuild()
    assert lab.rows(
        """select strftime(occurred_at, '%d %H:%M'), kind, channel, campaign, visit_id is not null, engagement, platform
           from touches order by all"""
    ) == [
        ("01 10:00", "visit", "Email", "May", True, 50.0, None),
        ("03 10:00", "visit", "Direct", None, True, 17.5, None),
        ("04 10:00", "view", "Organic Social", None, False, 50.0, "tiktok"),
        ("04 10:00", "visit", "Affiliate", None, False, 100.0, None),
        ("05 10:00", "synthetic", "Paid Search", None, False, 50.0, "google"),
        ("05 10:00", "visit", "Email", None, False, 0.0, None),
    ]
    assert lab.value("select count(distinct person_id) from touches") == 2
    assert lab.rows(PATHS) == [
        ("first", ["Email"]),
        ("second", ["Email", "Direct", "Affiliate", "Paid Search"]),
        ("third", ["Direct", "Affiliate", "Paid Search"]),  # 1 May 10:00 is more than 30 days before 31 May 12:00
    ]


def test_a3_synthetic_touches(lab: Lab) -> None:
    """A3: one per person and ad at the time of the lead form, where nothing else is eligible; no session, no device."""
    ad = {"campaign_id": "c1", "ad_set_id": "s1", "ad_id": "a1"}
    lab.ad_spend(
        {
            "date": "2026-05-01",
            "platform": "facebook",
            "account": "1",
            "campaign": "Spring",
            "spend": 1,
            "currency": "USD",
        }
        | {**ad, "ad_set": "Broad", "ad": "Video"},
        {
            "date": "2026-05-01",
            "platform": "google",
            "account": "2",
            "campaign_id": "g1",
            "spend": 1,
            "currency": "USD",
        },
    )
    lab.touches(
        {"person": "visited", "time": "2026-05-09T12:00:00Z", "channel": "Email"},
        {"person": "visited long ago", "time": "2026-04-01T12:00:00Z", "channel": "Email"},
        {"person": "edge", "time": "2026-04-10T12:00:00Z", "channel": "Email"},
        {"person": "saw", "time": "2026-05-10T00:00:00Z", "channel": "Display", "kind": "view"},
        {"person": "saw long ago", "time": "2026-05-09T11:59:59Z", "channel": "Display", "kind": "view"},
        {"person": "visits later", "time": "2026-05-11T12:00:00Z", "channel": "Email"},
    )
    lab.conversions(
        lead("form", "reuses", "2026-05-10", **ad),
        paid("reuses: paid, with the ad", "reuses", "2026-05-12", **ad),
        paid("reuses: paid, campaign only", "reuses", "2026-05-13", campaign_id="c1"),
        paid("reuses: paid, nothing told", "reuses", "2026-05-14"),
        lead("two ads: one", "two ads", "2026-05-10", **ad),
        paid("two ads: other", "two ads", "2026-05-15", campaign_id="c1", ad_set_id="s1", ad_id="a2"),
        paid("lead after payment: paid", "lead after payment", "2026-05-10", **ad),
        lead("lead after payment: form", "lead after payment", "2026-05-11", **ad),
        paid("no form: first", "no form", "2026-05-10", **ad),
        paid("no form: second", "no form", "2026-05-11", **ad),
        lead("visited: form", "visited", "2026-05-10", **ad),
        lead("visited long ago: form", "visited long ago", "2026-05-10", **ad),
        lead("edge: form", "edge", "2026-05-10", **ad),
        lead("saw: form", "saw", "2026-05-10", **ad),
        lead("saw long ago: form", "saw long ago", "2026-05-10", **ad),
        lead("visits later: form", "visits later", "2026-05-10", **ad),
        lead("lost", "disqualified only", "2026-05-10", **ad) | {"event_type": "disqualified"},
        lead("nothing told", "nothing told", "2026-05-10"),
        lead("nobody", "", "2026-05-10", **ad) | {"email": "test@test.com"},
    )
    lab.rebuild()
    touches = """select i.value, strftime(t.occurred_at, '%m-%d'), t.channel, t.platform, t.campaign_id, t.ad_id,
                        t.resolved_by, t.is_unresolved
                 from touches t join identifiers i on i.person_id = t.person_id and i.kind = 'user_id'
                 where t.kind = 'synthetic' order by 1, 2"""
    known = ("Paid Social", "meta", "c1", "a1", "id", False)
    assert lab.rows(touches) == [
        ("lead after payment", "05-11", *known),
        ("no form", "05-10", *known),
        ("reuses", "05-10", *known),
        ("saw long ago", "05-10", *known),
        ("two ads", "05-10", *known),
        ("two ads", "05-15", "Paid Social", "meta", "c1", None, "id", False),
        ("visited long ago", "05-10", *known),
        ("visits later", "05-10", *known),
    ]
    assert lab.value("select count(*) from touches where kind = 'synthetic'") == 8
    assert lab.value("select count(*) from touches where kind = 'synthetic' and visit_id is not null") == 0
    assert lab.rows("select (select count(*) from visits), (select count(*) from events)") == [(0, 0)]
    assert dict(lab.rows(PATHS)) == {
        "form": ["Paid Social"],
        "reuses: paid, with the ad": ["Paid Social"],
        "reuses: paid, campaign only": ["Paid Social"],
        "reuses: paid, nothing told": ["Paid Social"],
        "two ads: one": ["Paid Social"],
        "two ads: other": ["Paid Social", "Paid Social"],
        "lead after payment: form": ["Paid Social"],
        "no form: first": ["Paid Social"],
        "no form: second": ["Paid Social"],
        "visited: form": ["Email"],
        "visited long ago: form": ["Paid Social"],
        "edge: form": ["Email"],
        "saw: form": ["Display"],
        "saw long ago: form": ["Paid Social"],
        "visits later: form": ["Paid Social"],
    }
    # derived anew, and with more spend known, they are the same touches
    ids = lab.rows("select touch_id from touches order by 1")
    lab.ad_spend(
        {"date": "2026-05-02", "platform": "Meta", "account": "1", "spend": 1, "currency": "USD"}
        | {"campaign_id": "c1", "ad_set_id": "s1", "ad_id": "a2"}
    )
    lab.rebuild()
    assert lab.rows("select touch_id from touches order by 1") == ids
    assert lab.rows(touches)[5] == ("two ads", "05-15", "Paid Social", "meta", "c1", "a2", "id", False)


def test_a3_channel_and_platform_of_synthetic_touches(lab: Lab) -> None:
    """A3, C2: an ad is paid media of its platform; what is only tagged goes by its tags; nothing told is no Direct."""
    lab.ad_spend(
        {"date": "2026-05-01", "platform": "google", "account": "2", "campaign_id": "g1", "spend": 1, "currency": "USD"}
        | {"campaign": "Brand"},
        {"date": "2026-05-01", "platform": "meta", "account": "1", "campaign_id": "m1", "spend": 1, "currency": "USD"}
        | {"campaign": "Spring"},
    )
    lab.conversions(
        lead("google id", "p1", "2026-05-10", source=None, campaign_id="g1"),
        lead("meta name", "p2", "2026-05-10", utm_campaign="SPRING"),
        lead("google name", "p3", "2026-05-10", source="google", utm_campaign="brand"),
        lead("unknown id", "p4", "2026-05-10", campaign_id="x9"),
        lead("unknown name", "p5", "2026-05-10", utm_source="ig", utm_medium="paid_social", utm_campaign="Autumn"),
        lead("mail", "p6", "2026-05-10", utm_source="newsletter", utm_medium="email", utm_campaign="May"),
        lead("organic", "p7", "2026-05-10", utm_source="google", utm_medium="organic", utm_campaign="seo"),
        lead("campaign only", "p8", "2026-05-10", source=None, utm_campaign="mystery"),
        lead("display", "p9", "2026-05-10", utm_source="google", utm_medium="display", utm_campaign="Brand"),
    )
    lab.events(
        {"event_type": "lead_submitted", "event_time": "2026-05-10T12:00:00Z", "event_id": "tracked", "user_id": "p10"}
        | {"utm_source": "facebook", "utm_medium": "cpc", "utm_campaign": "Spring"}
    )
    lab.rebuild()
    assert lab.rows(
        """select c.source_id, t.channel, t.platform, t.campaign_id, t.campaign, t.resolved_by, t.is_unresolved
           from touches t join conversions c using (person_id) order by 1"""
    ) == [
        ("campaign only", "Referral", None, None, "mystery", None, False),
        ("display", "Display", "google", "g1", "Brand", "name", False),
        ("google id", "Paid Search", "google", "g1", "g1", "id", False),
        ("google name", "Paid Search", "google", "g1", "brand", "name", False),
        ("mail", "Email", None, None, "May", None, False),
        ("meta name", "Paid Social", "meta", "m1", "SPRING", "name", False),
        ("organic", "Organic Search", "google", None, "seo", None, False),
        ("tracked", "Paid Social", "meta", "m1", "Spring", "name", False),
        ("unknown id", "Paid Social", "meta", None, "x9", None, True),
        ("unknown name", "Paid Social", "meta", None, "Autumn", None, True),
    ]


def test_a3_campaign_data_of_any_record_of_the_conversion_counts(lab: Lab) -> None:
    """A3, G2: the CRM knows the ad, the tracker knows the value: the conversion has both."""
    lab.conversions(
        {"conversion_id": "crm", "person": "ann", "time": "2026-05-10T12:00:00Z", "event_type": "lead_created"}
        | {"campaign_id": "c1", "source": "facebook"},
        {"conversion_id": "sale", "person": "bob", "time": "2026-05-10T12:00:00Z", "event_type": "order_placed"}
        | {"order_id": "o1", "utm_source": "ig", "utm_medium": "paid", "utm_campaign": "x"},
    )
    lab.events(
        {"event_type": "lead_submitted", "event_time": "2026-05-10T11:00:00Z", "user_id": "ann", "value_amount": 5},
        {"event_type": "purchase", "event_time": "2026-05-10T11:00:00Z", "user_id": "bob", "value_amount": 5}
        | {"order_id": "o1"},
    )
    lab.rebuild()
    assert lab.rows(
        """select c.raw_table, c.campaign_id, c.tracking, t.channel, t.occurred_at = c.occurred_at
           from conversions c join touches t using (person_id) order by c.goal"""
    ) == [("raw_events", "c1", "none", "Paid Social", True), ("raw_events", None, "full_utms", "Paid Social", True)]
