"""What every page is: panels that ask the engine about the view, each for itself, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.filtering import Filters
from app.messages import explain
from app.names import field_titles
from app.pages.whatif import WhatIfBanner
from app.takeaway import Asked, Takeaway
from engine.attribution.models import CreditSettings
from engine.errors import AttribenchError, Cancelled
from widgets.panel import Notice, Panel, label, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from app.context import Context
    from app.selection import View
    from engine.queries.result import Result
    from engine.queries.selection import Selection
    from engine.task import Task

State = Literal["loaded", "empty", "loading", "error"]


class Page(QWidget):
    """A page of the window.

    Attributes:
        key: its name in commands and pictures.
        title: in English.
        icon: a Phosphor name.
        group: of the sidebar, in English.
        place: the page whose entry in the sidebar stands for this one too; empty: it has its own.
        has_filters: the view's filters act here and show in the header.
        needs_records: it has nothing to say of a profile without any.
        foot_height: pixels at the bottom that no notice may cover.
        ignores: controls of the header that do nothing here: ``days``, ``comparison``, ``model``.
        shortcut: that opens it; empty: Ctrl and its number in the sidebar.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    group: ClassVar[str]
    place: ClassVar[str] = ""
    has_filters: ClassVar[bool] = True
    needs_records: ClassVar[bool] = True
    ignores: ClassVar[frozenset[str]] = frozenset()
    foot_height: ClassVar[int] = 0
    shortcut: ClassVar[str] = ""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.look = context.look
        self.say = context.look.say
        self.panels: list[Panel] = []
        self._answers: dict[Panel, tuple[Asked, Mapping[str, Any]]] = {}  # what was asked for what a panel shows
        self.is_stale = True  # has not asked since the view changed
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.say(self.title))
        body = QWidget(self)
        self.layout_ = QVBoxLayout(body)
        self.nothing = Notice(self.look, self)
        self.header = QWidget(self)
        self.header.setFixedHeight(self.look.tokens.sizes["page_header"])
        self.header_layout = QHBoxLayout(self.header)
        self.header_layout.setContentsMargins(16, 0, 12, 0)
        self.header_layout.setSpacing(8)
        self.title_label = label(self.look, self.say(self.title), "title")
        self.header_layout.addWidget(self.title_label)
        self.filters = Filters(context) if self.has_filters else None
        if self.filters is not None:
            self.header_layout.addWidget(self.filters.bar, 1)
        else:
            self.header_layout.addStretch(1)
        self.whatif_banner = WhatIfBanner(self.look)
        self.whatif_banner.reset_wanted.connect(self._reset_settings)
        self._whole = QStackedWidget(self)
        self._whole.addWidget(body)
        self._whole.addWidget(self.nothing)
        self.nothing.acted.connect(self._want_files)
        column = QVBoxLayout(self)
        for layout in (column, self.layout_):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(rule())
        column.addWidget(self.whatif_banner)
        column.addWidget(self._whole, 1)
        context.history.changed.connect(self._show_settings)
        self._show_settings()
        self._show_whether_records()

    # -- what a page does -----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask everything anew for the view."""
        raise NotImplementedError

    def open_with(self, **facts: Any) -> None:
        """The page is gone to with something to show."""

    def about_changed(self) -> None:
        """What is known of the profile changed; a refresh follows when the page is shown."""
        self._show_settings()
        self._show_whether_records()

    def state(self) -> Any:
        """What the user began here, for :meth:`restore` of the page that takes its place; None: nothing."""
        return None

    def restore(self, state: Any) -> None:
        """Go on with what :meth:`state` gave: the page is built anew after a change of language."""

    def start_search(self) -> bool:
        """Put the cursor into the page's search field; False when it has none."""
        return False

    @property
    def has_done(self) -> bool:
        """Whether the page did something that :meth:`undo_last` takes back, before any change of the view."""
        return False

    def undo_last(self) -> None:
        """Take back what the page did last."""

    def takeaway(self) -> Takeaway | None:
        """What Export and Copy as SQL act on: the table of the panel that was used last."""
        return None

    def picture(self) -> QWidget | None:
        """The chart that Export chart acts on."""
        return None

    def define(self) -> tuple[str, str] | None:
        """Name and definition of the figure that was pointed at last."""
        return None

    # -- what pages share -----------------------------------------------------------------------------------------

    @property
    def view(self) -> View:
        """What is looked at."""
        return self.context.view

    def panel(self, panel: Panel) -> Panel:
        """Count a panel to this page: its Retry asks again, and pictures show its states."""
        self.panels.append(panel)
        panel.retried.connect(self._retry)
        return panel

    def ask(
        self,
        panel: Panel,
        name: str,
        show: Callable[[Result], None],
        *,
        selection: Selection | None = None,
        **options: Any,
    ) -> None:
        """Ask a query for a panel, and show its answer there."""
        context, asked = self.context, Asked(name, options, selection or self.view.selection)

        def told(result: Result) -> None:
            self.tell(panel, asked, result)
            show(result)

        self.read(panel, lambda task: context.query(name, asked.selection, task, **options), told)

    def tell(self, panel: Panel, asked: Asked, result: Result) -> None:
        """Note what was asked for what a panel shows from now on."""
        self._answers[panel] = asked, result.meta

    def take(
        self, panel: Panel, name: str, frame: pl.DataFrame, titles: Mapping[str, str], **shown: Any
    ) -> Takeaway | None:
        """A panel's table as it stands, with what was asked for it; None while the panel shows none.

        Args:
            panel: whose it is.
            name: for people.
            frame: its rows.
            titles: of the columns that have one on the page.
            shown: what else decides which rows these are; what is empty is left out.
        """
        if panel not in self._answers or not panel.has_content:
            return None
        asked, meta = self._answers[panel]
        return Takeaway(
            name,
            frame,
            field_titles(self.look.words, frame.columns, titles),
            asked.query,
            asked.options,
            asked.selection,
            meta,
            {key: value for key, value in shown.items() if value},
            self.context.about.settings.timezone,
        )

    def read(self, panel: Panel, work: Callable[[Task], Any], show: Callable[[Any], None]) -> None:
        """Run ``work`` off the Qt thread for a panel, in place of what it asked before."""
        panel.begin()

        def done(result: Any) -> None:
            panel.ready()
            try:
                show(result)
            except Exception as error:
                self.fail(panel, error)
                raise

        def failed(error: Exception) -> None:
            self.fail(panel, error)

        self.context.jobs.read(
            (self, panel), work, done, failed, self.say("Reading {what}", what=panel.accessibleName())
        )

    def fail(self, panel: Panel, error: Exception) -> None:
        """Say in the panel what went wrong; what is not one of our errors is a bug, and is reported elsewhere too."""
        if isinstance(error, Cancelled):
            panel.fail(self.say("Cancelled; nothing was changed."), "", self.say("Try again"))
        elif isinstance(error, AttribenchError):
            panel.fail(self.say("This could not be read"), explain(error, self.look.words), self.say("Try again"))
        else:
            panel.fail(
                self.say("Something is wrong in the program"),
                self.say("Your data is unchanged. {error}", error=f"{type(error).__name__}: {error}"),
                self.say("Try again"),
            )

    def show_state(self, state: State) -> None:
        """Draw a state of the page, as pictures want it."""
        for panel in self.panels:
            if state == "loading":
                panel.load()
            elif state == "empty":
                self.empty(panel)
            elif state == "error":
                panel.fail(
                    self.say("This could not be read"),
                    self.say("The database was interrupted. Your data is unchanged."),
                    self.say("Try again"),
                )

    def empty(self, panel: Panel) -> None:
        """Say why a panel has nothing, and offer the way out."""
        if self.view.selection.filters or self.view.selection.goals:
            panel.empty(
                self.say("Nothing matches these filters"),
                self.say("Take one away, or look at other days."),
                self.say("Clear filters"),
            )
        else:
            first, last = self.view.selection.date_from, self.view.selection.date_to
            panel.empty(
                self.say("Nothing in these days"),
                self.say("{days} has no records here.", days=self.look.numbers.days(first, last)),
                self.say("Show all days") if self.context.about.days else "",
            )

    def _show_settings(self) -> None:
        usual = CreditSettings.of_profile(self.context.about.settings)
        self.whatif_banner.show_settings(self.view.selection.settings, usual)

    def _reset_settings(self) -> None:
        self.context.history.select(settings=None)

    def _show_whether_records(self) -> None:
        """One word for a profile without any record, in place of many empty panels."""
        has_none = self.needs_records and self.context.about.days is None
        if has_none:
            self.nothing.say(
                "tray",
                self.say("This profile has no records yet"),
                self.say("Import files of visits, payments or ad spend. They can be dropped anywhere on this window."),
                self.say("Import files"),
            )
        self._whole.setCurrentIndex(1 if has_none else 0)

    def _want_files(self) -> None:
        self.context.files_wanted.emit([])

    def _retry(self) -> None:
        """The action of a panel's notice: the way out of an empty one, another try after an error."""
        panel = self.sender()
        if isinstance(panel, Panel) and not panel.notice.copy.isVisible():
            if self.view.selection.filters or self.view.selection.goals:
                self.context.history.select(filters=(), goals=())
                return
            days = self.context.about.days
            if days is not None:
                self.context.history.set(self.view.with_days(*days))
                return
        self.refresh()
