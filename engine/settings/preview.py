"""What a change of settings would do to the headline figures, before it is made. Nothing is written.

A change that only queries depend on is asked of the stored tables; one of channel rules derives touches and paths anew
from stored visits; any other, or any change of a profile whose derived data is stale, derives everything on the side.
The figures come from the queries that every page asks, so they are those after the real change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.attribution.models import MODELS, CreditSettings
from engine.derive.trial import step_aside, trial
from engine.profile_rows import plain
from engine.profiles import CHANNELS, DERIVING
from engine.queries import traffic
from engine.queries.registry import check_selection
from engine.queries.scope import PathTables, Scope
from engine.settings import stand_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from engine.attribution.custom import CustomModel
    from engine.profiles import ProfileSettings
    from engine.queries.selection import Selection
    from engine.store import Cursor, Store
    from engine.task import Task

ONLY_CHANNELS = frozenset({"channel_rules", "fbclid_policy"})
_MOVES = {"from_channel": pl.String, "to_channel": pl.String, "visits": pl.Int64}
_BOARD = ("visits", "conversions", "revenue")


@dataclass(frozen=True)
class Looked:
    """What is asked of the profile before and after.

    Attributes:
        profile_id: whose.
        selection: days, model and filters of the figures.
        custom_models: the user's own, by name.
        now: the moment, UTC.
        today: its day in the profile's zone.
    """

    profile_id: int
    selection: Selection
    custom_models: Mapping[str, CustomModel]
    now: datetime
    today: date


@dataclass(frozen=True)
class ChangePreview:
    """What a change would do.

    Attributes:
        changed: the settings that would be different.
        needs_rebuild: whether derived data depends on them.
        before: the overview's figures as they are; of a stale profile as a rebuild would make them.
        after: the same with the change.
        currency_before: reporting currency of ``before``.
        currency_after: of ``after``.
        channels: channel, and ``visits``, ``conversions``, ``revenue`` each ``_before`` and ``_after``; credited under
            the selection's model, Unattributed included.
        moves: from_channel, to_channel, visits: of all days, most first.
        rule_visits: visits of all days that each of the new channel rules decides.
    """

    changed: tuple[str, ...]
    needs_rebuild: bool
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    currency_before: str
    currency_after: str
    channels: pl.DataFrame
    moves: pl.DataFrame
    rule_visits: tuple[int, ...]


def changed_fields(before: ProfileSettings, after: ProfileSettings) -> tuple[str, ...]:
    """Names of the settings that differ."""
    old, new = plain(before), plain(after)
    return tuple(name for name in new if old[name] != new[name])


def preview(
    store: Store, looked: Looked, now_set: ProfileSettings, wanted: ProfileSettings, task: Task, *, is_stale: bool
) -> ChangePreview:
    """Compute a :class:`ChangePreview`.

    Args:
        store: the workspace.
        looked: what is asked.
        now_set: the settings as stored.
        wanted: those to try, checked.
        task: progress and cancellation.
        is_stale: whether the derived data is not that of the stored records and settings.
    """
    changed = changed_fields(now_set, wanted)
    needs_rebuild = not DERIVING.isdisjoint(changed)
    is_derived = is_stale or (needs_rebuild and not ONLY_CHANNELS.issuperset(changed))
    with store.read(task) as cursor, cursor.transaction():
        if is_stale:
            trial(cursor, looked.profile_id, task.part(0.0, 0.5))
        before, channels_before = _figures(scope_of(cursor, looked, now_set))
        _keep_channels(cursor, looked.profile_id, is_stale=is_stale)
        way = task.part(0.5, 1.0) if is_stale else task
        stand_in.with_settings(cursor, looked.profile_id, wanted, looked.now)
        if is_derived:
            trial(cursor, looked.profile_id, way)
        elif needs_rebuild:
            model = MODELS.get(looked.selection.model)
            is_fitted = model is not None and model.is_fitted
            stand_in.replay_channels(cursor, looked.profile_id, way, is_fitted=is_fitted)
        after, channels_after = _figures(scope_of(cursor, looked, wanted))
        return ChangePreview(
            changed,
            needs_rebuild,
            before,
            after,
            now_set.currency,
            wanted.currency,
            _beside(channels_before, channels_after),
            _moves(cursor, looked.profile_id) if needs_rebuild else pl.DataFrame(schema=_MOVES),
            _rule_visits(cursor, looked.profile_id, len(wanted.channel_rules)) if needs_rebuild else (),
        )


def scope_of(cursor: Cursor, looked: Looked, settings: ProfileSettings) -> Scope:
    """The scope of a query on what stands on this cursor, with the settings' own windows and parameters."""
    eligible = {goal.goal for goal in settings.goals if goal.is_eligible and not goal.is_negative}
    goals = tuple(goal for goal in looked.selection.goals if goal in eligible)
    asked = replace(looked.selection, settings=None, goals=goals)
    checked = check_selection(asked, (), settings, looked.custom_models)
    return Scope(
        cursor=cursor,
        profile_id=looked.profile_id,
        profile=settings,
        selection=checked,
        settings=checked.settings or CreditSettings.of_profile(settings),
        tables=PathTables(),
        custom_models=looked.custom_models,
        now=looked.now,
        today=looked.today,
        is_stale=False,
    )


def _figures(scope: Scope) -> tuple[dict[str, Any], pl.DataFrame]:
    board = traffic.board(scope, "channel", limit=len(CHANNELS)).table
    return traffic.figures(scope), board.select(pl.col("value").alias("channel"), *_BOARD)


def _beside(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    joined = before.join(after, on="channel", how="full", suffix="_after", coalesce=True)
    return (
        joined.rename({name: f"{name}_before" for name in _BOARD})
        .with_columns(pl.col(f"{name}_{side}").fill_null(0) for name in _BOARD for side in ("before", "after"))
        .sort([pl.col("channel") == traffic.UNATTRIBUTED, -pl.col("revenue_after"), "channel"])
        .select("channel", *(f"{name}_{side}" for name in _BOARD for side in ("before", "after")))
    )


def _keep_channels(cursor: Cursor, profile_id: int, *, is_stale: bool) -> None:
    """Note each visit's channel as it is, and take what stands before the stored tables away."""
    stored = "visits" if is_stale else f"{cursor.database}.main.visits"
    kind = "table" if is_stale else "view"
    cursor.run(
        f"create temp {kind} channels_before as"
        f" select visit_id, channel from {stored} where profile_id = {int(profile_id)}"
    )
    if is_stale:
        step_aside(cursor)


def _moves(cursor: Cursor, profile_id: int) -> pl.DataFrame:
    return cursor.frame(
        """select b.channel as from_channel, v.channel as to_channel, count(*) as visits
           from visits v join channels_before b using (visit_id)
           where v.profile_id = $1 and v.channel <> b.channel
           group by all order by visits desc, from_channel, to_channel""",
        [profile_id],
    )


def _rule_visits(cursor: Cursor, profile_id: int, rules: int) -> tuple[int, ...]:
    found = dict(
        cursor.rows(
            """select r.position, count(*) from ruled_channels r join visits v on v.visit_id = r.subject
               where v.profile_id = $1 group by r.position""",
            [profile_id],
        )
    )
    return tuple(int(found.get(position, 0)) for position in range(1, rules + 1))
