"""Identified people and what is missing of them; links between people that were not followed (I2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from engine.queries.masking import PERSON, hidden_value, mask
from engine.queries.paging import page_after, paged
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import checked_limit, meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

Lack = Literal["all", "missing_email", "missing_phone", "missing_name"]
_LACKS: dict[str, str] = {
    "all": "true",
    "missing_email": "n.email is null",
    "missing_phone": "n.phone is null",
    "missing_name": "n.first_name is null and n.last_name is null",
}


def contacts(
    scope: Scope,
    *,
    scope_name: Lack = "all",
    limit: int = 50,
    cursor: str | None = None,
    search: str | None = None,
    masked: bool = False,
) -> Result:
    """Identified people, last seen first, with their kinds of identifiers, visits and cash of every day.

    ``meta`` counts all of them, and those without an email, a phone, a name.
    """
    if scope_name not in _LACKS:
        raise invalid("scope", scope_name, ", ".join(_LACKS))
    bound: dict[str, Any] = {}
    conditions = ["n.profile_id = $profile", "n.is_identified", _LACKS[scope_name]]
    if search:
        bound["search"] = search
        conditions.append(
            f"""(contains(lower(coalesce({PERSON}, '')), lower($search))
                 or contains(lower(coalesce(n.email, '')), lower($search))
                 or contains(coalesce(n.phone, ''), $search)
                 or n.person_id in (select person_id from identifiers
                                    where profile_id = $profile and contains(lower(value), lower($search))))"""
        )
    page, bound = page_after(limit, cursor, "coalesce(n.last_seen_at, timestamp '1970-01-01')", "n.person_id", bound)
    rows = scope.frame(
        f"""with page as (
                select n.person_id, {PERSON} as name, n.email, n.phone, n.is_identified, n.first_seen_at,
                       coalesce(n.last_seen_at, timestamp '1970-01-01') as last_seen_at
                from people n where {" and ".join(conditions)} {page}
                order by coalesce(n.last_seen_at, timestamp '1970-01-01') desc, n.person_id desc limit {limit + 1}
            ), known as (
                select person_id, list_sort(list(distinct kind)) as kinds, count(*) as identifiers
                from identifiers where profile_id = $profile and person_id in (select person_id from page) group by 1
            ), paid as (
                select person_id, coalesce(sum(cash), 0)::double as cash, count(*) filter (is_payment) as payments
                from credit_entries where profile_id = $profile and person_id in (select person_id from page)
                  {"" if scope.profile.deduct_refunds else "and not is_refund"}
                group by 1
            ), came as (
                select person_id, count(*) as visits from visits
                where profile_id = $profile and person_id in (select person_id from page) group by 1
            )
            select g.person_id::varchar as person_id, g.name, g.email, g.phone, g.is_identified, k.kinds,
                   coalesce(k.identifiers, 0) as identifiers, coalesce(c.visits, 0) as visits,
                   coalesce(p.payments, 0) as payments, coalesce(p.cash, 0) as cash, g.first_seen_at, g.last_seen_at
            from page g
            left join known k using (person_id) left join paid p using (person_id) left join came c using (person_id)
            order by g.last_seen_at desc, g.person_id desc""",
        bound,
    )
    result = paged(scope, rows, limit, "last_seen_at", "person_id", masked=masked)
    return Result(result.table, {**result.meta, **counts(scope)}, None, result.pagination)


def counts(scope: Scope) -> dict[str, int]:
    """How many people are identified, and how many of them lack something."""
    told = ", ".join(f"count(*) filter ({sql}) as {name}" for name, sql in _LACKS.items() if name != "all")
    row = scope.frame(
        f"select count(*) as people, {told} from people n where n.profile_id = $profile and n.is_identified"
    )
    return {name: int(value) for name, value in row.row(0, named=True).items()}


def conflicts(scope: Scope, *, limit: int = 1000, search: str | None = None, masked: bool = False) -> Result:
    """Links that were not followed, quarantined identifiers, and splits, with the records and cash behind them (I2).

    ``reason``: two_emails, chain, device (links); too_many_people, too_many_devices, placeholder (quarantined: belongs
    to nobody); split (the user's). ``cash`` and ``conversions`` are those of the people or records concerned.
    """
    table = scope.frame(
        f"""with named as (
                select c.reason, c.kind, c.value, c.other_kind, c.other_value, i.person_id, o.person_id as other_id,
                       coalesce(i.records, 0) as records
                from identity_conflicts c
                left join identifiers i on i.profile_id = c.profile_id and i.kind = c.kind and i.value = c.value
                left join identifiers o on o.profile_id = c.profile_id and o.kind = c.other_kind
                    and o.value = c.other_value
                where c.profile_id = $profile
            ), paid as (
                select person_id, coalesce(sum(cash), 0)::double as cash, count(*) filter (is_outcome) as conversions
                from credit_entries where profile_id = $profile and person_id is not null group by 1
            ), refused as (
                -- conversions whose record names a quarantined identifier and that belong to nobody
                select v.kind, v.value, coalesce(sum(e.cash), 0)::double as cash,
                       count(*) filter (e.is_outcome) as conversions
                from credit_entries e
                join conversions k on k.profile_id = e.profile_id and k.conversion_id = e.conversion_id
                join raw_conversions r on r.profile_id = k.profile_id and r.record_key = k.record_key
                    and r.content_hash = k.content_hash,
                     lateral (values ('email', lower(trim(r.email))), ('phone', r.phone), ('user_id', r.person)) v(kind,
                     value)
                where e.profile_id = $profile and e.person_id is null and v.value is not null
                group by all
            )
            select d.reason, d.kind, d.value, d.other_kind, d.other_value, d.person_id::varchar as person_id,
                   {PERSON} as name, n.email, n.phone, coalesce(n.is_identified, false) as is_identified,
                   d.other_id::varchar as other_id, d.records,
                   coalesce(a.conversions, 0) + coalesce(b.conversions, 0) + coalesce(f.conversions, 0) as conversions,
                   coalesce(a.cash, 0) + coalesce(b.cash, 0) + coalesce(f.cash, 0) as cash
            from named d
            left join people n on n.profile_id = $profile and n.person_id = d.person_id
            left join paid a on a.person_id = d.person_id
            left join paid b on b.person_id = d.other_id and d.other_id is distinct from d.person_id
            left join refused f on f.kind = d.kind and f.value = d.value and d.person_id is null
            order by cash desc, records desc, d.reason, d.kind, d.value, d.other_value"""
    )
    total = table.height
    if search:
        table = table.filter(
            pl.concat_str(
                [pl.col(name).fill_null("") for name in ("reason", "kind", "value", "other_value", "name")],
                separator=" ",
            )
            .str.to_lowercase()
            .str.contains(search.lower(), literal=True)
        )
    table = table.head(checked_limit(limit))
    if masked:
        for kind, value in (("kind", "value"), ("other_kind", "other_value")):
            hidden = [
                None if text is None else hidden_value(str(of), str(text))
                for of, text in table.select(kind, value).iter_rows()
            ]
            table = table.with_columns(pl.Series(value, hidden, pl.String))
        table = mask(table)
    return Result(table, meta(scope) | {"conflicts": total})
