"""SQL that turns the texts of ``extracted`` into values, and tells why a row cannot be kept.

What dates such as 03/04/2026 and numbers such as 1,234 mean is settled for the whole file first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.ingest.fields import Field, Kind, Type
from engine.money import currencies
from engine.sqltext import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from engine.ingest.source import Source
    from engine.store import Cursor

_EARLIEST = "1990-01-01"
_LATEST = "2100-01-01"
_UNREADABLE = {
    Type.TIME: "not_a_time",
    Type.DAY: "not_a_time",
    Type.AMOUNT: "not_a_number",
    Type.NUMBER: "not_a_number",
    Type.INTEGER: "not_a_number",
    Type.BOOLEAN: "not_a_boolean",
}
SQL_TYPES = {
    Type.TIME: "timestamp",
    Type.DAY: "date",
    Type.AMOUNT: "decimal(18, 6)",
    Type.NUMBER: "double",
    Type.INTEGER: "bigint",
    Type.BOOLEAN: "boolean",
    Type.JSON: "json",
}
DAY_PATTERN = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}"
UNSETTLED = -1
_NUMERIC = frozenset({Type.AMOUNT, Type.NUMBER, Type.INTEGER})


@dataclass(frozen=True)
class Assumptions:
    """What had to be settled for a whole file.

    Attributes:
        zone: time zone of times without an offset.
        day_first: fields whose 03/04/2026 is the third of April (True) or the fourth of March (False); a field that
            is not here has no such dates, or they do not tell.
        comma_decimal: fields whose 1,234 means one and a bit.
    """

    zone: str
    day_first: Mapping[str, bool]
    comma_decimal: frozenset[str]


def assumptions(cursor: Cursor, kind: Kind, source: Source, zone: str, present: Collection[str]) -> Assumptions:
    """Settle, over the whole file, what its dates and decimal commas mean."""
    return Assumptions(zone, _day_first(cursor, kind, present), _comma_decimal(cursor, kind, source, present))


def _day_first(cursor: Cursor, kind: Kind, present: Collection[str]) -> dict[str, bool]:
    """Of each field with dates such as 31/12/2026 what they tell; one that does not tell follows the others."""
    votes: dict[str, tuple[int, int]] = {}
    for field in kind.fields:
        if field.type not in {Type.TIME, Type.DAY} or field.name not in present:
            continue
        name = quoted(field.name)
        total, day, month = cursor.rows(
            f"""select count(*), count(*) filter (a > 12 and a <= 31 and b <= 12),
                       count(*) filter (b > 12 and b <= 31 and a <= 12)
                from (select regexp_extract(t, '{DAY_PATTERN}', 1)::integer a,
                             regexp_extract(t, '{DAY_PATTERN}', 2)::integer b
                      from (select trim({name}) t from extracted)
                      where (t[2] in ('/', '.', '-') or t[3] in ('/', '.', '-'))
                        and regexp_matches(t, '{DAY_PATTERN}'))"""
        )[0]
        if total:
            votes[field.name] = (int(day), int(month))
    told = {name: day > 0 for name, (day, month) in votes.items() if (day > 0) != (month > 0)}
    if len(set(told.values())) == 1:
        shared = next(iter(told.values()))
        told |= {name: shared for name, (day, month) in votes.items() if not day and not month}
    return told


def _comma_decimal(cursor: Cursor, kind: Kind, source: Source, present: Collection[str]) -> frozenset[str]:
    numeric = [
        field
        for field in kind.fields
        if field.type in {Type.AMOUNT, Type.NUMBER, Type.INTEGER} and field.name in present
    ]
    if not numeric:
        return frozenset()
    commas = cursor.rows(f"select {', '.join(f'bool_or({quoted(f.name)} ~~ $$%,%$$)' for f in numeric)} from extracted")
    found: set[str] = set()
    for field, has_comma in zip(numeric, commas[0], strict=True):
        if not has_comma and source.delimiter != ";":
            continue
        european, english = cursor.rows(
            f"""select
                count(*) filter (regexp_matches(t, ',\\d*$')
                    and (contains(t, '.') or not regexp_full_match(t, '[+\\-]?\\d{{1,3}}(,\\d{{3}})+'))),
                count(*) filter (regexp_matches(t, '\\.\\d*$')
                    and (contains(t, ',') or not regexp_full_match(t, '[+\\-]?\\d{{1,3}}(\\.\\d{{3}})+')))
            from (select number_text(clean({quoted(field.name)})) t from extracted)"""
        )[0]
        if european > english or (european == english == 0 and source.delimiter == ";"):
            found.add(field.name)
    return frozenset(found)


def with_numbers(fields: Sequence[Field], settled: Assumptions, relation: str) -> str:
    """The relation, with the plain number of each numeric text beside it, step by step: as one expression each would
    have the one inside it many times over, and reading a dozen rows would take as long as reading thousands."""
    numeric = [field for field in fields if field.type in _NUMERIC]
    if not numeric:
        return f"({relation})"
    written = ", ".join(f"number_text({text_of(field)}) as {_plain(field)}" for field in numeric)
    comma = {field: "true" if field.name in settled.comma_decimal else "false" for field in numeric}
    plain = ", ".join(f"plain_number({_plain(field)}, {comma[field]}) as {_plain(field)}" for field in numeric)
    return f"(select * replace ({plain}) from (select *, {written} from ({relation})))"


def _plain(field: Field) -> str:
    """The column that holds a field's text as a plain number."""
    return quoted(f"{field.name} number")


def value_of(field: Field, settled: Assumptions) -> str:
    """SQL: the value of a field's text, null where it cannot be read; over rows of :func:`with_numbers`."""
    text = text_of(field)
    day_first = {None: "null", True: "true", False: "false"}[settled.day_first.get(field.name)]
    match field.type:
        case Type.TEXT | Type.JSON:
            value = text
        case Type.CHOICE:
            value = f"lower({text})"
        case Type.TIME:
            value = f"parse_time({text}, {literal(settled.zone)}, {day_first})"
        case Type.DAY:
            value = f"parse_day({text}, {day_first})"
        case Type.AMOUNT:
            value = f"try_cast({_plain(field)} as decimal(18, 6))"
        case Type.NUMBER:
            value = f"finite({_plain(field)})"
        case Type.INTEGER:
            value = f"whole({_plain(field)})"
        case Type.BOOLEAN:
            value = f"parse_boolean({text})"
        case Type.CURRENCY:
            value = f"upper({text})"
    return f"coalesce({value}, {field.default})" if field.default else value


def payload_of(*, has_own: bool) -> str:
    """SQL: the payload with the fields we have no column for beside it; both kept when they collide."""
    if not has_own:
        return "extra"
    own = "parse_json(clean(payload_text))"
    overlap = f"len(list_intersect(json_keys({own}), json_keys(extra))) > 0"
    return (
        f"case when extra is null then {own} when {own} is null then extra"
        f" when json_type({own}) = 'OBJECT' and not ({overlap}) then json_merge_patch(extra, {own})"
        f" else json_merge_patch(extra, json_object('payload', {own})) end"
    )


def first_fault(
    kind: Kind, fields: Sequence[Field], *, is_careful: bool
) -> tuple[str, str, tuple[tuple[str | None, str], ...]]:
    """SQL giving the number of the first fault of a row, or null; SQL giving its value; and the faults by number.

    Zero is a blank line, which is no row.
    """
    faults: list[tuple[str | None, str]] = []
    conditions: list[str] = []
    values: list[str] = []

    def fault(condition: str, field: str | None, value: str, reason: str) -> None:
        conditions.append(f"when {condition} then {len(faults)}")
        values.append(f"when {len(faults)} then {value}")
        faults.append((field, reason))

    fault("broken = 'blank'", None, "null", "blank")
    for reason in ("invalid_json", "not_an_object"):
        fault(f"broken = '{reason}'", None, "broken_text", reason)
    present = {field.name for field in fields}
    for field in kind.fields:
        if field.name not in present:
            if field.required:
                fault("true", field.name, "null", "missing")
            continue
        text, value = text_of(field), field.column if field.name != "as_of" else "own_as_of"
        if is_careful and field.type in {Type.AMOUNT, Type.NUMBER, Type.INTEGER}:
            conditions.append(f"when contains({text}, ',') then {UNSETTLED}")
        if field.required:
            fault(f"{text} is null", field.name, "null", "missing")
        unreadable = _UNREADABLE.get(field.type)
        if unreadable:
            if is_careful and field.type in {Type.TIME, Type.DAY}:
                conditions.append(f"when {value} is null and regexp_matches({text}, '{DAY_PATTERN}') then {UNSETTLED}")
            fault(f"{value} is null and {text} is not null", field.name, text, unreadable)
        if field.type in {Type.TIME, Type.DAY}:
            low, high = f"timestamp '{_EARLIEST}'", f"timestamp '{_LATEST}'"
            fault(f"{value} < {low} or {value} >= {high}", field.name, text, "time_out_of_range")
        elif field.type is Type.CURRENCY:
            codes = ", ".join(literal(code) for code in sorted(currencies()))
            fault(f"{value} not in ({codes})", field.name, text, "unknown_currency")
        elif field.type is Type.CHOICE:
            allowed = ", ".join(literal(choice) for choice in field.choices)
            fault(f"{value} not in ({allowed})", field.name, text, "unknown_choice")
        if field.is_positive:
            fault(f"{value} <= 0", field.name, text, "not_positive")
    if kind.any_of:
        nobody = " and ".join(_text_named(name) + " is null" for name in kind.any_of if name in present) or "true"
        fault(nobody, " | ".join(kind.any_of), "null", "missing")
    unsettled = f"when broken = 'unsettled' then {UNSETTLED} " if is_careful else ""
    return (
        f"(case {unsettled}{' '.join(conditions)} end)::smallint",
        f"(case reject {' '.join(values)} end)::varchar",
        tuple(faults),
    )


def record_of(fields: Sequence[Field]) -> str:
    """SQL: a rejected row as one JSON object."""
    pairs = ", ".join(f"{literal(field.name)}, {text_of(field)}" for field in fields)
    return f"json_merge_patch(coalesce(extra, '{{}}'), json_object({pairs}))::varchar"


def text_of(field: Field) -> str:
    """The column of ``staged``'s making that holds a field's text."""
    return _text_named(field.name)


def _text_named(name: str) -> str:
    return quoted(f"{name} text")
