"""What a foreign export is, and the few SQL expressions every mapping shares.

A mapping is one SELECT over the relation `source (line BIGINT, record JSON)`. It reads each record once with
`json_transform`, which answers NULL where a key is absent or holds another type, so a malformed record never
raises; it comes out as an event without time or identity and is rejected, with its line, by whoever runs the query.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

TYPE_NAMES = {
    "page_view": ("pageview",),
    "identify": ("identify",),
    "lead_submitted": (
        "formsubmission",
        "formsubmit",
        "formsubmitted",
        "generatelead",
        "lead",
        "leadformsubmit",
        "leadformsubmitted",
        "leadgenerated",
        "leadsubmit",
        "leadsubmitted",
        "submitform",
        "submitlead",
    ),
    "purchase": (
        "completedorder",
        "ecommerceorder",
        "ordercomplete",
        "ordercompleted",
        "orderplaced",
        "purchase",
        "purchased",
        "transaction",
    ),
}
"""Our event types <- the names trackers use for them, in lower case without anything but letters and digits."""

Shape: TypeAlias = "str | Sequence[Shape] | Mapping[str, Shape] | None"
"""What `json_transform` is told to read: a type name, a list of one shape, or an object of shapes."""


@dataclass(frozen=True)
class Export:
    """One foreign format.

    Attributes:
        kind: Its name on the command line.
        title: Its name for people.
        query: One SELECT from `source` that yields `line` and columns of the event file.
        columns: Column names of a delimited file that comes without a header.
        signature: Top-level names that together mark the format.
    """

    kind: str
    title: str
    query: str
    columns: tuple[str, ...] = ()
    signature: frozenset[str] = frozenset()


def texts(*names: str) -> dict[str, Shape]:
    """The shape of an object whose `names` are read as text."""
    return dict.fromkeys(names, "VARCHAR")


def literal(value: Shape) -> str:
    """`value` as a JSON literal in SQL."""
    return "'" + json.dumps(value, separators=(",", ":")).replace("'", "''") + "'"


def text(expression: str) -> str:
    """Text without surrounding blanks; NULL when nothing is left."""
    return f"nullif(trim({expression}), '')"


def utc(expression: str) -> str:
    """A time known to be UTC, as ISO 8601 with `Z`; a time that has an offset, or is epoch text, stays as it is."""
    return (
        rf"regexp_replace({expression}, '^(\d\d\d\d-\d\d-\d\d)[ T](\d\d:\d\d[\d:.]*)( ?UTC|\+00)?$', "
        r"'\1T\2Z')"
    )


def number(expression: str) -> str:
    """The text of a finite number, else NULL."""
    return f"CASE WHEN isfinite(try_cast({expression} AS DOUBLE)) THEN trim({expression}) END"


def percent(expression: str) -> str:
    """A number kept between 0 and 100, with one decimal; NULL stays NULL (`least` alone would skip it)."""
    return f"CASE WHEN {expression} IS NOT NULL THEN round(greatest(0, least(100, {expression})), 1) END"


def is_email(expression: str) -> str:
    """Whether an identifier is an email address."""
    return rf"coalesce(regexp_matches({expression}, '^[^@\s]+@[^@\s]+\.[^@\s]+$'), false)"


def email(expression: str) -> str:
    """An identifier if it is an email address, else NULL."""
    return f"CASE WHEN {is_email(expression)} THEN {expression} END"


def not_email(expression: str) -> str:
    """An identifier unless it is an email address."""
    return f"CASE WHEN NOT {is_email(expression)} THEN {expression} END"


def event_type(name: str) -> str:
    """Our event type for an event's own name; a name that is none of ours stays as it came."""
    plain = rf"regexp_replace(lower({name}), '[^a-z0-9]', '', 'g')"
    branches = " ".join(
        f"WHEN {plain} IN ({', '.join(repr(other) for other in others)}) THEN '{ours}'"
        for ours, others in TYPE_NAMES.items()
    )
    return f"CASE {branches} ELSE {name} END"


def without(expression: str, names: Iterable[str]) -> str:
    """A JSON object without the fields `names`."""
    return f"json_merge_patch({expression}, '{json.dumps(dict.fromkeys(names), separators=(',', ':'))}')"


def parsed(expression: str) -> str:
    """Text that holds JSON, as JSON; other text as a JSON string, so that it is kept."""
    return f"coalesce(try_cast({expression} AS JSON), to_json({expression}))"


def filled(expression: str) -> str:
    """A flat JSON object without its empty fields (a row of a delimited file).

    In JSON text a colon followed by two quotes is always a field that holds the empty text: inside a text a quote is
    escaped, and after a text comes never another quote.
    """
    return f"""json_merge_patch('{{}}'::JSON, replace(json({expression})::VARCHAR, ':""', ':null')::JSON)"""


def page(url: str) -> str:
    """A page's address without query and fragment: what engagement is counted by."""
    return f"coalesce(regexp_replace({url}, '[?#].*$', ''), '')"
