"""Who converted: one row a person, with the path to their latest conversion."""

from __future__ import annotations

from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

from engine.queries.masking import PERSON, called, mask
from engine.queries.paths import asked_entries, walked
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import checked_limit, meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

SHOWN_TOUCHES = 40
"""Channels of a path that are told; ``touch_count`` counts all."""

# What rows can be ordered by: SQL over a row, and how its value is written into a cursor and bound.
_SORTS = {
    "conversion_time": ("conversion_time", "timestamp"),
    "cash": ("cash", "double"),
    "value": ("coalesce(value, 0)", "double"),
    "conversions": ("conversions", "bigint"),
    "touch_count": ("touch_count", "bigint"),
    "time_to_complete_seconds": ("coalesce(seconds, -1)", "double"),
    "name": ("lower(coalesce(full_name, ''))", "varchar"),
}


def people(
    scope: Scope,
    *,
    limit: int = 50,
    cursor: str | None = None,
    search: str | None = None,
    sort: str | None = None,
    masked: bool = False,
) -> Result:
    """People who converted in the range, one row each, the latest first.

    The rows add up to the conversions and cash of ``paths``: cash is what the person paid in these days less what was
    refunded in them, ``value`` the sum of what all of their conversions are worth, deals included (G3: never revenue).
    An unmatched conversion is a row of its own, and so is a person whose earlier payment was refunded in these days.
    ``conversion_id``, channels, touches and time to convert are those of the latest conversion; ``touch_channels`` is
    its path, first touch first, of the click window. ``meta.totals`` counts the people.

    Args:
        scope: what is asked; with a filter on touches, conversions that one meeting it led to.
        limit: rows a page.
        cursor: of the previous page, with the same sort.
        search: only people whose name, email or phone contains this.
        sort: ``FIELD`` or ``FIELD:asc``: conversion_time, cash, value, conversions, touch_count,
            time_to_complete_seconds, name.
        masked: hides who.
    """
    checked_limit(limit)
    name, _, direction = (sort or "conversion_time").partition(":")
    if name not in _SORTS:
        raise invalid("sort", name, "a field of " + ", ".join(_SORTS))
    if direction not in {"", "asc", "desc"}:
        raise invalid("sort", sort, "FIELD, FIELD:asc or FIELD:desc")
    key, kind = _SORTS[name]
    way, beyond = ("asc", ">") if direction == "asc" else ("desc", "<")
    asked = asked_entries(scope)
    bound: dict[str, Any] = dict(asked.parameters)
    found, after = "true", ""
    if search:
        bound["search"] = search
        found = " or ".join(
            f"contains(lower(coalesce({text}, '')), lower($search))" for text in (PERSON, "n.email", "n.phone")
        )
    if cursor is not None:
        value, identity = _read(cursor, kind)
        bound |= {"after": value, "after_id": identity}
        after = f"where (sorted_by, id) {beyond} ($after::{kind}, $after_id)"
    needs_lag = name == "time_to_complete_seconds"
    rows = scope.frame(
        f"""with asked as ({asked.sql}), units as (
                select coalesce(person_id, entry_id) as unit, any_value(person_id) as person_id,
                       arg_max(entry_no, (is_counted, entry_no)) as entry_no,
                       count(*) filter (is_counted) as conversions, coalesce(sum(cash), 0)::double as cash,
                       coalesce(sum(cash) filter (is_refund), 0)::double as refunded,
                       list(conversion_id) filter (is_counted) as counted
                from asked group by 1
            ), valued as (
                select u.unit, sum(c.amount_reporting)::double as value
                from (select unit, unnest(counted) as conversion_id from units) u
                join conversions c on c.profile_id = $profile and c.conversion_id = u.conversion_id
                group by 1
            ), listed as (
                select u.unit::varchar as id, u.person_id, u.entry_no, u.conversions, u.cash, u.refunded, v.value,
                       e.conversion_id, e.goal, e.occurred_at as conversion_time, e.touch_count,
                       {"w.seconds" if needs_lag else "null::double as seconds"}, {PERSON} as full_name,
                       {called(masked=masked)} as name, n.email, n.phone,
                       coalesce(n.is_identified, false) as is_identified
                from units u
                join asked e using (entry_no)
                left join valued v using (unit)
                left join people n on n.profile_id = $profile and n.person_id = u.person_id
                {f"left join ({walked(scope)}) w using (entry_no)" if needs_lag else ""}
                where {found}
            ), page as (
                select *, (select count(*) from listed) as people
                from (select *, {key} as sorted_by from listed) {after}
                order by sorted_by {way}, id {way} limit {limit + 1}
            ), touched as (
                select p.entry_no, arg_max(o.channel, p.position) as channel,
                       arg_max_null(o.source, p.position) as source, arg_min(o.channel, p.position) as first_channel,
                       arg_min_null(o.source, p.position) as first_source, max(p.age_seconds) as age_seconds,
                       list(o.channel order by p.position)[:{SHOWN_TOUCHES}] as touch_channels
                from {scope.tables.paths} p
                join touch_origins o on o.profile_id = p.profile_id and o.origin_no = p.origin_no
                where p.profile_id = $profile and p.position > 0 and p.booked_on between $date_from and $date_to
                  and p.entry_no in (select entry_no from page)
                group by p.entry_no
            )
            select g.id, g.person_id::varchar as customer_profile_id, g.name, g.email, g.phone, g.is_identified,
                   g.conversion_id::varchar as conversion_id, g.goal, g.conversion_time, g.conversions, g.cash,
                   g.refunded, round(g.value, 6) as value, t.channel, t.source, t.first_channel, t.first_source,
                   g.touch_count, t.touch_channels, t.age_seconds as time_to_complete_seconds,
                   g.sorted_by::varchar as sorted_by, g.people
            from page g left join touched t using (entry_no)
            order by g.sorted_by {way}, g.id {way}""",
        bound,
    )
    has_next = rows.height > limit
    rows = rows.head(limit)
    following = f"{rows['sorted_by'][-1]}|{rows['id'][-1]}" if has_next else None
    count = int(rows["people"][0]) if rows.height else 0
    rows = rows.drop("sorted_by", "people")
    return Result(
        mask(rows) if masked else rows,
        meta(scope) | {"limit": limit, "totals": {"people": count}},
        pagination={"has_next": has_next, "cursor": following},
    )


def _read(cursor: str, kind: str) -> tuple[str, str]:
    """The value and id a page ended with; the value as SQL reads it."""
    value, bar, identity = cursor.rpartition("|")
    try:
        if kind == "timestamp":
            datetime.fromisoformat(value)
            is_sound = bool(bar)
        else:
            is_sound = bool(bar) and (kind == "varchar" or isfinite(float(value)))
    except ValueError:
        is_sound = False
    if not is_sound:
        raise invalid("cursor", cursor, "the cursor of the previous page, with the same sort")
    return value, identity
