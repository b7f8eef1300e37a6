"""Query results as what charts over time show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.queries.metrics import METRICS
from widgets.charts.data import Anomaly, Series, TimeData

if TYPE_CHECKING:
    import polars as pl

    from app.selection import View
    from widgets.look import Look


def time_data(
    look: Look,
    view: View,
    days: pl.DataFrame,
    money: str = "revenue",
    previous: pl.DataFrame | None = None,
    anomalies: pl.DataFrame | None = None,
) -> TimeData:
    """The dashboard's chart.

    Args:
        look: for words.
        view: whose figures they are.
        days: of ``timeseries``.
        money: which column the bars are, ``revenue`` (from ads) or ``attributed_revenue``.
        previous: the same for the comparison period.
        anomalies: of ``anomalies``; days that were unusual are marked.
    """
    say = look.say
    starts = days["date"].to_list()
    title = say("Revenue from ads") if money == "revenue" else say("Attributed revenue")
    extra = [
        Series("spend", say("Ad spend"), "money", days["spend"].to_list(), "cost"),
        Series("roas", say("ROAS"), "ratio", days["roas"].to_list(), "cost"),
    ]
    return TimeData(
        days=starts,
        step=view.step,
        line=Series("visitors", say("Visitors"), "count", days["visitors"].to_list(), "people"),
        bars=Series("revenue", title, "money", days[money].to_list(), "money"),
        previous=None
        if previous is None
        else Series(
            "previous", say("Previous visitors"), "count", previous["visitors"].to_list()[: len(starts)], "people"
        ),
        previous_days=[] if previous is None else previous["date"].to_list()[: len(starts)],
        extra=extra,
        anomalies={} if anomalies is None or view.step != "day" else _marks(look, days, anomalies),
        is_partial=bool(days["is_partial"].to_list()[-1]) if days.height else False,
    )


# Where the chart shows what was unusual.
_PARTS: dict[str, Literal["line", "bars", ""]] = {"visitors": "line", "cash_revenue": "bars"}


def _marks(look: Look, days: pl.DataFrame, anomalies: pl.DataFrame) -> dict[int, list[Anomaly]]:
    place = {day: number for number, day in enumerate(days["date"].to_list())}
    marks: dict[int, list[Anomaly]] = {}
    for row in anomalies.to_dicts():  # by strength
        at = place.get(row["date"])
        metric = METRICS.get(row["metric"])
        if at is None or metric is None:
            continue
        observed = look.numbers.show(row["observed"], metric.unit)
        expected = look.numbers.show(row["expected"], metric.unit)
        text = "{metric} unusually high: {observed}, expected about {expected}"
        if row["direction"] != "spike":
            text = "{metric} unusually low: {observed}, expected about {expected}"
        told = look.say(text, metric=look.say(metric.label), observed=observed, expected=expected)
        marks.setdefault(at, []).append(Anomaly(told, _PARTS.get(row["metric"], "")))
    return marks
