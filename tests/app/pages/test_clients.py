"""All clients in the window: where a workspace of several begins, each row its own read, opening and switching."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.pages.clients import Clients
from engine import Workspace
from engine.profiles import ProfileSettings
from tests.app.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("clients")


SHOP = "Zapatería & <b>Co</b>"


@pytest.fixture
def agency(empty_desk: Desk, demo_file: Path) -> Desk:
    """The demo, a shop in euros with two payments, and one without records."""
    path = empty_desk.folder / "agency.duckdb"
    shutil.copy(demo_file, path)
    paid = [
        {"conversion_id": f"p{n}", "email": f"p{n}@x.example", "time": f"2026-06-1{n}T12:00:00Z"}
        | {"event_type": "payment_received", "value_amount": 100 * n, "currency": "EUR"}
        for n in (1, 2)
    ]
    with Workspace.open(path, clock=lambda: NOW) as workspace:
        shop = workspace.create_profile(ProfileSettings(SHOP, currency="EUR", timezone="Europe/Madrid"))
        shop.import_file("conversions", io.BytesIO("\n".join(map(json.dumps, paid)).encode()))
        shop.rebuild()
        failing = shop.connect("stripe", "Stripe", {})
        shop.end_sync(shop.begin_sync(failing, "payments"), "failed", {"code": "provider.login"})
        workspace.create_profile(ProfileSettings("New one"))
    empty_desk.open_workspace(path)
    empty_desk.wait(lambda: empty_desk.window.page is not None)
    return empty_desk


def rows(page: Clients) -> dict[str, dict[str, Any]]:
    return {row["profile"]: row for row in page.table.visible_frame().to_dicts()}


def test_a_workspace_of_several_begins_with_all_of_them(agency: Desk) -> None:
    page = agency.page
    assert isinstance(page, Clients)
    agency.wait(lambda: not page._waiting)  # pyright: ignore[reportPrivateUsage]
    shown = rows(page)
    assert len(shown) == 3
    shop, new = shown[SHOP], shown["New one"]
    assert (shop["cash_revenue"], shop["currency"], shop["spend"], shop["roas"]) == (300, "EUR", 0, None)
    assert sum(shop["cash_by_day"]) == 300
    assert shop["problem"] == "Last sync failed: Stripe"
    assert new["cash_revenue"] is None
    assert new["problem"].startswith("No records yet")
    sums = page.sums.text().split("\n")
    assert len(sums) == 2  # one a currency
    assert any(line.startswith("EUR, 1 client: cash 300,") for line in sums)
    page.search.setText("zapater")
    page.search.search_now()
    assert list(rows(page)) == [SHOP]
    taken = page.takeaway()
    assert taken is not None
    assert taken.frame["profile"].to_list() == [SHOP]


def test_return_opens_a_client_with_the_days_and_model_looked_at(agency: Desk) -> None:
    page = agency.page
    assert isinstance(page, Clients)
    context = agency.window.context
    assert context is not None
    context.history.set(
        context.view.with_days(context.about.today.replace(day=1), context.about.today).select(model="linear")
    )
    agency.wait(lambda: not page._waiting)  # pyright: ignore[reportPrivateUsage]
    days = context.view.selection.date_from, context.view.selection.date_to
    page.table.select_id(SHOP)
    page.table.setFocus()
    agency.qtbot.keyClick(QApplication.focusWidget() or page.table, Qt.Key.Key_Return)
    agency.wait(lambda: agency.page.key == "dashboard")
    opened = agency.window.context
    assert opened is not None
    assert opened.about.settings.currency == "EUR"
    assert (opened.view.selection.date_from, opened.view.selection.date_to) == days
    assert opened.view.selection.model == "linear"
    agency.window.bound["switch-profile"].trigger()
    popover = agency.window.header.profile.popover
    agency.qtbot.keyClicks(popover.field, "new")
    agency.qtbot.keyClick(popover.field, Qt.Key.Key_Return)
    agency.wait(lambda: bool(agency.window.context) and agency.window.context.about.settings.name == "New one")  # pyright: ignore[reportOptionalMemberAccess]
    assert agency.page.key == "dashboard"


def test_one_that_cannot_be_read_says_so_and_the_others_stand(agency: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import app.pages.clients as module
    from engine import AttribenchError, Code

    page, real = agency.page, module.client
    assert isinstance(page, Clients)

    def broken(profile: Any, *arguments: Any) -> Any:
        if profile.settings.name == "New one":
            raise AttribenchError(Code.OUT_OF_MEMORY, detail="x")
        return real(profile, *arguments)

    monkeypatch.setattr(module, "client", broken)
    page._found.clear()  # pyright: ignore[reportPrivateUsage]
    page.refresh()
    agency.wait(lambda: not page._waiting and bool(page._failed))  # pyright: ignore[reportPrivateUsage]
    shown = rows(page)
    assert "Not enough memory" in shown["New one"]["problem"]
    assert shown[SHOP]["cash_revenue"] == 300
