"""Data quality in the window: what is shown, ticked, previewed, applied and taken back, by mouse and by keys."""

from __future__ import annotations

import io
import json
import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeView

from app.pages.quality import Quality
from engine import Workspace
from tests.app.conftest import NOW, UNTIL
from widgets.inspector import Diff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("quality")

_PATIENCE_MS = 240_000


@pytest.fixture(scope="module")
def file(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, and three payments of June that name nobody: one of somebody with touches, one new, one of two."""
    path = tmp_path_factory.mktemp("quality") / "quality.duckdb"
    shutil.copy(demo_file, path)
    with Workspace.open(path, clock=lambda: NOW) as workspace:
        profile = workspace.profile()
        paid = profile.customers(date(2026, 6, 1), UNTIL, limit=100, goals=["payment_received"]).table
        email = str(paid.filter(pl.col("touch_count") > 0)["email"].drop_nulls()[0])
        common = {"time": "2026-06-29T12:00:00Z", "event_type": "payment_received", "currency": "USD"}
        rows: list[dict[str, Any]] = [
            {"conversion_id": "n1", "value_amount": 1000, "receipt_email": email},
            {"conversion_id": "n2", "value_amount": 500, "receipt_email": "unseen@nowhere.example"},
            {"conversion_id": "n3", "value_amount": 250, "contact_email": email, "mail": "other@nowhere.example"},
        ]
        text = "".join(json.dumps({**common, **row}) + "\n" for row in rows)
        profile.import_file("conversions", io.BytesIO(text.encode()))
        profile.rebuild()
    return path


@pytest.fixture
def desk(empty_desk: Desk, file: Path) -> Desk:
    path = empty_desk.folder / "quality.duckdb"
    shutil.copy(file, path)
    empty_desk.open_workspace(path)
    return empty_desk


@pytest.fixture
def page(desk: Desk) -> Quality:
    desk.window.open_page("quality")
    settle(desk)
    found = desk.page
    assert isinstance(found, Quality)
    settle(desk, lambda: found._preview is not None)  # pyright: ignore[reportPrivateUsage]
    return found


def settle(desk: Desk, holds: Callable[[], bool] = lambda: True) -> None:
    """Until nothing runs and something holds. A preview derives everything: on a busy machine that takes a while."""
    desk.qtbot.waitUntil(lambda: not desk.desktop.jobs.running() and holds(), timeout=_PATIENCE_MS)


def june(desk: Desk) -> tuple[Any, Any]:
    assert desk.window.context is not None
    selection = desk.window.context.view.selection
    return selection.date_from, selection.date_to


def texts(page: Quality) -> str:
    return " | ".join(page.pane.texts())


def test_figures_are_the_command_lines(desk: Desk, page: Quality) -> None:
    """What the gauge, the reasons and the people read is what the queries say."""
    context = desk.window.context
    assert context is not None
    days, profile, numbers = june(desk), context.profile, desk.window.look.numbers
    quality = profile.quality(*days).data
    assert quality is not None
    assert numbers.percent(quality["cash_coverage_percent"]) in page.side.gauge.accessibleDescription()
    totals = profile.unmatched_payments(*days).meta["totals"]
    assert numbers.money(totals["cash"]) in page.side.lost.text()
    people = profile.contacts().meta
    assert page.side.shares.texts()["Missing phone"][0] == numbers.count(people["missing_phone"])
    preview = profile.repair_preview(*days, model=context.view.selection.model).data
    assert preview is not None
    assert numbers.percent(preview["cash_coverage_percent_after"]) in texts(page)
    for tab, query in (("findings", "findings"), ("tags", "utm-audit"), ("payments", "unmatched-payments")):
        page.lists.show_tab(tab)
        settle(desk)
        shown = page.lists.tables[tab].visible_frame()
        assert shown["cash"].to_list() == profile.query(query, context.view.selection).table["cash"].to_list(), tab


def test_tick_preview_apply_and_undo(desk: Desk, page: Quality) -> None:
    context = desk.window.context
    assert context is not None
    table = page.lists.tables["repairs"]
    frame = table.visible_frame()
    assert frame["doubt"].to_list().count("two_candidates") == 2
    bulk = set(frame.filter("is_bulk")["suggestion_id"])
    assert page.lists.ticks == bulk
    first = frame.row(0, named=True)
    assert first["cash"] == 1000
    (diff,) = page.pane.findChildren(Diff)[-1:]
    assert ("+", "email", first["value"]) in diff.rows()
    assert "Payment of $1,000.00" in texts(page)
    assert f"Apply {len(bulk)} repairs" == page.pane.action.text()
    # Space takes the tick away, and the preview follows
    view = table.findChildren(QTreeView)[0]
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Space)
    settle(desk, lambda: page._preview is not None)  # pyright: ignore[reportPrivateUsage]
    assert page.lists.ticks == bulk - {first["suggestion_id"]}
    assert "Tick it to see" in texts(page)
    # of two candidates one at most is ticked
    rivals = frame.filter(pl.col("doubt") == "two_candidates").to_dicts()
    for row in rivals:
        page.lists._toggle([row])  # pyright: ignore[reportPrivateUsage]
    assert rivals[0]["suggestion_id"] not in page.lists.ticks
    assert rivals[1]["suggestion_id"] in page.lists.ticks
    page.lists._toggle([rivals[1]])  # pyright: ignore[reportPrivateUsage]
    QTest.keyClick(view, Qt.Key.Key_Space)
    settle(desk, lambda: page._preview is not None)  # pyright: ignore[reportPrivateUsage]
    told = page._preview  # pyright: ignore[reportPrivateUsage]
    assert told is not None
    assert told.data is not None
    assert told.data["cash_gained"] >= 1000
    before = context.profile.headline()
    coverage = context.profile.quality(*june(desk)).data
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert page.pane.action.hasFocus() or not desk.window.isActiveWindow()
    page.pane.action.click()
    settle(desk, lambda: context.profile.decisions().height == len(bulk))
    settle(desk, lambda: not context.profile.derivation().is_stale)
    after = context.profile.quality(*june(desk)).data
    assert coverage is not None
    assert after is not None
    assert after["covered_revenue"] == pytest.approx(told.data["covered_revenue_after"])
    assert after["cash_coverage_percent"] == told.data["cash_coverage_percent_after"]
    assert context.profile.headline().cash == before.cash
    # one step of undo brings every value back
    settle(desk)
    assert desk.window.bound["undo"].isEnabled()
    desk.window.bound["undo"].trigger()
    settle(desk, lambda: context.profile.decisions()["undone_at"].null_count() == 0)
    settle(desk, lambda: not context.profile.derivation().is_stale)
    again = context.profile.quality(*june(desk)).data
    assert again == coverage
    assert not page.has_done


def test_people_are_merged_and_identifiers_split_with_what_moves(desk: Desk, page: Quality) -> None:
    context = desk.window.context
    assert context is not None
    page.lists.show_tab("people")
    settle(desk)
    table = page.lists.tables["people"]
    view = table.findChildren(QTreeView)[0]
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    page._look()  # pyright: ignore[reportPrivateUsage]
    people = [row["person_id"] for row in table.selected_rows()]
    assert len(people) == 2
    page.pane.action.click()
    settle(desk, lambda: page._moves is not None)  # pyright: ignore[reportPrivateUsage]
    assert "Revenue that moves" in texts(page)
    page.pane.action.click()
    settle(desk, lambda: context.profile.decisions().height == 1)
    settle(desk, lambda: not context.profile.derivation().is_stale)
    with context.workspace.store.read() as cursor:
        owners = cursor.value(
            "select count(distinct person_id) from identifiers where list_contains($1, alias_id::varchar)", [people]
        )
    assert owners == 1
    page.lists.show_tab("decisions")
    settle(desk)
    assert page.lists.tables["decisions"].visible_frame()["text"][0].startswith("Merged ")


def test_states_spanish_and_masked(desk: Desk, page: Quality) -> None:
    for state in ("loading", "error", "empty", "loaded"):
        page.show_state(state)  # pyright: ignore[reportArgumentType]
    context = desk.window.context
    assert context is not None
    badge = desk.window.sidebar._items["quality"]._badge  # pyright: ignore[reportPrivateUsage]
    assert badge
    desk.open("dashboard")
    desk.window.look.set_locale("es_ES")
    settle(desk)
    assert desk.window.sidebar._items["quality"]._badge == badge  # pyright: ignore[reportPrivateUsage]
    fresh = desk.open("quality")
    assert isinstance(fresh, Quality)
    settle(desk)
    assert "Reparaciones" in str(
        [tab.text() for tab in fresh.lists.tabs.findChildren(type(fresh.pane.action).__mro__[1])]
    )
    context.masked = True
    fresh.refresh()
    settle(desk)
    value = fresh.lists.tables["repairs"].visible_frame()["value"].to_list()
    assert value
    assert all("***@" in each for each in value if not each.startswith("+"))
    desk.window.look.set_locale("en_US")
    settle(desk)
