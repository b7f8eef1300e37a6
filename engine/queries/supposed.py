"""What decisions about people would change: everything derived on trial, and compared with what there is (I5).

The figures are those of a rebuild with these decisions, because they come from one (``engine.derive.trial``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.attribution.models import CreditSettings
from engine.decisions import Decision, suppose
from engine.derive.trial import trial
from engine.queries import facts
from engine.queries.health import band
from engine.queries.masking import PERSON, hidden_name, hidden_value, mask
from engine.queries.people import person_named
from engine.queries.repairs import chosen
from engine.queries.result import Result
from engine.queries.scope import PathTables
from engine.queries.selection import invalid
from engine.queries.traffic import UNATTRIBUTED, meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.queries.scope import Scope

Row = dict[str, Any]

_PAIR = 2
_FIELDS = ("name", "email", "phone")
_SHOWN = 200
_EXACT = 1e-9


def repair_preview(scope: Scope, *, entity_ids: Sequence[str] = (), masked: bool = False) -> Result:
    """What applying suggestions would change; all that can be applied in bulk when none is named."""
    picked = chosen(scope, entity_ids)
    told = [
        {
            name: row[name]
            for name in ("suggestion_id", "person_id", "owner_id", "missing", "value", "left_kind", "left_value")
        }
        for row, _ in picked
    ]
    return _preview(scope, [decision for _, decision in picked], told, masked=masked)


def merge_preview(scope: Scope, *, entity_ids: Sequence[str], masked: bool = False) -> Result:
    """What it would change if these people were one. Each is an id, an email, a phone, or ``KIND:VALUE``."""
    if len(entity_ids) < _PAIR:
        raise invalid("entity-ids", ",".join(entity_ids), "two people or more")
    decisions = merges(scope, entity_ids)
    told = [{"person_id": person_named(scope, _value(each))} for each in entity_ids]
    return _preview(scope, decisions, told, masked=masked)


def split_preview(scope: Scope, *, id: str, masked: bool = False) -> Result:  # noqa: A002
    """What it would change if this identifier (``KIND:VALUE``) joined nobody."""
    decision = Decision("split", identifier(scope, id))
    return _preview(scope, [decision], [{"person_id": person_named(scope, _value(id))}], masked=masked)


def merges(scope: Scope, people: Sequence[str]) -> list[Decision]:
    """The decisions that make people one: the strongest identifier of each with that of the first."""
    first, *others = (_strongest(scope, person_named(scope, _value(each))) for each in people)
    return [Decision("merge", first, other) for other in dict.fromkeys(others) if other != first]


def identifier(scope: Scope, text: str) -> tuple[str, str]:
    """``KIND:VALUE``, or a value that is of one kind only. Raises PERSON_UNKNOWN through the query's own check."""
    kind, colon, value = text.partition(":")
    known = scope.frame(
        """select kind, value from identifiers
           where profile_id = $profile and (($kind <> '' and kind = $kind and value = $value) or value = $text)
           order by kind = $kind desc, kind""",
        {"kind": kind if colon else "", "value": value, "text": text},
    )
    return (known["kind"][0], known["value"][0]) if known.height else (kind if colon else "identifier", value or text)


def _value(text: str) -> str:
    """The value of ``KIND:VALUE``, or the text."""
    kind, colon, value = text.partition(":")
    return value if colon and kind.replace("_", "").isalpha() else text


def _strongest(scope: Scope, person: str) -> tuple[str, str]:
    """The identifier that gives a person its id, else any of its own."""
    known = scope.frame(
        """select kind, value from identifiers where profile_id = $profile and person_id = $person
           order by alias_id = person_id desc, kind, value limit 1""",
        {"person": person},
    )
    return (known["kind"][0], known["value"][0])


# -- before and after ---------------------------------------------------------------------------------------------


def _preview(scope: Scope, decisions: Sequence[Decision], told: Sequence[Row], *, masked: bool) -> Result:
    plain = replace(
        scope,
        tables=PathTables(),
        settings=CreditSettings.of_profile(scope.profile),
        selection=replace(scope.selection, filters=(), goals=(), date_basis="conversion", settings=None),
    )
    if plain.is_stale:  # records changed since the rebuild: that is not what is asked about
        trial(scope.cursor, scope.profile_id)
    _keep(plain, "before")
    people = _people(plain, told)
    before = _figures(plain)
    suppose(scope.cursor, scope.profile_id, decisions, scope.now)
    trial(scope.cursor, scope.profile_id)
    _keep(plain, "after")
    after = _figures(plain)
    people = _after(plain, people)
    table = _changed(plain, told)
    moved = _moved(plain)
    gained = table.filter((pl.col("touches_before") == 0) & (pl.col("touches_after") > 0))
    paid = gained.filter(pl.col("is_payment"))
    data = {
        **{f"{name}_before": value for name, value in before.items()},
        **{f"{name}_after": value for name, value in after.items()},
        "conversions_changed": table.height,
        "payments_gained": paid.height,
        "cash_gained": round(float(gained["cash"].sum() or 0), 6),
        "cash_moved": round(sum(max(0.0, row["change"]) for row in moved), 6),
        "overwritten": sum(
            1
            for row in people
            for name in _FIELDS
            if row[f"{name}_before"] and row["is_field_told"][name] and row[f"{name}_after"] != row[f"{name}_before"]
        ),
        "channels": moved,
        "people": [_shown(row, masked=masked) for row in people[:_SHOWN]],
    }
    if masked:
        table = mask(table)
    return Result(table, meta(plain) | {"decisions": len(decisions)}, data)


def _keep(scope: Scope, when: str) -> None:
    """Entries of the range and their credit under the model, kept on this cursor under a name."""
    entries = facts.entries(scope)
    cursor = scope.cursor
    cursor.run(
        f"""create or replace temp table {when}_entries as
        select entry_id, conversion_id, person_id, goal, occurred_at, booked_on, is_refund, is_payment, is_outcome,
               cash, count as touches from ({_written(entries.sql, scope, entries.parameters)})"""
    )
    credit = facts.credit(
        scope,
        [scope.model],
        "o.channel",
        extra=("p.entry_no", "p.touch_id", "p.position", "p.first_position", "p.age_seconds"),
    )
    cursor.run(
        f"""create or replace temp table {when}_credit as
        select e.entry_id, c.touch_id, c.value as channel, c.credit_0 as credit, c.age_seconds
        from ({_written(credit.sql, scope, credit.parameters)}) c
        join {scope.tables.entries} e on e.profile_id = {int(scope.profile_id)} and e.entry_no = c.entry_no"""
    )


def _written(sql: str, scope: Scope, parameters: dict[str, Any]) -> str:
    """A statement with its parameters in place: a table made from it takes none."""
    from engine.queries.written import written_out

    return written_out(sql, {"profile": scope.profile_id, **scope.settings.parameters, **parameters})


def _figures(scope: Scope) -> Row:
    """Coverage of the click window (A5), as the query ``quality`` has it."""
    entries = facts.entries(scope)
    row = scope.frame(
        f"""select count(*) filter (is_outcome) as outcomes,
                   count(*) filter (is_outcome and touch_count > 0) as attributed_outcomes,
                   coalesce(sum(cash), 0)::double as cash_revenue,
                   coalesce(sum(cash) filter (touch_count > 0), 0)::double as covered_revenue
            from ({entries.sql})""",
        entries.parameters,
    ).row(0, named=True)
    share = 100 * row["attributed_outcomes"] / row["outcomes"] if row["outcomes"] else None
    cash = 100 * row["covered_revenue"] / row["cash_revenue"] if row["cash_revenue"] else None
    people = scope.frame(
        """select count(*) filter (is_identified) as people,
                  count(*) filter (is_identified and email is null) as missing_email,
                  count(*) filter (is_identified and phone is null) as missing_phone
           from people where profile_id = $profile"""
    ).row(0, named=True)
    return {
        **row,
        "coverage_percent": None if share is None else round(share, 6),
        "coverage_band": band(share),
        "cash_coverage_percent": None if cash is None else round(cash, 6),
        "cash_coverage_band": band(cash),
        **people,
    }


def _moved(scope: Scope) -> list[Row]:
    """Cash of the range by channel before and after, where it differs; what is Unattributed is a row."""
    rows = scope.frame(
        f"""with parts as (
                select b.channel, b.credit * e.cash::double as before, 0.0 as after
                from before_credit b join before_entries e using (entry_id)
                union all
                select a.channel, 0.0, a.credit * e.cash::double
                from after_credit a join after_entries e using (entry_id)
                union all
                select '{UNATTRIBUTED}', cash::double, 0.0 from before_entries where touches = 0
                union all
                select '{UNATTRIBUTED}', 0.0, cash::double from after_entries where touches = 0
            )
            select channel, round(coalesce(sum(before), 0), 6) as before, round(coalesce(sum(after), 0), 6) as after
            from parts where before is not null or after is not null group by channel
            order by abs(sum(after) - sum(before)) desc, channel"""
    )
    found = [{**row, "change": round(row["after"] - row["before"], 6)} for row in rows.iter_rows(named=True)]
    return [row for row in found if abs(row["change"]) > _EXACT]


def _changed(scope: Scope, told: Sequence[Row]) -> pl.DataFrame:
    """Conversions and refunds of the range that are somebody else's afterwards, or credited otherwise."""
    table = scope.frame(
        f"""with credit as (
                select entry_id, list(channel order by age_seconds desc, touch_id) as path_before,
                       list(round(credit, 6) order by age_seconds desc, touch_id) as credit_before,
                       null::varchar[] as path_after, null::double[] as credit_after
                from before_credit group by entry_id
                union all
                select entry_id, null, null, list(channel order by age_seconds desc, touch_id),
                       list(round(credit, 6) order by age_seconds desc, touch_id)
                from after_credit group by entry_id
            ), credited as (
                select entry_id, any_value(path_before) as path_before, any_value(credit_before) as credit_before,
                       any_value(path_after) as path_after, any_value(credit_after) as credit_after
                from credit group by entry_id
            )
            select coalesce(a.entry_id, b.entry_id)::varchar as entry_id,
                   coalesce(a.conversion_id, b.conversion_id)::varchar as conversion_id,
                   b.person_id::varchar as person_before, a.person_id::varchar as person_after,
                   {PERSON} as name, n.email, n.phone, n.is_identified, coalesce(a.goal, b.goal) as goal,
                   coalesce(a.occurred_at, b.occurred_at) as occurred_at,
                   coalesce(a.is_payment, b.is_payment) as is_payment, coalesce(a.is_refund, b.is_refund) as is_refund,
                   coalesce(a.cash, b.cash)::double as cash, b.touches as touches_before, a.touches as touches_after,
                   coalesce(c.path_before, []) as path_before, coalesce(c.credit_before, []) as credit_before,
                   coalesce(c.path_after, []) as path_after, coalesce(c.credit_after, []) as credit_after,
                   v.record_key::varchar as record_key
            from before_entries b
            full join after_entries a using (entry_id)
            left join credited c on c.entry_id = coalesce(a.entry_id, b.entry_id)
            left join people n on n.profile_id = $profile and n.person_id = coalesce(a.person_id, b.person_id)
            left join conversions v on v.profile_id = $profile
                and v.conversion_id = coalesce(a.conversion_id, b.conversion_id)
            where a.person_id is distinct from b.person_id or a.touches is distinct from b.touches
               or c.path_before is distinct from c.path_after or c.credit_before is distinct from c.credit_after
            order by abs(coalesce(a.cash, b.cash, 0)) desc, occurred_at, entry_id"""
    )
    of_person: dict[str, list[str]] = {}
    for row in told:
        if "suggestion_id" in row:
            for key in (row["person_id"], row["owner_id"], row["left_value"] if row["left_kind"] == "record" else None):
                if key:
                    of_person.setdefault(key, []).append(row["suggestion_id"])
    ids = [
        of_person.get(person or "", []) or of_person.get(record or "", [])
        for person, record in table.select("person_before", "record_key").iter_rows()
    ]
    return table.with_columns(pl.Series("suggestion_ids", ids, pl.List(pl.String)))


# -- people -------------------------------------------------------------------------------------------------------


def _people(scope: Scope, told: Sequence[Row]) -> list[Row]:
    """Each person the decisions name, as it is now."""
    ids = [row["person_id"] for row in told]
    known = {
        row["person_id"]: row
        for row in scope.frame(
            f"""select n.person_id::varchar as person_id, {PERSON} as name, n.is_identified, n.email, n.phone,
                       coalesce(n.first_name, n.last_name) is not null as has_name
                from people n where n.profile_id = $profile and list_contains($ids, n.person_id::varchar)""",
            {"ids": sorted({each for each in ids if each})},
        ).iter_rows(named=True)
    }
    rows: list[Row] = []
    for row in told:
        now = known.get(row["person_id"] or "", {})
        rows.append(
            {
                "suggestion_id": row.get("suggestion_id"),
                "person_id": row["person_id"],
                "left": None if "left_kind" not in row else (row["left_kind"], row["left_value"]),
                **{f"{name}_before": now.get(name) for name in _FIELDS},
                "is_field_told": {"name": bool(now.get("has_name")), "email": True, "phone": True},
            }
        )
    return rows


def _after(scope: Scope, people: list[Row]) -> list[Row]:
    """The same people as they would be: whoever holds their identifiers then (I4)."""
    aliases = sorted({row["person_id"] for row in people if row["person_id"]})
    records = sorted({row["left"][1] for row in people if row["left"] and row["left"][0] == "record"})
    found = scope.frame(
        f"""with whom as (
                select alias_id::varchar as asked, any_value(person_id) as person_id from identifiers
                where profile_id = $profile and list_contains($aliases, alias_id::varchar) and person_id is not null
                group by 1
                union all
                select record_key::varchar, any_value(person_id) from conversions
                where profile_id = $profile and list_contains($records, record_key::varchar) group by 1
            )
            select w.asked, n.person_id::varchar as person_id, {PERSON} as name, n.email, n.phone
            from whom w join people n on n.profile_id = $profile and n.person_id = w.person_id""",
        {"aliases": aliases, "records": records},
    )
    after = {row["asked"]: row for row in found.iter_rows(named=True)}
    for row in people:
        asked = row["person_id"] or (row["left"][1] if row["left"] else "")
        then = after.get(asked, {})
        row |= {f"{name}_after": then.get(name) for name in _FIELDS} | {"person_after": then.get("person_id")}
    return people


def _shown(row: Row, *, masked: bool) -> Row:
    row = {name: value for name, value in row.items() if name not in {"is_field_told", "left"}}
    if not masked:
        return row
    for when in ("before", "after"):
        for name in _FIELDS:
            value = row[f"{name}_{when}"]
            if value:
                row[f"{name}_{when}"] = hidden_name(value) if name == "name" else hidden_value(name, value)
    return row
