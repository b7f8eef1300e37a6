"""The commands `query` and `models`: figures on standard output."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from app.output import FORMATS, print_frame, print_result
from engine import Workspace
from engine.attribution.models import FITTED_ON, GAMES, MODELS, CreditSettings
from engine.queries.reference import TABLES
from engine.queries.registry import QUERIES
from engine.queries.selection import DATE_BASES, EVER, Filter, Selection

if TYPE_CHECKING:
    from engine import Profile

_UNITS = {"d": 24.0, "h": 1.0}
_DAYS = 30


def _hours(text: str, default_unit: str) -> float:
    """``30d``, ``24h`` or a plain number as hours."""
    unit = text[-1:].lower() if text[-1:].lower() in _UNITS else ""
    number = text[: -len(unit)] if unit else text
    try:
        return float(number) * _UNITS[unit or default_unit]
    except ValueError as error:
        raise click.UsageError(f"{text!r} is not a length of time such as 30d or 24h.") from error


def whatif_of(profile: Profile, given: dict[str, Any]) -> CreditSettings | None:
    """The what-if that was asked for; None: the profile's own settings."""
    told: dict[str, Any] = {}
    if given["click_window"]:
        told["click_window_days"] = _hours(given["click_window"], "d") / 24
    if given["view_window"]:
        told["view_window_hours"] = _hours(given["view_window"], "h")
    if given["first_touch_window"]:
        told["first_touch_window_days"] = _hours(given["first_touch_window"], "d") / 24
    if given["half_life"]:
        told["half_life_days"] = _hours(given["half_life"], "d") / 24
    if given["weights"]:
        try:
            told["weights"] = tuple(float(part) for part in given["weights"].split(","))
        except ValueError as error:
            raise click.UsageError("--weights takes three numbers: first,middle,last.") from error
    told |= {name: given[name] for name in ("order", "game", "fit_on") if given[name] is not None}
    if not told:
        return None
    usual = CreditSettings.of_profile(profile.settings)
    return CreditSettings(
        **{name: told.get(name, getattr(usual, name)) for name in CreditSettings.__dataclass_fields__}
    )


def _split(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


@click.command(
    epilog="Queries: " + ", ".join(QUERIES) + ". Models: " + ", ".join(MODELS) + ", and those of `attribench models`."
)
@click.argument("workspace", type=click.Path(path_type=Path))
@click.argument("name")
@click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
@click.option("--from", "date_from", type=click.DateTime(["%Y-%m-%d"]), help="First day; 30 days before --to.")
@click.option("--to", "date_to", type=click.DateTime(["%Y-%m-%d"]), help="Last day, included; yesterday.")
@click.option("--compare-from", type=click.DateTime(["%Y-%m-%d"]), help="First day of the comparison period.")
@click.option("--compare-to", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the comparison period.")
@click.option("--model", default="last_touch", show_default=True)
@click.option("--models", help="For compare: models by comma, the baseline first.")
@click.option("--filter", "filters", multiple=True, metavar="DIMENSION=OPERATOR:VALUE", help="Repeatable.")
@click.option("--goal", "goals", multiple=True, help="Only conversions of this goal; repeatable.")
@click.option("--by", help="What rows are grouped by, where there is a choice.")
@click.option("--level", type=click.Choice(["campaign", "ad_set", "ad"]), help="Of ad entities.")
@click.option("--id", "identity", help="A conversion, or a person.")
@click.option("--entity-ids", help="Ids by comma: ad entities, repairs, or people.")
@click.option("--assigned-user", multiple=True, help="For appointments: only of this one; repeatable.")
@click.option("--calendar", multiple=True, help="For appointments: only of this calendar; repeatable.")
@click.option(
    "--source", multiple=True, help="For appointments: merged, ghl_live, db_tracked, db_fallback; repeatable."
)
@click.option("--metrics", help="For anomalies and timeseries: metrics by comma.")
@click.option("--scope", help="For funnel and contacts: which.")
@click.option("--collapse", is_flag=True, help="For paths: fold immediate repeats.")
@click.option("--threshold", type=float, help="For anomalies: least distance from the expected, in standard scores.")
@click.option("--date-basis", type=click.Choice(DATE_BASES), default="conversion", show_default=True)
@click.option("--click-window", metavar="30d", help="What if the click window were this long.")
@click.option("--view-window", metavar="24h", help="What if the view-through window were this long.")
@click.option("--first-touch-window", metavar="90d", help="What if the first-touch window were this long.")
@click.option("--half-life", metavar="7d", help="What if the half-life of time_decay were this.")
@click.option("--weights", metavar="FIRST,MIDDLE,LAST", help="What if custom_weighted had these weights.")
@click.option("--order", type=click.IntRange(1, 4), help="Order of markov.")
@click.option("--game", type=click.Choice(GAMES), help="Game of shapley.")
@click.option("--fit-on", type=click.Choice(FITTED_ON), help="States of markov and shapley.")
@click.option("--search", help="Only rows whose name contains this.")
@click.option("--sort", metavar="FIELD[:desc]", help="Field to sort by.")
@click.option("--limit", type=click.IntRange(1), help="Most rows.")
@click.option("--cursor", help="Continues a list behind this cursor.")
@click.option("--masked", is_flag=True, help="Hide names, emails and phones.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def query(workspace: Path, name: str, profile_name: str | None, output_format: str, **given: Any) -> None:
    """One result: figures of a range of days under a model.

    \b
    Examples:
      attribench query acme.duckdb overview --from 2026-05-01 --to 2026-05-31
      attribench query acme.duckdb channels --model linear --filter 'country=is:ES' --format json
      attribench query acme.duckdb compare --by campaign --models last_touch,markov,shapley
      attribench query acme.duckdb revenue --date-basis touch --click-window 60d --format csv
      attribench query acme.duckdb appointments --from 2026-06-01 --to 2026-06-07 --calendar Consultation
      attribench query acme.duckdb explain --id pay_1
    """
    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        result = profile.query(name, selection_of(profile, name, given), **_options(given))
    if result.meta.get("is_stale"):
        click.echo("Records or settings changed since the last rebuild. Run: attribench rebuild WORKSPACE", err=True)
    for text in result.meta.get("ignored_filters", ()):
        click.echo(f"{name} cannot be filtered by visits or touches; left out: {text}", err=True)
    print_result(result, output_format)


def selection_of(profile: Profile, name: str, given: dict[str, Any]) -> Selection:
    def day(key: str) -> date | None:
        return given[key].date() if given[key] else None

    if name in QUERIES and not QUERIES[name].is_dated:
        start, end = EVER.date_from, EVER.date_to
    else:
        end = day("date_to") or datetime.now(ZoneInfo(profile.settings.timezone)).date() - timedelta(days=1)
        start = day("date_from") or end - timedelta(days=_DAYS - 1)
    return Selection(
        start,
        end,
        model=given["model"],
        filters=tuple(Filter.parse(text) for text in given["filters"]),
        goals=given["goals"],
        compare_from=day("compare_from"),
        compare_to=day("compare_to"),
        date_basis=given["date_basis"],
        settings=whatif_of(profile, given),
    )


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The options that were given, by the names the queries know."""
    options = {name: given[name] for name in ("by", "level", "scope", "threshold", "search", "sort", "limit", "cursor")}
    options |= {name: _split(given[name]) for name in ("entity_ids", "models", "metrics")}
    options |= {name: given[name] or None for name in ("assigned_user", "calendar", "source")}
    options["id"] = given["identity"]
    options |= {name: given[name] or None for name in ("masked", "collapse")}
    return {name: value for name, value in options.items() if value is not None}


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
@click.option("--define", nargs=2, metavar="NAME EXPRESSION", help="Add or replace a model of your own.")
@click.option("--drop", metavar="NAME", help="Remove a model of your own.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def models(
    workspace: Path, profile_name: str | None, define: tuple[str, str] | None, drop: str | None, output_format: str
) -> None:
    """List the attribution models, or define one of your own: an SQL expression per touch, normalised to sum 1.

    It may use position, touch_count, age_days, engagement, kind, is_ad, channel, source, medium, campaign, platform.

    \b
    Examples:
      attribench models acme.duckdb
      attribench models acme.duckdb --define late_paid "case when is_ad then 2 else 1 end / (1 + age_days)"
      attribench query acme.duckdb channels --model late_paid
    """
    import polars as pl

    with Workspace.open(workspace) as opened:
        profile = opened.profile(profile_name)
        if define:
            profile.define_model(*define)
        if drop:
            profile.drop_model(drop)
        own = profile.custom_models()
    rows = [(model.name, "built in", model.definition) for model in MODELS.values()]
    rows += [(name, "own", expression) for name, expression in own.items()]
    print_frame(pl.DataFrame(rows, schema=["model", "kind", "definition"], orient="row"), output_format)


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.argument("truth", type=click.Path(path_type=Path))
@click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def truth(workspace: Path, truth: Path, profile_name: str | None, output_format: str) -> None:
    """How far each model is from a simulation's known truth, in percent of the credit that would have to move.

    \b
    Example:
      attribench demo demo.duckdb --keep files/
      attribench truth demo.duckdb files/truth.parquet
    """
    from engine.demo.distance import distances

    with Workspace.open(workspace) as opened:
        table = distances(opened.profile(profile_name), truth)
    print_frame(table, output_format)


@click.command()
@click.argument("table", type=click.Choice(list(TABLES)), default="queries")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def reference(table: str, output_format: str) -> None:
    """Queries, metrics, dimensions, and how a filter on each dimension acts on each metric.

    \b
    Examples:
      attribench reference
      attribench reference metrics --format csv
      attribench reference matrix
    """
    print_frame(TABLES[table](), output_format)
