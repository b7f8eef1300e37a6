"""One world that every example of a query is computed from by hand; each period of it belongs to one subject.

====================  ===============================================================================
2026-06-08 .. 06-14   overview, days, boards, campaigns, money, people, funnel, explain; 06-01 .. 06-07 before it
2026-03-02            engagement
2026-03-10            quality: how conversions are tagged
2026-07-01            the moment the questions are asked
2025-11               thirty people with one touch and one payment each: intervals and pages of lists
2025-09               creative fatigue
2025-03-10 .. 06-08   anomalies
====================  ===============================================================================
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Lab

Row = dict[str, Any]


def page(visitor: str, day: str, time: str, path: str, **fields: Any) -> Row:
    return {
        "event_type": "page_view",
        "event_time": f"{day}T{time}:00Z",
        "anonymous_id": visitor,
        "url": f"https://shop.example{path}",
        **fields,
    }


def told(key: str, person: str | None, time: str, kind: str = "payment_received", **fields: Any) -> Row:
    whose = {"email": person} if person and "@" in person else {"anonymous_id": person} if person else {}
    return {"conversion_id": key, "time": time, "event_type": kind, **whose, **fields}


def spent(day: str, number: str, amount: float, **fields: Any) -> Row:
    return {
        "date": day,
        "platform": "meta",
        "account": "1",
        "campaign_id": number,
        "spend": amount,
        "currency": "USD",
        **fields,
    }


ADS = "utm_source=facebook&utm_medium=paid_social&utm_campaign=c1&utm_term=s1&utm_content=a1"
ANA = {"country": "US", "device": "mobile", "browser": "Safari", "os": "iOS", "city": "Austin", "region": "TX"}
BOB = {"country": "ES", "device": "desktop", "browser": "Chrome", "os": "Windows"}


def _june(lab: Lab) -> None:
    lab.people(
        {"email": "ana@x.example", "anonymous_id": "d1", "first_name": "Ana", "last_name": "100%_\\O'Neil 🦊"},
        {"email": "bob@x.example", "anonymous_id": "d2", "first_name": "Bob"},
        {"email": "frank@x.example", "anonymous_id": "d5"},
        {"email": "eve@x.example", "first_name": "=Eve"},
    )
    lab.events(
        page("d1", "2026-06-08", "10:00", f"/landing?{ADS}", **ANA),
        page("d1", "2026-06-08", "10:01", "/pricing", **ANA),
        page("d1", "2026-06-09", "09:00", "/home", **ANA),
        page("d1", "2026-06-13", "09:00", "/june?utm_source=news&utm_medium=email&utm_campaign=June", **ANA),
        page("d2", "2026-06-08", "11:00", "/blog", referrer="https://www.google.com/", **BOB),
        page("d2", "2026-06-10", "12:00", "/landing?gclid=x", **BOB),
        page("d3", "2026-06-08", "15:00", "/landing?gclid=y"),
        page("d4", "2026-06-12", "10:00", "/blog", referrer="https://news.example/"),
        page("d5", "2026-06-03", "10:00", f"/landing?{ADS}"),
    )
    lab.touches(
        {"email": "ana@x.example", "time": "2026-01-01T00:00:00Z", "channel": "Referral"},
        {"email": "ana@x.example", "time": "2026-04-20T00:00:00Z", "channel": "Email", "source": "old"},
        {"email": "ana@x.example", "time": "2026-06-07T00:00:00Z", "channel": "Paid Social", "kind": "view"},
        {"email": "ana@x.example", "time": "2026-06-09T11:00:00Z", "channel": "Paid Social", "kind": "view"},
    )
    lab.conversions(
        told("p1", "ana@x.example", "2026-06-09T12:00:00Z", value_amount=300, currency="USD", source="Stripe"),
        told("p2", "bob@x.example", "2026-06-10T13:00:00Z", value_amount=80, currency="EUR", source="MercadoPago"),
        told("p3", "d3", "2026-06-08T16:00:00Z", value_amount=60, currency="USD", source="stripe"),
        told("p4", "eve@x.example", "2026-06-11T12:00:00Z", value_amount=40, currency="USD"),
        told("r1", "ana@x.example", "2026-06-12T12:00:00Z", "refund", value_amount=50, currency="USD", refund_of="p1")
        | {"source": "stripe"},
        told("lead", "ana@x.example", "2026-06-08T10:02:00Z", "lead_created"),
        told("won", "ana@x.example", "2026-06-11T12:00:00Z", "closed_won", value_amount=1000, currency="USD")
        | {"pipeline": "Sales", "stage": "Closed won"},
        told("appointment", "bob@x.example", "2026-06-10T14:00:00Z", "appointment_booked"),
        told("noshow", "bob@x.example", "2026-06-11T14:00:00Z", "no_show"),
        told("p5", "frank@x.example", "2026-06-03T12:00:00Z", value_amount=200, currency="USD", source="stripe"),
    )
    lab.rates({"date": "2026-06-01", "currency": "EUR", "base": "USD", "rate": 0.8})
    video = {"video_plays": 1000, "video_3s": 2000, "video_p75": 300, "video_p100": 100, "video_avg_seconds": 5}
    one = {"campaign": "Spring", "ad_set_id": "s1", "ad_set": "Broad", "ad_id": "a1", "ad": "Video"}
    two = one | {"ad_id": "a2", "ad": "Still"}
    told_of = {"status": "ACTIVE", "objective": "SALES", "daily_budget": 50}
    lab.ad_spend(
        spent("2026-06-08", "c1", 100, impressions=10_000, clicks=200, reach=5_000, **one, **video, **told_of),
        spent("2026-06-09", "c1", 50, impressions=5_000, clicks=50, reach=4_000, **two),
        spent("2026-06-10", "c1", 20, campaign="Spring"),
        spent(
            "2026-06-08", "c9", 24, currency="EUR", platform="google", campaign="Brand", impressions=1_000, clicks=100
        ),
        spent("2026-06-02", "c1", 80, impressions=8_000, clicks=100, reach=4_000, **one),
    )


def _engagement(lab: Lab) -> None:
    def at(second: int, kind: str, path: str = "/a", **payload: Any) -> Row:
        return page("e1", "2026-03-02", "10:00", path) | {
            "event_time": f"2026-03-02T10:00:{second:02}Z",
            "event_type": kind,
            "payload": payload,
        }

    lab.events(
        at(0, "page_view"),
        at(5, "scroll", scroll_percent=40),
        at(6, "rage_click"),
        at(7, "dead_click"),
        at(8, "form_start"),
        at(9, "form_start"),
        at(10, "form_submitted"),
        at(11, "video_progress", video_percent=50),
        at(12, "video_progress", video_percent=100),
        at(13, "web_vitals", metric="LCP", value_ms=2_000),
        at(20, "page_view", path="/b"),
        at(25, "scroll", path="/b", scroll_percent=80),
        at(26, "js_error", path="/b"),
        at(27, "web_vitals", path="/b", metric="LCP", value_ms=5_000),
    )


def _quality(lab: Lab) -> None:
    """Three leads: all three tags, a click id only, nothing."""
    for visitor, tags in (("q1", "?utm_source=a&utm_medium=email&utm_campaign=b"), ("q2", "?gclid=1"), ("q3", "")):
        lab.events(
            page(visitor, "2026-03-10", "10:00", f"/{tags}"),
            page(visitor, "2026-03-10", "10:01", "/") | {"event_type": "lead_submitted"},
        )


def _people(lab: Lab) -> None:
    """30 people, 25 by Email and 5 by Affiliate; every payment at the same instant."""
    lab.touches(
        *(
            {"email": f"i{i}@y.example", "time": "2025-11-01T00:00:00Z", "channel": "Email" if i < 25 else "Affiliate"}
            for i in range(30)
        )
    )
    lab.conversions(
        *(
            told(f"i{i}", f"i{i}@y.example", "2025-11-02T00:00:00Z", value_amount=10 + i, currency="USD")
            for i in range(30)
        )
    )


def _fatigue(lab: Lab) -> None:
    def ad(day: str, name: str, impressions: int, clicks: int, spend: float, reach: int) -> Row:
        return spent(day, "f", spend, impressions=impressions, clicks=clicks, reach=reach) | {
            "ad_set_id": "fs",
            "ad_id": name,
            "ad": name,
        }

    before, after = "2025-09-03", "2025-09-10"
    lab.ad_spend(
        ad(before, "edge", 1_000, 35, 10, 500),
        ad(after, "edge", 1_000, 28, 12, 250),  # CTR -20 %, CPM +20 %, frequency 2 -> 4
        ad(before, "inside", 1_500, 35, 10, 1_000),
        ad(after, "inside", 1_500, 29, 11.99, 500),  # CTR -17 %, CPM +19.9 %, frequency exactly 3
        ad(before, "third", 3_000, 10, 10, 3_000),
        ad(after, "third", 3_000, 8, 10, 3_000),  # CTR -20 % of a figure that no decimal holds
        ad(before, "steady", 2_000, 10, 10, 500),
        ad(after, "steady", 2_000, 10, 10, 500),  # frequency 4, not rising
        ad(before, "small", 999, 50, 10, 500),
        ad(after, "small", 5_000, 5, 100, 500),
        ad(after, "new", 5_000, 5, 100, 500),
    )


MONDAYS = [10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 10, 12, 100]
TUESDAYS = [10] * 12 + [50]


def _anomalies(lab: Lab) -> None:
    first = date(2025, 3, 10).toordinal()
    lab.ad_spend(
        *(
            spent(date.fromordinal(first + 7 * week + weekday).isoformat(), "n", amount, platform="tiktok")
            for weekday, amounts in enumerate((MONDAYS, TUESDAYS))
            for week, amount in enumerate(amounts)
        )
    )


def fill(lab: Lab) -> None:
    """Import all of it."""
    for part in (_june, _engagement, _quality, _people, _fatigue, _anomalies):
        part(lab)
    lab.load(
        "keywords",
        [
            {
                "date": day,
                "site": "shop.example",
                "keyword": keyword,
                "impressions": impressions,
                "clicks": clicks,
                "position": position,
                "as_of": f"{as_of}T00:00:00Z",
            }
            for day, keyword, impressions, clicks, position, as_of in (
                ("2026-06-08", "shoes", 100, 10, 2.0, "2026-06-09"),
                ("2026-06-09", "shoes", 300, 30, 4.0, "2026-06-10"),
                ("2026-06-09", "shoes", 1, 1, 1.0, "2026-06-09"),  # an earlier version
                ("2026-06-09", "50% off", 50, 0, 9.0, "2026-06-10"),
            )
        ],
    )
