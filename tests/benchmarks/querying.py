"""Figures of about 10 M touches and 1 M conversions: models against bare DuckDB, a dashboard, what-ifs."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import Workspace
from engine.attribution.markov import fit_markov
from engine.attribution.models import MODELS, RULE_MODELS, CreditSettings
from engine.queries import measure as figures
from engine.queries.models import by_rows
from engine.queries.refitting import stored_journeys
from engine.queries.selection import Selection
from tests.benchmarks.processes import measure, tell
from tests.benchmarks.workspace import DAYS, UNTIL, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

VISITORS = 1_300_000
RUNS = 7
DASHBOARD = ("overview", "timeseries", "channels", "countries", "pages", "devices", "campaigns")

# What anybody would write by hand for linear credit by campaign, over the same table and the same columns.
_BARE_ONE = """
select o.platform, o.campaign_id,
       sum(1.0::double / p.touch_count) filter (p.is_outcome), sum(1.0::double / p.touch_count * p.cash)
from paths p join touch_origins o on o.profile_id = p.profile_id and o.origin_no = p.origin_no
where p.profile_id = 1 and p.position > 0 and p.booked_on between $date_from and $date_to
group by all
"""


def prepared(database: Path, visitors: int = VISITORS) -> dict[str, Any]:
    """Make the workspace that is asked; returns its sizes."""
    return measure("tests.benchmarks.querying", "prepare", database, visitors).told


def report(database: Path, made: dict[str, Any]) -> None:
    """Print every measurement of the query layer on such a workspace."""
    print(f"\nQueries on {made['touches']:,} touches, {made['conversions']:,} conversions, {made['paths']:,} path rows")
    run = measure("tests.benchmarks.querying", "measure", database)
    told = run.told
    one, nine, bare = told["one"], told["nine"], told["bare"]
    print(f"{'bare aggregate, linear by campaign':48}{bare * 1e3:>9.0f} ms")
    print(f"{'one rule model by campaign':48}{one * 1e3:>9.0f} ms{one / bare:>8.2f} x bare (target 1.5)")
    print(f"{'nine rule models by campaign':48}{nine * 1e3:>9.0f} ms{nine / one:>8.2f} x one (target 4)")
    for name, seconds in told["queries"].items():
        print(f"{name + ', 30 days':48}{seconds * 1e3:>9.0f} ms")
    dashboard = told["dashboard"]
    print(f"{'the whole dashboard, 30 days, two readers':48}{dashboard * 1e3:>9.0f} ms          (target 500)")
    for name, seconds in told["what_ifs"].items():
        print(f"{name:48}{seconds:>9.2f} s           (target 3)")
    print(f"{'peak memory':48}{run.peak_mb:>9,.0f} MB")


def _best(work: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the quickest of some runs, the first one not counted: warm, and without other programs' noise."""
    work()
    found: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def _measure(database: Path) -> None:
    everything = Selection(UNTIL - timedelta(days=DAYS - 1), UNTIL, model="linear")
    month = Selection(UNTIL - timedelta(days=29), UNTIL)
    nine = [model.name for model in RULE_MODELS]
    told: dict[str, object] = {}
    start = time.perf_counter()
    with Workspace.open(database) as workspace, ThreadPoolExecutor(2) as pool:
        profile = workspace.profile()
        days = {"date_from": everything.date_from, "date_to": everything.date_to}

        def bare() -> None:
            with workspace.store.read() as cursor:
                cursor.frame(_BARE_ONE, days)

        told["bare"] = _best(bare)

        def credit(models: list[str]) -> None:
            with profile.scope(everything, models) as scope:
                figures.measure(
                    scope,
                    ("conversions", "attributed_revenue"),
                    by_rows("campaign"),
                    models=[MODELS[name] for name in models],
                )

        told["one"] = _best(lambda: credit(["linear"]))
        told["nine"] = _best(lambda: credit(nine))
        told["queries"] = {
            name: _best(lambda name=name: profile.query(name, month))
            for name in (*DASHBOARD, "revenue", "customers", "visitors", "compare", "intervals")
        }
        told["dashboard"] = _best(lambda: list(pool.map(lambda name: profile.query(name, month), DASHBOARD)))
        what_ifs = {
            "what if the click window were 14 days": CreditSettings(click_window_days=14),
            "what if it were 60 days": CreditSettings(click_window_days=60),
            "what if the half-life were 3 days": CreditSettings(half_life_days=3),
        }
        seconds: dict[str, float] = {}
        for name, settings in what_ifs.items():
            before = time.perf_counter()
            profile.query("compare", replace(month, settings=settings))
            seconds[name] = time.perf_counter() - before
            workspace.whatifs.forget()
        before = time.perf_counter()
        with profile.scope(month, ("markov",)) as scope:
            fit_markov(stored_journeys(scope), 1)
        seconds["markov of order 1: journeys read and fitted"] = time.perf_counter() - before
        told["what_ifs"] = seconds
    tell(time.perf_counter() - start, **told)


if __name__ == "__main__":
    work, *arguments = sys.argv[1:]
    if work == "prepare":
        begun = time.perf_counter()
        tell(time.perf_counter() - begun, **prepare(Path(arguments[0]), int(arguments[1])))
    else:
        _measure(Path(arguments[0]))
