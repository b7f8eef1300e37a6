"""The derive pipeline: one ordered list of steps, run whole, swapped in within one transaction.

Every SQL step is a file of ``steps/`` that reads and writes temporary tables and can be run by hand, one after the
other, after binding the profile in the first. The last act replaces the profile's rows in the derived tables; cancelled
or killed before that, the old result stands untouched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from engine.derive.appointments import pair_appointments
from engine.derive.fitted import fit_default_models
from engine.derive.lists import load_lists, normalise_phones, parse_agents, resolve_hosts
from engine.derive.people import resolve_people
from engine.derive.stages import map_stages

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from engine.store import Cursor, Store
    from engine.task import Task

DERIVED_TABLES = (
    "events",
    "visits",
    "visit_pages",
    "people",
    "identifiers",
    "identity_conflicts",
    "conversions",
    "cash",
    "touches",
    "touch_origins",
    "visit_places",
    "visit_landings",
    "ad_daily",
    "ad_entities",
    "credit_entries",
    "paths",
    "fitted_shares",
)


# Queries ask for ranges of days; in this order DuckDB passes over the row groups of other days.
_ORDERED = {"visits": "order by started_on", "visit_pages": "order by started_on", "paths": "order by booked_on"}


@dataclass(frozen=True)
class Step:
    """One step of the rebuild.

    Attributes:
        name: shown as progress; the file's name for an SQL step.
        run: the work.
        drops: temporary tables nobody needs after it.
    """

    name: str
    run: Callable[[Cursor], None]
    drops: tuple[str, ...] = ()


def run_sql(cursor: Cursor, name: str) -> None:
    """Run one SQL step."""
    cursor.script(_text(name))


@cache
def _text(name: str) -> str:
    return resources.files("engine.derive").joinpath("steps", f"{name}.sql").read_text(encoding="utf-8")


def _sql(name: str, *drops: str) -> Step:
    return Step(name, lambda cursor: run_sql(cursor, name), drops)


STEPS: tuple[Step, ...] = (
    _sql("020_raw_versions"),
    Step("lists", load_lists),
    _sql("030_url_macros"),
    _sql("035_clicks"),
    Step("agents", parse_agents),
    _sql("040_page_views"),
    Step("hosts", resolve_hosts),
    _sql("045_referrers", "read_page_views"),
    _sql("050_visits", "part_starts", "numbered_hits", "devices"),
    _sql("060_engagement", "signals"),
    _sql("070_visit_questions"),
    _sql("071_channel_questions", "visit_questions"),
    _sql("072_channels"),
    Step("phones", normalise_phones),
    _sql("080_sightings"),
    Step("people", resolve_people),
    _sql("100_ownership"),
    _sql("110_visits_table", "page_views", "event_visits", "visit_engagement", "channel_questions"),
    Step("stages", map_stages),
    _sql("130_conversion_records"),
    _sql("140_conversion_keys"),
    Step("appointments", pair_appointments),
    _sql("145_stage_appointments"),
    _sql("146_conversion_groups", "keyed_records"),
    _sql("150_conversions", "grouped_records"),
    _sql("160_rates"),
    _sql("170_cash"),
    _sql("180_ad_entities"),
    _sql("190_ad_resolution", "ad_questions", "distinct_ad_questions"),
    _sql("195_visit_places"),
    _sql("200_touches", "resolved_ads", "untouched"),
    _sql("205_touch_origins"),
    _sql("210_credit_entries"),
    _sql("212_path_rows"),
    Step("models", fit_default_models),
    _sql("216_paths"),
    _sql("220_people"),
)


# What progress says from this step on.
PHASES = {
    "020_raw_versions": "reading records",
    "040_page_views": "finding visits",
    "phones": "finding out who is who",
    "stages": "sorting conversions",
    "180_ad_entities": "matching ads",
    "200_touches": "building paths",
    "models": "fitting models",
    "216_paths": "building paths",
}


def rebuild(store: Store, profile_id: int, now: datetime, task: Task) -> None:
    """Derive everything of a profile anew and swap it in.

    Args:
        store: the workspace.
        profile_id: whose data.
        now: noted as the profile's ``derived_at``.
        task: progress and cancellation; cancelled means nothing changed.
    """
    with store.lane(task) as cursor:
        # Not yet in a transaction: a dropped table gives its memory back only when its transaction ends.
        derive(cursor, profile_id, task.part(0.0, 0.85))
        with cursor.transaction():
            _swap(cursor, profile_id, now, task.part(0.85, 1.0))


def _swap(cursor: Cursor, profile_id: int, now: datetime, task: Task) -> None:
    """Replace the profile's rows of every derived table by the new ones."""
    for index, table in enumerate(DERIVED_TABLES):
        task.report(index / len(DERIVED_TABLES), "saving")
        columns = ", ".join(cursor.columns(f"select * from {table}"))
        cursor.run(f"delete from {table} where profile_id = $1", [profile_id])
        cursor.run(f"insert into {table} ({columns}) select {columns} from new_{table} {_ORDERED.get(table, '')}")
    cursor.run(
        """update profiles set derived_at = $1, is_stale = false, derivations = coalesce(derivations, 0) + 1,
               derived_settings = json_object(
               'click_window_days', click_window_days, 'view_window_hours', view_window_hours,
               'first_touch_window_days', first_touch_window_days, 'half_life_days', half_life_days)
           where profile_id = $2""",
        [now.replace(tzinfo=None), profile_id],
    )


def derive(cursor: Cursor, profile_id: int, task: Task) -> None:
    """Run every step on this cursor, leaving the ``new_*`` temporary tables."""
    bind_profile(cursor, profile_id)
    phase = ""
    for index, step in enumerate(STEPS):
        phase = PHASES.get(step.name, phase)
        task.report(index / len(STEPS), phase)
        step.run(cursor)
        for table in step.drops:
            cursor.run(f"drop table if exists {table}")


def bind_profile(cursor: Cursor, profile_id: int) -> None:
    """The first step: say whose data the others read."""
    first = resources.files("engine.derive").joinpath("steps", "010_profile.sql").read_text(encoding="utf-8")
    cursor.run(first.replace("$profile_id", str(int(profile_id))))
