"""Asking the query layer for everything a report shows, in one state of the workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from engine.queries.masking import emails_hidden
from engine.queries.registry import ask
from engine.reports.fingerprint import data_state, evidence, fingerprint_of
from engine.reports.snapshot import Snapshot, plain

if TYPE_CHECKING:
    import polars as pl

    from engine.queries.scope import Scope
    from engine.queries.selection import Selection
    from engine.task import Task
    from engine.workspace import Profile

USUALLY_BESIDE = ("last_touch", "first_touch", "position_based")
"""The two of them that are not the selected model stand beside it."""

_MOST_DAYS, _MOST_WEEKS = 92, 400  # of a range by day, by week
_CUSTOMERS = 25


@dataclass(frozen=True)
class Request:
    """What a report is made of.

    Attributes:
        selection: days, model, filters, goals, comparison, what-if.
        beside: two other models; the usual ones when empty.
        is_personal: whether names of people may be in it.
    """

    selection: Selection
    beside: tuple[str, ...] = ()
    is_personal: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """The selected model and those beside it."""
        usual = [name for name in USUALLY_BESIDE if name != self.selection.model][:2]
        return tuple(dict.fromkeys((self.selection.model, *(self.beside or usual))))


def gather(profile: Profile, request: Request, task: Task) -> Snapshot:
    """The figures of a report as they are now.

    Raises:
        AttribenchError: as :meth:`engine.workspace.Profile.query`.
    """
    task.report(0.0, "reading figures")
    with profile.scope(request.selection, request.models, task) as scope:
        figures = _figures(scope, request, task)
        data = data_state(scope)
        meta: dict[str, Any] = figures["overview"]["meta"]
        asked = scope.selection
        previous = asked.previous()
        told = plain({**figures, "windows": meta["windows"]})
        return Snapshot(
            profile=scope.profile.name,
            currency=scope.profile.currency,
            timezone=scope.profile.timezone,
            created_at=scope.now.replace(microsecond=0),
            program=program_version(),
            selection=replace(
                request.selection,
                filters=asked.filters,
                goals=asked.goals,
                compare_from=previous.date_from,
                compare_to=previous.date_to,
            ),
            beside=request.models[1:],
            is_personal=request.is_personal,
            figures=told if request.is_personal else emails_hidden(told),  # a tag or an address may name somebody
            evidence=plain(evidence(scope)),
            data=data,
            fingerprint=fingerprint_of(data),
        )


def step_of(selection: Selection) -> str:
    """What a slot of the main chart is: a day, a week or a month."""
    return "day" if selection.days <= _MOST_DAYS else "week" if selection.days <= _MOST_WEEKS else "month"


def program_version() -> str:
    """Of this program."""
    try:
        return version("attribench")
    except PackageNotFoundError:
        return "0"


def _figures(scope: Scope, request: Request, task: Task) -> dict[str, Any]:
    steps = _Steps(scope, task)
    overview = steps.ask("overview")
    changes = dict(zip(overview["rows"]["metric"], overview["rows"]["change_percent"], strict=True))
    figures: dict[str, Any] = {
        "overview": {"meta": overview["meta"], "changes": changes, **overview["data"]},
        "days": {"step": step_of(scope.selection), "rows": steps.rows("timeseries", by=step_of(scope.selection))},
        "channels": steps.rows("channels", limit=100),
        "campaigns": steps.ask("campaigns", limit=None),
        "conversions": steps.rows("conversions"),
        "cash": steps.rows("cash"),
        "lengths": steps.ask("path-lengths"),
        "paths": steps.ask("paths", collapse=True, limit=10),
        "lags": steps.ask("lags"),
        "quality": steps.ask("quality")["data"],
        "compare": steps.ask("compare", models=request.models, by="channel"),
        "intervals": {model: steps.rows_of(model, "intervals", by="channel") for model in request.models},
        "custom": {
            name: scope.custom_models[name].expression for name in request.models if name in scope.custom_models
        },
        "goals": [
            {"goal": goal.goal, "name": goal.name, "revenue_type": goal.revenue_type}
            for goal in scope.profile.goals
            if goal in scope.goals
        ],
        "connections": _connections(scope),
        "customers": steps.rows("customers", limit=_CUSTOMERS, masked=not request.is_personal),
    }
    for name in ("campaigns", "lengths", "compare", "paths", "lags"):
        figures[name] = {"rows": _dicts(figures[name]["table"]), "meta": figures[name]["meta"]}
    if not request.is_personal:
        figures["customers"] = [
            {name: row[name] for name in _IMPERSONAL if name in row} for row in figures["customers"]
        ]
    return figures


_IMPERSONAL = ("channel", "first_channel", "goal", "revenue", "revenue_type", "conversion_time", "touch_count")


class _Steps:
    """Asks one query after the other and reports."""

    def __init__(self, scope: Scope, task: Task) -> None:
        self._scope = scope
        self._task = task
        self._done = 0

    def ask(self, name: str, **options: Any) -> dict[str, Any]:
        return self._ask(self._scope, name, options)

    def rows(self, name: str, **options: Any) -> list[dict[str, Any]]:
        return _dicts(self.ask(name, **options)["table"])

    def rows_of(self, model: str, name: str, **options: Any) -> list[dict[str, Any]]:
        other = self._scope.over(replace(self._scope.selection, model=model))
        return _dicts(self._ask(other, name, options)["table"])

    def _ask(self, scope: Scope, name: str, options: dict[str, Any]) -> dict[str, Any]:
        self._done += 1
        self._task.report(min(0.95, self._done / 20), "reading figures")
        result = ask(scope, name, options)
        return {
            "table": result.table,
            "rows": result.table.to_dict(as_series=False),
            "meta": dict(result.meta),
            "data": dict(result.data) if result.data is not None else {},
        }


def _dicts(table: pl.DataFrame) -> list[dict[str, Any]]:
    return table.to_dicts()


def _connections(scope: Scope) -> list[dict[str, Any]]:
    """Each connection with the end of its last good run, and of the failed one after it."""
    return scope.frame(
        """select c.name, c.provider, c.is_paused,
                  max(r.ended_at) filter (r.outcome = 'done') as synced_at,
                  arg_max(r.outcome, r.run_id) as last_outcome
           from connections c left join sync_runs r using (connection_id)
           where c.profile_id = $profile and c.removed_at is null
           group by c.connection_id, c.name, c.provider, c.is_paused order by lower(c.name)"""
    ).to_dicts()
