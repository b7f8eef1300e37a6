"""The columns of the ads' table: every figure of an ad entity, and which of them are shown at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.names import meaning
from app.pages.ad_rows import CHANGES, METRIC_OF
from engine.queries.metrics import METRICS
from widgets.table.columns import Column

if TYPE_CHECKING:
    from widgets.look import Look
    from widgets.table.columns import Measure

DEFAULT = ("label", "spend", "outcome_value", "roas", "cac", "outcome_count", "impressions", "ctr", "daily")
_FIGURES = (
    "spend",
    "outcome_value",
    "roas",
    "cac",
    "outcome_count",
    "impressions",
    "clicks",
    "ctr",
    "avg_cpm",
    "avg_cpc",
    "reach",
    "frequency",
    "video_plays",
    "hook_rate",
    "retention_rate",
    "completion_rate",
    "thumb_stop_rate",
    "avg_watch_seconds",
    "ad_revenue_without_spend",
)
_SHORT = {
    "outcome_value": "Revenue",
    "outcome_count": "Conv.",
    "impressions": "Impr.",
    "avg_watch_seconds": "Watch time",
}
_BARS: dict[str, Measure] = {"spend": "cost", "outcome_value": "money"}
_LEAVING = {"impressions": 2, "ctr": 1, "daily": 3}  # columns that leave first when space runs out


def figure_title(look: Look, field: str) -> str:
    """What a figure is called in a narrow place."""
    return look.say(_SHORT.get(field) or METRICS[METRIC_OF.get(field, field)].label)


def columns(look: Look) -> list[Column]:
    """Every column there is, in the order of the chooser."""
    say = look.say
    found = [
        Column("label", say("Campaign, ad set, ad"), kind="text", glyph="mark", icon="icon", tail_icon="pause"),
        Column("within", say("In"), kind="text", tone="secondary", priority=4),
    ]
    found += [_figure(look, field) for field in _FIGURES]
    found.insert(
        10,
        Column(
            "daily",
            say("Spend, daily"),
            kind="spark",
            bar="cost",
            width=84,
            priority=_LEAVING["daily"],
            definition=say("Spend by day, for the entities with most spend."),
        ),
    )
    found += [_change(look, field) for field in CHANGES]
    found += [
        Column("status_label", say("Status"), kind="text", tone="secondary", width=84),
        Column("objective_label", say("Objective"), kind="text", tone="secondary", width=120),
        Column("platform_label", say("Platform"), kind="text", tone="secondary", width=92),
        Column("account", say("Account"), kind="text", tone="secondary", width=140),
        Column(
            "daily_budget",
            say("Daily budget"),
            unit="decimal",
            definition=say("As set on the platform, in the account's own currency."),
        ),
        Column("currency", say("Currency"), kind="text", tone="secondary", width=70),
        Column("first_on", say("Since"), kind="moment", definition=say("First day with delivery.")),
        Column("entity_id", say("Id"), kind="text", tone="muted", width=150, middle_elide=True),
    ]
    return found


def _figure(look: Look, field: str) -> Column:
    metric = METRICS[METRIC_OF.get(field, field)]
    return Column(
        field,
        figure_title(look, field),
        unit=metric.unit,
        is_exact=field in {"cac", "avg_cpm", "avg_cpc"},
        digits=2 if field == "ctr" else None,
        bar=_BARS.get(field),
        weight=600 if field == "roas" else None,
        definition=meaning(look.words, metric.definition),
        priority=_LEAVING.get(field, 0),
    )


def _change(look: Look, field: str) -> Column:
    metric = METRICS[METRIC_OF.get(field, field)]
    title = figure_title(look, field)
    return Column(
        f"{field}_change",
        look.say("{figure} ±", figure=title),
        kind="change",
        unit="percent" if metric.unit == "percent" else None,
        direction=metric.direction,
        definition=look.say("{figure} against the comparison period.", figure=title),
    )
