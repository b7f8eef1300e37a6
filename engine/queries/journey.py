"""One person's journey: everything they did, oldest first, with what each touch was credited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from engine.queries import facts
from engine.queries.masking import called, mask, scrubbed
from engine.queries.paging import MOST_ROWS
from engine.queries.people import person_named
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

_TIMELINE_LIMIT = 50
_CURSOR_DIGITS = 15
_WRITTEN_BY_PEOPLE = (
    "url", "path", "title", "event_name", "detail", "stage", "calendar", "source", "medium", "campaign",
)  # fmt: skip

_OF_EVENT = """e.occurred_at as event_time, e.event_key::varchar as id, e.event_type,
                       coalesce(r.event_name, e.event_type) as event_name, r.url, e.path, r.title,
                       coalesce(r.payload->>'form_name', r.payload->>'form_id') as detail,
                       list_filter([if(r.email is not null, 'email', null), if(r.phone is not null, 'phone', null),
                                    if(r.user_id is not null, 'user_id', null)], lambda kind: kind is not null) as
                       identified_by"""

_NO_STAGE = """null::varchar as pipeline, null::varchar as stage, null::varchar as calendar,
                       null::timestamp as starts_at, null::varchar as status, null::double as amount_reporting,
                       null::varchar as revenue_type"""


def journey(
    scope: Scope,
    *,
    id: str,  # noqa: A002
    limit: int = _TIMELINE_LIMIT,
    cursor: str | None = None,
    masked: bool = False,
) -> Result:
    """One person's timeline, oldest first: events, impressions, synthetic touches, conversions, CRM stages, refunds.

    Each touch carries what it was credited over all conversions under the selected model. Events outside of any visit
    are theirs where they name them, or a device that was nobody else's. ``id`` is a person id, also one from before a
    merge (I4), an email, or a visitor id; ``cursor`` is the number of entries to skip.
    """
    person = person_named(scope, id)
    if not 1 <= limit <= MOST_ROWS:
        raise invalid("limit", limit, f"1 to {MOST_ROWS}")
    if cursor is not None and not (cursor.isdecimal() and len(cursor) <= _CURSOR_DIGITS):
        raise invalid("cursor", cursor, "the cursor of the previous page")
    model = scope.model
    own = _own_identifiers(scope, person)
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
            ), came as materialized (
                -- Keys first, records after: each scan of a large table has a handful of keys to look for.
                select visit_id, channel, source, medium, campaign, referrer, device, browser, os, country, city
                from visits where profile_id = $profile and person_id = $person
            ), named as materialized (
                select r.record_key, r.content_hash from raw_events r
                where r.profile_id = $profile
                  and (list_contains($emails, lower(trim(r.email))) or list_contains($user_ids, r.user_id)
                       or (r.email is null and r.user_id is null and list_contains($devices, r.anonymous_id)))
            ), own as materialized (
                select event_key, content_hash, visit_id, occurred_at, event_type, path from events
                where profile_id = $profile and visit_id in (select visit_id from came)
                  and event_key not in (select record_key from conversions
                                        where profile_id = $profile and raw_table = 'raw_events'
                                          and person_id = $person)
                union all
                select e.event_key, e.content_hash, null, e.occurred_at, e.event_type, e.path from events e
                where e.profile_id = $profile and e.visit_id is null and e.agent_kind is distinct from 'bot'
                  and e.event_key in (select record_key from named)
                  and (e.event_key, e.content_hash) in (select record_key, content_hash from named)
                  and e.event_key not in (select record_key from conversions
                                          where profile_id = $profile and raw_table = 'raw_events'
                                            and record_key in (select record_key from named))
            ), told as materialized (
                select record_key, content_hash, source from raw_conversions
                where profile_id = $profile and record_key in (select record_key from conversions
                                                               where profile_id = $profile and person_id = $person)
            ), timeline as (
                select {_OF_EVENT},
                       if(e.event_key = v.visit_id, v.channel, null) as channel,
                       if(e.event_key = v.visit_id, v.source, null) as source,
                       if(e.event_key = v.visit_id, v.medium, null) as medium,
                       if(e.event_key = v.visit_id, coalesce(o.campaign_label, v.campaign), null) as campaign,
                       if(e.event_key = v.visit_id, v.referrer, null) as referrer,
                       r.value_amount::double as value_amount, r.currency, v.device, v.browser, v.os, v.country, v.city,
                       false as is_synthetic, if(e.event_key = v.visit_id, v.visit_id, null) as touch_id,
                       v.visit_id::varchar as visit_id, 'event' as kind, null::varchar as goal, {_NO_STAGE}
                from own e
                join (from raw_events where profile_id = $profile and record_key in (select event_key from own)) r
                    on r.record_key = e.event_key and r.content_hash = e.content_hash
                left join came v on v.visit_id = e.visit_id
                left join (from touches where profile_id = $profile and person_id = $person) t
                    on t.touch_id = e.visit_id
                left join touch_origins o on o.profile_id = $profile and o.origin_no = t.origin_no
                union all by name
                select t.occurred_at as event_time, t.touch_id::varchar as id,
                       case t.kind when 'view' then 'ad_impression' when 'synthetic' then 'synthetic_touch'
                           else 'touch' end as event_type,
                       t.kind as event_name, t.channel, t.source, t.medium, o.campaign_label as campaign,
                       t.kind = 'synthetic' as is_synthetic, t.touch_id, 'touch' as kind
                from touches t
                left join touch_origins o on o.profile_id = t.profile_id and o.origin_no = t.origin_no
                where t.profile_id = $profile and t.person_id = $person and t.visit_id is null
                union all by name
                select c.occurred_at as event_time, c.conversion_id::varchar as id, c.goal as event_type,
                       g.name as event_name,
                       (select lower(r.source) from told r
                        where r.record_key = c.record_key and r.content_hash = c.content_hash limit 1) as source,
                       c.amount::double as value_amount, c.currency, false as is_synthetic, 'conversion' as kind,
                       c.goal, c.pipeline, c.stage, c.calendar, c.starts_at, c.status,
                       c.amount_reporting::double as amount_reporting, c.revenue_type
                from conversions c left join goals g on g.profile_id = c.profile_id and g.goal = c.goal
                where c.profile_id = $profile and c.person_id = $person
                union all by name
                select r.occurred_at as event_time, r.record_key::varchar as id, 'crm_stage' as event_type,
                       r.event_type as event_name, lower(r.source) as source, r.value_amount::double as value_amount,
                       r.currency, false as is_synthetic, 'stage' as kind, r.pipeline, r.stage, r.status
                from (select * from raw_conversions where profile_id = $profile and stage is not null
                      and (list_contains($emails, lower(trim(email))) or list_contains($contacts, ghl_contact_id)
                           or list_contains($user_ids, person))
                      qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1) r
                where r.record_key not in (select record_key from conversions
                                           where profile_id = $profile and person_id = $person)
                union all by name
                select x.occurred_at as event_time, x.entry_id::varchar as id, 'refund' as event_type,
                       'refund' as event_name, x.amount::double as value_amount, x.currency, false as is_synthetic,
                       'refund' as kind, x.amount_reporting::double as amount_reporting, 'cash' as revenue_type
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
        {"person": person, **own},
    )
    total = int(rows["total_count"][0]) if rows.height else 0
    rows = rows.drop("total_count")
    customer = _customer(scope, person)
    if masked:
        rows = _hidden(rows, str(customer["last_name"] or ""))
        customer |= mask(_customer_frame(scope, person, masked=True)).row(0, named=True)
    customer.pop("last_name")
    following = int(cursor or 0) + rows.height
    return Result(
        rows,
        meta(scope) | {"total_count": total, "customer": customer},
        {"customer": customer, "events": rows.to_dicts(), "total_count": total},
        {"has_next": following < total, "cursor": str(following) if following < total else None},
    )


def _own_identifiers(scope: Scope, person: str) -> dict[str, list[str]]:
    """Identifiers by which records outside of visits name the person; devices only where nobody else had them."""
    known = scope.frame(
        """select kind, value from identifiers i
           where profile_id = $profile and person_id = $person
             and kind in ('email', 'user_id', 'ghl_contact_id', 'anonymous_id')
             and (kind <> 'anonymous_id'
                  or not exists (from visits v where v.profile_id = $profile and v.anonymous_id = i.value
                                 and v.person_id <> $person))""",
        {"person": person},
    )
    names = {"emails": "email", "user_ids": "user_id", "contacts": "ghl_contact_id", "devices": "anonymous_id"}
    return {key: known.filter(pl.col("kind") == kind)["value"].to_list() for key, kind in names.items()}


def _customer(scope: Scope, person: str) -> dict[str, Any]:
    return _customer_frame(scope, person, masked=False).row(0, named=True)


def _customer_frame(scope: Scope, person: str, *, masked: bool) -> pl.DataFrame:
    """Who the person is, where they were last, and how often they came."""
    return scope.frame(
        f"""select n.person_id::varchar as customer_profile_id, {called(masked=masked)} as name, n.email, n.phone,
                   n.is_identified, n.last_name, n.first_seen_at, n.last_seen_at, v.country, v.city, v.visits,
                   v.devices, v.pageviews
            from people n,
                 (select arg_max_null(country, started_at) as country, arg_max_null(city, started_at) as city,
                         count(*) as visits, count(distinct anonymous_id) as devices,
                         coalesce(sum(pageviews), 0)::bigint as pageviews
                  from visits where profile_id = $profile and person_id = $person) v
            where n.profile_id = $profile and n.person_id = $person""",
        {"person": person},
    )


def _hidden(rows: pl.DataFrame, last_name: str) -> pl.DataFrame:
    """Without what forms and mails append to addresses, and without emails, phones and the surname in texts."""
    names = last_name.split()
    rows = rows.with_columns(pl.col("url").str.replace(r"[?#].*$", ""))
    return rows.with_columns(
        pl.col(name).map_elements(lambda text: scrubbed(text, names), return_dtype=pl.String)
        for name in _WRITTEN_BY_PEOPLE
    )
