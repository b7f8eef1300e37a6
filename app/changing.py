"""``attribench settings`` and ``changes``: look at a profile's settings, try and make changes, and take them back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from app.output import FORMATS, print_frame
from engine import AttribenchError, Code, ProfileSettings, Task, Workspace
from engine.profile_rows import plain, restored
from engine.queries.selection import Selection

if TYPE_CHECKING:
    from datetime import datetime

    from engine import Profile
    from engine.settings.preview import ChangePreview

_WORKSPACE = click.argument("workspace", type=click.Path(path_type=Path))
_PROFILE = click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
_FORMAT = click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@_WORKSPACE
@_PROFILE
@click.option(
    "--set", "assignments", multiple=True, metavar="FIELD=VALUE", help="Change a setting; repeatable. Lists as JSON."
)
@click.option("--preview", is_flag=True, help="Only say what the changes would do to the headline figures.")
@click.option("--no-rebuild", is_flag=True, help="Leave the figures to a later rebuild.")
@click.option("--from", "date_from", type=_DAY, help="First day of the preview's figures; of all days when left out.")
@click.option("--to", "date_to", type=_DAY, help="Last day of the preview's figures.")
@click.option("--model", default="last_touch", show_default=True, help="Attribution model of the preview's figures.")
@_FORMAT
def settings(
    workspace: Path,
    profile_name: str | None,
    assignments: tuple[str, ...],
    date_from: datetime | None,
    date_to: datetime | None,
    model: str,
    output_format: str,
    *,
    preview: bool,
    no_rebuild: bool,
) -> None:
    """Show the settings of a profile, try changes, or make them: in one change of the log, with one rebuild.

    \b
    Examples:
      attribench settings acme.duckdb
      attribench settings acme.duckdb --set click_window_days=14 --preview
      attribench settings acme.duckdb --set currency=EUR --set timezone=Europe/Madrid
      attribench settings acme.duckdb --set domains=acme.example,shop.acme.example --set logo=@logo.png
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        wanted = _assigned(profile.settings, assignments)
        if preview:
            first, last = _days(profile, date_from, date_to)
            shown = profile.preview_change(wanted, Selection(first, last, model))
            _print_preview(shown, output_format)
            return
        if assignments:
            change_id = profile.change(wanted)
            if change_id is None:
                click.echo("Nothing is different.", err=True)
            else:
                stale = profile.derivation().is_stale
                if stale and not no_rebuild:
                    profile.rebuild(Task())
                click.echo(
                    f"Change {change_id}. Undo it with: attribench changes {workspace} --undo {change_id}", err=True
                )
        values = plain(profile.settings)
    if values["logo"] is not None:
        values["logo"] = f"{len(values['logo']) * 3 // 4} bytes"
    rows = [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in values.items()
    ]
    print_frame(pl.DataFrame(rows, schema={"field": pl.String, "value": pl.String}, orient="row"), output_format)


@click.command()
@_WORKSPACE
@_PROFILE
@click.option("--undo", "undone", type=int, metavar="ID", help="Put back what this change replaced, and rebuild.")
@click.option("--no-rebuild", is_flag=True, help="Leave the figures to a later rebuild.")
@_FORMAT
def changes(
    workspace: Path, profile_name: str | None, undone: int | None, output_format: str, *, no_rebuild: bool
) -> None:
    """List every change of a profile, newest first: who, when, from what to what. Nothing is ever removed from it.

    \b
    Examples:
      attribench changes acme.duckdb
      attribench changes acme.duckdb --undo 12
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        if undone is not None:
            profile.undo_change(undone)
            if profile.derivation().is_stale and not no_rebuild:
                profile.rebuild(Task())
        frame = profile.changes()
    print_frame(frame, output_format)


def _assigned(settings: ProfileSettings, assignments: tuple[str, ...]) -> ProfileSettings:
    kinds: dict[str, type[object]] = {
        field.name: type(getattr(settings, field.name)) for field in dataclasses.fields(settings)
    }
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals or name not in kinds:
            raise click.UsageError(f"--set takes FIELD=VALUE with a field of {', '.join(kinds)}; not {assignment!r}.")
        settings = (
            restored(settings, {name: _value(name, kinds[name], text)})
            if name != "logo"
            else _with_logo(settings, text)
        )
    return settings.checked()


def _with_logo(settings: ProfileSettings, text: str) -> ProfileSettings:
    if not text:
        return dataclasses.replace(settings, logo=None)
    path = Path(text.removeprefix("@"))
    try:
        return dataclasses.replace(settings, logo=path.read_bytes())
    except OSError as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=str(path), detail=error.strerror or str(error)) from error


def _value(name: str, kind: type[object], text: str) -> Any:
    def invalid(expected: str) -> AttribenchError:
        return AttribenchError(Code.SETTING_INVALID, field=name, value=text, expected=expected)

    if kind is bool:
        told = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in told:
            raise invalid("true or false")
        return told[text.lower()]
    if kind in {int, float}:
        try:
            return int(text) if kind is int else float(text)
        except ValueError as error:
            raise invalid("a number") from error
    if kind is not tuple:
        return text
    if name == "domains" and not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        found = json.loads(text)
        restored(ProfileSettings("x"), {name: found})
    except (ValueError, TypeError, KeyError) as error:
        raise invalid(f"JSON as `attribench settings` shows it ({error})") from error
    return found


def _days(profile: Profile, date_from: datetime | None, date_to: datetime | None) -> tuple[Any, Any]:
    known = [day for span in profile.data_days().values() for day in span] or [profile.today]
    first = date_from.date() if date_from else min(known)
    return first, date_to.date() if date_to else max(first, *known)


def _print_preview(shown: ChangePreview, output_format: str) -> None:
    figures = pl.DataFrame(
        [(name, shown.before[name], shown.after[name]) for name in shown.after],
        schema={"figure": pl.String, "before": pl.Float64, "after": pl.Float64},
        orient="row",
        strict=False,
    )
    if output_format == "json":
        told = {
            "changed": list(shown.changed),
            "needs_rebuild": shown.needs_rebuild,
            "figures": figures.to_dicts(),
            "channels": shown.channels.to_dicts(),
            "moves": shown.moves.to_dicts(),
            "rule_visits": list(shown.rule_visits),
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    print_frame(figures, output_format)
    if output_format == "table" and shown.needs_rebuild:
        print_frame(shown.channels, output_format)
        print_frame(shown.moves, output_format)
