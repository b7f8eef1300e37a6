"""The command `clients`: every profile of a workspace at a glance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import polars as pl

from app.output import FORMATS, print_frame
from engine import Workspace
from engine.clients import as_frame, totals
from engine.queries.selection import Selection

_DAYS = 30


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--from", "date_from", type=click.DateTime(["%Y-%m-%d"]), help="First day; 30 days before --to.")
@click.option("--to", "date_to", type=click.DateTime(["%Y-%m-%d"]), help="Last day, included; yesterday.")
@click.option("--model", default="last_touch", show_default=True)
@click.option("--totals", "has_totals", is_flag=True, help="The sums of each currency instead.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def clients(
    workspace: Path,
    date_from: datetime | None,
    date_to: datetime | None,
    model: str,
    output_format: str,
    *,
    has_totals: bool,
) -> None:
    """Every profile at a glance: spend, cash, ROAS, coverage, freshness, last report.

    Money is in each profile's own currency; currencies are never added together.

    \b
    Examples:
      attribench clients agency.duckdb
      attribench clients agency.duckdb --from 2026-06-01 --to 2026-06-30 --model linear --format csv
      attribench clients agency.duckdb --totals
    """
    last = date_to.date() if date_to else datetime.now(UTC).date() - timedelta(days=1)
    first = date_from.date() if date_from else last - timedelta(days=_DAYS - 1)
    with Workspace.open(workspace) as opened:
        found = opened.clients(Selection(first, last, model=model))
    if has_totals:
        print_frame(pl.DataFrame(totals(found)), output_format)
    elif output_format == "table":
        print_frame(as_frame(found).drop("cash_by_day", "cash_before", "timezone", "model"), output_format)
    else:
        print_frame(as_frame(found), output_format)
