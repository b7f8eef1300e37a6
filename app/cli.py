"""The command line. Each command asks the engine and prints; exit 0, 1 (error, one line) or 2 (usage)."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import polars as pl

from app.attribute import attribute
from app.changing import changes, settings
from app.clients import clients
from app.connecting import connect, connections, disconnect, sync
from app.deciding import decisions, merge, repair, split
from app.demo import build_demo
from app.messages import note_text, reason_text
from app.output import FORMATS, guarded, print_frame
from app.query import models, query, reference, truth
from app.report import report, reports
from app.screenshot import screenshot
from engine import AttribenchError, Code, ProfileSettings, Task, Workspace
from engine.demo import DemoPlan
from engine.ingest.exports import EXPORTS
from engine.ingest.fields import KINDS

if TYPE_CHECKING:
    from collections.abc import Generator

    from engine import Profile
    from engine.ingest.importer import ImportResult

_WORKSPACE = click.argument("workspace", type=click.Path(path_type=Path))
_PROFILE = click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
_FORMAT = click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="attribench", prog_name="attribench")
def cli() -> None:
    """Marketing attribution on your own machine: every model side by side, traceable to the raw record.

    Without a command the desktop opens, on the workspace named or the one opened last.

    \b
    Examples:
      attribench acme.duckdb
      attribench demo demo.duckdb
      attribench new acme.duckdb --profile Acme --currency EUR --timezone Europe/Madrid --domain acme.example
      attribench import acme.duckdb events export.ndjson.gz
      attribench sql acme.duckdb "select channel, count(*) from v_visits group by 1"
    """


cli.add_command(attribute)
cli.add_command(query)
cli.add_command(models)
cli.add_command(truth)
cli.add_command(reference)
cli.add_command(screenshot)
cli.add_command(clients)
cli.add_command(report)
cli.add_command(reports)
for _command in (connect, connections, disconnect, sync, settings, changes, repair, merge, split, decisions):
    cli.add_command(_command)


@cli.command()
@_WORKSPACE
@click.option(
    "--people", type=click.IntRange(1, 10_000_000), default=20_000, show_default=True, help="Visitors, about."
)
@click.option("--days", type=click.IntRange(1, 3_650), default=180, show_default=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day, included; yesterday when left out.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Also keep facts, tracker files and truth here.")
def demo(workspace: Path, people: int, days: int, until: datetime | None, seed: int, keep: Path | None) -> None:
    """Write a demo workspace of a fictional clinic and shop, fetched through the ordinary connectors.

    Without a command the desktop opens, on the workspace named or the one opened last.

    \b
    Examples:
      attribench acme.duckdb
      attribench demo demo.duckdb
      attribench demo small.duckdb --people 2000 --days 60 --until 2026-06-30 --keep files/
    """
    if workspace.exists():
        raise AttribenchError(Code.WORKSPACE_EXISTS, path=str(workspace))
    last = until.date() if until else datetime.now(UTC).date() - timedelta(days=1)
    plan = DemoPlan(people=people, days=days, until=last, seed=seed)
    with progress() as task:
        figures, parts = build_demo(workspace, plan, task, keep)
    click.echo(f"Demo workspace: {workspace.resolve()}")
    click.echo(f"  visitors     {figures.visitors:>14,}")
    click.echo(f"  visits       {figures.visits:>14,}")
    click.echo(f"  conversions  {figures.conversions:>14,}")
    click.echo(f"  cash         {figures.cash:>14,.2f} {figures.currency}")
    click.echo(f"  ad spend     {figures.spend:>14,.2f} {figures.currency}")
    if not figures.agrees_with(parts):
        raise click.ClickException(f"The figures do not tie to their parts: {parts}")
    click.echo("Each ties to its parts: devices, channels, goals, people with and without a name, ad campaigns.")


@cli.command()
@_WORKSPACE
@click.option("--profile", "profile_name", required=True, help="Name of the profile.")
@click.option("--currency", default="USD", show_default=True, help="Reporting currency, ISO 4217.")
@click.option("--timezone", default="UTC", show_default=True, help="IANA time zone of its days.")
@click.option("--phone-region", default="US", show_default=True, help="Country of phone numbers without a prefix.")
@click.option("--domain", "domains", multiple=True, help="Own domain; repeatable.")
def new(
    workspace: Path, profile_name: str, currency: str, timezone: str, phone_region: str, domains: tuple[str, ...]
) -> None:
    """Create a workspace file, or add a profile to it.

    \b
    Example:
      attribench new agency.duckdb --profile Acme --currency EUR --timezone Europe/Madrid --domain acme.example
    """
    settings = ProfileSettings(
        name=profile_name, currency=currency, timezone=timezone, phone_region=phone_region, domains=domains
    ).checked()
    with Workspace.open(workspace, create=True) as opened:
        opened.create_profile(settings)
    click.echo(f"{workspace}: profile {settings.name} ({settings.currency}, {settings.timezone})")


@cli.command()
@_WORKSPACE
@_FORMAT
def profiles(workspace: Path, output_format: str) -> None:
    """List the profiles of a workspace.

    \b
    Example:
      attribench profiles agency.duckdb --format json
    """
    with Workspace.open(workspace) as opened:
        rows = [profile.settings for profile in opened.profiles()]
    frame = pl.DataFrame(
        [(row.name, row.currency, row.timezone, " ".join(row.domains)) for row in rows],
        schema=dict.fromkeys(("profile", "currency", "timezone", "domains"), pl.String),
        orient="row",
    )
    print_frame(frame, output_format)


@cli.command(name="import")
@_WORKSPACE
@click.argument("kind")
@click.argument("files", nargs=-1, required=True)
@_PROFILE
@click.option("--map", "pairs", multiple=True, metavar="OURS=THEIRS", help="Name of a field in the file; repeatable.")
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="Keep every rejected row with line and reason here (CSV)."
)
@click.option("--no-rebuild", is_flag=True, help="Only add the rows; run `attribench rebuild` later.")
@_FORMAT
def import_(
    workspace: Path,
    kind: str,
    files: tuple[str, ...],
    profile_name: str | None,
    pairs: tuple[str, ...],
    rejects: Path | None,
    no_rebuild: bool,
    output_format: str,
) -> None:
    """Import files: NDJSON, JSON, CSV, TSV or Parquet, each also .gz or .zst; `-` is standard input.

    KIND is one of events, touches, conversions, people, ad-spend, rates, ad-entities, keywords, or a foreign export:
    ga4, matomo, posthog, snowplow, segment, umami. Importing the same rows again changes nothing.

    \b
    Examples:
      attribench import acme.duckdb events tracker-*.ndjson.gz --rejects rejected.csv
      attribench import acme.duckdb conversions deals.csv --map conversion_id=deal_id --map time=closed_at
      zcat export.gz | attribench import acme.duckdb ga4 -
    """
    if kind not in KINDS and kind not in EXPORTS:
        raise click.UsageError(f"There is no kind {kind!r}. Known: {', '.join([*KINDS, *EXPORTS])}.")
    mapping = _mapping(pairs)
    results: list[ImportResult] = []
    with Workspace.open(workspace) as opened, progress() as task:
        profile = opened.profile(profile_name)
        share = 0.6 / len(files)
        for index, name in enumerate(files):
            source: Path | BinaryIO = sys.stdin.buffer if name == "-" else Path(name)
            part = task.part(index * share, (index + 1) * share)
            results.append(profile.import_file(kind, source, mapping=mapping, task=part))
        if not no_rebuild and any(result.new for result in results):
            profile.rebuild(task.part(0.6, 1.0))
    _print_results(results, output_format)
    if rejects is not None:
        _write_rejects(results, rejects)


@cli.command()
@_WORKSPACE
@_PROFILE
@click.option("--undo", type=int, metavar="IMPORT", help="Take this import back.")
@_FORMAT
def imports(workspace: Path, profile_name: str | None, undo: int | None, output_format: str) -> None:
    """List the imports of a profile, or take one back as a whole.

    \b
    Examples:
      attribench imports acme.duckdb
      attribench imports acme.duckdb --undo 12
    """
    with Workspace.open(workspace) as opened, progress() as task:
        profile = opened.profile(profile_name)
        if undo is None:
            print_frame(profile.imports().drop("mapping", "notes", "file_hash"), output_format)
            return
        removed = opened.undo_import(undo, task.part(0.0, 0.3))
        profile.rebuild(task.part(0.3, 1.0))
    click.echo(f"Import {undo} undone: {removed:,} rows removed.")


@cli.command()
@_WORKSPACE
@_PROFILE
def rebuild(workspace: Path, profile_name: str | None) -> None:
    """Derive visits, people, conversions and touches anew from what was imported.

    \b
    Example:
      attribench rebuild acme.duckdb --profile Acme
    """
    with Workspace.open(workspace) as opened, progress() as task:
        chosen = [opened.profile(profile_name)] if profile_name else opened.profiles()
        for index, profile in enumerate(chosen):
            profile.rebuild(task.part(index / len(chosen), (index + 1) / len(chosen)))
            click.echo(_rebuilt(profile))


@cli.command()
@_WORKSPACE
@click.argument("statement")
@_FORMAT
def sql(workspace: Path, statement: str, output_format: str) -> None:
    """Run read-only SQL on the documented views.

    v_events, v_visits, v_people, v_conversions, v_touches, v_paths, v_credits, v_cash, v_ad_daily, v_identifiers,
    v_conflicts.

    \b
    Example:
      attribench sql acme.duckdb "select channel, count(*) as visits from v_visits group by all" --format csv
    """
    with Workspace.open(workspace) as opened:
        frame = opened.sql(statement)
    print_frame(frame, output_format)


@cli.command()
@_WORKSPACE
def doctor(workspace: Path) -> None:
    """Check a workspace: file, schema, integrity, freshness. Says what to do.

    \b
    Example:
      attribench doctor acme.duckdb
    """
    with Workspace.open(workspace) as opened:
        findings = opened.examine()
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_fine else 'look'}  {_finding_text(finding.code, dict(finding.facts))}")


def _finding_text(code: str, facts: dict[str, Any]) -> str:
    match code:
        case "schema":
            return f"schema version {facts['version']}"
        case "integrity":
            return f"every row of {facts['tables']} derived tables can be read"
        case "disk":
            return f"{facts['free'] / 1e9:,.1f} GB free on the disk, the file has {facts['size'] / 1e9:,.3f} GB"
        case "derived":
            state = f"derived at {facts['derived_at']:%Y-%m-%d %H:%M} UTC" if facts["derived_at"] else "not derived yet"
            return f"{facts['profile']}: {state}"
        case "imports":
            if not facts["rows"]:
                return f"{facts['profile']}: nothing imported yet; start with: attribench import WORKSPACE events FILE"
            return f"{facts['profile']}: {facts['rows']:,} rows imported, last at {facts['last']:%Y-%m-%d %H:%M} UTC"
        case "rates":
            missing = ", ".join(f"{currency} ({count})" for currency, count in facts["missing"].items())
            if not missing:
                return f"{facts['profile']}: every amount has an exchange rate"
            return f"{facts['profile']}: no exchange rate for {missing}; import them with KIND rates"
        case "goals":
            types = ", ".join(f"{name} ({count:,})" for name, count in facts["unmatched"].items())
            if not types:
                return f"{facts['profile']}: every outcome that was recorded belongs to a goal"
            return f"{facts['profile']}: belongs to no goal: {types}; add them to a goal in Settings"
        case _:
            return code


@contextmanager
def progress() -> Generator[Task]:
    """A task that shows its progress on stderr while that is a terminal."""
    if not sys.stderr.isatty():
        yield Task()
        return
    width = 0

    def show(fraction: float, label: str) -> None:
        nonlocal width
        text = f"{fraction:4.0%} {label}"
        sys.stderr.write("\r" + text.ljust(width))
        sys.stderr.flush()
        width = len(text)

    try:
        yield Task(show)
    finally:
        sys.stderr.write("\r" + " " * width + "\r")


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        ours, separator, theirs = pair.partition("=")
        if not separator or not ours or not theirs:
            raise click.UsageError(f"--map takes ours=theirs, not {pair!r}.")
        mapping[ours.strip()] = theirs.strip()
    return mapping


def _print_results(results: list[ImportResult], output_format: str) -> None:
    columns = ("import", "file", "read", "new", "duplicate", "rejected")
    frame = pl.DataFrame(
        [(r.import_id, r.file_name, r.read, r.new, r.duplicate, r.rejected) for r in results],
        schema=columns,
        orient="row",
    )
    print_frame(frame, output_format)
    for result in results:
        for note in result.notes:
            click.echo(f"{result.file_name}: {note_text(note)}", err=True)
        for line, field, value, reason, _ in result.rejects.head(5).iter_rows():
            click.echo(f"{result.file_name}: {_reject_text(line, field, value, reason)}", err=True)
        if result.rejected > 5:
            click.echo(f"{result.file_name}: {result.rejected - 5:,} more; keep them all with --rejects FILE", err=True)


def _reject_text(line: int, field: str | None, value: str | None, reason: str) -> str:
    told = f" {value[:80]!r}" if value else ""
    return f"line {line}: {field + ' ' if field else ''}{reason_text(reason)}{told}"


def _write_rejects(results: list[ImportResult], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "field", "value", "reason", "record"))
        for result in results:
            for line, field, value, reason, record in result.rejects.iter_rows():
                told = [guarded(text or "") for text in (field, value, reason_text(reason), record)]
                writer.writerow((guarded(result.file_name), line, *told))


def _rebuilt(profile: Profile) -> str:
    figures = profile.headline()
    return json.dumps(
        {
            "profile": profile.settings.name,
            "visitors": figures.visitors,
            "visits": figures.visits,
            "conversions": figures.conversions,
            "cash": round(figures.cash, 2),
            "spend": round(figures.spend, 2),
            "currency": figures.currency,
        }
    )
