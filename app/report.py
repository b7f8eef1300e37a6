"""The commands `report` and `reports`: client reports without a window."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import polars as pl

from app.output import FORMATS, print_frame
from app.query import selection_of
from app.report_files import file_name, report_html, report_pdf
from app.report_words import Told
from app.writing import write_whole
from engine import AttribenchError, Code, Workspace
from engine.attribution.models import DEFAULT_MODEL, FITTED_ON, GAMES
from engine.queries.selection import DATE_BASES
from engine.reports.gathering import Request
from engine.reports.layout import PAPERS, SECTIONS, TARGETS, Layout, Logo
from engine.reports.verifying import differences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine import Profile, Task
    from engine.reports.keeping import Report
    from engine.reports.typesetting import Drawings
    from engine.reports.verifying import Difference, Verification

_LANGUAGES = {"en": "en_US", "es": "es_ES", "es_MX": "es_MX"}


@click.command(
    epilog="Sections: " + ", ".join(SECTIONS) + ". Targets: " + ", ".join(TARGETS) + ". What-if options as in query."
)
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
@click.option("--all-profiles", is_flag=True, help="A report for every profile, into --out-dir.")
@click.option("--out", type=click.Path(path_type=Path), help="The PDF to write.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write one HTML file for sharing.")
@click.option("--out-dir", type=click.Path(path_type=Path), help="Folder for the PDFs of --all-profiles.")
@click.option("--with-html", is_flag=True, help="Beside each PDF of --all-profiles an HTML file.")
@click.option("--report", "report_id", type=int, help="Write a stored report again instead of making one.")
@click.option("--from", "date_from", type=click.DateTime(["%Y-%m-%d"]), help="First day; 30 days before --to.")
@click.option("--to", "date_to", type=click.DateTime(["%Y-%m-%d"]), help="Last day, included; yesterday.")
@click.option("--compare-from", type=click.DateTime(["%Y-%m-%d"]), help="First day of the comparison period.")
@click.option("--compare-to", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the comparison period.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--beside", help="Two other models by comma, shown beside it.")
@click.option("--filter", "filters", multiple=True, metavar="DIMENSION=OPERATOR:VALUE", help="Repeatable.")
@click.option("--goal", "goals", multiple=True, help="Only conversions of this goal; repeatable.")
@click.option("--date-basis", type=click.Choice(DATE_BASES), default="conversion", show_default=True)
@click.option("--click-window", metavar="30d")
@click.option("--view-window", metavar="24h")
@click.option("--first-touch-window", metavar="90d")
@click.option("--half-life", metavar="7d")
@click.option("--weights", metavar="FIRST,MIDDLE,LAST")
@click.option("--order", type=click.IntRange(1, 4))
@click.option("--game", type=click.Choice(GAMES))
@click.option("--fit-on", type=click.Choice(FITTED_ON))
@click.option("--lang", type=click.Choice(list(_LANGUAGES)), help="Language and formats; those of the last report.")
@click.option("--paper", type=click.Choice(PAPERS))
@click.option("--template", help="A saved layout: sections, brand, targets, language.")
@click.option("--save-template", metavar="NAME", help="Keep this layout under a name.")
@click.option("--title", help="Over the cover.")
@click.option("--author", help="Who prepared it.")
@click.option("--logo", type=click.Path(path_type=Path), help="The client's: a PNG, JPEG or SVG picture up to 512 kB.")
@click.option("--accent", metavar="#1F5F4A", help="The client's colour.")
@click.option("--sections", metavar="A,B,C", help="Which, in this order.")
@click.option("--comment", "comments", multiple=True, metavar="SECTION=TEXT", help="Markdown; @FILE reads a file.")
@click.option("--target", "targets", multiple=True, metavar="METRIC=VALUE", help="Repeatable.")
@click.option("--campaigns", type=click.IntRange(1, 1000), help="Most rows of the campaign table.")
@click.option("--personal", is_flag=True, help="Names of people may be in it.")
def report(
    workspace: Path,
    profile_name: str | None,
    all_profiles: bool,
    out: Path | None,
    html: Path | None,
    out_dir: Path | None,
    report_id: int | None,
    *,
    with_html: bool,
    **given: Any,
) -> None:
    """A client report as PDF: figures as they are now, kept in the workspace and never changed afterwards.

    \b
    Examples:
      attribench report acme.duckdb --from 2026-10-01 --to 2026-10-31 --model position_based --out acme.pdf
      attribench report acme.duckdb --out acme.pdf --html acme.html --lang es --logo acme.png --accent "#1F5F4A"
      attribench report acme.duckdb --out acme.pdf --comment summary=@october.md --target roas=3 --target cac=120
      attribench report acme.duckdb --report 7 --out again.pdf
      attribench report agency.duckdb --all-profiles --template Monthly --out-dir reports/
    """
    from app.cli import progress

    _check_places(all_profiles=all_profiles, out=out, html=html, out_dir=out_dir)
    if with_html and out_dir is None:
        raise click.UsageError("--with-html is for --all-profiles; name a file with --html.")
    with Workspace.open(workspace) as opened, progress() as task:
        taken: set[str] = set()
        profiles = opened.profiles() if all_profiles else [opened.profile(profile_name)]
        for index, profile in enumerate(profiles):
            part = task.part(index / len(profiles), (index + 1) / len(profiles))
            made = profile.reports.get(report_id) if report_id is not None else _make(profile, given, part)
            if out_dir is not None:
                out = out_dir / _free_name(made, taken)
                html = out.with_suffix(".html") if with_html else None
            _write(made, out, html, part.part(0.8, 1.0))


def _free_name(made: Report, taken: set[str]) -> str:
    """The report's file name; clients whose names differ only in what files cannot be called have a number behind."""
    name = file_name(made, "pdf")
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{Path(file_name(made, 'pdf')).stem} ({number}).pdf"
    taken.add(name.casefold())
    return name


def _check_places(*, all_profiles: bool, out: Path | None, html: Path | None, out_dir: Path | None) -> None:
    if all_profiles and (out_dir is None or out is not None or html is not None):
        raise click.UsageError("--all-profiles writes into --out-dir FOLDER.")
    if not all_profiles and out_dir is not None:
        raise click.UsageError("--out-dir is for --all-profiles; name a file with --out.")
    if out is None and html is None and out_dir is None:
        raise click.UsageError("Name a file with --out FILE.pdf or --html FILE.html.")
    if out_dir is not None and not out_dir.is_dir():
        raise AttribenchError(Code.FILE_UNWRITABLE, path=str(out_dir), why="folder")


def _make(profile: Profile, given: dict[str, Any], task: Task) -> Report:
    layout = _layout(profile, given)
    if given["save_template"]:
        profile.reports.save_template(given["save_template"], layout)
    beside = tuple(part.strip() for part in (given["beside"] or "").split(",") if part.strip())
    request = Request(selection_of(profile, "overview", given), beside, is_personal=given["personal"])
    return profile.reports.create(request, layout, task.part(0.0, 0.8))


def _layout(profile: Profile, given: dict[str, Any]) -> Layout:
    """The template's or the last report's, with what was asked for."""
    layout = profile.reports.template(given["template"]) if given["template"] else profile.reports.usual_layout()
    told: dict[str, Any] = {name: given[name] for name in ("paper", "title", "author", "accent") if given[name]}
    if given["lang"]:
        told["locale"] = _LANGUAGES[given["lang"]]
    if given["logo"]:
        told["logo"] = read_logo(given["logo"])
    if given["sections"]:
        told["sections"] = tuple(part.strip() for part in given["sections"].split(",") if part.strip())
    if given["comments"]:
        told["commentary"] = dict(_pair(text, "--comment SECTION=TEXT") for text in given["comments"])
        told["commentary"] = {name: _text(text) for name, text in told["commentary"].items()}
    if given["targets"]:
        told["targets"] = {**layout.targets, **{name: _number(text) for name, text in _pairs(given["targets"])}}
    if given["campaigns"]:
        told["most_campaigns"] = given["campaigns"]
    return replace(layout, **told).checked()


def read_logo(path: Path) -> Logo:
    """A logo from a file. Raises FILE_MISSING, FILE_UNREADABLE or SETTING_INVALID."""
    try:
        return Logo.of(path.read_bytes())
    except FileNotFoundError as error:
        raise AttribenchError(Code.FILE_MISSING, path=str(path)) from error
    except OSError as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=str(path), detail=str(error.strerror)) from error


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    return [_pair(text, "--target METRIC=VALUE") for text in texts]


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text!r} is not of the form {form}.")
    return name.strip(), value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise click.UsageError(f"{text!r} is not a number; write it with a point, as 2.5.") from error


def _text(told: str) -> str:
    if not told.startswith("@"):
        return told
    path = Path(told[1:])
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise AttribenchError(Code.FILE_MISSING, path=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=str(path), detail=str(error)) from error


def _write(made: Report, pdf: Path | None, html: Path | None, task: Task) -> None:
    drawings = draw_without_window(made)
    if pdf is not None:
        write_whole(pdf, report_pdf(made, drawings, task))
        click.echo(f"{pdf}: report {made.report_id} of {made.snapshot.profile}")
    if html is not None:
        write_whole(html, report_html(made, drawings))
        click.echo(f"{html}: report {made.report_id} of {made.snapshot.profile}")


def draw_without_window(made: Report) -> Drawings:
    """A report's charts, where no window is open and no display is needed."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    from app.report_charts import draw_charts
    from widgets.look import load_fonts

    application = QApplication.instance() or QApplication(["attribench"])
    load_fonts()
    drawings = draw_charts(made.snapshot, made.layout)
    application.processEvents()
    return drawings


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option("--profile", "profile_name", help="Name of the profile; may be left out when there is one.")
@click.option("--verify", "verified", type=int, metavar="REPORT", help="Recompute it and say what has changed since.")
@click.option(
    "--compare", "compared", type=int, nargs=2, metavar="REPORT REPORT", help="What is different in the second."
)
@click.option("--next", "repeated", type=int, metavar="REPORT", help="Make the same report for the next period.")
@click.option("--delete", "deleted", type=int, metavar="REPORT", help="Take it off the list; kept for thirty days.")
@click.option("--restore", "restored", type=int, metavar="REPORT", help="Bring a deleted one back.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="table", show_default=True)
def reports(workspace: Path, profile_name: str | None, output_format: str, **given: Any) -> None:
    """List the reports of a profile; verify, compare, repeat, delete them.

    \b
    Examples:
      attribench reports acme.duckdb
      attribench reports acme.duckdb --verify 7
      attribench reports acme.duckdb --compare 6 7 --format csv
    """
    from app.cli import progress

    with Workspace.open(workspace) as opened, progress() as task:
        kept = opened.profile(profile_name).reports
        if given["verified"] is not None:
            _print_verification(kept.get(given["verified"]), kept.verify(given["verified"], task), output_format)
        elif given["compared"]:
            one, other = (kept.get(number).snapshot for number in given["compared"])
            print_frame(_differences(Told(one, "en_US"), differences(one, other)), output_format)
        elif given["deleted"] is not None:
            kept.delete(given["deleted"])
            click.echo(f"Report {given['deleted']} deleted. Bring it back with --restore {given['deleted']}.")
        elif given["restored"] is not None:
            click.echo(f"Report {kept.restore(given['restored']).report_id} is back.")
        elif given["repeated"] is not None:
            click.echo(f"Report {kept.duplicate(given['repeated'], task=task).report_id} made.")
        else:
            print_frame(_listed(kept.all()), output_format)


def _listed(made: Sequence[Report]) -> pl.DataFrame:
    rows = [
        (
            each.report_id,
            each.snapshot.selection.date_from,
            each.snapshot.selection.date_to,
            each.snapshot.selection.model,
            each.snapshot.created_at.strftime("%Y-%m-%d %H:%M"),
            each.layout.locale,
            each.layout.title,
        )
        for each in made
    ]
    schema = ["report", "from", "to", "model", "created_at_utc", "locale", "title"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _print_verification(made: Report, told: Verification, output_format: str) -> None:
    words = Told(made.snapshot, "en_US")
    click.echo(words.headline(told), err=output_format != "table")
    if told.is_stale:
        click.echo("Records or settings changed since the last rebuild. Run: attribench rebuild WORKSPACE", err=True)
    for cause in told.causes:
        click.echo(words.cause(cause), err=output_format != "table")
    if told.differences:
        print_frame(_differences(words, told.differences), output_format)


def _differences(words: Told, found: Sequence[Difference]) -> pl.DataFrame:
    rows = [words.difference(each) for each in found]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("table", "row", "figure", "before", "after"), pl.String), orient="row"
    )
