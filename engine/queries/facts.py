"""The four kinds of facts, filtered as A10 says: traffic, credit, entries (what there is to credit) and spend.

Each function gives a relation as SQL, with its bound parameters, for the days of the scope's selection. Joins are added
only for what a filter or the asked dimension needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from engine.attribution.custom import with_shares
from engine.attribution.models import terms_of
from engine.queries.dimensions import dimension, filter_condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.attribution.models import Model
    from engine.queries.scope import Scope


@dataclass(frozen=True)
class Shared:
    """What many touches have in common, stored once and known by a number that path rows carry.

    Attributes:
        table: where it stands.
        number: its column, there and in path rows.
        alias: its rows in SQL.
        entities: aliases of the ad entities it names, with their levels.
    """

    table: str
    number: str
    alias: str
    entities: tuple[tuple[str, str], ...] = ()

    @property
    def aliases(self) -> frozenset[str]:
        """Every alias that stands for it."""
        return frozenset({self.alias, *(alias for alias, _ in self.entities)})

    def join(self, used: str, of: str) -> str:
        """The joins that an expression over its aliases needs, to rows ``of`` that carry its number."""
        told = aliases_in(used)
        if not told & self.aliases:
            return ""
        own = (
            f"\n    left join {self.table} {self.alias} on {self.alias}.profile_id = $profile"
            f" and {self.alias}.{self.number} = {of}.{self.number}"
        )
        return own + "".join(_entity(alias, level, self.alias) for alias, level in self.entities if alias in told)


@dataclass(frozen=True)
class Relation:
    """A subquery and its parameters."""

    sql: str
    parameters: dict[str, Any]


_VISIT_TOUCH = """
    left join touches vt on vt.profile_id = v.profile_id and vt.touch_id = v.visit_id
    left join touch_origins vo on vo.profile_id = vt.profile_id and vo.origin_no = vt.origin_no"""


ENTITIES = (("c", "campaign"), ("s", "ad_set"), ("a", "ad"))
SHARED = (
    Shared("touch_origins", "origin_no", "o", ENTITIES),
    Shared("visit_places", "place_no", "w"),
    Shared("visit_landings", "landing_no", "l"),
)
_ALIAS = re.compile(r"\b([a-z]+)\.")


def aliases_in(sql: str) -> frozenset[str]:
    """The aliases an expression is over."""
    return frozenset(_ALIAS.findall(sql))


def _entity(alias: str, level: str, of: str) -> str:
    return (
        f"\n    left join ad_entities {alias} on {alias}.profile_id = {of}.profile_id and {alias}.level = '{level}'"
        f" and {alias}.platform = {of}.platform and {alias}.entity_id = {of}.{level}_id"
    )


def traffic(scope: Scope, by: str = "", *, is_by_page: bool = False) -> Relation:
    """Visits of the range (E2), every column of the visit, and ``value``.

    Args:
        scope: what is asked.
        by: SQL of the value rows are grouped by, over ``v`` (visit), ``vo``, ``vs``, ``va`` (origin, ad set and ad of
        its
            touch) and ``g``.
        is_by_page: one row a visit and page ``g`` instead, with the views of that page as ``pageviews``.
    """
    parameters: dict[str, Any] = {**_range(scope)}
    conditions = ["v.profile_id = $profile", "v.started_on between $date_from and $date_to"]
    texts = [by]
    for index, item in enumerate(scope.selection.filters):
        expression = dimension(item.dimension).traffic
        if not expression:
            continue
        if item.dimension == "page":
            text, bound = _page_condition(scope, index)
        else:
            text, bound = filter_condition(item, expression, f"traffic_{index}")
            texts.append(expression)
        conditions.append(text)
        parameters |= bound
    used = " ".join(texts)
    joins = _VISIT_TOUCH if any(alias in used for alias in ("vo.", "vs.", "va.")) else ""
    if "vs." in used:
        joins += _entity("vs", "ad_set", "vo")
    if "va." in used:
        joins += _entity("va", "ad", "vo")
    if is_by_page:
        return Relation(
            _pages(f"from visits v{joins}\n    where {_all(conditions)}", is_narrowed=len(conditions) > 2), parameters
        )
    columns = "v.*" + (f", {by} as value" if by else "")
    return Relation(f"select {columns} from visits v{joins}\n    where {_all(conditions)}", parameters)


def _pages(visits: str, *, is_narrowed: bool) -> str:
    """One row a visit and page seen in it; of the visits that filters leave."""
    kept = f" and g.visit_id in (select v.visit_id {visits})" if is_narrowed else ""
    return (
        "select g.*, g.path as value from visit_pages g"
        f"\n    where g.profile_id = $profile and g.started_on between $date_from and $date_to{kept}"
    )


def _page_condition(scope: Scope, index: int) -> tuple[str, dict[str, Any]]:
    """Visits in which a matching page was seen, or, negated, none of the pages named."""
    item = scope.selection.filters[index]
    positive = replace(item, operator="is" if item.operator in {"is", "is_not"} else "contains")
    text, bound = filter_condition(positive, "g.path", f"traffic_{index}")
    found = (
        "v.visit_id in (select g.visit_id from visit_pages g where g.profile_id = $profile"
        f" and g.started_on between $date_from and $date_to and {text})"
    )
    return (f"not {found}" if item.is_negated else found), bound


def credit(
    scope: Scope,
    models: Sequence[Model],
    by: str = "",
    *,
    condition: str = "",
    is_whole: bool = False,
    extra: Sequence[str] = (),
) -> Relation:
    """Credited path rows of the range: ``credit_0`` ... for each model, ``counted``, ``cash``, ``is_ad``, ``value``.

    A row's credit times ``counted`` (1 or 0) is conversions, and times ``cash`` money. Booked on the conversion's
    day, or on the touch's (A8).

    Args:
        scope: what is asked.
        models: whose credit.
        by: SQL of the value rows are grouped by, over ``p`` (path row), ``o`` (origin) with its ad entities ``c``,
            ``s``, ``a``, ``w`` (where and with what), ``l`` (landing), ``v`` (the touch's visit).
        condition: which path rows ``p`` count at all.
        is_whole: every day instead of the range, with ``is_inside`` for the range: to complete ``date_basis=touch``.
        extra: more expressions to select.
    """
    parameters: dict[str, Any] = {**_range(scope)}
    conditions = ["p.profile_id = $profile"]
    is_touch = scope.selection.date_basis == "touch"
    day = "p.touched_on" if is_touch else "p.booked_on"
    if not is_whole:
        conditions.append(f"{day} between $date_from and $date_to")
    if condition:
        conditions.append(condition)
    if not scope.profile.deduct_refunds:
        conditions.append("not p.is_refund")
    _add_goals(scope, "p.goal_no", conditions, parameters)
    texts = [by, *extra]
    for index, item in enumerate(scope.selection.filters):
        known = dimension(item.dimension)
        if not known.credit:
            continue
        text, bound = filter_condition(item, known.credit, f"credit_{index}")
        conditions.append(text)
        parameters |= bound
        texts.append(known.credit)
    used = " ".join(texts)
    joins = "".join(shared.join(used, "p") for shared in SHARED)
    if "v." in used:
        joins += _touch_visits(scope, parameters, is_whole=is_whole)
    source = _paths(scope, models)
    if len(models) == 1:
        conditions.append(f"({models[0].rows})")
        weights = [f"{models[0].credit} as credit_0"]
    else:
        terms = "".join(f", {sql} as {name}" for name, sql in terms_of(models).items())
        source = f"(select *{terms} from {source})"
        weights = [f"{model.weight} as credit_{index}" for index, model in enumerate(models)]
    counted = "p.is_outcome or p.is_paid_order" if scope.counts_paid_orders else "p.is_outcome"
    columns = [
        *weights,
        f"({counted})::double as counted",
        "p.cash",
        "p.is_ad",
        "p.is_ad_unspent",
        f"{day} as day",
        *extra,
    ]
    if is_whole:
        columns.append(f"{day} between $date_from and $date_to as is_inside")
        columns.append("p.booked_on between $date_from and $date_to as is_booked_inside")
    if by:
        columns.append(f"{by} as value")
    return Relation(f"select {', '.join(columns)} from {source} p{joins}\n    where {_all(conditions)}", parameters)


def values_of(shared: Shared, value: str, grouped: str) -> str:
    """Rows of ``grouped``, which have the number of ``shared``, with ``value`` over its aliases."""
    return f"select g.*, {value} as value from ({grouped}) g{shared.join(value, 'g')}"


def _touch_visits(scope: Scope, parameters: dict[str, Any], *, is_whole: bool) -> str:
    """The visits of touches as ``v``; only those of days from which a touch can be, which are found much faster."""
    days = ""
    if not is_whole:
        longest = max(scope.settings.click_window_days, scope.settings.first_touch_window_days)
        back = 0 if scope.selection.date_basis == "touch" else ceil(longest) + 1
        parameters["touched_from"] = scope.selection.date_from - timedelta(days=back)
        days = " and started_on between $touched_from and $date_to"
    return f"\n    left join (from visits where profile_id = $profile{days}) v on v.visit_id = p.touch_id"


def credit_of(scope: Scope, models: Sequence[Model]) -> Relation:
    """The path rows of the conversion ``$conversion``, with the credit of each model as ``credit_0`` ..."""
    whose = (
        f"(select e.entry_no from {scope.tables.entries} e"
        " where e.profile_id = $profile and e.entry_id = $conversion::uuid)"
    )
    asked = [scope.custom_models[model.name] for model in models if model.name in scope.custom_models]
    source = with_shares(scope.tables.paths, asked, f"x.entry_no = {whose}") if asked else scope.tables.paths
    weights = ", ".join(f"{model.credit} as credit_{index}" for index, model in enumerate(models))
    return Relation(
        f"select p.touch_id, p.position, p.first_position, {weights} from {source} p\n"
        f"    where p.profile_id = $profile and p.entry_no = {whose}",
        {},
    )


def entries(scope: Scope, by: str = "") -> Relation:
    """Conversions and refunds booked in the range, of the asked goals; every cash entry where no goal was asked for.

    ``is_counted``: counts as an outcome; ``count`` is the number of eligible touches in the model's window.
    """
    parameters: dict[str, Any] = {**_range(scope)}
    conditions = ["e.profile_id = $profile", "e.booked_on between $date_from and $date_to"]
    if not scope.profile.deduct_refunds:
        conditions.append("not e.is_refund")
    _add_goals(scope, "e.goal_no", conditions, parameters)
    counted = "e.is_outcome or e.is_paid_order" if scope.counts_paid_orders else "e.is_outcome"
    value = f", {by} as value" if by else ""
    return Relation(
        f"select e.*, ({counted}) as is_counted, e.{scope.model.count} as count{value}"
        f" from {scope.tables.entries} e\n    where {_all(conditions)}",
        parameters,
    )


def spend(scope: Scope, by: str = "") -> Relation:
    """Rows of ad spend of the range, by the day their platform reports (T1); ``value`` over ``d``, ``c``, ``s``,
    ``a``."""
    parameters: dict[str, Any] = {**_range(scope)}
    conditions = ["d.profile_id = $profile", "d.spent_on between $date_from and $date_to"]
    texts = [by]
    for index, item in enumerate(scope.selection.filters):
        known = dimension(item.dimension)
        if not known.spend:
            continue
        text, bound = filter_condition(item, known.spend, f"spend_{index}")
        conditions.append(text)
        parameters |= bound
        texts.append(known.spend)
    used = " ".join(texts)
    told = aliases_in(used)
    joins = "".join(_entity(alias, level, "d") for alias, level in ENTITIES if alias in told)
    columns = "d.*" + (f", {by} as value" if by else "")
    return Relation(f"select {columns} from ad_daily d{joins}\n    where {_all(conditions)}", parameters)


def has_touch_filter(scope: Scope) -> bool:
    """Whether a filter acts on touches, so that whole sums of cash and outcomes have no value."""
    return any(item.dimension != "goal" for item in scope.selection.filters)


def has_traffic_filter(scope: Scope) -> bool:
    """Whether a filter leaves out visits of the range."""
    return any(dimension(item.dimension).traffic for item in scope.selection.filters)


def path_source(scope: Scope) -> str:
    """The path table of every day; with the selected model's share where it is the user's own."""
    custom = scope.custom_models.get(scope.selection.model)
    return with_shares(scope.tables.paths, [custom], "true") if custom else scope.tables.paths


def _paths(scope: Scope, models: Sequence[Model]) -> str:
    """The path table; with the shares of the user's own models where one is asked for."""
    asked = [scope.custom_models[model.name] for model in models if model.name in scope.custom_models]
    if not asked:
        return scope.tables.paths
    whole_days = "true" if scope.selection.date_basis == "touch" else "x.booked_on between $date_from and $date_to"
    return with_shares(scope.tables.paths, asked, whole_days)


def _add_goals(scope: Scope, column: str, conditions: list[str], parameters: dict[str, Any]) -> None:
    """Restrict to the asked goals."""
    if scope.selection.goals:
        parameters["goals"] = [goal.goal for goal in scope.goals]
        conditions.append(
            f"{column} in (select e.goal_no from {scope.tables.entries} e"
            " where e.profile_id = $profile and list_contains($goals, e.goal))"
        )


def _range(scope: Scope) -> dict[str, Any]:
    return {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}


def _all(conditions: Sequence[str]) -> str:
    return "\n      and ".join(conditions)
