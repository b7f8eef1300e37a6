"""One person: what they did, oldest first, what each touch is credited, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.evidence import REASONS
from app.names import country_name, model_label, value_label
from app.pages.menus import show_menu
from app.pages.person_side import PersonSide
from app.pages.timeline_entries import Credit, EntryMaker, TouchCredit
from app.shares import rounded_shares
from widgets.credit_strip import CreditStrip
from widgets.one_line import OneLine
from widgets.panel import Panel, label, rule
from widgets.text import one_line
from widgets.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QPoint

    from app.pages.menus import Choice
    from app.pages.page import Page
    from engine.queries.result import Result
    from widgets.timeline import Entry

_PAGE = 60


class PersonPane(QWidget):
    """The pane.

    Args:
        page: whose view it follows.

    Attributes:
        conversion_chosen: another conversion's credit is to be shown, by its id.
    """

    conversion_chosen = Signal(str)

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._context = page.context
        look, say = page.look, page.say
        self._maker = EntryMaker(look, page.context.about.settings)
        self._person = self._conversion = ""
        self._identified = ""  # whose identity is shown
        self._rows: list[dict[str, Any]] = []
        self._customer: Mapping[str, Any] = {}
        self._cursor: str | None = None
        self._explained: Result | None = None
        self.name = label(look, "", "title")
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.place = OneLine(look)
        self.money = label(look, "", "title")
        self.summary = OneLine(look)
        self.total = label(look, "", "secondary")
        self.strip = CreditStrip(look)
        top, below = QHBoxLayout(), QHBoxLayout()
        for row, parts in ((top, (self.name, self.place, self.money)), (below, (self.summary, self.total))):
            row.setSpacing(10)
            for part in parts:
                row.addWidget(part, 1 if isinstance(part, OneLine) else 0)
        head = QVBoxLayout()
        head.setContentsMargins(16, 12, 16, 10)
        head.setSpacing(4)
        head.addLayout(top)
        head.addLayout(below)
        head.addSpacing(4)
        head.addWidget(self.strip)
        self.timeline = Timeline(look, say("Timeline"))
        self.timeline.opened.connect(self._open)
        self.timeline.more_wanted.connect(self._read_more)
        self.timeline.menu_wanted.connect(self._menu)
        self.side = PersonSide(page.context, self.open_record)
        self.side.matrix.every_wanted.connect(self._explain)
        self.side.matrix.model_chosen.connect(self._choose_model)
        main = QWidget()
        column = QVBoxLayout(main)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(rule())
        column.addWidget(self.timeline, 1)
        self.panel = page.panel(Panel(look, say("Timeline"), main, header=False))
        self.side_panel = page.panel(Panel(look, say("Credit and identity"), self.side, header=False))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.panel)
        split.addWidget(self.side_panel)
        self.panel.setMinimumWidth(300)
        self.side_panel.setMinimumWidth(248)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 4)
        split.setSizes([420, 330])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def person(self) -> str:
        """Whose journey it is; empty: nobody's."""
        return self._person

    def show_person(self, person: str, conversion: str = "") -> None:
        """Read a person's journey, with the credit of one of their conversions."""
        is_new = person != self._person
        self._person, self._conversion = person, conversion
        if is_new:
            self._rows, self._cursor, self._explained = [], None, None
            self._customer, self._identified = {}, ""
            self.panel.renew()
            self.side.clear()
        self._read(None if is_new or not self._rows else self._rows)
        self._read_side()

    def show_nobody(self, title: str, detail: str = "") -> None:
        """Say why there is nobody to show."""
        self._person = self._conversion = self._identified = ""
        self._rows, self._explained, self._cursor = [], None, None
        self._customer = {}
        for read in (self.panel, self.side_panel, "more"):
            self._context.jobs.drop((self._page, read))
        self.panel.empty(title, detail)
        self.side.clear()
        self.side_panel.ready()

    def open_record(self, record: str) -> None:
        """Show a raw record in the drawer."""
        self._context.record_wanted.emit(record)

    # -- reading --------------------------------------------------------------------------------------------------

    def _read(self, known: list[dict[str, Any]] | None) -> None:
        """The first page; where one was shown, as many entries as there were, so that nothing moves."""
        limit = max(_PAGE, len(known or ()))

        def show(result: Result) -> None:
            self._rows = result.table.to_dicts()
            self._keep(result)
            self._draw(keeps_place=bool(known))

        self._page.ask(self.panel, "journey", show, id=self._person, limit=limit)

    def _read_more(self) -> None:
        cursor, person, context = self._cursor, self._person, self._context
        if cursor is None or not person:
            return
        self._cursor = None
        selection = self._page.view.selection

        def show(result: Result) -> None:
            if person == self._person:
                self._rows += result.table.to_dicts()
                self._keep(result)
                self._draw(keeps_place=True)

        context.jobs.read(
            (self._page, "more"),
            lambda task: context.query("journey", selection, task, id=person, limit=_PAGE, cursor=cursor),
            show,
            lambda error: self._page.fail(self.panel, error),
        )

    def _keep(self, result: Result) -> None:
        self._cursor = (result.pagination or {}).get("cursor")
        self._customer = result.meta["customer"]

    def _read_side(self) -> None:
        context, conversion, person = self._context, self._conversion, self._person
        selection, is_new = self._page.view.selection, person != self._identified

        def work(task: Any) -> tuple[Result | None, Result | None]:
            explained = context.query("explain", selection, task, id=conversion) if conversion else None
            return explained, context.query("identity", selection, task, id=person) if is_new else None

        def show(found: tuple[Result | None, Result | None]) -> None:
            self._explained, identity = found
            if identity is not None and identity.data is not None:
                self.side.show_identity(identity.data)
                self._identified = person
            touches = self._explained.table.to_dicts() if self._explained is not None else []
            self.side.matrix.show_touches(touches)
            self._draw(keeps_place=True)

        self._page.read(self.side_panel, work, show)

    # -- drawing --------------------------------------------------------------------------------------------------

    def _draw(self, *, keeps_place: bool) -> None:
        """Draw what is known by now: the journey and the credit come each in its own time."""
        if not self._customer:
            return
        credit = self._credit()
        self._draw_head()
        self.timeline.set_entries(self._maker.entries(self._rows, credit), keeps_place=keeps_place)
        self.side.show_deal([row for row in self._rows if row["kind"] == "conversion"])

    def _credit(self) -> Credit:
        """The credit of the chosen conversion, rounded so that it adds up."""
        result = self._explained
        if result is None or result.meta["conversion"]["conversion_id"] != self._conversion:
            return Credit(self._conversion)
        look, say = self._page.look, self._page.say
        model = self._page.view.selection.model
        rows = result.table.to_dicts()
        shares = rounded_shares([float(row[model]) for row in rows])
        told: dict[str, TouchCredit] = {}
        for row, share in zip(rows, shares, strict=True):
            number = row["position"] or row["first_position"] or None
            counts = row["position"] > 0 or share > 0
            cash = row["revenue"]
            told[row["touch_id"]] = TouchCredit(
                number if counts else None,
                (look.numbers.percent(share) if share else "–") if counts else "",
                (look.numbers.money(cash, cents=True) if cash else "") if counts else say(REASONS[row["reason"]]),
            )
        return Credit(self._conversion, told)

    def _draw_head(self) -> None:
        look, say, words = self._page.look, self._page.say, self._page.look.words
        numbers, customer = look.numbers, self._customer
        name = customer["name"] or customer["email"] or customer["phone"] or self._person
        self.name.setText(one_line(str(name), 60))
        country = country_name(words, customer["country"]) if customer["country"] else ""
        self.place.setText(", ".join(part for part in (customer["city"], country) if part))
        explained = self._explained
        is_told = explained is not None and explained.meta["conversion"]["conversion_id"] == self._conversion
        if explained is None or not is_told:
            visits, pages = int(customer["visits"]), int(customer["pageviews"])
            parts = [
                words.count(visits, "One visit", "{n} visits", n=numbers.count(visits)),
                words.count(pages, "one page view", "{n} page views", n=numbers.count(pages)),
            ]
            self.summary.setText(", ".join(parts))
            self.money.clear()
            self.total.clear()
            self.strip.set_parts((), "")
            return
        conversion, model = explained.meta["conversion"], self._page.view.selection.model
        goals = {goal.goal: say(goal.name) for goal in self._context.about.settings.goals}
        rows = [row for row in explained.table.to_dicts() if row["position"] > 0 or row[model]]
        credited = [row for row in rows if row[model]]
        shares = rounded_shares([float(row[model]) for row in credited])
        amount = conversion["cash"] if conversion["cash"] is not None else conversion["amount_reporting"]
        shown = numbers.money(amount, cents=True) if amount is not None else ""
        self.money.setText(say("deal {money}", money=shown) if shown and conversion["cash"] is None else shown)
        goal = goals.get(conversion["goal"], conversion["goal"])
        if not rows:
            self.summary.setText(say("{goal}, no touch counts: Unattributed", goal=goal))
        else:
            touches = words.count(len(rows), "one touch", "{n} touches", n=numbers.count(len(rows)))
            spans = [row["age_days"] for row in rows if row["position"] > 0] or [row["age_days"] for row in rows]
            self.summary.setText(
                say(
                    "{goal}, {touches} in {time}, credited by {model}",
                    goal=goal,
                    touches=touches,
                    time=numbers.seconds(86400 * max(spans)),
                    model=model_label(words, model),
                )
            )
        self.total.setText(say("total {share}", share=numbers.percent(sum(shares))) if credited else "")
        self.strip.set_parts(
            [
                (row["channel"], value_label(words, row["channel"]), float(row[model]), numbers.percent(share))
                for row, share in zip(credited, shares, strict=True)
            ],
            say("Credit of each touch"),
        )

    # -- acting ---------------------------------------------------------------------------------------------------

    def _choose_model(self, model: str) -> None:
        self._context.history.select(model=model)

    def _explain(self) -> None:
        if self._conversion:
            self._context.conversion_wanted.emit(self._conversion)

    def _open(self, entry: Entry) -> None:
        if entry.conversion and entry.conversion != self._conversion:
            self.conversion_chosen.emit(entry.conversion)
            self.show_person(self._person, entry.conversion)
        elif entry.record:
            self.open_record(entry.record)

    def _menu(self, entry: Entry, place: QPoint) -> None:
        """What can be done with an entry."""
        look, say = self._page.look, self._page.say
        choices: list[Choice] = []
        if entry.record:
            choices.append(("file-text", say("Show the raw record"), lambda: self.open_record(entry.record)))
        if entry.conversion:
            choices.append(
                ("scales", say("Credit of this conversion"), lambda: self.show_person(self._person, entry.conversion))
            )
            choices.append(
                ("scales", say("Every model"), lambda: self._context.conversion_wanted.emit(entry.conversion))
            )
        choices.append(("copy", say("Copy rows"), self.timeline.copy))
        show_menu(look, self, choices, place)
