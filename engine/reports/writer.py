"""What every section of a report is written with: words, formats, and the snapshot's figures by name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine.attribution.models import NOT_SET
from engine.formats import NOTHING, Formats
from engine.naming import SPECIAL_ROWS, model_label
from engine.profiles import CHANNELS
from engine.queries.metrics import METRICS
from engine.reports.blocks import Cell, Commentary, Kpi
from engine.reports.commentary import parse
from engine.text import one_line
from engine.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from engine.queries.selection import Selection
    from engine.reports.blocks import Arrow, Block, Tone
    from engine.reports.layout import Layout
    from engine.reports.snapshot import Snapshot

_EXACT = frozenset({"cac", "avg_cpc", "avg_cpm"})  # unit costs have cents


class Writer:
    """Writes a snapshot out in a layout's language.

    Args:
        snapshot: the figures.
        layout: how they are shown.
    """

    def __init__(self, snapshot: Snapshot, layout: Layout) -> None:
        self.snapshot = snapshot
        self.layout = layout
        self.words = Words(layout.locale[:2])
        self.say = self.words.say
        self.formats = Formats(layout.locale, self.words, snapshot.currency)
        self.figures: Mapping[str, Any] = snapshot.figures
        self.now: Mapping[str, Any] = self.figures["overview"]["current"]
        self.before: Mapping[str, Any] = self.figures["overview"]["previous"]
        self.changes: Mapping[str, Any] = self.figures["overview"]["changes"]

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What was asked about."""
        return self.snapshot.selection

    @property
    def meta(self) -> Mapping[str, Any]:
        """What the overview said of its figures."""
        return self.figures["overview"]["meta"]

    @property
    def created_at(self) -> datetime:
        """When the figures were frozen, in the profile's zone."""
        return self.snapshot.created_at.astimezone(ZoneInfo(self.snapshot.timezone))

    @property
    def client(self) -> str:
        """Whose figures they are."""
        return one_line(self.snapshot.profile)

    @property
    def days(self) -> str:
        """The range, written long."""
        return self.formats.long_days(self.selection.date_from, self.selection.date_to)

    @property
    def compared(self) -> str:
        """The comparison period, as ``the previous 30 days``."""
        first, last = self.compared_days
        if self.is_usual_comparison:
            return self.words.count(
                self.selection.days,
                "the previous day",
                "the previous {n} days",
                n=self.formats.count(self.selection.days),
            )
        return self.formats.days(first, last)

    @property
    def compared_days(self) -> tuple[date, date]:
        """First and last day of the comparison period."""
        first, last = self.selection.compare_from, self.selection.compare_to
        if first is None or last is None:
            previous = self.selection.previous()
            return previous.date_from, previous.date_to
        return first, last

    @property
    def is_usual_comparison(self) -> bool:
        """Whether the comparison period is as long and ends the day before (T1)."""
        first, last = self.compared_days
        return (self.selection.date_from - last).days == 1 and (last - first).days + 1 == self.selection.days

    @property
    def model(self) -> str:
        """The selected model's name."""
        return self.model_named(self.selection.model)

    def model_named(self, name: str) -> str:
        """A model's name for people."""
        return one_line(model_label(self.words, name))

    def day(self, text: str) -> str:
        """A day of the figures: ``Nov 9``."""
        return self.formats.day(date.fromisoformat(text))

    # -- figures --------------------------------------------------------------------------------------------------

    def label(self, metric: str) -> str:
        """What a metric is called."""
        return self.say(METRICS[metric].label)

    def show(self, metric: str, value: float | None) -> str:
        """A metric's value."""
        return self.formats.show(value, METRICS[metric].unit, is_exact=metric in _EXACT)

    def kpi(self, metric: str) -> Kpi:
        """A headline figure with its change and target."""
        known = METRICS[metric]
        now, before = self.now.get(metric), self.before.get(metric)
        change, arrow, went = self._change(metric, now, before)
        tone: Tone = "neutral"
        if went and known.direction:
            tone = "good" if went == known.direction else "bad"
        target = self.layout.targets.get(metric)
        told, is_reached = "", None
        if target is not None:
            aim = self.show(metric, target)
            if now is not None and known.direction:
                is_reached = now >= target if known.direction > 0 else now <= target
            if is_reached is None:
                told = self.say("Target {target}", target=aim)
            else:
                told = self.say("Target {target}, reached" if is_reached else "Target {target}, missed", target=aim)
        from_before = self.say("from {figure}", figure=self.show(metric, before)) if before is not None else ""
        return Kpi(self.label(metric), self.show(metric, now), change, arrow, tone, from_before, told, is_reached)

    def _change(self, metric: str, now: float | None, before: float | None) -> tuple[str, Arrow, int]:
        """The signed change, its arrow and its direction."""
        if now is None or before is None:
            return "", "", 0
        if METRICS[metric].unit == "percent":
            points = now - before
            went = _direction(round(points, 1))
            return self.formats.points(points), _ARROWS[went], went
        change = self.changes.get("revenue" if metric == "ad_revenue" else metric)
        if change is None:
            return (self.say("new") if now else "", "up" if now else "", 1 if now else 0)
        went = _direction(round(change, 1))
        return self.formats.change(change), _ARROWS[went], went

    def span(self, days: float) -> str:
        """``30 days``."""
        number = round(days)
        return self.words.count(number, "{n} day", "{n} days", n=self.formats.count(number))

    # -- cells ----------------------------------------------------------------------------------------------------

    def channel(self, value: str | None) -> Cell:
        """A channel with its mark; rows that stand for none are muted."""
        if value in CHANNELS:
            return Cell(self.say(value), channels=(value,))
        return self.special(value)

    def goal(self, value: str) -> str:
        """A goal's name; one of the user's own is called as the user called it."""
        return one_line(self.say(value))

    def special(self, name: str | None) -> Cell:
        """A value of the data, or a row that stands for none."""
        value = NOT_SET if name is None else name
        if value in SPECIAL_ROWS:
            return Cell(self.say(SPECIAL_ROWS[value]), is_muted=True)
        return Cell(one_line(value))

    def cell(self, metric: str, value: float | None, *, is_strong: bool = False) -> Cell:
        """A metric's value in a table."""
        return Cell(self.show(metric, value), is_strong=is_strong)

    def percent_of(self, part: float | None, whole: float | None) -> str:
        """A part as a percentage of a whole."""
        if part is None or not whole:
            return NOTHING
        return self.formats.percent(100 * part / whole)

    # -- text -----------------------------------------------------------------------------------------------------

    def commentary(self, section: str) -> list[Block]:
        """What the consultant wrote for a section, if anything."""
        pieces = parse(self.layout.commentary.get(section, ""))
        return [Commentary(pieces)] if pieces else []

    def listed(self, items: Sequence[str]) -> str:
        """``a, b and c``."""
        if len(items) < 2:
            return "".join(items)
        return self.say("{first} and {last}", first=", ".join(items[:-1]), last=items[-1])


_ARROWS: dict[int, Arrow] = {1: "up", -1: "down", 0: "flat"}


def _direction(value: float) -> int:
    return (value > 0) - (value < 0)
