"""Two months side by side in which a range of days is chosen: click, click; or arrows with Shift."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.inputs.focus_ring import PAINTS_FOCUS
from widgets.inputs.presets import months_later

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent

    from widgets.look import Look

_CELL, _ROW, _HEAD, _NAMES, _BETWEEN = 32, 28, 28, 22, 24
_MONTH = 7 * _CELL
_DAY = timedelta(days=1)
_ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -7, Qt.Key.Key_Down: 7}


class RangeCalendar(QWidget):
    """Paints two months; holds the range and the day the keyboard is on.

    Args:
        look: asked while painting; its locale says with which day weeks begin.

    Attributes:
        changed: the range is another one (first, last).
        applied: Return was pressed.
        turned: other months are shown.
    """

    changed = Signal(object, object)
    applied = Signal()
    turned = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._today = date(2000, 1, 1)
        self._bounds: tuple[date | None, date | None] = (None, None)
        self._start = self._end = self._cursor = self._today
        self._hover: date | None = None
        self._is_open = False  # the start is set, the end is not
        self._month = self._today  # first day of the month on the left
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setProperty(PAINTS_FOCUS, True)  # noqa: FBT003 - a Qt property
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(look.say("Days"))
        look.changed.connect(self.update)

    # -- what it holds --------------------------------------------------------------------------------------------

    @property
    def range(self) -> tuple[date, date]:
        """First and last day; while the end is open, up to where the mouse or the keyboard is."""
        end = (self._hover or self._cursor) if self._is_open else self._end
        return min(self._start, end), max(self._start, end)

    @property
    def is_open(self) -> bool:
        """Whether the end is still to be chosen."""
        return self._is_open

    def set_today(self, today: date) -> None:
        """Which day gets the dot."""
        self._today = today
        self.update()

    def set_bounds(self, first: date | None, last: date | None) -> None:
        """Days with data; the others are muted."""
        self._bounds = (first, last)
        self.update()

    def set_range(self, first: date, last: date) -> None:
        """Show this range, its last day in view. Emits nothing."""
        self._start, self._end, self._cursor = first, last, last
        self._is_open, self._hover = False, None
        month = last.replace(day=1)
        if not self._month <= first.replace(day=1) <= month <= months_later(self._month, 1):
            self._turn_to(months_later(month, -1))
        self.update()

    def turn(self, months: int) -> None:
        """Show later or earlier months."""
        self._turn_to(months_later(self._month, months))

    def place_of(self, day: date) -> QRect | None:
        """Where a day is painted, None if its month is not shown."""
        for side in (0, 1):
            month = months_later(self._month, side)
            if (day.year, day.month) == (month.year, month.month):
                place = self._lead(month) + day.day - 1
                x = side * (_MONTH + _BETWEEN) + place % 7 * _CELL
                return QRect(x, _HEAD + _NAMES + place // 7 * _ROW, _CELL, _ROW)
        return None

    # -- inside ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Two months of six weeks."""
        return QSize(2 * _MONTH + _BETWEEN, _HEAD + _NAMES + 6 * _ROW)

    def _turn_to(self, month: date) -> None:
        if month != self._month:
            self._month = month
            self._hover = None
            self.turned.emit()
            self.update()

    def _lead(self, month: date) -> int:
        """Empty places before the first of a month."""
        return (month.isoweekday() - self.look.numbers.locale.firstDayOfWeek().value) % 7

    def _day_at(self, point: QPoint) -> date | None:
        side, x = divmod(point.x(), _MONTH + _BETWEEN)
        y = point.y() - _HEAD - _NAMES
        if side not in (0, 1) or x >= _MONTH or y < 0:
            return None
        month = months_later(self._month, side)
        day = month + timedelta(days=y // _ROW * 7 + x // _CELL - self._lead(month))
        return day if day.month == month.month else None

    def _step_to(self, day: date, *, extends: bool) -> None:
        """The keyboard goes to a day."""
        if day.year < 1990 or day.year > 2100:
            return
        self._cursor, self._hover = day, None
        if extends:
            self._is_open, self._end = False, day
        elif not self._is_open:
            self._start = self._end = day
        month = day.replace(day=1)
        if month < self._month:
            self._turn_to(month)
        elif month > months_later(self._month, 1):
            self._turn_to(months_later(month, -1))
        self._tell()

    def _press(self, day: date) -> None:
        """A click or Space on a day: the start, then the end."""
        if self._is_open:
            self._end, self._is_open = day, False
        else:
            self._start = self._end = day
            self._is_open = True
        self._cursor, self._hover = day, None
        self._tell()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.look.numbers.day(self._cursor, with_year=True, with_weekday=True))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()
        self.changed.emit(*self.range)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows by day and week, pages by month, Home and End in the week; Shift extends; Space, Return."""
        key = Qt.Key(event.key())
        extends = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        weekday = (self._cursor.isoweekday() - self.look.numbers.locale.firstDayOfWeek().value) % 7
        if key in _ARROWS:
            self._step_to(self._cursor + timedelta(days=_ARROWS[key]), extends=extends)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._step_to(months_later(self._cursor, -1 if key == Qt.Key.Key_PageUp else 1), extends=extends)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._step_to(
                self._cursor + timedelta(days=-weekday if key == Qt.Key.Key_Home else 6 - weekday), extends=extends
            )
        elif key == Qt.Key.Key_Space:
            self._press(self._cursor)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.applied.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The start, then the end."""
        day = self._day_at(event.position().toPoint())
        if day is not None and event.button() == Qt.MouseButton.LeftButton:
            self._press(day)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """While the end is open the range follows the mouse."""
        day = self._day_at(event.position().toPoint())
        if day != self._hover and (day is not None or not self._is_open):
            self._hover = day
            self.update()
            if self._is_open:
                self.changed.emit(*self.range)

    def leaveEvent(self, event: QEvent) -> None:
        """No day is under the mouse."""
        if not self._is_open:
            self._hover = None
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A notch is a month."""
        delta = event.angleDelta().y()
        if abs(delta) >= 120:
            self.turn(-1 if delta > 0 else 1)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both months."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for side in (0, 1):
            self._paint_month(painter, months_later(self._month, side), side * (_MONTH + _BETWEEN))

    def _paint_month(self, painter: QPainter, month: date, left: int) -> None:
        look = self.look
        centre = int(Qt.AlignmentFlag.AlignCenter)
        painter.setPen(look.color("text.primary"))
        painter.setFont(look.font("body", 600))
        painter.drawText(QRect(left, 0, _MONTH, _HEAD - 2), centre, look.numbers.month(month))
        painter.setFont(look.font("caption"))
        painter.setPen(look.color("text.muted"))
        first_weekday = look.numbers.locale.firstDayOfWeek().value
        for place in range(7):
            name = look.numbers.locale.standaloneDayName(
                (first_weekday - 1 + place) % 7 + 1, look.numbers.locale.FormatType.ShortFormat
            )
            painter.drawText(QRect(left + place * _CELL, _HEAD, _CELL, _NAMES - 2), centre, name[:2].capitalize())
        day = month
        while day.month == month.month:
            rect = self.place_of(day)
            if rect is not None:
                self._paint_day(painter, day, rect)
            day += _DAY

    def _paint_day(self, painter: QPainter, day: date, rect: QRect) -> None:
        look = self.look
        first, last = self.range
        is_end = day in (first, last)
        pill = QRectF(rect).adjusted(2, 1, -2, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if first < last and first <= day <= last:
            band = QRectF(rect).adjusted(0, 1, 0, -1)
            if day == first:
                band.setLeft(pill.center().x())
            elif day == last:
                band.setRight(pill.center().x())
            painter.fillRect(band, look.color("accent.soft"))
        if is_end:
            painter.setBrush(look.color("accent.fill"))
            painter.drawRoundedRect(pill, 6, 6)
        elif day == self._hover:
            painter.setBrush(look.color("bg.pressed"))
            painter.drawRoundedRect(pill, 6, 6)
        low, high = self._bounds
        has_data = (low is None or day >= low) and (high is None or day <= high)
        name = "text.on_accent" if is_end else "text.primary" if has_data else "text.muted"
        painter.setPen(look.color(name))
        painter.setFont(look.font("table", 600 if is_end or day == self._today else None))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), str(day.day))
        if day == self._today:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("text.on_accent" if is_end else "accent.text"))
            painter.drawEllipse(QRectF(rect.center().x() - 1, rect.bottom() - 5, 3, 3))
        if day == self._cursor and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.color("bg.raised"), 1))
            painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), 5.5, 5.5)
            painter.setPen(QPen(look.color("focus.ring"), 2))
            painter.drawRoundedRect(pill.adjusted(-1, -1, 1, 1), 7, 7)
