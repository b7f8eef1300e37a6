"""Users: every visitor, identified or not, and everything one of them did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.names import country_name, device_label, value_label
from app.pages.menus import offer_copy_of
from app.pages.paged_rows import PagedRows
from app.pages.people_page import PeoplePage
from app.pages.person import PersonPane
from app.status import local_time
from widgets.endless import EndlessList, ListColumn
from widgets.inputs.search import SearchField
from widgets.list_split import ListSplit
from widgets.panel import Panel, label, rule

if TYPE_CHECKING:
    from app.context import Context
    from app.takeaway import Takeaway
    from engine.queries.result import Result

_LIST_WIDTH, _SEARCH_WIDTH = 488, 240
_OPEN_MS = 120


class Users(PeoplePage):
    """Devices that visited, last seen first."""

    key = "users"
    title = "Users"
    icon = "users"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._search = ""
        self._total = 0
        self.search = SearchField(look, say("Find by name or email"))
        self.search.setFixedWidth(_SEARCH_WIDTH)
        self.search.searched.connect(self._look_for)
        self.search.left.connect(lambda: self.list.setFocus())
        self.header_layout.addWidget(self.search)
        self.list = EndlessList(look, self._columns(), id_field="visitor_id", accessible_name=say("Visitors"))
        self.list.chosen.connect(self._choose)
        self.list.opened.connect(self._enter)
        offer_copy_of(look, self.list)
        self.count = label(look, "", "caption")
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 4, 16, 4)
        foot.addWidget(self.count, 1)
        home = QWidget()
        column = QVBoxLayout(home)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(rule())
        column.addLayout(foot)
        self.list_panel = self.panel(Panel(look, say("Visitors"), home, header=False))
        self.list_panel.setMinimumWidth(340)
        self.rows = PagedRows(self, self.list_panel, self.list, "visitors")
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
        options = {"search": self._search} if self._search else {}
        self.rows.read(self.view.selection, **options)
        if not self.list_panel.is_busy and self.person.person:
            self._show_current()  # the same visitors under another model

    def about_changed(self) -> None:
        super().about_changed()
        self.rows.forget()

    def start_search(self) -> bool:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def takeaway(self) -> Takeaway | None:
        """Every visitor the list stands for, also those who were not scrolled to."""
        fetch = self.rows.everything()
        if fetch is None or not self.list_panel.has_content:
            return None
        frame = pl.DataFrame(list(self.list.rows()), infer_schema_length=None)
        taken = self.take(self.list_panel, self.say("Visitors"), frame, {})
        return None if taken is None else replace(taken, fetch=fetch)

    def state(self) -> Any:
        return self._search

    def restore(self, state: Any) -> None:
        self._search = state
        self.search.setText(state)
        self.search.search_now()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _began(self, result: Result) -> None:
        self._total = int(result.meta["totals"]["visitors"])
        self._tell_count()
        if result.table.is_empty():
            if self._search:
                self.list_panel.empty(
                    self.say("Nobody is found"), self.say("No name or email of these days holds this.")
                )
            else:
                self.empty(self.list_panel)
            self.person.show_nobody(self.say("Nobody is chosen"))
        else:
            if self.list.current_row() is None:
                self.list.select_first()
            self._delay.stop()
            self._show_current()

    def _choose(self, _row: dict[str, Any]) -> None:
        self._delay.start()

    def _enter(self, _row: dict[str, Any]) -> None:
        self.person.timeline.setFocus(Qt.FocusReason.TabFocusReason)

    def _show_current(self) -> None:
        row = self.list.current_row()
        if row is not None:
            self.person.show_person(row["person_id"])

    def _look_for(self, text: str) -> None:
        self._search = text.strip()
        self.refresh()

    def _tell_count(self) -> None:
        numbers = self.look.numbers
        self.count.setText(
            self.say("{n} of {total}", n=numbers.count(len(self.list.rows())), total=numbers.count(self._total))
        )

    def _columns(self) -> list[ListColumn]:
        say, look = self.say, self.look
        zone = self.context.about.settings.timezone

        def where(row: dict[str, Any]) -> str:
            country = country_name(look.words, row["country"]) if row["country"] else ""
            parts = (row["email"], country) if row["is_identified"] else (country, say("not identified"))
            return " · ".join(str(part) for part in parts if part)

        def seen(row: dict[str, Any]) -> str:
            visits, pages = int(row["session_count"]), int(row["total_pageviews"])
            return look.words.count(visits, "One visit", "{n} visits", n=look.numbers.count(visits)) + (
                ", " + look.words.count(pages, "one page", "{n} pages", n=look.numbers.count(pages))
            )

        return [
            ListColumn(
                say("Visitor"),
                lambda row: str(row["name"] or row["email"] or row["phone"] or row["visitor_id"]),
                where,
                weight=600,
            ),
            ListColumn(
                say("Channel"),
                lambda row: value_label(look.words, row["channel"]),
                lambda row: str(row["source"] or ""),
                width=124,
                glyph=lambda row: row["channel"],
                priority=1,
            ),
            ListColumn(
                say("Last seen"),
                lambda row: look.numbers.moment(local_time(row["last_seen_at"], zone)),
                seen,
                width=138,
            ),
            ListColumn(
                say("Cash"),
                lambda row: look.numbers.money(row["total_revenue"], cents=True) if row["total_revenue"] else "–",
                lambda row: device_label(look.words, row["device"]),
                width=92,
                is_right=True,
                weight=600,
            ),
        ]
