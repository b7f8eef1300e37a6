"""A week: days side by side, hours down, appointments as blocks. Painted whole; it knows no data but its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QFontMetricsF, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip

from widgets.calendar.block_painter import paint_block
from widgets.calendar.blocks import Block, Placed, hours_of, side_by_side
from widgets.inputs.focus_ring import PAINTS_FOCUS
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from widgets.look import Look

_GUTTER, _HEAD, _TOP, _BOTTOM = 52, 36, 14, 10
_LEAST_HOUR, _MOST_HOUR = 46, 96
_LANE = 22  # a block that has no time
_LANES = 3  # of those a day shows; more are counted
_DRAGGED = 8  # pixels until a press is a drag
_TURNS = 0.18  # of the width must be dragged to turn the week
_NOTCH = 120


class WeekGrid(QAbstractScrollArea):
    """The grid.

    Args:
        look: asked while painting.

    Attributes:
        chosen: the current block is another one, by its key.
        opened: double click or Return on a block.
        week_wanted: so many weeks on (negative: back).
    """

    chosen = Signal(str)
    opened = Signal(str)
    week_wanted = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._days: Sequence[date] = ()
        self._blocks: Sequence[Block] = ()
        self._placed: list[Placed] = []
        self._lanes: dict[date, list[Block]] = {}
        self._hours = hours_of(())
        self._today: date | None = None
        self._now = 0.0
        self._current = ""
        self._pressed: QPointF | None = None
        self._dragged = 0.0
        self._turned = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty(PAINTS_FOCUS, True)  # noqa: FBT003 - a Qt property
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(420, 240)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(look.say("Week"))
        self.viewport().setMouseTracking(True)
        look.changed.connect(self.viewport().update)

    # -- what it shows --------------------------------------------------------------------------------------------

    def set_week(self, days: Sequence[date], blocks: Sequence[Block]) -> None:
        """Show these days with these blocks; the current block stays when it is among them."""
        self._days, self._blocks = list(days), list(blocks)
        timed = [block for block in blocks if block.is_timed]
        self._hours = hours_of(timed)
        self._placed = [
            each for day in self._days for each in side_by_side([block for block in timed if block.day == day])
        ]
        self._lanes = {day: [block for block in blocks if not block.is_timed and block.day == day] for day in days}
        if self._current not in {block.key for block in self._blocks}:
            self._current = ""
        self._dragged = 0.0
        self._measure()
        self.viewport().update()

    def set_now(self, today: date | None, minutes: float) -> None:
        """Which day it is and how late."""
        self._today, self._now = today, minutes
        self.viewport().update()

    @property
    def current(self) -> str:
        """The current block's key; empty without one."""
        return self._current

    @property
    def hours(self) -> tuple[int, int]:
        """First and last hour shown."""
        return self._hours

    @property
    def days(self) -> Sequence[date]:
        """The days shown."""
        return self._days

    def set_current(self, key: str) -> None:
        """Make a block the current one and show it. Emits nothing."""
        self._current = key
        self._tell()
        self._reveal()
        self.viewport().update()

    def place_of(self, key: str) -> QRectF | None:
        """Where a block is painted in the viewport; None when it is not there."""
        return next((rect for block, rect in self._rects() if block.key == key), None)

    # -- geometry -------------------------------------------------------------------------------------------------

    @property
    def _lane_height(self) -> int:
        most = max((len(lane) for lane in self._lanes.values()), default=0)
        return min(most, _LANES + 1) * _LANE + (6 if most else 0)

    @property
    def _head(self) -> int:
        return _HEAD + self._lane_height

    @property
    def _hour(self) -> float:
        first, last = self._hours
        room = self.viewport().height() - self._head - _TOP - _BOTTOM
        return min(max(room / (last - first), _LEAST_HOUR), _MOST_HOUR)

    @property
    def _day_width(self) -> float:
        return (self.viewport().width() - _GUTTER) / max(1, len(self._days))

    def _y(self, minutes: float) -> float:
        return self._head + _TOP + (minutes / 60 - self._hours[0]) * self._hour - self.verticalScrollBar().value()

    def _x(self, day: date) -> float:
        return _GUTTER + self._days.index(day) * self._day_width

    def _rects(self) -> list[tuple[Block, QRectF]]:
        """Every block with its place, those without a time first."""
        wide = self._day_width
        found: list[tuple[Block, QRectF]] = []
        for day, lane in self._lanes.items():
            shown = lane[:_LANES]
            found += [
                (block, QRectF(self._x(day) + 4, _HEAD + 2 + number * _LANE, wide - 8, _LANE - 2))
                for number, block in enumerate(shown)
            ]
        for each in self._placed:
            block = each.block
            width = (wide - 8) / each.columns
            top, bottom = self._y(block.start), self._y(min(block.shown_end, 24 * 60))
            left = self._x(block.day) + 4 + each.column * width
            found.append((block, QRectF(left, top + 1, width - (3 if each.columns > 1 else 0), bottom - top - 2)))
        return found

    def _columns_of(self, block: Block) -> int:
        return next((each.columns for each in self._placed if each.block is block), 1)

    def _block_at(self, point: QPointF) -> Block | None:
        for block, rect in reversed(self._rects()):
            if rect.contains(point) and (not block.is_timed or point.y() > self._head):
                return block
        return None

    def _measure(self) -> None:
        first, last = self._hours
        wanted = self._head + _TOP + _BOTTOM + (last - first) * self._hour
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, round(wanted - self.viewport().height())))
        bar.setPageStep(self.viewport().height() - self._head)
        bar.setSingleStep(round(self._hour / 4))

    def _reveal(self) -> None:
        place = self.place_of(self._current)
        block = self._block(self._current)
        if place is None or block is None or not block.is_timed:
            return
        bar = self.verticalScrollBar()
        if place.top() < self._head + _TOP:
            bar.setValue(round(bar.value() + place.top() - self._head - _TOP))
        elif place.bottom() > self.viewport().height():
            bar.setValue(round(bar.value() + place.bottom() - self.viewport().height() + _BOTTOM))

    def _block(self, key: str) -> Block | None:
        return next((block for block in self._blocks if block.key == key), None)

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines, blocks, then what stays in place above them."""
        del event
        look, view = self.look, self.viewport()
        painter = QPainter(view)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(view.rect(), look.color("bg.canvas"))
        self._paint_hours(painter)
        painter.save()
        painter.setClipRect(QRectF(_GUTTER - 5, self._head, view.width() - _GUTTER + 5, view.height()))
        painter.translate(self._dragged, 0)
        self._paint_days(painter)
        for block, rect in self._rects():
            if block.is_timed:
                self._paint_block(painter, block, rect)
        self._paint_now(painter)
        painter.restore()
        self._paint_head(painter)

    def _paint_hours(self, painter: QPainter) -> None:
        look, wide = self.look, self.viewport().width()
        first, last = self._hours
        painter.setFont(look.font("caption"))
        for hour in range(first, last + 1):
            y = self._y(60 * hour)
            if y < self._head - 2:
                continue
            painter.fillRect(QRectF(_GUTTER, round(y), wide - _GUTTER, 1), look.color("grid.line"))
            painter.setPen(look.color("text.muted"))
            where = QRectF(0, y - 8, _GUTTER - 8, 16)
            painter.drawText(where, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), f"{hour:02}:00")

    def _paint_days(self, painter: QPainter) -> None:
        line = self.look.color("border.hairline")
        for day in self._days:
            painter.fillRect(QRectF(round(self._x(day)), self._head, 1, self.viewport().height()), line)

    def _paint_block(self, painter: QPainter, block: Block, rect: QRectF) -> None:
        is_current = block.key == self._current
        columns = self._columns_of(block)
        paint_block(painter, rect, block, self.look, is_current=is_current, is_narrow=columns > 1)
        if is_current and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.look.color("focus.ring"), 2))
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), 5, 5)

    def _paint_now(self, painter: QPainter) -> None:
        first, last = self._hours
        if self._today is None or self._today not in self._days or not 60 * first <= self._now <= 60 * last:
            return
        color, left, y = self.look.color("bad.fill"), self._x(self._today), self._y(self._now)
        painter.fillRect(QRectF(left, y - 0.75, self._day_width, 1.5), color)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(left, y), 4, 4)

    def _paint_head(self, painter: QPainter) -> None:
        look, wide = self.look, self.viewport().width()
        painter.fillRect(QRectF(0, 0, wide, self._head), look.color("bg.canvas"))
        painter.save()
        painter.setClipRect(QRectF(_GUTTER, 0, wide - _GUTTER, self._head))
        painter.translate(self._dragged, 0)
        for day in self._days:
            self._paint_day_name(painter, day)
        for block, rect in self._rects():
            if not block.is_timed:
                self._paint_block(painter, block, rect)
        painter.setFont(look.font("caption"))
        painter.setPen(look.color("text.muted"))
        for day, lane in self._lanes.items():
            if len(lane) > _LANES:
                text = look.say("{n} more", n=look.numbers.count(len(lane) - _LANES))
                where = QRectF(self._x(day) + 8, _HEAD + 2 + _LANES * _LANE, self._day_width - 16, _LANE)
                painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()
        painter.fillRect(QRectF(0, self._head - 1, wide, 1), look.color("border.hairline"))

    def _paint_day_name(self, painter: QPainter, day: date) -> None:
        look, left, wide = self.look, self._x(day), self._day_width
        locale = look.numbers.locale
        name = locale.dayName(day.isoweekday(), locale.FormatType.ShortFormat).replace(".", "")
        painter.fillRect(QRectF(round(left), 0, 1, self._head), look.color("border.hairline"))
        painter.setFont(look.font("table"))
        painter.setPen(look.color("text.secondary"))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        name = name[:1].upper() + name[1:]
        painter.drawText(QRectF(left + 9, 0, wide, _HEAD), middle, name)
        at = left + 9 + QFontMetricsF(look.font("table")).horizontalAdvance(name) + 6
        font = look.font("section")
        number = str(day.day)
        width = QFontMetricsF(font).horizontalAdvance(number)
        painter.setFont(font)
        if day == self._today:
            pill = QRectF(at, (_HEAD - 22) / 2, max(26.0, width + 12), 22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("accent.fill"))
            painter.drawRoundedRect(pill, 11, 11)
            painter.setPen(look.color("text.on_accent"))
            painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), number)
        else:
            painter.setPen(look.color("text.primary"))
            painter.drawText(QRectF(at, 0, wide, _HEAD), middle, number)
        count = len({block.key for block in self._blocks if block.day == day})
        painter.setFont(look.font("caption"))
        painter.setPen(look.color("text.muted"))
        where = QRectF(left, 0, wide - 9, _HEAD)
        text = look.numbers.count(count) if count else ""
        painter.drawText(where, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)

    # -- mouse ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed = event.position()
        block = self._block_at(event.position())
        if block is not None:
            self._choose(block.key)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._pressed is None:
            hand = Qt.CursorShape.PointingHandCursor if self._block_at(point) else Qt.CursorShape.OpenHandCursor
            self.viewport().setCursor(hand if point.y() > _HEAD else Qt.CursorShape.ArrowCursor)
            return
        away = point.x() - self._pressed.x()
        if self._dragged or abs(away) > _DRAGGED:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self._dragged = away
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragged, self._pressed, self._dragged = self._dragged, None, 0.0
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        self.viewport().update()
        if abs(dragged) > _TURNS * (self.viewport().width() - _GUTTER):
            self.week_wanted.emit(-1 if dragged > 0 else 1)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        block = self._block_at(event.position())
        if block is not None:
            self.opened.emit(block.key)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Down the day; sideways, or with Shift, from week to week."""
        away = event.angleDelta()
        sideways = away.x() or (away.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if not sideways:
            super().wheelEvent(event)
            return
        self._turned += sideways
        if abs(self._turned) >= _NOTCH:
            self.week_wanted.emit(-1 if self._turned > 0 else 1)
            self._turned = 0
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            block = self._block_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), tip(block.tip) if block is not None else "", self.viewport())
            return True
        return super().viewportEvent(event)

    # -- keyboard -------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down in the day, left and right to the day beside, pages and Ctrl with arrows to the week beside."""
        key, keyboard = Qt.Key(event.key()), Qt.KeyboardModifier
        turn = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(key)
        if event.modifiers() & keyboard.ControlModifier:
            turn = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
        if turn is not None:
            self.week_wanted.emit(turn)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current:
            self.opened.emit(self._current)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step_day(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._ordered():
            self._choose(self._ordered()[0 if key == Qt.Key.Key_Home else -1].key)
        else:
            super().keyPressEvent(event)

    def _ordered(self) -> list[Block]:
        return sorted(self._blocks, key=lambda block: (block.day, block.is_timed, block.start, block.key))

    def _step(self, step: int) -> None:
        ordered = self._ordered()
        if not ordered:
            return
        at = next((place for place, block in enumerate(ordered) if block.key == self._current), None)
        there = (0 if step > 0 else len(ordered) - 1) if at is None else min(max(at + step, 0), len(ordered) - 1)
        self._choose(ordered[there].key)

    def _step_day(self, step: int) -> None:
        """To the block nearest in time on the next day that has any."""
        here = self._block(self._current)
        if here is None:
            self._step(step)
            return
        days = [block.day for block in self._blocks if (block.day > here.day if step > 0 else block.day < here.day)]
        if days:
            day = min(days) if step > 0 else max(days)
            beside = [block for block in self._ordered() if block.day == day]
            self._choose(min(beside, key=lambda block: abs(block.start - here.start)).key)

    def _choose(self, key: str) -> None:
        is_new = key != self._current
        self.set_current(key)
        if is_new:
            self.chosen.emit(key)

    def _tell(self) -> None:
        block = self._block(self._current)
        self.setAccessibleDescription(block.spoken if block is not None else "")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    # -- Qt -------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Everything is painted anew: what stands above does not scroll."""
        self.viewport().update()

    def middle_of(self, key: str) -> QPoint | None:
        """The middle of a block, for a click."""
        place = self.place_of(key)
        return place.center().toPoint() if place is not None else None
