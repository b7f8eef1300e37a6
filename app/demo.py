"""Building the demo workspace, from the command line or the window: simulated files through the ordinary import."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine import ProfileSettings, Workspace
from engine.demo import DEMO_PROFILE, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.demo import DemoPlan
    from engine.task import Task
    from engine.workspace import Headline


def build_demo(path: Path, plan: DemoPlan, task: Task, keep: Path | None = None) -> tuple[Headline, Headline]:
    """Write a demo workspace.

    Args:
        path: of the file, which must not exist; when the work fails or is cancelled there is none.
        plan: how many people and days, and until when.
        task: progress and cancellation.
        keep: also keep the generated files and their truth in this folder.

    Returns:
        The headline figures, and the same added up from their parts.

    Raises:
        AttribenchError: it cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="attribench-demo-") as scratch:
            folder = keep or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            files = simulate(plan, folder, lambda fraction: task.report(0.3 * fraction, "simulating"))
            with Workspace.open(path, create=True, clock=_still(plan.until)) as opened:
                profile = opened.create_profile(
                    ProfileSettings(
                        name=DEMO_PROFILE.name,
                        currency=DEMO_PROFILE.currency,
                        timezone=DEMO_PROFILE.timezone,
                        phone_region=DEMO_PROFILE.phone_region,
                        domains=tuple(DEMO_PROFILE.domains),
                    )
                )
                kinds = (
                    ("rates", files.rates),
                    ("ad-spend", files.ad_spend),
                    ("people", files.people),
                    ("conversions", files.conversions),
                    ("touches", files.touches),
                    ("events", files.events),
                )
                for index, (kind, file) in enumerate(kinds):
                    start = 0.3 + 0.35 * index / len(kinds)
                    profile.import_file(kind, file, task=task.part(start, start + 0.35 / len(kinds)))
                profile.rebuild(task.part(0.65, 1.0))
                figures = profile.headline(), profile.headline_by_parts()
                opened.checkpoint()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return figures


def _still(last: date) -> Callable[[], datetime]:
    """A clock that stands still the day after the demo ends, so that the same arguments give the same file."""
    moment = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    return lambda: moment
