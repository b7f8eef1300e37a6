"""Which goal is looked at: a tab each, with how many conversions it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_HEIGHT, _FADE = 44, 40
_STEPS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class GoalTabs(QScrollArea):
    """Tabs of two lines; arrow keys move. What does not fit can be scrolled to.

    Attributes:
        chosen: another goal, by its name; empty: all of them.
    """

    chosen = Signal(str)

    def __init__(self, look: Look, name: str) -> None:
        super().__init__()
        self._look = look
        self._tabs: dict[str, _Tab] = {}
        self._current = ""
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFixedHeight(_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        home = QWidget()
        home.setProperty("kind", "canvas")
        self._row = QHBoxLayout(home)
        self._row.setContentsMargins(8, 0, 8, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self.setWidget(home)
        self._fades = tuple(_Fade(look, self, is_left=is_left) for is_left in (True, False))
        self.horizontalScrollBar().valueChanged.connect(self._show_fades)
        self.horizontalScrollBar().rangeChanged.connect(self._show_fades)

    @property
    def current(self) -> str:
        """The goal that is looked at."""
        return self._current

    def set_goals(self, goals: Sequence[tuple[str, str, str]]) -> None:
        """Show goals as (name, title, second line); the current one stays if it is among them, else the first is it."""
        had_focus = any(tab.hasFocus() for tab in self._tabs.values())
        if [goal for goal, _, _ in goals] == list(self._tabs):
            for goal, title, detail in goals:
                self._tabs[goal].say(title, detail)
            return
        for tab in self._tabs.values():
            self._row.removeWidget(tab)
            tab.hide()
            tab.deleteLater()
        self._tabs = {}
        for place, (goal, title, detail) in enumerate(goals):
            tab = _Tab(self._look, self)
            tab.say(title, detail)
            tab.clicked.connect(lambda _checked=False, goal=goal: self._choose(goal))
            self._row.insertWidget(place, tab)
            self._tabs[goal] = tab
        self.set_current(self._current if self._current in self._tabs else next(iter(self._tabs), ""))
        if had_focus and self._current in self._tabs:
            self._tabs[self._current].setFocus()

    def set_current(self, goal: str) -> None:
        """Show a goal without telling."""
        self._current = goal
        for name, tab in self._tabs.items():
            tab.setChecked(name == goal)
            tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus if name == goal else Qt.FocusPolicy.ClickFocus)
        if goal in self._tabs:
            self.ensureWidgetVisible(self._tabs[goal])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_fades()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves the tabs sideways: there is nothing above or below."""
        turned = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turned.x() or turned.y()))
        event.setAccepted(bar.maximum() > bar.minimum())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not self._tabs:
            super().keyPressEvent(event)
            return
        goals = list(self._tabs)
        self._choose(goals[(goals.index(self._current) + step) % len(goals)])
        self._tabs[self._current].setFocus(Qt.FocusReason.TabFocusReason)

    def _show_fades(self) -> None:
        """Tabs go pale at an end behind which there are more."""
        bar = self.horizontalScrollBar()
        left, right = self._fades
        left.setVisible(bar.value() > bar.minimum())
        right.setVisible(bar.value() < bar.maximum())
        right.move(self.width() - right.width(), 0)

    def _choose(self, goal: str) -> None:
        is_new = goal != self._current
        self.set_current(goal)
        if is_new:
            self.chosen.emit(goal)


class _Fade(QWidget):
    def __init__(self, look: Look, parent: QWidget, *, is_left: bool) -> None:
        super().__init__(parent)
        self._look, self._is_left = look, is_left
        self.setFixedSize(_FADE, _HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        full = self._look.color("bg.canvas")
        none = QColor(full)
        none.setAlpha(0)
        ramp = QLinearGradient(0, 0, self.width(), 0)
        ramp.setColorAt(0, full if self._is_left else none)
        ramp.setColorAt(1, none if self._is_left else full)
        QPainter(self).fillRect(self.rect(), ramp)


class _Tab(QAbstractButton):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._detail = ""
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        look.changed.connect(self.update)

    def say(self, title: str, detail: str) -> None:
        """Name and count."""
        self.setText(title)
        self._detail = detail
        self.setAccessibleName(f"{title}, {detail}" if detail else title)
        self.updateGeometry()
        self.update()

    def nextCheckState(self) -> None:
        """Which tab is on is for the row to say."""

    def sizeHint(self) -> QSize:
        upper = QFontMetrics(self._look.font("table", 600)).horizontalAdvance(self.text())
        lower = QFontMetrics(self._look.font("caption")).horizontalAdvance(self._detail)
        return QSize(max(upper, lower) + 18, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two lines, and one below the tab that is on."""
        del event
        look, is_on = self._look, self.isChecked()
        painter = QPainter(self)
        painter.setFont(look.font("table", 600 if is_on else 500))
        painter.setPen(look.color("text.primary" if is_on or self.underMouse() else "text.secondary"))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(8, 5, self.width() - 10, 17), align, self.text())
        painter.setFont(look.font("caption"))
        painter.setPen(look.color("text.muted"))
        painter.drawText(QRectF(8, 22, self.width() - 10, 16), align, self._detail)
        if is_on:
            painter.fillRect(QRectF(0, self.height() - 2, self.width(), 2), look.color("text.primary"))
