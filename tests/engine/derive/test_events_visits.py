"""Events, visitors and visits (E1-E3, E7) and the local day of a visit (T1), computed by hand.

Most tests put many small cases into one workspace, each with a visitor of its own, and compare all of them at once.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import polars as pl

    from tests.conftest import Lab

Event = dict[str, Any]

SITE = "https://shop.example"
GOOGLE = "https://www.google.com/"
FACEBOOK = "https://l.facebook.com/l.php?u=x"


def at(clock: str, day: str = "2026-05-04") -> str:
    return f"{day}T{clock}Z"


def view(clock: str, path: str = "/", **more: Any) -> Event:
    """A page view on the fourth of May."""
    return {"event_type": "page_view", "event_time": at(clock), "url": SITE + path, **more}


def hit(clock: str, event_type: str = "scroll", **more: Any) -> Event:
    """Anything else a tracker sends."""
    return {"event_type": event_type, "event_time": at(clock), "url": SITE + "/", **more}


def load(lab: Lab, cases: Mapping[str, Sequence[Event]]) -> None:
    """Import each case as the events of a visitor of that name."""
    lab.events(*({"anonymous_id": name, **event} for name, events in cases.items() for event in events))
    lab.rebuild()


def visits(lab: Lab, names: Sequence[str] | Mapping[str, object]) -> dict[str, list[tuple[str, str, int]]]:
    """Per visitor: start, end (clock times) and page views of each visit."""
    found: dict[str, list[tuple[str, str, int]]] = {name: [] for name in names}
    for name, start, end, pageviews in lab.rows(
        "select anonymous_id, started_at, ended_at, pageviews from visits order by started_at, ended_at"
    ):
        found[name].append((clock(start), clock(end), pageviews))
    return found


def clock(moment: datetime) -> str:
    """Only as fine as needed: 10:00, 10:00:01 or 10:00:00.000001."""
    if moment.microsecond:
        return moment.time().isoformat()
    return moment.strftime("%H:%M:%S") if moment.second else moment.strftime("%H:%M")


def test_e2_a_pause_longer_than_the_timeout_splits(lab: Lab) -> None:
    cases = {
        "exactly the timeout": [view("10:00:00"), view("10:30:00")],
        "a microsecond more": [view("10:00:00"), view("10:30:00.000001")],
        "kept alive by other events": [view("10:00:00"), hit("10:20:00"), view("10:40:00")],
        "the pause counts from the last event": [view("10:00:00"), hit("10:20:00"), view("10:50:00.000001")],
        "tracker session, short pause": [view("10:00:00", session_id="s"), view("10:30:00", session_id="s")],
        "tracker session split by a pause": [view("10:00:00", session_id="s"), view("11:00:00", session_id="s")],
        "two tracker sessions in a row": [view("10:00:00", session_id="s"), view("10:01:00", session_id="t")],
        "two tracker sessions interleaved": [
            view("10:00:00", session_id="s"),
            view("10:01:00", session_id="t"),
            view("10:02:00", session_id="s"),
            view("10:03:00", session_id="t"),
        ],
        "interleaved sessions do not keep each other alive": [
            view("10:00:00", session_id="s"),
            view("10:20:00", session_id="t"),
            view("10:40:00", session_id="s"),
        ],
        "device one": [view("10:00:00", email="both@shop.example"), view("10:10:00")],
        "device two": [view("10:05:00", email="both@shop.example"), view("10:15:00")],
    }
    load(lab, cases)
    assert visits(lab, cases) == {
        "exactly the timeout": [("10:00", "10:30", 2)],
        "a microsecond more": [("10:00", "10:00", 1), ("10:30:00.000001", "10:30:00.000001", 1)],
        "kept alive by other events": [("10:00", "10:40", 2)],
        "the pause counts from the last event": [("10:00", "10:20", 1), ("10:50:00.000001", "10:50:00.000001", 1)],
        "tracker session, short pause": [("10:00", "10:30", 2)],
        "tracker session split by a pause": [("10:00", "10:00", 1), ("11:00", "11:00", 1)],
        "two tracker sessions in a row": [("10:00", "10:00", 1), ("10:01", "10:01", 1)],
        "two tracker sessions interleaved": [("10:00", "10:02", 2), ("10:01", "10:03", 2)],
        "interleaved sessions do not keep each other alive": [
            ("10:00", "10:00", 1),
            ("10:20", "10:20", 1),
            ("10:40", "10:40", 1),
        ],
        "device one": [("10:00", "10:10", 2)],
        "device two": [("10:05", "10:15", 2)],
    }


def test_e2_the_timeout_is_a_setting_of_1_to_120_minutes(lab: Lab) -> None:
    cases = {
        "one minute": [view("10:00:00"), view("10:01:00")],
        "a little more than one": [view("10:00:00"), view("10:01:00.000001")],
        "two hours": [view("10:00:00"), view("12:00:00")],
        "a little more than two hours": [view("10:00:00"), view("12:00:00.000001")],
    }

    def counts() -> dict[str, int]:
        return {name: len(found) for name, found in visits(lab, cases).items()}

    lab.change(session_timeout_minutes=1)
    load(lab, cases)
    assert counts() == dict(zip(cases, (1, 2, 2, 2), strict=True))
    lab.change(session_timeout_minutes=120)
    lab.rebuild()
    assert counts() == dict(zip(cases, (1, 1, 1, 2), strict=True))


SOURCE_CHANGES: dict[str, tuple[list[Event], int]] = {
    "new tags": ([view("10:00:00"), view("10:01:00", "/?utm_source=mail&utm_medium=email")], 2),
    "other campaign": ([view("10:00:00", "/?utm_campaign=a"), view("10:01:00", "/?utm_campaign=b")], 2),
    "other ad of the campaign": (
        [view("10:00:00", "/?utm_campaign=a&utm_content=x"), view("10:01:00", "/?utm_campaign=a&utm_content=y")],
        2,
    ),
    "other platform ids": (
        [view("10:00:00", "/?utm_source=g&hsa_cam=1"), view("10:01:00", "/?utm_source=g&hsa_cam=2")],
        2,
    ),
    "new click id": ([view("10:00:00"), view("10:01:00", "/?gclid=x")], 2),
    "click id of another platform": ([view("10:00:00", "/?fbclid=x"), view("10:01:00", "/?gclid=x")], 2),
    "click id beside the same tags": (
        [view("10:00:00", "/?utm_source=fb"), view("10:01:00", "/?utm_source=fb&fbclid=x")],
        2,
    ),
    "external referrer": ([view("10:00:00"), view("10:01:00", referrer=GOOGLE)], 2),
    "other external referrer": ([view("10:00:00", referrer=GOOGLE), view("10:01:00", referrer=FACEBOOK)], 2),
    "tags, then another site": ([view("10:00:00", "/?utm_source=mail"), view("10:01:00", referrer=GOOGLE)], 2),
    "in a tracker session": ([view("10:00:00", session_id="s"), view("10:01:00", "/?gclid=x", session_id="s")], 2),
    "back to the first source": (
        [view("10:00:00", referrer=GOOGLE), view("10:01:00", referrer=FACEBOOK), view("10:02:00", referrer=GOOGLE)],
        3,
    ),
    "mail, ad, the same mail again": (
        [
            view("10:00:00", "/?utm_source=mail"),
            view("10:01:00", "/?utm_source=mail&fbclid=x"),
            view("10:02:00", "/?gclid=x"),
            view("10:03:00", "/?utm_source=mail"),
        ],
        4,
    ),
    "the same tags again": ([view("10:00:00", "/?utm_source=mail"), view("10:01:00", "/?utm_source=mail")], 1),
    "the same tags in capitals": ([view("10:00:00", "/?utm_source=mail"), view("10:01:00", "/?utm_source=MAIL")], 1),
    "a second click on the same source": ([view("10:00:00", "/?gclid=x"), view("10:01:00", "/?gclid=y")], 1),
    "tags kept by the tracker, click id only on the landing page": (
        [view("10:00:00", "/?utm_source=fb&fbclid=x"), view("10:01:00", "/b", utm_source="fb")],
        1,
    ),
    "click id kept by the tracker, tags only on the landing page": (
        [view("10:00:00", "/?utm_source=fb&fbclid=x"), view("10:01:00", "/b", fbclid="x")],
        1,
    ),
    "another page of the same search engine": (
        [view("10:00:00", referrer=GOOGLE), view("10:01:00", referrer="https://www.google.com/search?q=x")],
        1,
    ),
    "a page that reports the first referrer again and again": (
        [
            view("10:00:00", "/?fbclid=x", referrer=FACEBOOK),
            view("10:01:00", "/b", referrer=FACEBOOK),
            view("10:02:00", "/?fbclid=x", referrer=FACEBOOK),
        ],
        1,
    ),
    "really back from the search engine after the ad": (
        [
            view("10:00:00", "/?gclid=x", referrer=GOOGLE),
            view("10:01:00", "/b", referrer=SITE + "/"),
            view("10:02:00", referrer=GOOGLE),
        ],
        2,
    ),
    "Direct return": ([view("10:00:00", referrer=GOOGLE), view("10:01:00")], 1),
    "own domain": ([view("10:00:00", referrer=GOOGLE), view("10:01:00", referrer=SITE + "/a")], 1),
    "own domain with www": ([view("10:00:00"), view("10:01:00", referrer="https://www.shop.example/")], 1),
    "own subdomain": ([view("10:00:00"), view("10:01:00", referrer="https://pay.eu.shop.example/")], 1),
    "own domain in capitals": ([view("10:00:00"), view("10:01:00", referrer="HTTPS://WWW.Shop.Example/A")], 1),
    "own domain with a port": ([view("10:00:00"), view("10:01:00", referrer="https://shop.example:8443/")], 1),
    "page's own registrable domain, not set as own": (
        [view("10:00:00", url="https://www.other.co.uk/"), view("10:01:00", url="https://other.co.uk/b", referrer="https://www.other.co.uk/")],
        1,
    ),
    "payment page": ([view("10:00:00", "/?gclid=x"), view("10:01:00", referrer="https://checkout.stripe.com/c/x")], 1),
    "PayPal": ([view("10:00:00", referrer=GOOGLE), view("10:01:00", referrer="https://www.paypal.com/")], 1),
    "Mercado Pago": ([view("10:00:00"), view("10:01:00", referrer="https://www.mercadopago.com.ar/checkout")], 1),
    "no web site": ([view("10:00:00"), view("10:01:00", referrer="about:blank"), view("10:02:00", referrer="-")], 1),
    "events with tags are no arrivals": ([view("10:00:00"), hit("10:01:00", utm_source="mail"), view("10:02:00")], 1),
    "a source on the first page view after other events": ([hit("10:00:00"), view("10:01:00", "/?gclid=x")], 1),
}  # fmt: skip


def test_e2_a_change_of_source_splits(lab: Lab) -> None:
    cases = {name: events for name, (events, _) in SOURCE_CHANGES.items()}
    load(lab, cases)
    assert {name: len(found) for name, found in visits(lab, cases).items()} == {
        name: expected for name, (_, expected) in SOURCE_CHANGES.items()
    }
    lab.change(split_on_source=False)
    lab.rebuild()
    assert {name: len(found) for name, found in visits(lab, cases).items()} == dict.fromkeys(cases, 1)


def test_e2_a_split_by_source_gives_each_part_its_own_channel_and_pages(lab: Lab) -> None:
    load(
        lab,
        {
            "a": [
                view("10:00:00", "/", referrer=GOOGLE),
                hit("10:01:00"),
                view("10:02:00", "/b", referrer=SITE + "/"),
                view("10:03:00", "/ad?gclid=x"),
                hit("10:04:00"),
                view("10:05:00", "/thanks", referrer="https://checkout.stripe.com/"),
            ]
        },
    )
    assert lab.rows(
        "select channel, entry_page, exit_page, pageviews, is_bounce, started_at::time::varchar,"
        " ended_at::time::varchar from visits order by started_at"
    ) == [
        ("Organic Search", "/", "/b", 2, False, "10:00:00", "10:02:00"),
        ("Paid Search", "/ad", "/thanks", 2, False, "10:03:00", "10:05:00"),
    ]
    assert lab.rows("select visit_id, count(*) from events group by 1 order by min(occurred_at)") == [
        (visit, 3) for (visit,) in lab.rows("select visit_id from visits order by started_at")
    ]


def test_e2_a_visit_needs_a_page_view_and_e3_bounce(lab: Lab) -> None:
    cases = {
        "no page view": [hit("10:00:00"), hit("10:01:00", "form_submitted")],
        "events before the first page view": [hit("10:00:00"), view("10:10:00", "/a")],
        "events long before it": [hit("09:00:00"), view("10:00:00", "/a")],
        "one page view": [view("10:00:00", "/a"), hit("10:05:00"), hit("10:10:00", "lead_submitted")],
        "the same page twice": [view("10:00:00", "/a"), view("10:05:00", "/a")],
        "three pages": [view("10:00:00", "/a"), view("10:01:00", "/b"), view("10:02:00", "/c"), hit("10:03:00")],
    }
    load(lab, cases)
    assert visits(lab, cases) == {
        "no page view": [],
        "events before the first page view": [("10:00", "10:10", 1)],
        "events long before it": [("10:00", "10:00", 1)],
        "one page view": [("10:00", "10:10", 1)],
        "the same page twice": [("10:00", "10:05", 2)],
        "three pages": [("10:00", "10:03", 3)],
    }
    assert lab.rows("select anonymous_id, is_bounce, entry_page, exit_page from visits order by 1") == [
        ("events before the first page view", True, "/a", "/a"),
        ("events long before it", True, "/a", "/a"),
        ("one page view", True, "/a", "/a"),
        ("the same page twice", False, "/a", "/a"),
        ("three pages", False, "/a", "/c"),
    ]
    assert lab.rows(
        "select r.anonymous_id, count(e.visit_id), count(*) from events e"
        " join raw_events r on r.record_key = e.event_key group by 1 order by 1"
    ) == [
        ("events before the first page view", 2, 2),
        ("events long before it", 1, 2),
        ("no page view", 0, 2),
        ("one page view", 3, 3),
        ("the same page twice", 2, 2),
        ("three pages", 4, 4),
    ]


def test_e1_a_visitor_is_a_device_with_a_page_view(lab: Lab) -> None:
    """Two devices of one person are two visitors; who has no page view is none."""
    load(
        lab,
        {
            "phone": [view("10:00:00", email="ann@shop.example"), view("18:00:00")],
            "laptop": [view("12:00:00", email="ann@shop.example")],
            "no page": [hit("12:00:00")],
        },
    )
    assert lab.rows("select count(*), count(distinct anonymous_id), count(distinct person_id) from visits") == [
        (3, 2, 1)
    ]


def test_e1_server_side_events_and_synthetic_touches_change_no_traffic(lab: Lab) -> None:
    web = {
        "a": [view("10:00:00"), view("10:20:00")],
        "b": [view("10:00:00"), view("10:40:00")],
        "c": [view("10:00:00", email="c@shop.example")],
    }
    load(lab, web)
    traffic = "select * exclude (person_id) from visits order by visit_id"
    before = lab.rows(traffic)
    assert len(before) == 4
    kinds = ("payment_received", "refund", "order_placed", "lead_created", "closed_won", "showed", "contact_reply")
    lab.events(
        # between two visits, after one, and on a device never seen
        *(
            {"anonymous_id": "b", "event_time": at("10:20:00"), "event_type": kind, "session_id": None}
            for kind in kinds
        ),
        {"anonymous_id": "a", "event_time": at("10:45:00"), "event_type": "payment_received"},
        {"anonymous_id": "never seen", "event_time": at("10:45:00"), "event_type": "payment_received"},
        # page views without a device, and payments told by somebody's address alone
        {"email": "x@shop.example", "event_time": at("10:45:00"), "event_type": "page_view"},
        {"email": "c@shop.example", "event_time": at("10:10:00"), "event_type": "payment_received", "value_amount": 5},
    )
    lab.conversions(
        {"conversion_id": "1", "email": "new@shop.example", "time": at("12:00:00"), "event_type": "lead_created",
         "campaign_id": "7", "utm_source": "facebook"},
        {"conversion_id": "2", "anonymous_id": "a", "time": at("10:25:00"), "event_type": "payment_received"},
    )  # fmt: skip
    lab.touches({"email": "t@shop.example", "time": at("10:00:00"), "channel": "Email", "kind": "synthetic"})
    lab.rebuild()
    assert lab.rows(traffic) == before
    assert lab.value("select count(*) from touches where kind = 'synthetic'") == 2
    assert lab.value("select count(*) from touches where kind = 'visit'") == 4


def test_e2_ties_in_time(lab: Lab) -> None:
    """At one instant page views come before other events, and those that name a source before the others."""
    cases = {
        "landing page and next page in one second": [view("10:00:00", f"/{n}") for n in range(6)]
        + [view("10:00:00", "/ad?gclid=x")],
        "event with the page view that starts a visit": [
            view("10:00:00", "/a"),
            *(hit("10:05:00", f"event_{n}") for n in range(6)),
            view("10:05:00", "/ad?gclid=x"),
        ],
    }
    load(lab, cases)
    assert visits(lab, cases) == {
        "landing page and next page in one second": [("10:00", "10:00", 7)],
        "event with the page view that starts a visit": [("10:00", "10:00", 1), ("10:05", "10:05", 1)],
    }
    assert lab.rows(
        "select v.entry_page, v.channel, count(*) from visits v join events e using (visit_id)"
        " group by v.visit_id, v.entry_page, v.channel order by all"
    ) == [("/a", "Direct", 1), ("/ad", "Paid Search", 7), ("/ad", "Paid Search", 7)]


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        (
            "Europe/Madrid",  # UTC+1, UTC+2 from 29 March 2026 01:00 UTC to 25 October 2026 01:00 UTC
            {
                "2026-03-28T22:59:59.999999Z": date(2026, 3, 28),
                "2026-03-28T23:00:00Z": date(2026, 3, 29),
                "2026-03-29T21:59:59.999999Z": date(2026, 3, 29),  # a day of 23 hours
                "2026-03-29T22:00:00Z": date(2026, 3, 30),
                "2026-10-24T21:59:59.999999Z": date(2026, 10, 24),
                "2026-10-24T22:00:00Z": date(2026, 10, 25),
                "2026-10-25T22:59:59.999999Z": date(2026, 10, 25),  # a day of 25 hours
                "2026-10-25T23:00:00Z": date(2026, 10, 26),
                "2026-06-01T00:00:00+02:00": date(2026, 6, 1),
                "2026-05-31T23:59:59+02:00": date(2026, 5, 31),
                "2025-12-31T23:00:00Z": date(2026, 1, 1),
            },
        ),
        (
            "America/New_York",  # UTC-5, UTC-4 from 8 March 2026 07:00 UTC to 1 November 2026 06:00 UTC
            {
                "2026-03-08T04:59:59.999999Z": date(2026, 3, 7),
                "2026-03-08T05:00:00Z": date(2026, 3, 8),
                "2026-03-09T03:59:59.999999Z": date(2026, 3, 8),
                "2026-03-09T04:00:00Z": date(2026, 3, 9),
                "2026-11-01T03:59:59.999999Z": date(2026, 10, 31),
                "2026-11-01T04:00:00Z": date(2026, 11, 1),
                "2026-11-02T04:59:59.999999Z": date(2026, 11, 1),
                "2026-11-02T05:00:00Z": date(2026, 11, 2),
            },
        ),
    ],
)
def test_t1_a_visit_has_the_local_day_of_its_start(
    make_lab: Callable[..., Lab], zone: str, days: dict[str, date]
) -> None:
    lab = make_lab(timezone=zone)
    lab.events(*({"event_type": "page_view", "event_time": time, "anonymous_id": time} for time in days))
    lab.rebuild()
    assert dict(lab.rows("select anonymous_id, started_on from visits")) == days


def test_t1_a_visit_over_midnight_is_booked_on_its_start_day(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(timezone="Europe/Madrid")
    load(lab, {"a": [view("21:50:00"), view("22:10:00", "/b"), view("22:30:00", "/c")]})
    assert lab.rows("select started_on, pageviews from visits") == [(date(2026, 5, 4), 3)]


def test_e7_an_event_told_twice_counts_once_whatever_came_first(make_lab: Callable[..., Lab]) -> None:
    """Of two contents of one event the fuller counts; an absent value is no content."""
    pairs: dict[str, tuple[Event, Event]] = {
        "more fields": ({"url": SITE + "/a"}, {"url": SITE + "/a", "country": "ES", "device": "tv"}),
        "a short value against none": ({"url": SITE + "/a", "country": "A"}, {"url": SITE + "/a"}),
        "other values": ({"url": SITE + "/a", "country": "ES"}, {"url": SITE + "/b", "country": "FR"}),
        "more payload": (
            {"url": SITE, "payload": {"n": 1}},
            {"url": SITE, "payload": {"n": 1, "m": None, "k": "long"}},
        ),
        "another time": ({"event_time": at("10:00:00")}, {"event_time": at("10:00:00.123456")}),
    }
    rows = [
        tuple(
            {"event_id": name, "anonymous_id": name, "event_time": at("10:00:00"), "event_type": "page_view", **content}
            for content in contents
        )
        for name, contents in pairs.items()
    ]
    results = []
    for order in ((0, 1), (1, 0)):
        one_file, two_files = make_lab(), make_lab()
        one_file.events(*(row[side] for side in order for row in rows))
        for side in order:
            two_files.events(*(row[side] for row in rows))
        for lab in (one_file, two_files):
            lab.rebuild()
            results.append((lab.rows("from visits order by visit_id"), lab.rows("from events order by event_key")))
    assert results[1:] == results[:1] * 3
    winners = {
        name: (country, device, page)
        for name, country, device, page in lab.rows("select anonymous_id, country, device, entry_page from visits")
    }
    assert len(results[0][1]) == len(pairs)
    assert winners["more fields"] == ("ES", "tv", "/a")
    assert winners["a short value against none"] == ("A", None, "/a")


def test_e7_without_an_event_id_an_event_is_known_by_what_it_says(lab: Lab) -> None:
    base = {"anonymous_id": "a", "event_time": at("10:00:00"), "event_type": "page_view", "url": SITE + "/a"}
    others: list[Event] = [
        {**base, "anonymous_id": "b"},
        {**base, "event_time": at("10:00:00.000001")},
        {**base, "event_type": "scroll"},
        {**base, "url": SITE + "/b"},
        {**base, "payload": {"n": 1}},
    ]
    result = lab.events(base, base, *others)
    assert (result.new, result.duplicate) == (6, 1)
    assert lab.events(base, *others).new == 0
    # fields that are no part of its identity make another version of the same event
    lab.events({**base, "country": "ES"})
    lab.rebuild()
    assert lab.value("select count(*) from events") == 6
    assert lab.value("select count(*) from visits where country = 'ES'") == 1


def test_e7_a_touch_told_twice_is_one_touch(make_lab: Callable[..., Lab]) -> None:
    base = {"email": "a@shop.example", "time": at("10:00:00"), "source": "google", "medium": "cpc"}
    found = []
    for order in ((0, 1), (1, 0)):
        lab = make_lab()
        for side in order:
            lab.touches(({**base}, {**base, "engagement": 40})[side])
        lab.rebuild()
        found.append(lab.rows("select distinct touch_id, channel, engagement from touches"))
    assert found[0] == found[1]
    assert [row[1:] for row in found[0]] == [("Paid Search", 40)]


# ---- Whatever is imported ---------------------------------------------------------------------------------------

_MINUTES = st.sampled_from([0, 0, 1, 5, 29, 30, 31, 60, 90, 600, 1440])
_ADDRESSES = st.sampled_from(["/", "/b", "/?utm_source=mail", "/?gclid=x", "/c?fbclid=x&utm_source=fb"])
_AGENTS = st.sampled_from([None, None, None, "Googlebot/2.1", "ChatGPT-User/1.0"])


@st.composite
def _events(draw: st.DrawFn) -> list[Event]:
    moment = datetime(2026, 5, 4, 21, tzinfo=UTC)
    events: list[Event] = []
    for number in range(draw(st.integers(1, 60))):
        moment += timedelta(minutes=draw(_MINUTES))
        event: Event = {
            "anonymous_id": draw(st.sampled_from("abcdefgh")),
            "session_id": draw(st.sampled_from([None, None, "s", "t"])),
            "event_time": moment.isoformat(),
            "event_type": draw(st.sampled_from(["page_view", "page_view", "scroll", "payment_received"])),
            "url": SITE + draw(_ADDRESSES),
            "referrer": draw(st.sampled_from([None, SITE, GOOGLE, FACEBOOK])),
            "user_agent": draw(_AGENTS),
            "email": draw(st.sampled_from([None, None, "a@shop.example", "b@shop.example"])),
        }
        if draw(st.booleans()):
            event["event_id"] = f"e{draw(st.integers(0, number))}"
        events.append(event)
    return events


# Each example holds many visitors, and each costs a rebuild or two: few of them go a long way.
_FEW = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _empty(lab: Lab) -> None:
    for (import_id,) in lab.rows("select import_id from imports where undone_at is null"):
        lab.workspace.undo_import(import_id)


def _derived(lab: Lab) -> tuple[pl.DataFrame, pl.DataFrame]:
    return (
        lab.frame("select * exclude (profile_id) from visits order by visit_id"),
        lab.frame("select * exclude (profile_id) from events order by event_key"),
    )


@_FEW
@given(events=_events())
def test_e2_page_views_of_people_are_in_exactly_one_visit(lab: Lab, events: list[Event]) -> None:
    _empty(lab)
    lab.events(*events)
    lab.rebuild()
    assert lab.value("select count(*) from events") == lab.value("select count(distinct event_key) from events")
    wrong = {
        "counted twice": "from events group by event_key having count(*) > 1",
        "bot in a visit": "from events where agent_kind = 'bot' and visit_id is not null",
        "page view without a visit": """from events where event_type = 'page_view' and visit_id is null
            and agent_kind is distinct from 'bot'""",
        "visit that does not exist": """from events e where visit_id is not null
            and not exists (from visits v where v.visit_id = e.visit_id)""",
        "page views that do not add up": """from visits v where pageviews <>
            (select count(*) from events e where e.visit_id = v.visit_id and event_type = 'page_view')""",
        "bounce": "from visits where is_bounce <> (pageviews = 1)",
        "overlap": """from keyed a join keyed b on a.anonymous_id = b.anonymous_id
            and a.session_id is not distinct from b.session_id and a.visit_id < b.visit_id
            and a.started_at < b.ended_at and b.started_at < a.ended_at""",
    }
    keyed = """with keyed as (
        select v.visit_id, v.started_at, v.ended_at, v.anonymous_id, r.session_id
        from visits v join events e on e.event_key = v.visit_id
        join raw_events r on r.record_key = e.event_key and r.content_hash = e.content_hash) """
    assert [name for name, sql in wrong.items() if lab.rows(f"{keyed} select 1 {sql}")] == []


@_FEW
@given(events=_events(), data=st.data())
def test_e7_order_and_number_of_imports_change_nothing(lab: Lab, events: list[Event], data: st.DataObject) -> None:
    _empty(lab)
    lab.events(*events)
    lab.rebuild()
    expected = _derived(lab)
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    again = data.draw(st.integers(0, len(events)))
    _empty(lab)
    for part in (shuffled[:cut], shuffled[again:], shuffled[cut:]):
        if part:
            lab.events(*part)
    lab.rebuild()
    found = _derived(lab)
    assert found[0].equals(expected[0])
    assert found[1].equals(expected[1])
