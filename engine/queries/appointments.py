"""Appointments of the calendar: who comes when, what brought them, how it went, and where their deal stands (section
8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.attribution.models import MODELS, NOT_SET
from engine.queries import facts
from engine.queries.masking import PERSON, called, hidden_staff, mask
from engine.queries.paging import MOST_ROWS
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import UNATTRIBUTED, meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.queries.scope import Scope

LABELS = ("merged", "ghl_live", "db_tracked", "db_fallback")
"""Who tells of an appointment: CRM and tracker, the CRM alone, the tracker alone; or the CRM cannot be asked now."""

STATES = ("booked", "pending", "confirmed", "rescheduled", "showed", "no_show", "cancelled")

FRESH = timedelta(hours=24)
"""A CRM whose last sync is older cannot say how its appointments stand."""

_GOAL = "appointment_booked"
_PROVIDER = "gohighlevel"
_SPELLINGS = {
    "pending": ("pending", "new", "unconfirmed", "requested", "pendiente"),
    "confirmed": ("confirmed", "scheduled", "accepted", "confirmado", "confirmada"),
    "rescheduled": ("rescheduled", "reprogramado", "reprogramada"),
    "showed": ("showed", "completed", "attended", "arrived"),
    "no_show": ("noshow", "no_show", "no-show", "no show", "missed"),
    "cancelled": ("cancelled", "canceled", "cancelado", "cancelada"),
}

# One row an appointment: the last eligible touch before it, how it went, the latest stage of its person's deal.
_ROWS = """
with calendars as (
    select c.connection_id, c.name, max(r.ended_at) filter (is_calendar and r.outcome = 'done') as synced_at,
           max(r.run_id) filter (is_calendar and r.outcome = 'done') as done_run,
           max(r.run_id) filter (r.outcome = 'failed') as failed_run, max(r.ended_at) as ended_at
    from connections c
    join (select *, starts_with(stream, 'appointments') as is_calendar from sync_runs) r using (connection_id)
    where c.profile_id = $profile
    group by c.connection_id, c.name, c.provider
    having c.provider = $provider or bool_or(is_calendar)
), states as (
    select connection_id, name, synced_at, coalesce(failed_run > coalesce(done_run, 0), false) as is_failed,
           ended_at is not null and coalesce(synced_at < $fresh_from::timestamp, true) as is_old
    from calendars
), crm as (
    select count(*) > 0 and bool_or(is_failed or is_old) as is_away, min(synced_at) as synced_at,
           bool_or(synced_at is null) as never
    from states
), page as (
    select c.*, coalesce(c.starts_at, c.occurred_at) as at, c.starts_at is not null as is_timed,
           {person} as name, {whole_name} as whole_name, n.email, n.phone,
           coalesce(n.is_identified, false) as is_identified,
           timezone($zone, timezone('UTC', coalesce(c.starts_at, c.occurred_at)))::date as day
    from conversions c
    left join people n on n.profile_id = c.profile_id and n.person_id = c.person_id
    where c.profile_id = $profile and c.goal = $goal
), asked as (
    select p.*, e.entry_no, coalesce(e.touch_count, 0) as previous_touches
    from page p
    left join {entries} e on e.profile_id = p.profile_id and e.entry_id = p.conversion_id
    where {conditions}
), told as (
    select r.record_key, r.content_hash, max(i.connection_id) as connection_id
    from raw_conversions r join imports i using (import_id)
    where r.profile_id = $profile and r.record_key in (select record_key from asked where raw_table = 'raw_conversions')
    group by all
), touched as (
    select p.entry_no, arg_max(p.origin_no, p.position) as origin_no, max(p.age_seconds) as touch_span_seconds,
           list(o.channel order by p.position) as touch_channels
    from {paths} p
    join touch_origins o on o.profile_id = p.profile_id and o.origin_no = p.origin_no
    where p.profile_id = $profile and p.position > 0 and p.entry_no in (select entry_no from asked)
    group by p.entry_no
), outcomes as (
    select a.conversion_id,
           arg_min(o.goal, (o.starts_at is null,
                            abs(epoch_us(coalesce(o.starts_at, o.occurred_at)) - epoch_us(a.starts_at)))) as outcome
    from asked a
    join conversions o on o.profile_id = a.profile_id and o.person_id = a.person_id
        and o.goal in ('showed', 'no_show')
        and case when o.starts_at is not null
                 then abs(epoch_us(o.starts_at) - epoch_us(a.starts_at)) <= 300000000
                 else o.occurred_at between a.starts_at - interval 1 hour and a.starts_at + interval 24 hour end
    where a.starts_at is not null
    group by a.conversion_id
), own as (
    select distinct person_id from asked where person_id is not null
), known as (
    select person_id, kind, value from identifiers
    where profile_id = $profile and kind in ('email', 'ghl_contact_id', 'user_id')
      and person_id in (select person_id from own)
), staged as (
    -- also stages that are no goal: they are in the raw records alone
    select r.record_key, r.as_of, r.content_hash, r.pipeline, r.stage, r.status, r.value_amount, r.currency,
           r.occurred_at, unnest([{{'kind': 'email', 'value': lower(trim(r.email))}},
                                  {{'kind': 'ghl_contact_id', 'value': r.ghl_contact_id}},
                                  {{'kind': 'user_id', 'value': r.person}}]) as whose
    from raw_conversions r
    where r.profile_id = $profile and r.stage is not null
    qualify row_number() over (partition by r.record_key order by r.as_of desc, r.content_hash) = 1
), deals as (
    select person_id, pipeline, stage, status, amount, currency, occurred_at
    from (
        select k.person_id, s.pipeline, s.stage, s.status, s.value_amount as amount, s.currency, s.occurred_at,
               s.record_key
        from staged s join known k on k.kind = s.whose.kind and k.value = s.whose.value
        union all
        select c.person_id, c.pipeline, c.stage, c.status, c.amount, c.currency, c.occurred_at, c.record_key
        from conversions c
        where c.profile_id = $profile and c.stage is not null and c.person_id in (select person_id from own)
    )
    qualify row_number() over (partition by person_id order by occurred_at desc, record_key desc) = 1
), paid as (
    select person_id, sum(cash)::double as paid, max(occurred_at) filter (not is_refund and cash > 0) as paid_at
    from {entries}
    where profile_id = $profile and cash is not null and person_id in (select person_id from own) {refunds}
    group by person_id
)
select a.conversion_id::varchar as conversion_id, a.person_id::varchar as customer_profile_id, a.name, a.email, a.phone,
       a.is_identified, a.starts_at, a.ends_at, a.at, a.is_timed, a.day, a.occurred_at as booked_at, a.calendar,
       a.assigned_user, a.status, s.outcome,
       -- away: what the CRM tells is as old as its last sync, and what it did not tell may be there by now
       case when a.calendar_label = 'db_tracked'
                then if(r.is_away and (r.never or a.occurred_at > r.synced_at), 'db_fallback', 'db_tracked')
            when coalesce(x.is_failed or x.is_old, r.is_away) then 'db_fallback'
            else coalesce(a.calendar_label, 'ghl_live') end as label,
       o.channel, o.source, o.medium, o.platform, o.campaign_id, o.campaign_label as campaign, d.name as ad_set,
       o.ad_id, b.name as ad, a.previous_touches, h.touch_channels, h.touch_span_seconds,
       e.pipeline, e.stage, e.status as deal_status, e.amount::double as deal_value, e.currency as deal_currency,
       coalesce(m.paid, 0) as paid, m.paid_at
from asked a
cross join crm r
left join told t on t.record_key = a.record_key and t.content_hash = a.content_hash
left join states x on x.connection_id = t.connection_id
left join touched h on h.entry_no = a.entry_no
left join touch_origins o on o.profile_id = $profile and o.origin_no = h.origin_no
left join ad_entities d on d.profile_id = $profile and d.level = 'ad_set' and d.platform = o.platform
    and d.entity_id = o.ad_set_id
left join ad_entities b on b.profile_id = $profile and b.level = 'ad' and b.platform = o.platform
    and b.entity_id = o.ad_id
left join outcomes s on s.conversion_id = a.conversion_id
left join deals e on e.person_id = a.person_id
left join paid m on m.person_id = a.person_id
order by a.at, a.conversion_id
"""


def appointments(
    scope: Scope,
    *,
    assigned_user: Sequence[str] = (),
    calendar: Sequence[str] = (),
    source: Sequence[str] = (),
    search: str | None = None,
    limit: int | None = None,
    masked: bool = False,
) -> Result:
    """Appointments that start in the range, in order of time; one without a told start stands where it was booked.

    ``channel``, ``campaign``, ``ad`` are of the last eligible touch before the booking, ``previous_touches`` how many
    there are; ``pipeline`` and ``stage`` those of the person's latest deal. ``label`` says who tells of it (section 8).
    ``state`` is one of :data:`STATES`: how it went, else what the CRM's ``status`` means. Filters act on the last
    touch. In ``meta``: ``by_channel`` counts every row of the range, ``calendars`` and ``assigned_users`` are those of
    all appointments, ``crm`` the connections asked, ``first_on`` and ``last_on`` the days of all appointments,
    ``before_on`` and ``after_on`` the nearest ones outside the range.

    Args:
        scope: what is asked.
        assigned_user: only of these, as they are called or as they are shown masked; "(not set)" for nobody.
        calendar: only of these.
        source: only with these labels.
        search: part of a name or an email.
        limit: rows at most.
        masked: hides who.
    """
    for label in source:
        if label not in LABELS:
            raise invalid("source", label, ", ".join(LABELS))
    if limit is not None and not 1 <= limit <= MOST_ROWS:
        raise invalid("limit", limit, f"1 to {MOST_ROWS}")
    selection = scope.selection
    conditions = ["p.day between $date_from and $date_to"]
    bound: dict[str, Any] = {
        "date_from": selection.date_from,
        "date_to": selection.date_to,
        "zone": scope.profile.timezone,
        "goal": _GOAL,
        "provider": _PROVIDER,
        "fresh_from": (scope.now - FRESH).replace(tzinfo=None),
    }
    if selection.goals and _GOAL not in selection.goals:
        conditions.append("false")
    choices = _choices(scope)
    assigned: list[str] = choices["assigned_users"]
    hidden = {name: hidden_staff(name) for name in assigned if name != NOT_SET}
    meant = [*assigned_user, *(name for name, shown in hidden.items() if shown in assigned_user)]
    for name, values in (("assigned_user", meant), ("calendar", calendar)):
        if values:
            bound[name] = list(values)
            conditions.append(f"list_contains(${name}, coalesce(p.{name}, '{NOT_SET}'))")
    if search:
        bound["search"] = search
        conditions.append(
            "(contains(lower(p.whole_name), lower($search)) or contains(lower(coalesce(p.email, '')), lower($search)))"
        )
    if facts.has_touch_filter(scope):
        credited = facts.credit(
            replace(scope, selection=replace(selection, model="last_touch", date_basis="conversion", goals=())),
            [MODELS["last_touch"]],
            condition="not p.is_refund",
            extra=("p.entry_no",),
            is_whole=True,
        )
        bound |= credited.parameters
        conditions.append(f"e.entry_no in (select entry_no from ({credited.sql}) where credit_0 > 0)")
    rows = scope.frame(
        _ROWS.format(
            person=called(masked=masked),
            whole_name=PERSON,
            entries=scope.tables.entries,
            paths=scope.tables.paths,
            conditions=" and ".join(conditions),
            refunds="" if scope.profile.deduct_refunds else "and not is_refund",
        ),
        bound,
    )
    rows = rows.with_columns(_state().alias("state")).select(
        *rows.columns[: rows.columns.index("outcome")], "state", *rows.columns[rows.columns.index("outcome") + 1 :]
    )
    if source:
        rows = rows.filter(pl.col("label").is_in(list(source)))
    told = meta(scope) | {"rows": rows.height, **_counts(rows), **choices, "crm": _crm(scope)}
    if limit is not None:
        rows = rows.head(limit)
    if masked:
        rows = mask(rows.with_columns(pl.col("assigned_user").replace(hidden)))
        told["assigned_users"] = sorted({hidden.get(name, name) for name in assigned})
    return Result(rows, told)


def _state() -> pl.Expr:
    """How an appointment went, else what its status means."""
    told = {spelling: state for state, spellings in _SPELLINGS.items() for spelling in spellings}
    status = pl.col("status").str.strip_chars().str.to_lowercase()
    return pl.coalesce("outcome", status.replace_strict(told, default="booked", return_dtype=pl.String)).fill_null(
        "booked"
    )


def _counts(rows: pl.DataFrame) -> dict[str, Any]:
    """Appointments by channel and by label, most first."""

    def counted(column: str) -> list[dict[str, Any]]:
        told = rows.group_by(pl.col(column).fill_null(UNATTRIBUTED)).len("appointments")
        return told.sort(["appointments", column], descending=[True, False]).to_dicts()

    return {"by_channel": counted("channel"), "by_label": counted("label")}


def _choices(scope: Scope) -> dict[str, Any]:
    """What there is to filter by, and where appointments are at all."""
    found = scope.frame(
        f"""select list(distinct coalesce(calendar, '{NOT_SET}') order by coalesce(calendar, '{NOT_SET}')) as calendars,
                   list(distinct coalesce(assigned_user, '{NOT_SET}') order by coalesce(assigned_user, '{NOT_SET}'))
                       as assigned_users,
                   min(day) as first_on, max(day) as last_on,
                   max(day) filter (day < $date_from) as before_on, min(day) filter (day > $date_to) as after_on
            from (select *, timezone($zone, timezone('UTC', coalesce(starts_at, occurred_at)))::date as day
                  from conversions where profile_id = $profile and goal = $goal)""",
        {
            "zone": scope.profile.timezone,
            "goal": _GOAL,
            "date_from": scope.selection.date_from,
            "date_to": scope.selection.date_to,
        },
    ).row(0, named=True)
    return {
        "calendars": found["calendars"] or [],
        "assigned_users": found["assigned_users"] or [],
        **{name: found[name] and found[name].isoformat() for name in ("first_on", "last_on", "before_on", "after_on")},
    }


def _crm(scope: Scope) -> list[dict[str, Any]]:
    """The connections that are asked for appointments, when they last answered, and whether they do."""
    known = scope.frame(
        _ROWS[: _ROWS.index("), crm as (")] + ") select name, synced_at, is_failed, is_old from states order by name",
        {"provider": _PROVIDER, "fresh_from": (scope.now - FRESH).replace(tzinfo=None)},
    )
    return [row | {"synced_at": row["synced_at"] and f"{row['synced_at'].isoformat()}Z"} for row in known.to_dicts()]
