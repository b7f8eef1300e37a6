"""The calendar: appointments of a week as a grid, of a month as a list, with what brought each."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from PySide6.QtCore import QKeyCombination, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.names import value_label
from app.pages.calendar_banner import CrmBanner
from app.pages.calendar_blocks import (
    LABELS,
    blocks_of,
    entries_of,
    first_of_week,
    shown_days,
    table_of,
    zone_text,
)
from app.pages.calendar_file import export
from app.pages.calendar_side import AppointmentDetail
from app.pages.page import Page
from app.status import local_time
from engine.queries.appointments import LABELS as ALL_LABELS
from engine.queries.masking import hidden_staff
from engine.queries.traffic import UNATTRIBUTED
from widgets.calendar.agenda import Agenda
from widgets.calendar.tally import ChannelTally, Share
from widgets.calendar.week_grid import WeekGrid
from widgets.inputs.icon_button import IconButton
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.segments import Segments
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

    from app.context import Context
    from app.takeaway import Takeaway
    from engine.queries.result import Result
    from widgets.calendar.blocks import Block

View = Literal["week", "agenda"]

_TICK_MS = 30_000
_SIDE = 340
_WEEK = timedelta(days=7)


class Calendar(Page):
    """Who comes when, and what brought them."""

    key = "calendar"
    title = "Calendar"
    icon = "calendar"
    group = "Analyse"
    ignores = frozenset({"days", "comparison", "model"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._anchor = context.about.today
        self._view: View = "week"
        self._result: Result | None = None
        self._rows: dict[str, dict[str, Any]] = {}
        self._jump: date | None = None  # where appointments are, when here are none
        self._build_header()
        self._build_filters()
        self.banner = CrmBanner(context)
        self.layout_.addWidget(self.banner)
        self._build_body()
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._show_now)
        for keys, run in (
            (Qt.Key.Key_T, self._go_today),
            (Qt.Key.Key_PageUp, partial(self._step, -1)),
            (Qt.Key.Key_PageDown, partial(self._step, 1)),
        ):
            shortcut = QShortcut(QKeySequence(QKeyCombination(Qt.KeyboardModifier.AltModifier, keys)), self)
            shortcut.activated.connect(run)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        first, last = self._span()
        self.range.setText(self._range_text(first, last))
        self.zone.setText(self._zone_text(first))
        selection = self.view.select(date_from=first, date_to=last).selection
        options = {name: tuple(picker.checked_keys) for name, picker in self.pickers.items() if picker.checked_keys}
        self.ask(self.panel_, "appointments", self._show, selection=selection, **options)

    def open_with(self, **facts: Any) -> None:
        day = facts.get("day")
        if isinstance(day, date):
            self._go(day)

    def state(self) -> Any:
        return self._anchor, self._view, {name: picker.checked_keys for name, picker in self.pickers.items()}

    def restore(self, state: Any) -> None:
        self._anchor, view, checked = state
        for name, keys in checked.items():
            self.pickers[name].set_checked(keys)
        self.views.set_current(view)
        self._set_view(view)

    def about_changed(self) -> None:
        super().about_changed()
        self._show_now()

    def takeaway(self) -> Takeaway | None:
        if self._result is None or self._result.table.is_empty():
            return None
        titles = {column.field: column.title for column in self.table.visible_columns()}
        shown = {name: picker.checked_keys for name, picker in self.pickers.items()}
        return self.take(self.panel_, self.say("Appointments"), self._result.table, titles, **shown)

    def empty(self, panel: Panel) -> None:
        say, numbers = self.say, self.look.numbers
        meta: Mapping[str, Any] = self._result.meta if self._result is not None else {}
        first_on, last_on = meta.get("first_on"), meta.get("last_on")
        self._jump = None
        if any(picker.checked_keys for picker in self.pickers.values()):
            panel.empty(
                say("No appointment matches"), say("Take a filter away, or look at other days."), say("Show all")
            )
        elif self.view.selection.filters or self.view.selection.goals:
            super().empty(panel)
        elif first_on is None or last_on is None:
            panel.empty(
                say("No appointments yet"),
                say("Connect a CRM with a calendar, or import conversions with a start (starts_at)."),
                say("Connections"),
            )
        else:
            first, last = date.fromisoformat(first_on), date.fromisoformat(last_on)
            nearest = meta["after_on"] or meta["before_on"]
            self._jump = date.fromisoformat(nearest) if nearest else first
            panel.empty(
                say("No appointments in these days"),
                say("There are some from {days}.", days=numbers.days(first, last)),
                say("Go to {day}", day=numbers.day(self._jump, with_year=True)),
            )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_now()
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    # -- building -------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        look, say = self.look, self.say
        row = self.header_layout
        if self.filters is not None:
            row.removeWidget(self.filters.bar)
        self.views = Segments(look, [("week", say("Week")), ("agenda", say("Agenda"))], name=say("View"))
        self.views.set_current("week")
        self.before = IconButton(look, "caret-left", say("Earlier"))
        self.after = IconButton(look, "caret-right", say("Later"))
        self.today = QPushButton(say("Today"))
        self.today.setToolTip("Alt+T")
        self.range = label(look, "", "strong")
        self.tally = ChannelTally(look)
        self.export = IconButton(look, "export", say("Export as a calendar file (.ics)"))
        for widget in (self.views, self.before, self.today, self.after, self.range):
            row.addWidget(widget)
        row.addWidget(self.tally, 1)
        row.addWidget(self.export)
        self.views.chosen.connect(self.show_view)
        self.before.clicked.connect(partial(self._step, -1))
        self.after.clicked.connect(partial(self._step, 1))
        self.today.clicked.connect(self._go_today)
        self.export.clicked.connect(self._ask_export)

    def _build_filters(self) -> None:
        look, say = self.look, self.say
        bar = QWidget()
        bar.setFixedHeight(40)
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)

        def picker(caption: str, nothing: str) -> PickerButton:
            made = PickerButton(look, caption, kind="chip", search=say("Find"), max_checked=100, none=nothing)
            made.checked.connect(self._narrow)
            row.addWidget(made)
            return made

        self.pickers = {
            "assigned_user": picker(say("Assigned to"), say("Anyone")),
            "calendar": picker(say("Calendar"), say("All")),
            "source": picker(say("Source"), say("All")),
        }
        self.pickers["source"].set_choices([Choice(name, name, say(LABELS[name])) for name in ALL_LABELS])
        if self.filters is not None:
            row.addWidget(self.filters.bar, 1)
        self.zone = label(look, "", "muted")
        row.addWidget(self.zone)
        self.layout_.addWidget(bar)
        self.layout_.addWidget(rule())

    def _build_body(self) -> None:
        look, say = self.look, self.say
        self.grid = WeekGrid(look)
        self.table = DataTable(look, self._columns(), id_field="conversion_id", accessible_name=say("Agenda"))
        self.table.sort_by(None)
        self.main = QStackedWidget()
        self.main.addWidget(self.grid)
        self.main.addWidget(self.table)
        self.side = QWidget()
        column = QVBoxLayout(self.side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.detail = AppointmentDetail(self.context)
        self.detail.hide()
        self.side_rule = rule()
        self.agenda = Agenda(look)
        column.addWidget(self.detail)
        column.addWidget(self.side_rule)
        column.addWidget(self.agenda, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.main)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        self.split.setSizes([900, _SIDE])
        self.side.setMinimumWidth(260)
        kept = self.context.settings.kept("calendar")
        if kept is not None:
            self.split.restoreState(kept)
        self.split.splitterMoved.connect(lambda: self.context.settings.keep("calendar", self.split.saveState()))
        self.panel_ = self.panel(Panel(look, say("Appointments"), self.split, header=False, skeleton="cells"))
        self.layout_.addWidget(self.panel_, 1)
        self.grid.chosen.connect(self._choose)
        self.agenda.chosen.connect(self._choose)
        self.table.chosen.connect(self._choose_row)
        self.grid.opened.connect(self._open)
        self.agenda.opened.connect(self._open)
        self.table.opened.connect(self._open_row)
        self.grid.week_wanted.connect(self._step)
        self._set_view("week")

    def _columns(self) -> list[Column]:
        say = self.say
        return [
            Column("when", say("When"), kind="text", width=150),
            Column("who", say("Customer"), kind="text", weight=500),
            Column("state_label", say("Status"), kind="text", icon="state_icon", width=110),
            Column("channel_label", say("Channel"), kind="text", glyph="channel", width=130),
            Column("campaign", say("Campaign"), kind="text", tone="secondary"),
            Column("ad", say("Ad"), kind="text", tone="secondary", priority=3),
            Column("previous_touches", say("Touches before"), unit="count", priority=1),
            Column("calendar", say("Calendar"), kind="text", tone="secondary", priority=4),
            Column("assigned_user", say("Assigned to"), kind="text", tone="secondary", priority=4),
            Column("stage", say("Deal stage"), kind="text", tone="secondary", priority=2),
            Column("paid", say("Paid"), unit="money", priority=3),
            Column("label", say("Source"), kind="text", tone="secondary", width=84),
        ]

    # -- which days -----------------------------------------------------------------------------------------------

    def _span(self) -> tuple[date, date]:
        """The week, or for the list the month, that is looked at."""
        if self._view == "week":
            first = first_of_week(self._anchor, self.look.numbers.locale.firstDayOfWeek().value)
            return first, first + _WEEK - timedelta(days=1)
        first = self._anchor.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)

    def _range_text(self, first: date, last: date) -> str:
        return self.look.numbers.days(first, last) if self._view == "week" else self.look.numbers.month(first)

    def _zone_text(self, first: date) -> str:
        zone = self.context.about.settings.timezone
        info = ZoneInfo(zone)
        return zone_text(self.look, zone, datetime.combine(first, time(12), info), info)

    def _step(self, step: int) -> None:
        first, last = self._span()
        self._go(last + timedelta(days=1) if step > 0 else first - timedelta(days=1))

    def _go(self, day: date) -> None:
        if day.year in range(1990, 2100) and day != self._anchor:
            self._anchor = day
            self.refresh()

    def _go_today(self) -> None:
        self._go(self.context.about.today)
        self._show_now()

    def show_view(self, view: str) -> None:
        """Show the grid of the week, or the list of the month."""
        if view != self._view:
            self.views.set_current(view)
            self._set_view("agenda" if view == "agenda" else "week")
            self.panel_.renew()
            self.refresh()

    def _set_view(self, view: View) -> None:
        self._view = view
        self.main.setCurrentIndex(0 if view == "week" else 1)
        self.agenda.setVisible(view == "week")
        self._show_side()

    def narrow(self, name: str, keys: list[str]) -> None:
        """Filter by assigned user, calendar or source."""
        self.pickers[name].set_checked(keys)
        self.refresh()

    def _narrow(self, _keys: object) -> None:
        self.refresh()

    # -- showing --------------------------------------------------------------------------------------------------

    def _show(self, result: Result) -> None:
        self._result = result
        self._rows = {str(row["conversion_id"]): row for row in result.table.to_dicts()}
        self._offer(result.meta)
        self.banner.tell(result.meta)
        numbers, count = self.look.numbers, result.table.height
        self.tally.set_shares(
            [
                Share(row["channel"], self._channel_name(row["channel"]), int(row["appointments"]))
                for row in result.meta["by_channel"]
            ],
            self.look.words.count(count, "1 appointment", "{n} appointments", n=numbers.count(count)),
        )
        self.export.setEnabled(count > 0)
        if result.table.is_empty():
            self.empty(self.panel_)
            return
        zone = self.context.about.settings.timezone
        blocks = blocks_of(self.look, list(self._rows.values()), zone)
        today = self.context.about.today
        first, last = self._span()
        blocks = [block for block in blocks if first <= block.day <= last]
        if self._view == "week":
            days = shown_days(first, blocks, today)
            self.grid.set_week(days, blocks)
            self.range.setText(numbers.days(days[0], days[-1]))
            self.agenda.set_entries(entries_of(self.look, blocks, today))
            self._begin_at(blocks)
        else:
            self.table.set_rows(table_of(self.look, result.table, zone))
        self._show_now()
        self._show_side()

    def _begin_at(self, blocks: Sequence[Block]) -> None:
        """Without a current appointment: the one that is going on, else the next one, else the first."""
        if self.grid.current or not blocks:
            return
        now = self._now()
        place = (now.date(), 60 * now.hour + now.minute)
        ordered = sorted(blocks, key=lambda block: (block.day, block.start, block.key))
        following = (block for block in ordered if block.is_timed and (block.day, block.end) > place)
        self._choose(next(following, ordered[0]).key)

    def _now(self) -> datetime:
        """The moment by the profile's clock."""
        clock = self.context.workspace.clock()
        return local_time(clock.astimezone(UTC), self.context.about.settings.timezone)

    def _channel_name(self, channel: str) -> str:
        return self.say(UNATTRIBUTED) if channel == UNATTRIBUTED else value_label(self.look.words, channel)

    def _offer(self, meta: Mapping[str, Any]) -> None:
        """What can be filtered by; what is filtered by stays offered though it is gone."""
        for name, values in (("assigned_user", meta["assigned_users"]), ("calendar", meta["calendars"])):
            picker = self.pickers[name]
            # In masked mode the names offered are hidden; one that was chosen before keeps its place under its own.
            is_hidden = name == "assigned_user" and self.context.masked
            kept = {key: hidden_staff(key) if is_hidden else key for key in picker.checked_keys if key not in values}
            known = {value: value for value in values if value not in kept.values()} | kept
            picker.set_choices([Choice(key, value_label(self.look.words, text, name)) for key, text in known.items()])

    def _show_now(self) -> None:
        now = self._now()
        self.grid.set_now(now.date(), 60 * now.hour + now.minute)

    def _show_side(self) -> None:
        """The pane of the current appointment."""
        key = self.grid.current if self._view == "week" else str((self.table.current_row() or {}).get("conversion_id"))
        row = self._rows.get(key)
        self.detail.show_row(row)
        self.side_rule.setVisible(row is not None)
        self.side.setVisible(row is not None or self._view == "week")

    def _choose(self, key: str) -> None:
        if self._view == "week":
            self.grid.set_current(key)
            self.agenda.set_current(key)
        self._show_side()

    def _choose_row(self, row: dict[str, Any]) -> None:
        self._choose(str(row["conversion_id"]))

    def _open_row(self, row: dict[str, Any]) -> None:
        self._open(str(row["conversion_id"]))

    def _open(self, key: str) -> None:
        self._choose(key)
        self.detail.open()

    # -- export ---------------------------------------------------------------------------------------------------

    def _ask_export(self) -> None:
        first, last = self._span()
        name = f"{self.say('Appointments').lower()}-{first}-{last}.ics"
        chosen, _ = QFileDialog.getSaveFileName(self, self.say("Export"), name, self.say("Calendar files (*.ics)"))
        if chosen:
            self.export_ics(Path(chosen if Path(chosen).suffix else f"{chosen}.ics"))

    def export_ics(self, path: Path) -> None:
        """Write what is shown as a calendar file, as a job."""
        if self._result is not None:
            export(self.context, self, self._result.table.to_dicts(), path)

    def _retry(self) -> None:
        if self.panel_.notice.copy.isVisible():
            self.refresh()
        elif self._jump is not None:
            self._go(self._jump)
        elif any(picker.checked_keys for picker in self.pickers.values()):
            for picker in self.pickers.values():
                picker.set_checked([])
            self.refresh()
        elif self._result is not None and self._result.meta["first_on"] is None:
            self.context.open("connections")
        else:
            super()._retry()
