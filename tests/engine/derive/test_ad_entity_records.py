"""What providers tell of ads besides their spend (A6)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Lab

SPEND = {
    "date": "2026-05-01",
    "platform": "facebook",
    "account": "1",
    "campaign_id": "c1",
    "campaign": "Old name",
    "ad_set_id": "s1",
    "ad_id": "a1",
    "ad": "Ad one",
    "spend": 10,
    "currency": "USD",
    "status": "ACTIVE",
}
COMMON = {"platform": "meta", "account": "1", "as_of": "2026-06-01T00:00:00Z"}


def test_the_latest_word_counts_and_creatives_stand_beside(lab: Lab) -> None:
    lab.ad_spend(SPEND)
    lab.load(
        "ad-entities",
        [
            {**COMMON, "level": "campaign", "entity_id": "c1", "name": "New name", "status": "PAUSED"},
            {
                **COMMON,
                "level": "ad",
                "entity_id": "a1",
                "campaign_id": "c1",
                "ad_set_id": "s1",
                "name": "Ad one",
                "headline": "<b>Half price</b>",
                "body": "Today",
                "creative_kind": "video",
                "daily_budget": 5,
            },
            {**COMMON, "level": "ad", "entity_id": "a2", "campaign_id": "c1", "ad_set_id": "s1", "name": "Never shown"},
            {**COMMON, "level": "ad", "entity_id": "a3", "name": "Of no campaign"},
        ],
    )
    lab.rebuild()
    found = {
        (level, entity): told
        for level, entity, *told in lab.rows(
            """select level, entity_id, name, status, headline, creative_kind, first_on, last_on from ad_entities"""
        )
    }
    assert found["campaign", "c1"][:2] == ["New name", "PAUSED"]
    assert found["ad", "a1"] == ["Ad one", "ACTIVE", "<b>Half price</b>", "video", date(2026, 5, 1), date(2026, 5, 1)]
    assert found["ad", "a2"][0] == "Never shown"
    assert ("ad", "a3") not in found
    assert lab.value("select sum(spend)::double from ad_daily") == 10


def test_a_touch_under_an_old_or_a_new_name_is_the_campaigns(lab: Lab) -> None:
    lab.ad_spend(SPEND)
    lab.load("ad-entities", [{**COMMON, "level": "campaign", "entity_id": "c1", "name": "New name"}])
    for number, name in enumerate(("Old name", "New name")):
        lab.touches(
            {
                "anonymous_id": f"d{number}",
                "time": "2026-05-01T10:00:00Z",
                "source": "facebook",
                "medium": "paid_social",
                "campaign": name,
            }
        )
    lab.rebuild()
    assert lab.rows("select distinct campaign_id from touches") == [("c1",)]
