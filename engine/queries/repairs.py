"""Repairs: missing emails, phones and names that raw records tell somewhere (I4, I5; doc:2581).

A suggestion is a value for somebody who has none, with where it was found and why it is the same person. Nothing
present is ever replaced. What is in doubt is shown with its reason and left out of what is applied in bulk.
"""

from __future__ import annotations

import re
from hashlib import md5
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.decisions import Decision
from engine.derive.lists import e164, is_placeholder
from engine.errors import AttribenchError, Code
from engine.queries.evidence import evidence
from engine.queries.masking import PERSON, hidden_name, hidden_value, mask
from engine.queries.result import Result
from engine.queries.traffic import checked_limit, meta

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.queries.scope import Scope

Row = dict[str, Any]

DOUBTS = ("two_candidates", "shared", "differs", "order_only", "other_field", "torn")
"""Why a suggestion is not for bulk: several values; a value found for several people; who has the value has another
name or phone; only an order ties it; the field is not named like one; the identifier is tied to several emails."""

_OTHERS = re.compile(
    r"collector|seller|merchant|owner|assigned|account|business|support|agent|staff|admin|sponsor|application"
    r"|marketplace|store|company|sender|reply_to|referr|manager|recruit",
    re.IGNORECASE,
)
_EMAIL_NAMED = re.compile(r"mail|correo", re.IGNORECASE)
_FIRST, _LAST = re.compile(r"^(first_?name)$"), re.compile(r"^(last_?name)$")
_LINKS = ("own_record", "provider_object", "earlier_version", "same_payment", "same_checkout", "same_order", "torn")
_FIELDS = ("email", "phone", "name")
_MOST_PEOPLE = 1  # of a value found for more people than this, one cannot be told from the other

SCHEMA: dict[str, Any] = {
    "suggestion_id": pl.String,
    "person_id": pl.String,
    "name": pl.String,
    "email": pl.String,
    "phone": pl.String,
    "kinds": pl.List(pl.String),
    "missing": pl.String,
    "value": pl.String,
    "candidates": pl.Int64,
    "provider": pl.String,
    "object_type": pl.String,
    "object_id": pl.String,
    "told_at": pl.Datetime("us"),
    "place": pl.String,
    "link": pl.String,
    "link_value": pl.String,
    "left_kind": pl.String,
    "left_value": pl.String,
    "owner_id": pl.String,
    "owner": pl.String,
    "doubt": pl.String,
    "is_bulk": pl.Boolean,
    "cash": pl.Float64,
    "payments": pl.Int64,
    "is_identified": pl.Boolean,
}


def repairs(scope: Scope, *, search: str | None = None, limit: int = 1000, masked: bool = False) -> Result:
    """Suggestions for people without an email, phone or name, and for payments that name nobody.

    ``cash`` is all cash of the person, or of the record, of every day. In ``meta``: ``open`` suggestions and how many
    of them can be applied in ``bulk``.
    """
    rows = suggestions(scope)
    table = pl.DataFrame(rows, schema=SCHEMA)
    counts = {"open": table.height, "bulk": int(table["is_bulk"].sum())}
    if search:
        needle = search.casefold()
        table = table.filter(
            pl.any_horizontal(
                pl.col(name).fill_null("").str.to_lowercase().str.contains(needle, literal=True)
                for name in ("name", "email", "value", "provider", "object_id")
            )
        )
    table = table.head(checked_limit(limit))
    if masked:
        table = _hidden(table)
    return Result(table, meta(scope) | counts)


def _hidden(table: pl.DataFrame) -> pl.DataFrame:
    """Suggestions without whom they name."""
    rows = [
        row
        | {
            "value": hidden_value(row["missing"], row["value"])
            if row["missing"] != "name"
            else hidden_name(row["value"]),
            "owner": row["owner"] and hidden_name(row["owner"]),
            "left_value": hidden_value(row["left_kind"], row["left_value"]),
        }
        for row in table.iter_rows(named=True)
    ]
    return mask(pl.DataFrame(rows, schema=SCHEMA))


def suggestions(scope: Scope) -> list[Row]:
    """Every suggestion: those for bulk first, then by cash."""
    found = _best(_values(scope))
    owners = _owners(scope, {(row["missing"], row["value"]) for row in found})
    people = _people(scope, {row["person_id"] for row in found if row["person_id"]})
    money = _money(scope, found)
    made = [
        row | people.get(row["person_id"] or "", _NOBODY) | money.get(_subject(row), {"cash": 0.0, "payments": 0})
        for row in found
    ]
    made = [row for row in (_with_owner(row, owners) for row in made) if row is not None]
    _count_candidates(made)
    for row in made:
        row["is_bulk"] = row["doubt"] is None
        row["suggestion_id"] = _suggestion_id(row)
    made.sort(key=lambda row: (not row["is_bulk"], -abs(row["cash"] or 0), row["name"] or "~", row["value"]))
    return made


def chosen(scope: Scope, ids: Sequence[str]) -> list[tuple[Row, Decision]]:
    """The suggestions of these ids as decisions; those for bulk when none is named.

    Raises:
        AttribenchError: REPAIR_UNKNOWN for an id there is no suggestion of (any more), REPAIR_TWICE for two values of
            one field of one person.
    """
    known = {row["suggestion_id"]: row for row in suggestions(scope)}
    for each in ids:
        if each not in known:
            raise AttribenchError(Code.REPAIR_UNKNOWN, id=each)
    rows = [known[each] for each in dict.fromkeys(ids)] or [row for row in known.values() if row["is_bulk"]]
    seen: set[tuple[str, str]] = set()
    for row in rows:
        key = (_subject(row), row["missing"])
        if key in seen:
            raise AttribenchError(Code.REPAIR_TWICE, field=row["missing"], name=row["name"] or row["left_value"])
        seen.add(key)
    return [(row, _decision(row)) for row in rows]


def _decision(row: Row) -> Decision:
    facts = ("provider", "object_type", "object_id", "told_at", "place", "link", "link_value")
    told = {name: str(row[name]) for name in facts if row[name] is not None}
    return Decision("fill", (row["left_kind"], row["left_value"]), (row["missing"], row["value"]), told)


# -- values -------------------------------------------------------------------------------------------------------


def _values(scope: Scope) -> list[Row]:
    """What the evidence tells, normalised; what is no such value, a placeholder or somebody else's is left out."""
    told: list[Row] = []
    names: dict[tuple[Any, ...], Row] = {}
    for row in evidence(scope).iter_rows(named=True):
        if _OTHERS.search(row["place"]):
            continue
        doubt = {"same_order": "order_only", "torn": "torn"}.get(row["link"])
        if row["field"] == "email":
            value = row["text"].lower()
            named = " ".join((row["key"] or "", row["label"] or "", row["part"] or ""))
            doubt = doubt or (None if _EMAIL_NAMED.search(named) else "other_field")
        elif row["field"] == "phone":
            value = e164(row["text"], scope.profile.phone_region)
        else:
            value = _name_of(row, names)
        if value and not is_placeholder(row["field"], value):
            told.append({**row, "missing": row["field"], "value": value, "doubt": doubt})
    return told


def _name_of(row: Row, parts: dict[tuple[Any, ...], Row]) -> str | None:
    """A whole name; first and last name of one place are put together when the second of them comes."""
    key = row["label"] or row["key"]
    text = " ".join(row["text"].split())
    if not any(letter.isalpha() for letter in text):
        return None
    if not (_FIRST.match(key) or _LAST.match(key)):
        return text
    place = (row["left_kind"], row["left_value"], row["object_type"], row["object_id"], row["place"].rpartition(".")[0])
    other = parts.setdefault(place, {})
    other["first" if _FIRST.match(key) else "last"] = text
    return f"{other['first']} {other['last']}" if len(other) == len(("first", "last")) else None


def _subject(row: Row) -> str:
    """Whom a suggestion is for: the person, or the record that names nobody."""
    return row["person_id"] or f"{row['left_kind']}:{row['left_value']}"


def _best(told: list[Row]) -> list[Row]:
    """One row a subject, field and value: the evidence with the least doubt, the closest tie, the latest."""
    best: dict[tuple[str, str, str], Row] = {}

    def rank(row: Row) -> tuple[Any, ...]:
        moment = row["told_at"].isoformat() if row["told_at"] else ""
        return (row["doubt"] is None, -_LINKS.index(row["link"]), moment, row["object_id"], row["place"])

    for row in told:
        key = (_subject(row), row["missing"], row["value"])
        if key not in best or rank(row) > rank(best[key]):
            best[key] = row
    return list(best.values())


def _count_candidates(rows: list[Row]) -> None:
    """Several values for one field, or one value for several people: neither can be decided here."""
    values: dict[tuple[str, str], set[str]] = {}
    people: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        values.setdefault((_subject(row), row["missing"]), set()).add(row["value"])
        if row["person_id"]:
            people.setdefault((row["missing"], row["value"]), set()).add(row["person_id"])
    for row in rows:
        row["candidates"] = len(values[_subject(row), row["missing"]])
        shared = len(people.get((row["missing"], row["value"]), ())) > _MOST_PEOPLE
        if row["candidates"] > 1:
            row["doubt"] = "two_candidates"
        elif row["doubt"] is None and shared and row["missing"] == "phone":
            row["doubt"] = "shared"


# -- people -------------------------------------------------------------------------------------------------------

_NOBODY: Row = {"name": None, "email": None, "phone": None, "kinds": [], "is_identified": False}


def _people(scope: Scope, ids: set[str]) -> dict[str, Row]:
    table = scope.frame(
        f"""select n.person_id::varchar as person_id, {PERSON} as name, n.email, n.phone, n.is_identified,
                   n.last_name, list_sort(list(distinct i.kind)) as kinds
            from people n left join identifiers i on i.profile_id = n.profile_id and i.person_id = n.person_id
            where n.profile_id = $profile and list_contains($ids, n.person_id::varchar)
            group by all""",
        {"ids": sorted(ids)},
    )
    return {row["person_id"]: row for row in table.iter_rows(named=True)}


def _owners(scope: Scope, values: set[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """Whose each value is already, and whether it is quarantined."""
    frame = pl.DataFrame(sorted(values), schema={"kind": pl.String, "value": pl.String}, orient="row")
    with scope.cursor.table("asked_values", frame):
        table = scope.frame(
            f"""select i.kind, i.value, i.is_quarantined, i.person_id::varchar as person_id, {PERSON} as name, n.email,
                       n.phone, n.last_name
                from identifiers i
                join asked_values using (kind, value)
                left join people n on n.profile_id = i.profile_id and n.person_id = i.person_id
                where i.profile_id = $profile"""
        )
    return {(row["kind"], row["value"]): row for row in table.iter_rows(named=True)}


def _with_owner(row: Row, owners: dict[tuple[str, str], Row]) -> Row | None:
    """With whose the value is already; None where it can be nobody's, or belongs to somebody with another email."""
    owner = owners.get((row["missing"], row["value"]))
    row |= {"owner_id": None, "owner": None}
    if owner is None:
        return row
    if owner["is_quarantined"]:
        return None
    if owner["person_id"] == row["person_id"]:  # by a version of a record that does not count any more
        return row
    if row["missing"] == "phone" and row["email"] and owner["email"]:
        return None
    differs = any(
        row.get(name) and owner[name] and str(row[name]).casefold() != str(owner[name]).casefold()
        for name in ("phone", "last_name")
    )
    doubt = row["doubt"] or ("differs" if differs else None)
    return row | {"owner_id": owner["person_id"], "owner": owner["name"], "doubt": doubt}


def _money(scope: Scope, rows: list[Row]) -> dict[str, Row]:
    """Cash and payments of every day, of each person or of each record that names nobody."""
    people = sorted({row["person_id"] for row in rows if row["person_id"]})
    records = sorted({row["left_value"] for row in rows if row["left_kind"] == "record"})
    table = scope.frame(
        """select e.person_id::varchar as subject, coalesce(sum(e.cash), 0)::double as cash,
                  count(*) filter (e.is_payment) as payments
           from credit_entries e
           where e.profile_id = $profile and list_contains($people, e.person_id::varchar)
           group by 1
           union all
           select 'record:' || c.record_key::varchar, coalesce(sum(e.cash), 0)::double, count(*) filter (e.is_payment)
           from conversions c
           join credit_entries e on e.profile_id = c.profile_id and e.conversion_id = c.conversion_id
           where c.profile_id = $profile and list_contains($records, c.record_key::varchar)
           group by 1""",
        {"people": people, "records": records},
    )
    return {row["subject"]: {"cash": row["cash"], "payments": row["payments"]} for row in table.iter_rows(named=True)}


def _suggestion_id(row: Row) -> str:
    told = "\x1f".join((row["left_kind"], row["left_value"], row["missing"], row["value"]))
    return md5(told.encode(), usedforsecurity=False).hexdigest()[:12]
