"""What a user sets for a profile: one client or business each. Storing it: :mod:`engine.profile_rows`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from engine.branding import checked_accent, media_type
from engine.errors import AttribenchError, Code
from engine.money import is_currency

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

REVENUE_TYPES = ("cash", "pipeline", "gross")
FBCLID_POLICIES = ("always_paid", "needs_paid_utm")

RANGES: dict[str, tuple[float, float]] = {
    "click_window_days": (1, 365),
    "view_window_hours": (1, 168),
    "first_touch_window_days": (1, 365),
    "session_timeout_minutes": (1, 120),
    "half_life_days": (0.01, 365),
    "weight_first": (0, 1e6),
    "weight_middle": (0, 1e6),
    "weight_last": (0, 1e6),
    "engagement_scroll": (0, 100),
    "engagement_time": (0, 100),
    "engagement_seconds": (1, 3600),
    "engagement_interaction": (0, 100),
    "engagement_form": (0, 100),
    "engagement_frustration": (0, 100),
}
"""Least and most of each number."""

DERIVING = frozenset(
    {
        *("currency", "timezone", "phone_region", "domains"),
        *("click_window_days", "view_window_hours", "first_touch_window_days", "half_life_days"),
        *("session_timeout_minutes", "split_on_source", "fbclid_policy", "channel_rules", "goals", "stage_goals"),
        *(name for name in RANGES if name.startswith("engagement_")),
    }
)
"""Fields that the derived data depends on; a change of any other needs no rebuild."""

_GOAL = re.compile(r"[a-z0-9][a-z0-9_]{0,59}")


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
    """Everything a user sets for a profile. Numbers have the ranges of A2 and E2: :data:`RANGES`.

    Attributes:
        engagement_scroll: points of the engagement score for a page scrolled to its end (E5).
        engagement_time: points for ``engagement_seconds`` and more of engaged time.
        engagement_seconds: engaged seconds that give all points for time.
        engagement_interaction: points for a second page, half a video, or a call to action seen.
        engagement_form: points for a form submitted.
        engagement_frustration: points taken away for a rage or dead click or a script error.
        logo: of the client: a PNG, JPEG or SVG picture; see :func:`engine.branding.media_type`.
        accent: of the client, ``#RRGGBB``, readable on white.
        prepared_by: who makes the client's reports.
        stage_goals: (pipeline or "" for any, stage, goal or None for no conversion).
    """

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
    stage_goals: tuple[tuple[str, str, str | None], ...] = ()
    engagement_scroll: float = 35.0
    engagement_time: float = 35.0
    engagement_seconds: float = 120.0
    engagement_interaction: float = 15.0
    engagement_form: float = 15.0
    engagement_frustration: float = 20.0
    logo: bytes | None = field(default=None, repr=False)
    accent: str = "#2457D6"
    prepared_by: str = ""

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
        for name, (low, high) in RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise _invalid(name, getattr(self, name), f"{low:g} to {high:g}")
        if self.fbclid_policy not in FBCLID_POLICIES:
            raise _invalid("fbclid_policy", self.fbclid_policy, " or ".join(FBCLID_POLICIES))
        if self.logo is not None:
            media_type(self.logo)
        for rule in self.channel_rules:
            _check_rule(rule)
        self._check_goals()
        domains = tuple(sorted({_domain(domain) for domain in self.domains if domain.strip()}))
        return replace(
            self,
            name=self.name.strip(),
            currency=currency,
            phone_region=region,
            domains=domains,
            accent=checked_accent(self.accent),
            prepared_by=self.prepared_by.strip(),
            goals=tuple(replace(goal, event_types=tuple(sorted(goal.event_types))) for goal in self.goals),
            stage_goals=tuple(sorted(self.stage_goals, key=lambda stage: stage[:2])),
        )

    def _check_goals(self) -> None:
        seen: dict[str, str] = {}
        keys = [goal.goal for goal in self.goals]
        for goal in self.goals:
            if keys.count(goal.goal) > 1:
                raise _invalid("goals", goal.goal, "each goal once")
            if not _GOAL.fullmatch(goal.goal):
                raise _invalid("goals", goal.goal, "a key of the form a_z_0_9")
            if not goal.name.strip():
                raise _invalid(f"goals.{goal.goal}.name", goal.name, "a name")
            if goal.revenue_type not in REVENUE_TYPES:
                raise _invalid(f"goals.{goal.goal}.revenue_type", goal.revenue_type, "cash, pipeline or gross")
            for event_type in goal.event_types:
                if not event_type.strip():
                    raise _invalid(f"goals.{goal.goal}.event_types", event_type, "the name of an event type")
                if event_type in seen:
                    raise _invalid(f"goals.{goal.goal}.event_types", event_type, f"not also in {seen[event_type]}")
                seen[event_type] = goal.goal
        places = [(pipeline, stage) for pipeline, stage, _ in self.stage_goals]
        for pipeline, stage, goal in self.stage_goals:
            if not stage.strip():
                raise _invalid("stage_goals", stage, "the name of a stage")
            if places.count((pipeline, stage)) > 1:
                raise _invalid("stage_goals", stage, "each stage once")
            if goal is not None and goal not in keys:
                raise _invalid("stage_goals", goal, " | ".join(keys))


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
