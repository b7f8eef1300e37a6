"""What the calendar shows as a calendar file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from app.ics import as_ics
from app.messages import explain
from app.names import value_label
from app.pages.calendar_blocks import span_text, state_label, what_brought, who
from app.writing import writing
from engine.errors import AttribenchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from app.context import Context
    from widgets.look import Look


def export(context: Context, owner: object, rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows of the query ``appointments`` to a file, as a job; say how it went."""
    look, settings, now = context.look, context.about.settings, context.workspace.clock()

    def work(_task: object) -> None:
        content = as_ics(
            rows,
            name=settings.name,
            zone=settings.timezone,
            now=now,
            describe=partial(described, look, settings.timezone),
        )
        part = path.with_name(path.name + ".part")
        with writing(path):
            part.write_bytes(content)
            part.replace(path)

    def done(_result: None) -> None:
        context.toast(look.say("Saved {name}", name=path.name))

    def failed(error: Exception) -> None:
        context.toast(explain(error, look.words) if isinstance(error, AttribenchError) else str(error))

    context.jobs.read((owner, "ics"), work, done, failed, look.say("Exporting"))


def described(look: Look, zone: str, row: Mapping[str, Any]) -> tuple[str, str]:
    """An entry's title and text."""
    facts = dict(row)
    lines = [
        state_label(look, facts["state"]),
        f"{value_label(look.words, facts['channel'])}: {what_brought(look, facts)}" if facts["channel"] else "",
        " · ".join(str(part) for part in (facts["pipeline"], facts["stage"]) if part),
        str(facts["assigned_user"] or ""),
        str(facts["email"] or ""),
        "" if facts["is_timed"] else span_text(look, facts, zone),
        str(facts["label"]),
    ]
    title = " · ".join(part for part in (who(look, facts), str(facts["calendar"] or "")) if part)
    return title, "\n".join(line for line in lines if line)
