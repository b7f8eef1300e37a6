"""What changed between two reports, or since one was made, in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from engine.formats import Formats
from engine.naming import SPECIAL_ROWS, model_label, platform_label
from engine.profiles import CHANNELS
from engine.queries.metrics import METRICS
from engine.text import one_line
from engine.words import Words

if TYPE_CHECKING:
    from engine.reports.snapshot import Snapshot
    from engine.reports.verifying import Cause, Difference, Verification

TABLES = {
    "overview": "Overview",
    "channels": "Channels",
    "campaigns": "Campaigns",
    "compare": "Attribution",
    "conversions": "Conversions",
}
_LONGEST = 80


class Told:
    """Says differences and causes of one report.

    Args:
        snapshot: the report's.
        locale: of :data:`engine.formats.LOCALES`.
    """

    def __init__(self, snapshot: Snapshot, locale: str) -> None:
        self.words = Words(locale[:2])
        self.formats = Formats(locale, self.words, snapshot.currency)
        self._goals = {each["goal"]: each["name"] for each in snapshot.figures["goals"]}

    def headline(self, told: Verification) -> str:
        """Whether the report still stands, in a sentence."""
        say = self.words.say
        if told.is_same_data and not told.differences:
            return say("Nothing has changed: the same records give the same figures.")
        if not told.differences:
            return say("Records have changed, but none of the report's figures.")
        number = len(told.differences)
        return self.words.count(
            number,
            "{n} figure would be different today. The report keeps what it was made of.",
            "{n} figures would be different today. The report keeps what it was made of.",
            n=self.formats.count(number),
        )

    def difference(self, found: Difference) -> tuple[str, str, str, str, str]:
        """Table, row, figure, before and after."""
        say = self.words.say
        label = say(METRICS[found.metric].label)
        if found.model:
            label = f"{label}, {one_line(model_label(self.words, found.model))}"
        return (
            say(TABLES[found.table]),
            self._row(found.row),
            label,
            self._figure(found.metric, found.before),
            self._figure(found.metric, found.after),
        )

    def cause(self, found: Cause) -> str:
        """What records changed, in a sentence."""
        say, formats = self.words.say, self.formats
        day = formats.day(date.fromisoformat(found.day), with_year=True) if found.day else ""
        match found.kind:
            case "spend":
                return say(
                    "{day}: spend on {platform} restated from {before} to {after}.",
                    day=day,
                    platform=platform_label(found.key),
                    before=formats.money(found.before, cents=True),
                    after=formats.money(found.after, cents=True),
                )
            case "conversions":
                return self._counted(found, day, self._goal(found.key))
            case "payment":
                return self._counted(found, day, say("Payments"))
            case "refund":
                return self._counted(found, day, say("Refunds"))
            case "visits":
                return say(
                    "{day}: {before} visits are now {after}.",
                    day=day,
                    before=formats.count(found.before),
                    after=formats.count(found.after),
                )
            case "people":
                return say("People were merged or split by hand, or that was taken back.")
            case "models":
                return say("A model of our own was changed.")
            case _:
                return say(
                    "The setting {name} is {after}, and was {before}.",
                    name=found.key,
                    before=_short(found.before),
                    after=_short(found.after),
                )

    def _counted(self, found: Cause, day: str, what: str) -> str:
        formats = self.formats
        number = found.after - found.before
        amount = (found.amount_after or 0) - (found.amount_before or 0)
        told = {
            "day": day,
            "what": what,
            "amount": formats.money(abs(amount), cents=True),
            "number": formats.count(abs(number)),
        }
        if number > 0:
            return self.words.say("{day}: {what}, {number} came late, worth {amount}.", **told)
        if number < 0:
            return self.words.say("{day}: {what}, {number} were removed, worth {amount}.", **told)
        before, after = formats.money(found.amount_before, cents=True), formats.money(found.amount_after, cents=True)
        return self.words.say(
            "{day}: {what}, worth {after} instead of {before}.", day=day, what=what, before=before, after=after
        )

    def _goal(self, value: str) -> str:
        value = self._goals.get(value, value)
        return one_line(self.words.say(value))

    def _row(self, value: str) -> str:
        if value in SPECIAL_ROWS:
            return self.words.say(SPECIAL_ROWS[value])
        return self.words.say(value) if value in CHANNELS else one_line(value)

    def _figure(self, metric: str, value: float | None) -> str:
        unit = METRICS[metric].unit
        # a change of cents must be seen
        return self.formats.show(value, unit, is_exact=unit == "money")


def _short(value: Any) -> str:
    text = one_line(str(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
