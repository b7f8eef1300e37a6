"""Models side by side in the real window: the matrix ties, cells list what they are made of, a what-if shows itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.evidence import Behind
from app.names import MODEL_LABELS
from app.pages.compare import Compare
from app.pages.model_matrix import STRIP
from engine.queries.selection import Filter
from widgets.table.rows_view import RowsView

if TYPE_CHECKING:
    from app.takeaway import Takeaway
    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("compare")

# A window that is drawn without a display cannot raise popups nor hold the keyboard, and says so.

FOUR = ("last_touch", "first_touch", "position_based", "markov")


@pytest.fixture
def page(desk: Desk) -> Compare:
    found = desk.open("compare")
    assert isinstance(found, Compare)
    return found


def rows_of(page: Compare) -> list[dict[str, Any]]:
    return page.table.visible_frame().to_dicts()


def taken(page: Compare) -> Takeaway:
    found = page.takeaway()
    assert found is not None
    return found


def cash(page: Compare) -> float:
    result = page.context.profile.query("overview", page.view.selection)
    return float(dict(result.data or {})["current"]["cash_revenue"])


@pytest.mark.parametrize("basis", ["conversion", "touch"])
@pytest.mark.parametrize("rows", ["campaign_or_channel", "ad_set", "landing_page"])
def test_every_column_ends_at_the_same_cash(desk: Desk, page: Compare, rows: str, basis: str) -> None:
    """A5: rows, Not attributed and outside the range add up to the totals row, which is the cash of the overview."""
    page.context.history.set(replace(page.view.select(date_basis=basis), rows=rows))
    desk.wait()
    shown = rows_of(page)
    kinds = [row["row"] for row in shown]
    assert ("outside" in kinds) == (basis == "touch")
    assert kinds.index("unattributed") >= len(kinds) - 2  # below everything that touches got
    last = taken(page).frame.row(-1, named=True)
    for model in FOUR:
        name = f"{model}.revenue"
        sums = sum(row[name] for row in shown if row["row"] not in {"ads", "others"})
        assert round(sums, 2) == round(last[name], 2) == round(cash(page), 2)
        assert last[f"{model}.roas"] is None, "all cash did not come from ads"
    for kind, members in (("ads", {"entity", "unresolved"}), ("others", {"value", "not_set"})):
        for row in shown:
            if row["row"] == kind:
                below = sum(each["markov.revenue"] for each in shown if each["row"] in members)
                assert row["markov.revenue"] == pytest.approx(below, abs=1e-4)


@pytest.mark.parametrize("rows", ["campaign_or_channel", "campaign", "ad", "source"])
def test_a_cell_opens_the_conversions_it_is_made_of(desk: Desk, page: Compare, rows: str) -> None:
    page.context.history.set(replace(page.view, rows=rows))
    desk.wait()
    asked: list[tuple[str, str, str, str]] = []
    page.context.behind_wanted.disconnect()
    page.context.behind_wanted.connect(lambda *facts: asked.append(facts))
    kinds: dict[str, dict[str, Any]] = {}
    for row in rows_of(page):
        if row["row"] not in {"ads", "others"} and row["markov.revenue"]:
            kinds.setdefault(row["row"], row)
    assert {"unattributed"} < set(kinds)
    for row in kinds.values():
        page.table.clicked_cell.emit(row, "markov.heat")
        by, row_id, label, model = asked[-1]
        assert (by, model) == (rows, "markov")
        assert label.startswith(str(row["label"]))
        found: list[float] = []
        cursor: dict[str, str] = {}
        while True:
            selection = page.view.select(model=model).selection
            part = page.context.profile.query("behind", selection, by=by, id=row_id, limit=200, **cursor)
            found += part.table["revenue"].to_list()
            assert part.pagination is not None
            if not part.pagination["has_next"]:
                break
            cursor = {"cursor": str(part.pagination["cursor"])}
        assert sum(found) == pytest.approx(row["markov.revenue"], abs=1e-3)


def test_a_click_opens_the_drawer_under_the_models_of_the_cell(desk: Desk, page: Compare) -> None:
    """Return on a row lists the baseline's; a double click on a cell does not open a second list."""
    view = page.table.findChild(RowsView)
    assert view is not None
    columns = [column.field for column in page.table.visible_columns()]
    index = view.model().index(0, columns.index("first_touch.revenue"))
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
    first = desk.window.drawer.content
    assert isinstance(first, Behind)
    page.table.opened.emit(rows_of(page)[0])  # the second click of a double click, as soon as one can come
    assert desk.window.drawer.content is first
    desk.wait()
    labels = [label.text() for label in desk.window.drawer.findChildren(QLabel)]
    assert any(text.endswith("· First touch") for text in labels)
    page.table.select_id(rows_of(page)[1]["key"])
    QTest.keyClick(view, Qt.Key.Key_Return)
    desk.wait()
    labels = [label.text() for label in desk.window.drawer.findChildren(QLabel)]
    assert any(text.endswith("· Last touch") for text in labels)


def test_models_are_chosen_replaced_and_undone_without_new_widgets(desk: Desk, page: Compare) -> None:
    chips, view = list(page.chips.chips), page.table.findChild(RowsView)
    page.table.select_id(rows_of(page)[2]["key"])
    chosen = page.table.current_row()
    assert chosen is not None
    page.chips.choose(0)
    page.chips.popover.picked.emit("markov")  # stands at D: changes places with the baseline
    page.chips.popover.close()
    desk.wait()
    assert page.view.models == ("markov", "first_touch", "position_based", "last_touch")
    assert taken(page).titles["markov.revenue"] == "Markov chain Revenue"
    current = page.table.current_row()
    assert current is not None
    assert current["key"] == chosen["key"]
    chips[3].removed.emit()
    chips[2].removed.emit()
    desk.wait()
    assert page.view.models == ("markov", "first_touch")
    chips[1].removed.emit()  # two are the least
    assert page.view.models == ("markov", "first_touch")
    page.chips.choose(2)
    page.chips.popover.picked.emit("shapley")
    page.chips.popover.close()
    desk.wait()
    assert page.view.models == ("markov", "first_touch", "shapley")
    assert "shapley.revenue" in taken(page).frame.columns
    for _ in range(4):
        page.context.history.undo()
    desk.wait()
    assert page.view.models == FOUR
    assert page.chips.chips == chips
    assert page.table.findChild(RowsView) is view


def test_the_chosen_models_are_one_query_and_all_of_them_another(
    desk: Desk, page: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    profile, query = page.context.profile, page.context.profile.query

    def listen(name: str, *facts: Any, **options: Any) -> Any:
        if name == "compare":
            asked.append(tuple(options["models"]))
        return query(name, *facts, **options)

    monkeypatch.setattr(type(profile), "query", lambda _self, *facts, **options: listen(*facts, **options))
    page.context.history.set(replace(page.view, models=("linear", "shapley")))
    desk.wait()
    assert asked[0] == ("linear", "shapley")
    assert [set(models) for models in asked[1:]] == [set(MODEL_LABELS)]
    strip = page.table.visible_frame()[STRIP][0]
    assert len(strip) == len(MODEL_LABELS)
    assert strip[list(MODEL_LABELS).index("linear")] == 0
    page.measure.chosen.emit("conversions")
    page.focus_model(1)
    assert len(asked) == 2  # neither needs to ask


def test_keys_focus_a_model_and_b_chooses_the_baseline(desk: Desk, page: Compare) -> None:
    page.table.setFocus()
    QTest.keyClick(cast("Any", desk.window.focusWidget() or page), Qt.Key.Key_3)
    found = page.define()
    assert found is not None
    assert found[0] == "Position-based"
    desk.window.commands.handlers()["baseline"]()
    assert page.chips.popover.isVisible()
    page.chips.popover.close()


def test_what_is_taken_away_is_the_matrix_as_shown(desk: Desk, page: Compare) -> None:
    page.measure.chosen.emit("cac")
    takeaway = taken(page)
    assert {"label", "spend", "last_touch.cac", "last_touch.roas", "markov.heat"} <= set(takeaway.frame.columns)
    assert takeaway.frame["label"][-1] == "All conversions"
    assert takeaway.titles["markov.cac"] == "Markov chain CAC"
    sql = page.context.profile.sql_of(takeaway.query, takeaway.selection, **takeaway.options)
    assert "select" in sql.lower()
    page.search.setText("search")
    page.search.search_now()
    assert {"search" in row["label"].lower() for row in rows_of(page)} == {True}


def test_a_what_if_shows_before_and_after_and_is_taken_back(desk: Desk, page: Compare) -> None:
    page.whatif_button.setChecked(True)
    assert page.whatif_banner.isHidden()
    before = {row["key"]: row["last_touch.revenue"] for row in rows_of(page)}
    field = page.whatif.fields["click_window_days"]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "2")
    desk.wait(lambda: page.view.selection.settings is not None)
    settings = page.view.selection.settings
    assert settings is not None
    assert settings.click_window_days == 2
    assert not page.whatif_banner.isHidden()
    assert "click window 2 instead of 30" in page.whatif_banner.text.text()
    now = {row["key"]: row["last_touch.revenue"] for row in rows_of(page)}
    table = page.whatif.table.visible_frame()
    assert table["model"].to_list() == list(FOUR)
    last = table.row(0, named=True)
    touched = {key for key in before if key not in {"Unattributed", "ads", "others"}}
    assert last["before"] == pytest.approx(sum(before[key] for key in touched), abs=1e-3)
    assert last["after"] == pytest.approx(sum(now.get(key, 0) for key in touched), abs=1e-3)
    assert last["after"] < last["before"]
    assert last["coverage_after"] == pytest.approx(100 * last["after"] / cash(page), abs=1e-6)
    rows = (before.keys() | now.keys()) - {"ads", "others"}
    shift = sum(abs(now.get(key, 0) - before.get(key, 0)) for key in rows)
    assert last["moved"] == pytest.approx(50 * shift / cash(page), abs=1e-6)
    page.whatif.reset.click()
    desk.wait()
    assert page.view.selection.settings is None
    assert field.text() == "30"
    assert {row["key"]: row["last_touch.revenue"] for row in rows_of(page)} == before


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("click_window_days", "366", "1 to 365"),
        ("view_window_hours", "0.5", "1 to 168"),
        ("half_life_days", "-1", "0.01 to 3650"),
        ("weight_1", "-0.1", "0 or more"),
        ("first_touch_window_days", "soon", "a number"),
    ],
)
def test_a_value_that_cannot_be_is_told_beside_its_field(page: Compare, name: str, text: str, told: str) -> None:
    page.whatif.fields[name].setText(text)
    page.whatif.apply()
    assert page.whatif.errors[name].text() == told
    assert page.whatif.fields[name].property("state") == "error"
    assert page.view.selection.settings is None
    others = [error.text() for key, error in page.whatif.errors.items() if key != name]
    assert not {"1 to 365", "a number", "0 or more"} & set(others)


def test_intervals_are_worked_out_on_demand_and_kept(desk: Desk, page: Compare) -> None:
    most = max((row for row in rows_of(page) if row["row"] == "value"), key=lambda row: row["last_touch.conversions"])
    page.table.select_id(most["key"])
    chart = page.intervals.chart
    assert chart.count() == len(MODEL_LABELS)
    assert "interval" not in chart.accessibleDescription().lower()
    assert "not worked out" in page.intervals.note.text()
    page.intervals.start.click()
    assert not page.intervals.cancel.isHidden()
    page.intervals.cancel.click()
    desk.wait()
    assert "not worked out" in page.intervals.note.text()
    page.intervals.start.click()
    desk.wait()
    assert "90% interval" in chart.accessibleDescription()
    assert "of 500 resamples" in page.intervals.note.text()
    assert page.intervals.start.isHidden()
    told = page.context.profile.query("intervals", page.view.selection, by=page.view.rows).table
    row = next(row for row in told.to_dicts() if row["value"] == most["value"])
    assert page.look.numbers.money(row["revenue_high"]) in chart.accessibleDescription()
    few = next(row for row in rows_of(page) if row["row"] == "entity" and row["last_touch.conversions"] < 20)
    page.table.select_id(few["key"])
    assert "too few for an interval" in page.intervals.note.text()
    page.context.history.set(page.view.select(goals=("payment_received",)))
    desk.wait()
    assert "not worked out" in page.intervals.note.text()
    page.context.history.undo()
    desk.wait()
    assert page.intervals.start.isHidden()  # still known


def test_coverage_and_paths_say_what_the_query_says(desk: Desk, page: Compare) -> None:
    told = page.context.profile.query("path-lengths", page.view.selection)
    parts = page.coverage.chart.texts()
    within = told.meta["coverage"]["within"]
    assert parts[0][:3] == (
        "Touch within 30 d",
        page.look.numbers.count(within["conversions"]),
        page.look.numbers.money(within["cash"]),
    )
    assert page.coverage.figure.text() == page.look.numbers.percent(100 * within["cash"] / cash(page))
    assert page.paths.chart.count() == 11
    page.context.history.set(page.view.with_filter(Filter("device", "is", ("mobile",))))
    desk.wait()
    assert page.coverage.panel.notice.isVisible()
    assert "credit a part of the cash" in page.foot.told.text() or "Spend has no value" in page.foot.told.text()


def test_the_strip_leaves_first_in_a_small_window(desk: Desk, page: Compare) -> None:
    assert STRIP in [column.field for column in page.table.visible_columns()]
    desk.window.resize(1180, 720)
    desk.wait(lambda: STRIP not in [column.field for column in page.table.visible_columns()])
    fields = [column.field for column in page.table.visible_columns()]
    assert {f"{model}.revenue" for model in FOUR} <= set(fields)


def test_models_that_are_gone_are_replaced(desk: Desk, page: Compare) -> None:
    page.context.history.set(replace(page.view, models=("somebodys_own", "markov")))
    desk.wait()
    assert page.models == ("markov", "last_touch")
    assert len(rows_of(page)) > 3


def test_days_without_anything_say_so_and_lead_back(desk: Desk, page: Compare) -> None:
    page.context.history.set(page.view.with_days(date(2020, 1, 1), date(2020, 1, 31)))
    desk.wait()
    for panel in (page.matrix, page.intervals.panel, page.coverage.panel, page.paths.panel):
        assert panel.notice.isVisible()
    assert page.takeaway() is None
    page.matrix.notice.action.click()
    desk.wait()
    assert not page.matrix.notice.isVisible()
    assert len(rows_of(page)) > 3
