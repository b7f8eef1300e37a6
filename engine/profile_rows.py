"""Profiles as they are stored."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from engine.changes import SETTINGS_CHANGED, log_change
from engine.errors import AttribenchError, Code
from engine.profiles import DERIVING, ChannelRule, Condition, Goal, ProfileSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from engine.store import Cursor

_LISTS = ("domains", "channel_rules", "goals", "stage_goals")


def create_profile(cursor: Cursor, settings: ProfileSettings, now: datetime, by: str = "") -> int:
    """Add a profile; returns its id. Raises PROFILE_EXISTS when the name is taken."""
    settings = settings.checked()
    _refuse_taken(cursor, settings.name, None)
    profile_id = int(cursor.value("select nextval('profile_ids')"))
    columns = _columns(settings)
    cursor.run(
        f"insert into profiles (profile_id, created_at, {', '.join(columns)})"
        f" values ({', '.join(f'${index}' for index in range(1, len(columns) + 3))})",
        [profile_id, now.replace(tzinfo=None), *columns.values()],
    )
    _write_lists(cursor, profile_id, settings)
    log_change(cursor, profile_id, now, "profile created", {"name": settings.name}, by)
    return profile_id


def update_profile(
    cursor: Cursor, profile_id: int, settings: ProfileSettings, now: datetime, by: str = "", undoes: int | None = None
) -> int | None:
    """Replace a profile's settings; returns the change's id, None when nothing is different.

    Derived data is stale afterwards when it depends on what changed.

    Args:
        cursor: in a transaction.
        profile_id: whose.
        settings: all of them.
        now: noted in the change log, as the next two.
        by: who.
        undoes: the change that this one takes back.

    Raises:
        AttribenchError: SETTING_INVALID; PROFILE_EXISTS when another profile has the name.
    """
    settings = settings.checked()
    before, after = plain(read_profile(cursor, profile_id)), plain(settings)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if not changed:
        return None
    if "name" in changed:
        _refuse_taken(cursor, settings.name, profile_id)
    columns = _columns(settings)
    assignments = ", ".join(f"{name} = ${index}" for index, name in enumerate(columns, 1))
    cursor.run(
        f"update profiles set {assignments} where profile_id = ${len(columns) + 1}", [*columns.values(), profile_id]
    )
    _write_lists(cursor, profile_id, settings)
    if not DERIVING.isdisjoint(changed):
        cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
    return log_change(cursor, profile_id, now, SETTINGS_CHANGED, changed, by, undoes)


def read_profile(cursor: Cursor, profile_id: int) -> ProfileSettings:
    """A profile's settings as stored."""
    names = [f.name for f in fields(ProfileSettings) if f.name not in _LISTS]
    row = cursor.rows(f"select {', '.join(names)} from profiles where profile_id = $1", [profile_id])[0]
    domains = cursor.rows("select domain from profile_domains where profile_id = $1 order by 1", [profile_id])
    rules = cursor.rows(
        "select channel, conditions from channel_rules where profile_id = $1 order by position", [profile_id]
    )
    goals = cursor.rows(
        """select g.goal, g.name, g.revenue_type, g.is_eligible, g.is_negative,
                  list(t.event_type order by t.event_type) filter (t.event_type is not null)
           from goals g left join goal_event_types t using (profile_id, goal)
           where profile_id = $1 group by g.goal, g.name, g.revenue_type, g.is_eligible, g.is_negative, g.position
           order by g.position""",
        [profile_id],
    )
    stages = cursor.rows(
        "select pipeline, stage, goal from stage_goals where profile_id = $1 order by all", [profile_id]
    )
    return ProfileSettings(
        **dict(zip(names, row, strict=True)),
        domains=tuple(domain for (domain,) in domains),
        channel_rules=tuple(
            ChannelRule(channel, tuple(Condition(**condition) for condition in json.loads(conditions)))
            for channel, conditions in rules
        ),
        goals=tuple(
            Goal(goal, name, tuple(types or ()), revenue, eligible, negative)
            for goal, name, revenue, eligible, negative, types in goals
        ),
        stage_goals=tuple((pipeline, stage, goal) for pipeline, stage, goal in stages),
    )


def profile_ids(cursor: Cursor) -> list[tuple[int, str]]:
    """(id, name) of every profile, by name."""
    return [
        (int(i), str(name)) for i, name in cursor.rows("select profile_id, name from profiles order by lower(name)")
    ]


def _refuse_taken(cursor: Cursor, name: str, profile_id: int | None) -> None:
    if cursor.value(
        "select 1 from profiles where lower(name) = lower($1) and profile_id is distinct from $2", [name, profile_id]
    ):
        raise AttribenchError(Code.PROFILE_EXISTS, name=name)


def _columns(settings: ProfileSettings) -> dict[str, Any]:
    return {f.name: getattr(settings, f.name) for f in fields(settings) if f.name not in _LISTS}


def _write_lists(cursor: Cursor, profile_id: int, settings: ProfileSettings) -> None:
    for table in ("profile_domains", "channel_rules", "goals", "goal_event_types", "stage_goals"):
        cursor.run(f"delete from {table} where profile_id = $1", [profile_id])
    _insert(cursor, "profile_domains", [(profile_id, domain) for domain in settings.domains])
    _insert(
        cursor,
        "channel_rules",
        [
            (profile_id, position, rule.channel, json.dumps([asdict(condition) for condition in rule.conditions]))
            for position, rule in enumerate(settings.channel_rules, 1)
        ],
    )
    _insert(
        cursor,
        "goals",
        [
            (profile_id, g.goal, g.name, g.revenue_type, g.is_eligible, g.is_negative, position)
            for position, g in enumerate(settings.goals, 1)
        ],
    )
    _insert(cursor, "goal_event_types", [(profile_id, g.goal, t) for g in settings.goals for t in g.event_types])
    _insert(cursor, "stage_goals", [(profile_id, *stage) for stage in settings.stage_goals])


def _insert(cursor: Cursor, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        cursor.run(f"insert into {table} values ({', '.join(f'${i}' for i in range(1, len(row) + 1))})", row)


def plain(settings: ProfileSettings) -> dict[str, Any]:
    """Settings as JSON has them: what the change log keeps. :func:`restored` reads them back."""
    found = asdict(settings)
    if settings.logo is not None:
        found["logo"] = base64.b64encode(settings.logo).decode("ascii")
    return json.loads(json.dumps(found))


def restored(settings: ProfileSettings, values: Mapping[str, Any]) -> ProfileSettings:
    """Settings with some fields as :func:`plain` gave them."""
    return replace(settings, **{name: _READ.get(name, _same)(value) for name, value in values.items()})


def _same(value: Any) -> Any:
    return value


def _rules(rules: list[dict[str, Any]]) -> tuple[ChannelRule, ...]:
    return tuple(
        ChannelRule(rule["channel"], tuple(Condition(**condition) for condition in rule["conditions"]))
        for rule in rules
    )


def _goals(goals: list[dict[str, Any]]) -> tuple[Goal, ...]:
    return tuple(replace(Goal(**goal), event_types=tuple(goal["event_types"])) for goal in goals)


_READ: dict[str, Callable[[Any], Any]] = {
    "domains": tuple,
    "channel_rules": _rules,
    "goals": _goals,
    "stage_goals": lambda stages: tuple(tuple(stage) for stage in stages),
    "logo": lambda text: None if text is None else base64.b64decode(text),
}
