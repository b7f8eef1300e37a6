"""What all charts share: pointing at a place with mouse or keys, one tooltip, a summary for screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from widgets.charts.tip import Tip, TipText

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent

    from widgets.look import Look

_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_ON = (Qt.Key.Key_Right, Qt.Key.Key_Down)


@dataclass(frozen=True)
class Mark:
    """An entry of a chart's legend: what it is called, the colour token and how it is drawn."""

    label: str
    color: str
    kind: Literal["line", "dash", "bar"]


class Chart(QWidget):
    """A chart whose places (slots, slices, rows) are numbered from 0.

    A kind of chart says how many places there are, where they lie and what the tooltip says of them.

    Attributes:
        look: how the window looks.
        at: the place that is pointed at; None for none.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.at: int | None = None
        self._tip: Tip | None = None
        self._summary = ""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        look.changed.connect(self.restyle)

    # -- what a kind of chart says -----------------------------------------------------------------------------------

    def count(self) -> int:
        """How many places can be pointed at."""
        return 0

    def place_at(self, at: QPointF) -> int | None:
        """The place under a point."""
        del at
        return None

    def spot(self, index: int) -> QRectF:
        """Where a place lies: the tooltip stands beside it."""
        del index
        return QRectF(self.rect())

    def tip_text(self, index: int) -> TipText | None:
        """What the tooltip says of a place; None for nothing."""
        del index
        return None

    def legend(self) -> list[Mark]:
        """What its marks are, for pictures; none where they are named in the chart."""
        return []

    def act(self, index: int) -> None:
        """A place was clicked, or Return pressed on it."""
        del index

    def restyle(self) -> None:
        """Paint anew: the theme has changed."""
        self.update()

    def repoint(self) -> None:
        """Paint anew: the place pointed at has changed."""
        self.update()

    # -- what all of them do -----------------------------------------------------------------------------------------

    def describe(self, name: str, summary: str) -> None:
        """Tell screen readers what the chart is and shows."""
        self._summary = summary
        self.setAccessibleName(name)
        self.setAccessibleDescription(summary)

    def point_at(self, index: int | None) -> None:
        """Point at a place: mark it and show its tooltip; None takes both away."""
        self.at = index if index is not None and 0 <= index < self.count() else None
        text = None if self.at is None else self.tip_text(self.at)
        if text is None or self.at is None:
            self._hush()
        elif self.isVisible():
            window = self.window()
            spot = self.spot(self.at).toAlignedRect()
            move = self.mapTo(window, QPoint(0, 0))
            self._tip_over(window).tell(text, spot.translated(move), QRect(move, self.size()))
        self.repoint()

    @property
    def tip(self) -> TipText | None:
        """What the tooltip says now; None while it is hidden."""
        return self._tip.text if self._tip is not None and isValid(self._tip) and self._tip.isVisible() else None

    @property
    def tip_rect(self) -> QRect:
        """Where the tooltip is, in the window's pixels."""
        return self._tip.geometry() if self._tip is not None and isValid(self._tip) else QRect()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what the mouse is over."""
        found = self.place_at(event.position())
        if found != self.at:
            self.point_at(found)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Act on what is clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            found = self.place_at(event.position())
            if found is not None:
                self.act(found)

    def leaveEvent(self, event: QEvent) -> None:
        """Stop pointing."""
        del event
        self.point_at(None)

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the tooltip away."""
        del event
        self.point_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stop pointing."""
        super().focusOutEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home and End point; Return acts; Escape stops."""
        key, last = event.key(), self.count() - 1
        if key in _BACK and last >= 0:
            self.move_to(last if self.at is None else max(0, self.at - 1))
        elif key in _ON and last >= 0:
            self.move_to(0 if self.at is None else min(last, self.at + 1))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and last >= 0:
            self.move_to(0 if key == Qt.Key.Key_Home else last)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at is not None:
            self.act(self.at)
        elif key == Qt.Key.Key_Escape and self.at is not None:
            self.point_at(None)
        else:
            super().keyPressEvent(event)

    def move_to(self, index: int) -> None:
        """Point at a place by keyboard: screen readers hear what the tooltip says."""
        self.point_at(index)
        text = self.tip_text(index)
        self.setAccessibleDescription(text.plain() if text else self._summary)

    def _hush(self) -> None:
        if self._tip is not None and isValid(self._tip):
            self._tip.hide()
        if self.accessibleDescription() != self._summary:
            self.setAccessibleDescription(self._summary)

    def _tip_over(self, window: QWidget) -> Tip:
        if self._tip is None or not isValid(self._tip) or self._tip.parentWidget() is not window:
            if self._tip is not None and isValid(self._tip):
                self._tip.deleteLater()
            self._tip = Tip(self.look, window)
            self.destroyed.connect(self._tip.deleteLater)
        return self._tip
