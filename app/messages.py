"""What went wrong, in words, with the next step. The only place that turns error codes into text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from engine.words import Words

_TEXTS: dict[Code, str] = {
    Code.WORKSPACE_MISSING: (
        "{path} does not exist. Check the path, or create it with: attribench new {path} --profile NAME"
    ),
    Code.WORKSPACE_EXISTS: "{path} exists already. Choose another name, or remove it first.",
    Code.WORKSPACE_NOT_OURS: "{path} is not an Attribench workspace. Choose a file that `attribench new` made.",
    Code.WORKSPACE_DAMAGED: "{path} cannot be opened: {detail} Restore it from a backup copy.",
    Code.WORKSPACE_UNREADABLE: (
        "{path} cannot be opened: {detail} Check that the file and its disk can be reached, and try again."
    ),
    Code.WORKSPACE_GONE: "{path} was moved or deleted while it was open; nothing was changed.",
    Code.WORKSPACE_BUSY: "{path} is being read; nothing was changed. Try again when that is done.",
    Code.WORKSPACE_LOCKED: "{path} is open in process {pid} since {since}. Close it there first.",
    Code.WORKSPACE_NEWER: (
        "{path} was written by a newer Attribench (version {version}, this one knows {known}). Update Attribench."
    ),
    Code.WORKSPACE_UNWRITABLE: "{path} cannot be written: {detail} Check the permissions of the file and its folder.",
    Code.DISK_FULL: "The disk is full or refused to write: {detail} Free space and repeat; nothing was changed.",
    Code.OUT_OF_MEMORY: "Not enough memory: {detail} Close other programs and repeat; nothing was changed.",
    Code.PROFILE_UNKNOWN: "There is no profile {name!r}. Known: {known}.",
    Code.PROFILE_AMBIGUOUS: "Say which profile with --profile. Known: {known}.",
    Code.PROFILE_EXISTS: "There is a profile {name!r} already. Choose another name.",
    Code.SETTING_INVALID: "{field} cannot be {value!r}. Expected: {expected}.",
    Code.CHANGE_UNKNOWN: "Change {change_id} cannot be undone: there is none, or it was undone already.",
    Code.CHANGE_OVERTAKEN: (
        "Change {change_id} cannot be undone: {fields} changed again since. Undo the later changes first."
    ),
    Code.IMPORT_KIND_UNKNOWN: "There is no kind {kind!r}. Known: {known}.",
    Code.IMPORT_UNKNOWN: (
        "There is no import {import_id}, or it was undone already. List them with: attribench imports WORKSPACE"
    ),
    Code.IMPORT_AGGREGATE: (
        "{path} is {name}: it holds sums, not events, so there is nothing to attribute. Export the events themselves."
    ),
    Code.FILE_MISSING: "{path} does not exist. Check the path.",
    Code.FILE_IS_FOLDER: "{path} is a folder. Name the files in it, for example {path}/*.csv",
    Code.FILE_EMPTY: "{path} is empty (0 bytes). Export it again.",
    Code.FILE_UNREADABLE: "{path} cannot be read: {detail}. Check the file, or export it again.",
    Code.FILE_UNWRITABLE: "{path} was not written: {why}",
    Code.FILE_FORMAT: "{path} has no format we know. Known: {known}.",
    Code.FILE_DUPLICATE_COLUMNS: "{path} has columns twice: {columns}. Rename or remove one of each.",
    Code.FILE_MISSING_COLUMNS: "{path} lacks: {columns}. It has: {present}. Map other names with --map ours=theirs.",
    Code.MAPPING_UNKNOWN: "There is no field {field!r} to map to. Known: {known}.",
    Code.SQL_REFUSED: (
        "This SQL is not allowed ({reason}: {detail}). One SELECT on the views v_events, v_visits, v_people, "
        "v_conversions, v_touches, v_paths, v_credits, v_cash, v_ad_daily, v_identifiers, v_conflicts."
    ),
    Code.SQL_FAILED: "The database says: {detail}",
    Code.PERSON_UNKNOWN: "Nobody has the identifier {identifier}.",
    Code.REPAIR_UNKNOWN: "There is no repair {id} any more. The query repairs lists those there are.",
    Code.DECISION_UNKNOWN: "Nothing was decided under the number {batch}, or it was taken back already.",
    Code.REPAIR_TWICE: "{name} has two candidates for {field}. Choose one of them.",
    Code.CONVERSION_UNKNOWN: "There is no conversion {conversion!r}. List them with the query customers.",
    Code.RECORD_UNKNOWN: "No record has the id {id!r}.",
    Code.MODEL_UNKNOWN: "There is no model {name!r}. Known: {known}.",
    Code.MODEL_EXPRESSION: "This expression cannot be a model: {reason}. It may use: {known}.",
    Code.QUERY_UNKNOWN: "There is no query {name!r}. Known: {known}.",
    Code.QUERY_INVALID: "{option} cannot be {value!r}. Expected: {expected}.",
    Code.NOT_DERIVED: "{profile} has not been derived yet. Run: attribench rebuild WORKSPACE",
    Code.CONNECTION_EXISTS: "There is a connection {name!r} already. Choose another name.",
    Code.CONNECTION_UNKNOWN: "There is no connection {name!r}. Known: {known}.",
    Code.CONNECTION_SECRET: "{name} has no {field} on this computer. Connect it again.",
    Code.SECRETS_UNAVAILABLE: (
        "No place to keep secrets: {detail} Unlock the system's keyring, or set ATTRIBENCH_PASSPHRASE to keep them in "
        "an encrypted file."
    ),
    Code.PROVIDER_UNKNOWN: "There is no provider {provider!r}. Known: {known}.",
    Code.PROVIDER_UNREACHABLE: "{provider} cannot be reached: {detail} Check the network and sync again.",
    Code.PROVIDER_LOGIN: "{provider} does not accept the login: {detail} Connect it again. (request {request})",
    Code.PROVIDER_PERMISSION: (
        "{provider} refuses: {detail} The token lacks the permission {permission}. Add it and connect again. "
        "(request {request})"
    ),
    Code.PROVIDER_LIMIT: "{provider} asks to wait {seconds} s: {detail} What arrived is kept; sync again later.",
    Code.PROVIDER_MISSING: "{provider} has no {what} any more. Choose another account.",
    Code.PROVIDER_REFUSED: "{provider} refuses the request ({status}): {detail} (request {request})",
    Code.PROVIDER_ANSWER: (
        "{provider} answered something that cannot be read: {detail} What arrived before is kept; sync again. "
        "(request {request})"
    ),
    Code.REPORT_UNKNOWN: "There is no report {report_id}. List them with: attribench reports WORKSPACE",
    Code.REPORT_TEMPLATE: "There is no report template {name!r}. Known: {known}.",
    Code.REPORT_LOGO: "The logo cannot be drawn: {detail} Export it again, or choose another one.",
    Code.REPORT_FONT: "The font {name} is missing from the program's folder. Install Attribench again.",
    Code.REPORT_LAYOUT: "The pages could not be laid out: {detail} The report itself is kept; please tell us.",
}

# Where the next step is another one in the window.
_IN_WINDOW: dict[Code, str] = {
    Code.WORKSPACE_MISSING: "{path} does not exist. It may have been moved: choose File, Open workspace.",
    Code.WORKSPACE_NOT_OURS: "{path} is not an Attribench workspace. Choose a file that Attribench made.",
    Code.WORKSPACE_GONE: (
        "{path} was moved or deleted while it was open. Its records are lost when it closes: choose File, Save a copy."
    ),
    Code.PROFILE_AMBIGUOUS: "Choose a profile. Known: {known}.",
    Code.IMPORT_UNKNOWN: "There is no import {import_id}, or it was undone already.",
    Code.FILE_MISSING_COLUMNS: "{path} lacks: {columns}. It has: {present}. Say which column is which.",
    Code.CONVERSION_UNKNOWN: "There is no conversion {conversion!r}.",
    Code.REPORT_UNKNOWN: "This report was deleted.",
    Code.NOT_DERIVED: "{profile} has records that were not worked out yet. Choose Data, Rebuild.",
}

# Who has a workspace open, by what is known of it.
_LOCKED_HERE = "{path} is open already in this window."
_LOCKED_BY = "{path} is open in another program (process {pid}). Close it there first."
_LOCKED = "{path} is open in another program. Close it there first."

# Why a file was not written.
_WHY = {
    "folder": "its folder does not exist. Choose another one.",
    "denied": "there is no permission to write there. Choose another folder.",
    "full": "the disk is full. Free space, or choose another disk.",
    "name": "the name is too long. Choose a shorter one.",
    "folder_there": "there is a folder of that name. Choose another name.",
    "other": "the system refused it. Choose another place.",
}

_REQUEST = re.compile(r" \([^()]*\{request\}\)")

_REASONS = {
    "invalid_json": "not valid JSON",
    "not_an_object": "not a JSON object",
    "missing": "is required and absent",
    "not_a_time": "is not a time we can read; use ISO 8601 such as 2026-05-01T10:00:00Z",
    "time_out_of_range": "lies outside 1990 to 2100",
    "not_a_number": "is not a number",
    "not_a_boolean": "is not true or false",
    "not_positive": "must be above zero",
    "negative": "must not be below zero",
    "not_a_path": "is not text such as: a > b > c",
    "unknown_currency": "is not an ISO 4217 currency code",
    "unknown_choice": "is not one of the values allowed here",
    "missing_columns": "the row has fewer columns than the header",
    "too_many_columns": "the row has more columns than the header",
    "unquoted_value": "a quote is opened and not closed properly",
    "line_size_over_maximum": "the line is too long",
    "invalid_encoding": "the line is not valid text",
    "invalid_state": "quotes are opened and not closed properly",
    "unfinished": "the file ends in the middle of this row",
}

_NOTES = {
    "truncated": "the compressed file ends too early; the {bytes} bytes before were read",
    "encoding": "read as {encoding}",
    "invalid_bytes": "bytes that are not valid UTF-8 were replaced",
    "nul": "{count} NUL characters were replaced",
    "extension": "its name says another format; read as {format}",
    "unmapped_money": "{columns}: looks like money, and is not imported",
    "ecb": "read as European Central Bank reference rates: {rows} rates for 1 EUR",
}


def explain(error: AttribenchError, words: Words | None = None) -> str:
    """One line that says what is wrong, where, and what to do.

    Args:
        error: what went wrong.
        words: of the window's language: the next step is then one in the window, not a command.
    """
    facts = dict(error.facts)
    text = _TEXTS[error.code] if words is None else _IN_WINDOW.get(error.code, _TEXTS[error.code])
    if error.code is Code.WORKSPACE_LOCKED:
        text = _locked(facts, text, is_window=words is not None)
        facts["since"] = _local(str(facts.get("since")), words)
    if error.code is Code.FILE_UNWRITABLE:
        why = _WHY.get(str(facts.get("why")), _WHY["other"])
        facts["why"] = words.say(why) if words is not None else why
    if words is not None:
        text = words.say(text)
    detail = facts.get("detail")
    if error.code.value.startswith("provider.") and isinstance(detail, str) and detail[-1:].isalnum():
        facts["detail"] = f"{detail}."
    if facts.get("request", "–") == "–":  # nobody has to be told that there is none
        text = _REQUEST.sub("", text)
    told = text.format_map(_Facts({name: _shown(fact) for name, fact in facts.items()}))
    return " ".join(told.split())


def _locked(facts: Mapping[str, object], text: str, *, is_window: bool) -> str:
    """Who has a workspace open, as far as it is known."""
    if is_window and facts.get("pid") == os.getpid():
        return _LOCKED_HERE
    if facts.get("pid") is None:
        return _LOCKED
    return text if facts.get("since") else _LOCKED_BY


def _local(moment: str, words: Words | None) -> str:
    """A moment as it is written here, on this computer's clock."""
    try:
        local = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return moment
    if words is None:
        return f"{local:%Y-%m-%d %H:%M}"
    from babel.dates import format_datetime

    return format_datetime(local, "medium", locale=words.language)


def reason_text(reason: str, words: Words | None = None) -> str:
    """Why a row was rejected, in words."""
    text = _REASONS.get(reason, reason.replace("_", " "))
    return words.say(text) if words is not None else text


def note_text(note: Mapping[str, object], words: Words | None = None) -> str:
    """What was assumed or mended while reading a file, in words."""
    text = _NOTES[str(note["code"])]
    facts = {name: _shown(fact) for name, fact in note.items()}
    return (words.say(text) if words is not None else text).format_map(facts)


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> object:
        return "?"


def _shown(fact: object) -> object:
    if isinstance(fact, str) or not isinstance(fact, Sequence):
        return fact
    return ", ".join(str(item) for item in cast("Sequence[object]", fact)) or "none"


def texts() -> list[str]:
    """Every text of this module, for translators."""
    tables = (_TEXTS, _IN_WINDOW, _WHY, _REASONS, _NOTES)
    return [_LOCKED_HERE, _LOCKED_BY, _LOCKED, *(text for table in tables for text in table.values())]
