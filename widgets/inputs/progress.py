"""A thin progress bar that also shows work whose end nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QStyle, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QPaintEvent, QShowEvent

    from widgets.look import Look

_STEPS = 1000
_HEIGHT = 4
_FRAME_MS, _FRAMES = 40, 40  # of one pass of the moving part
_PART = 0.3


class ThinProgress(QProgressBar):
    """Four pixels high. Without a fraction a part moves along; it stands in the middle where motion is unwanted."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._frame = _FRAMES // 2
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._move_on)
        self.setTextVisible(False)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def set_fraction(self, fraction: float | None) -> None:
        """How much is done, 0 to 1; None if nobody knows."""
        self.setRange(0, 0 if fraction is None else _STEPS)
        if fraction is not None:
            self.setValue(round(max(0.0, min(fraction, 1.0)) * _STEPS))
        self._run()
        self.update()

    @property
    def is_moving(self) -> bool:
        """Whether a part moves along."""
        return self._timer.isActive()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        is_calm = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self) <= 0
        if self.isVisible() and self.maximum() == 0 and not is_calm:
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def _move_on(self) -> None:
        self._frame = (self._frame + 1) % _FRAMES
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Moves while it is seen."""
        super().showEvent(event)
        self._run()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stands still unseen."""
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track and part."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(self.rect())
        painter.setBrush(self.look.color("bg.pressed"))
        painter.drawRoundedRect(track, 2, 2)
        if self.maximum():
            first, last = 0.0, self.value() / self.maximum()
        else:
            first = (1 + _PART) * self._frame / _FRAMES - _PART
            first, last = max(0.0, first), min(1.0, first + _PART)
        part = QRectF(first * track.width(), 0, (last - first) * track.width(), track.height())
        painter.setBrush(self.look.color("accent.fill"))
        painter.drawRoundedRect(part, 2, 2)
