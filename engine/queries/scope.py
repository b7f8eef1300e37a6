"""What a query runs in: the profile, a cursor, the path table to read, the moment. Made once per query and frozen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine.attribution.models import MODELS, Model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    import polars as pl

    from engine.attribution.custom import CustomModel
    from engine.attribution.models import CreditSettings
    from engine.profiles import Goal, ProfileSettings
    from engine.queries.selection import Selection
    from engine.store import Cursor


@dataclass(frozen=True)
class PathTables:
    """Where path rows and credit entries are read from: the rebuild's tables, or those of a what-if."""

    paths: str = "paths"
    entries: str = "credit_entries"
    fitted: str = "fitted_shares"


@dataclass(frozen=True)
class Scope:
    """Everything a query may use.

    Attributes:
        cursor: for reading.
        profile_id: whose data.
        profile: its settings.
        selection: what is asked, checked.
        settings: windows and parameters in force.
        tables: the path table for those settings.
        custom_models: the user's own, by name.
        now: the moment, UTC.
        today: its day in the profile's zone.
        is_stale: records or settings changed since the last rebuild.
        listener: is told every statement and its parameters before it runs.
    """

    cursor: Cursor
    profile_id: int
    profile: ProfileSettings
    selection: Selection
    settings: CreditSettings
    tables: PathTables
    custom_models: Mapping[str, CustomModel]
    now: datetime
    today: date
    is_stale: bool
    listener: Callable[[str, Mapping[str, Any]], None] | None = None

    @property
    def model(self) -> Model:
        """The selected model."""
        return self.model_named(self.selection.model)

    def model_named(self, name: str) -> Model:
        """A built-in model or one of the user's own."""
        custom = self.custom_models.get(name)
        return custom.model if custom else MODELS[name]

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goals whose conversions count: those asked for, else every eligible one (G1)."""
        eligible = tuple(goal for goal in self.profile.goals if goal.is_eligible and not goal.is_negative)
        asked = self.selection.goals
        return tuple(goal for goal in eligible if goal.goal in asked) if asked else eligible

    @property
    def counts_paid_orders(self) -> bool:
        """An order counts through its payment (G2), unless payments were not asked for."""
        return bool(self.selection.goals) and not any(goal.revenue_type == "cash" for goal in self.goals)

    @property
    def instants(self) -> dict[str, datetime]:
        """``begin`` of the range's first day and ``end`` of its last one in the profile's zone (T1), as UTC.

        By DuckDB's list of time zones, as days are derived.
        """
        midnight = "timezone('UTC', timezone($1, {}::timestamp))"
        days = [self.profile.timezone, self.selection.date_from, self.selection.date_to + timedelta(days=1)]
        begin, end = self.cursor.rows(f"select {midnight.format('$2')}, {midnight.format('$3')}", days)[0]
        return {"begin": begin, "end": end}

    def over(self, selection: Selection) -> Scope:
        """The same scope for another selection with the same settings, for example the comparison period."""
        return replace(self, selection=selection)

    def frame(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """Run a query; only the parameters it names are bound, besides the profile and the model's weights."""
        known: dict[str, Any] = {"profile": self.profile_id, **self.settings.parameters, **(parameters or {})}
        bound = {name: value for name, value in known.items() if _names(sql, name)}
        if self.listener is not None:
            self.listener(sql, bound)
        return self.cursor.frame(sql, bound)


def _names(sql: str, parameter: str) -> bool:
    start = sql.find(f"${parameter}")
    while start >= 0:
        behind = sql[start + len(parameter) + 1 : start + len(parameter) + 2]
        if not (behind.isalnum() or behind == "_"):
            return True
        start = sql.find(f"${parameter}", start + 1)
    return False
