"""Fills a list without an end: the first page of a query, and the next ones while it is scrolled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QObject, Signal

from engine.attribution.models import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.pages.page import Page
    from engine.queries.result import Result
    from engine.queries.selection import Selection
    from engine.task import Task
    from widgets.endless import EndlessList
    from widgets.panel import Panel

_PAGE, _EXPORTED = 100, 20_000  # rows a page of the list, and of an export


class PagedRows(QObject):
    """The rows of one list.

    Args:
        page: asks.
        panel: shows the states.
        rows: the list.
        query: name of a query that is paged and depends on no model.

    Attributes:
        began: the first page is there: its result.
        grew: more rows are there.
    """

    began = Signal(object)
    grew = Signal()

    def __init__(self, page: Page, panel: Panel, rows: EndlessList, query: str) -> None:
        super().__init__(page)
        self._page = page
        self._panel = panel
        self._rows = rows
        self._query = query
        self._asked: tuple[Selection, dict[str, Any]] | None = None
        self._cursor: str | None = None
        rows.more_wanted.connect(self._read_more)

    def forget(self) -> None:
        """Records changed: read anew although nothing else did."""
        self._asked = None

    def read(self, selection: Selection, **options: Any) -> None:
        """Show the first page, unless it is shown already: another model changes nothing here."""
        selection = replace(selection, model=DEFAULT_MODEL, compare_from=None, compare_to=None)
        asked = selection, options
        if asked == self._asked and self._panel.has_content:
            return
        self._asked, self._cursor = asked, None

        def show(result: Result) -> None:
            self._cursor = (result.pagination or {}).get("cursor")
            self._rows.set_rows(result.table.to_dicts())
            self.began.emit(result)

        self._page.ask(self._panel, self._query, show, selection=selection, limit=_PAGE, **options)

    def everything(self) -> Callable[[Task, bool], pl.DataFrame] | None:
        """What reads every row for an export, masked or not; None while nothing was asked."""
        if self._asked is None:
            return None
        selection, options = self._asked
        context, query = self._page.context, self._query

        def fetch(task: Task, masked: bool) -> pl.DataFrame:
            frames: list[pl.DataFrame] = []
            cursor: str | None = None
            told = options | ({"masked": True} if masked else {})
            while True:
                more = {"cursor": cursor} if cursor else {}
                result = context.profile.query(query, selection, task, limit=_EXPORTED, **told, **more)
                frames.append(result.table)
                cursor = (result.pagination or {}).get("cursor")
                if cursor is None:
                    return pl.concat(frames)

        return fetch

    def _read_more(self) -> None:
        cursor, asked, context = self._cursor, self._asked, self._page.context
        if cursor is None or asked is None or self._panel.is_busy:
            return
        self._cursor = None
        selection, options = asked

        def show(result: Result) -> None:
            if asked is self._asked:
                self._cursor = (result.pagination or {}).get("cursor")
                self._rows.add_rows(result.table.to_dicts())
                self.grew.emit()

        context.jobs.read(
            (self._page, f"more of {self._query}"),
            lambda task: context.query(self._query, selection, task, limit=_PAGE, cursor=cursor, **options),
            show,
            lambda error: self._page.fail(self._panel, error),
        )
