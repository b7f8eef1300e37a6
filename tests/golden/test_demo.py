"""The demo, end to end: simulated, imported through the ordinary code, derived; same arguments, same numbers."""

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


def test_cash_equals_the_imported_payments_and_refunds(demo):
    """G2, T3: each payment once, in its own currency, to the cent."""
    files = demo.parent / "files"
    told = pl.read_csv(files / "conversions.csv", infer_schema=False)
    amount = pl.col("value_amount").cast(pl.Decimal(18, 6))
    payments = told.filter(pl.col("event_type") == "payment_received").with_columns(amount)
    refunds = told.filter(pl.col("event_type") == "refund").with_columns(amount)
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
    events = (demo.parent / "files" / "events.ndjson").read_text(encoding="utf-8").splitlines()
    for line, event_id in rows(demo, "select line, event_id from v_events order by event_key limit 50"):
        assert f'"{event_id}"' in events[line - 1]
