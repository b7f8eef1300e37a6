"""The raw record behind something that was derived: each field as it was imported, and from which file and line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.errors import AttribenchError, Code
from engine.queries.masking import HIDDEN, hidden_email, hidden_phone, scrubbed
from engine.queries.result import Result
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

_TABLES = ("raw_events", "raw_conversions", "raw_touches", "raw_people")
_VERSIONED = {"raw_conversions": "as_of desc, content_hash"}
_BOOKKEEPING = ("profile_id", "record_key", "content_hash", "import_id", "line", "has_versions")
_PERSONAL = ("first_name", "last_name", "user_id", "person", "ip", "assigned_user")


def record(scope: Scope, *, id: str, masked: bool = False) -> Result:  # noqa: A002
    """The raw record of a conversion, an event, a visit, a touch, a payment or a refund, field by field.

    ``id`` is one that other queries give, or the id a conversion was imported with. A synthetic touch has no record of
    its own: it gives that of the conversion it was derived from (A3). What came in the payload follows field by field.
    ``meta`` names import, file and line, and how many versions of the record there are.
    """
    table, key, content = _place(scope, id.strip())
    order = _VERSIONED.get(table, "import_id, line")
    wanted = "and r.content_hash = $content" if content is not None else ""
    found = scope.frame(
        f"""select r.*, count(*) over () as versions from {table} r
            where r.profile_id = $profile and r.record_key = $key::uuid {wanted} order by {order} limit 1""",
        {"key": key, "content": content},
    )
    if found.is_empty():
        raise AttribenchError(Code.RECORD_UNKNOWN, id=id)
    row = found.row(0, named=True)
    origin = scope.frame(
        """select i.import_id, i.kind, i.file_name, i.imported_at, k.name as connection, k.provider,
                  (select count(distinct content_hash) from """
        + table
        + """ where profile_id = $profile and record_key = $key::uuid) as versions
           from imports i left join connections k on k.connection_id = i.connection_id
           where i.import_id = $import_id""",
        {"import_id": row["import_id"], "key": key},
    ).row(0, named=True)
    fields = [
        (name, _text(value), False)
        for name, value in row.items()
        if name not in (*_BOOKKEEPING, "payload", "versions") and value is not None
    ]
    fields += [(name, value, True) for name, value in _leaves(row["payload"])]
    if masked:
        surname = _surname(scope, key)
        fields = [(name, _hidden(name, value, surname, in_payload), in_payload) for name, value, in_payload in fields]
    schema = {"field": pl.String, "value": pl.String, "in_payload": pl.Boolean}
    told = {"record_key": str(row["record_key"]), "raw_table": table, "line": row["line"], **origin}
    return Result(
        pl.DataFrame(fields, schema=schema, orient="row"),
        meta(scope) | {"record": told},
        {"record": told, "fields": {name: value for name, value, _ in fields}},
    )


def _place(scope: Scope, text: str) -> tuple[str, str, Any]:
    """Table, key and version of the record an id leads to; the version is None where any will do."""
    parameters = {"id": text}
    conversion = scope.frame(
        """select raw_table, record_key::varchar as key, content_hash from conversions
           where profile_id = $profile
             and (conversion_id::varchar = $id or source_id = $id
                  or md5('synthetic' || conversion_id)::uuid::varchar = $id)
           order by conversion_id::varchar = $id desc, occurred_at limit 1""",
        parameters,
    )
    if conversion.height:
        return conversion.row(0)
    cash = scope.frame(
        """select raw_table, record_key::varchar as key, null as content_hash from cash
           where profile_id = $profile and entry_id::varchar = $id limit 1""",
        parameters,
    )
    if cash.height:
        return cash.row(0)
    event = scope.frame(
        """select 'raw_events' as raw_table, event_key::varchar as key, content_hash from events
           where profile_id = $profile and event_key = try_cast($id as uuid) limit 1""",
        parameters,
    )
    if event.height:
        return event.row(0)
    for table in _TABLES:
        known = scope.frame(
            f"select 1 from {table} where profile_id = $profile and record_key = try_cast($id as uuid) limit 1",
            parameters,
        )
        if known.height:
            return table, text, None
    raise AttribenchError(Code.RECORD_UNKNOWN, id=text)


def _surname(scope: Scope, key: str) -> list[str]:
    """The words of the surname of whoever the record is of."""
    found = scope.frame(
        """select distinct n.last_name from people n
           where n.profile_id = $profile and n.last_name is not null and n.person_id in (
               select person_id from conversions where profile_id = $profile and record_key = $key::uuid
               union all select person_id from touches where profile_id = $profile and touch_id = $key::uuid
               union all select person_id from cash where profile_id = $profile and record_key = $key::uuid
               union all select v.person_id from events e join visits v using (profile_id, visit_id)
                         where e.profile_id = $profile and e.event_key = $key::uuid)""",
        {"key": key},
    )
    return [word for name in found["last_name"].to_list() for word in name.split()]


def _leaves(payload: str | None) -> list[tuple[str, str]]:
    """Every value of a payload with its dotted name."""
    if not payload:
        return []
    found: list[tuple[str, str]] = []

    def walk(value: Any, name: str) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType] - any JSON
                walk(item, f"{name}.{key}" if name else str(key))  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list) and value:
            for number, item in enumerate(value, 1):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                walk(item, f"{name}.{number}")
        elif value is not None:
            found.append((name, _text(value)))  # pyright: ignore[reportUnknownArgumentType]

    walk(json.loads(payload), "")
    return found


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case float():
            return repr(value)
        case _:
            return f"{value.isoformat()}Z" if hasattr(value, "isoformat") else str(value)


def _hidden(name: str, value: str, surname: list[str], in_payload: bool) -> str:
    """A field without who it is of; of a payload, whose names are anybody's, nothing is told."""
    if in_payload:
        return HIDDEN
    match name:
        case "email":
            return hidden_email(value)
        case "phone":
            return hidden_phone(value)
        case "first_name":
            return (value.split() or [HIDDEN])[0]
        case "url" | "referrer":
            return scrubbed(value.partition("?")[0].partition("#")[0], surname) or ""
        case _ if name in _PERSONAL:
            return HIDDEN
        case _ if name.endswith(("_id", "_at")) or name.startswith("utm_") or name == "as_of":
            return HIDDEN if "@" in value else value
        case _:
            return scrubbed(value, surname) or ""
