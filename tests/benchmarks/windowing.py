"""The window on a large workspace: stalls of the Qt thread, from a change of the view to the last panel, memory.

Runs without a display. Stalls are gaps between turns of the event loop beyond the watching timer's own interval.
``python -m tests.benchmarks.windowing measure FILE`` measures on a workspace at hand.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.window import Window

_WATCH_MS = 2
_SCROLLED, _CHOSEN = 50, 20  # pages of a list, people
_MODELS = ("linear", "markov", "first_touch", "time_decay")
_TARGETS = "targets: stall 50 ms, change 500 ms, start 2 s"


def report(scratch: Path, workspace: Path) -> None:
    """Print what opening, switching and scrolling take on a workspace, and the start on the demo."""
    from app.demo import build_demo
    from engine.demo import DemoPlan
    from engine.task import Task

    print(f"\nThe window ({_TARGETS})")
    demo = scratch / "window-demo.duckdb"
    build_demo(demo, DemoPlan(until=_yesterday()), Task())
    seconds = [_started(demo) for _ in range(5)]
    print(f"  start to the demo's dashboard read{statistics.median(seconds):>10.2f} s   (process, median of 5)")
    told = _child("measure", str(workspace))
    for name, (stall, change) in told["steps"].items():
        print(f"  {name:36}stall{stall:>8.0f} ms   last panel after{change:>8.0f} ms")
    for name, value in told["table"].items():
        print(f"  table of 100,000 rows: {name:24}{value:>8.0f} ms")
    print(f"  memory, all pages open{told['memory_mb']:>16,.0f} MB")


def _yesterday() -> Any:
    from datetime import UTC, datetime, timedelta

    return datetime.now(UTC).date() - timedelta(days=1)


def _started(demo: Path) -> float:
    return float(_child("start", str(demo))["seconds"])


def _child(*arguments: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"QT_QPA_PLATFORM": "offscreen", "BEGAN": str(time.time())}
    out = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.windowing", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout
    return json.loads(out.strip().splitlines()[-1])


class _Watch:
    """Measures a step: the longest gap between turns of the event loop, and until nothing is read any more."""

    def __init__(self, window: Window) -> None:
        from PySide6.QtCore import QTimer

        self._window = window
        self._last = 0.0
        self._worst = 0.0
        self._timer = QTimer()
        self._timer.setInterval(_WATCH_MS)
        self._timer.timeout.connect(self._turn)

    def step(self, act: Callable[[], Any]) -> tuple[float, float]:
        """Milliseconds of the longest stall, and to the last panel drawn."""
        from app.picturing import settle, wait_until

        settle(150)
        self._worst, self._last = 0.0, time.perf_counter()
        self._timer.start()
        began = time.perf_counter()
        act()
        self._turn()
        wait_until(lambda: not self._window.desktop.jobs.running())
        settle(0)
        passed = time.perf_counter() - began
        self._turn()
        self._timer.stop()
        return 1000 * self._worst, 1000 * passed

    def _turn(self) -> None:
        now = time.perf_counter()
        self._worst = max(self._worst, now - self._last - _WATCH_MS / 1000)
        self._last = now


def _open(path: Path) -> Window:
    from app.gui import application, make_desktop
    from app.picturing import wait_until
    from app.settings import Settings

    application()
    desktop = make_desktop(Settings(Path(tempfile.mkdtemp(prefix="attribench-bench-")) / "settings.ini"))
    window = desktop.start(path)
    window.resize(1440, 900)
    wait_until(lambda: window.page is not None and not desktop.jobs.running())
    return window


def start(path: Path) -> None:
    """Seconds from the start of the process to the dashboard with its figures."""
    window = _open(path)
    print(json.dumps({"seconds": time.time() - float(os.environ["BEGAN"])}))
    window.close()


def measure(path: Path) -> None:
    """Every page opened, the model and the days changed, a large table scrolled."""
    from dataclasses import replace
    from datetime import timedelta

    from app.pages import PAGES
    from app.picturing import wait_until
    from engine.queries.selection import Filter

    window = _open(path)
    context = window.context
    if context is None:
        raise SystemExit("the workspace has no profile")
    history, watch = context.history, _Watch(window)
    steps: dict[str, tuple[float, float]] = {}
    steps["pages made ahead"] = watch.step(lambda: wait_until(lambda: window.ahead.is_done))
    for key in PAGES:
        if key != "dashboard":
            steps[f"open {key}"] = watch.step(lambda key=key: window.open_page(key))
    steps |= _people(window, watch)
    for key in ("dashboard", "compare", "ads"):
        window.open_page(key)
        for model in _MODELS:
            steps[f"{key}: model {model}"] = watch.step(lambda model=model: history.select(model=model))
        steps[f"{key}: back to the model before"] = watch.step(history.undo)
        selection = history.view.selection
        back = timedelta(days=30)
        view = history.view.with_days(selection.date_from - back, selection.date_to - back)
        steps[f"{key}: other days"] = watch.step(lambda view=view: history.set(view))
        steps[f"{key}: a filter"] = watch.step(
            lambda: history.set(history.view.with_filter(Filter("device", "is", ("mobile",))))
        )
        history.set(replace(history.view, selection=replace(history.view.selection, filters=())))
    steps |= _own_steps(window, watch)
    window.open_page("quality")
    lists: Any = getattr(window.page, "lists")  # noqa: B009 - of that page alone
    for tab in ("findings", "people", "conflicts", "payments", "tags", "repairs"):
        steps[f"quality: {tab}"] = watch.step(lambda tab=tab: lists.show_tab(tab))
    steps["quality: ticks, and what they change"] = watch.step(lists.all.click)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"steps": steps, "table": _table(window), "memory_mb": memory}))
    window.close()


def _own_steps(window: Window, watch: _Watch) -> dict[str, tuple[float, float]]:
    """What only one page can do."""
    found: dict[str, tuple[float, float]] = {}
    window.open_page("calendar")
    calendar: Any = window.page
    found["calendar: a week before"] = watch.step(calendar.before.click)
    found["calendar: the month as a list"] = watch.step(lambda: calendar.show_view("agenda"))
    found["calendar: only what both tell of"] = watch.step(lambda: calendar.narrow("source", ["merged"]))
    window.open_page("sql")
    console: Any = window.page
    console.editor.replace_all("select channel, count(*) from v_visits group by 1")
    found["sql: visits by channel"] = watch.step(console.run)
    console.editor.replace_all("select * from v_visits")
    found["sql: ten thousand visits"] = watch.step(console.run)
    return found


def _people(window: Window, watch: _Watch) -> dict[str, tuple[float, float]]:
    """Lists without an end: scrolled page by page, searched, ordered; people looked at one after the other."""
    steps: dict[str, tuple[float, float]] = {}
    for key in ("journeys", "users"):
        window.open_page(key)
        steps |= _list_of(window.page, key, watch)
    window.open_page("journeys")
    page: Any = window.page
    for sort in ("cash:desc", "time_to_complete_seconds:desc", "name:asc"):
        steps[f"journeys: order by {sort}"] = watch.step(lambda sort=sort: page._set_order(sort))
    return steps


def _list_of(page: Any, key: str, watch: _Watch) -> dict[str, tuple[float, float]]:
    bar = page.list.verticalScrollBar()
    scrolled = [watch.step(lambda: bar.setValue(bar.maximum())) for _ in range(_SCROLLED)]
    rows = page.list.rows()
    chosen = [rows[place * len(rows) // _CHOSEN] for place in range(_CHOSEN)]
    looked_at = [watch.step(lambda row=row: _choose(page, row)) for row in chosen]
    name = str(rows[-1]["name"])[:4]
    return {
        f"{key}: scroll, worst of {_SCROLLED} pages": _worst(scrolled),
        f"{key}: a person, worst of {_CHOSEN}": _worst(looked_at),
        f"{key}: search": watch.step(lambda: page._look_for(name)),
        f"{key}: search taken back": watch.step(lambda: page._look_for("")),
    }


def _choose(page: Any, row: dict[str, Any]) -> None:
    page.list.select_id(row[page.list.model().id_field])
    page._delay.stop()
    page._show_current()


def _worst(measured: list[tuple[float, float]]) -> tuple[float, float]:
    return max(stall for stall, _ in measured), max(drawn for _, drawn in measured)


def _table(window: Window) -> dict[str, float]:
    """The largest turn while a table of 100,000 rows is filled, sorted and scrolled to its end."""
    import polars as pl
    from PySide6.QtWidgets import QApplication, QTreeView

    from widgets.table.columns import Column
    from widgets.table.view import DataTable

    frame = pl.DataFrame(
        {
            "id": range(100_000),
            "name": [f"Campaign {number * 7919 % 100_003}" for number in range(100_000)],
            "spend": [float(number * 31 % 10_007) for number in range(100_000)],
        }
    )
    columns = [Column("name", "Name", kind="text"), Column("spend", "Spend", unit="money", bar="cost")]
    table = DataTable(window.look, columns, id_field="id", accessible_name="Large")
    table.resize(1200, 800)
    table.show()
    found: dict[str, float] = {}

    def timed(name: str, act: Callable[[], Any]) -> None:
        began = time.perf_counter()
        act()
        QApplication.processEvents()
        found[name] = max(found.get(name, 0.0), 1000 * (time.perf_counter() - began))

    timed("fill", lambda: table.set_rows(frame))
    timed("sort", lambda: table.sort_by("spend", descending=True))
    bar = table.findChildren(QTreeView)[0].verticalScrollBar()
    for place in range(0, bar.maximum(), max(1, bar.maximum() // 100)):
        timed("scroll, worst of 100 pages", lambda place=place: bar.setValue(place))
    table.close()
    return found


if __name__ == "__main__":
    {"start": start, "measure": measure}[sys.argv[1]](Path(sys.argv[2]))
