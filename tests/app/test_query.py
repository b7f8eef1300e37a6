"""``attribench query``: field names users script against, formats, and one line for everything that goes wrong."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from app.start import main
from engine.queries.registry import QUERIES
from tests.conftest import Lab
from tests.engine.queries.world import fill

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("--from", "2026-06-08", "--to", "2026-06-14")
NEEDED: dict[str, tuple[str, ...]] = {
    "board": ("--by", "channel"),
    "trend": ("--entity-ids", "c1,c9"),
    "journey": ("--id", "ana@x.example"),
    "explain": ("--id", "p1"),
    "identity": ("--id", "ana@x.example"),
    "record": ("--id", "p1"),
    "behind": ("--by", "channel", "--id", "Direct"),
    "merge-preview": ("--entity-ids", "ana@x.example,bob@x.example"),
    "split-preview": ("--id", "email:ana@x.example"),
}
ELSEWHERE = {  # where the world has something to show
    "engagement": ("--from", "2026-03-02", "--to", "2026-03-02"),
    "fatigue": ("--from", "2025-09-08", "--to", "2025-09-14"),
    "anomalies": ("--from", "2025-06-02", "--to", "2025-06-08", "--metrics", "spend"),
    "intervals": ("--from", "2025-11-01", "--to", "2025-11-30"),
}


class Run:
    """Runs a query in this process as the installed program would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes], workspace: Path) -> None:
        self._monkeypatch, self._capture, self._workspace = monkeypatch, capture, workspace

    def __call__(self, name: str, *arguments: str) -> tuple[int, bytes, str]:
        self._monkeypatch.setattr(sys, "argv", ["attribench", "query", str(self._workspace), name, *arguments])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        out, err = self._capture.readouterr()
        return code, out, err.decode()

    def ok(self, name: str, *arguments: str) -> bytes:
        days = () if not QUERIES[name].is_dated else ELSEWHERE.get(name, DAYS)
        code, out, err = self(name, *NEEDED.get(name, ()), *days, *arguments)
        assert (code, err) == (0, "")
        return out

    def json(self, name: str, *arguments: str) -> Any:
        return json.loads(self.ok(name, "--format", "json", *arguments))

    def fails(self, name: str, *arguments: str) -> str:
        """One line on stderr, exit 1, nothing on stdout."""
        code, out, err = self(name, *NEEDED.get(name, ()), *arguments)
        assert (code, out) == (1, b""), (code, out, err)
        assert (err.count("\n"), err.startswith("attribench: ")) == (1, True), err
        return err


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("query") / "world.duckdb"
    lab = Lab(path)
    try:
        fill(lab)
        lab.rebuild()
    finally:
        lab.close()
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], workspace: Path) -> Run:
    return Run(monkeypatch, capsysbinary, workspace)


# ------------------------------------------------------------------ field names

BREAKDOWN = "value visitors visits pageviews bounce_rate conversions conversion_rate revenue"
CAMPAIGNS = "campaign_id campaign_name spend outcome_count outcome_value roas"
LEVEL = "entity_level parent_name impressions clicks reach ctr avg_cpm avg_cpc cac status objective daily_budget"
KPIS = (
    "spend revenue roas outcomes attributed_outcomes coverage_percent visitors pageviews bounce_rate"
    " avg_engaged_seconds cash_revenue cash_payments"
)
PREVIEW = (
    "coverage_percent_before coverage_percent_after cash_coverage_percent_before cash_coverage_band_after"
    " conversions_changed payments_gained cash_gained cash_moved overwritten channels people"
)
BOARDS = (
    "channels referrers sources mediums campaign-board pages entry-pages exit-pages countries regions cities devices"
    " browsers os board"
)

REFERENCE: dict[str, str] = {
    **dict.fromkeys(BOARDS.split(), BREAKDOWN),
    "timeseries": "date visitors pageviews bounces cash_revenue spend",
    "campaigns": f"{CAMPAIGNS} {LEVEL}",
    "trend": "entity_id date spend impressions clicks",
    "conversions": "event_type count",
    "conversions-timeseries": "date event_type count",
    "revenue": "date revenue spend",
    "cash": "source currency total count",
    "customers": (
        "conversion_id customer_profile_id name email country device channel source revenue revenue_type"
        " conversion_time time_to_complete_seconds touch_count touch_channels conversion_count total_revenue"
    ),
    "appointments": (
        "conversion_id customer_profile_id name email starts_at ends_at calendar assigned_user status state label"
        " channel campaign ad previous_touches touch_channels pipeline stage"
    ),
    "visitors": (
        "visitor_id customer_profile_id name email country device browser os channel source total_revenue last_seen_at"
        " session_count total_pageviews touch_channels"
    ),
    "keywords": "keyword impressions clicks ctr avg_position",
    "anomalies": "date metric observed expected_low expected_high z_score",
    "fatigue": "entity_id entity_name ctr ctr_before avg_cpm avg_cpm_before frequency frequency_before is_judged",
    "compare": (
        "value spend last_touch.conversions last_touch.revenue last_touch.roas first_touch.revenue linear.change"
        " position_based.change_percent time_decay.revenue"
    ),
    "behind": "entry_id conversion_id source_id is_refund goal occurred_at name email touches conversions revenue",
    "path-lengths": "touches conversions cash",
    "people": (
        "id customer_profile_id name email phone is_identified conversion_id goal conversion_time conversions cash"
        " refunded value channel source first_channel first_source touch_count touch_channels time_to_complete_seconds"
    ),
    "paths": "path row paths conversions cash share_percent cash_share_percent avg_touches avg_seconds_to_convert",
    "lags": "from_seconds to_seconds row conversions cash share_percent cumulative_percent",
    "findings": "code severity count visits conversions cash cash_share spend action facts",
    "coverage-history": "date outcomes attributed_outcomes coverage_percent coverage_band cash_coverage_percent",
    "utm-audit": "finding field value variants platform visits cash visit_share cash_share",
    "gaps": "started_at ended_at hours expected is_open conversions cash",
    "freshness": "source name kind state last_at days error",
    "contacts": "person_id name email phone kinds identifiers visits payments cash first_seen_at last_seen_at",
    "conflicts": "reason kind value other_kind other_value person_id records conversions cash",
    "repairs": (
        "suggestion_id person_id name missing value provider object_type object_id told_at link doubt is_bulk cash"
    ),
    "intervals": "value revenue revenue_low revenue_high roas roas_low roas_high rank rank_kept_percent",
}
"""Names of each row: of the REST reference (doc:122-2052), then of the analysis tools (doc:7270-7806)."""

NESTED: dict[str, dict[str, str]] = {
    "overview": {"current": KPIS, "previous": KPIS},
    "summary": {
        period + part: names
        for period in ("current_period", "previous_period")
        for part, names in {
            "": "spend cash pipeline leads traffic",
            ".spend": "amount",
            ".cash": "attributed_revenue attributed_conversions total_conversions collected roas",
            ".cash.attributed_revenue": "amount",
            ".cash.collected": "amount",
            ".cash.roas": "value formatted",
            ".pipeline": "appointments_booked closed_won crm_value_amount_sum note",
            ".pipeline.crm_value_amount_sum.attributed": "amount",
            ".pipeline.crm_value_amount_sum.total": "amount",
            ".leads": "count",
            ".traffic": "visitors pageviews bounce_rate_percent",
        }.items()
    },
    "realtime": {"": "visitors_online"},
    "quality": {"": "total_events with_full_utms with_fbclid_only with_no_tracking coverage_percent"},
    "funnel": {
        "": "scope window main_chain drop_off_outcomes totals",
        "window": "start end",
        "main_chain.0": "key label count conversion_rate_from_previous_pct drop_off_from_previous_count",
        "drop_off_outcomes.0": "key label count",
        "totals": "all_events leads closed_won lead_to_closed_won_rate_pct",
    },
    "engagement": {
        "": "summary",
        "summary": "attention frustration forms video web_vitals",
        "summary.frustration": "rage_clicks dead_clicks js_errors",
        "summary.web_vitals": "avg_lcp avg_fcp avg_cls avg_inp avg_ttfb",
    },
    "journey": {
        "": "events total_count customer",
        "events.0": (
            "event_type event_name event_time url path channel source medium campaign value_amount currency device"
            " browser os country city is_synthetic"
        ),
        "customer": "name email phone",
    },
    "unmatched-payments": {
        "": "reasons payments cash payments_listed",
        "reasons.0": "reason payments cash",
        "payments_listed.0": "entry_id conversion_id person_id name email occurred_at cash reason last_touch_at hint",
    },
    **{name: {"": PREVIEW} for name in ("repair-preview", "merge-preview", "split-preview")},
    "explain": {
        "": "conversion touches models",
        "conversion": "conversion_id file_name line",
        "touches.0": "reason file_name line revenue last_touch shapley",
    },
    "identity": {
        "": "person identifiers conflicts decisions",
        "person": "person_id name email phone is_identified",
        "identifiers.0": "kind value label records because with_kind with_value evidence file_name line",
    },
    "record": {"": "record fields", "record": "record_key raw_table file_name line versions connection"},
}


def test_the_names_of_every_query_are_listed_here() -> None:
    assert {*REFERENCE, *NESTED} == {*QUERIES}


@pytest.mark.parametrize("name", REFERENCE)
def test_fields_of_a_row(run: Run, name: str) -> None:
    answer = run.json(name)
    assert isinstance(answer["data"], list)
    assert answer["data"] or name in {"anomalies", "gaps", "conflicts", "repairs"}  # the world has none of these
    for row in answer["data"]:
        assert set(REFERENCE[name].split()) <= set(row)
    assert {"date_from", "date_to", "profile_id"} <= set(answer["meta"])
    if name in {"customers", "visitors", "people"}:
        assert {"has_next", "cursor"} <= set(answer["pagination"])


@pytest.mark.parametrize("name", NESTED)
def test_fields_of_a_nested_answer(run: Run, name: str) -> None:
    answer = run.json(name)
    for place, names in NESTED[name].items():
        found = answer["data"]
        for step in place.split(".") if place else ():
            found = found[int(step) if step.isdigit() else step]
        assert set(names.split()) <= set(found), place
    assert "profile_id" in answer["meta"]


def test_moments_and_days_in_json(run: Run) -> None:
    """doc:1104: instants in UTC with a Z, days as YYYY-MM-DD, a dash is null."""
    assert run.json("customers")["data"][-1]["conversion_time"] == "2026-06-08T10:02:00Z"
    assert run.json("timeseries")["data"][0]["date"] == "2026-06-08"
    assert run.json("realtime")["data"]["visitors_online"] is None
    assert run.json("timeseries")["data"][4]["roas"] is None


# ------------------------------------------------------------------ formats


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_in_every_format(run: Run, name: str) -> None:
    """The same rows as a table, as JSON, CSV and Parquet."""
    answer = run.json(name)
    assert set(answer) in ({"data", "meta"}, {"data", "meta", "pagination"})
    frame = pl.read_parquet(io.BytesIO(run.ok(name, "--format", "parquet")))
    header, *lines = csv.reader(io.StringIO(run.ok(name, "--format", "csv").decode()))
    assert header == frame.columns
    assert len(lines) == frame.height
    assert all(len(line) == len(header) for line in lines)
    if isinstance(answer["data"], list):
        assert len(answer["data"]) == frame.height
        assert all([*row] == header for row in answer["data"])
    table = run.ok(name).decode().splitlines()
    assert len(table) == frame.height + 2
    assert table[0].split() == header
    for cell in (cell for line in lines for cell in line if cell[:1] in set("=+-@\t\r")):
        float(cell)  # CSV: what a spreadsheet would run is guarded; only numbers may begin so


def test_names_that_a_spreadsheet_would_run(run: Run) -> None:
    assert any("'=Eve" in line for line in csv.reader(io.StringIO(run.ok("customers", "--format", "csv").decode())))
    assert "=Eve" in [row["name"] for row in run.json("customers")["data"]]  # data for programs is as it is


def test_masked_output_names_nobody(run: Run) -> None:
    for name in ("people", "customers", "visitors", "journey", "identity"):
        for kind in ("table", "json", "csv"):
            out = run.ok(name, "--masked", "--format", kind).decode()
            assert not any(secret in out for secret in ("ana@", "bob@x", "O'Neil")), (name, kind)


# ------------------------------------------------------------------ options


def test_options_reach_the_query(run: Run) -> None:
    """INTERFACES: each option of the command does what it does in the library."""
    linear = run.json("overview", "--model", "linear", "--compare-from", "2025-11-01", "--compare-to", "2025-11-30")
    assert (linear["data"]["current"]["revenue"], linear["data"]["previous"]["cash_revenue"]) == (185, 735)
    seen = run.json("overview", "--filter", "channel=is:Paid Search", "--filter", "country=is_not:ES")["data"][
        "current"
    ]
    assert (seen["visits"], seen["conversions"], seen["spend"]) == (1, 1, None)
    assert run.json("overview", "--goal", "lead_created", "--goal", "closed_won")["data"]["current"]["outcomes"] == 2
    assert len(run.json("timeseries", "--by", "week")["data"]) == 1
    assert [row["entity_name"] for row in run.json("campaigns", "--level", "ad", "--search", "vid")["data"]] == [
        "Video"
    ]
    assert run.json("channels", "--sort", "revenue:desc", "--limit", "1")["data"][0]["value"] == "Direct"
    assert "markov.share" in run.json("compare", "--models", "last_touch,markov", "--order", "2")["data"][0]
    touched = run.json("revenue", "--date-basis", "touch", "--model", "first_touch")["meta"]
    assert (touched["totals"]["outside_revenue"], touched["date_basis"]) == (250, "touch")
    short = run.json("overview", "--model", "linear", "--click-window", "24h")["data"]["current"]
    assert short["revenue"] == 60
    windows = run.json(
        "overview", "--view-window", "48", "--first-touch-window", "60d", "--half-life", "12h", "--weights", "1,2,1",
        "--game", "subset", "--fit-on", "source",
    )["meta"]["windows"]  # fmt: skip
    assert windows == {
        "click_window_days": 30, "view_window_hours": 48, "first_touch_window_days": 60, "half_life_days": 0.5,
        "weights": [0.25, 0.5, 0.25], "order": 1, "game": "subset", "fit_on": "source",
    }  # fmt: skip
    deals = run.json("funnel", "--scope", "pipeline_only")["data"]
    assert deals["totals"]["all_events"] == 1
    assert run.json("anomalies", "--threshold", "20")["data"][0]["metric"] == "spend"


def test_a_cursor_continues_a_list(run: Run) -> None:
    """doc:1084: the cursor of one answer is the option of the next; also as REST writes it, with a Z."""
    first = run.json("visitors", "--limit", "3")
    assert first["pagination"]["has_next"] is True
    rest = run.json("visitors", "--limit", "3", "--cursor", first["pagination"]["cursor"])
    assert [row["visitor_id"] for row in first["data"] + rest["data"]] == ["d1", "d4", "d2", "d3"]
    assert rest["pagination"] == {"has_next": False, "cursor": None}
    events = run.json("journey", "--limit", "5", "--cursor", "10")
    assert (len(events["data"]["events"]), events["data"]["total_count"]) == (2, 12)


def test_days_left_out_are_the_last_thirty(run: Run) -> None:
    """Up to yesterday in the profile's zone; queries of no days need none."""
    code, out, _ = run("overview", "--format", "json", "--to", "2026-06-14")
    assert (code, json.loads(out)["meta"]["date_from"]) == (0, "2026-05-16")
    assert run("overview", "--format", "json")[0] == 0
    assert run("realtime")[0] == 0


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("nonsense", (), "overview, summary"),
        ("overview", ("--model", "nonsense"), "last_touch, first_touch"),
        ("cash", ("--model", "nonsense"), "last_touch, first_touch"),
        ("overview", ("--from", "2026-06-14", "--to", "2026-06-08"), "from 2026-06-14 on"),
        ("overview", ("--from", "0001-01-01", "--to", "9999-12-31"), "1970-01-01"),
        ("overview", ("--compare-from", "2026-06-01"), "both a first and a last day"),
        ("overview", ("--filter", "nonsense"), "DIMENSION=OPERATOR:VALUE"),
        ("overview", ("--filter", "channel=like:x"), "is, is_not, contains, not_contains"),
        ("overview", ("--filter", "nonsense=is:x"), "channel, source, medium"),
        ("overview", ("--goal", "nonsense"), "payment_received"),
        ("overview", ("--limit", "3"), "overview takes: none"),
        ("overview", ("--click-window", "0"), "1 to 365"),
        ("overview", ("--click-window", "nan"), "1 to 365"),
        ("overview", ("--half-life", "0"), "0.01 to 3650"),
        ("overview", ("--view-window", "400d"), "1 to 168"),
        ("overview", ("--weights", "1,2"), "three numbers"),
        ("overview", ("--weights", "1,nan,2"), "three numbers"),
        ("timeseries", ("--by", "hour"), "day, week, month"),
        ("board", ("--by", "nonsense"), "channel, source"),
        ("channels", ("--sort", "nonsense"), "a field of"),
        ("channels", ("--limit", "9" * 30), "1 to"),
        ("compare", ("--models", ","), "last_touch"),
        ("compare", ("--by", "nonsense"), "landing_page"),
        ("trend", ("--entity-ids", "nobody"), "campaigns"),
        ("funnel", ("--scope", "nonsense"), "pipeline_only"),
        ("anomalies", ("--metrics", "nonsense"), "visitors, visits"),
        ("anomalies", ("--threshold", "-1"), "above zero"),
        ("customers", ("--cursor", "nonsense"), "TIME|ID"),
        ("journey", ("--id", "nobody"), "Nobody has"),
        ("journey", ("--cursor", "²"), "previous page"),
        ("explain", ("--id", "nobody"), "customers"),
        ("overview", ("--profile", "nobody"), "Lab"),
    ],
)
def test_one_line_says_what_is_valid(run: Run, name: str, arguments: tuple[str, ...], expected: str) -> None:
    assert expected in run.fails(name, *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("overview", "--from", "2026-13-01"),
        ("overview", "--to", "yesterday"),
        ("channels", "--limit", "0"),
        ("channels", "--limit", "x"),
        ("campaigns", "--level", "account"),
        ("overview", "--date-basis", "nonsense"),
        ("overview", "--format", "xml"),
        ("overview", "--order", "5"),
        ("overview", "--game", "nonsense"),
        ("overview", "--fit-on", "medium"),
        ("overview", "--click-window", "soon"),
        ("overview", "--weights", "a,b,c"),
        ("overview", "--nonsense"),
        ("anomalies", "--threshold", "x"),
    ],
)
def test_wrong_usage_exits_with_two(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, b"")
    assert "Traceback" not in err


@pytest.mark.parametrize("text", ["%", "'", '"', "\\", "🦊", "x" * 10_000, "; drop table visits"])
def test_odd_values_are_values(run: Run, text: str) -> None:
    """A filter or a search for them finds the right rows, mostly none."""
    found = run.json("overview", "--filter", f"source=is_not:{text}", "--filter", f"page=not_contains:{text}")
    assert found["data"]["current"]["visits"] == 7
    assert len(run.json("visitors", "--search", text)["data"]) == (text in {"%", "'", "\\", "🦊"})
    for name in ("journey", "explain", "identity", "record"):
        assert run.fails(name, "--id", text).count("\n") == 1


def test_before_the_first_rebuild(run: Run, tmp_path: Path) -> None:
    lab = Lab(tmp_path / "new.duckdb")
    lab.close()
    code, out, err = Run(run._monkeypatch, run._capture, tmp_path / "new.duckdb")("overview")
    assert (code, out, err.count("\n")) == (1, b"", 1)
    assert "attribench rebuild" in err
