"""How much of the cash touches reach over time, and why the rest has none (A5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from engine.queries import facts
from engine.queries.health import band
from engine.queries.masking import PERSON, mask
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import BUCKETS, bucket_starts, checked_limit, meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope
    from engine.queries.traffic import Bucket

REASONS = ("ineligible", "nobody", "older", "before_tracking", "another_email", "after", "never_identified")
"""Why a payment has no touch, in the order they are tried: its goal is not eligible; it names nobody; the last touch is
older than the click window; it came before the first tracked visit; somebody else who looks the same has touches; all
touches came after it; nothing is known of how they came."""


def coverage_history(scope: Scope, *, by: Bucket = "week") -> Result:
    """Coverage of the click window by week or month, in conversions and in cash, with its band."""
    if by not in BUCKETS:
        raise invalid("by", by, ", ".join(BUCKETS))
    entries = facts.entries(scope, "e.booked_on" if by == "day" else f"date_trunc('{by}', e.booked_on)::date")
    table = scope.frame(
        f"""select value as date, count(*) filter (is_outcome) as outcomes,
                   count(*) filter (is_outcome and touch_count > 0) as attributed_outcomes,
                   round(coalesce(sum(cash), 0)::double, 6) as cash_revenue,
                   round(coalesce(sum(cash) filter (touch_count > 0), 0)::double, 6) as covered_revenue
            from ({entries.sql}) group by 1""",
        entries.parameters,
    )
    starts = pl.DataFrame({"date": bucket_starts(scope.selection, by)}, schema={"date": pl.Date})
    table = starts.join(table, on="date", how="left").sort("date")
    table = table.with_columns(pl.col(table.columns[1:]).fill_null(0))
    rows = [
        {
            **row,
            "coverage_percent": (share := _percent(row["attributed_outcomes"], row["outcomes"])),
            "coverage_band": band(share),
            "cash_coverage_percent": (cash := _percent(row["covered_revenue"], row["cash_revenue"])),
            "cash_coverage_band": band(cash),
        }
        for row in table.iter_rows(named=True)
    ]
    schema = dict(table.schema) | {
        "coverage_percent": pl.Float64,
        "coverage_band": pl.String,
        "cash_coverage_percent": pl.Float64,
        "cash_coverage_band": pl.String,
    }
    return Result(pl.DataFrame(rows, schema=schema), meta(scope) | {"by": by})


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 6) if whole else None


# A person's identifiers that are tied to another email (I2), people of the same name, and the device a payment was made
# on: none of these joins two people, but each hints at one.
_HINTS = """
torn as (
    select i.person_id, o.person_id as other_id, 'identifier' as hint
    from identity_conflicts c
    join identifiers i on i.profile_id = c.profile_id and i.kind = c.kind and i.value = c.value
    join identifiers o on o.profile_id = c.profile_id and o.kind = c.other_kind and o.value = c.other_value
    where c.profile_id = $profile and i.person_id in (select person_id from lost)
    union all
    select i.person_id, o.person_id, 'identifier'
    from identity_conflicts c
    join identifiers i on i.profile_id = c.profile_id and i.kind = c.other_kind and i.value = c.other_value
    join identity_conflicts d on d.profile_id = c.profile_id and d.kind = c.kind and d.value = c.value
    join identifiers o on o.profile_id = d.profile_id and o.kind = d.other_kind and o.value = d.other_value
    where c.profile_id = $profile and i.person_id in (select person_id from lost)
), on_device as (
    select l.person_id, v.person_id as other_id, 'device' as hint
    from lost l
    join conversions k on k.profile_id = $profile and k.conversion_id = l.conversion_id
    join raw_conversions r on r.profile_id = k.profile_id and r.record_key = k.record_key
    join visits v on v.profile_id = k.profile_id and v.anonymous_id = r.anonymous_id and v.started_at <= l.occurred_at
    where r.anonymous_id is not null
), named as (
    select p.person_id, q.person_id as other_id, 'name' as hint
    from people p
    join people q on q.profile_id = p.profile_id and lower(q.first_name) = lower(p.first_name)
        and lower(q.last_name) = lower(p.last_name) and q.person_id <> p.person_id
    where p.profile_id = $profile and p.person_id in (select person_id from lost)
    qualify count(*) over (partition by p.person_id) = 1
), hints as (
    select h.person_id, arg_min(h.other_id, (h.place, h.other_id)) as other_id,
           arg_min(h.hint, (h.place, h.other_id)) as hint
    from (select *, 1 as place from torn union all select *, 2 from on_device union all select *, 3 from named) h
    where h.other_id is not null and h.other_id <> h.person_id
      and exists (from touches t where t.profile_id = $profile and t.person_id = h.other_id)
    group by h.person_id
)"""


def unmatched_payments(scope: Scope, *, limit: int = 1000, search: str | None = None, masked: bool = False) -> Result:
    """Payments and refunds without an eligible touch in the click window, each with the reason, largest first.

    Their cash adds up to what coverage leaves out: ``cash_revenue`` less ``covered_revenue`` of ``quality``. ``hint``
    says why ``other`` may be the same person: a shared ``identifier``, the same ``device``, the same ``name``.
    """
    entries = facts.entries(scope)
    rows = scope.frame(
        f"""with lost as (
                select entry_id, conversion_id, person_id, goal, occurred_at, booked_on, is_refund, is_payment,
                       is_credited, cash::double as cash
                from ({entries.sql}) where cash is not null and touch_count = 0
            ), {_HINTS.strip()}, told as (
                select l.entry_id, max(t.occurred_at) filter (t.occurred_at <= l.occurred_at) as last_touch_at,
                       min(t.occurred_at) filter (t.occurred_at > l.occurred_at) as next_touch_at
                from lost l join touches t on t.profile_id = $profile and t.person_id = l.person_id
                group by l.entry_id
            ), began as (
                select min(started_at) as at from visits where profile_id = $profile
            )
            select l.entry_id::varchar as entry_id, l.conversion_id::varchar as conversion_id,
                   l.person_id::varchar as person_id, {PERSON} as name, n.email, n.phone,
                   coalesce(n.is_identified, false) as is_identified, l.goal, l.occurred_at, l.booked_on, l.is_refund,
                   l.is_payment, l.cash,
                   case when not l.is_credited then 'ineligible' when l.person_id is null then 'nobody'
                        when t.last_touch_at is not null then 'older'
                        when coalesce(l.occurred_at < b.at, true) then 'before_tracking'
                        when h.other_id is not null then 'another_email'
                        when t.next_touch_at is not null then 'after'
                        else 'never_identified' end as reason,
                   t.last_touch_at, (epoch(l.occurred_at) - epoch(t.last_touch_at)) / 86400 as days_since_touch,
                   h.other_id::varchar as other_id, h.hint, o.email as other_email
            from lost l
            cross join began b
            left join told t using (entry_id)
            left join hints h using (person_id)
            left join people n on n.profile_id = $profile and n.person_id = l.person_id
            left join people o on o.profile_id = $profile and o.person_id = h.other_id
            order by abs(l.cash) desc, l.occurred_at desc, l.entry_id""",
        entries.parameters,
    )
    reasons = (
        rows.group_by("reason")
        .agg(pl.col("is_payment").sum().alias("payments"), pl.col("cash").sum().round(6))
        .sort("cash", "reason", descending=[True, False])
        .to_dicts()
    )
    totals = {"payments": int(rows["is_payment"].sum()), "cash": round(float(rows["cash"].sum() or 0), 6)}
    if search:
        rows = rows.filter(
            pl.concat_str([pl.col(name).fill_null("") for name in ("name", "email", "reason")], separator=" ")
            .str.to_lowercase()
            .str.contains(search.lower(), literal=True)
        )
    rows = rows.head(checked_limit(limit))
    if masked:
        rows = mask(rows)
        other = mask(rows.select(pl.col("other_email").alias("email")))
        rows = rows.with_columns(other["email"].alias("other_email"))
    data: dict[str, Any] = {"reasons": reasons, **totals, "payments_listed": rows.to_dicts()}
    return Result(rows, meta(scope) | {"totals": totals, "reasons": reasons}, data)
