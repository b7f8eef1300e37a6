"""Ads performance: the tree, its totals, its filters, the detail beside it and trends compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import polars as pl
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QMenu

from app.pages import ad_rows
from app.pages.ads import Ads
from app.pages.dashboard import Dashboard
from engine.queries.campaigns import LEVELS, add_up

if TYPE_CHECKING:
    from engine.queries.campaigns import Level
    from tests.app.conftest import Desk

pytestmark = pytest.mark.opens("ads")

SUMS = ("spend", "impressions", "clicks", "outcome_count", "outcome_value")


@pytest.fixture
def ads(desk: Desk) -> Ads:
    page = desk.open("ads")
    assert isinstance(page, Ads)
    return page


def totals(page: Ads) -> dict[str, Any]:
    return dict(page.table.totals())


def shown(page: Ads, level: str) -> pl.DataFrame:
    return page.table.visible_frame().filter(pl.col("entity_level") == level)


def first(page: Ads, level: str, **facts: object) -> dict[str, Any]:
    rows = shown(page, level).filter(pl.col("row") == "entity")
    for field, value in facts.items():
        rows = rows.filter(pl.col(field) == value)
    return rows.row(0, named=True)


@pytest.mark.opens("dashboard")
def test_every_level_ties_to_the_dashboard(desk: Desk, ads: Ads) -> None:
    overview = desk.window.pages["dashboard"]
    assert isinstance(overview, Dashboard)
    assert desk.window.context is not None
    current = desk.window.context.profile.query("overview", ads.view.selection).data["current"]  # pyright: ignore[reportOptionalSubscript]
    desk.window.activateWindow()
    for number, level in enumerate(LEVELS, 1):
        desk.qtbot.keyClick(desk.window, str(number))  # pyright: ignore[reportArgumentType]
        assert ads.controls.level_shown == level
        found = totals(ads)
        assert found["spend"] == pytest.approx(current["spend"], abs=0.005)
        assert found["outcome_value"] == pytest.approx(current["revenue"], abs=0.005)
        if level == "campaign":  # the row that no level resolves stands once, on the first
            assert shown(ads, level)["spend"].sum() == pytest.approx(current["spend"], abs=0.005)


@pytest.mark.opens("dashboard")
def test_the_dashboard_marks_campaigns_by_their_channel(desk: Desk) -> None:
    overview = cast("Dashboard", desk.window.pages["dashboard"])
    channels = overview.top.table.visible_frame().filter(pl.col("row") == "entity")["channel"]
    assert set(channels) >= {"Paid Social", "Paid Search"}
    assert channels.null_count() == 0


def test_children_add_up_to_their_parents(ads: Ads) -> None:
    rows = ads.table.visible_frame()
    assert rows["row_id"].is_unique().all()
    sums = rows.filter(pl.col("parent_id").is_not_null()).group_by("parent_id").agg(pl.col(SUMS).fill_null(0).sum())
    parents = rows.filter((pl.col("entity_level") != "ad") & (pl.col("row") != "unresolved"))
    joined = parents.join(sums, left_on="row_id", right_on="parent_id", suffix="_below")
    assert joined.height == parents.height
    for name in SUMS:
        assert joined[name].fill_null(0).to_list() == pytest.approx(joined[f"{name}_below"].to_list(), abs=1e-4)


def test_a_search_and_a_status_leave_totals_of_what_is_shown(desk: Desk, ads: Ads) -> None:
    ads.show_level("ad")
    before = totals(ads)
    assert ads.start_search()
    ads.controls.search.setText("video")
    ads.controls.search.search_now()
    rows = shown(ads, "ad")
    assert 0 < rows.height < ads.table.visible_frame().height  # their parents show where they are
    found = totals(ads)
    assert found["spend"] == pytest.approx(rows["spend"].sum())
    assert found["spend"] < before["spend"]
    assert found["label"].startswith(f"{rows.height} of ")
    ads.controls.search.clear()
    status = ad_rows.statuses_of(ads.table.visible_frame(), "ad")[0]
    ads.controls.status.popover.toggled.emit([status])
    found = totals(ads)
    rows = shown(ads, "ad")
    assert set(rows["status"]) == {status}
    assert found["roas"] == pytest.approx(rows["outcome_value"].sum() / rows["spend"].sum(), abs=1e-5)
    ads.controls.status.popover.toggled.emit([])
    assert totals(ads)["spend"] == before["spend"]
    desk.wait()


def test_the_engine_filters_platforms(desk: Desk, ads: Ads) -> None:
    platforms = {str(name) for name in ads.table.visible_frame()["platform"].drop_nulls()}
    assert len(platforms) > 1
    ads.controls.platform.popover.toggled.emit(["google"])
    desk.wait()
    rows = shown(ads, "campaign")
    assert set(rows["platform"].drop_nulls()) == {"google"}
    assert totals(ads)["spend"] == pytest.approx(rows["spend"].sum())
    takeaway = ads.takeaway()
    assert takeaway is not None
    assert [str(item) for item in takeaway.selection.filters] == ["platform=is:google"]
    ads.open_with(entity=str(desk_campaign(desk, "meta")))  # what hides it is taken away
    desk.wait()
    assert ads.detail.row["platform"] == "meta"
    assert ads.controls.platform.checked_keys == []


def desk_campaign(desk: Desk, platform: str) -> object:
    assert desk.window.context is not None
    table = desk.window.context.profile.query("campaigns", desk.window.context.view.selection).table
    return table.filter(pl.col("platform") == platform)["entity_id"][0]


def test_ranked_lists_a_level_over_all_campaigns(ads: Ads) -> None:
    ads.show_level("ad")
    ads.controls.order.chosen.emit("ranked")
    ads.controls.order.set_current("ranked")
    ads.show_level("ad")
    ads.table.sort_by("roas")
    rows = ads.table.visible_frame()
    assert set(rows["entity_level"]) == {"ad"}
    values = rows["roas"].drop_nulls().to_list()
    assert values == sorted(values, reverse=True)
    assert "within" in [column.field for column in ads.table.visible_columns()]


@pytest.mark.opens("dashboard")
def test_the_dashboard_opens_an_entity_here(desk: Desk) -> None:
    assert desk.window.context is not None
    wanted = desk_campaign(desk, "google")
    desk.window.context.open("ads", entity=str(wanted))
    desk.wait(lambda: isinstance(desk.page, Ads) and bool(desk.page.detail.row))
    page = cast("Ads", desk.page)
    current = page.table.current_row()
    assert current is not None
    assert current["entity_id"] == wanted == page.detail.row["entity_id"]
    assert page.side.shown is page.detail


def test_the_detail_follows_and_agrees_with_the_table(desk: Desk, ads: Ads) -> None:
    ads.show_level("ad")
    row = first(ads, "ad", icon="play")
    ads.table.select_id(row["row_id"])
    view = ads.table.focusProxy()
    assert view is not None
    desk.qtbot.keyClick(view, Qt.Key.Key_Space)
    desk.wait(lambda: ads.side.shown is ads.detail)
    numbers = ads.look.numbers
    assert ads.detail.cards.texts()["Spend"] == numbers.money(row["spend"])
    assert dict(ads.detail.trend.texts())["Clicks"] == numbers.count(row["clicks"])
    assert not ads.detail.video_panel.isHidden()
    assert ads.detail.models.texts()["Last touch"] == numbers.ratio(row["roas"])
    assert ads.detail.signs.text()
    desk.qtbot.keyClick(view, Qt.Key.Key_Down)
    desk.wait(lambda: ads.detail.row["row_id"] != row["row_id"])
    assert ads.detail.row["row_id"] == (ads.table.current_row() or {})["row_id"]
    desk.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert ads.side.shown is None


def test_conversions_of_an_ad_are_explained(desk: Desk, ads: Ads) -> None:
    row = shown(ads, "campaign").sort("outcome_count", descending=True).row(0, named=True)
    ads.table.opened.emit(row)
    desk.wait(lambda: ads.detail.people.visible_frame().height > 0)
    conversion = ads.detail.people.visible_frame().row(0, named=True)
    ads.detail.people.opened.emit(conversion)
    desk.wait(lambda: desk.window.drawer.content is not None)


def test_the_detail_keeps_up_with_the_view(desk: Desk, ads: Ads) -> None:
    row = first(ads, "campaign")
    ads.table.opened.emit(row)
    desk.wait()
    last = ads.view.selection.date_to
    ads.context.history.set(ads.view.with_days(last, last))
    desk.wait()
    assert ads.detail.row["spend"] == first(ads, "campaign", row_id=row["row_id"])["spend"] != row["spend"]
    assert len(ads.detail.trend.texts()) == 3
    assert ads.detail.trend.count() == 1


def test_the_table_leaves_with_raw_values_and_its_sql(desk: Desk, ads: Ads) -> None:
    ads.show_level("ad_set")
    takeaway = ads.takeaway()
    assert takeaway is not None
    assert {"entity_id", "entity_name", "channel", "spend", "roas"} <= set(takeaway.frame.columns)
    assert set(takeaway.frame["entity_level"]) == {"ad_set"}, "sums are there once"
    assert takeaway.provenance["shown"] == {"level": "ad_set"}
    assert ads._found is not None  # pyright: ignore[reportPrivateUsage]
    totals = ads._found.results["ad_set"].meta["totals"]  # pyright: ignore[reportPrivateUsage]
    for name in ("spend", "outcome_value"):
        assert takeaway.frame[name].sum() == pytest.approx(totals[name])
    assert desk.window.context is not None
    sql = desk.window.context.profile.sql_of(takeaway.query, takeaway.selection, **takeaway.options)
    assert "ad_set_id" in str(sql)


def test_filter_everything_to_an_entity(desk: Desk, ads: Ads) -> None:
    row = first(ads, "campaign")
    ads.table.opened.emit(row)
    ads.detail.filter.click()
    desk.wait()
    assert [str(item) for item in ads.view.selection.filters] == [f"campaign=is:{row['entity_name']}"]
    assert set(shown(ads, "campaign").filter(pl.col("row") == "entity")["entity_name"]) == {row["entity_name"]}


def test_trends_of_selected_rows_are_compared(desk: Desk, ads: Ads) -> None:
    rows = shown(ads, "campaign").filter(pl.col("row") == "entity").head(3).to_dicts()
    assert not ads.compare.isEnabled()
    ads.table.select_id(rows[0]["row_id"])
    view = cast("Any", ads.table.focusProxy())
    for row in rows[1:]:
        index = view.model().index_of_id(row["row_id"])
        flags = QItemSelectionModel.SelectionFlag
        view.selectionModel().setCurrentIndex(index, flags.Select | flags.Rows)
    desk.wait(ads.compare.isEnabled)
    ads.compare.click()
    desk.wait(lambda: ads.trends.chart.count() > 0)
    assert ads.picture() is ads.trends.chart
    tip = ads.trends.chart.tip_text(0)
    assert tip is not None
    assert {row.label for row in tip.rows} == {row["label"] for row in rows}
    ads.trends.measure.chosen.emit("roas")


def test_columns_are_chosen_and_changes_are_of_the_comparison(desk: Desk, ads: Ads) -> None:
    menu = ads.table.column_menu()
    action = next(each for each in menu.actions() if each.text() == "Spend ±")
    action.trigger()
    desk.wait()
    assert "spend_change" in [column.field for column in ads.table.visible_columns()]
    assert desk.window.context is not None
    assert "spend_change" in desk.window.context.settings.words("ads.columns")
    compared = ads.view.compared
    assert compared is not None
    before = desk.window.context.profile.query("campaigns", compared, limit=None).table
    row = first(ads, "campaign")
    own = before.filter(pl.col("entity_id") == row["entity_id"])["spend"][0]
    assert row["spend_change"] == pytest.approx(100 * (row["spend"] - own) / own)
    spent = before["spend"].sum()
    assert totals(ads)["spend_change"] == pytest.approx(100 * (totals(ads)["spend"] - spent) / spent)
    assert isinstance(menu, QMenu)


def test_it_says_how_to_import_when_there_is_no_spend(desk: Desk, ads: Ads, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ads.context
    asked: list[object] = []
    context.files_wanted.disconnect()
    context.files_wanted.connect(asked.append)
    monkeypatch.setattr(context, "about", cast("Any", _Without(context.about)))
    ads.empty(ads.table_panel)
    assert ads.table_panel.notice.title.text() == "No ad spend yet"
    ads.table_panel.notice.action.click()
    assert asked == [[]]
    desk.wait()


class _Without:
    """What is known of a profile, but for ad spend."""

    def __init__(self, about: object) -> None:
        self._about = about
        self.freshness: dict[str, object] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self._about, name)


def entity(level: Level, platform: str, *parts: str, row: str = "entity", spend: float = 1.0) -> dict[str, Any]:
    names = ("campaign_id", "ad_set_id", "ad_id")
    ids = dict(zip(names, parts, strict=False))
    facts = dict.fromkeys(ad_rows.CHANGES, 1.0) | {"spend": spend, "video_plays": None}
    texts = {"status": None, "objective": None, "channel": None, "campaign_name": parts[0], "parent_name": None}
    return {
        "entity_id": parts[-1], "entity_name": parts[-1], "entity_level": level, "row": row, "platform": platform,
        **ids, **facts, **texts,
    }  # fmt: skip


def test_ids_that_two_platforms_share_stay_apart() -> None:
    from engine.words import Words

    schema = {"video_plays": pl.Int64, "status": pl.String, "objective": pl.String, "channel": pl.String}
    levels: dict[Level, pl.DataFrame] = {
        "campaign": pl.DataFrame(
            [entity("campaign", "meta", "1"), entity("campaign", "x", "1")], schema_overrides=schema
        ),
        "ad_set": pl.DataFrame(
            [entity("ad_set", "meta", "1", "1"), entity("ad_set", "x", "1", "(unassigned)", row="unassigned")],
            schema_overrides=schema,
        ),
    }
    before = {"campaign": levels["campaign"].with_columns(spend=pl.Series([2.0, 0.0]))}
    rows = ad_rows.all_rows(Words("en"), levels, before)  # pyright: ignore[reportArgumentType]
    assert rows["row_id"].n_unique() == 4
    assert rows["parent_id"].drop_nulls().to_list() == rows["row_id"].head(2).to_list()
    assert rows["spend_change"].to_list()[:2] == [-50.0, float("inf")]
    kept = ad_rows.with_status(ad_rows.tree(rows), "ad_set", [ad_rows.NO_STATUS])
    assert kept.filter("passes")["entity_level"].unique().to_list() == ["ad_set"]


def test_totals_are_the_same_added_up(ads: Ads) -> None:
    every = shown(ads, "campaign")
    found = add_up(every)
    for name in ("spend", "roas", "ctr", "hook_rate", "outcome_value"):
        assert found[name] == pytest.approx(totals(ads)[name], abs=1e-4)
