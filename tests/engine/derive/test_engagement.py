"""Engaged seconds and the engagement score of a visit (E5), computed by hand.

Score = 35 scroll depth + 35 engaged time (full at 120 s) + 15 interaction + 15 form submitted - 20 frustration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Lab

Event = dict[str, Any]


def view(second: float, path: str = "/", **more: Any) -> Event:
    return hit(second, "page_view", path, **more)


def hit(second: float, event_type: str, path: str = "/", **payload: Any) -> Event:
    minute, rest = divmod(second, 60)
    return {
        "event_type": event_type,
        "event_time": f"2026-05-04T10:{int(minute):02}:{rest:09.6f}Z",
        "url": "https://shop.example" + path,
        "payload": payload or None,
    }


#: name: (events, engaged seconds, score)
CASES: dict[str, tuple[list[Event], float, float]] = {
    "one page view and nothing else": ([view(0)], 0, 0),
    # -- time
    "last minus first event": ([view(0), hit(60, "scroll")], 60, 17.5),
    "to the microsecond": ([view(0), hit(0.000012, "scroll")], 0.000012, 35 * 0.000012 / 120),
    "full at 120 seconds": ([view(0), hit(120, "scroll")], 120, 35),
    "and not more": ([view(0), hit(600, "scroll")], 600, 35),
    "counts from before the first page view": ([hit(0, "scroll"), view(60)], 60, 17.5),
    "gaps of up to the timeout": ([view(0), hit(1800, "scroll"), hit(3599, "scroll")], 3599, 35),
    # -- the tracker's figure, once it sends one
    "tracker says less": ([view(0), hit(600, "heartbeat", engaged_seconds=30)], 30, 8.75),
    "tracker says more": ([view(0), hit(10, "heartbeat", engaged_seconds=60)], 60, 17.5),
    "tracker says nothing at all": ([view(0), hit(600, "heartbeat", engaged_seconds=0)], 0, 0),
    "tracker counts up on a page": (
        [view(0), hit(10, "heartbeat", engaged_seconds=10), hit(40, "heartbeat", engaged_seconds=30)], 30, 8.75),
    "pages are added up": (
        [view(0), hit(40, "beat", engaged_seconds=30), view(41, "/b"), hit(90, "beat", "/b", engaged_seconds=42)],
        72, 21 + 15),
    "one page with and without its query": (
        [view(0), hit(10, "heartbeat", "/?a=1", engaged_seconds=10), hit(20, "heartbeat", "/?a=2", engaged_seconds=18)],
        18, 5.25),
    "on the page view itself": ([view(0, engaged_seconds=12)], 12, 3.5),
    "a figure that is none": ([view(0), hit(60, "heartbeat", engaged_seconds="long")], 60, 17.5),
    "a negative figure": ([view(0), hit(60, "heartbeat", engaged_seconds=-5)], 0, 0),
    "another signal does not replace time": ([view(0), hit(60, "scroll", scroll_percent=20)], 60, 7 + 17.5),
    "nor does a form": ([view(0), hit(60, "form_submitted")], 60, 17.5 + 15),
    # -- scroll
    "scroll depth": ([view(0), hit(0, "scroll", scroll_percent=40)], 0, 14),
    "deepest scroll": ([view(0), hit(0, "scroll", scroll_percent=80), hit(0, "scroll", scroll_percent=20)], 0, 28),
    "deepest page": ([view(0, scroll_percent=10), view(0, "/b", scroll_percent=60)], 0, 21 + 15),
    "scroll beyond the end": ([view(0), hit(0, "scroll", scroll_percent=130)], 0, 35),
    "scroll before the start": ([view(0), hit(0, "scroll", scroll_percent=-10)], 0, 0),
    "scroll as text": ([view(0), hit(0, "scroll", scroll_percent="40")], 0, 14),
    # -- interaction, once
    "second page": ([view(0), view(0, "/b")], 0, 15),
    "CTA seen": ([view(0), hit(0, "cta_view")], 0, 15),
    "half of a video": ([view(0), hit(0, "video", video_percent=50)], 0, 15),
    "not quite half of a video": ([view(0), hit(0, "video", video_percent=49.9)], 0, 0),
    "all of them": ([view(0), view(0, "/b"), hit(0, "cta_view"), hit(0, "video", video_percent=90)], 0, 15),
    # -- form, once
    "form": ([view(0), hit(0, "form_submitted")], 0, 15),
    "lead": ([view(0), hit(0, "lead_submitted")], 0, 15),
    "both": ([view(0), hit(0, "form_submitted"), hit(0, "lead_submitted")], 0, 15),
    # -- frustration, once, and clamping
    "rage click": ([view(0), hit(120, "rage_click")], 120, 15),
    "dead click": ([view(0), hit(120, "dead_click")], 120, 15),
    "script error": ([view(0), hit(120, "js_error")], 120, 15),
    "all frustrations": ([view(0), hit(60, "js_error"), hit(120, "rage_click"), hit(120, "dead_click")], 120, 15),
    "never below 0": ([view(0), hit(12, "rage_click")], 12, 0),
    "everything is 100": (
        [view(0), view(60, "/b"), hit(120, "form_submitted", "/b", scroll_percent=100)], 120, 100),
    "everything and frustration": (
        [view(0), view(60, "/b"), hit(120, "form_submitted", "/b", scroll_percent=100), hit(120, "js_error")], 120, 80),
    "never above 100": (
        [view(0), view(60, "/b"), hit(130, "form_submitted", "/b", scroll_percent=400)], 130, 100),
}  # fmt: skip


def test_e5_engagement_by_hand(lab: Lab) -> None:
    lab.events(*({"anonymous_id": name, **event} for name, (events, _, _) in CASES.items() for event in events))
    lab.rebuild()
    found = {
        name: (seconds, score)
        for name, seconds, score in lab.rows("select anonymous_id, engaged_seconds, engagement from visits")
    }
    assert found == {
        name: (pytest.approx(seconds), pytest.approx(score)) for name, (_, seconds, score) in CASES.items()
    }


def test_e5_each_visit_has_its_own_score(lab: Lab) -> None:
    """What happens in one visit of a device, or outside of any, says nothing about another."""
    first = [view(0), hit(30, "form_submitted")]
    second = [
        {**event, "event_time": event["event_time"].replace("T10", "T15")} for event in [view(0), hit(60, "scroll")]
    ]
    outside = {**hit(0, "cta_view"), "event_time": "2026-05-04T12:00:00Z"}
    lab.events(*({"anonymous_id": "a", **event} for event in [*first, outside, *second]))
    lab.rebuild()
    assert lab.rows("select engaged_seconds, engagement from visits order by started_at") == [
        (30, pytest.approx(8.75 + 15)),
        (60, pytest.approx(17.5)),
    ]


def test_e5_a_touch_carries_the_score_of_its_visit(lab: Lab) -> None:
    lab.events({"anonymous_id": "a", **view(0)}, {"anonymous_id": "a", **hit(60, "scroll")})
    lab.rebuild()
    assert lab.rows("select engagement from touches") == [(pytest.approx(17.5),)]


def test_weights_are_the_profiles(lab: Lab):
    """20 x half the page + 50 x 30 of 60 seconds + 5 for the second page + 10 for the form - 1 for the error."""
    lab.change(
        engagement_scroll=20,
        engagement_time=50,
        engagement_seconds=60,
        engagement_interaction=5,
        engagement_form=10,
        engagement_frustration=1,
    )
    lab.events(
        *(
            {"anonymous_id": "a", **event}
            for event in (
                view(0),
                hit(1, "scroll", scroll_percent=50),
                view(2, "/b"),
                hit(20, "form_submitted"),
                hit(30, "js_error"),
            )
        )
    )
    lab.rebuild()
    assert lab.value("select engagement from visits") == pytest.approx(10 + 25 + 5 + 10 - 1)
