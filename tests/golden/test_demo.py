"""The demo, end to end: simulated, fetched from played providers, derived; same arguments, same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner

from app.cli import cli
from engine import Workspace
from engine.derive.pipeline import DERIVED_TABLES

if TYPE_CHECKING:
    from pathlib import Path

PLAYED_PROVIDERS = (
    "collector", "exchange_rates", "gohighlevel", "google_ads", "meta", "search_console", "shopify", "stripe", "x_ads",
)  # fmt: skip
ARGUMENTS = ("--people", "3000", "--days", "60", "--until", "2026-04-30", "--seed", "7")


def make_demo(folder: Path) -> Path:
    workspace = folder / "demo.duckdb"
    result = CliRunner().invoke(cli, ["demo", str(workspace), *ARGUMENTS, "--keep", str(folder / "files")])
    assert result.exit_code == 0, result.output
    return workspace


def rows(workspace: Path, sql: str) -> list[tuple[Any, ...]]:
    with Workspace.open(workspace) as opened, opened.store.read() as cursor:
        return cursor.rows(sql)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_demo(tmp_path_factory.mktemp("demo"))


def test_same_arguments_give_the_same_numbers(demo, tmp_path):
    """Every derived row is the same, and so is every raw one but for the moment it was imported."""
    again = make_demo(tmp_path)
    for table in DERIVED_TABLES:
        # a sum of hashes over text: the order of rows does not matter, their content does
        sql = f"select count(*), sum(hash(md5(t::varchar))::hugeint) from {table} t"
        assert rows(demo, sql) == rows(again, sql), table


def test_rebuilding_again_changes_nothing(demo):
    def fingerprints() -> dict[str, Any]:
        return {
            table: rows(demo, f"select count(*), sum(hash(md5(t::varchar))::hugeint) from {table} t")
            for table in DERIVED_TABLES
        }

    before = fingerprints()
    with Workspace.open(demo) as opened:
        opened.profile().rebuild()
    assert fingerprints() == before


def test_the_headline_figures_tie_to_their_parts(demo):
    with Workspace.open(demo) as opened:
        profile = opened.profile()
        figures = profile.headline()
        assert figures.agrees_with(profile.headline_by_parts())
    assert figures.visitors > 2_000
    assert figures.visits > figures.visitors
    assert figures.cash > 0
    assert figures.spend > 0


def test_all_nine_channels_and_every_kind_of_touch_occur(demo):
    """A1, A3, C1-C3."""
    assert rows(demo, "select count(distinct channel) from visits") == [(9,)]
    assert rows(demo, "select distinct kind from touches order by 1") == [("synthetic",), ("view",), ("visit",)]


def test_cash_equals_the_payments_and_refunds_that_happened(demo):
    """G2, T3: each payment once, in its own currency, to the cent."""
    files = demo.parent / "files"
    told = pl.read_csv(files / "facts" / "conversions.csv", infer_schema=False)
    amount = pl.col("value_amount").cast(pl.Decimal(18, 6))
    payments = told.filter(pl.col("event_type") == "payment_received").with_columns(amount)
    refunds = told.filter(pl.col("event_type").is_in(["refund", "dispute_lost"])).with_columns(amount)
    expected = {
        currency: payments.filter(pl.col("currency") == currency).unique("payment_id")["value_amount"].sum()
        - refunds.filter(pl.col("currency") == currency)["value_amount"].abs().sum()
        for currency in ("EUR", "USD")
    }
    assert dict(rows(demo, "select currency, sum(amount) from cash group by 1")) == expected


def test_the_truth_names_conversions_that_were_derived(demo):
    """What the simulator caused is what the pipeline found: nearly every lead it knows is a conversion of somebody."""
    truth = pl.read_parquet(demo.parent / "files" / "truth.parquet")
    known = {source for (source,) in rows(demo, "select source_id from conversions")}
    caused = set(truth["conversion_id"].unique())
    merged = len(caused - known) / len(caused)
    assert merged < 0.2, merged  # provider objects of one payment and twins of one lead stand for each other


def test_every_row_can_be_traced_to_the_file_it_came_from(demo):
    """Each visit and conversion leads back to an import and a line of its file."""
    assert rows(demo, "select count(*) from v_events where file_name is null or line is null") == [(0,)]
    lost = """select count(*) from conversions c
        where not exists (from raw_conversions r where r.record_key = c.record_key and r.content_hash = c.content_hash)
          and not exists (from raw_events r where r.record_key = c.record_key and r.content_hash = c.content_hash)"""
    assert rows(demo, lost) == [(0,)]
    assert rows(demo, "select count(*) from v_ad_daily where file_name is null or line is null") == [(0,)]


def test_a_line_in_the_view_is_that_line_in_the_file(demo):
    lines = (demo.parent / "files" / "stages.csv").read_text(encoding="utf-8").splitlines()
    told = """select r.line, r.conversion_id from raw_conversions r join imports i using (import_id)
        where i.file_name = 'stages.csv' order by r.line"""
    found = rows(demo, told)
    assert len(found) == len(lines) - 1
    for line, conversion_id in found:
        assert lines[line - 1].startswith(f"{conversion_id},")


def test_providers_tell_what_happened_and_nothing_else(demo):
    """Every fact of the business came through the connectors, once: leads, appointments, orders, spend, rates."""
    facts = demo.parent / "files" / "facts"
    told = pl.read_csv(facts / "conversions.csv", infer_schema=False)
    kinds = (
        "lead_created",
        "contact_reply",
        "qualified",
        "disqualified",
        "showed",
        "no_show",
        "closed_won",
        "closed_lost",
    )
    counted = dict(rows(demo, "select goal, count(*) from conversions group by 1"))
    for kind in (*kinds, "order_placed"):
        assert counted.get(kind, 0) == told.filter(pl.col("event_type") == kind)["conversion_id"].n_unique(), kind
    spend = pl.read_csv(facts / "ad_spend.csv", infer_schema=False).group_by("platform", "currency")
    expected = spend.agg(pl.col("spend").cast(pl.Decimal(18, 6)).sum(), pl.len()).rows()
    daily = "select platform, currency, sum(spend)::decimal(18, 6), count(*) from raw_ad_spend group by all"
    assert sorted(rows(demo, daily)) == sorted(expected)
    rates = pl.read_csv(facts / "rates.csv", infer_schema=False)
    first = rows(demo, "select min(rated_on)::varchar, count(*) from raw_rates")[0]
    assert first[1] == rates.filter(pl.col("date") >= first[0]).height


def test_connections_have_runs_and_restated_days(demo):
    """N4: figures of the last days were told a day before the end, and again."""
    played = [(name,) for name in sorted(PLAYED_PROVIDERS)]
    assert rows(demo, "select distinct provider from connections order by 1") == played
    assert rows(demo, "select distinct outcome from sync_runs") == [("done",)]
    assert rows(demo, "select sum(rows_rejected)::int from sync_runs") == [(0,)]
    restated = """select c.provider, sum(r.days_restated)::int from sync_runs r join connections c using (connection_id)
        group by 1 having sum(r.days_restated) > 0 order by 1"""
    assert rows(demo, restated) == [("google_ads", 3), ("meta", 3)]
    assert rows(demo, "select count(*) from connections where settings like '%secret_id%'") == [(0,)]


def test_syncing_the_demo_again_asks_for_no_secret_and_brings_nothing(demo, tmp_path):
    copied = tmp_path / "again.duckdb"
    copied.write_bytes(demo.read_bytes())
    result = CliRunner().invoke(cli, ["sync", str(copied)])
    assert result.exit_code == 0, result.output
    assert rows(copied, "select count(*), sum(rows_new)::int from sync_runs where stream = 'demo'") == [
        (len(PLAYED_PROVIDERS), 0)
    ]
