"""Hiding who somebody is: what personal data becomes when it is asked for masked.

Emails and phones keep what makes a row recognisable to who knows it, names are first names alone
(``j***@e****.com``, ``+1 2** *** 5678``, ``Jane``). Two-word names of unknown visitors are nobody's and stay.
"""

from __future__ import annotations

import re
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.queries.selection import Selection

PERSON = """case when n.is_identified
     then coalesce(nullif(concat_ws(' ', n.first_name, n.last_name), ''), n.email, n.phone) else n.label end"""
"""SQL of how a person ``n`` is called."""

_MASKED_PERSON = """case when n.is_identified then coalesce(nullif(trim(n.first_name), ''), n.email, n.phone,
     left(n.last_name, 1) || '***') else n.label end"""

HIDDEN = "***"
_PART = r"[^\s@/?&=#,;:<>()\"'*]+"
EMAIL_IN_TEXT = rf"{_PART}(?:(?:@|%40){_PART}){{0,3}}(?:@|%40){_PART}\.{_PART}"
"""One that is hidden already (``j***@e****.com``) is none; of ``a@b.com@c.de`` nothing is left over."""
_EMAIL = re.compile(EMAIL_IN_TEXT, re.IGNORECASE)
_STAND_IN = re.compile(r"\*{3}\d+")
_WHO = ("name", "email", "phone", "person")
_PHONE = re.compile(r"(?<![\w-])(?:\+|%2B|00)?\d[\d\s().]{6,}\d(?![\w-])|\+\d[\d\s().-]{6,}\d", re.IGNORECASE)
_LEAST_DIGITS, _LAST_DIGITS = 8, 4
_SHORTEST_NAME = 3


def called(*, masked: bool) -> str:
    """SQL of how a person ``n`` is called; masked by :func:`mask` afterwards."""
    return _MASKED_PERSON if masked else PERSON


def hidden_email(text: str) -> str:
    """``j***@e****.com``."""
    local, _, domain = text.partition("@")
    host, dot, ending = domain.rpartition(".")
    return f"{local[:1]}***@{host[:1]}****{dot}{ending}"


def hidden_phone(text: str) -> str:
    """``+1 2** *** 5678`` of an E.164 number; of anything shorter or else, nothing but its last two digits."""
    digits = re.sub(r"\D", "", text)
    if not text.startswith("+") or len(digits) < _LEAST_DIGITS:
        return f"{HIDDEN}{digits[-2:]}" if len(digits) >= _LEAST_DIGITS else HIDDEN
    code = next((digits[:size] for size in (1, 2, 3) if int(digits[:size]) in COUNTRY_CODE_TO_REGION_CODE), "")
    return f"+{code} {digits[len(code) : len(code) + 1]}** *** {digits[-_LAST_DIGITS:]}".replace("+ ", "+")


def hidden_name(text: str) -> str:
    """The first name alone; an email or a phone in its place as such."""
    if "@" in text:
        return hidden_email(text)
    if _PHONE.fullmatch(text.strip()):
        return hidden_phone(text.strip())
    last, comma, first = text.partition(",")  # "Smith, Jane"
    words = (first if comma else last).split()
    return words[0] if words else HIDDEN


def hidden_staff(text: str) -> str:
    """Whoever something is assigned to: first name and initial, so that two of a name are told apart; ids stay."""
    words = text.split()
    if "@" in text:
        return hidden_email(text)
    return f"{words[0]} {words[-1][:1]}." if len(words) > 1 else text


def hidden_value(kind: str, value: str) -> str:
    """An identifier of a kind (I1). Ids of providers and devices name nobody; a user id may be anything."""
    if kind == "email" or "@" in value:
        return hidden_email(value)
    if kind == "phone":
        return hidden_phone(value)
    return f"{value[:1]}{HIDDEN}" if kind == "user_id" else value


def scrubbed(text: str | None, names: Iterable[str] = ()) -> str | None:
    """A text of the data without the emails and phones in it, and without these names."""
    if text is None:
        return None
    text = _PHONE.sub(HIDDEN, _EMAIL.sub(HIDDEN, text))
    for name in names:
        if len(name) >= _SHORTEST_NAME:
            text = re.sub(re.escape(name), HIDDEN, text, flags=re.IGNORECASE)
    return text


def without_emails(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without the emails that a page's address or a tag has in it; who a row is of is hidden by :func:`mask`.

    Each email has a stand-in of its own (:func:`without_emails_in`), as such texts are keys of rows too.
    """
    columns: list[pl.Expr] = []
    for name, kind in rows.schema.items():
        if name in _WHO or kind not in (pl.String, pl.List(pl.String)):
            continue
        texts = rows[name] if kind == pl.String else rows[name].explode()
        found = texts.filter(texts.str.contains(f"(?i){EMAIL_IN_TEXT}")).unique().to_list()
        hidden = {text: without_emails_in(text) for text in found}
        if hidden:
            column = pl.col(name)
            columns.append(
                column.replace(hidden) if kind == pl.String else column.list.eval(pl.element().replace(hidden))
            )
    return rows.with_columns(columns)


def without_emails_in(text: str) -> str:
    """A text with a stand-in for each email in it, the same until the program ends: ``/account/***7``."""
    return _EMAIL.sub(lambda found: _STAND_INS.of(found[0]), text)


def values_without_emails(value: Any) -> Any:
    """A JSON value with stand-ins for the emails in its texts."""
    return _with_texts(value, without_emails_in)


def emails_hidden(value: Any) -> Any:
    """A JSON value with ``***`` for each email in its texts: for what leaves the program and is not asked about."""
    return _with_texts(value, lambda text: _EMAIL.sub(HIDDEN, text))


def _with_texts(value: Any, of: Callable[[str], str]) -> Any:
    match value:
        case str():
            return of(value)
        case list() | tuple():
            return [_with_texts(each, of) for each in cast("Iterable[object]", value)]
        case dict():
            return {key: _with_texts(each, of) for key, each in cast("dict[str, object]", value).items()}
        case _:
            return value


def meant(option: Any) -> Any:
    """What is meant by an option of a query that names rows as they are shown: the texts behind stand-ins."""
    if isinstance(option, str):
        return _STAND_IN.sub(lambda found: _STAND_INS.email(found[0]), option)
    return [meant(each) for each in option] if isinstance(option, list) else option  # pyright: ignore[reportUnknownVariableType]


def selection_without_emails(selection: Selection) -> Selection:
    """The selection with stand-ins for the emails its filters name."""
    return _with_values(selection, without_emails_in)


def meant_selection(selection: Selection) -> Selection:
    """The selection that :func:`selection_without_emails` made this one of."""
    return _with_values(selection, meant)


def _with_values(selection: Selection, of: Callable[[str], str]) -> Selection:
    filters = tuple(replace(item, values=tuple(map(of, item.values))) for item in selection.filters)
    return replace(selection, filters=filters)


class _StandIns:
    """Numbers for emails, in the order in which they were met: they tell nothing to who guesses an email."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._known: dict[str, str] = {}  # email to stand-in
        self._emails: dict[str, str] = {}

    def of(self, email: str) -> str:
        with self._guard:
            if email not in self._known:
                stand_in = f"{HIDDEN}{len(self._known) + 1}"
                self._known[email], self._emails[stand_in] = stand_in, email
            return self._known[email]

    def email(self, stand_in: str) -> str:
        return self._emails.get(stand_in, stand_in)


_STAND_INS = _StandIns()


def mask(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose ``name`` came by :func:`called`, with ``email`` and ``phone``, without who they are."""
    hide = {"name": hidden_name, "email": hidden_email, "phone": hidden_phone}
    is_known = pl.col("is_identified") if "is_identified" in rows.columns else pl.lit(value=True)
    return without_emails(rows).with_columns(
        pl.when(is_known)
        .then(pl.col(name).map_elements(hide[name], return_dtype=pl.String))
        .otherwise(pl.col(name))
        .alias(name)
        for name in hide
        if name in rows.columns
    )
