"""The headline figures in a bar: label, figure, change, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from widgets.charts.spark import paint_spark
from widgets.inputs.focus_ring import RING_RADIUS
from widgets.panel import rule
from widgets.table.columns import Column
from widgets.table.marks import paint_delta
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

Role = Literal["people", "money", "cost"]


@dataclass(frozen=True)
class Kpi:
    """A headline figure.

    Attributes:
        key: its name in code.
        label: for people; ``note`` beside it, muted.
        text: the figure as it is shown.
        change: against the period before, in percent (of percentages: in points); infinity is new; None: none.
        is_points: the change is one of points.
        direction: 1 up is better, -1 down is better, 0 neither.
        hint: in place of the change.
        why: a sentence more about the hint, for the tooltip.
        role: the colour of its line.
        spark: how it went; empty: not drawn.
        is_bars: drawn as bars.
        swatch: whether a click switches its series in the chart, and whether it is on; None: it has none.
        definition: what it means.
        dot: a colour token of a dot before the label, as of what happens now.
    """

    key: str
    label: str
    text: str
    note: str = ""
    change: float | None = None
    is_points: bool = False
    direction: int = 0
    hint: str = ""
    role: Role = "cost"
    spark: Sequence[float | None] = ()
    is_bars: bool = False
    swatch: bool | None = None
    definition: str = ""
    dot: str = ""
    why: str = ""


class KpiBar(QWidget):
    """Headline figures side by side.

    Attributes:
        toggled: the swatch of a figure was clicked, by its key.
        pointed: a figure has the focus or the mouse, by its key.
    """

    toggled = Signal(str)
    pointed = Signal(str)

    def __init__(self, look: Look, count: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFixedHeight(look.tokens.sizes["kpi_bar"])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.cells: list[KpiCell] = []
        for number in range(count):
            if number:
                layout.addWidget(rule(is_vertical=True))
            cell = KpiCell(look, self)
            cell.toggled.connect(self.toggled)
            cell.pointed.connect(self.pointed)
            layout.addWidget(cell, 1)
            self.cells.append(cell)

    def set_kpis(self, kpis: Sequence[Kpi]) -> None:
        """Show these figures."""
        for cell, kpi in zip(self.cells, kpis, strict=True):
            cell.set_kpi(kpi)


class KpiCell(QWidget):
    """One headline figure; Space or a click on its swatch switches its series."""

    toggled = Signal(str)
    pointed = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.kpi: Kpi | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setProperty(RING_RADIUS, 4)
        look.changed.connect(self.update)

    def set_kpi(self, kpi: Kpi) -> None:
        """Show a figure."""
        self.kpi = kpi
        self.setAccessibleName(f"{kpi.label} {kpi.note}".strip())
        self.setAccessibleDescription(f"{kpi.text} {self._change_text(kpi)} {kpi.why}".strip())
        self.setToolTip(tip(kpi.definition) + tip(kpi.why))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, self._look.tokens.sizes["kpi_bar"])

    def minimumSizeHint(self) -> QSize:
        return QSize(90, self._look.tokens.sizes["kpi_bar"])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.kpi is not None and self.kpi.swatch is not None and event.position().y() < 30:
            self.toggled.emit(self.kpi.key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.kpi is not None:
            self.pointed.emit(self.kpi.key)
            is_swatch = self.kpi.swatch is not None and event.position().y() < 30
            self.setCursor(Qt.CursorShape.PointingHandCursor if is_swatch else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return}
            and self.kpi is not None
            and self.kpi.swatch is not None
        ):
            self.toggled.emit(self.kpi.key)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        kpi = self.kpi
        if kpi is None:
            return
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = 16.0, self.width() - 12.0
        x = left
        if kpi.swatch is not None:
            color = look.color(f"series.{kpi.role}" if kpi.swatch else "border.strong")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            mark = QRectF(x, 12, 9, 9) if kpi.is_bars else QRectF(x, 16, 12, 2)
            painter.drawRoundedRect(mark, 1.5, 1.5)
            x += mark.width() + 6
        elif kpi.dot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(kpi.dot))
            painter.drawEllipse(QRectF(x, 13, 7, 7))
            x += 13
        painter.setFont(look.font("table", 500))
        painter.setPen(look.color("text.secondary" if kpi.swatch is not False else "text.muted"))
        label = painter.fontMetrics().elidedText(kpi.label, Qt.TextElideMode.ElideRight, int(right - x))
        painter.drawText(QRectF(x, 8, right - x, 18), Qt.AlignmentFlag.AlignVCenter, label)
        x += painter.fontMetrics().horizontalAdvance(label) + 5
        if kpi.note and right - x > 20:
            painter.setFont(look.font("table"))
            painter.setPen(look.color("text.muted"))
            note = painter.fontMetrics().elidedText(kpi.note, Qt.TextElideMode.ElideRight, int(right - x))
            painter.drawText(QRectF(x, 8, right - x, 18), Qt.AlignmentFlag.AlignVCenter, note)
        painter.setFont(look.font("kpi"))
        painter.setPen(look.color("text.primary"))
        painter.drawText(QRectF(left, 27, right - left, 28), Qt.AlignmentFlag.AlignVCenter, kpi.text)
        change = self._change_text(kpi)
        area = QRectF(left, 57, right - left, 18)
        used = 0.0
        painter.setFont(look.font("table", 500))
        if kpi.change is not None:
            column = Column(
                "change", "", kind="change", unit="percent" if kpi.is_points else None, direction=kpi.direction
            )
            # The triangle and the figure stand together at the left edge.
            used = painter.fontMetrics().horizontalAdvance(change) + 14.0
            room = QRectF(left, area.top(), used, area.height())
            painter.setPen(paint_delta(painter, room, look, column, kpi.change, change))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, change)
        elif kpi.hint:
            painter.setFont(look.font("table"))
            painter.setPen(look.color("text.muted"))
            text = painter.fontMetrics().elidedText(kpi.hint, Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
            used = painter.fontMetrics().horizontalAdvance(text)
        if kpi.spark and right - left - used > 58 + 8:
            paint_spark(
                painter, QRectF(right - 58, 54, 58, 20), kpi.spark, look, kpi.role, "bars" if kpi.is_bars else "line"
            )

    def _change_text(self, kpi: Kpi) -> str:
        if kpi.change is None:
            return kpi.hint
        if kpi.change == float("inf"):
            return self._look.say("new")
        numbers = self._look.numbers
        return numbers.points(kpi.change) if kpi.is_points else numbers.change(kpi.change)
