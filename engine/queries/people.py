"""Customers, visitors and one person's journey. Lists are paged by (time, id), newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import polars as pl

from engine.attribution.models import MODELS
from engine.errors import AttribenchError, Code
from engine.queries import facts
from engine.queries.paging import MOST_ROWS, PERSON, mask, page_after, paged
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope


_TIMELINE_LIMIT = 50
_CURSOR_DIGITS = 15


def customers(
    scope: Scope, *, limit: int = 10, cursor: str | None = None, search: str | None = None, masked: bool = False
) -> Result:
    """Conversions of known and unknown people, newest first, with the channel that got the last credit.

    One row a conversion of the asked goals (all eligible ones unless told). ``channel`` and ``source`` are the last
    eligible touch's, ``first_channel`` the first one's; ``revenue`` is the conversion's value with its
    ``revenue_type``.
    Filters act on the last touch.
    """
    bound: dict[str, Any] = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    conditions = ["c.profile_id = $profile", "c.converted_on between $date_from and $date_to"]
    conditions.append("list_contains($goals, c.goal)")
    bound["goals"] = [goal.goal for goal in scope.goals]
    if facts.has_touch_filter(scope):
        credited = facts.credit(
            replace(scope, selection=replace(scope.selection, model="last_touch", date_basis="conversion")),
            [MODELS["last_touch"]],
            extra=("p.entry_no",),
        )
        bound |= credited.parameters
        conditions.append(f"e.entry_no in (select entry_no from ({credited.sql}))")
    if search:
        bound["search"] = search
        conditions.append(
            f"(contains(lower({PERSON}), lower($search)) or contains(lower(coalesce(n.email, '')), lower($search)))"
        )
    page, bound = page_after(limit, cursor, "c.occurred_at", "c.conversion_id", bound)
    rows = scope.frame(
        f"""with page as (
                select c.conversion_id, c.person_id, e.entry_no, e.touch_count, c.goal, c.visit_id, c.occurred_at,
                       c.revenue_type, c.amount_reporting, c.refunded_reporting, c.amount, c.currency,
                       {PERSON} as name, n.email, n.phone, coalesce(n.is_identified, false) as is_identified
                from conversions c
                join {scope.tables.entries} e on e.profile_id = c.profile_id and e.entry_id = c.conversion_id
                left join people n on n.profile_id = c.profile_id and n.person_id = c.person_id
                where {" and ".join(conditions)} {page}
                order by c.occurred_at desc, c.conversion_id desc limit {limit + 1}
            ), touched as (
                select p.entry_no, arg_max(o.channel, p.position) as channel,
                       arg_max_null(o.source, p.position) as source, arg_min(o.channel, p.position) as first_channel,
                       arg_max(p.touch_id, p.position) as last_touch, max(p.age_seconds) as age_seconds,
                       list(distinct o.channel order by o.channel) as touch_channels
                from {scope.tables.paths} p
                join touch_origins o on o.profile_id = p.profile_id and o.origin_no = p.origin_no
                where p.profile_id = $profile and p.position > 0 and p.entry_no in (select entry_no from page)
                group by p.entry_no
            ), lifetime as (
                select person_id, count(*) filter (is_outcome) as conversions, sum(cash)::double as cash
                from {scope.tables.entries}
                where profile_id = $profile and person_id in (select person_id from page)
                  {"" if scope.profile.deduct_refunds else "and not is_refund"}
                group by person_id
            )
            select g.conversion_id::varchar as conversion_id, g.person_id::varchar as customer_profile_id, g.name,
                   g.email, g.phone, g.is_identified, v.country, v.device, t.channel, t.source, t.first_channel, g.goal,
                   g.amount_reporting::double as revenue, g.revenue_type, g.amount::double as amount, g.currency,
                   g.refunded_reporting::double as refunded, g.occurred_at as conversion_time,
                   t.age_seconds as time_to_complete_seconds, g.touch_count, t.touch_channels,
                   coalesce(l.conversions, 0) as conversion_count, coalesce(l.cash, 0) as total_revenue
            from page g
            left join touched t using (entry_no)
            left join lifetime l using (person_id)
            left join visits v on v.profile_id = $profile and v.visit_id = coalesce(g.visit_id, t.last_touch)
            order by g.occurred_at desc, g.conversion_id desc""",
        bound,
    )
    return paged(scope, rows, limit, "conversion_time", "conversion_id", masked=masked)


def visitors(
    scope: Scope, *, limit: int = 10, cursor: str | None = None, search: str | None = None, masked: bool = False
) -> Result:
    """Devices with a visit in the range, last seen first; sessions and page views are those of the range."""
    relation = facts.traffic(scope)
    bound = dict(relation.parameters)
    conditions = ["true"]
    if search:
        bound["search"] = search
        conditions.append(
            f"(contains(lower({PERSON}), lower($search)) or contains(lower(coalesce(n.email, '')), lower($search)))"
        )
    page, bound = page_after(limit, cursor, "d.last_seen_at", "d.visitor_id", bound)
    rows = scope.frame(
        f"""with devices as (
                select anonymous_id as visitor_id, arg_max(person_id, started_at) as person_id,
                       max(ended_at) as last_seen_at, count(*) as session_count, sum(pageviews)::bigint as
                       total_pageviews,
                       arg_max_null(country, started_at) as country, arg_max_null(device, started_at) as device,
                       arg_max_null(browser, started_at) as browser, arg_max_null(os, started_at) as os,
                       arg_max(channel, started_at) as channel, arg_max_null(source, started_at) as source
                from ({relation.sql}) group by anonymous_id
            ), page as (
                select d.*, {PERSON} as name, n.email, n.phone, coalesce(n.is_identified, false) as is_identified
                from devices d
                left join people n on n.profile_id = $profile and n.person_id = d.person_id
                where {" and ".join(conditions)} {page}
                order by d.last_seen_at desc, d.visitor_id desc limit {limit + 1}
            ), lifetime as (
                select person_id, sum(cash)::double as cash from {scope.tables.entries}
                where profile_id = $profile and person_id in (select person_id from page)
                  {"" if scope.profile.deduct_refunds else "and not is_refund"}
                group by person_id
            ), channels as (
                select anonymous_id as visitor_id, list(distinct channel order by channel) as touch_channels
                from visits where profile_id = $profile and anonymous_id in (select visitor_id from page) group by 1
            )
            select g.visitor_id, case when g.is_identified then g.person_id::varchar end as customer_profile_id,
                   g.person_id::varchar as person_id, g.name, g.email, g.phone, g.is_identified, g.country, g.device,
                   g.browser, g.os, g.channel, g.source, coalesce(l.cash, 0) as total_revenue, g.last_seen_at,
                   g.session_count, g.total_pageviews, c.touch_channels
            from page g left join lifetime l using (person_id) left join channels c using (visitor_id)
            order by g.last_seen_at desc, g.visitor_id desc""",
        bound,
    )
    return paged(scope, rows, limit, "last_seen_at", "visitor_id", masked=masked)


def journey(
    scope: Scope,
    *,
    id: str,  # noqa: A002
    limit: int = _TIMELINE_LIMIT,
    cursor: str | None = None,
    masked: bool = False,
) -> Result:
    """One person's timeline, oldest first: events, impressions, synthetic touches, conversions, refunds.

    Each touch carries what it was credited over all conversions under the selected model. ``id`` is a person id, also
    one
    from before a merge (I4), an email, or a visitor id; ``cursor`` is the number of entries to skip.
    """
    person = person_named(scope, id)
    if not 1 <= limit <= MOST_ROWS:
        raise invalid("limit", limit, f"1 to {MOST_ROWS}")
    if cursor is not None and not (cursor.isdecimal() and len(cursor) <= _CURSOR_DIGITS):
        raise invalid("cursor", cursor, "the cursor of the previous page")
    model = scope.model
    rows = scope.frame(
        f"""with credited as (
                select p.touch_id, sum({model.credit}) filter (p.is_outcome) as conversions,
                       sum(({model.credit}) * p.cash) as revenue
                from {facts.path_source(scope)} p
                where p.profile_id = $profile and ({model.rows})
                  {"" if scope.profile.deduct_refunds else "and not p.is_refund"}
                  and p.entry_no in (select entry_no from {scope.tables.entries}
                                     where profile_id = $profile and person_id = $person)
                group by p.touch_id
            ), timeline as (
                select e.occurred_at as event_time, e.event_key::varchar as id, e.event_type,
                       coalesce(r.event_name, e.event_type) as event_name, r.url, e.path,
                       if(e.event_key = v.visit_id, v.channel, null) as channel,
                       if(e.event_key = v.visit_id, v.source, null) as source,
                       if(e.event_key = v.visit_id, v.medium, null) as medium,
                       if(e.event_key = v.visit_id, coalesce(o.campaign_label, v.campaign), null) as campaign,
                       r.value_amount::double as value_amount, r.currency, v.device, v.browser, v.os, v.country, v.city,
                       false as is_synthetic, if(e.event_key = v.visit_id, v.visit_id, null) as touch_id,
                       v.visit_id::varchar as visit_id, 'event' as kind, null::varchar as goal
                from visits v
                join events e on e.profile_id = v.profile_id and e.visit_id = v.visit_id
                join raw_events r
                    on r.profile_id = e.profile_id and r.record_key = e.event_key and r.content_hash = e.content_hash
                left join touches t on t.profile_id = v.profile_id and t.touch_id = v.visit_id
                left join touch_origins o on o.profile_id = v.profile_id and o.origin_no = t.origin_no
                where v.profile_id = $profile and v.person_id = $person
                  and not exists (from conversions c where c.profile_id = $profile and c.raw_table = 'raw_events'
                                  and c.person_id = $person and c.record_key = e.event_key)
                union all
                select t.occurred_at, t.touch_id::varchar, case t.kind when 'view' then 'ad_impression' when 'synthetic'
                           then 'synthetic_touch' else 'touch' end, t.kind, null, null, t.channel, t.source, t.medium,
                       o.campaign_label, null, null, null, null, null, null, null, t.kind = 'synthetic', t.touch_id,
                       null,
                       'touch', null
                from touches t
                left join touch_origins o on o.profile_id = t.profile_id and o.origin_no = t.origin_no
                where t.profile_id = $profile and t.person_id = $person and t.visit_id is null
                union all
                select c.occurred_at, c.conversion_id::varchar, c.goal, g.name, null, null, null,
                       (select lower(r.source) from raw_conversions r where r.profile_id = $profile
                        and r.record_key = c.record_key and r.content_hash = c.content_hash limit 1), null, null,
                       c.amount::double, c.currency, null, null, null, null, null, false, null, null, 'conversion',
                       c.goal
                from conversions c left join goals g on g.profile_id = c.profile_id and g.goal = c.goal
                where c.profile_id = $profile and c.person_id = $person
                union all
                select x.occurred_at, x.entry_id::varchar, 'refund', 'refund', null, null, null, null, null, null,
                       x.amount::double, x.currency, null, null, null, null, null, false, null, null, 'refund', null
                from cash x where x.profile_id = $profile and x.person_id = $person and x.entry = 'refund'
            )
            select l.* exclude (touch_id), l.touch_id::varchar as touch_id,
                   case when l.touch_id is not null then round(coalesce(k.conversions, 0), 6) end as
                   credited_conversions,
                   case when l.touch_id is not null then round(coalesce(k.revenue, 0), 6) end as credited_revenue,
                   count(*) over () as total_count
            from timeline l left join credited k on k.touch_id = l.touch_id
            order by l.event_time, l.kind desc, l.id
            limit {int(limit)} offset {int(cursor or 0)}""",
        {"person": person},
    )
    total = int(rows["total_count"][0]) if rows.height else 0
    rows = rows.drop("total_count")
    customer = scope.frame(
        f"""select n.person_id::varchar as customer_profile_id, {PERSON} as name, n.email, n.phone, n.is_identified,
                   n.first_seen_at, n.last_seen_at
            from people n where n.profile_id = $profile and n.person_id = $person""",
        {"person": person},
    )
    if masked:
        customer = mask(customer)
        # what forms and mails append to addresses often names somebody
        rows = rows.with_columns(pl.col("url").str.replace(r"[?#].*$", ""))
    following = int(cursor or 0) + rows.height
    return Result(
        rows,
        meta(scope) | {"total_count": total},
        {
            "customer": customer.row(0, named=True) if customer.height else None,
            "events": rows.to_dicts(),
            "total_count": total,
        },
        {"has_next": following < total, "cursor": str(following) if following < total else None},
    )


def person_named(scope: Scope, text: str) -> str:
    """The person of an id, an id from before a merge, an email, a phone or a visitor id (I4).

    Raises:
        AttribenchError: PERSON_UNKNOWN.
    """
    found: Any = None
    try:
        identity = str(UUID(text))
    except ValueError:
        identity = ""
    if identity:
        found = scope.cursor.value(
            """select coalesce((select person_id from people where profile_id = $1 and person_id = $2::uuid),
                               (select any_value(person_id) from identifiers
                                where profile_id = $1 and alias_id = $2::uuid and person_id is not null))::varchar""",
            [scope.profile_id, identity],
        )
    if found is None:
        found = scope.cursor.value(
            """select person_id::varchar from identifiers
               where profile_id = $1 and (value = $2 or value = lower(trim($2))) and person_id is not null
               order by kind limit 1""",
            [scope.profile_id, text],
        )
    if found is None:
        raise AttribenchError(Code.PERSON_UNKNOWN, identifier=text)
    return str(found)
