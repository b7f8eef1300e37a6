"""Metrics by a dimension: the one place where facts become figures.

Every overview, day, board, campaign table and comparison is a call of :func:`measure`, so figures that mean the same
are
the same. One SQL statement: each kind of fact is filtered and grouped, the groups are joined, formulas come last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.attribution.models import NOT_SET
from engine.queries import facts
from engine.queries.dimensions import acts_on_spend
from engine.queries.metrics import METRICS, with_needs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from engine.attribution.models import Model
    from engine.queries.dimensions import Dimension
    from engine.queries.metrics import Fact
    from engine.queries.scope import Scope

FACTS: tuple[Fact, ...] = ("traffic", "credit", "entries", "spend")
_MOST_BITS = 1 << 30  # 128 MB a thread
_IS_AD = "p.is_ad"
_DIGITS = 6  # sums of floats differ in their last digits from run to run; money needs far fewer


@dataclass(frozen=True)
class By:
    """What rows are grouped by: the SQL of the value for each kind of fact; empty where it has none.

    Attributes:
        traffic: over ``v`` (visit), ``vo``, ``vs``, ``va`` (origin and ad entities of its touch), ``g`` (page seen in
        it).
        credit: over ``p``, ``o``, ``c``, ``s``, ``a``, ``w``, ``l``, ``v``; see :func:`engine.queries.facts.credit`.
        entries: over ``e``.
        spend: over ``d``, ``c``, ``s``, ``a``.
        credit_where: which path rows count at all.
        is_page: traffic is by the pages seen in a visit.
        is_day: the value is a day that every row has: grouped as one, which is quicker than as text.
        is_again: SQL over columns of ``visits`` that holds for all but the first visit of a visitor in each row, as
            long as no filter takes visits away; empty where none is known. Counting those out is much quicker than
            counting distinct visitors.
        most: how many values there can be; None: any number.
    """

    traffic: str = ""
    credit: str = ""
    entries: str = ""
    spend: str = ""
    credit_where: str = ""
    is_page: bool = False
    is_day: bool = False
    is_again: str = ""
    most: int | None = None

    @classmethod
    def of(cls, dimension: Dimension, *, credit: str = "") -> By:
        """By a dimension; ``credit`` overrides what credit goes to."""
        return cls(
            traffic=dimension.traffic,
            credit=credit or dimension.credit,
            spend=dimension.spend,
            is_page=dimension.name == "page",
            is_again="entered_before_on >= $date_from" if dimension.name == "entry_page" else "",
            most=dimension.most,
        )

    @property
    def shared(self) -> facts.Shared | None:
        """What touches share that tells where credit goes, alone or with whether it is an ad's."""
        told = facts.aliases_in(self.credit.replace(_IS_AD, ""))
        return next((shared for shared in facts.SHARED if told and told <= shared.aliases), None)

    def sql(self, fact: Fact) -> str:
        """The value's SQL for a kind of fact."""
        return str(getattr(self, fact))


WHOLE = By(is_again="before_on >= $date_from", most=1)
"""Everything as one row."""


def measure(
    scope: Scope,
    metrics: Sequence[str],
    by: By = WHOLE,
    *,
    models: Sequence[Model] | None = None,
    search: str | None = None,
) -> pl.DataFrame:
    """Metrics of the scope's selection, one row per value (column ``value``), or one row.

    Metrics that a filter leaves without meaning are null (A10). With several ``models`` the columns of metrics that
    depend on one are named ``MODEL.METRIC``.

    Args:
        scope: what is asked.
        metrics: names of :data:`engine.queries.metrics.METRICS`.
        by: what rows are grouped by.
        models: instead of the selected one.
        search: keep values that contain this, in any case.
    """
    asked = with_needs(metrics)
    chosen = tuple(models) if models else (scope.model,)
    groups: dict[Fact, str] = {}
    parameters: dict[str, Any] = {}
    is_grouped = any(by.sql(fact) for fact in FACTS)
    faster = {"visitors": _visitors(scope, by)} if "visitors" in asked else {}
    for fact in FACTS:
        names = [name for name in asked if METRICS[name].fact == fact]
        if not names or not _has_meaning(scope, fact) or (is_grouped and not by.sql(fact)):
            continue
        relation = _relation(scope, fact, by, chosen)
        parameters |= relation.parameters
        columns = [
            f"{faster.get(name) or _aggregate(name, index)} as {_column(name, model, chosen)}"
            for name in names
            for index, model in (enumerate(chosen) if fact == "credit" else [(0, None)])
        ]
        groups[fact] = (
            _group(fact, by, columns, relation.sql)
            if is_grouped
            else (f"select {', '.join(columns)} from (\n    {relation.sql})")
        )
    sql = _statement(asked, metrics, groups, chosen, is_grouped=is_grouped, search=search)
    if search is not None:
        parameters["search"] = search
    return scope.frame(sql, parameters)


def _visitors(scope: Scope, by: By) -> str:
    """Distinct visitors in a quicker way that gives the same; empty where there is none."""
    if by.is_again and not facts.has_traffic_filter(scope):
        return f"count(*) - count(case when {by.is_again} then 1 end)"
    return _visitors_as_bits(scope, by)


def _visitors_as_bits(scope: Scope, by: By) -> str:
    """Distinct visitors counted as bits, exactly and several times faster; empty where that would take much memory."""
    if by.most is None:
        return ""
    highest = int(scope.cursor.value("select max(visitor) from visits where profile_id = $1", [scope.profile_id]) or 1)
    if by.most * highest > _MOST_BITS:
        return ""
    return f"coalesce(bit_count(bitstring_agg(visitor, 1, {highest})), 0)"


def _group(fact: Fact, by: By, columns: Sequence[str], rows: str) -> str:
    """One row a value. Credit that goes by something touches share is summed by its number first: few, and fast."""
    value = f"coalesce(value::varchar, '{NOT_SET}') as value"
    names = [column.rsplit(" as ", 1)[1] for column in columns]
    if by.is_day:
        days = f"select value, {', '.join(columns)} from (\n    {rows}) group by value"
        return f"select value::varchar as value, {', '.join(names)} from (\n    {days})"
    shared = by.shared
    if fact != "credit" or shared is None:
        return f"select {value}, {', '.join(columns)} from (\n    {rows}) group by 1"
    sums = ", ".join(f"sum({name}) as {name}" for name in names)
    by_number = f"select value as {shared.number}, is_ad, {', '.join(columns)} from (\n    {rows}) group by 1, 2"
    values = facts.values_of(shared, by.credit.replace(_IS_AD, "g.is_ad"), by_number)
    return f"select {value}, {sums} from (\n    {values}) group by 1"


def _has_meaning(scope: Scope, fact: Fact) -> bool:
    if fact == "entries":
        return not facts.has_touch_filter(scope)
    return fact != "spend" or acts_on_spend(scope.selection.filters)


def _relation(scope: Scope, fact: Fact, by: By, models: Sequence[Model]) -> facts.Relation:
    if fact == "traffic":
        return facts.traffic(scope, by.traffic, is_by_page=by.is_page)
    if fact == "credit":
        value = f"p.{by.shared.number}" if by.shared else by.credit
        return facts.credit(scope, models, value, condition=by.credit_where)
    if fact == "entries":
        return facts.entries(scope, by.entries)
    return facts.spend(scope, by.spend)


def _aggregate(name: str, index: int) -> str:
    metric = METRICS[name]
    if metric.fact != "credit":
        return metric.sql
    return metric.sql.replace("credit *", f"credit_{index} *")


def _depends_on_model(name: str) -> bool:
    metric = METRICS[name]
    return metric.fact == "credit" or any(_depends_on_model(need) for need in metric.needs)


def _column(name: str, model: Model | None, models: Sequence[Model]) -> str:
    if model is None or len(models) == 1 or not _depends_on_model(name):
        return name
    return f'"{model.name}.{name}"'


def _statement(
    asked: Sequence[str],
    metrics: Sequence[str],
    groups: dict[Fact, str],
    models: Sequence[Model],
    *,
    is_grouped: bool,
    search: str | None,
) -> str:
    layers = [f"{fact} as (\n  {sql}\n)" for fact, sql in groups.items()]
    if not groups:
        joined = "(select null::varchar as value where false)" if is_grouped else "(select 1)"
    elif is_grouped:
        first, *rest = groups
        joined = f"{first} " + " ".join(f"full join {fact} using (value)" for fact in rest)
    else:
        joined = ", ".join(groups)
    columns: list[str] = ["value"] if is_grouped else []
    for name in asked:
        metric = METRICS[name]
        if metric.fact == "derived":
            continue
        for model in _models_of(name, models):
            column = _column(name, model, models)
            if metric.fact not in groups:
                columns.append(f"null::double as {column}")
            elif "distinct" in metric.sql or "count(" in metric.sql or metric.sql.startswith("coalesce"):
                columns.append(f"coalesce({column}, 0) as {column}")
            else:
                columns.append(column)
    layers.append(f"joined as (\n  select {', '.join(columns)} from {joined}\n)")
    before = "joined"
    for number, name in enumerate(name for name in asked if METRICS[name].fact == "derived"):
        formulas = [
            f"{_formula(name, model, models)} as {_column(name, model, models)}" for model in _models_of(name, models)
        ]
        layers.append(f"derived_{number} as (select *, {', '.join(formulas)} from {before})")
        before = f"derived_{number}"
    shown = [
        f"{_rounded(name, column)} as {column}"
        for name in metrics
        for column in dict.fromkeys(_column(name, model, models) for model in _models_of(name, models))
    ]
    where = "where contains(lower(value), lower($search))" if search is not None and is_grouped else ""
    head = ["value"] if is_grouped else []
    return "with " + ",\n".join(layers) + f"\nselect {', '.join([*head, *shown])} from {before} {where}"


def _models_of(name: str, models: Sequence[Model]) -> Sequence[Model | None]:
    return models if len(models) > 1 and _depends_on_model(name) else [None]


def _formula(name: str, model: Model | None, models: Sequence[Model]) -> str:
    metric = METRICS[name]
    text = metric.sql
    for need in metric.needs:
        column = _column(need, model, models)
        text = re.sub(rf"\b{need}\b", column, text) if column != need else text
    return text


def _rounded(name: str, column: str) -> str:
    metric = METRICS[name]
    is_whole = metric.unit == "count" and metric.fact != "derived"
    return column if is_whole else f"round({column}, {_DIGITS})"
