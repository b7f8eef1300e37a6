"""Which currencies there are, how far exchange rates cover them (T2), and rates entered by hand."""

from __future__ import annotations

import math
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import AttribenchError, Code
from engine.ingest import importer
from engine.money import is_currency
from engine.settings.history import note_rate

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

    from engine.ingest.importer import ImportResult
    from engine.store import Cursor, Store
    from engine.task import Task

FIRST_DAY = date(1999, 1, 4)


def currencies(cursor: Cursor, profile_id: int) -> pl.DataFrame:
    """Currencies other than the reporting one in payments, refunds, other conversions and spend; most days first.

    currency; records; days (with records); missing_days and missing_records (no rate at all: left out of every sum);
    carried_days (converted at an earlier day's rate); last_rate_on. As of the last rebuild.
    """
    return cursor.frame(
        """with used as (
               select currency, converted_on as day, is_unconverted as is_missing from conversions
               where profile_id = $1 and amount is not null
               union all
               select currency, booked_on, amount_reporting is null from cash where profile_id = $1 and entry = 'refund'
               union all
               select currency, spent_on, spend_reporting is null from ad_daily where profile_id = $1
           ), reporting as (
               select currency from profiles where profile_id = $1
           ), rated as (
               select distinct rated_on, currency from raw_rates where profile_id = $1
               union
               select distinct rated_on, base from raw_rates where profile_id = $1
           ), days as (
               select currency, day, count(*) as records, count(*) filter (is_missing) as missing
               from used where currency <> (select currency from reporting) group by all
           )
           select d.currency, sum(d.records)::bigint as records, count(*) as days,
                  count(*) filter (d.missing > 0) as missing_days, sum(d.missing)::bigint as missing_records,
                  count(*) filter (d.missing = 0 and r.currency is null) as carried_days,
                  (select max(rated_on) from rated x where x.currency = d.currency) as last_rate_on
           from days d left join rated r on r.currency = d.currency and r.rated_on = d.day
           group by d.currency order by days desc, d.currency""",
        [profile_id],
    )


def missing_days(cursor: Cursor, profile_id: int) -> pl.DataFrame:
    """Days with amounts that have no exchange rate: currency, day, records; earliest first."""
    return cursor.frame(
        """with used as (
               select currency, converted_on as day from conversions where profile_id = $1 and is_unconverted
               union all
               select currency, booked_on from cash
               where profile_id = $1 and entry = 'refund' and amount_reporting is null
               union all
               select currency, spent_on from ad_daily where profile_id = $1 and spend_reporting is null
           )
           select currency, day, count(*) as records from used group by all order by day, currency""",
        [profile_id],
    )


def enter_rate(
    store: Store,
    profile_id: int,
    *,
    day: date,
    currency: str,
    base: str,
    rate: float,
    now: datetime,
    by: str,
    task: Task,
) -> ImportResult:
    """Keep a rate as an import of its own: it counts from now on, and undoing it brings the earlier one back (E7).

    Args:
        store: the workspace.
        profile_id: whose.
        day: of the rate.
        currency: what ``rate`` counts.
        base: what one unit of is worth ``rate``.
        rate: units of ``currency`` for one ``base``.
        now: noted, as the next.
        by: who.
        task: progress and cancellation.

    Raises:
        AttribenchError: SETTING_INVALID.
    """
    currency, base = currency.strip().upper(), base.strip().upper()
    for name, code in (("currency", currency), ("base", base)):
        if not is_currency(code):
            raise _invalid(name, code, "an ISO 4217 code such as USD")
    if currency == base:
        raise _invalid("currency", currency, "another currency than the base")
    if not FIRST_DAY <= day <= now.date():
        raise _invalid("day", day.isoformat(), f"{FIRST_DAY} to {now.date()}")
    if not (math.isfinite(rate) and 0 < rate < 1e9):
        raise _invalid("rate", f"{rate:g}", "a number above 0")

    def noted(cursor: Cursor, result: ImportResult) -> None:
        told = {"day": day.isoformat(), "currency": currency, "base": base, "rate": rate}
        note_rate(cursor, profile_id, result.import_id, told, now, by)

    with tempfile.TemporaryDirectory(prefix="attribench-") as folder:
        file = Path(folder) / f"{base}-{currency} {day}.csv"
        file.write_text(f"date,currency,base,rate\n{day},{currency},{base},{rate!r}\n", encoding="utf-8")
        return importer.import_file(
            store, profile_id, "rates", file, mapping={}, zone="UTC", now=now, task=task, noted=noted
        )


def _invalid(name: str, value: str, expected: str) -> AttribenchError:
    return AttribenchError(Code.SETTING_INVALID, field=name, value=value, expected=expected)
