"""Data quality: how far the figures can be trusted, what distorts them, and repairing what can be repaired."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QPushButton, QSplitter
from shiboken6 import isValid

from app.messages import explain
from app.names import field_titles
from app.pages import quality_show as show
from app.pages import quality_words as words
from app.pages.page import Page
from app.pages.quality_lists import TABS, QualityLists
from app.pages.quality_side import Overview, QualitySide
from app.pages.quality_words import ACTIONS
from app.status import local_time
from app.takeaway import Takeaway
from engine.errors import AttribenchError
from engine.queries.masking import hidden_name, hidden_value
from widgets.inspector import Inspector
from widgets.panel import Panel, label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget

    from app.context import Context
    from engine.queries.result import Result
    from engine.task import Task

Row = dict[str, Any]

_WAIT_MS = 350
_PEOPLE = 500
_PAIR = 2
_SIDE, _PANE, _LIST = 292, 332, 620  # widths there is room for in a usual window
_LEAST_SIDE, _LEAST_PANE = 268, 280
_QUERIES = {
    "repairs": "repairs",
    "findings": "findings",
    "people": "contacts",
    "conflicts": "conflicts",
    "payments": "unmatched-payments",
    "tags": "utm-audit",
}
_TAB_OF = {"contacts": "people", "repairs": "repairs", "conflicts": "conflicts", "payments": "payments", "tags": "tags"}


class Quality(Page):
    """How far the figures can be trusted."""

    key = "quality"
    title = "Data quality"
    icon = "fingerprint"
    group = "Data"
    has_filters = False
    ignores = frozenset({"comparison"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._preview: Result | None = None  # of the ticked repairs
        self._moves: Result | None = None  # of the merge or split that is looked at
        self._deciding: tuple[str, tuple[str, ...]] | None = None  # merge or split, and what
        self._is_first = True  # nothing was listed yet
        self._done: list[int] = []  # batches decided here, not undone
        self.scanned = label(look, "", "muted")
        self.again = QPushButton(look.icon("arrows-clockwise"), say("Scan again"))
        self.again.clicked.connect(self._scan)
        self.header_layout.insertWidget(1, self.scanned)
        self.header_layout.addWidget(self.again)
        self.side = QualitySide(context)
        self.side_panel = self.panel(Panel(look, say("Coverage"), self.side, header=False))
        self.lists = QualityLists(self)
        self.pane = Inspector(look, say("Preview"))
        self.pane_panel = self.panel(Panel(look, say("Preview"), self.pane, header=False))
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        for widget in (self.side_panel, self.lists, self.pane_panel):
            split.addWidget(widget)
        split.setStretchFactor(1, 1)
        self.side_panel.setMinimumWidth(_LEAST_SIDE)
        self.pane_panel.setMinimumWidth(_LEAST_PANE)
        split.splitterMoved.connect(self._keep_sizes)
        self.split, self._is_arranged = split, False
        self.layout_.addWidget(split, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WAIT_MS)
        self._later.timeout.connect(self._ask_preview)
        self.side.wanted.connect(self._act_on)
        self.side.reason_wanted.connect(self._go_payments)
        self.side.people_wanted.connect(self._go_people)
        self.lists.chosen.connect(self._ask_list)
        self.lists.narrowed.connect(self._ask_list)
        self.lists.looked_at.connect(self._look)
        self.lists.ticked.connect(self._ticked)
        self.lists.opened.connect(self._open)
        self.pane.acted.connect(self._act)
        self.pane.seconded.connect(self._second)

    # -- Page -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Until somebody moves an edge, the list in the middle gets the room it needs first."""
        super().resizeEvent(event)
        if not self._is_arranged:
            spare = self.width() - _LIST
            side = max(_LEAST_SIDE, min(_SIDE, spare // 2))
            pane = max(_LEAST_PANE, min(_PANE, spare - side))
            self.split.setSizes([side, self.width() - side - pane, pane])

    def _keep_sizes(self) -> None:
        self._is_arranged = True

    def refresh(self) -> None:
        self._preview = self._moves = None
        self.read(self.side_panel, self._read_overview, self._show_overview)
        self._ask_list()

    def open_with(self, **facts: Any) -> None:
        tab = str(facts.get("tab") or "")
        if tab in TABS:
            self._go(tab)

    def state(self) -> Any:
        return {"tab": self.lists.current, "done": self._done}

    def restore(self, state: Any) -> None:
        self._done = state["done"]
        self.lists.show_tab(state["tab"])

    def start_search(self) -> bool:
        self.lists.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.lists.search.selectAll()
        return True

    @property
    def has_done(self) -> bool:
        return bool(self._done)

    def undo_last(self) -> None:
        if self._done:
            self._take_back(self._done[-1])

    def picture(self) -> QWidget | None:
        return self.side.history

    def takeaway(self) -> Takeaway | None:
        tab = self.lists.current
        frame = self.lists.table().visible_frame()
        if frame.is_empty() or not self.lists.panel.has_content:
            return None
        raw = frame.drop(
            ["tick", "tick_icon", "missing_icon", "doubt_icon", "severity_icon", "row_id", "subject"], strict=False
        )
        titles = {column.field: column.title for column in self.lists.table().visible_columns()}
        if tab == "repairs":
            raw = raw.with_columns(pl.col("suggestion_id").is_in(list(self.lists.ticks)).alias("is_ticked"))
        if tab != "decisions":
            return self.take(self.lists.panel, self.say("Data quality"), raw, titles, search=self.lists.search.text())
        names = field_titles(self.look.words, raw.columns, titles)
        zone = self.context.about.settings.timezone
        return Takeaway(self.say("Decisions"), raw, names, "", {}, self.view.selection, {}, zone=zone)

    def empty(self, panel: Panel) -> None:
        if panel is self.lists.panel:
            title, detail = {
                "repairs": (
                    self.say("Nothing to repair"),
                    self.say("No record tells an email, phone or name that is missing."),
                ),
                "findings": (self.say("Nothing found"), self.say("Nothing distorts the figures of these days.")),
                "people": (self.say("Nobody"), self.say("No identified person lacks it.")),
                "conflicts": (self.say("No conflicts"), self.say("Every identifier belongs to one person.")),
                "payments": (self.say("Nothing without a touch"), self.say("Every payment of these days has a touch.")),
                "tags": (
                    self.say("Tags are clean"),
                    self.say("Every tag of these days is written one way and names a known ad."),
                ),
                "decisions": (
                    self.say("Nothing decided yet"),
                    self.say("Merges, splits and repairs are listed here, and can be taken back."),
                ),
            }[self.lists.current]
            panel.empty(title, detail)
        elif panel is self.pane_panel:
            panel.empty(self.say("Choose a row to see what it is about"))
        else:
            super().empty(panel)

    # -- reading --------------------------------------------------------------------------------------------------

    def _read_overview(self, task: Task) -> Overview:
        context, selection = self.context, self.view.selection

        def ask(name: str, **options: Any) -> Result:
            return context.query(name, selection, task, **options)

        unmatched = ask("unmatched-payments")
        quality = ask("quality")
        return Overview(
            quality.data or {},
            ask("coverage-history", by="week").table,
            list(unmatched.meta["reasons"]),
            unmatched.meta["totals"],
            ask("contacts", limit=1).meta,
            ask("findings").table,
            int((ask("overview").data or {})["current"]["visits"]),
        )

    def _show_overview(self, told: Overview) -> None:
        self.side.show_overview(told)
        zone = self.context.about.settings.timezone
        now = local_time(self.context.workspace.clock().replace(tzinfo=None), zone)
        people = self.look.numbers.count(told.people["people"])
        self.scanned.setText(self.say("Scanned {when}, all {n} people", when=now.strftime("%H:%M"), n=people))

    def _ask_list(self, _key: str = "") -> None:
        tab, lists = self.lists.current, self.lists
        if tab == "decisions":
            profile = self.context.profile
            self.read(lists.panel, lambda _task: profile.decisions(), self._show_decisions)
            return
        options: dict[str, Any] = {}
        if tab == "people":
            options = {"scope": lists.lack.current, "limit": _PEOPLE}
            if lists.search.text().strip():
                options["search"] = lists.search.text().strip()
        elif tab != "findings":
            options = {"limit": 10_000}
        self.ask(lists.panel, _QUERIES[tab], partial(self._show_list, tab), **options)

    def _show_list(self, tab: str, result: Result) -> None:
        if tab == "repairs":
            badge = self.look.numbers.count(result.meta["open"]) if result.meta["open"] else ""
            self.context.badge_wanted.emit(self.key, badge)
        total = result.table.height
        if tab == "people":
            name = str(self.lists.lack.current)
            total = int(result.meta["people" if name == "all" else name])
        self.lists.show_rows(tab, result.table, total)
        is_first, self._is_first = self._is_first, False
        if result.table.is_empty():
            self.empty(self.lists.panel)
            if tab == "repairs":
                self.side.show_after(None)
                if is_first:  # nothing to repair: what else there is comes first
                    self._go("findings")
                    return
            self.empty(self.pane_panel)
            return
        if tab == "repairs":
            self._ask_preview()
        self._look()

    def _show_decisions(self, frame: pl.DataFrame) -> None:
        if self.context.masked:
            for side in ("left", "right"):
                told = [
                    None if value is None else hidden_name(value) if kind == "name" else hidden_value(kind, value)
                    for kind, value in frame.select(f"{side}_kind", f"{side}_value").iter_rows()
                ]
                frame = frame.with_columns(pl.Series(f"{side}_value", told, pl.String))
            frame = frame.drop("evidence")
        self.lists.show_rows("decisions", frame)
        if frame.is_empty():
            self.empty(self.lists.panel)
            self.empty(self.pane_panel)
            return
        self._look()

    # -- looking --------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Say in the right pane what the row is about."""
        rows, tab, pane = self.lists.rows(), self.lists.current, self.pane
        self._deciding = None
        if not rows:
            self.empty(self.pane_panel)
            return
        row = rows[0]
        if tab == "repairs":
            self._look_at_repair(row)
            return
        self.context.jobs.drop((self, self.pane_panel))
        self.pane_panel.ready()
        pane.begin()
        if tab == "findings":
            show.show_finding(pane, self.context, row)
            action = str(row["action"])
            pane.offer(self.say(ACTIONS[action]) if action in ACTIONS else "", self.say("Export list"))
        elif tab == "payments":
            show.show_payment(pane, self.context, row)
            can = bool(row["other_id"] and row["person_id"])
            if can:
                self._deciding = "merge", (str(row["other_id"]), str(row["person_id"]))
            pane.offer(self.say("Preview the merge") if can else "", self.say("Export list"))
        elif tab == "tags":
            show.show_tag(pane, self.context, row)
            pane.offer("", self.say("Export list"))
        elif tab == "conflicts":
            show.show_conflict(pane, self.context, row)
            people = self._people_of_conflict(row)
            if len(people) >= _PAIR:
                self._deciding = "merge", people
            pane.offer(self.say("Preview the merge") if len(people) >= _PAIR else "", self.say("Export list"))
        elif tab == "decisions":
            pane.heading(str(row["text"]))
            pane.sentence(str(row["state"]), "muted")
            pane.offer(
                self.say("Take it back") if row["undone_at"] is None else "",
                self.say("Export list"),
                self.say("What was decided together is taken back together."),
            )
        else:
            self._look_at_people(rows)

    def _look_at_repair(self, row: Row) -> None:
        pane, say = self.pane, self.say
        frame = self.lists.tables["repairs"].visible_frame()
        ticked = frame.filter(pl.col("suggestion_id").is_in(list(self.lists.ticks))).to_dicts()
        left_out = int((~frame["is_bulk"] & ~frame["suggestion_id"].is_in(list(self.lists.ticks))).sum())
        pane.begin()
        is_ticked = row["suggestion_id"] in self.lists.ticks
        preview = self._preview.table if self._preview is not None and is_ticked else None
        if is_ticked and self._preview is None:
            preview = pl.DataFrame(schema={"suggestion_ids": pl.List(pl.String), "is_payment": pl.Boolean})
        show.show_repair(pane, self.context, row, preview)
        if self._preview is not None and self._preview.data is not None and ticked:
            show.show_totals(pane, self.context, ticked, self._preview.data, left_out)
        elif ticked:
            pane.line()
            pane.sentence(say("Working out what the ticked repairs change…"), "muted")
        count = self.look.numbers.count(len(ticked))
        pane.offer(
            self.look.words.count(len(ticked), "Apply 1 repair", "Apply {n} repairs", n=count) if ticked else "",
            say("Export list"),
            say("One step in Edit, Undo brings every value back."),
        )
        if not self.pane_panel.is_busy:
            self.pane_panel.ready()

    def _look_at_people(self, rows: list[Row]) -> None:
        pane, say = self.pane, self.say
        if len(rows) >= _PAIR:
            people = tuple(str(row["person_id"]) for row in rows)
            names = ", ".join(str(row["who"]) for row in rows)
            pane.heading(say("Merge these people"))
            pane.sentence(names)
            self._deciding = "merge", people
            pane.offer(say("Preview the merge"), say("Export list"))
            return
        row = rows[0]
        show.show_person(pane, self.context, row)
        pane.sentence(say("Select several rows to merge people."), "muted")
        pane.offer("", say("Export list"))
        selection = self.view.selection
        person = str(row["person_id"])
        self.read(
            self.pane_panel,
            lambda task: self.context.query("identity", selection, task, id=person),
            partial(self._show_identity, person),
        )

    def _show_identity(self, person: str, result: Result) -> None:
        rows = self.lists.rows()
        if self.lists.current != "people" or not rows or str(rows[0]["person_id"]) != person:
            return
        pane, say = self.pane, self.say
        pane.line()
        pane.heading(say("Identifiers"))
        table = result.table.to_dicts()
        for row in table:
            text = words.identifier(self.look, row["kind"], row["value"], is_short=True)
            if len(table) > 1 and not self.context.masked:
                what = (f"{row['kind']}:{row['value']}",)
                pane.item(text, say("Split off…"), partial(self._preview_decision, "split", what))
            else:
                pane.sentence(text)

    def _people_of_conflict(self, row: Row) -> tuple[str, ...]:
        """The people on the sides of a link that was not followed."""
        if row["reason"] not in {"two_emails", "chain", "device"}:
            return ()
        frame = self.lists.table().visible_frame()
        same = frame.filter((pl.col("kind") == row["kind"]) & (pl.col("value") == row["value"]))
        ids = [*same["person_id"].to_list(), *same["other_id"].to_list()]
        return tuple(dict.fromkeys(str(each) for each in ids if each))

    # -- previews -------------------------------------------------------------------------------------------------

    def _ticked(self) -> None:
        self._preview = None
        self.side.show_after(None)
        self._later.start()
        self._look()

    def _ask_preview(self) -> None:
        """What the ticked repairs change: derived on trial, which takes as long as a rebuild."""
        ids = sorted(self.lists.ticks)
        self._preview = None
        if not ids:
            self.context.jobs.drop((self, "preview"))
            self._look()
            return
        selection, context = self.view.selection, self.context

        def done(result: Result) -> None:
            if sorted(self.lists.ticks) != ids:
                return
            self._preview = result
            self.side.show_after(result.data)
            if self.lists.current == "repairs":
                self._look()

        context.jobs.read(
            (self, "preview"),
            lambda task: context.query("repair-preview", selection, task, entity_ids=ids),
            done,
            lambda error: self.fail(self.pane_panel, error),
            self.say("Working out what repairs change"),
        )

    def _preview_decision(self, kind: str, what: tuple[str, ...]) -> None:
        """What a merge or a split would change."""
        selection, context = self.view.selection, self.context
        options: dict[str, Any] = {"entity_ids": list(what)} if kind == "merge" else {"id": what[0]}

        def done(result: Result) -> None:
            self._moves, self._deciding = result, (kind, what)
            pane, say = self.pane, self.say
            pane.begin()
            pane.heading(say("Merge these people") if kind == "merge" else say("Split this identifier off"))
            if kind == "split":
                of, _, value = what[0].partition(":")
                pane.sentence(words.identifier(self.look, of, value))
            show.show_moves(pane, context, result.data or {}, result.table)
            pane.offer(
                say("Merge") if kind == "merge" else say("Split"),
                say("Export list"),
                say("One step in Edit, Undo brings every value back."),
            )

        self._moves = None
        self.read(self.pane_panel, lambda task: context.query(f"{kind}-preview", selection, task, **options), done)

    # -- acting ---------------------------------------------------------------------------------------------------

    def _open(self, _row: object) -> None:
        """Return: go on to what can be done."""
        if self.pane.action.isVisible():
            self.pane.action.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _act(self) -> None:
        tab, rows = self.lists.current, self.lists.rows()
        if tab == "repairs":
            self._apply()
        elif tab == "findings" and rows:
            self._act_on(str(rows[0]["code"]), str(rows[0]["action"]))
        elif tab == "decisions" and rows:
            self._take_back(int(str(rows[0]["batch_id"])))
        elif self._deciding is not None and self._moves is None:
            self._preview_decision(*self._deciding)
        elif self._deciding is not None:
            kind, what = self._deciding
            profile = self.context.profile
            if kind == "merge":
                self._decide(self.say("Merging people"), lambda task: profile.merge(what, task))
            else:
                of, _, value = what[0].partition(":")
                self._decide(self.say("Splitting a person"), lambda _task: profile.split_person((of, value)))

    def _second(self) -> None:
        self.context.export_wanted.emit()

    def _apply(self) -> None:
        ids, profile = sorted(self.lists.ticks), self.context.profile
        if ids:
            self._decide(self.say("Applying repairs"), lambda task: profile.repair(ids, task))

    def _decide(self, title: str, work: Callable[[Task], int]) -> None:
        context, look, done_here = self.context, self.look, self._done

        def done(batch: int) -> None:
            if not batch or not isValid(context):
                return
            done_here.append(batch)
            text = look.say("Decided; the figures follow.")
            context.toast(text, look.say("Undo"), lambda: self._take_back(batch))
            context.undo_changed.emit()
            context.rebuild_wanted.emit()

        def failed(error: Exception) -> None:
            text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
            if isValid(context):
                context.toast(text or look.say("Cancelled; nothing was changed."))

        context.jobs.write(title, work, done, failed)

    def _take_back(self, batch: int) -> None:
        context, look, done_here = self.context, self.look, self._done
        if batch in done_here:
            done_here.remove(batch)

        def done(count: int) -> None:
            if isValid(context) and count:
                context.toast(
                    look.words.count(
                        count, "1 decision was taken back", "{n} decisions were taken back", n=look.numbers.count(count)
                    )
                )
                context.undo_changed.emit()
                context.rebuild_wanted.emit()

        def failed(error: Exception) -> None:
            text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
            if isValid(context):
                context.toast(text or look.say("Cancelled; nothing was changed."))

        profile = context.profile
        context.jobs.write(self.say("Taking back"), lambda _task: profile.undo_decision(batch), done, failed)

    def _act_on(self, code: str, action: str = "") -> None:
        """Go where a finding is mended."""
        if not action:
            frame = self.lists.tables["findings"].visible_frame()
            told = self.side.action_of(code)
            action = told or (str(frame.filter(pl.col("code") == code)["action"][0]) if frame.height else "")
        if action == "rebuild":
            self.context.rebuild_wanted.emit()
        elif action in {"imports", "connections", "settings"}:
            self.context.open(action)
        elif code in {"missing_email", "missing_phone"}:
            self._go_people(code)
        elif action in _TAB_OF:
            self._go(_TAB_OF[action])

    def _go(self, tab: str) -> None:
        self.lists.show_tab(tab)

    def _go_payments(self, _reason: str) -> None:
        self._go("payments")

    def _go_people(self, lack: str) -> None:
        self.lists.lack.set_current(lack)
        self._go("people")

    def _scan(self) -> None:
        if self.context.about.is_stale:
            self.context.rebuild_wanted.emit()
        else:
            self.context.read_again.emit()
