"""Entry point: runs a command, and turns errors into one line and an exit code."""

from __future__ import annotations

import gc
import os
import sys

from app.messages import explain
from engine.errors import AttribenchError, Cancelled


def main() -> None:
    """Run the command line: exit 0, 1 (error, one line) or 2 (usage); or open the desktop."""
    if sys.argv[1:3] == ["-m", "engine.reports.typeset"]:  # a bundle starts itself to lay out pages
        from engine.reports.typeset import main as typeset

        typeset()
        return
    try:
        if _is_desktop(sys.argv[1:]):
            _run_desktop(sys.argv[1:])
        elif sys.argv[1:2] != ["attribute"] or not _attributed(sys.argv[2:]):
            _run_command()
    except AttribenchError as error:
        _stop(f"attribench: {explain(error)}")
    except (Cancelled, KeyboardInterrupt):
        _stop("Cancelled; nothing was changed.")
    except BrokenPipeError:
        sys.exit(1)


def _is_desktop(arguments: list[str]) -> bool:
    """Whether the desktop is wanted: nothing is named, or a workspace alone."""
    return not arguments or (len(arguments) == 1 and arguments[0].endswith(".duckdb"))


def _run_desktop(arguments: list[str]) -> None:
    if sys.platform == "linux" and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))):
        _stop(
            "attribench: There is no display. Start it in a desktop session; pictures of pages are made without one: "
            "attribench screenshot --help. All commands: attribench --help"
        )
    from pathlib import Path

    from app.gui import run

    sys.exit(run(Path(arguments[0]) if arguments else None))


def _attributed(arguments: list[str]) -> bool:
    """Run `attribute`, unless its command line is one for click; nothing was printed then."""
    from app.attributing import Misuse, read_plain, run

    plain = read_plain(arguments)
    if plain is None:
        return False
    gc.disable()  # for a second at most, and next to nothing of it is garbage: a sixth of the time
    try:
        run(*plain)
    except Misuse:
        return False
    finally:
        gc.enable()
    return True


def _run_command() -> None:
    import click

    try:
        if sys.argv[1:2] == ["attribute"]:
            from app.attribute import attribute

            attribute.main(sys.argv[2:], prog_name="attribench attribute", standalone_mode=False)
        else:
            from app.cli import cli

            cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        _stop("Cancelled; nothing was changed.")
    except click.ClickException as error:
        error.show()
        sys.exit(1)


def _stop(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.exit(1)
