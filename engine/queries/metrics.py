"""The metrics: each figure of the product, once, with its SQL, unit, direction and definition.

A base metric is an aggregate over one kind of fact (engine.queries.facts); a derived one is a formula over others,
computed from sums at read time (A9). A zero denominator gives no value, never 0 or infinity (A7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Fact = Literal["traffic", "credit", "entries", "spend", "derived"]
Unit = Literal["count", "decimal", "money", "percent", "ratio", "seconds", "score"]


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        name: field name in results.
        label: for people.
        fact: what it is an aggregate of; ``derived``: a formula over other metrics.
        sql: the aggregate over the fact's rows (of credit: ``credit`` stands for the model's column), or the formula.
        unit: how it is shown.
        direction: 1 more is better, -1 less is better, 0 neither.
        definition: what it means, with the rule that decides.
        needs: metrics a formula is over.
    """

    name: str
    label: str
    fact: Fact
    sql: str
    unit: Unit
    direction: int
    definition: str
    needs: tuple[str, ...] = ()


def _rate(
    name: str, label: str, above: str, below: str, definition: str, unit: Unit, direction: int, times: int = 1
) -> Metric:
    factor = f"{times} * " if times != 1 else ""
    return Metric(
        name, label, "derived", f"{factor}{above} / nullif({below}, 0)", unit, direction, definition, (above, below)
    )


_ALL = (
    # traffic
    Metric(
        "visitors",
        "Visitors",
        "traffic",
        "count(distinct visitor)",
        "count",
        1,
        "Distinct devices with a page view (E1). Never added up over rows.",
    ),
    Metric("visits", "Visits", "traffic", "count(*)", "count", 1, "Visits, booked on the day they started (E2)."),
    Metric(
        "pageviews",
        "Page views",
        "traffic",
        "coalesce(sum(pageviews), 0)::bigint",
        "count",
        1,
        "Page views of those visits.",
    ),
    Metric(
        "bounces",
        "Bounces",
        "traffic",
        "count(*) filter (is_bounce)",
        "count",
        -1,
        "Visits with exactly one page view (E3).",
    ),
    Metric(
        "engaged_seconds",
        "Engaged time",
        "traffic",
        "coalesce(sum(engaged_seconds), 0)",
        "seconds",
        1,
        "Engaged seconds of those visits (E5).",
    ),
    Metric(
        "engagement_sum",
        "Engagement",
        "traffic",
        "coalesce(sum(engagement), 0)",
        "score",
        1,
        "Sum of engagement scores (E5).",
    ),
    _rate("bounce_rate", "Bounce rate", "bounces", "visits", "Bounces / visits x 100 (E3).", "percent", -1, 100),
    _rate(
        "avg_engaged_seconds",
        "Avg. engaged time",
        "engaged_seconds",
        "visits",
        "Engaged seconds per visit (E5).",
        "seconds",
        1,
    ),
    _rate(
        "avg_engagement_score",
        "Avg. engagement",
        "engagement_sum",
        "visits",
        "Engagement score per visit, 0-100 (E5).",
        "score",
        1,
    ),
    # credit
    Metric(
        "conversions",
        "Conversions",
        "credit",
        "coalesce(sum(credit * counted), 0)",
        "decimal",
        1,
        "Conversions credited under the model; fractional (G3, A4).",
    ),
    Metric(
        "attributed_revenue",
        "Attributed revenue",
        "credit",
        "coalesce(sum(credit * cash), 0)",
        "money",
        1,
        "Cash credited to any touch, net of refunds (A7).",
    ),
    Metric(
        "ad_conversions",
        "Ad conversions",
        "credit",
        "coalesce(sum(credit * counted) filter (is_ad), 0)",
        "decimal",
        1,
        "Conversions credited to ad touches (A7).",
    ),
    Metric(
        "ad_revenue",
        "Revenue from ads",
        "credit",
        "coalesce(sum(credit * cash) filter (is_ad), 0)",
        "money",
        1,
        "Cash credited to touches of a synced ad entity, or paid ones on a platform that has spend that day (A7).",
    ),
    Metric(
        "ad_revenue_without_spend",
        "Ad revenue without spend",
        "credit",
        "coalesce(sum(credit * cash) filter (is_ad_unspent), 0)",
        "money",
        0,
        "Cash credited to paid touches whose platform has no spend that day (A7): not in ROAS.",
    ),
    # entries
    Metric(
        "outcomes",
        "Conversions (whole)",
        "entries",
        "count(*) filter (is_counted)",
        "count",
        1,
        "Conversions of eligible goals, each once (G2, G3).",
    ),
    Metric(
        "attributed_outcomes",
        "Attributed conversions",
        "entries",
        "count(*) filter (is_counted and count > 0)",
        "count",
        1,
        "Conversions with at least one eligible touch in the model's window (A5).",
    ),
    Metric(
        "cash_revenue",
        "Cash collected",
        "entries",
        "coalesce(sum(cash), 0)::double",
        "money",
        1,
        "Cash, net of refunds on the day they happen (T3).",
    ),
    Metric(
        "gross_revenue",
        "Gross cash",
        "entries",
        "coalesce(sum(cash) filter (not is_refund), 0)::double",
        "money",
        1,
        "Cash before refunds (T3).",
    ),
    Metric(
        "refunded",
        "Refunded",
        "entries",
        "coalesce(sum(cash) filter (is_refund), 0)::double",
        "money",
        0,
        "Refunds and lost disputes, negative (T3).",
    ),
    Metric("cash_payments", "Payments", "entries", "count(*) filter (is_payment)", "count", 1, "Payments (G2)."),
    Metric(
        "unattributed_outcomes",
        "Unattributed conversions",
        "entries",
        "count(*) filter (is_counted and count = 0)",
        "count",
        -1,
        "Conversions without an eligible touch (A5).",
    ),
    Metric(
        "unattributed_revenue",
        "Unattributed cash",
        "entries",
        "coalesce(sum(cash) filter (not is_credited or count = 0), 0)::double",
        "money",
        -1,
        "Cash no touch is credited with (A5, G1).",
    ),
    Metric(
        "unconverted",
        "Without exchange rate",
        "entries",
        "count(*) filter (cash is null and (is_payment or is_refund))",
        "count",
        -1,
        "Payments and refunds without an exchange rate: left out of the sums (T2).",
    ),
    # spend
    Metric(
        "spend",
        "Spend",
        "spend",
        "coalesce(sum(spend_reporting), 0)::double",
        "money",
        0,
        "Ad spend on the day its platform reports (T1).",
    ),
    Metric(
        "impressions",
        "Impressions",
        "spend",
        "coalesce(sum(impressions), 0)::bigint",
        "count",
        0,
        "Times ads were shown.",
    ),
    Metric(
        "clicks", "Clicks", "spend", "coalesce(sum(clicks), 0)::bigint", "count", 1, "Clicks as platforms report them."
    ),
    Metric(
        "reach",
        "Reach",
        "spend",
        "sum(reach)::bigint",
        "count",
        0,
        "Sum of daily reach over days and entities; people seen on several days count again (A9).",
    ),
    Metric("video_plays", "Video plays", "spend", "sum(video_plays)::bigint", "count", 0, "Plays."),
    Metric("video_3s", "3-second plays", "spend", "sum(video_3s)::bigint", "count", 0, "Plays of at least 3 seconds."),
    Metric("video_p75", "75 % plays", "spend", "sum(video_p75)::bigint", "count", 0, "Plays to 75 %."),
    Metric("video_p100", "Full plays", "spend", "sum(video_p100)::bigint", "count", 0, "Plays to the end."),
    Metric(
        "watch_seconds",
        "Watch time",
        "spend",
        "sum(video_avg_seconds * video_plays)",
        "seconds",
        0,
        "Average watch time times plays.",
    ),
    # derived
    _rate(
        "conversion_rate",
        "Conversion rate",
        "conversions",
        "visitors",
        "Credited conversions / visitors x 100 (E4).",
        "percent",
        1,
        100,
    ),
    _rate("roas", "ROAS", "ad_revenue", "spend", "Revenue from ads / spend (A7).", "ratio", 1),
    _rate("mer", "MER", "cash_revenue", "spend", "Cash collected / spend (A7).", "ratio", 1),
    _rate("cac", "CAC", "spend", "ad_conversions", "Spend / ad conversions (A7).", "money", -1),
    _rate(
        "coverage_percent",
        "Coverage",
        "attributed_outcomes",
        "outcomes",
        "Attributed / all conversions x 100 (A5).",
        "percent",
        1,
        100,
    ),
    _rate(
        "cash_coverage_percent",
        "Cash coverage",
        "covered_revenue",
        "cash_revenue",
        "Attributed / all cash x 100 (A5).",
        "percent",
        1,
        100,
    ),
    Metric(
        "covered_revenue",
        "Attributed cash",
        "derived",
        "cash_revenue - unattributed_revenue",
        "money",
        1,
        "Cash with at least one eligible touch (A5).",
        ("cash_revenue", "unattributed_revenue"),
    ),
    _rate("ctr", "CTR", "clicks", "impressions", "Clicks / impressions x 100 (A9).", "percent", 1, 100),
    _rate("avg_cpm", "CPM", "spend", "impressions", "Spend per 1,000 impressions (A9).", "money", -1, 1000),
    _rate("avg_cpc", "CPC", "spend", "clicks", "Spend per click (A9).", "money", -1),
    _rate("frequency", "Frequency", "impressions", "reach", "Impressions / reach (A9).", "ratio", 0),
    _rate(
        "hook_rate",
        "Hook rate",
        "video_3s",
        "impressions",
        "3-second plays / impressions x 100 (A9).",
        "percent",
        1,
        100,
    ),
    _rate(
        "retention_rate",
        "Retention rate",
        "video_p75",
        "video_plays",
        "75 % plays / plays x 100 (A9).",
        "percent",
        1,
        100,
    ),
    _rate(
        "completion_rate",
        "Completion rate",
        "video_p100",
        "video_plays",
        "Full plays / plays x 100 (A9).",
        "percent",
        1,
        100,
    ),
    _rate(
        "thumb_stop_rate",
        "Thumb-stop rate",
        "video_3s",
        "reach",
        "3-second plays / reach x 100 (A9).",
        "percent",
        1,
        100,
    ),
    _rate(
        "avg_watch_seconds",
        "Avg. watch time",
        "watch_seconds",
        "video_plays",
        "Watch time per play, weighted by plays (A9).",
        "seconds",
        1,
    ),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}


def with_needs(names: Sequence[str]) -> list[str]:
    """The metrics named and all they are computed from, each after what it needs."""
    found: list[str] = []

    def add(name: str) -> None:
        if name in found:
            return
        for need in METRICS[name].needs:
            add(need)
        found.append(name)

    for name in names:
        add(name)
    return found
