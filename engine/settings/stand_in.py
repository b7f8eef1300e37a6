"""A cursor on which a profile has other settings: temporary tables stand in front of the stored ones, as in a trial.

Nothing is written. What depends only on channel rules is derived from stored visits, which is quick enough to follow
the editing of a rule.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from engine.attribution.fitting import skip_fit
from engine.derive import pipeline
from engine.derive.fitted import fit_default_models
from engine.derive.lists import load_lists
from engine.derive.trial import stand_in_front
from engine.profile_rows import update_profile

if TYPE_CHECKING:
    from datetime import datetime

    from engine.profiles import ProfileSettings
    from engine.store import Cursor
    from engine.task import Task

_SETTINGS = ("profile_domains", "goals", "goal_event_types", "stage_goals", "channel_rules", "change_log")
_REPLAYED = ("visits", "touches", "touch_origins", "ad_entities", "credit_entries", "paths", "fitted_shares")


def with_settings(cursor: Cursor, profile_id: int, settings: ProfileSettings, now: datetime) -> None:
    """From here on the profile has these settings on this cursor.

    Raises:
        AttribenchError: as :func:`engine.profile_rows.update_profile`.
    """
    cursor.run("create temp sequence change_ids")
    cursor.run("create temp table profiles as from profiles")
    for table in _SETTINGS:
        cursor.run(f"create temp table {table} as from {table} where profile_id = {int(profile_id)}")
    update_profile(cursor, profile_id, settings, now)


def replay_channels(cursor: Cursor, profile_id: int, task: Task, *, is_fitted: bool) -> None:
    """Derive only what depends on the channel rules, from stored visits and touches (C1).

    Neither visits nor people nor conversions depend on a channel; touches, their origins and paths do. The profile must
    be up to date. Leaves ``ruled_channels`` (subject, channel, position of the rule).

    Args:
        cursor: with the settings to try.
        profile_id: whose.
        task: progress and cancellation.
        is_fitted: whether a data-driven model is asked for; fitting takes a while and is left out otherwise.
    """
    task.report(0.0, "reading records")
    pipeline.bind_profile(cursor, profile_id)
    pipeline.run_sql(cursor, "020_raw_versions")
    load_lists(cursor)
    pipeline.run_sql(cursor, "030_url_macros")
    _run(cursor, "stored_visits")
    task.report(0.3, "finding visits")
    pipeline.run_sql(cursor, "071_channel_questions")
    pipeline.run_sql(cursor, "072_channels")
    _run(cursor, "stored_touches")
    task.report(0.5, "building paths")
    pipeline.run_sql(cursor, "205_touch_origins")
    pipeline.run_sql(cursor, "212_path_rows")
    if is_fitted:
        task.report(0.7, "fitting models")
        fit_default_models(cursor)
    else:
        skip_fit(cursor)
        cursor.run("create temp view new_fitted_shares as from fitted_shares limit 0")
    task.report(0.8, "building paths")
    pipeline.run_sql(cursor, "216_paths")
    stand_in_front(cursor, _REPLAYED)


def _run(cursor: Cursor, name: str) -> None:
    cursor.run(resources.files("engine.settings").joinpath(f"{name}.sql").read_text(encoding="utf-8"))
