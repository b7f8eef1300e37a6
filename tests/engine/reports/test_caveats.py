"""What a report says of its own limits: unconverted amounts, stale connections, Unattributed, days not over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from engine.reports.blocks import Callout, Kpis
from engine.reports.composing import compose
from engine.reports.layout import Layout
from tests.engine.reports.conftest import request_for

if TYPE_CHECKING:
    from engine.reports.blocks import Block
    from engine.reports.gathering import Request
    from tests.conftest import Lab


def _blocks(lab: Lab, section: str, request: Request | None = None, **layout: object) -> list[Block]:
    chosen = replace(Layout(sections=(section,)), **layout)
    made = lab.profile.reports.create(request or request_for(), chosen)
    (found,) = compose(made.snapshot, chosen).sections
    return list(found.blocks)


def _said(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Callout)]


def test_what_is_missing_is_named(shop: Lab) -> None:
    """40 of 200.50 is Unattributed; 70 yen have no rate; one connection never synced, one is four days behind."""
    shop.conversions(
        {"conversion_id": "yen", "person": "bob", "time": "2026-06-15T10:00:00Z", "event_type": "payment_received",
         "value_amount": 70, "currency": "JPY"}
    )  # fmt: skip
    shop.rebuild()
    profile = shop.profile
    profile.connect("stripe", "Till", {})
    behind = profile.connect("meta", "Ads", {})
    shop.now = datetime(2026, 6, 27, 12, tzinfo=UTC)
    profile.end_sync(profile.begin_sync(behind, "insights"), "done")
    shop.now = datetime(2026, 7, 1, 12, tzinfo=UTC)
    said = _said(_blocks(shop, "quality"))
    assert "1 payment or refund has no exchange rate and is left out of every sum (JPY)." in said
    assert "$40 of cash (20.0%) is Unattributed: no touch is known before it." in said
    assert "Till has never synced; what it would bring is missing." in said
    assert "Ads has not synced since Jun 27, 2026, 12:00; what came after is missing." in said
    assert not any("was not over" in text for text in said)
    spanish = _said(_blocks(shop, "quality", locale="es_ES"))
    assert "40\u00a0$ de los cobros (20,0\u00a0%) quedan sin atribuir: no se conoce ningún contacto previo." in spanish


def test_a_day_that_is_not_over_is_named(shop: Lab) -> None:
    request = request_for()
    today = replace(request, selection=replace(request.selection, date_to=date(2026, 7, 1)))
    assert "Jul 1 was not over when the figures were frozen." in _said(_blocks(shop, "quality", today))
    shop.now += timedelta(days=1)
    assert not any("was not over" in text for text in _said(_blocks(shop, "quality", today)))


def test_targets_are_judged_by_what_is_better(shop: Lab) -> None:
    """ROAS is 5 and CAC 20: a higher ROAS and a lower CAC than the target reach it; spend is never judged."""
    targets = {"roas": 4.0, "cac": 15.0, "spend": 12.0}
    (kpis,) = [block for block in _blocks(shop, "kpis", targets=targets) if isinstance(block, Kpis)]
    told = {item.label: (item.target, item.is_reached) for item in kpis.items if item.target}
    assert told == {
        "Spend": ("Target $12", None),
        "ROAS": ("Target 4.00×, reached", True),
        "CAC": ("Target $20.00, missed".replace("20", "15"), False),
    }
