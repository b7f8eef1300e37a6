"""Where columns stand: the padding of cells, the width content needs, and which columns leave when space runs out."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from widgets.table.marks import SQUARE, path_width
from widgets.table.text import cell_text, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from widgets.look import Look
    from widgets.table.columns import Column
    from widgets.table.model import RowsModel

INDENT = 18
PAD = 8  # pixels on either side of a cell's content
CARET = 10  # pixels between the header's text and its right edge that the caret of a sorted column takes
_SAMPLE = 60  # rows looked at for the width of texts
_WIDEST_TEXT = 280
_LEAST_TEXT = 110
_LINE_WIDTH = 72


@dataclass(frozen=True)
class Section:
    """A visible column's place in the row, in pixels of the viewport."""

    column: Column
    left: int
    width: int
    before: int
    behind: int
    is_first: bool
    starts_group: bool

    def cell(self, top: float, height: float) -> QRectF:
        """The whole cell."""
        return QRectF(self.left, top, self.width, height)

    def inner(self, top: float, height: float, indent: int = 0) -> QRectF:
        """Where the content stands. ``indent``: pixels a tree moves the first column to the right."""
        before = indent + CARET if indent and self.is_first else self.before
        return self.cell(top, height).adjusted(before, 0, -self.behind, 0)


@dataclass(frozen=True)
class Need:
    """Pixels a column needs at least, and those that show all of its content."""

    least: int
    natural: int

    def raised(self, by: int) -> Need:
        """The need with so many pixels more, if more."""
        return Need(self.least + max(0, by), self.natural + max(0, by))


def needed(look: Look, model: RowsModel, column: Column, *, has_totals: bool) -> Need:
    """What a column needs for its rows: figures are never cut, texts and paths may be."""
    natural = _natural(look, model, column, has_totals=has_totals)
    return Need(min(natural, column.least or _LEAST_TEXT) if column.grows else natural, natural)


def with_total(look: Look, column: Column, need: Need, total: object) -> Need:
    """The need with room for a total below the rows, if there is one."""
    if total is None or column.width is not None or column.kind in {"strip", "spark", "path", "text"}:
        return need
    return need.raised(_figures_width(look, column, [total], is_bold=True) + 2 * PAD + 1 - need.natural)


def _figures_width(look: Look, column: Column, values: Sequence[object], *, is_bold: bool) -> int:
    metrics = QFontMetricsF(look.font("table", 600 if is_bold else 500))
    widest = max((metrics.horizontalAdvance(cell_text(look, column, value)) for value in values), default=0.0)
    return ceil(widest + (14 if column.kind == "change" else 0))


def _natural(look: Look, model: RowsModel, column: Column, *, has_totals: bool) -> int:
    if column.width is not None:
        return max(column.width, 24)
    head = QFontMetricsF(look.font("caption", 600)).horizontalAdvance(column.title) + 2
    room = 2 * PAD
    if column.kind == "strip":
        return round(max(head, len(column.initials) * SQUARE) + room)
    if column.kind == "spark":
        return round(max(head, _LINE_WIDTH) + room)
    values = model.values(column.field, _SAMPLE)
    if column.kind == "path":
        widest = max((path_width(value) for value in values), default=0.0)
        return round(max(head, min(widest, _WIDEST_TEXT)) + room)
    is_bold = has_totals or bool(column.weight)
    if column.kind == "text":
        metrics = QFontMetricsF(look.font("table", 600 if is_bold else 500))
        mark = (18 if column.glyph or column.icon else 0) + (20 if column.tail_icon else 0)
        if model.is_tree:
            shown = model.arrangement.order[:_SAMPLE]
            mark += max((model.arrangement.level_of(row) + 1 for row in shown), default=0) * INDENT
        widths = [metrics.horizontalAdvance(cell_text(look, column, value)) for value in values]
        return round(min(max([*widths, head, 40.0]) + mark, _WIDEST_TEXT) + room + 2)
    figures = _figures_width(look, column, [*values, *_extremes(model, column)], is_bold=is_bold)
    return round(max(head, figures, 56.0 if column.bar else 0.0) + room + 1)


def _extremes(model: RowsModel, column: Column) -> list[object]:
    """The smallest and the largest value: with figures of one width, no other is wider by much."""
    if column.field not in model.frame.columns or not model.frame[column.field].dtype.is_numeric():
        return []
    series = model.frame[column.field].drop_nulls()
    return [value for value in (series.min(), series.max()) if number_of(value) is not None]


def fitting(columns: Sequence[Column], needs: Mapping[str, Need], available: int) -> list[Column]:
    """The columns that stay: those with the highest priority number leave first, of equals the last one."""
    staying = list(columns)
    taken = sum(needs[column.field].least for column in columns)
    ranked = sorted(enumerate(columns), key=lambda entry: (entry[1].priority, entry[0]), reverse=True)
    for place, column in ranked:
        if taken > available and column.priority > 0 and place > 0:
            staying.remove(column)
            taken -= needs[column.field].least
    return staying


def stretched(
    columns: Sequence[Column], needs: Mapping[str, Need], available: int, fixed: set[str], extra: int
) -> dict[str, int]:
    """Widths by field. What is left goes to texts: first to what they miss, the rest by their width.

    Args:
        columns: those that stay, the first one the name's.
        needs: of each.
        available: pixels.
        fixed: fields whose width the user chose.
        extra: pixels by which the outer edge is wider than the padding between columns.
    """
    result = {column.field: needs[column.field].least for column in columns}
    if not columns:
        return result
    result[columns[-1].field] += extra
    growing = [column.field for column in columns if column.grows and column.field not in fixed]
    growing = growing or [columns[0].field]
    missing = {field: float(needs[field].natural - needs[field].least) for field in growing}
    left = available - sum(result.values())
    if left <= 0:
        return result
    first = min(1.0, left / sum(missing.values())) if any(missing.values()) else 0.0
    rest = left - first * sum(missing.values())
    whole = sum(needs[field].natural for field in growing)
    for field in growing:
        result[field] += int(missing[field] * first + rest * needs[field].natural / whole)
    result[growing[0]] += available - sum(result.values())
    return result
