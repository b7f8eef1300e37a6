"""``attribench screenshot``: a picture of a page of the real window."""

from __future__ import annotations

import os
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from widgets.tokens import Theme

PAGES = (
    "welcome",
    "dashboard",
    "compare",
    "ads",
    "journeys",
    "users",
    "funnel",
    "paths",
    "calendar",
    "clients",
    "connections",
    "quality",
    "imports",
    "sql",
    "reports",
    "settings",
)
_SIZE = re.compile(r"^(\d{3,5})x(\d{3,5})$")
_LOCALES = {"en": "en_US", "es": "es_ES"}


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path), required=False)
@click.option("--page", type=click.Choice(PAGES), required=True, help="Which page.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The PNG file to write.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option("--lang", type=click.Choice(["en", "es", "es_MX"]), default="en", show_default=True)
@click.option("--size", default="1440x900", show_default=True, help="Of the window, in pixels.")
@click.option("--masked", is_flag=True, help="Hide personal data.")
@click.option(
    "--state", type=click.Choice(["loaded", "empty", "loading", "error"]), default="loaded", show_default=True
)
@click.option("--profile", help="Name of the profile; the first one when left out.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day it is for the picture; really today else.")
def screenshot(
    workspace: Path | None,
    page: str,
    out: Path,
    theme: Theme,
    lang: str,
    size: str,
    state: str,
    profile: str | None,
    today: datetime | None,
    *,
    masked: bool,
) -> None:
    """Draw a page of the desktop into a PNG file, without a display.

    \b
    Examples:
      attribench screenshot acme.duckdb --page dashboard --out dashboard.png
      attribench screenshot acme.duckdb --page compare --out compare.png --theme dark --lang es --size 2560x1440
      attribench screenshot --page welcome --out welcome.png
    """
    measured = _SIZE.match(size)
    if measured is None:
        raise click.BadParameter("WIDTHxHEIGHT in pixels, for example 1440x900", param_hint="--size")
    if workspace is None and page != "welcome":
        raise click.BadParameter("every page but welcome needs a workspace", param_hint="WORKSPACE")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.picturing import picture
    from engine.workspace import utc_now

    clock = utc_now
    if today is not None:
        still = today.replace(tzinfo=UTC) + timedelta(hours=20)

        def clock() -> datetime:
            return still

    with tempfile.TemporaryDirectory(prefix="attribench-") as folder:
        picture(
            workspace,
            page,
            out,
            folder=Path(folder),
            theme=theme,
            locale=_LOCALES.get(lang, lang),
            size=(int(measured[1]), int(measured[2])),
            state=state,  # pyright: ignore[reportArgumentType] - one of the choices
            profile=profile,
            masked=masked,
            clock=clock,
        )
    click.echo(str(out))
