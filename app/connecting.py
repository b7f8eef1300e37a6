"""``attribench connect``, ``connections``, ``disconnect`` and ``sync``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from app.messages import explain
from app.output import FORMATS, print_frame
from engine import Task, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from app.syncing import Outcome
    from connectors.base import Desk, Setting

_WORKSPACE = click.argument("workspace", type=click.Path(path_type=Path))
_PROFILE = click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")


@click.command()
@_WORKSPACE
@click.argument("provider")
@_PROFILE
@click.option("--name", help="What to call the connection; the provider's name when left out.")
@click.option("--set", "pairs", multiple=True, metavar="SETTING=VALUE", help="A setting; repeatable.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of the history to fetch.")
@click.option("--browser", is_flag=True, help="Log in with the browser, with the provider's own question.")
@click.option("--no-check", is_flag=True, help="Do not ask the provider whether the login works.")
def connect(
    workspace: Path,
    provider: str,
    profile_name: str | None,
    name: str | None,
    pairs: Sequence[str],
    since: datetime | None,
    *,
    browser: bool,
    no_check: bool,
) -> None:
    """Connect an account of a provider. Secrets are asked for, and kept in the system's keyring.

    With --browser the provider asks in the browser whether Attribench may read, through an app of your own (Google Ads,
    Search Console, Mercado Pago, HighLevel, X Ads).

    A secret can also be told by the environment variable ATTRIBENCH_SECRET_<PROVIDER>_<FIELD>.

    \b
    Examples:
      attribench connect acme.duckdb stripe
      attribench connect acme.duckdb meta --name "Acme ads" --set accounts=123,456 --since 2026-01-01
      attribench connect acme.duckdb google_ads --browser --set client_id=1234.apps.example
    """
    from app import syncing
    from app.credentials import Credentials, vault
    from connectors.base import BROWSER, TOKEN

    known = syncing.provider_named(provider)
    settings: dict[str, Any] = {}
    for pair in pairs:
        field, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} is not SETTING=VALUE", param_hint="--set")
        settings[field.strip()] = value
    if since is not None:
        settings["since"] = since.date().isoformat()
    asked = known.asked(BROWSER if browser else TOKEN, with_brought=not browser)
    secrets = {setting.name: told for setting in asked if setting.is_secret and (told := _secret(provider, setting))}
    credentials = Credentials(vault())
    if browser:
        settings, secrets = syncing.log_in(known, settings, secrets, _desk(), Task())
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        health = None
        if not no_check:
            # Before anything is connected; a token that is replaced meanwhile is the one that is kept.
            health, secrets = syncing.try_login(opened, profile, known, settings, secrets, Task())
        made = syncing.connect(profile, credentials, provider, name or known.name, settings, secrets)
        click.echo(f"Connected {made.name} ({known.name}): {known.brings}.")
        if health is None:
            return
        for permission, what in health.missing.items():
            click.echo(f"  without the permission {permission}: no {', '.join(what.splitlines())}")
        for account in health.accounts:
            details = " · ".join(part for part in (account.id, account.currency, account.timezone) if part)
            click.echo(f"  {account.name}  ({details})")
        click.echo(f"Fetch it with: attribench sync {workspace}")


def _desk() -> Desk:
    """The browser, and the terminal for what has to be handed over; addresses hold no secret."""
    import webbrowser

    from connectors.base import PIN, Desk

    def open_page(url: str) -> None:
        webbrowser.open(url)
        click.echo(f"Say yes in the browser. If none opened, go to:\n{url}", err=True)

    def ask(what: str, _seconds: float, _task: Task) -> str:
        text = "The number that is shown" if what == PIN else "The address the browser ended at"
        if not sys.stdin.isatty():
            return sys.stdin.readline().strip()
        return str(click.prompt(text, default="", show_default=False, err=True))

    return Desk(open_page, ask)


def _secret(provider: str, setting: Setting) -> str:
    """A secret from the environment, from standard input that is no terminal, or asked for without echo."""
    told = os.environ.get(f"ATTRIBENCH_SECRET_{provider}_{setting.name}".upper().replace("-", "_"))
    if told:
        return told
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    text = setting.title if setting.is_needed else f"{setting.title} (may stay empty)"
    return str(click.prompt(text, hide_input=True, default="", show_default=False))


@click.command()
@_WORKSPACE
@_PROFILE
@click.option("--runs", is_flag=True, help="List the runs instead.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def connections(workspace: Path, profile_name: str | None, output_format: str, *, runs: bool) -> None:
    """List connections, or what their runs brought.

    \b
    Example:
      attribench connections acme.duckdb --runs
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        if runs:
            hidden = ("connection_id",)
            print_frame(profile.sync_runs().drop(*hidden), output_format)
            return
        rows = [
            {
                "name": each.name,
                "provider": each.provider,
                "paused": each.is_paused,
                "settings": " ".join(
                    f"{key}={value}" for key, value in each.settings.items() if key != "secret_id" and value
                ),
            }
            for each in profile.connections()
        ]
        schema = {"name": pl.String, "provider": pl.String, "paused": pl.Boolean, "settings": pl.String}
        print_frame(pl.DataFrame(rows, schema=schema), output_format)


@click.command()
@_WORKSPACE
@click.argument("name")
@_PROFILE
@click.option("--remove-data", is_flag=True, help="Also remove what it brought.")
def disconnect(workspace: Path, name: str, profile_name: str | None, *, remove_data: bool) -> None:
    """Take a connection and its secrets away; what it brought stays unless --remove-data.

    \b
    Example:
      attribench disconnect acme.duckdb Stripe
    """
    from app import syncing
    from app.credentials import Credentials, vault

    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        connection = profile.connection(name)
        removed = syncing.disconnect(profile, Credentials(vault()), connection, keep_data=not remove_data)
        click.echo(f"Disconnected {connection.name}; {removed:,} rows removed.")
        if removed:
            profile.rebuild()


@click.command()
@_WORKSPACE
@click.argument("names", nargs=-1, metavar="[CONNECTION]...")
@_PROFILE
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day of the history, for streams not begun.")
@click.option("--no-rebuild", is_flag=True, help="Only fetch; run `attribench rebuild` later.")
def sync(
    workspace: Path, names: tuple[str, ...], profile_name: str | None, since: datetime | None, *, no_rebuild: bool
) -> None:
    """Fetch from providers, those named or all that are not paused, side by side; then work out the figures.

    Whatever interrupts it, what arrived is kept and the next sync goes on from there. Exit 1 when a connection failed.

    \b
    Examples:
      attribench sync acme.duckdb
      attribench sync acme.duckdb Stripe "Acme ads" --since 2025-01-01
    """
    from app import syncing
    from app.cli import progress
    from app.credentials import Credentials, vault

    first: date | None = since.date() if since else None
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        with progress() as task:
            share = 1.0 if no_rebuild else 0.8
            with opened.sparing():
                outcomes = syncing.sync(
                    opened, profile, Credentials(vault()), task.part(0.0, share), names=names, since=first
                )
            # Also when this sync brought nothing: one that was killed may have.
            if not no_rebuild and profile.derivation().is_stale:
                profile.rebuild(task.part(0.8, 1.0))
        _print(outcomes)
    if any(outcome.error for outcome in outcomes):
        sys.exit(1)


def _print(outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        click.echo("There are no connections. Add one with: attribench connect WORKSPACE PROVIDER")
    for outcome in outcomes:
        taken = outcome.taken
        restated = f", {taken.restated_days:,} days restated" if taken.restated_days else ""
        rejected = f", {taken.rejected:,} rejected" if taken.rejected else ""
        click.echo(f"{outcome.connection.name}: {taken.new:,} new, {taken.known:,} known already{restated}{rejected}")
        if outcome.error is not None:
            click.echo(f"{outcome.connection.name}: {explain(outcome.error)}", err=True)
