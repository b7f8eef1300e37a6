"""The lists of data quality: repairs with ticks, findings, people, conflicts, payments, tags, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from app.names import value_label
from app.pages import quality_words as words
from app.pages.quality_words import CONFLICTS, FIELD_ICONS, FIELDS, REASONS, TAGS
from widgets.inputs.search import SearchField
from widgets.inputs.segments import Segments
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.tabs import Tabs

if TYPE_CHECKING:
    from app.pages.page import Page

Row = dict[str, Any]

TABS = ("repairs", "findings", "people", "conflicts", "payments", "tags", "decisions")
_IDS = {
    "repairs": "suggestion_id",
    "findings": "row_id",
    "people": "person_id",
    "conflicts": "row_id",
    "payments": "entry_id",
    "tags": "row_id",
    "decisions": "decision_id",
}


class QualityLists(QWidget):
    """The lists, one of them shown.

    Attributes:
        chosen: another list, by its key.
        looked_at: another row is the current one, or other rows are selected.
        ticked: which repairs are ticked has changed.
        opened: Return or a double click on a row.
        narrowed: the people's filter, or what is searched, has changed.
    """

    chosen = Signal(str)
    looked_at = Signal()
    ticked = Signal()
    opened = Signal(dict)
    narrowed = Signal()

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._look = look = page.look
        say = look.say
        self.ticks: set[str] = set()
        titles = {
            "repairs": say("Repairs"),
            "findings": say("Findings"),
            "people": say("People"),
            "conflicts": say("Conflicts"),
            "payments": say("Payments"),
            "tags": say("Tags"),
            "decisions": say("Decisions"),
        }
        self.tabs = Tabs(look, [(key, titles[key]) for key in TABS], say("Lists"))
        self.tabs.chosen.connect(self.show_tab)
        self.lack = Segments(
            look,
            [("all", say("All")), ("missing_email", say("Missing email")), ("missing_phone", say("Missing phone"))],
            name=say("People"),
        )
        self.lack.set_current("all")
        self.lack.chosen.connect(self._narrow)
        self.lack.hide()
        self.search = SearchField(look, say("Find"))
        self.search.searched.connect(self._find)
        self.all = QPushButton(say("Tick all"))
        self.all.setProperty("kind", "ghost")
        self.all.clicked.connect(self._tick_all)
        self.tables: dict[str, DataTable] = {}
        self._stack = QStackedWidget()
        for key in TABS:
            table = DataTable(look, self._columns(key), id_field=_IDS[key], accessible_name=titles[key], name_width=124)
            table.sort_by(None)
            table.chosen.connect(self._look_at)
            table.opened.connect(self.opened)
            self.tables[key] = table
            self._stack.addWidget(table)
        self.tables["repairs"].peeked.connect(self._toggle_selected)
        self.tables["repairs"].clicked_cell.connect(self._toggle_cell)
        self.tables["repairs"].set_predicates(muted=pl.col("doubt").is_not_null())
        self.foot = label(look, "", "muted")
        self.keys = label(look, say("Space ticks, Return previews"), "caption")
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        tools = QHBoxLayout()
        tools.setContentsMargins(16, 6, 12, 6)
        tools.setSpacing(8)
        tools.addWidget(self.lack)
        tools.addWidget(self.all)
        tools.addStretch(1)
        self.search.setMaximumWidth(220)
        tools.addWidget(self.search, 1)
        column.addLayout(tools)
        column.addWidget(rule())
        column.addWidget(self._stack, 1)
        column.addWidget(rule())
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 5, 12, 5)
        foot.addWidget(self.foot, 1)
        foot.addWidget(self.keys)
        column.addLayout(foot)
        self.panel = page.panel(Panel(look, say("Lists"), holder))
        self.panel.title.hide()
        self.panel.header_layout.insertWidget(0, self.tabs, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.panel)
        self._show_tools()

    # -- what the page asks and tells ------------------------------------------------------------------------------

    @property
    def current(self) -> str:
        """The list that is shown."""
        return self.tabs.current

    def table(self) -> DataTable:
        """Its table."""
        return self.tables[self.current]

    def show_tab(self, key: str) -> None:
        """Show a list."""
        self.tabs.set_current(key)
        self._stack.setCurrentWidget(self.tables[key])
        self.panel.renew()
        self.search.clear()
        self._show_tools()
        self.chosen.emit(key)

    def rows(self) -> list[Row]:
        """The selected rows, else the current one."""
        found = self.table().selected_rows()
        row = self.table().current_row()
        return found or ([row] if row is not None else [])

    def show_rows(self, key: str, frame: pl.DataFrame, total: int | None = None) -> None:
        """Show a list's rows; repairs that leave no doubt are ticked."""
        if key == "repairs":
            self.ticks = set(frame.filter(pl.col("is_bulk"))["suggestion_id"].to_list())
        self.tables[key].set_rows(self._dressed(key, frame))
        self._tell(key, frame.height if total is None else total)
        if key == self.current and self.tables[key].current_row() is None and frame.height:
            self.tables[key].select_id(self.tables[key].visible_frame()[_IDS[key]][0])

    # -- ticks ----------------------------------------------------------------------------------------------------

    def _toggle_cell(self, row: Row, _field: str) -> None:
        self._toggle([row])

    def _toggle_selected(self, row: Row) -> None:
        rows = self.tables["repairs"].selected_rows()
        self._toggle(rows if any(each["suggestion_id"] == row["suggestion_id"] for each in rows) else [row])

    def _toggle(self, rows: list[Row]) -> None:
        """Tick rows, or take their ticks away when all have one; of two candidates one at most is ticked."""
        ids = {str(row["suggestion_id"]) for row in rows}
        if ids <= self.ticks:
            self.ticks -= ids
        else:
            for row in rows:
                rivals = self._rivals(row)
                self.ticks -= rivals
                self.ticks.add(str(row["suggestion_id"]))
        self._retick()

    def _rivals(self, row: Row) -> set[str]:
        frame = self._frame("repairs")
        same = frame.filter(
            (pl.col("subject") == row["subject"]) & (pl.col("missing") == row["missing"])
            if frame.height
            else pl.lit(value=False)
        )
        return set(same["suggestion_id"].to_list()) - {str(row["suggestion_id"])}

    def _tick_all(self) -> None:
        frame = self._frame("repairs")
        bulk = set(frame.filter(pl.col("is_bulk"))["suggestion_id"].to_list())
        self.ticks = set() if bulk <= self.ticks and bulk else bulk
        self._retick()

    def _retick(self) -> None:
        frame = self._frame("repairs")
        self.tables["repairs"].set_rows(self._with_ticks(frame))
        self._tell("repairs", frame.height)
        self.ticked.emit()

    def _frame(self, key: str) -> pl.DataFrame:
        table = self.tables[key]
        table_search = self.search.text()
        table.set_search("")
        frame = table.visible_frame()
        table.set_search(table_search if key == self.current and key != "people" else "")
        return frame

    def _with_ticks(self, frame: pl.DataFrame) -> pl.DataFrame:
        ids = frame["suggestion_id"].to_list()
        return frame.with_columns(
            pl.Series("tick_icon", ["check-square-fill" if each in self.ticks else "square" for each in ids], pl.String)
        )

    # -- rows -----------------------------------------------------------------------------------------------------

    def _columns(self, key: str) -> list[Column]:
        say = self._look.say
        cash = Column("cash", say("Cash"), unit="money", is_exact=True)
        if key == "repairs":
            return [
                Column("who", say("Profile"), kind="text", weight=500),
                Column("tick", say("Apply"), kind="text", icon="tick_icon", width=56, cells_click=True),
                Column("missing_label", say("Missing"), kind="text", icon="missing_icon", width=80, tone="secondary"),
                Column("value", say("Suggested value"), kind="text", tail_icon="doubt_icon", width=180),
                Column("origin", say("Found in"), kind="text", tone="secondary", priority=2),
                cash,
            ]
        if key == "findings":
            return [
                Column("text", say("Finding"), kind="text", icon="severity_icon", weight=500, least=250),
                Column("visits", say("Visits"), unit="count", priority=2),
                Column("conversions", say("Conversions"), unit="count", priority=3),
                cash,
                Column("cash_share", say("Of cash"), unit="percent", priority=1),
            ]
        if key == "people":
            return [
                Column("who", say("Profile"), kind="text", weight=500),
                Column("email", say("Email"), kind="text", tone="secondary"),
                Column("phone", say("Phone"), kind="text", tone="secondary", priority=1),
                Column("kinds_label", say("Also known by"), kind="text", tone="muted", priority=3),
                Column("visits", say("Visits"), unit="count", priority=2),
                cash,
            ]
        if key == "conflicts":
            return [
                Column("identifier", say("Identifier"), kind="text", weight=500),
                Column("reason_label", say("Why"), kind="text", tone="secondary"),
                Column("other", say("Other side"), kind="text", tone="secondary", priority=1),
                Column("records", say("Records"), unit="count", priority=2),
                cash,
            ]
        if key == "payments":
            return [
                Column("who", say("Customer"), kind="text", weight=500),
                Column("when", say("When"), kind="text", tone="secondary", width=110),
                Column("reason_label", say("Why it has no touch"), kind="text", tone="secondary"),
                cash,
            ]
        if key == "tags":
            return [
                Column("value_label", say("Tag"), kind="text", weight=500),
                Column("finding_label", say("Finding"), kind="text", tone="secondary"),
                Column("variants_label", say("Also written"), kind="text", tone="muted", priority=1),
                Column("visits", say("Visits"), unit="count"),
                cash,
            ]
        return [
            Column("text", say("Decision"), kind="text", weight=500),
            Column("when", say("When"), kind="text", tone="secondary", width=120),
            Column("state", say("State"), kind="text", tone="secondary", width=100),
        ]

    def _dressed(self, key: str, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with what is said of them."""
        look, say = self._look, self._look.say
        context = self._page.context
        zone = context.about.settings.timezone
        rows = frame.to_dicts()

        def texts(name: str, values: list[str | None]) -> pl.Series:
            return pl.Series(name, values, pl.String)

        if key == "repairs":
            return self._with_ticks(
                frame.with_columns(
                    texts("tick", ["" for _ in rows]),
                    texts("subject", [row["person_id"] or row["left_value"] for row in rows]),
                    texts("who", [_who(look, row) for row in rows]),
                    texts("missing_label", [say(FIELDS[str(row["missing"])]) for row in rows]),
                    texts("missing_icon", [FIELD_ICONS[row["missing"]] for row in rows]),
                    texts("doubt_icon", ["warning-fill" if row["doubt"] else None for row in rows]),
                    texts("origin", [words.origin(look, row) for row in rows]),
                )
            )
        if key == "findings":
            icons = {"bad": "warning-circle-fill", "warn": "warning-fill", "info": "info"}
            return frame.with_row_index("row_id").with_columns(
                texts("text", [words.found(look, row) for row in rows]),
                texts("severity_icon", [icons[row["severity"]] for row in rows]),
            )
        if key == "people":
            return frame.with_columns(
                texts("who", [row["name"] or row["email"] or row["phone"] or say("Without a name") for row in rows]),
                texts("kinds_label", [words.kinds_label(look, row["kinds"] or []) for row in rows]),
            )
        if key == "conflicts":
            return frame.with_row_index("row_id").with_columns(
                texts("identifier", [words.identifier(look, row["kind"], row["value"]) for row in rows]),
                texts("reason_label", [say(CONFLICTS[str(row["reason"])]) for row in rows]),
                texts("other", [words.identifier(look, row["other_kind"], row["other_value"]) for row in rows]),
            )
        if key == "payments":
            days = context.about.settings.click_window_days
            return frame.with_columns(
                texts("who", [row["name"] or row["email"] or row["phone"] or say("Nobody") for row in rows]),
                texts("when", [words.when(look, row["occurred_at"], zone) for row in rows]),
                texts("reason_label", [say(REASONS[str(row["reason"])], days=days) for row in rows]),
            )
        if key == "tags":
            return frame.with_row_index("row_id").with_columns(
                texts("value_label", [value_label(look.words, row["value"] or say("(none)")) for row in rows]),
                texts("finding_label", [say(TAGS[str(row["finding"])]) for row in rows]),
                texts("variants_label", [", ".join(row["variants"]) for row in rows]),
            )
        return frame.with_columns(
            texts("text", [decision_text(look, row) for row in rows]),
            texts("when", [words.when(look, row["decided_at"], zone) for row in rows]),
            texts("state", [say("undone") if row["undone_at"] else say("in use") for row in rows]),
        )

    def _tell(self, key: str, total: int) -> None:
        numbers, say = self._look.numbers, self._look.say
        if key != self.current:
            return
        if key == "repairs":
            text = say(
                "{n} suggestions, {ticked} ticked", n=numbers.count(total), ticked=numbers.count(len(self.ticks))
            )
        else:
            shown = self.tables[key].visible_frame().height
            text = say("{shown} of {n} shown", shown=numbers.count(shown), n=numbers.count(total))
        self.foot.setText(text)

    # -- what happens ---------------------------------------------------------------------------------------------

    def _show_tools(self) -> None:
        self.lack.setVisible(self.current == "people")
        self.all.setVisible(self.current == "repairs")
        self.keys.setVisible(self.current == "repairs")

    def _look_at(self, _row: object) -> None:
        self.looked_at.emit()

    def _narrow(self, _key: str) -> None:
        self.narrowed.emit()

    def _find(self, text: str) -> None:
        if self.current == "people":  # there are more than are shown
            self.narrowed.emit()
        else:
            self.table().set_search(text)


def _who(look: Any, row: Row) -> str:
    """How a suggestion's person is called."""
    if row["name"] or row["email"] or row["phone"]:
        return str(row["name"] or row["email"] or row["phone"])
    if row["left_kind"] == "record":
        own = row["link"] == "own_record"
        return look.say("Payment {id}", id=row["object_id"]) if own else look.say("Payment of nobody")
    return words.identifier(look, row["left_kind"], row["left_value"])


def decision_text(look: Any, row: Row) -> str:
    """A decision in a line."""
    say = look.say
    left = words.identifier(look, row["left_kind"], row["left_value"])
    right = words.identifier(look, row["right_kind"], row["right_value"])
    if row["left_kind"] == "record":
        left = say("a payment of nobody")
    if row["right_kind"] == "name":
        right = f"{say('name')} {row['right_value']}"
    if row["decision"] == "merge":
        return say("Merged {left} with {right}", left=left, right=right)
    if row["decision"] == "split":
        return say("Split {left}", left=left)
    return say("Filled in {right} for {left}", left=left, right=right)
