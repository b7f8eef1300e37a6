"""All clients of a workspace side by side: each profile's headline figures, how fresh it is, and its last report.

Figures are those of the profile's own ``overview`` and ``timeseries``; currencies are never added together.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from engine.attribution.models import DEFAULT_MODEL, MODELS
from engine.queries.health import band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from engine.queries.selection import Selection
    from engine.task import Task
    from engine.workspace import Profile


@dataclass(frozen=True)
class Client:
    """A profile at a glance.

    Attributes:
        profile: its name.
        currency: its reporting currency; all money is in it.
        timezone: its zone.
        model: under which ROAS and coverage are; the default where it has no model of the name asked for.
        spend: ad spend of the range; None without any.
        cash_revenue: cash collected, net of refunds (T3).
        cash_before: the same in the comparison period.
        ad_revenue: cash credited to ads (A7).
        roas: ``ad_revenue`` per unit of spend (A7).
        mer: ``cash_revenue`` per unit of spend (A7).
        outcomes: conversions that count.
        coverage_percent: attributed of all conversions (A5); None without any.
        coverage_band: excellent, good, caution or poor.
        cash_coverage_percent: the same of cash (A5).
        cash_coverage_band: of that.
        cash_by_day: cash of each day of the range.
        last_day: the last day with any record.
        synced_at: when a connection last brought something in, UTC.
        imported_at: when a file was last imported, UTC.
        failing: connections whose last run failed.
        is_derived: its figures were worked out at least once; without, there are none.
        is_stale: records or settings changed since.
        reported_at: when its last report was made, UTC.
    """

    profile: str
    currency: str
    timezone: str
    model: str
    spend: float | None = None
    cash_revenue: float | None = None
    cash_before: float | None = None
    ad_revenue: float | None = None
    roas: float | None = None
    mer: float | None = None
    outcomes: int = 0
    coverage_percent: float | None = None
    coverage_band: str | None = None
    cash_coverage_percent: float | None = None
    cash_coverage_band: str | None = None
    cash_by_day: tuple[float, ...] = ()
    last_day: date | None = None
    synced_at: datetime | None = None
    imported_at: datetime | None = None
    failing: tuple[str, ...] = ()
    is_derived: bool = True
    is_stale: bool = False
    reported_at: datetime | None = None


@dataclass(frozen=True)
class Total:
    """Clients of one currency together; ratios are of the sums."""

    currency: str
    clients: int
    spend: float | None
    cash_revenue: float
    ad_revenue: float
    roas: float | None
    mer: float | None


_FRESHNESS = """
with runs as (
    select c.name, r.stream, arg_max(r.outcome, r.run_id) as outcome,
           max(r.ended_at) filter (r.outcome = 'done') as done_at
    from connections c join sync_runs r using (connection_id)
    where c.profile_id = $profile and c.removed_at is null and r.outcome <> 'running'
    group by all
)
select (select max(done_at) from runs) as synced_at,
       (select list(distinct name order by name) from runs where outcome = 'failed') as failing,
       (select max(imported_at) from imports
        where profile_id = $profile and undone_at is null and connection_id is null) as imported_at,
       (select max(created_at) from reports where profile_id = $profile and deleted_at is null) as reported_at
"""


def client(profile: Profile, selection: Selection, task: Task | None = None) -> Client:
    """A profile at a glance, for the selection's days and model; its filters, goals and what-ifs are left out.

    Raises:
        AttribenchError: QUERY_INVALID for days that cannot be.
    """
    settings = profile.settings
    known = {*MODELS, *profile.custom_models()}
    asked = replace(
        selection,
        filters=(),
        goals=(),
        settings=None,
        model=selection.model if selection.model in known else DEFAULT_MODEL,
    ).checked()
    with profile.store.read(task) as cursor:
        synced, failing, imported, reported = cursor.rows(_FRESHNESS, {"profile": profile.profile_id})[0]
    spans = profile.data_days()
    state = profile.derivation()
    found = Client(
        settings.name,
        settings.currency,
        settings.timezone,
        asked.model,
        last_day=max((last for _, last in spans.values()), default=None),
        synced_at=synced,
        imported_at=imported,
        failing=tuple(failing or ()),
        is_derived=state.is_derived,
        is_stale=state.is_stale,
        reported_at=reported,
    )
    if not state.is_derived:
        return found
    overview = dict(profile.query("overview", asked, task).data or {})
    current, before = overview["current"], overview["previous"]
    days = profile.query("timeseries", asked, task).table
    return replace(
        found,
        spend=current["spend"],
        cash_revenue=current["cash_revenue"],
        cash_before=before["cash_revenue"],
        ad_revenue=current["ad_revenue"],
        roas=current["roas"],
        mer=current["mer"],
        outcomes=int(current["outcomes"] or 0),
        coverage_percent=current["coverage_percent"],
        coverage_band=band(current["coverage_percent"]),
        cash_coverage_percent=current["cash_coverage_percent"],
        cash_coverage_band=band(current["cash_coverage_percent"]),
        cash_by_day=tuple(float(value or 0) for value in days["cash_revenue"]),
    )


def totals(clients: Sequence[Client]) -> list[Total]:
    """The sums of each currency, the one with most clients first."""
    found: list[Total] = []
    for currency in dict.fromkeys(each.currency for each in clients):
        these = [each for each in clients if each.currency == currency]
        spends = [each.spend for each in these if each.spend is not None]
        spend = sum(spends) if spends else None
        cash = sum(each.cash_revenue or 0 for each in these)
        credited = sum(each.ad_revenue or 0 for each in these)
        found.append(
            Total(
                currency,
                len(these),
                spend,
                round(cash, 6),
                round(credited, 6),
                round(credited / spend, 6) if spend else None,
                round(cash / spend, 6) if spend else None,
            )
        )
    return sorted(found, key=lambda total: (-total.clients, total.currency))


def as_frame(clients: Sequence[Client]) -> pl.DataFrame:
    """One row a client."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        **dict.fromkeys(("profile", "currency", "timezone", "model"), pl.String),
        **dict.fromkeys(("spend", "cash_revenue", "cash_before", "ad_revenue", "roas", "mer"), pl.Float64),
        "outcomes": pl.Int64,
        "coverage_percent": pl.Float64,
        "coverage_band": pl.String,
        "cash_coverage_percent": pl.Float64,
        "cash_coverage_band": pl.String,
        "cash_by_day": pl.List(pl.Float64),
        "last_day": pl.Date,
        "synced_at": pl.Datetime("us"),
        "imported_at": pl.Datetime("us"),
        "failing": pl.List(pl.String),
        "is_derived": pl.Boolean,
        "is_stale": pl.Boolean,
        "reported_at": pl.Datetime("us"),
    }
    return pl.DataFrame([asdict(each) for each in clients], schema=schema)
