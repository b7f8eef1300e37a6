"""The demo is fetched through the connectors: limits and failures on the way change nothing, nobody is waited for."""

from __future__ import annotations

import itertools
from datetime import date
from typing import TYPE_CHECKING, Any

from app import demo
from app.demo import build_demo
from connectors.standins.moods import Moods
from engine import Workspace
from engine.demo import DemoPlan
from engine.task import Task

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from connectors.standins.base import Standin

PLAN = DemoPlan(people=400, days=40, until=date(2026, 6, 30), seed=5)
TABLES = ("conversions", "people", "ad_spend", "rates", "events", "ad_entities", "search_keywords")


def told(path: Path) -> dict[str, Any]:
    """What was taken in; imports are numbered in the order in which providers come first."""
    with Workspace.open(path) as opened, opened.store.read() as cursor:
        found: dict[str, Any] = {}
        for table in TABLES:
            rows = f"(select * exclude (import_id) from raw_{table}) t"
            found[table] = cursor.rows(f"select count(*), sum(hash(md5(t::varchar))::hugeint) from {rows}")
        found["objects"] = cursor.rows(
            "select object_type, count(distinct object_id) from provider_objects group by 1 order by 1"
        )
        return found


def test_limits_and_failures_on_the_way_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moods: list[Moods] = []

    class Noted(Moods):
        def __init__(self, standin: Standin, seed: str) -> None:
            super().__init__(standin, seed)
            moods.append(self)

    monkeypatch.setattr(demo, "Moods", Noted)
    build_demo(tmp_path / "moody.duckdb", PLAN, Task())
    assert sum(each.limited for each in moods) > 3
    assert sum(each.failed for each in moods) > 3
    monkeypatch.setattr(demo, "Moods", lambda standin, seed: standin)
    build_demo(tmp_path / "calm.duckdb", PLAN, Task())
    calm = told(tmp_path / "calm.duckdb")
    assert calm == told(tmp_path / "moody.duckdb")
    assert all(rows[0][0] for table, rows in calm.items() if table != "objects")
    assert {type_ for type_, _ in calm["objects"]} >= {
        *("customer", "charge", "payment_intent", "checkout.session", "contact", "opportunity", "appointment"),
        *("order", "campaign", "ad_group", "ad", "creative", "click_view", "line_item", "promoted_tweet"),
    }


def test_moods_are_the_same_at_every_run_and_never_twice_in_a_row() -> None:
    class Calm:
        def __call__(self, request: Any) -> str:
            return "fine"

        def limited(self) -> str:
            return "limited"

    def run(seed: str) -> list[str]:
        moods = Moods(Calm(), seed)  # type: ignore[arg-type]
        found: list[str] = []
        for _ in range(2_000):
            try:
                answer = moods(None)  # type: ignore[arg-type]
                found.append(answer if isinstance(answer, str) else "failed")
            except ConnectionResetError:
                found.append("reset")
        return found

    one = run("a")
    assert one == run("a")
    assert one != run("b")
    assert {*one} == {"fine", "limited", "failed", "reset"}
    assert all("fine" in pair for pair in itertools.pairwise(one))
    assert 0.01 < 1 - one.count("fine") / len(one) < 0.12
