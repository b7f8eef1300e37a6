"""A client report of the demo: figures, charts, layout, HTML; and the memory."""

from __future__ import annotations

import os
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from tests.benchmarks.processes import measure, tell

_UNTIL = date(2026, 6, 30)


def report(scratch: Path) -> None:
    """Print what a report of the demo takes."""
    database = scratch / "reports.duckdb"
    measure("tests.benchmarks.reporting", "build", database)
    run = measure("tests.benchmarks.reporting", "measure", database)
    told = run.told
    print("\nA client report of the demo, 30 days, position-based beside two models with intervals")
    for name in ("figures", "charts", "pages as PDF", "pages as pictures", "HTML"):
        target = "          (target 1)" if name == "pages as PDF" else ""
        print(f"{name:48}{told[name]:>9.2f} s{target}")
    print(f"{'all of it, as PDF':48}{run.seconds:>9.2f} s          (target 3)")
    print(f"{'peak memory of the program':48}{run.peak_mb:>9,.0f} MB")
    database.unlink()


def _built(database: Path) -> None:
    from app.demo import build_demo
    from engine import Task
    from engine.demo import DemoPlan

    start = time.perf_counter()
    build_demo(database, DemoPlan(until=_UNTIL), Task())
    tell(time.perf_counter() - start)


def _measured(database: Path) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.report import draw_without_window
    from app.report_files import report_html, report_pages, report_pdf
    from engine import Workspace
    from engine.queries.selection import Selection
    from engine.reports.gathering import Request

    times: dict[str, float] = {}
    with Workspace.open(database) as workspace:
        request = Request(Selection(_UNTIL - timedelta(days=29), _UNTIL, model="position_based"))
        start = time.perf_counter()
        made = workspace.profile().reports.create(request)
        times["figures"] = time.perf_counter() - start
    start = time.perf_counter()
    drawings = draw_without_window(made)
    times["charts"] = time.perf_counter() - start
    for name, work in (
        ("pages as PDF", lambda: report_pdf(made, drawings)),
        ("pages as pictures", lambda: report_pages(made, drawings, 130)),
        ("HTML", lambda: report_html(made, drawings)),
    ):
        start = time.perf_counter()
        work()
        times[name] = time.perf_counter() - start
    tell(times["figures"] + times["charts"] + times["pages as PDF"], **times)


if __name__ == "__main__":
    {"build": _built, "measure": _measured}[sys.argv[1]](Path(sys.argv[2]))
