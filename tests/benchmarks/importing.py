"""Importing events against bare DuckDB that reads the same file and inserts it into a fresh database file."""

from __future__ import annotations

import statistics
import sys
import time
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from engine import ProfileSettings, Workspace
from engine.demo import DEMO_PROFILE, DemoPlan, simulate
from tests.benchmarks.processes import measure, tell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.processes import Run

_THREADS = 2


def report(scratch: Path, people: int, runs: int) -> None:
    """Print events per second of both, and their ratio, as medians over pairs run in turn."""
    from pathlib import Path

    folder = Path(scratch) / f"import-{people}"
    folder.mkdir()
    events = simulate(DemoPlan(people=people, until=date(2026, 6, 30)), folder).events
    pairs: list[tuple[Run, Run]] = []
    for index in range(runs):
        ours = measure("tests.benchmarks.importing", "ours", events, folder / f"ours{index}.duckdb")
        bare = measure("tests.benchmarks.importing", "bare", events, folder / f"bare{index}.duckdb")
        pairs.append((ours, bare))
    rows = pairs[0][0].told["rows"]
    print(f"\nImport of {rows:,} events, {events.stat().st_size / 1e6:,.0f} MB {events.suffix[1:]}, {_THREADS} threads")
    print(f"{'':24}{'events/s':>12}{'seconds':>9}{'peak MB':>9}")
    for name, column in (("attribench import", 0), ("bare DuckDB insert", 1)):
        seconds = statistics.median(pair[column].seconds for pair in pairs)
        peak = statistics.median(pair[column].peak_mb for pair in pairs)
        print(f"{name:24}{rows / seconds:>12,.0f}{seconds:>9.2f}{peak:>9,.0f}")
    ratios = [ours.seconds / bare.seconds for ours, bare in pairs]
    print(f"ratio {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f}; target at most 3)")


def _ours(events: Path, database: Path) -> None:
    with Workspace.open(database, create=True) as workspace:
        profile = workspace.create_profile(ProfileSettings(DEMO_PROFILE.name, timezone=DEMO_PROFILE.timezone))
        with workspace.store.read() as cursor:
            cursor.run(f"set global threads = {_THREADS}")
        start = time.perf_counter()
        result = profile.import_file("events", events)
        tell(time.perf_counter() - start, rows=result.read)


def _bare(events: Path, database: Path) -> None:
    connection = duckdb.connect(str(database), config={"threads": _THREADS})
    reader = "read_parquet" if events.suffix == ".parquet" else "read_json"
    start = time.perf_counter()
    connection.execute(f"create table events as select * from {reader}('{events}')")
    tell(time.perf_counter() - start)
    connection.close()


if __name__ == "__main__":
    from pathlib import Path

    {"ours": _ours, "bare": _bare}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
