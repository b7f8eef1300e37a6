"""The command ``attribench attribute``: its options and help. What it does is :mod:`app.attributing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.attributing import OPTIONS, Misuse, run

if TYPE_CHECKING:
    from collections.abc import Callable


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = click.option(
            option.flag,
            option.name,
            multiple=True,
            metavar=option.metavar,
            help=option.help + (f"  [default: {option.default}]" if option.default else ""),
        )(command)
    return command


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("files", nargs=-1, metavar="[TOUCHES CONVERSIONS]")
@_options
def attribute(files: tuple[str, ...], **given: tuple[str, ...]) -> None:
    """Run the models on your own files, without a workspace.

    TOUCHES has the columns person, time, channel [, source, medium, campaign, kind, engagement]; CONVERSIONS has
    conversion_id, person, time, value. Or --paths FILE: path ("a > b > c"), conversions, value, nulls. CSV, TSV,
    NDJSON, JSON or Parquet, each also .gz or .zst; `-` is standard input.

    \b
    Examples:
      attribench attribute touches.csv deals.csv
      attribench attribute touches.csv deals.csv --by campaign --models last_touch,markov --out credit.csv
      attribench attribute --paths paths.csv --game subset
    """
    try:
        run(files, given)
    except Misuse as error:
        raise click.UsageError(str(error)) from error
