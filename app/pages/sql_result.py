"""What a statement gave, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import polars as pl
from polars import selectors
from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from widgets.look import Look

ROW = "__row__"
_WIDEST = 420
_LETTER = 7


class ResultTable(QWidget):
    """A table whose columns are those of the result; made anew for each."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.table: DataTable | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)

    def show_frame(self, frame: pl.DataFrame) -> None:
        """Show these rows; numbers as they are, everything else as text."""
        if self.table is not None:
            self._box.removeWidget(self.table)
            self.table.hide()
            self.table.deleteLater()
        shown = as_shown(frame)
        columns = [
            Column(name, name, kind="raw" if kind.is_numeric() else "text", width=_width(shown[name], name))
            for name, kind in shown.schema.items()
            if name != ROW
        ]
        self.table = DataTable(
            self._look, columns, id_field=ROW, name_width=80, accessible_name=self._look.say("Result")
        )
        self.table.sort_by(None)
        self._box.addWidget(self.table)
        self.table.set_rows(shown)
        self.setFocusProxy(self.table)


def as_shown(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with a number each; what is neither a number nor text becomes text."""
    kept = selectors.numeric() | selectors.string()
    texts = [name for name in frame.columns if name not in frame.select(kept).columns]
    return frame.with_columns(
        *(_text(frame[name]).alias(name) for name in texts),
        pl.int_range(1, frame.height + 1).alias(ROW) if frame.height else pl.Series(ROW, [], pl.Int64),
    )


def _text(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Datetime:
        return values.dt.to_string("%Y-%m-%d %H:%M:%S")
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        return pl.Series([None if value is None else _plain(value) for value in values.to_list()], dtype=pl.String)
    return values.cast(pl.String)


def _plain(value: object) -> str:
    return ", ".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value)


def _width(values: pl.Series, name: str) -> int | None:
    """As wide as its texts; Qt works figures out itself."""
    if values.dtype != pl.String:
        return None
    longest = max((len(text) for text in values.head(200).drop_nulls()), default=0)
    return min(_WIDEST, max(_LETTER * max(longest, len(name)) + 28, 60))
