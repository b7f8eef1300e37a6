"""One list of everything that distorts the figures: what, how much of it, what to do, and by which command.

Texts stand in the application; here are codes, counts, and the visits, conversions, cash and spend concerned.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.queries import facts
from engine.queries.contacts import conflicts, counts
from engine.queries.coverage import unmatched_payments
from engine.queries.repairs import suggestions
from engine.queries.result import Result
from engine.queries.sources import freshness, gaps
from engine.queries.tags import utm_audit
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

Row = dict[str, Any]

ACTIONS = (
    "rebuild",
    "repairs",
    "conflicts",
    "tags",
    "payments",
    "contacts",
    "imports",
    "connections",
    "settings",
    "none",
)
"""Where each finding is mended: a rebuild; a tab of the page; imports, connections or settings; nowhere in here."""

_SERIOUS = 5.0  # percent of the range's cash or spend
_CASH_FINDINGS = {"nobody", "another_email", "never_identified", "before_tracking", "older", "after", "ineligible"}
_TAGS = {
    "case": "tags_case",
    "spelling": "tags_spelling",
    "ambiguous": "tags_ambiguous",
    "unresolved": "tags_unresolved",
    "internal": "tags_internal",
    "untagged_paid": "tags_untagged_paid",
    "partial": "tags_partial",
}
_SCHEMA: dict[str, Any] = {
    "code": pl.String,
    "severity": pl.String,
    "count": pl.Int64,
    "visits": pl.Int64,
    "conversions": pl.Int64,
    "cash": pl.Float64,
    "cash_share": pl.Float64,
    "spend": pl.Float64,
    "action": pl.String,
    "facts": pl.String,
}


def findings(scope: Scope) -> Result:
    """Everything found, the gravest first. ``severity``: bad (5 % of the cash or more, or figures that are not those of
    the records), warn, info. ``facts`` is JSON: what the sentence about it names."""
    figures = _figures(scope)
    rows = [
        *_stale(scope),
        *_payments(scope),
        *_people(scope),
        *_tags(scope),
        *_tracking(scope),
        *_money(scope),
        *_sources(scope),
    ]
    for row in rows:
        cash = row.get("cash")
        row["cash_share"] = 100 * cash / figures["cash"] if cash and figures["cash"] else None
        row["facts"] = json.dumps(row.get("facts", {}), default=str, ensure_ascii=False)
        row.setdefault("severity", _severity(row, figures))
    order = {"bad": 0, "warn": 1, "info": 2}
    rows.sort(key=lambda row: (order[row["severity"]], -abs(row.get("cash") or 0), -(row["count"] or 0), row["code"]))
    table = pl.DataFrame([{name: row.get(name) for name in _SCHEMA} for row in rows], schema=_SCHEMA)
    return Result(table, meta(scope) | {"findings": table.height})


def _severity(row: Row, figures: Row) -> str:
    spend = row.get("spend")
    share = max(
        abs(row.get("cash_share") or 0), 100 * abs(spend) / figures["spend"] if spend and figures["spend"] else 0
    )
    if share >= _SERIOUS:
        return "bad"
    return "warn" if share > 0 else "info"


def _bound(scope: Scope) -> Row:
    return {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}


def _figures(scope: Scope) -> Row:
    entries = facts.entries(scope)
    cash = scope.frame(f"select coalesce(sum(cash), 0)::double as cash from ({entries.sql})", entries.parameters)
    spend = scope.frame(
        """select coalesce(sum(spend_reporting), 0)::double as spend from ad_daily
           where profile_id = $profile and spent_on between $date_from and $date_to""",
        _bound(scope),
    )
    return {"cash": float(cash["cash"][0]), "spend": float(spend["spend"][0])}


def _stale(scope: Scope) -> list[Row]:
    return [{"code": "figures_stale", "count": 1, "severity": "bad", "action": "rebuild"}] if scope.is_stale else []


def _payments(scope: Scope) -> list[Row]:
    """Cash without a touch, by reason; tied to the cash that coverage leaves out."""
    result = unmatched_payments(scope)
    return [
        {
            "code": f"payments_{reason['reason']}",
            "count": reason["payments"],
            "conversions": reason["payments"],
            "cash": reason["cash"],
            "action": "payments",
        }
        for reason in result.meta["reasons"]
    ]


def _people(scope: Scope) -> list[Row]:
    rows: list[Row] = []
    found = suggestions(scope)
    bulk = [row for row in found if row["is_bulk"]]
    people = counts(scope)
    if found:
        whom = {row["person_id"] or row["left_value"]: row["cash"] for row in bulk if row["missing"] == "email"}
        rows.append(
            {
                "code": "repairs",
                "count": len(found),
                "severity": "warn",
                "action": "repairs",
                "facts": {"bulk": len(bulk), "cash_of_people": round(sum(whom.values()), 6)},
            }
        )
    rows += [
        {"code": name, "count": people[name], "action": "contacts", "facts": {"people": people["people"]}}
        for name in ("missing_email", "missing_phone")
        if people[name]
    ]
    listed = conflicts(scope, limit=1_000_000).table
    links = listed.filter(pl.col("reason").is_in(["two_emails", "chain", "device"]))
    held = listed.filter(pl.col("reason").is_in(["too_many_people", "too_many_devices", "placeholder"]))
    for code, part in (("conflicts", links), ("quarantined", held)):
        if part.height:
            rows.append(
                {
                    "code": code,
                    "count": part.height,
                    "conversions": int(part["conversions"].sum()),
                    "action": "conflicts",
                    "severity": "warn" if part["cash"].sum() else "info",
                    "facts": {"cash_of_people": round(float(part["cash"].sum()), 6)},
                }
            )
    return rows


def _tags(scope: Scope) -> list[Row]:
    table = utm_audit(scope, limit=1_000_000).table
    return [
        {
            "code": _TAGS[row["finding"]],
            "count": row["count"],
            "visits": row["visits"],
            "cash": round(row["cash"], 6),
            "action": "tags",
            "facts": {"value": row["value"], "variant": row["variant"]},
        }
        for row in table.group_by("finding")
        .agg(
            pl.len().alias("count"),
            pl.col("visits").sum(),
            pl.col("cash").sum(),
            pl.col("value").first(),
            pl.col("variants").first().list.first().alias("variant"),
        )
        .iter_rows(named=True)
    ]


def _tracking(scope: Scope) -> list[Row]:
    rows: list[Row] = []
    found = gaps(scope).table
    if found.height:
        longest = found.sort("hours", descending=True).row(0, named=True)
        rows.append(
            {
                "code": "gaps",
                "count": found.height,
                "conversions": int(found["conversions"].sum()),
                "cash": round(float(found["cash"].sum()), 6),
                "action": "none",
                "severity": "bad" if found["is_open"].any() else "warn",
                "facts": {
                    "hours": int(found["hours"].sum()),
                    "expected": round(float(found["expected"].sum())),
                    "longest_from": longest["started_at"],
                    "longest_hours": longest["hours"],
                    "is_open": bool(found["is_open"].any()),
                },
            }
        )
    row = scope.frame(
        """select count(*) filter (agent_kind = 'bot') as bots, count(*) as events
           from events where profile_id = $profile
             and occurred_at >= $begin and occurred_at < $end""",
        scope.instants,
    ).row(0, named=True)
    if row["bots"]:
        share = 100 * row["bots"] / row["events"]
        rows.append(
            {"code": "bots", "count": row["bots"], "action": "none", "severity": "info", "facts": {"share": share}}
        )
    forms = scope.frame(
        """select coalesce(e.path, v.entry_page) as page, count(*) as sent, count(distinct v.visit_id) as visits
           from events e
           join visits v on v.profile_id = e.profile_id and v.visit_id = e.visit_id
           join people p on p.profile_id = v.profile_id and p.person_id = v.person_id
           where e.profile_id = $profile and e.event_type in ('form_submitted', 'lead_submitted')
             and not p.is_identified and v.started_on between $date_from and $date_to
           group by 1 order by sent desc, page""",
        _bound(scope),
    )
    if forms.height:
        rows.append(
            {
                "code": "forms_unidentified",
                "count": int(forms["sent"].sum()),
                "visits": int(forms["visits"].sum()),
                "action": "none",
                "severity": "warn",
                "facts": {"pages": forms.height, "page": forms["page"][0]},
            }
        )
    return rows + _spend_without_touches(scope)


def _spend_without_touches(scope: Scope) -> list[Row]:
    """Campaigns whose clicks arrive as nobody's: paid for, and not one touch names them."""
    table = scope.frame(
        """with paid as (
               select platform, campaign_id, sum(spend_reporting)::double as spend, sum(clicks) as clicks
               from ad_daily where profile_id = $profile and spent_on between $date_from and $date_to
               group by all having sum(clicks) > 0
           )
           select p.*, e.name from paid p
           left join ad_entities e on e.profile_id = $profile and e.level = 'campaign' and e.platform = p.platform
               and e.entity_id = p.campaign_id
           where not exists (from touches t where t.profile_id = $profile and t.platform = p.platform
                             and t.campaign_id = p.campaign_id and t.touched_on between $date_from and $date_to)
           order by spend desc nulls last, p.campaign_id""",
        _bound(scope),
    )
    if table.is_empty():
        return []
    return [
        {
            "code": "spend_without_touches",
            "count": table.height,
            "spend": round(float(table["spend"].sum() or 0), 6),
            "action": "tags",
            "facts": {"campaign": table["name"][0] or table["campaign_id"][0], "clicks": int(table["clicks"].sum())},
        }
    ]


def _money(scope: Scope) -> list[Row]:
    """Amounts without a rate (T2), and ad accounts whose day is not the profile's (T1)."""
    rows: list[Row] = []
    table = scope.frame(
        """select currency, count(*) filter (kind = 'cash') as cash, count(*) filter (kind = 'spend') as spend,
                  sum(amount)::double as amount
           from (select currency, 'cash' as kind, amount from cash
                 where profile_id = $profile and amount_reporting is null and booked_on between $date_from and $date_to
                 union all
                 select currency, 'spend', spend from ad_daily
                 where profile_id = $profile and spend_reporting is null and spent_on between $date_from and $date_to)
           group by 1 order by 1""",
        _bound(scope),
    )
    if table.height:
        amounts = {row["currency"]: row["amount"] for row in table.iter_rows(named=True)}
        rows.append(
            {
                "code": "unconverted",
                "count": int(table["cash"].sum()) + int(table["spend"].sum()),
                "conversions": int(table["cash"].sum()),
                "action": "imports",
                "severity": "bad",
                "facts": {"amounts": amounts, "currencies": ", ".join(amounts)},
            }
        )
    zones = scope.frame(
        """with told as (
               select o.object_id as account, c.provider,
                      coalesce(o.content->>'$.timezone_name', o.content->>'$.timezone', o.content->>'$.time_zone',
                               o.content->>'$.customerClient.timeZone', o.content->>'$.customer.timeZone') as zone
               from provider_objects o join connections c using (connection_id)
               where o.profile_id = $profile and o.object_type in ('ad_account', 'account', 'customer')
                 and c.provider in ('meta', 'google_ads', 'x_ads') and c.removed_at is null
               qualify row_number() over (partition by o.connection_id, o.object_id order by o.fetched_at desc) = 1
           )
           select t.*, coalesce((select sum(spend_reporting)::double from ad_daily d
                                 where d.profile_id = $profile
                                   and d.account in (t.account, replace(t.account, 'act_', ''))
                                   and d.spent_on between $date_from and $date_to), 0) as spend
           from told t where t.zone is not null and t.zone <> $timezone order by spend desc, account""",
        _bound(scope) | {"timezone": scope.profile.timezone},
    )
    if zones.height:
        first = zones.row(0, named=True)
        rows.append(
            {
                "code": "account_zone",
                "count": zones.height,
                "spend": round(float(zones["spend"].sum()), 6),
                "action": "settings",
                "severity": "warn",
                "facts": {"account": first["account"], "zone": first["zone"], "own": scope.profile.timezone},
            }
        )
    return rows


def _sources(scope: Scope) -> list[Row]:
    rows = [
        {
            "code": f"source_{row['state']}" if row["kind"] == "connection" else "records_stale",
            "count": 1,
            "action": "connections" if row["kind"] == "connection" else "imports",
            "severity": "info" if row["state"] == "paused" else "warn",
            "facts": {
                "name": row["name"],
                "last_at": row["last_at"],
                "days": None if row["days"] is None else round(row["days"], 1),
                "error": row["error"],
            },
        }
        for row in freshness(scope).table.iter_rows(named=True)
        if row["state"] != "fresh"
    ]
    rejected = scope.frame(
        """select coalesce(sum(rows_rejected), 0)::bigint as rows, count(*) as imports,
                  arg_max(file_name, rows_rejected) as file_name
           from imports where profile_id = $profile and undone_at is null and rows_rejected > 0"""
    ).row(0, named=True)
    if rejected["rows"]:
        rows.append(
            {
                "code": "rows_rejected",
                "count": rejected["rows"],
                "action": "imports",
                "severity": "warn",
                "facts": {"imports": rejected["imports"], "file_name": rejected["file_name"]},
            }
        )
    return rows
