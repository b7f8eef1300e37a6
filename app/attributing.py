"""Running ``attribench attribute`` (the command itself is :mod:`app.attribute`), without anything that loads slowly.

On a small file the models take less than loading the library that reads command lines. A command line of nothing but
options with values is therefore read here, from the same table of options; help, mistakes and anything else go there.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from app.messages import note_text, reason_text
from app.output import FORMATS, rows_as
from engine.attribution.models import GAMES, ORDERS, CreditSettings
from engine.attribution.standalone import DIMENSIONS, Attribution, attribute_files, attribute_paths, models_named
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SHOWN_REJECTS = 5
_FILE_FORMATS = {".csv": "csv", ".json": "json", ".parquet": "parquet"}
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([dh]?)")


class Misuse(Exception):  # noqa: N818 - a command line that makes no sense, not a failure of ours
    """What is wrong with an option or the arguments, in words."""


def _span(text: str) -> float:
    """A length of time in days: ``30d``, ``36h``, or a bare number of days."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        raise Misuse(f"{text!r} is not a length of time such as 30d or 36h.")
    return float(found[1]) / (24 if found[2] == "h" else 1)


def _weights(text: str) -> tuple[float, float, float]:
    try:
        first, middle, last = (float(part) for part in text.split(","))
    except ValueError:
        raise Misuse(f"{text!r} is not three numbers such as 0.4,0.2,0.4.") from None
    return first, middle, last


def _one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise Misuse(f"{text!r} is not one of {', '.join(choices)}.")
        return text

    return read


def _order(text: str) -> int:
    return int(_one_of([str(order) for order in ORDERS])(text))


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _file(text: str) -> Path | BinaryIO:
    return sys.stdin.buffer if text == "-" else Path(text)


class Option(NamedTuple):
    """An option of the command.

    Attributes:
        flag: ``--name``.
        read: its text made a value; raises :class:`Misuse`.
        default: its text when it is not given; None: none.
        metavar: what the help calls its value.
        help: what it says there.
        is_repeatable: its values are a list.
    """

    flag: str
    read: Callable[[str], Any]
    default: str | None
    metavar: str
    help: str = ""
    is_repeatable: bool = False

    @property
    def name(self) -> str:
        """As a key."""
        return self.flag[2:].replace("-", "_")


OPTIONS = (
    Option("--paths", _file, None, "FILE", "A file of paths instead of touches and conversions."),
    Option("--models", _names, "all", "NAMES", "Names with commas between, or all."),
    Option("--by", _one_of(DIMENSIONS), "channel", "|".join(DIMENSIONS), "What gets the credit."),
    Option("--click-window", _span, "30d", "SPAN", "How old a touch may be."),
    Option("--first-touch-window", _span, "90d", "SPAN", "The same for first_touch."),
    Option("--half-life", _span, "7d", "SPAN", "Of time_decay."),
    Option("--weights", _weights, "0.4,0.2,0.4", "FIRST,MIDDLE,LAST", "Of custom_weighted."),
    Option("--order", _order, "1", "1|2|3|4", "Of markov."),
    Option("--game", _one_of(GAMES), "rate", "|".join(GAMES), "Of shapley."),
    Option("--map", str, None, "OURS=THEIRS", "Name of a field in the files; repeatable.", is_repeatable=True),
    Option("--out", Path, None, "FILE", "Write here: .csv, .json or .parquet."),
    Option("--format", _one_of(FORMATS), None, "|".join(FORMATS), "Table, or what --out ends in, if left out."),
)


def read_plain(arguments: Sequence[str]) -> tuple[list[str], dict[str, list[str]]] | None:
    """Files and the texts of options, from a command line without anything special; None for any other."""
    options = {option.flag: option for option in OPTIONS}
    files: list[str] = []
    given: dict[str, list[str]] = {}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-") or argument == "-":
            files.append(argument)
            continue
        flag, equals, value = argument.partition("=")
        option = options.get(flag)
        text = value if equals else next(rest, None)
        if option is None or text is None or (not equals and text.startswith("--")):
            return None
        given.setdefault(option.name, []).append(text)
    return files, given


def run(files: Sequence[str], given: Mapping[str, Sequence[str]]) -> None:
    """Attribute and print.

    Args:
        files: touches and conversions, or none.
        given: the texts of each option that was given.

    Raises:
        Misuse: the command line makes no sense.
        AttribenchError: see :mod:`engine.attribution.standalone`; WORKSPACE_UNWRITABLE.
    """
    values: dict[str, Any] = {}
    for option in OPTIONS:
        texts = given.get(option.name) or ([] if option.default is None else [option.default])
        read = [option.read(text) for text in texts]
        values[option.name] = read if option.is_repeatable else read[-1] if read else None
    paths = values["paths"]
    if paths is None and len(files) != 2:
        raise Misuse("Give a file of touches and a file of conversions, or one with --paths.")
    if paths is not None and files:
        raise Misuse("--paths stands instead of the other two files.")
    if [*files] == ["-", "-"]:
        raise Misuse("Only one file can be standard input.")
    output_format = _format(values["out"], values["format"])
    models = models_named(values["models"])
    settings = CreditSettings(
        click_window_days=values["click_window"],
        first_touch_window_days=values["first_touch_window"],
        half_life_days=values["half_life"],
        weights=values["weights"],
        order=values["order"],
        game=values["game"],
    )
    mapping = _mapping(values["map"])
    if paths is not None:
        result = attribute_paths(paths, models, settings, by=values["by"], mapping=mapping)
    else:
        touches, conversions = (_file(name) for name in files)
        result = attribute_files(touches, conversions, models, settings, by=values["by"], mapping=mapping)
    columns = {"model": str, result.by: str, "conversions": float, "value": float, "share": float}
    told = rows_as(columns, result.rows, output_format)
    out = cast("Path | None", values["out"])
    if out is None:
        sys.stdout.buffer.write(told)
        sys.stdout.buffer.flush()
    else:
        try:
            out.write_bytes(told)
        except OSError as error:
            detail = f"{error.strerror or error}."
            raise AttribenchError(Code.WORKSPACE_UNWRITABLE, path=str(out), detail=detail) from error
    _tell(result)


def _format(out: Path | None, given: str | None) -> str:
    if given is not None:
        return given
    if out is None:
        return "table"
    if out.suffix.lower() not in _FILE_FORMATS:
        raise Misuse("--out takes a name that ends in .csv, .json or .parquet; or say which with --format.")
    return _FILE_FORMATS[out.suffix.lower()]


def _mapping(pairs: Sequence[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        ours, separator, theirs = pair.partition("=")
        if not separator or not ours or not theirs:
            raise Misuse(f"--map takes ours=theirs, not {pair!r}.")
        mapping[ours.strip()] = theirs.strip()
    return mapping


def _tell(result: Attribution) -> None:
    """What the figures do not say: what was assumed, rejected, left out, estimated."""
    for file, note in result.notes:
        _say(f"{file}: {note_text(note)}")
    for rows in result.rejects:
        _say(f"{rows.file}: {rows.rejected:,} rows could not be read and are left out")
        for reject in rows.first[:_SHOWN_REJECTS]:
            field = f"{reject.field} " if reject.field else ""
            told = f" {reject.value[:80]!r}" if reject.value else ""
            _say(f"{rows.file}: line {reject.line}: {field}{reason_text(reject.reason)}{told}")
        if rows.rejected > _SHOWN_REJECTS:
            _say(f"{rows.file}: {rows.rejected - _SHOWN_REJECTS:,} more")
    if result.left_out:
        _say(f"Left out, for paths tell no times and no engagement: {', '.join(result.left_out)}")
    if result.share_error:
        _say(
            f"shapley: estimated from random orders; standard error of a share at most {result.share_error:.2g}",
        )


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - the command line speaks here
