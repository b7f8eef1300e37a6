"""What has changed since a report was made: its figures as they are now, and what brought the difference about."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.queries.masking import emails_hidden
from engine.queries.metrics import METRICS
from engine.reports.fingerprint import DECISIONS, MODELS, SETTINGS
from engine.reports.gathering import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from engine.queries.metrics import Unit
    from engine.reports.keeping import Report
    from engine.reports.snapshot import Snapshot
    from engine.task import Task
    from engine.workspace import Profile

_CAMPAIGN = {"spend": "spend", "outcome_value": "ad_revenue", "outcome_count": "ad_conversions", "roas": "roas"}
_CHANNEL = {"visitors": "visitors", "visits": "visits", "conversions": "conversions", "revenue": "attributed_revenue"}
_CONVERSIONS = {"count": "conversions", "outcomes": "outcomes", "value": "attributed_revenue"}


@dataclass(frozen=True)
class Difference:
    """A figure that is not what it was.

    Attributes:
        table: ``overview``, ``channels``, ``campaigns``, ``compare``, ``conversions`` or ``days``.
        row: which row of it; empty for the overview.
        metric: of :data:`engine.queries.metrics.METRICS`.
        model: of ``compare``: which.
        before: in the one report; None: there was none.
        after: now, or in the other report.
    """

    table: str
    row: str
    metric: str
    before: float | None
    after: float | None
    model: str = ""

    @property
    def unit(self) -> Unit:
        """How the figure is written."""
        return METRICS[self.metric].unit


@dataclass(frozen=True)
class Cause:
    """Records that explain a difference.

    Attributes:
        kind: ``spend``, ``conversions``, ``payment``, ``refund``, ``visits``, ``settings``, ``people``, ``models`` or
            ``windows``.
        key: the platform, goal or setting.
        day: of the records, ISO; empty for settings.
        before: amount, or number of visits and conversions, or the setting as text.
        after: the same now.
        amount_before: of conversions: their value.
        amount_after: the same now.
    """

    kind: str
    key: str
    day: str
    before: Any
    after: Any
    amount_before: float | None = None
    amount_after: float | None = None


@dataclass(frozen=True)
class Verification:
    """A report held against the records of now.

    Attributes:
        differences: figures that are not what they were.
        causes: what brought that about.
        is_same_data: the records, settings and decisions are exactly the same.
        is_stale: records changed and were not derived yet: the figures of now are of the state before.
        program: the program's version now, if it is another one.
    """

    differences: Sequence[Difference]
    causes: Sequence[Cause]
    is_same_data: bool
    is_stale: bool
    program: str = ""


def verify(profile: Profile, report: Report, task: Task) -> Verification:
    """Recompute a report's figures and say what is different. Raises what :func:`gather` does."""
    now = gather(profile, report.request, task)
    then = report.snapshot
    return Verification(
        differences(then, now),
        causes(then, now),
        is_same_data=now.fingerprint == then.fingerprint,
        is_stale=bool(now.figures["overview"]["meta"]["is_stale"]),
        program=now.program if now.program != then.program else "",
    )


def differences(one: Snapshot, other: Snapshot) -> list[Difference]:
    """The figures two snapshots do not share, in the order of the report."""
    found: list[Difference] = []
    before, after = dict(_figures(one)), dict(_figures(other))
    for key in dict.fromkeys((*before, *after)):
        left, right = before.get(key), after.get(key)
        if not _is_same(left, right):
            table, row, metric, model = key
            found.append(Difference(table, row, metric, left, right, model))
    return found


def causes(then: Snapshot, now: Snapshot) -> list[Cause]:
    """Which records changed: restated spend, late or removed conversions and payments, visits, and settings."""
    found: list[Cause] = []
    for kind in ("spend", "conversions", "cash", "visits"):
        before, after = _by_key(then.evidence[kind]), _by_key(now.evidence[kind])
        for key in sorted({*before, *after}):
            left, right = before.get(key, {}), after.get(key, {})
            if left != right:
                found.append(_cause(kind, key, left, right))
    for name, kind in ((DECISIONS, "people"), (MODELS, "models")):
        if then.data.get(name) != now.data.get(name):
            found.append(Cause(kind, "", "", None, None))
    old, new = json.loads(then.data[SETTINGS]), json.loads(now.data[SETTINGS])
    changed = (name for name in sorted({*old, *new}) if old.get(name) != new.get(name))
    return [*found, *(Cause("settings", name, "", old.get(name), new.get(name)) for name in changed)]


def _cause(kind: str, key: tuple[str, str], left: Mapping[str, Any], right: Mapping[str, Any]) -> Cause:
    day, name = key
    if kind == "spend":
        return Cause(kind, name, day, left.get("amount", 0.0), right.get("amount", 0.0))
    told = Cause(kind, name, day, left.get("number", 0), right.get("number", 0))
    if kind == "visits":
        return told
    amounts = {"amount_before": left.get("amount", 0.0), "amount_after": right.get("amount", 0.0)}
    return replace(told, kind=name if kind == "cash" else kind, **amounts)


def _by_key(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Rows of evidence by day and what they are of."""
    keys = ("platform", "goal", "entry")
    return {
        (row["day"], next((str(row[key]) for key in keys if key in row), "")): {
            name: row[name] for name in ("amount", "number") if name in row
        }
        for row in rows
    }


def _figures(snapshot: Snapshot) -> Iterator[tuple[tuple[str, str, str, str], float | None]]:
    """Every figure with its table, row, metric and model."""
    # Older reports without personal data name emails that stand in campaigns.
    figures = snapshot.figures if snapshot.is_personal else emails_hidden(snapshot.figures)
    names = Counter(row["entity_name"] for row in figures["campaigns"]["rows"])
    told = figures["overview"]["current"]
    for metric in METRICS:
        if metric in told:
            yield ("overview", "", metric, ""), told[metric]
    for row in figures["channels"]:
        for field, metric in _CHANNEL.items():
            yield ("channels", str(row["value"]), metric, ""), row[field]
    for row in figures["campaigns"]["rows"]:
        for field, metric in _CAMPAIGN.items():
            name = str(row["entity_name"])
            if names[row["entity_name"]] > 1:  # two of one name are told apart by their ids
                name = f"{name} · {row['entity_id']}"
            yield ("campaigns", name, metric, ""), row[field]
    for row in figures["compare"]["rows"]:
        for model in snapshot.models:
            yield ("compare", str(row["value"]), "attributed_revenue", model), row[f"{model}.revenue"]
    for row in figures["conversions"]:
        for field, metric in _CONVERSIONS.items():
            yield ("conversions", str(row["name"]), metric, ""), row[field]


def _is_same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right or not (left or right)
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=5e-6)
