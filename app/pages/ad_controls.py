"""The controls in the header of the ads' page: level, tree or ranking, platforms, statuses, search, columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.names import platform_label
from app.pages import ad_rows
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.search import SearchField
from widgets.inputs.segments import Segments

if TYPE_CHECKING:
    import polars as pl

    from engine.queries.campaigns import Level
    from widgets.look import Look

_MOST_CHOSEN = 20


class AdControls:
    """The controls; the page listens to them.

    Args:
        look: how they look.
        row: the header they stand in, after its title and at its end.
    """

    def __init__(self, look: Look, row: QHBoxLayout) -> None:
        self._look = look
        say = look.say
        self._platforms: set[str] = set()
        names = [("campaign", say("Campaign")), ("ad_set", say("Ad set")), ("ad", say("Ad"))]
        self.level = Segments(look, names, name=say("Level"))
        self.level.set_current("campaign")
        self.level.setToolTip(say("Keys 1 to 3"))
        self.order = Segments(look, [("tree", say("Tree")), ("ranked", say("Ranked"))], name=say("Rows"))
        self.order.set_current("tree")
        self.order.setToolTip(
            say("A tree of campaigns, or the rows of the level ranked over all campaigns by the sorted column.")
        )
        self.platform = PickerButton(look, say("Platform"), max_checked=_MOST_CHOSEN, none=say("All"))
        self.status = PickerButton(look, say("Status"), max_checked=_MOST_CHOSEN, none=say("All"))
        for place, widget in enumerate((self.level, self.order, self.platform, self.status), 1):
            row.insertWidget(place, widget)
        self.search = SearchField(look, say("Find campaign or ad"))
        self.search.setMinimumWidth(130)
        self.search.setMaximumWidth(190)
        self.chooser = QPushButton(look.icon("columns"), "")
        self.chooser.setIconSize(QSize(16, 16))
        self.chooser.setToolTip(say("Columns"))
        self.chooser.setAccessibleName(say("Columns"))
        self.chooser.setAutoDefault(False)
        row.addWidget(self.search)
        row.addWidget(self.chooser)
        look.changed.connect(self._dress)

    @property
    def level_shown(self) -> Level:
        """The level the totals, the count and the status picker are about."""
        return cast("Level", self.level.current or "campaign")

    @property
    def is_ranked(self) -> bool:
        """Whether one level is listed over all campaigns, not a tree."""
        return self.order.current == "ranked"

    @property
    def is_narrowed(self) -> bool:
        """Whether search or statuses hide rows the engine answered with."""
        return bool(self.status.checked_keys or self.search.text().strip())

    def offer_platforms(self, rows: pl.DataFrame) -> None:
        """Offer the platforms there are; under a choice, the others stay on offer though the answer lacks them."""
        found = {str(name) for name in rows["platform"].drop_nulls().unique().to_list()}
        if self.platform.checked_keys:
            found |= self._platforms | set(self.platform.checked_keys)
        self._platforms = found
        self.platform.set_choices([Choice(name, platform_label(name)) for name in sorted(found, key=platform_label)])

    def offer_statuses(self, rows: pl.DataFrame) -> list[str]:
        """Offer the statuses of the level's rows; returns those that are chosen."""
        known = ad_rows.statuses_of(rows, self.level_shown)
        chosen = [status for status in self.status.checked_keys if status in known]
        self.status.set_choices([Choice(status, ad_rows.status_label(self._look.words, status)) for status in known])
        self.status.set_checked(chosen)
        return chosen

    def count_text(self, shown: int, count: int) -> str:
        """How many entities of the level the totals are of."""
        words, level = self._look.words, self.level_shown
        facts = {"n": self._look.numbers.count(shown), "all": self._look.numbers.count(count)}
        if self.is_narrowed:
            if level == "campaign":
                return words.count(count, "{n} of {all} campaign", "{n} of {all} campaigns", **facts)
            if level == "ad_set":
                return words.count(count, "{n} of {all} ad set", "{n} of {all} ad sets", **facts)
            return words.count(count, "{n} of {all} ad", "{n} of {all} ads", **facts)
        if level == "campaign":
            return words.count(shown, "One campaign", "{n} campaigns", **facts)
        if level == "ad_set":
            return words.count(shown, "One ad set", "{n} ad sets", **facts)
        return words.count(shown, "One ad", "{n} ads", **facts)

    def _dress(self) -> None:
        self.chooser.setIcon(self._look.icon("columns"))
