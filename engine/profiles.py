"""Profiles and their settings: one client or business each."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from engine.errors import AttribenchError, Code
from engine.money import is_currency

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.store import Cursor

CHANNELS = (
    "Paid Social",
    "Organic Social",
    "Paid Search",
    "Organic Search",
    "Email",
    "Referral",
    "Direct",
    "Display",
    "Affiliate",
)

RULE_FIELDS = ("source", "medium", "campaign", "content", "term", "referrer", "click_id", "entry_page")
RULE_OPERATORS = ("is", "is_not", "contains", "not_contains")

_RANGES = {
    "click_window_days": (1, 365),
    "view_window_hours": (1, 168),
    "first_touch_window_days": (1, 365),
    "session_timeout_minutes": (1, 120),
    "half_life_days": (0.01, 365),
    "weight_first": (0, 1e6),
    "weight_middle": (0, 1e6),
    "weight_last": (0, 1e6),
}


@dataclass(frozen=True)
class Condition:
    """One condition of a channel rule: a field of the visit compared with a value, in lower case.

    Attributes:
        field: one of :data:`RULE_FIELDS`.
        operator: one of :data:`RULE_OPERATORS`.
        value: what to compare with.
    """

    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class ChannelRule:
    """A rule of the profile's own, tried before the built-in ones; all its conditions must hold (C1)."""

    channel: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Goal:
    """What counts as a conversion (G1).

    Attributes:
        goal: key, for example ``payment_received``.
        name: for people.
        event_types: source event types; each belongs to one goal at most.
        revenue_type: cash | pipeline | gross.
        is_eligible: whether attribution credits it.
        is_negative: an outcome that never counts as success.
    """

    goal: str
    name: str
    event_types: tuple[str, ...]
    revenue_type: str = "pipeline"
    is_eligible: bool = True
    is_negative: bool = False


DEFAULT_GOALS = (
    Goal("payment_received", "Payment received", ("payment_received",), "cash"),
    Goal("lead_created", "Lead created", ("lead_created", "lead_submitted")),
    Goal("appointment_booked", "Appointment booked", ("appointment_booked",)),
    Goal("closed_won", "Closed won", ("closed_won",)),
    Goal("order_placed", "Order placed", ("order_placed", "purchase"), "gross"),
    Goal("contact_reply", "Contact reply", ("contact_reply",)),
    Goal("qualified", "Qualified", ("qualified",)),
    Goal("showed", "Showed", ("showed",)),
    Goal("no_show", "No-show", ("no_show",), is_eligible=False, is_negative=True),
    Goal("disqualified", "Disqualified", ("disqualified",), is_eligible=False, is_negative=True),
    Goal("closed_lost", "Closed lost", ("closed_lost",), is_eligible=False, is_negative=True),
)


@dataclass(frozen=True)
class ProfileSettings:
    """Everything a user sets for a profile. Ranges are those of DOMAIN A2, E2; see :data:`_RANGES`."""

    name: str
    currency: str = "USD"
    timezone: str = "UTC"
    phone_region: str = "US"
    click_window_days: int = 30
    view_window_hours: int = 24
    first_touch_window_days: int = 90
    half_life_days: float = 7.0
    weight_first: float = 0.4
    weight_middle: float = 0.2
    weight_last: float = 0.4
    session_timeout_minutes: int = 30
    split_on_source: bool = True
    fbclid_policy: str = "always_paid"
    deduct_refunds: bool = True
    domains: tuple[str, ...] = ()
    channel_rules: tuple[ChannelRule, ...] = ()
    goals: tuple[Goal, ...] = field(default=DEFAULT_GOALS)
    stage_goals: tuple[tuple[str, str, str | None], ...] = ()  # (pipeline or "", stage, goal or None)

    def checked(self) -> ProfileSettings:
        """The same settings, normalised.

        Raises:
            AttribenchError: SETTING_INVALID with the field, its value and what is expected.
        """
        if not self.name.strip():
            raise _invalid("name", self.name, "a name")
        currency = self.currency.strip().upper()
        if not is_currency(currency):
            raise _invalid("currency", self.currency, "an ISO 4217 code such as USD")
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise _invalid("timezone", self.timezone, "an IANA name such as Europe/Madrid") from error
        region = self.phone_region.strip().upper()
        if region not in phonenumbers.SUPPORTED_REGIONS:
            raise _invalid("phone_region", self.phone_region, "a country code such as US")
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise _invalid(name, getattr(self, name), f"{low} to {high}")
        if self.fbclid_policy not in {"always_paid", "needs_paid_utm"}:
            raise _invalid("fbclid_policy", self.fbclid_policy, "always_paid or needs_paid_utm")
        for rule in self.channel_rules:
            _check_rule(rule)
        self._check_goals()
        domains = tuple(sorted({_domain(domain) for domain in self.domains if domain.strip()}))
        return replace(self, name=self.name.strip(), currency=currency, phone_region=region, domains=domains)

    def _check_goals(self) -> None:
        seen: dict[str, str] = {}
        keys = [goal.goal for goal in self.goals]
        for goal in self.goals:
            if keys.count(goal.goal) > 1:
                raise _invalid("goals", goal.goal, "each goal once")
            if goal.revenue_type not in {"cash", "pipeline", "gross"}:
                raise _invalid(f"goals.{goal.goal}.revenue_type", goal.revenue_type, "cash, pipeline or gross")
            for event_type in goal.event_types:
                if event_type in seen:
                    raise _invalid(f"goals.{goal.goal}.event_types", event_type, f"not also in {seen[event_type]}")
                seen[event_type] = goal.goal


def create_profile(cursor: Cursor, settings: ProfileSettings, now: datetime) -> int:
    """Add a profile; returns its id. Raises PROFILE_EXISTS when the name is taken."""
    settings = settings.checked()
    if cursor.value("select 1 from profiles where lower(name) = lower($1)", [settings.name]):
        raise AttribenchError(Code.PROFILE_EXISTS, name=settings.name)
    profile_id = int(cursor.value("select nextval('profile_ids')"))
    columns = _columns(settings)
    cursor.run(
        f"insert into profiles (profile_id, created_at, {', '.join(columns)})"
        f" values ({', '.join(f'${index}' for index in range(1, len(columns) + 3))})",
        [profile_id, now.replace(tzinfo=None), *columns.values()],
    )
    _write_lists(cursor, profile_id, settings)
    log_change(cursor, profile_id, now, "profile created", {"name": settings.name})
    return profile_id


def update_profile(cursor: Cursor, profile_id: int, settings: ProfileSettings, now: datetime) -> None:
    """Replace a profile's settings; its derived data is stale afterwards."""
    settings = settings.checked()
    before = asdict(read_profile(cursor, profile_id))
    after = asdict(settings)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if not changed:
        return
    columns = _columns(settings)
    assignments = ", ".join(f"{name} = ${index}" for index, name in enumerate(columns, 1))
    cursor.run(
        f"update profiles set {assignments}, is_stale = true where profile_id = ${len(columns) + 1}",
        [*columns.values(), profile_id],
    )
    _write_lists(cursor, profile_id, settings)
    log_change(cursor, profile_id, now, "settings changed", changed)


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


def log_change(cursor: Cursor, profile_id: int | None, now: datetime, action: str, details: dict[str, Any]) -> None:
    """Append to the change log."""
    cursor.run(
        "insert into change_log (profile_id, changed_at, action, details) values ($1, $2, $3, $4)",
        [profile_id, now.replace(tzinfo=None), action, json.dumps(details, default=str)],
    )


_LISTS = ("domains", "channel_rules", "goals", "stage_goals")


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


def _domain(text: str) -> str:
    host = text.strip().lower().split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0]
    return host.removeprefix("www.")


def _check_rule(rule: ChannelRule) -> None:
    if rule.channel not in CHANNELS:
        raise _invalid("channel_rules", rule.channel, " | ".join(CHANNELS))
    if not rule.conditions:
        raise _invalid("channel_rules", rule.channel, "at least one condition")
    for condition in rule.conditions:
        if condition.field not in RULE_FIELDS:
            raise _invalid("channel_rules", condition.field, " | ".join(RULE_FIELDS))
        if condition.operator not in RULE_OPERATORS:
            raise _invalid("channel_rules", condition.operator, " | ".join(RULE_OPERATORS))


def _invalid(name: str, value: object, expected: str) -> AttribenchError:
    return AttribenchError(Code.SETTING_INVALID, field=name, value=str(value), expected=expected)
