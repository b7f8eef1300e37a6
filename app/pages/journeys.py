"""Journeys: who converted, and everything one of them did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.names import value_label
from app.pages.goal_tabs import GoalTabs
from app.pages.menus import show_menu
from app.pages.paged_rows import PagedRows
from app.pages.people_page import PeoplePage
from app.pages.person import PersonPane
from app.status import local_time
from widgets.endless import EndlessList, ListColumn
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.search import SearchField
from widgets.list_split import ListSplit
from widgets.panel import Panel, label, rule

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from app.context import Context
    from app.pages.menus import Choice as MenuChoice
    from app.takeaway import Takeaway
    from engine.queries.result import Result
    from engine.queries.selection import Selection

_LIST_WIDTH, _SEARCH_WIDTH = 488, 240
_OPEN_MS = 120  # the arrow keys pass over people faster than anybody reads their journeys


# Orders of the list, as the query takes them.
_ORDERS = {
    "conversion_time:desc": "Latest first",
    "cash:desc": "Most cash first",
    "value:desc": "Largest deal first",
    "touch_count:desc": "Most touches first",
    "time_to_complete_seconds:desc": "Slowest first",
    "conversions:desc": "Most conversions first",
    "name:asc": "By name",
}


class Journeys(PeoplePage):
    """Converting people, their timelines and credit."""

    key = "journeys"
    place: ClassVar[str] = ""
    title = "Journeys"
    icon = "path"
    shortcut = "J"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._search = ""
        self._sort = "conversion_time:desc"
        self._total = 0
        self._wanted: tuple[str, str] | None = None  # a person and conversion to show, whoever the list begins with
        self.search = SearchField(look, say("Find by name, email or phone"))
        self.search.setFixedWidth(_SEARCH_WIDTH)
        self.search.searched.connect(self._look_for)
        self.search.left.connect(lambda: self.list.setFocus())
        self.header_layout.addWidget(self.search)
        self.goals = GoalTabs(look, say("Goal"))
        self.goals.chosen.connect(self._choose_goal)
        self.order = PickerButton(look, kind="ghost")
        self.order.setAccessibleName(say("Order of the people"))
        self.order.set_choices([Choice(key, say(name)) for key, name in _ORDERS.items()])
        self.order.set_current(self._sort)
        self.order.chosen.connect(self._set_order)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 12, 0)
        top.addWidget(self.goals, 1)
        top.addWidget(self.order)
        self.layout_.addLayout(top)
        self.layout_.addWidget(rule())
        self.list = EndlessList(look, self._columns(), id_field="id", accessible_name=say("People who converted"))
        self.list.chosen.connect(self._choose)
        self.list.opened.connect(self._enter)
        self.list.sorted.connect(self._order)
        self.list.menu_wanted.connect(self._menu)
        self.count = label(look, "", "caption")
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 4)
        foot.setSpacing(6)
        foot.addWidget(self.count)
        foot.addStretch(1)
        for key, text in (("↑ ↓", say("move")), ("M", say("switch model")), ("/", say("find"))):
            foot.addWidget(label(look, key, "key"))
            foot.addWidget(label(look, text, "caption"))
        home = QWidget()
        column = QVBoxLayout(home)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(rule())
        column.addLayout(foot)
        self.list_panel = self.panel(Panel(look, say("People who converted"), home, header=False))
        self.list_panel.setMinimumWidth(340)
        self.rows = PagedRows(self, self.list_panel, self.list, "people")
        self.rows.began.connect(self._began)
        self.rows.grew.connect(self._tell_count)
        self.person = PersonPane(self)
        self.layout_.addWidget(ListSplit(self.list_panel, self.person, _LIST_WIDTH), 1)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_OPEN_MS)
        self._delay.timeout.connect(self._show_current)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.ask(self.list_panel, "conversions", self._show_goals)

    def about_changed(self) -> None:
        super().about_changed()
        self.rows.forget()

    def open_with(self, **facts: Any) -> None:
        person, conversion = str(facts.get("person", "")), str(facts.get("conversion") or "")
        if person:
            self._wanted = person, conversion
            self._show_wanted()

    def start_search(self) -> bool:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def takeaway(self) -> Takeaway | None:
        """Everybody the list stands for, also those who were not scrolled to."""
        fetch = self.rows.everything()
        if fetch is None or not self.list_panel.has_content:
            return None
        taken = self.take(self.list_panel, self.say("People who converted"), self._frame(), {})
        return None if taken is None else replace(taken, fetch=fetch)

    def state(self) -> Any:
        current = self.list.current_row()
        chosen = (current["customer_profile_id"], current["conversion_id"]) if current else None
        return self.goals.current, self._search, self._sort, chosen

    def restore(self, state: Any) -> None:
        goal, self._search, self._sort, chosen = state
        self.goals.set_current(goal)
        self.search.setText(self._search)
        self.search.search_now()
        self._show_order()
        if chosen and chosen[0]:
            self._wanted = chosen

    # -- asking ---------------------------------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What the list is asked about: the view's selection, of the goal that was chosen."""
        goal = self.goals.current
        return replace(self.view.selection, goals=(goal,)) if goal else self.view.selection

    def _show_goals(self, result: Result) -> None:
        """Tabs of the goals that have conversions; then the list."""
        count, numbers = self.look.words.count, self.look.numbers
        rows = [row for row in result.table.to_dicts() if row["is_eligible"] and not row["is_negative"]]
        is_narrowed = any(item.dimension != "goal" for item in self.view.selection.filters)

        def told(n: int) -> str:
            return "" if is_narrowed else count(n, "One conversion", "{n} conversions", n=numbers.count(n))

        names = {goal.goal: self.say(goal.name) for goal in self.context.about.settings.goals}
        outcomes = sum(int(row["outcomes"]) for row in rows)
        every = [("", self.say("All goals"), told(outcomes))] if len(rows) != 1 else []
        self.goals.set_goals(
            every + [(row["event_type"], names[row["event_type"]], told(int(row["count"]))) for row in rows]
        )
        self._read()

    def _read(self) -> None:
        options: dict[str, Any] = {"sort": self._sort}
        if self._search:
            options["search"] = self._search
        self.rows.read(self.selection, **options)
        if not self.list_panel.is_busy:  # the same people, perhaps under another model
            self.list_panel.ready()
            if self.person.person:
                self._show_current()

    def _began(self, result: Result) -> None:
        self._total = int(result.meta["totals"]["people"])
        self._tell_count()
        if result.table.is_empty():
            self._empty()
        elif self._wanted is not None:
            self._show_wanted()
        else:
            if self.list.current_row() is None:
                self.list.select_first()
            self._delay.stop()
            self._show_current()

    def _empty(self) -> None:
        if self._search:
            self.list_panel.empty(
                self.say("Nobody is found"), self.say("No name, email or phone of these days holds this.")
            )
        else:
            self.empty(self.list_panel)
        self.person.show_nobody(self.say("Nobody is chosen"))

    def _show_wanted(self) -> None:
        if self._wanted is None:
            return
        person, conversion = self._wanted
        if self.list_panel.has_content and not self.list_panel.is_busy:
            self._wanted = None
            if not self.list.select_id(person):
                self.list.clearSelection()
        self.person.show_person(person, conversion)

    # -- acting ---------------------------------------------------------------------------------------------------

    def _choose(self, _row: dict[str, Any]) -> None:
        self._delay.start()

    def _show_current(self) -> None:
        row = self.list.current_row()
        if row is None:
            return
        if row["customer_profile_id"] is None:
            self.person.show_nobody(
                self.say("Nobody is known for this conversion"),
                self.say("Its record names no person, so there is no journey. It stays Unattributed."),
            )
        else:
            self.person.show_person(row["customer_profile_id"], row["conversion_id"] or "")

    def _enter(self, _row: dict[str, Any]) -> None:
        self.person.timeline.setFocus(Qt.FocusReason.TabFocusReason)

    def _choose_goal(self, _goal: str) -> None:
        self._read()

    def _look_for(self, text: str) -> None:
        self._search = text.strip()
        if self.goals.current or not self.is_stale:
            self._read()

    def _order(self, field: str, descending: bool) -> None:
        self._set_order(f"{field}:{'desc' if descending else 'asc'}")

    def _set_order(self, sort: str) -> None:
        self._sort = sort
        self._show_order()
        self._read()

    def _show_order(self) -> None:
        field, _, way = self._sort.partition(":")
        self.order.set_current(self._sort if self._sort in _ORDERS else "")
        self.list.show_order(field, descending=way != "asc")

    def _menu(self, row: dict[str, Any], place: QPoint) -> None:
        look, say = self.look, self.say
        choices: list[MenuChoice] = [("copy", say("Copy rows"), self.list.copy)]
        if row["conversion_id"]:
            wanted = self.context.conversion_wanted
            choices.append(("scales", say("Every model"), lambda: wanted.emit(row["conversion_id"])))
            choices.append(
                ("file-text", say("Show the raw record"), lambda: self.person.open_record(row["conversion_id"]))
            )
        show_menu(look, self, choices, place)

    # -- showing --------------------------------------------------------------------------------------------------

    def _tell_count(self) -> None:
        numbers = self.look.numbers
        self.count.setText(
            self.say("{n} of {total}", n=numbers.count(len(self.list.rows())), total=numbers.count(self._total))
        )

    def _frame(self) -> pl.DataFrame:
        return pl.DataFrame(list(self.list.rows()), infer_schema_length=None)

    def _columns(self) -> list[ListColumn]:
        say, look = self.say, self.look
        zone = self.context.about.settings.timezone

        def who(row: dict[str, Any]) -> str:
            return str(row["name"] or row["email"] or row["phone"] or say("Nobody is known"))

        def below(row: dict[str, Any]) -> str:
            if row["conversions"] > 1:
                n = look.numbers.count(row["conversions"])
                more = look.words.count(row["conversions"], "one conversion", "{n} conversions", n=n)
                return " · ".join(part for part in (str(row["email"] or ""), more) if part)
            return str(row["email"] or row["phone"] or "") if row["name"] else ""

        def money(row: dict[str, Any]) -> str:
            if row["cash"]:
                return look.numbers.money(row["cash"], cents=True)
            return say("deal {money}", money=look.numbers.money(row["value"])) if row["value"] else "–"

        def spent(row: dict[str, Any]) -> str:
            if not row["touch_count"]:
                return say("no touch")
            touches = look.numbers.count(row["touch_count"])
            return say("{n} in {time}", n=touches, time=look.numbers.seconds(row["time_to_complete_seconds"]))

        return [
            ListColumn(say("Customer"), who, below, "name", weight=600),
            ListColumn(
                say("First channel"),
                lambda row: value_label(look.words, row["first_channel"]) if row["first_channel"] else "–",
                lambda row: str(row["first_source"] or ""),
                width=108,
                priority=1,
            ),
            ListColumn(
                say("Path and time"),
                lambda row: " → ".join(value_label(look.words, each) for each in row["touch_channels"] or ()),
                spent,
                "time_to_complete_seconds",
                width=110,
                path=lambda row: (row["touch_channels"] or (), row["touch_count"]),
            ),
            ListColumn(
                say("Cash"),
                money,
                lambda row: look.numbers.moment(local_time(row["conversion_time"], zone)),
                "cash",
                width=112,
                is_right=True,
                weight=600,
            ),
        ]
