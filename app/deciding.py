"""``attribench repair``, ``merge``, ``split`` and ``decisions``: what is decided about people, and taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.output import FORMATS, print_frame
from engine import AttribenchError, Code, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine import Profile

_WORKSPACE = click.argument("workspace", type=click.Path(path_type=Path))
_PROFILE = click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")


@click.command()
@_WORKSPACE
@click.argument("suggestions", nargs=-1)
@_PROFILE
def repair(workspace: Path, suggestions: Sequence[str], profile_name: str | None) -> None:
    """Fill in missing emails, phones and names that raw records tell: those named, else all that leave no doubt.

    Nothing present is replaced. The query `repairs` lists suggestions, `repair-preview` what they would change.

    \b
    Examples:
      attribench query acme.duckdb repairs
      attribench repair acme.duckdb
      attribench repair acme.duckdb 555e183f3993
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        _tell(profile, profile.repair(suggestions), "Nothing to repair.")


@click.command()
@_WORKSPACE
@click.argument("people", nargs=-1, required=True)
@_PROFILE
def merge(workspace: Path, people: Sequence[str], profile_name: str | None) -> None:
    """Decide that people are one: each by id, email, phone, or KIND:VALUE. See the query `merge-preview`.

    \b
    Examples:
      attribench merge acme.duckdb ana@work.example ana@home.example
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        _tell(profile, profile.merge(people), "They are one person already.")


@click.command()
@_WORKSPACE
@click.argument("identifier")
@_PROFILE
def split(workspace: Path, identifier: str, profile_name: str | None) -> None:
    """Decide that an identifier (KIND:VALUE) joins nobody. See the query `split-preview`.

    \b
    Examples:
      attribench split acme.duckdb phone:+12015550123
    """
    kind, colon, value = identifier.partition(":")
    if not colon:
        raise click.UsageError("An identifier is KIND:VALUE, for example email:ana@x.example.")
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        _tell(profile, profile.split_person((kind, value)), "")


@click.command()
@_WORKSPACE
@_PROFILE
@click.option("--undo", "batch", type=int, help="Take back what was decided together under this number.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def decisions(workspace: Path, profile_name: str | None, batch: int | None, output_format: str) -> None:
    """List every decision about people, newest first, or take some back.

    \b
    Examples:
      attribench decisions acme.duckdb
      attribench decisions acme.duckdb --undo 12
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        if batch is None:
            print_frame(profile.decisions(), output_format)
            return
        undone = profile.undo_decision(batch)
        if not undone:
            raise AttribenchError(Code.DECISION_UNKNOWN, batch=batch)
        profile.rebuild()
        click.echo(f"Taken back: {undone} decisions. The figures are up to date.")


def _tell(profile: Profile, batch: int, nothing: str) -> None:
    if not batch:
        click.echo(nothing)
        return
    profile.rebuild()
    made = profile.decisions()
    count = made.filter(made["batch_id"] == batch).height
    click.echo(
        f"{count} decisions, number {batch}. The figures are up to date. Take it back with: "
        f"attribench decisions WORKSPACE --undo {batch}"
    )
