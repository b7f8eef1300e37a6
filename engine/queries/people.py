"""Customers and visitors, paged by (time, id), newest first; and who an identifier names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine.attribution.models import MODELS
from engine.errors import AttribenchError, Code
from engine.queries import facts
from engine.queries.masking import PERSON, called
from engine.queries.paging import page_after, paged

if TYPE_CHECKING:
    from engine.queries.result import Result
    from engine.queries.scope import Scope


def customers(
    scope: Scope, *, limit: int = 10, cursor: str | None = None, search: str | None = None, masked: bool = False
) -> Result:
    """Conversions of known and unknown people, newest first, with the channel that got the last credit.

    One row a conversion of the asked goals (all eligible ones unless told). ``channel`` and ``source`` are the last
    eligible touch's, ``first_channel`` the first one's; ``revenue`` is the conversion's value with its
    ``revenue_type``.
    Filters act on the last touch.
    """
    selection = scope.selection
    bound: dict[str, Any] = {"date_from": selection.date_from, "date_to": selection.date_to}
    conditions = ["c.profile_id = $profile", "c.converted_on between $date_from and $date_to"]
    conditions.append("list_contains($goals, c.goal)")
    bound["goals"] = [goal.goal for goal in scope.goals]
    entry = f"join {scope.tables.entries} e on e.profile_id = $profile and e.entry_id ="
    person = "left join people n on n.profile_id = $profile and n.person_id ="
    joins = ""  # only what decides which rows there are: the rest is joined to one page of them
    if facts.has_touch_filter(scope):
        credited = facts.credit(
            replace(scope, selection=replace(selection, model="last_touch", date_basis="conversion")),
            [MODELS["last_touch"]],
            extra=("p.entry_no",),
        )
        bound |= credited.parameters
        joins += f"{entry} c.conversion_id "
        conditions.append(f"e.entry_no in (select entry_no from ({credited.sql}))")
    if search:
        bound["search"] = search
        joins += f"{person} c.person_id"
        conditions.append(
            f"(contains(lower({PERSON}), lower($search)) or contains(lower(coalesce(n.email, '')), lower($search)))"
        )
    # A conversion's last touch is a visit of its click window at the earliest (A2).
    bound["visited_from"] = selection.date_from - timedelta(days=ceil(scope.settings.click_window_days) + 1)
    page, bound = page_after(limit, cursor, "c.occurred_at", "c.conversion_id", bound)
    rows = scope.frame(
        f"""with found as (
                select c.conversion_id, c.person_id, c.goal, c.visit_id, c.occurred_at, c.revenue_type,
                       c.amount_reporting, c.refunded_reporting, c.amount, c.currency
                from conversions c {joins}
                where {" and ".join(conditions)} {page}
                order by c.occurred_at desc, c.conversion_id desc limit {limit + 1}
            ), page as (
                select f.*, e.entry_no, e.touch_count, {called(masked=masked)} as name, n.email, n.phone,
                       coalesce(n.is_identified, false) as is_identified
                from found f {entry} f.conversion_id {person} f.person_id
            ), touched as (
                select p.entry_no, arg_max(o.channel, p.position) as channel,
                       arg_max_null(o.source, p.position) as source, arg_min(o.channel, p.position) as first_channel,
                       arg_max(p.touch_id, p.position) as last_touch, max(p.age_seconds) as age_seconds,
                       list(distinct o.channel order by o.channel) as touch_channels
                from {scope.tables.paths} p
                join touch_origins o on o.profile_id = p.profile_id and o.origin_no = p.origin_no
                where p.profile_id = $profile and p.position > 0 and p.booked_on between $date_from and $date_to
                  and p.entry_no in (select entry_no from page)
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
            left join visits v on v.profile_id = $profile and v.started_on between $visited_from and $date_to
                and v.visit_id = coalesce(g.visit_id, t.last_touch)
            order by g.occurred_at desc, g.conversion_id desc""",
        bound,
    )
    return paged(scope, rows, limit, "conversion_time", "conversion_id", masked=masked)


def visitors(
    scope: Scope, *, limit: int = 10, cursor: str | None = None, search: str | None = None, masked: bool = False
) -> Result:
    """Devices with a visit in the range, last seen first; sessions and page views are those of the range.

    ``meta.totals`` counts them."""
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
            ), listed as (
                select d.*, {called(masked=masked)} as name, n.email, n.phone,
                       coalesce(n.is_identified, false) as is_identified
                from devices d
                left join people n on n.profile_id = $profile and n.person_id = d.person_id
                where {" and ".join(conditions)}
            ), page as (
                select *, (select count(*) from listed) as visitors from listed d where true {page}
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
                   g.session_count, g.total_pageviews, c.touch_channels, g.visitors
            from page g left join lifetime l using (person_id) left join channels c using (visitor_id)
            order by g.last_seen_at desc, g.visitor_id desc""",
        bound,
    )
    count = int(rows["visitors"][0]) if rows.height else 0
    result = paged(scope, rows.drop("visitors"), limit, "last_seen_at", "visitor_id", masked=masked)
    return replace(result, meta={**result.meta, "totals": {"visitors": count}})


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
