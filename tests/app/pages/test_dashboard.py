"""The dashboard: its boards, the people's card, top campaigns, the chart, and what is taken away of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from PySide6.QtCore import Qt

from app.pages.dashboard import Dashboard
from app.takeaway import save
from engine.queries.registry import QUERIES
from engine.queries.result import Result
from engine.queries.selection import Filter
from engine.workspace import Profile
from widgets.charts.chart import Chart

if TYPE_CHECKING:
    from app.context import Context
    from app.pages.board import Board
    from tests.app.conftest import Desk

ELSEWHERE = (date(2010, 1, 1), date(2010, 1, 31))
US = Filter("country", "is", ("US",))


def context_of(desk: Desk) -> Context:
    assert desk.window.context is not None
    return desk.window.context


def dashboard(desk: Desk) -> Dashboard:
    assert isinstance(desk.page, Dashboard)
    return desk.page


def look_at(desk: Desk, **changes: Any) -> None:
    context_of(desk).history.select(**changes)
    desk.wait()


def switch(board: Board, desk: Desk, dimension: str) -> None:
    board.tabs.set_current(dimension)
    board.tabs.chosen.emit(dimension)
    desk.wait()


def test_search_words_have_figures_of_their_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    board, context = dashboard(desk).boards[0], context_of(desk)
    assert board.table.visible_frame().height
    query = context.query

    def words(name: str, selection: Any, task: Any, **options: Any) -> Result:
        if name != "keywords":
            return query(name, selection, task, **options)
        rows = {
            "keyword": ["dentist", "implants"],
            "impressions": [90, 40],
            "clicks": [3, 9],
            "ctr": [3.3, 22.5],
            "avg_position": [4.0, 1.5],
        }
        return Result(pl.DataFrame(rows), {"rows": 2})

    look_at(desk, date_from=ELSEWHERE[0], date_to=ELSEWHERE[1])
    switch(board, desk, "keyword")
    assert board.panel.notice.title.text() == "No search words in these days"
    assert board.table.visible_frame().is_empty()
    assert board.takeaway() is None
    monkeypatch.setattr(context, "query", words)
    desk.window.refresh()
    desk.wait()
    assert board.table.visible_frame()["label"].to_list() == ["implants", "dentist"], "by clicks"
    assert [column.field for column in board.table.visible_columns()][:2] == ["label", "clicks"]
    taken = board.takeaway()
    assert taken is not None
    assert taken.frame.columns == ["keyword", "impressions", "clicks", "ctr", "avg_position"]
    row = board.table.visible_frame().row(0, named=True)
    board.table.opened.emit(row)
    board.table.filtered.emit(row)
    assert context.view.selection.filters == ()
    assert desk.window.drawer.content is None
    switch(board, desk, "channel")
    assert board.table.sort_order() == ("visitors", True)


def test_a_board_that_switches_shows_nothing_of_the_tab_before(desk: Desk) -> None:
    board = dashboard(desk).boards[0]
    row = board.table.visible_frame().row(0, named=True)
    board.table.clicked_cell.emit(row, "label")
    board.tabs.set_current("campaign")
    board.tabs.chosen.emit("campaign")
    assert board.table.visible_frame().is_empty()
    assert board.takeaway() is None
    desk.wait()
    desk.qtbot.wait(700)  # the click would have become a filter by now
    assert context_of(desk).view.selection.filters == ()
    board.table.filtered.emit(board.table.visible_frame().row(0, named=True))
    assert context_of(desk).view.selection.filters[0].dimension == "campaign"


def test_figures_that_cannot_be_shown_fail_their_panel(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    page = dashboard(desk)

    def broken(_result: Result) -> None:
        raise ColumnMissingError

    class ColumnMissingError(Exception):
        pass

    monkeypatch.setattr(page.boards[1], "show_result", broken)
    with desk.qtbot.capture_exceptions() as raised:
        desk.window.refresh()
        desk.wait()
    assert [kind for kind, _, _ in raised] == [ColumnMissingError], "it is told elsewhere too"
    assert page.boards[1].panel.notice.isVisible()
    assert page.boards[1].takeaway() is None


def test_what_is_taken_away_is_what_was_asked(desk: Desk) -> None:
    page, context = dashboard(desk), context_of(desk)
    parts = (page.boards[0], page.top, page.people)
    before = [part.takeaway() for part in parts]
    context.history.select(model="first_touch")  # its figures are not there yet
    for part, was in zip(parts, before, strict=True):
        now = part.takeaway()
        assert was is not None
        assert now is not None
        assert now.selection.model == "last_touch"
        assert now.frame.equals(was.frame)
    desk.wait()
    now = page.boards[0].takeaway()
    assert now is not None
    assert now.selection.model == "first_touch"
    context.history.set(context.view.with_days(*ELSEWHERE))
    desk.wait()
    assert [part.takeaway() for part in parts] == [None, None, None]
    assert page.chart_panel.notice.isVisible()
    assert "Nothing in these days" in page.chart_panel.notice.title.text()


def test_a_search_in_a_board_is_told_with_its_rows(desk: Desk) -> None:
    board = dashboard(desk).boards[1]
    board.table.set_search("united")
    board.search.setText("united")
    taken = board.takeaway()
    assert taken is not None
    assert 0 < taken.frame.height < 5
    assert taken.provenance["shown"] == {"search": "united"}
    assert taken.provenance["rows"] == taken.frame.height


def test_people_are_taken_away_as_they_stand_on_the_screen(desk: Desk) -> None:
    page = dashboard(desk)
    people = page.people
    table = people.tables["journeys"]
    table.sort_by("touch_count")
    taken = people.takeaway()
    assert taken is not None
    assert taken.frame["conversion_id"].to_list() == table.visible_frame()["conversion_id"].to_list()
    assert {"person", "goal_name", "cash", "expected"} <= set(taken.frame.columns)
    assert "revenue" not in taken.frame.columns, "cash and what is expected are not summed"
    assert set(taken.titles) == set(taken.frame.columns)
    assert taken.titles["is_identified"] == "Identified"
    both = table.visible_frame().select("revenue_type", "cash", "expected")
    for row in both.to_dicts():
        assert (row["cash"] is None) or (row["revenue_type"] == "cash")
        assert (row["expected"] is None) or (row["revenue_type"] != "cash")
    assert both["cash"].drop_nulls().len()
    assert both["expected"].drop_nulls().len()
    zone = context_of(desk).about.settings.timezone
    assert taken.zone == zone
    days = taken.local_frame["conversion_time"].dt.date()
    assert days.min() >= taken.selection.date_from  # pyright: ignore[reportOperatorIssue]
    assert days.max() <= taken.selection.date_to  # pyright: ignore[reportOperatorIssue]
    files = save(taken, desk.folder / "people.csv")
    first = pl.read_csv(files[0], infer_schema=False)["conversion_time"][0]
    assert first[-6:] == taken.local_frame["conversion_time"].dt.to_string("%:z")[0]
    assert json.loads(files[1].read_text(encoding="utf-8"))["time_zone"] == zone
    people.tabs.set_current("users")
    people.tabs.chosen.emit("users")
    assert people.takeaway() is None, "its rows are not there yet"
    desk.wait()
    taken = people.takeaway()
    assert taken is not None
    assert taken.query == "visitors"


def test_top_campaigns_add_up_to_their_total(desk: Desk) -> None:
    top = dashboard(desk).top
    frame, totals = top.table.visible_frame(), top.table.totals()
    for name in ("spend", "outcome_value", "outcome_count"):
        assert float(frame[name].sum()) == pytest.approx(totals[name])
    number = frame.filter(pl.col("row") == "entity").height
    assert totals["label"] == f"All {number} campaigns"
    assert frame["row"].to_list() == sorted(frame["row"].to_list()), "what is no campaign stands last"
    other = frame.filter(pl.col("row") != "entity")
    assert other.height
    top.table.opened.emit(other.row(0, named=True))
    assert desk.page.key == "dashboard"


def test_a_double_click_goes_back_to_the_days_before_the_brush(desk: Desk) -> None:
    page, context = dashboard(desk), context_of(desk)
    look_at(desk, model="linear")
    before = context.view
    page.chart.zoom_out.emit()
    assert context.view == before, "nothing was chosen in the chart"
    page.chart.range_chosen.emit(date(2026, 6, 10), date(2026, 6, 12))
    look_at(desk, model="markov")
    page.chart.zoom_out.emit()
    desk.wait()
    assert context.view.selection == replace(before.selection, model="markov")
    assert context.view.preset == before.preset
    page.chart.zoom_out.emit()
    assert context.view.selection.days == before.selection.days
    page.chart.range_chosen.emit(date(2026, 6, 10), date(2026, 6, 12))
    context.history.set(context.view.with_days(date(2026, 6, 1), date(2026, 6, 5)))
    page.chart.zoom_out.emit()
    assert context.view.selection.date_from == date(2026, 6, 1), "the days were chosen anew since"
    desk.wait()


def test_the_banner_goes_with_its_reason_and_stays_closed(desk: Desk) -> None:
    page, context = dashboard(desk), context_of(desk)
    assert page.banner.isHidden()
    page.banner.set_unconverted(3)
    assert not page.banner.isHidden()
    assert page.banner.action.text() == "Imports"
    page.banner.set_unconverted(0)
    assert page.banner.isHidden()
    page.banner.set_unconverted(3)
    page.banner.close_button.click()
    page.banner.set_unconverted(3)
    assert page.banner.isHidden(), "closed"
    page.banner.set_unconverted(4)
    assert not page.banner.isHidden(), "another reason"
    look_at(desk, model="linear")
    assert page.banner.isHidden(), "the demo has rates"
    desk.window.learn(replace(context.about, is_stale=True))
    assert page.banner.action.text() == "Rebuild"
    desk.window.learn(replace(context.about, is_stale=False))
    assert page.banner.isHidden()
    page.banner.set_unconverted(2)
    page.banner.action.click()
    desk.wait()
    assert desk.page.key == "imports"


def test_filters_that_leave_nothing_offer_to_clear_them(desk: Desk) -> None:
    page = dashboard(desk)
    look_at(desk, filters=(Filter("country", "is", ("AQ",)),))
    board = page.boards[0]
    assert board.panel.notice.title.text() == "Nothing matches these filters"
    desk.qtbot.mouseClick(board.panel.notice.action, Qt.MouseButton.LeftButton)
    desk.wait()
    assert context_of(desk).view.selection.filters == ()
    assert not board.panel.notice.isVisible()


def test_a_figure_without_a_value_says_why_in_its_tooltip(desk: Desk) -> None:
    look_at(desk, filters=(US,))
    cell = next(cell for cell in dashboard(desk).kpis.cells if cell.kpi is not None and cell.kpi.key == "roas")
    assert cell.kpi is not None
    assert cell.kpi.hint == "no value here"
    assert "Spend has no value under these filters" in cell.toolTip()


def test_definitions_carry_no_numbers_of_rules(desk: Desk) -> None:
    page = dashboard(desk)
    told = [cell.toolTip() for cell in page.kpis.cells]
    told += [column.definition for board in page.boards for column in board.table.visible_columns()]
    desk.open("compare")
    told.append((desk.page.define() or ("", ""))[1])
    assert page.filters is not None
    assert any("Distinct devices with a page view" in text for text in told)
    assert not [text for text in told if "(E" in text or "(A" in text or "(C" in text or "(T" in text]


def test_a_wide_board_gives_the_name_its_room(desk: Desk) -> None:
    page = dashboard(desk)
    donut = page.donut.width()
    desk.window.resize(2560, 1440)
    board = page.boards[2]
    long = "/" + "a-long-way-to-a-page/" * 6
    frame = board.table.visible_frame().with_columns(pl.lit(long).alias("label"))
    board.table.set_rows(frame)
    name = board.table._header.sections()[0]  # pyright: ignore[reportPrivateUsage]
    assert board.table.width() > 420
    assert name.width >= min(220, int(0.42 * board.table.width()))
    assert page.donut.width() > donut


def test_the_next_period_stops_at_today(desk: Desk) -> None:
    context, header = context_of(desk), desk.window.header
    today = context.about.today
    before = context.view
    header.step(1)
    assert context.view == before
    context.history.set(before.with_days(today - timedelta(20), today - timedelta(11)))
    header.step(1)
    assert context.view.selection.date_to == today - timedelta(1)
    header.step(1)
    assert (context.view.selection.date_from, context.view.selection.date_to) == (today - timedelta(9), today)
    header.step(1)
    assert context.view.selection.date_to == today
    desk.wait()
    tips = [button.toolTip() for button in header.presets.findChildren(type(header.rebuild))]
    assert "<p>30 days up to today</p>" in tips


def test_a_picture_of_the_chart_says_what_it_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtWidgets import QFileDialog

    context = context_of(desk)
    from engine.attribution.models import CreditSettings

    settings = replace(CreditSettings.of_profile(context.about.settings), click_window_days=7)
    look_at(desk, model="markov", filters=(US,), settings=settings)
    file = desk.folder / "chart.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(file), "SVG (*.svg)"))
    desk.window.bound["export-image"].trigger()
    told = file.read_text(encoding="utf-8")
    chart = desk.page.picture()
    assert isinstance(chart, Chart)
    for text in (context.about.settings.name.replace("&", "&amp;"), "Jun 1 – Jun 30, 2026", "Markov chain"):
        assert text in told
    for text in ("Country is United States", "what-if", *(mark.label for mark in chart.legend())):
        assert text in told
    assert [mark.label for mark in chart.legend()] == ["Visitors", "Previous visitors", "Revenue from ads"]


def test_switching_the_model_asks_only_what_depends_on_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    query = Profile.query

    def noted(self: Profile, name: str, *given: Any, **options: Any) -> Any:
        asked.append(name)
        return query(self, name, *given, **options)

    monkeypatch.setattr(Profile, "query", noted)
    look_at(desk, model="linear")
    assert {"overview", "channels", "campaigns"} <= set(asked)
    assert not {name for name in asked if not QUERIES[name].is_modelled} - {"realtime"}
    assert asked.count("timeseries") == 1  # days before are of visitors only
