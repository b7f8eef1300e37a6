"""The SQL console: one SELECT on the documented views, what it gave, and what was run before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.messages import explain
from app.pages.page import Page
from app.pages.sql_result import ResultTable
from app.pages.sql_views import Columns, Views, vocabulary
from app.takeaway import Takeaway
from engine.errors import AttribenchError, Cancelled
from engine.queries.masking import meant
from engine.sqlguard import functions
from widgets.inputs.picker import Choice, PickerButton
from widgets.panel import Panel, label, rule
from widgets.sql.editor import SqlEditor
from widgets.table.view import DataTable
from widgets.tabs import Tabs
from widgets.text import one_line, tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.context import Context
    from app.jobs import Job
    from engine.console import Answer, Ran
    from engine.task import Task

_LIMITS = (1_000, 10_000, 100_000)
_SECONDS = (10, 60, 300)
_EXAMPLE = """select channel, count(*) as visits, count(distinct person_id) as people
from v_visits
group by channel
order by visits desc
"""


@dataclass(frozen=True)
class _Begun:
    """What the user has typed, for the page in another language."""

    text: str
    place: int


class Sql(Page):
    """A console for SQL that only reads."""

    key = "sql"
    title = "SQL console"
    icon = "terminal-window"
    group = "Data"
    has_filters = False
    needs_records = False
    ignores = frozenset({"days", "comparison", "model"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._answer: Answer | None = None
        self._ran = ""
        self._job: Job | None = None
        self._has_timed_out = False
        self._is_masked = context.masked
        self._history: list[Ran] = []
        self._at = -1  # in the history; -1: what is typed
        self._typed = ""
        self._build_header()
        self._build_body()
        self._limit_timer = QTimer(self)
        self._limit_timer.setSingleShot(True)
        self._limit_timer.timeout.connect(self._time_out)
        context.jobs.changed.connect(self._show_running)
        hint = self.say("One SELECT on the views at the left. Ctrl+Return runs the statement at the cursor.")
        self.editor.setPlainText(f"-- {hint}\n{_EXAMPLE}")
        self._say_first()
        self._show_running()

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        workspace = self.context.workspace

        def work(_task: Task) -> tuple[Columns, list[Ran]]:
            return workspace.view_columns(), workspace.sql_history()

        self.read(self.side_panel, work, self._show_known)
        if self._answer is not None and self._is_masked != self.context.masked:
            self._start(self._ran)  # what is shown hides too little, or too much

    def open_with(self, **facts: Any) -> None:
        statement = facts.get("statement")
        if isinstance(statement, str) and statement.strip():
            self.editor.replace_all(statement)
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
            if facts.get("run"):
                self.run()

    def state(self) -> _Begun:
        return _Begun(self.editor.toPlainText(), self.editor.textCursor().position())

    def restore(self, state: _Begun) -> None:
        self.editor.setPlainText(self.context.shown(meant(state.text)))
        cursor = self.editor.textCursor()
        cursor.setPosition(min(state.place, len(self.editor.toPlainText())))
        self.editor.setTextCursor(cursor)

    def start_search(self) -> bool:
        self.tabs.set_current("views")
        self.side.setCurrentIndex(0)
        self.views.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def takeaway(self) -> Takeaway | None:
        answer = self._answer
        if answer is None or not answer.frame.width:
            return None
        shown = {"sql": self._ran, "has_more_rows": answer.has_more}
        zone = self.context.about.settings.timezone
        frame = answer.frame
        return Takeaway(self.say("SQL result"), frame, {}, "", {}, self.view.selection, {}, shown, zone)

    def empty(self, panel: Panel) -> None:
        if panel is self.result_panel:
            self._say_first()
        else:
            panel.empty(self.say("There are no views"), self.say("Rebuild the profile, then look again."))

    # -- building -------------------------------------------------------------------------------------------------

    def _build_header(self) -> None:
        look, say = self.look, self.say
        self.hint = label(look, say("Read only: no writes, files or settings"), "caption")
        self.rows = PickerButton(look, say("Rows"))
        self.rows.set_choices([Choice(str(n), look.numbers.count(n)) for n in _LIMITS])
        self.rows.set_current(str(_LIMITS[1]))
        self.seconds = PickerButton(look, say("At most"))
        self.seconds.set_choices([Choice(str(n), look.numbers.seconds(n)) for n in _SECONDS])
        self.seconds.set_current(str(_SECONDS[1]))
        self.stop = QPushButton(look.icon("stop"), say("Stop"))
        self.go = QPushButton(look.icon("play", "text.on_accent"), say("Run"))
        self.go.setProperty("kind", "primary")
        self.go.setToolTip(tip(say("Ctrl+Return or F5: the selection, else the statement at the cursor")))
        for widget in (self.hint, self.rows, self.seconds, self.stop, self.go):
            self.header_layout.addWidget(widget)
        self.go.clicked.connect(self.run)
        self.stop.clicked.connect(self.cancel)

    def _build_body(self) -> None:
        look, say = self.look, self.say
        self.views = Views(look)
        self.history = QListWidget()
        self.history.setFrameShape(QFrame.Shape.NoFrame)
        self.history.setAccessibleName(say("Statements run before"))
        self.history.itemActivated.connect(self._take)
        self.history.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.history.customContextMenuRequested.connect(self._history_menu)
        self.forget = QPushButton(say("Forget all"))
        self.forget.setProperty("kind", "ghost")
        self.forget.clicked.connect(self._forget)
        past = QWidget()
        column = QVBoxLayout(past)
        column.setContentsMargins(10, 8, 10, 6)
        column.addWidget(self.history, 1)
        column.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignLeft)
        self.side = QStackedWidget()
        self.side.addWidget(self.views)
        self.side.addWidget(past)
        self.tabs = Tabs(look, [("views", say("Views")), ("history", say("History"))], say("Beside the console"))
        self.tabs.chosen.connect(self._show_side)
        self.side_panel = self.panel(Panel(look, say("Views"), self.side))
        self.side_panel.title.hide()
        self.side_panel.header_layout.insertWidget(0, self.tabs, 1)
        self.side_panel.setMinimumWidth(230)
        self.editor = SqlEditor(look)
        self.problem = label(look, "", "error")
        self.problem.setWordWrap(True)
        self.problem.setContentsMargins(14, 6, 14, 8)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.problem.hide()
        above = QWidget()
        column = QVBoxLayout(above)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.editor, 1)
        column.addWidget(rule())
        column.addWidget(self.problem)
        self.result = ResultTable(look)
        self.told = label(look, "", "muted")
        self.export = QPushButton(look.icon("export"), say("Export…"))
        self.export.setProperty("kind", "ghost")
        self.export.setEnabled(False)
        self.export.clicked.connect(self._export)
        self.result_panel = self.panel(Panel(look, say("Result"), self.result, tools=(self.told, self.export)))
        right = QSplitter(Qt.Orientation.Vertical)
        right.setHandleWidth(1)
        right.addWidget(above)
        right.addWidget(self.result_panel)
        right.setStretchFactor(0, 2)
        right.setStretchFactor(1, 3)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.side_panel)
        self.split.addWidget(right)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([280, 900])
        kept = self.context.settings.kept("sql")
        if kept is not None:
            self.split.restoreState(kept)
        self.split.splitterMoved.connect(lambda: self.context.settings.keep("sql", self.split.saveState()))
        self.layout_.addWidget(self.split, 1)
        self.views.wanted.connect(self.editor.put)
        self.editor.run_wanted.connect(self.run)
        self.editor.earlier_wanted.connect(lambda: self._walk(1))
        self.editor.later_wanted.connect(lambda: self._walk(-1))
        self.result_panel.retried.connect(lambda: None)

    # -- running --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run the selection, else the statement at the cursor."""
        statement = self.editor.statement.strip()
        if statement:
            self._start(statement)

    def _start(self, statement: str) -> None:
        context, limit = self.context, int(self.rows.current)
        workspace, masked, began = context.workspace, context.masked, time.monotonic()
        self._has_timed_out, self._is_masked = False, masked
        self.problem.hide()
        self.result_panel.begin()

        def work(task: Task) -> Answer:
            return workspace.run_sql(meant(statement), task, limit=limit, masked=masked)

        def done(answer: Answer) -> None:
            self._end()
            self._ran, self._answer = statement, answer
            self._show(answer, time.monotonic() - began)
            self._remember(statement)

        def failed(error: Exception) -> None:
            self._end()
            self._fail(error)
            if isinstance(error, AttribenchError | Cancelled):
                self._remember(statement)

        self._job = context.jobs.read((self, "run"), work, done, failed, self.say("Running SQL"))
        self._limit_timer.start(1000 * int(self.seconds.current))
        self._show_running()

    def cancel(self) -> None:
        """Stop what runs."""
        if self._job is not None:
            self.context.jobs.cancel(self._job)

    def _time_out(self) -> None:
        self._has_timed_out = True
        self.cancel()

    def _end(self) -> None:
        self._job = None
        self._limit_timer.stop()
        self._show_running()

    def _show_running(self) -> None:
        is_running = self._job is not None and not self._job.is_over
        self.stop.setVisible(is_running)
        self.go.setEnabled(not is_running)

    def _show(self, answer: Answer, seconds: float) -> None:
        say, numbers = self.say, self.look.numbers
        self.result_panel.ready()
        self.result.show_frame(answer.frame)
        if self.result.table is not None:
            self.result.table.menu_wanted.connect(self._result_menu)
        rows = self.look.words.count(answer.frame.height, "1 row", "{n} rows", n=numbers.count(answer.frame.height))
        if answer.has_more:
            rows = say("the first {n} rows, there are more", n=numbers.count(answer.frame.height))
        hidden = say("personal data hidden") if self.context.masked else ""
        took = say("{n} ms", n=numbers.count(1000 * seconds))
        self.told.setText(" · ".join(part for part in (rows, took, hidden) if part))
        self.export.setEnabled(True)

    def _fail(self, error: Exception) -> None:
        """Say what was wrong below the statement, and mark its place; what was shown before stays."""
        say = self.say
        if isinstance(error, Cancelled):
            limit = self.look.numbers.seconds(int(self.seconds.current))
            text = (
                say("Stopped after {time}. Choose a longer limit, or ask for less.", time=limit)
                if self._has_timed_out
                else say("Stopped.")
            )
        elif isinstance(error, AttribenchError):
            text = explain(error, self.look.words)
            line, column = error.facts.get("line"), error.facts.get("column")
            if isinstance(line, int) and isinstance(column, int):
                text = say("Line {line}, column {column}: {text}", line=line, column=column, text=text)
                self.editor.show_mistake(line, column)
        else:
            text = f"{type(error).__name__}: {error}"
        self.problem.setText(self.context.shown(text))
        self.problem.show()
        if self._answer is None:
            self._say_first()
        else:
            self.result_panel.ready()

    def _say_first(self) -> None:
        self.result_panel.empty(
            self.say("Nothing was run yet"), self.say("Ctrl+Return runs the statement at the cursor.")
        )

    # -- taking away ----------------------------------------------------------------------------------------------

    def _result_menu(self, _row: dict[str, Any], _field: str, place: QPoint) -> None:
        table = self.result.table
        if isinstance(table, DataTable):
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.look.icon("copy"), self.say("Copy rows")).triggered.connect(table.copy)
            menu.addAction(self.look.icon("export"), self.say("Export…")).triggered.connect(self._export)
            menu.popup(place)

    def _export(self) -> None:
        self.context.export_wanted.emit()

    # -- the side -------------------------------------------------------------------------------------------------

    def _show_known(self, found: tuple[Columns, list[Ran]]) -> None:
        columns, self._history = found
        self.views.set_columns(columns)
        self.editor.set_vocabulary(vocabulary(self.look, columns, sorted(functions())))
        self._show_history()

    def _show_side(self, tab: str) -> None:
        self.side.setCurrentIndex(0 if tab == "views" else 1)

    def _show_history(self) -> None:
        self.history.clear()
        if self.context.masked and self._history:  # statements may name people
            item = QListWidgetItem(self.say("Hidden, as personal data is"))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.history.addItem(item)
            return
        for ran in self._history:
            item = QListWidgetItem(one_line(" ".join(ran.statement.split()), 160))
            item.setToolTip(tip(ran.statement))
            self.history.addItem(item)
        self.forget.setEnabled(bool(self._history))

    def _remember(self, statement: str) -> None:
        self._change_history(lambda: self.context.workspace.remember_sql(meant(statement)))

    def _change_history(self, change: Callable[[], None], then: Callable[[], None] | None = None) -> None:
        """Write to the history, and show it."""
        workspace = self.context.workspace

        def work(_task: Task) -> list[Ran]:
            change()
            return workspace.sql_history()

        def done(history: list[Ran]) -> None:
            if isValid(self):
                self._history, self._at = history, -1
                self._show_history()
                if then is not None:
                    then()

        self.context.jobs.write("", work, done, _nothing)

    def _take(self, item: QListWidgetItem) -> None:
        place = self.history.row(item)
        if 0 <= place < len(self._history):
            self.editor.replace_all(self._history[place].statement)
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _walk(self, step: int) -> None:
        """To the statement before or after in the history; at its end what was typed."""
        if self.context.masked:
            return
        if self._at == -1:
            self._typed = self.editor.toPlainText()
        self._at = max(-1, min(self._at + step, len(self._history) - 1))
        self.editor.replace_all(self._typed if self._at == -1 else self._history[self._at].statement)

    def _forget(self) -> None:
        workspace, before = self.context.workspace, [ran.statement for ran in self._history]

        def again() -> None:
            for statement in reversed(before):
                workspace.remember_sql(statement)

        def told() -> None:
            self.context.toast(self.say("The history is empty"), self.say("Undo"), lambda: self._change_history(again))

        self._change_history(workspace.forget_sql, told)

    def _history_menu(self, place: QPoint) -> None:
        item = self.history.itemAt(place)
        if item is not None:
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addAction(self.say("Put it into the console")).triggered.connect(lambda: self._take(item))
            menu.popup(self.history.mapToGlobal(place))


def _nothing(_error: Exception) -> None:
    """The history is a convenience: what could not be kept there is not missed."""
