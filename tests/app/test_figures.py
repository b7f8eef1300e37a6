"""Every figure on the pages is the command line's for the same selection."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from app.cli import cli
from app.shares import rounded_shares
from engine.queries.metrics import METRICS
from engine.queries.selection import Filter

if TYPE_CHECKING:
    from app.pages.dashboard import Dashboard
    from app.selection import View
    from tests.app.conftest import Desk


def told(desk: Desk, view: View, name: str, *options: str) -> dict[str, Any]:
    """What the command line says, while the window's workspace is closed."""
    selection = view.selection
    arguments = [
        "query",
        str(desk.folder / "demo.duckdb"),
        name,
        *("--from", selection.date_from.isoformat(), "--to", selection.date_to.isoformat()),
        *("--format", "json", *options),
    ]
    if name not in {"cash", "funnel", "visitors", "keywords", "appointments"}:
        arguments += ["--model", selection.model]
    for item in selection.filters:
        arguments += ["--filter", str(item)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


SELECTIONS = [
    {},
    {"model": "linear"},
    {"model": "markov", "filters": (Filter("channel", "is", ("Paid Social",)),)},
    {"filters": (Filter("country", "is_not", ("US",)), Filter("goal", "is", ("payment_received",)))},
]


@pytest.mark.parametrize("changes", SELECTIONS)
def test_the_dashboard_says_what_the_command_line_says(desk: Desk, changes: dict[str, Any]) -> None:
    page: Dashboard = desk.page  # pyright: ignore[reportAssignmentType]
    context = desk.window.context
    assert context is not None
    context.history.select(**changes)
    desk.wait()
    view = context.view
    look = desk.window.look
    kpis = {cell.kpi.key: cell.kpi.text for cell in page.kpis.cells if cell.kpi is not None}
    boards = {board.dimension: (board.query, board.table.visible_frame()) for board in page.boards}
    top = page.top.table.visible_frame()
    journeys = page.people.tables["journeys"].visible_frame()
    desk.window.close()

    current = told(desk, view, "overview")["data"]["current"]
    for name, text in kpis.items():
        if name == "online":
            continue
        metric = METRICS["ad_revenue" if name == "revenue" else name]
        assert text == look.numbers.show(current[name], metric.unit, is_exact=name == "cac"), name
    for (query, options), frame in boards.values():
        rows = told(desk, view, query, "--limit", str(options["limit"]))["data"]
        expected = {row["value"]: row for row in rows}
        assert set(frame["value"]) == set(expected)
        for row in frame.to_dicts():
            for name in ("visitors", "visits", "pageviews", "bounce_rate", "conversions", "revenue"):
                assert row[name] == pytest.approx(expected[row["value"]][name]), (query, name)
    campaigns = {row["entity_id"]: row for row in told(desk, view, "campaigns", "--limit", "100")["data"]}
    for row in top.to_dicts():
        for name in ("spend", "outcome_value", "outcome_count", "roas"):
            assert row[name] == pytest.approx(campaigns[row["entity_id"]][name])
    customers = told(desk, view, "customers", "--limit", "50")["data"]
    assert journeys["conversion_id"].to_list() == [row["conversion_id"] for row in customers]


@pytest.mark.parametrize("rows", ["campaign", "channel", "landing_page"])
def test_the_comparison_says_what_the_command_line_says(desk: Desk, rows: str) -> None:
    context = desk.window.context
    assert context is not None
    context.history.set(replace(context.view, rows=rows, models=("last_touch", "linear", "markov")))
    page: Any = desk.open("compare")
    frame = page.table.visible_frame()
    view = context.view
    desk.window.close()
    data = told(desk, view, "compare", "--by", rows, "--models", ",".join(view.models))["data"]
    expected = {(row["value"], row["entity_id"]): row for row in data}
    shown = [row for row in frame.to_dicts() if (row["value"], row["entity_id"]) in expected]
    assert len(shown) == len(expected)
    for row in shown:
        line = expected[row["value"], row["entity_id"]]
        for model in view.models:
            for name in ("revenue", "conversions", "roas", "change_percent"):
                want = line[f"{model}.{name}"]
                assert row[f"{model}.{name}"] == (want if want is None else pytest.approx(want)), (model, name)


@pytest.mark.parametrize("level", ["campaign", "ad_set", "ad"])
def test_ads_say_what_the_command_line_says(desk: Desk, level: str) -> None:
    context = desk.window.context
    assert context is not None
    page: Any = desk.open("ads")
    frame = page.table.visible_frame()
    view = context.view
    desk.window.close()
    data = told(desk, view, "campaigns", "--level", level, "--limit", "1000")["data"]
    expected = {(row["platform"], row["entity_id"]): row for row in data if row["row"] == "entity"}
    shown = [
        row
        for row in frame.to_dicts()
        if row["entity_level"] == level and (row["platform"], row["entity_id"]) in expected
    ]
    assert len(shown) == len(expected) > 0
    for row in shown:
        line = expected[row["platform"], row["entity_id"]]
        for name in ("spend", "outcome_value", "outcome_count", "roas", "cac", "impressions", "clicks", "ctr"):
            assert row[name] == (line[name] if line[name] is None else pytest.approx(line[name])), name


def test_the_calendar_says_what_the_command_line_says(desk: Desk) -> None:
    context = desk.window.context
    assert context is not None
    context.history.set(context.view.with_filter(Filter("channel", "is", ("Paid Social",))))
    page: Any = desk.open("calendar")
    page.narrow("calendar", [page.pickers["calendar"]._choices[0].key])
    page.show_view("agenda")
    desk.wait()
    frame, first, last = page.table.visible_frame(), *page._span()
    calendar, tally = page.pickers["calendar"].checked_keys, page.tally.text
    view = context.view.select(date_from=first, date_to=last)
    desk.window.close()
    answer = told(desk, view, "appointments", "--calendar", *calendar)
    # Without the label: it says how fresh the CRM is, and the command line's clock is another one.
    names = ("conversion_id", "state", "channel", "campaign", "ad", "previous_touches", "stage", "paid")
    assert [tuple(row[name] for name in names) for row in answer["data"]] == frame.select(names).rows()
    assert frame.height > 0
    counted = ", ".join(f"{row['channel']} {row['appointments']}" for row in answer["meta"]["by_channel"])
    assert tally == f"{frame.height} appointments: {counted}"


def test_all_clients_say_what_the_command_line_says(desk: Desk) -> None:
    context = desk.window.context
    assert context is not None
    context.history.select(model="linear", filters=(Filter("channel", "is", ("Email",)),))  # filters are of one profile
    page: Any = desk.open("clients")
    desk.wait(lambda: not page._waiting)
    frame, selection, view = page.table.visible_frame(), context.view.selection, context.view
    desk.window.close()
    days = ["--from", selection.date_from.isoformat(), "--to", selection.date_to.isoformat()]
    arguments = ["clients", str(desk.folder / "demo.duckdb"), *days, "--model", "linear", "--format", "json"]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    names = ("profile", "spend", "cash_revenue", "roas", "mer", "coverage_percent", "coverage_band", "cash_by_day")
    assert [tuple(row[name] for name in names) for row in json.loads(result.stdout)["data"]] == frame.select(
        names
    ).rows()
    current = told(desk, view.select(filters=()), "overview")["data"]["current"]
    for name in ("spend", "cash_revenue", "roas", "mer", "coverage_percent"):
        assert frame[name][0] == pytest.approx(current[name]), name


def test_the_sql_console_says_what_the_command_line_says(desk: Desk) -> None:
    page: Any = desk.open("sql")
    statement = (
        "select goal, count(*) as n, sum(amount_reporting)::double as amount from v_conversions group by 1 order by 1"
    )
    page.editor.replace_all(statement)
    page.run()
    desk.wait()
    frame = page.result.table.visible_frame().select("goal", "n", "amount")
    desk.window.close()
    result = CliRunner().invoke(cli, ["sql", str(desk.folder / "demo.duckdb"), statement, "--format", "json"])
    assert result.exit_code == 0, result.output
    assert [tuple(row.values()) for row in json.loads(result.stdout)["data"]] == frame.rows()


def test_people_say_what_the_command_line_says(desk: Desk) -> None:
    """Journeys, users, funnel and paths, with a filter and another model."""
    context = desk.window.context
    assert context is not None
    context.history.select(model="linear", filters=(Filter("channel", "is_not", ("Direct",)),))
    view = context.view
    journeys: Any = desk.open("journeys")
    people = list(journeys.list.rows())
    chosen = next(row for row in people if row["conversion_id"] and row["touch_count"] > 1)
    journeys.list.select_id(chosen["id"])
    desk.wait(lambda: journeys.person.person == chosen["customer_profile_id"])
    desk.wait()
    credit = [entry.credit for entry in journeys.person.timeline.entries() if entry.number and entry.credit != "–"]
    users: Any = desk.open("users")
    visitors = list(users.list.rows())
    funnel: Any = desk.open("funnel")
    stages = funnel.table.visible_frame()["count"].to_list()
    paths: Any = desk.open("paths")
    frame, lags, lengths = paths.table.visible_frame(), paths.lags._bins, paths.lengths.chart._bins
    numbers = desk.window.look.numbers
    desk.window.close()

    listed = told(desk, view, "people", "--limit", "100")["data"]
    for name in ("id", "conversion_id", "cash", "touch_count", "touch_channels", "time_to_complete_seconds"):
        assert [row[name] for row in people] == [row[name] for row in listed], name
    explained = told(desk, view, "explain", "--id", chosen["conversion_id"])["data"]["touches"]
    shares = rounded_shares([row["linear"] for row in explained if row["linear"]])
    assert credit == [numbers.percent(share) for share in shares]
    seen = told(desk, view, "visitors", "--limit", "100")["data"]
    for name in ("visitor_id", "name", "session_count", "total_pageviews", "total_revenue"):
        assert [row[name] for row in visitors] == [row[name] for row in seen], name
    chain = told(desk, view, "funnel")["data"]
    assert stages == [row["count"] for row in (*chain["main_chain"], *chain["drop_off_outcomes"])]
    rows = told(desk, view, "paths", "--limit", "200")["data"]
    for name in ("path", "conversions", "cash", "share_percent", "avg_touches", "avg_seconds_to_convert"):
        assert sorted(map(str, frame[name].to_list())) == sorted(str(row[name]) for row in rows), name
    assert [count for _, count, _ in lags] == [row["conversions"] for row in told(desk, view, "lags")["data"]]
    assert [count for _, count, _ in lengths] == [
        row["conversions"] for row in told(desk, view, "path-lengths")["data"]
    ]


def test_two_figures_that_mean_the_same_are_the_same(desk: Desk) -> None:
    page: Dashboard = desk.page  # pyright: ignore[reportAssignmentType]
    context = desk.window.context
    assert context is not None
    kpis = {cell.kpi.key: cell.kpi.text for cell in page.kpis.cells if cell.kpi is not None}
    days = context.profile.query("timeseries", replace(context.view.selection)).table
    numbers = desk.window.look.numbers
    assert numbers.money(float(days["revenue"].sum())) == kpis["revenue"]
    assert numbers.money(float(days["spend"].sum())) == kpis["spend"]
    totals = context.profile.query("campaigns", context.view.selection, limit=None).meta["totals"]
    assert numbers.money(totals["outcome_value"]) == kpis["revenue"]
    visits = sum(float(part) for part in page.boards[0].table.visible_frame()["visits"].drop_nulls())
    overview = context.profile.query("overview", context.view.selection).data
    assert overview is not None
    assert visits == overview["current"]["visits"]
