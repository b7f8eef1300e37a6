"""Who somebody is: every identifier of a person, and the records and decisions by which they are one (I1-I6)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.derive.lists import e164, visitor_names
from engine.queries.masking import called, hidden_value, mask
from engine.queries.people import person_named
from engine.queries.result import Result
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

KINDS = (
    "email", "phone", "user_id", "stripe_customer_id", "ghl_contact_id", "shopify_customer_id", "mercadopago_payer_id",
    "anonymous_id",
)  # fmt: skip
"""Strongest first: the strongest, and of one kind the earliest, gives the person its id (I4)."""

_MOST_EVIDENCE = 10_000
_SIGHTINGS = {
    "raw_events": {"email": "email", "phone": "phone", "user_id": "user_id", "anonymous_id": "anonymous_id"},
    "raw_conversions": {
        **{kind: kind for kind in KINDS if kind != "user_id"},
        "user_id": "person",
    },
    "raw_people": {kind: kind for kind in KINDS},
    "raw_touches": {"email": "email", "user_id": "person", "anonymous_id": "anonymous_id"},
}  # fmt: skip

Identifier = tuple[str, str]


def identity(scope: Scope, *, id: str, masked: bool = False) -> Result:  # noqa: A002
    """The identifiers of one person, each with why it belongs to the others.

    ``because`` is a code: ``strongest`` (it gives the person its id), ``seen_together`` (a record names it together
    with ``with_value``), ``device`` (somebody identified on this device: I3), ``merged`` (the user said so: I5),
    ``other`` (only in versions of a record that do not count any more). ``evidence`` is how many records say it; the
    first of them is named by table, key, file and line. A device carries the two words its visitor was called by
    before (I6). ``data`` has also what was not followed (I2) and the user's decisions about these identifiers.

    ``id`` is a person id, also one from before a merge (I4), an email, a phone or a visitor id.
    """
    person = person_named(scope, id)
    known = scope.frame(
        """select kind, value, records, first_seen_at, is_quarantined, alias_id::varchar as alias_id,
                  md5_number_lower(alias_id::varchar)::varchar as number
           from identifiers where profile_id = $profile and person_id = $person""",
        {"person": person},
    )
    rows = {(row["kind"], row["value"]): row for row in known.to_dicts()}
    decisions = _decisions(scope, list(rows))
    links = _links(scope, rows, decisions)
    names = visitor_names()
    listed: list[dict[str, Any]] = []
    for identifier, link in _spanning(rows, links, person):
        row = rows[identifier]
        is_device = row["kind"] == "anonymous_id"
        listed.append(
            {
                "kind": row["kind"],
                "value": row["value"],
                "label": names[int(row["number"]) % len(names)] if is_device else None,
                "records": row["records"],
                "first_seen_at": row["first_seen_at"],
                **(link or _unlinked(rows, identifier, person)),
            }
        )
    conflicts = _conflicts(scope, list(rows))
    told = scope.frame(
        f"""select n.person_id::varchar as person_id, {called(masked=masked)} as name, n.email, n.phone,
                   n.is_identified, n.first_seen_at, n.last_seen_at
            from people n where n.profile_id = $profile and n.person_id = $person""",
        {"person": person},
    )
    table = pl.DataFrame(listed, schema=_SCHEMA)
    if masked:
        told, table = mask(told), _hidden(table, ("kind", "value"), ("with_kind", "with_value"))
        conflicts = _hidden(conflicts, ("kind", "value"), ("other_kind", "other_value"))
        decisions = _hidden(decisions, ("left_kind", "left_value"), ("right_kind", "right_value"))
    data = {
        "person": told.row(0, named=True),
        "identifiers": table.to_dicts(),
        "conflicts": conflicts.to_dicts(),
        "decisions": decisions.to_dicts(),
    }
    return Result(table, meta(scope) | {"person": data["person"]}, data)


_SCHEMA: dict[str, Any] = {
    "kind": pl.String, "value": pl.String, "label": pl.String, "records": pl.Int64, "first_seen_at": pl.Datetime,
    "because": pl.String, "with_kind": pl.String, "with_value": pl.String, "evidence": pl.Int64,
    "evidence_at": pl.Datetime, "raw_table": pl.String, "record_key": pl.String, "file_name": pl.String,
    "line": pl.Int64, "decision_id": pl.Int64,
}  # fmt: skip


def _unlinked(rows: dict[Identifier, Any], identifier: Identifier, person: str) -> dict[str, Any]:
    is_root = rows[identifier]["alias_id"] == person
    return {"because": "strongest" if is_root else "other"}


def _spanning(
    rows: dict[Identifier, Any], links: dict[Identifier, dict[Identifier, dict[str, Any]]], person: str
) -> list[tuple[Identifier, dict[str, Any] | None]]:
    """Every identifier, the one that gives the id first, each with the link by which it is reached from there."""
    strength = {kind: number for number, kind in enumerate(KINDS)}
    ordered = sorted(rows, key=lambda each: (rows[each]["alias_id"] != person, strength[each[0]], each[1]))
    found: dict[Identifier, dict[str, Any] | None] = {}
    waiting: deque[Identifier] = deque()
    for start in ordered:
        if start in found:
            continue
        found[start] = None
        waiting.append(start)
        while waiting:
            here = waiting.popleft()
            for other, link in sorted(links.get(here, {}).items(), key=lambda each: (strength[each[0][0]], each[0][1])):
                if other not in found:
                    found[other] = {**link, "with_kind": here[0], "with_value": here[1]}
                    waiting.append(other)
    return [(identifier, found[identifier]) for identifier in ordered]


def _links(
    scope: Scope, rows: dict[Identifier, Any], decisions: pl.DataFrame
) -> dict[Identifier, dict[Identifier, dict[str, Any]]]:
    """Which of these identifiers some record names together, with the first such record, and which the user merged."""
    links: dict[Identifier, dict[Identifier, dict[str, Any]]] = {}

    def add(one: Identifier, other: Identifier, link: dict[str, Any], count: int) -> None:
        for left, right in ((one, other), (other, one)):
            kept = links.setdefault(left, {}).setdefault(right, dict(link))
            kept["evidence"] = kept.get("evidence", 0) + count

    for row in _evidence(scope, rows).to_dicts():
        named = [each for each in _identifiers(row, scope.profile.phone_region) if each in rows]
        for other in named[1:]:
            because = "device" if "anonymous_id" in (named[0][0], other[0]) else "seen_together"
            link = {"because": because, "evidence_at": row["seen_at"]}
            link |= {name: row[name] for name in ("raw_table", "record_key", "file_name", "line")}
            add(named[0], other, link, row["records"])
    for row in decisions.filter((pl.col("decision") == "merge") & pl.col("undone_at").is_null()).to_dicts():
        one, other = (row["left_kind"], row["left_value"]), (row["right_kind"], row["right_value"])
        if one in rows and other in rows:
            link = {"because": "merged", "evidence_at": row["decided_at"], "decision_id": row["decision_id"]}
            add(one, other, link, 1)
    return links


def _identifiers(row: dict[str, Any], region: str) -> list[Identifier]:
    """What a record names, normalised as the rebuild does (I1), strongest first."""
    email = _email(row["email"]) or _email(row["user_id"])
    found = [("email", email)] if email else []
    if row["phone"] and (phone := e164(row["phone"], region)):
        found.append(("phone", phone))
    return found + [(kind, row[kind]) for kind in KINDS[2:] if row[kind]]


def _email(text: str | None) -> str | None:
    text = (text or "").strip(" \t\n\r\u00a0\u200b\ufeff").lower()
    local, at, host = text.partition("@")
    return text if at and local and host and "@" not in host and not any(map(str.isspace, text)) else None


def _evidence(scope: Scope, rows: dict[Identifier, Any]) -> pl.DataFrame:
    """Records that name at least two identifiers, one of them these; what is told alike once, with the first record."""
    values = {kind: [value for known, value in rows if known == kind] for kind in KINDS}
    digits = ["".join(char for char in value if char.isdigit()) for value in values.pop("phone")]
    parameters: dict[str, Any] = {f"{kind}s": own for kind, own in values.items()} | {"digits": digits}
    parts: list[str] = []
    for table, columns in _SIGHTINGS.items():
        told = [f"r.{columns[kind]} as {kind}" if kind in columns else f"null::varchar as {kind}" for kind in KINDS]
        tests = [
            f"list_contains($emails, lower(trim(r.{column})))"
            if kind == "email"
            else f"list_contains(${kind}s, r.{column})"
            for kind, column in columns.items()
            if kind != "phone"
        ]
        if "phone" in columns:  # any way of writing it that ends alike; what it is, is decided below
            bare = "regexp_replace(r.phone, '[^0-9]', '', 'g')"
            tests.append(
                f"(length({bare}) >= 7 and len(list_filter($digits, lambda own: suffix(own, ltrim({bare}, '0')))) > 0)"
            )
        named = " + ".join(f"(r.{column} is not null)::integer" for column in columns.values())
        at = "r.occurred_at"
        parts.append(
            f"""select '{table}' as raw_table, r.record_key, r.import_id, r.line, {at} as seen_at, {", ".join(told)}
                from {table} r where r.profile_id = $profile and {named} > 1 and ({" or ".join(tests)})"""
        )
    return scope.frame(
        f"""with told as ({" union all ".join(parts)}), first as (
                select raw_table, {", ".join(KINDS)}, count(distinct record_key) as records, min(seen_at) as seen_at,
                       arg_min(record_key::varchar, (coalesce(seen_at, timestamp 'infinity'), import_id, line)) as
                       record_key,
                       arg_min(import_id, (coalesce(seen_at, timestamp 'infinity'), import_id, line)) as import_id,
                       arg_min(line, (coalesce(seen_at, timestamp 'infinity'), import_id, line)) as line
                from told group by all
            )
            select f.*, i.file_name from first f left join imports i using (import_id)
            order by f.seen_at nulls last, f.raw_table, f.record_key limit {_MOST_EVIDENCE}""",
        parameters,
    )


def _conflicts(scope: Scope, own: list[Identifier]) -> pl.DataFrame:
    """Links to these identifiers that were not followed, and why (I2)."""
    return scope.frame(
        """select reason, kind, value, other_kind, other_value from identity_conflicts
           where profile_id = $profile
             and (list_contains($own, kind || ':' || value) or list_contains($own, other_kind || ':' || other_value))
           order by all""",
        {"own": [f"{kind}:{value}" for kind, value in own]},
    )


def _decisions(scope: Scope, own: list[Identifier]) -> pl.DataFrame:
    """What the user decided about these identifiers, undone decisions included (I5)."""
    return scope.frame(
        """select decision_id, decision, left_kind, left_value, right_kind, right_value, decided_at, undone_at
           from identity_decisions
           where profile_id = $profile
             and (list_contains($own, left_kind || ':' || left_value)
                  or list_contains($own, right_kind || ':' || right_value))
           order by decision_id""",
        {"own": [f"{kind}:{value}" for kind, value in own]},
    )


def _hidden(table: pl.DataFrame, *pairs: tuple[str, str]) -> pl.DataFrame:
    """Identifiers without whom they name."""
    for kind, value in pairs:
        told = [
            None if text is None else hidden_value(str(of), str(text))
            for of, text in table.select(kind, value).iter_rows()
        ]
        table = table.with_columns(pl.Series(value, told, pl.String))
    return table
