"""What the four pages about people share: the switch between them in the header."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.pages.page import Page
from widgets.inputs.segments import Segments

if TYPE_CHECKING:
    from app.context import Context


class PeoplePage(Page):
    """A page behind the sidebar's entry Journeys."""

    place: ClassVar[str] = "journeys"
    group = "Analyse"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say = self.say
        self.switch = Segments(
            self.look,
            [
                ("journeys", say("Journeys")),
                ("users", say("Users")),
                ("funnel", say("Funnel")),
                ("paths", say("Paths")),
            ],
            name=say("What of people"),
        )
        self.switch.set_current(self.key)
        self.switch.chosen.connect(self._go)
        self.header_layout.insertWidget(1, self.switch)

    def _go(self, key: str) -> None:
        self.switch.set_current(self.key)  # this page stays what it is
        self.context.open(key)
