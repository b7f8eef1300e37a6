"""Documents as PDF and as pictures of their pages, by Typst in another process; cancelling kills it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import AttribenchError, Cancelled, Code
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.reports.blocks import Document
    from engine.reports.layout import Logo

MODULE = "engine.reports.typeset"
FAMILIES = ("Inter", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji")
DISPLAY = ("Inter Display", *FAMILIES)
MONO = ("JetBrains Mono", *FAMILIES)


@dataclass(frozen=True)
class LegendMark:
    """An entry of a chart's legend: ``kind`` is line, dash or bar, ``color`` as ``#2457D6``."""

    label: str
    color: str
    kind: str


@dataclass(frozen=True)
class Drawing:
    """A chart, drawn.

    Attributes:
        svg: its text.
        legend: what its marks mean.
    """

    svg: str
    legend: Sequence[LegendMark] = ()


Drawings = dict[str, Drawing]
"""The charts of a report by name: ``time``, ``intervals``, ``lengths``, ``lags``."""


def pdf_of(document: Document, drawings: Mapping[str, Drawing], logo: Logo | None, task: Task | None = None) -> bytes:
    """The PDF: PDF/A-2b with tags (PDF/UA-1), the same bytes for the same document.

    Raises:
        AttribenchError: REPORT_LOGO, REPORT_FONT or REPORT_LAYOUT.
        Cancelled: the task was cancelled.
    """
    return _set(document, drawings, logo, "pdf", 72.0, task or Task())[0]


def pages_of(
    document: Document, drawings: Mapping[str, Drawing], logo: Logo | None, ppi: float, task: Task | None = None
) -> list[bytes]:
    """A PNG of each page. Raises as :func:`pdf_of`."""
    return _set(document, drawings, logo, "png", ppi, task or Task())


def _set(
    document: Document,
    drawings: Mapping[str, Drawing],
    logo: Logo | None,
    kind: Literal["pdf", "png"],
    ppi: float,
    task: Task,
) -> list[bytes]:
    content = list(logo.content) if logo is not None else None
    folder = Path(str(resources.files("resources")))
    data = {
        "document": asdict(document),
        "theme": theme(),
        "charts": {name: asdict(drawing) for name, drawing in drawings.items()},
        "logo": content,
    }
    order = {
        "template": str(folder / "report" / "report.typ"),
        "fonts": [str(folder / "fonts")],
        "needed": ["Inter", "Inter Display", "JetBrains Mono"],
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        "format": kind,
        "ppi": ppi,
        "timestamp": document.created_at,
        "logo": content,
    }
    task.report(0.1, "laying out pages")
    answer, parts = _run(json.dumps(order).encode(), task)
    if "error" in answer:
        raise _error(answer)
    return parts


def _run(order: bytes, task: Task) -> tuple[dict[str, Any], list[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        with task.interruptible(process.kill):
            told, problems = process.communicate(order)
    except Cancelled:
        process.kill()
        process.communicate()
        raise
    task.check()
    head, newline, rest = told.partition(b"\n")
    if process.returncode or not newline:
        lines = problems.decode("utf-8", "replace").strip().splitlines()
        raise AttribenchError(Code.REPORT_LAYOUT, detail=lines[-1] if lines else f"exit {process.returncode}")
    answer: dict[str, Any] = json.loads(head)
    parts: list[bytes] = []
    for size in answer.get("sizes", ()):
        parts.append(rest[:size])
        rest = rest[size:]
    return answer, parts


def _error(answer: Mapping[str, Any]) -> AttribenchError:
    detail = str(answer["detail"])
    match answer["error"]:
        case "font":
            return AttribenchError(Code.REPORT_FONT, name=detail)
        case "logo":
            return AttribenchError(Code.REPORT_LOGO, detail=detail)
        case _:
            return AttribenchError(Code.REPORT_LAYOUT, detail=detail)


@cache
def theme() -> dict[str, Any]:
    """The light theme of the window, as the template wants it."""
    file = resources.files("resources") / "theme" / "tokens.json"
    raw: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {
        "families": FAMILIES,
        "display": DISPLAY,
        "mono": MONO,
        "colors": raw["color"]["light"],
        "channels": {
            mark["en"]: {"color": mark["light"], "symbol": mark["pyqtgraph_symbol"], "filled": mark["filled"]}
            for mark in raw["channel"].values()
        },
    }
