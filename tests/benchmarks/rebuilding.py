"""Rebuilding everything derived: seconds and peak memory at growing sizes of the demo business."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine import ChannelRule, Condition, ProfileSettings, Workspace
from engine.demo import DEMO_PROFILE, DemoPlan, simulate
from engine.queries.selection import Selection
from tests.benchmarks.processes import measure, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = ("rates", "ad-spend", "people", "conversions", "touches", "events")


def report(scratch: Path, sizes: Sequence[int]) -> None:
    """Print one row a size, and how time grows with events."""
    print("\nRebuild (visits, people, conversions, touches, paths), a process of its own each")
    head = f"{'events':>12}{'visitors':>11}{'conversions':>13}{'paths':>11}{'seconds':>9}{'us/event':>10}{'peak MB':>9}"
    print(f"{head}{'rule preview':>14}")
    rows: list[tuple[int, float]] = []
    for people in sizes:
        database = scratch / f"rebuild-{people}.duckdb"
        measure("tests.benchmarks.rebuilding", "prepare", people, database)
        run = measure("tests.benchmarks.rebuilding", "rebuild", database)
        preview = measure("tests.benchmarks.rebuilding", "preview", database)
        told = run.told
        rows.append((told["events"], run.seconds))
        print(
            f"{told['events']:>12,}{told['visitors']:>11,}{told['conversions']:>13,}{told['paths']:>11,}"
            f"{run.seconds:>9.1f}{run.seconds / told['events'] * 1e6:>10.2f}{run.peak_mb:>9,.0f}"
            f"{preview.seconds:>14.1f}"
        )
        database.unlink()
    for (few, quick), (many, slow) in pairwise(rows):
        print(
            f"growth: {many / few:.1f} times the events, {slow / quick:.1f} times the seconds (target at most linear)"
        )


def _prepare(people: int, database: Path) -> None:
    start = time.perf_counter()
    folder = database.with_suffix(".files")
    folder.mkdir()
    files = simulate(DemoPlan(people=people, until=date(2026, 6, 30)), folder)
    settings = ProfileSettings(DEMO_PROFILE.name, timezone=DEMO_PROFILE.timezone, domains=tuple(DEMO_PROFILE.domains))
    with Workspace.open(database, create=True) as workspace:
        profile = workspace.create_profile(settings)
        replies = _replies(files.conversions, people // 4, folder / "replies.parquet")
        for kind, path in [
            *((kind, getattr(files, kind.replace("-", "_"))) for kind in _KINDS),
            ("conversions", replies),
        ]:
            profile.import_file(kind, path)
            path.unlink()
        workspace.checkpoint()
    tell(time.perf_counter() - start)


def _replies(conversions: Path, count: int, path: Path) -> Path:
    """More conversions of the same people, so that there is one for every two visitors."""
    emails = pl.read_csv(conversions, columns=["email"], infer_schema=False)["email"].drop_nulls().unique().sort()
    random = np.random.default_rng(7)
    first = datetime(2026, 1, 10, tzinfo=UTC).timestamp()
    pl.DataFrame(
        {
            "conversion_id": [f"reply-{index}" for index in range(count)],
            "email": emails.gather(random.integers(0, len(emails), count)),
            "time": (first + random.integers(0, 170 * 86_400, count)).astype(str),
            "event_type": ["contact_reply"] * count,
        }
    ).write_parquet(path)
    return path


def _rebuild(database: Path) -> None:
    with Workspace.open(database) as workspace:
        profile = workspace.profile()
        start = time.perf_counter()
        profile.rebuild()
        seconds = time.perf_counter() - start
        with workspace.store.read() as cursor:
            events, visitors, conversions, paths = cursor.rows(
                """select (select count(*) from events), (select count(distinct anonymous_id) from visits),
                          (select count(*) from conversions), (select count(*) from paths)"""
            )[0]
    tell(seconds, events=events, visitors=visitors, conversions=conversions, paths=paths)


def _preview(database: Path) -> None:
    """What a rule would move, as the settings page asks while it is typed."""
    rule = ChannelRule("Referral", (Condition("source", "is", "google"),))
    with Workspace.open(database) as workspace:
        profile = workspace.profile()
        days = profile.data_days()["visits"]
        start = time.perf_counter()
        profile.preview_change(replace(profile.settings, channel_rules=(rule,)), Selection(*days))
        tell(time.perf_counter() - start)


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        _prepare(int(sys.argv[2]), Path(sys.argv[3]))
    elif sys.argv[1] == "preview":
        _preview(Path(sys.argv[2]))
    else:
        _rebuild(Path(sys.argv[2]))
