"""A titled pane and its states: loading, empty, failed, ready.

The title stays while the content is read. A first read shows skeletons after a moment; a later one leaves the figures
in place, dimmed. An error says what failed and what to do, where the content would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from widgets.look import Look

Skeleton = Literal["rows", "bars", "cells"]

_MARGIN = 16
_CELLS, _SLOTS = 7, 24
_LOW = 120  # pixels: below, a notice is one line
_WIDEST_DETAIL = 460


class Panel(QFrame):
    """A pane.

    Args:
        look: how it looks.
        title: its name; also the accessible one. Without a header when ``header`` is False.
        content: what it shows when ready.
        tools: widgets at the right end of the header.
        header: whether there is a header.
        skeleton: what its content looks like while it is read.

    Attributes:
        retried: the user wants to try again after an error.
    """

    retried = Signal()

    def __init__(
        self,
        look: Look,
        title: str,
        content: QWidget,
        *,
        tools: Sequence[QWidget] = (),
        header: bool = True,
        skeleton: Skeleton = "rows",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(title)
        self.content = content
        self._look = look
        self._has_content = False
        self._is_busy = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.header = QWidget(self)
        self.title = label(look, title, "strong")
        self.header_layout = QHBoxLayout(self.header)
        self.header_layout.setContentsMargins(_MARGIN, 0, 8, 0)
        self.header_layout.setSpacing(8)
        self.header_layout.addWidget(self.title)
        self.header_layout.addStretch(1)
        for tool in tools:
            self.header_layout.addWidget(tool)
        self.header.setFixedHeight(look.tokens.sizes["panel_header"])
        self.header.setVisible(header)
        layout.addWidget(self.header)
        self._body = QWidget(self)
        self._stack = QStackedLayout(self._body)
        self._stack.setStackingMode(QStackedLayout.StackingMode.StackOne)
        self._stack.addWidget(content)
        self._notice = Notice(look, self)
        self._notice.acted.connect(self.retried)
        self._stack.addWidget(self._notice)
        layout.addWidget(self._body, 1)
        self._veil = Veil(look, self._body, skeleton)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(int(look.tokens.motion["skeleton_delay_ms"]))
        self._delay.timeout.connect(self._veil_now)

    @property
    def is_busy(self) -> bool:
        """Whether a read is under way."""
        return self._is_busy

    @property
    def has_content(self) -> bool:
        """Whether the content shows figures, of the read under way or of the one before."""
        return self._has_content

    @property
    def notice(self) -> Notice:
        """What stands in place of the content when there is nothing to show."""
        return self._notice

    def begin(self) -> None:
        """A read begins: after a moment skeletons show, or what there is dims."""
        self._is_busy = True
        if not self._delay.isActive() and not self._veil.isVisible():
            self._delay.start()

    def renew(self) -> None:
        """What was shown is of something else: the next read begins like a first one."""
        self._has_content = False

    def ready(self) -> None:
        """The content is up to date."""
        self._settle()
        self._has_content = True
        self._stack.setCurrentWidget(self.content)

    def empty(self, title: str, detail: str = "", action: str = "") -> None:
        """There is nothing to show: why, and the way out (``notice.acted`` when it is taken)."""
        self._settle()
        self._has_content = False
        self._notice.say("funnel", title, detail, action)
        self._stack.setCurrentWidget(self._notice)

    def fail(self, title: str, detail: str, action: str = "") -> None:
        """The read failed: what happened and what to do."""
        self._settle()
        self._has_content = False
        self._notice.say("warning-circle", title, detail, action, color="bad.text", is_error=True)
        self._stack.setCurrentWidget(self._notice)

    def load(self) -> None:
        """Show skeletons at once, as for a picture of the loading state."""
        self._is_busy = True
        self._has_content = False
        self._veil_now()

    def _settle(self) -> None:
        self._is_busy = False
        self._delay.stop()
        self._veil.hide()

    def _veil_now(self) -> None:
        self._veil.cover(is_skeleton=not self._has_content)


class Notice(QWidget):
    """An icon, a sentence, a detail and a way out, in the middle of a pane.

    Attributes:
        acted: the action was chosen.
    """

    acted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._drawn = ("funnel", "text.secondary")
        self._icon = QLabel(self)
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(look, "", "strong")
        self.detail = label(look, "", "muted")
        self.action = QPushButton(self)
        self.copy = QPushButton(look.say("Copy details"), self)
        self.copy.setProperty("kind", "ghost")
        for each in (self.title, self.detail):
            each.setAlignment(Qt.AlignmentFlag.AlignCenter)
            each.setWordWrap(True)
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.action)
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        self._box = layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        layout.setContentsMargins(_MARGIN, 8, _MARGIN, 8)
        layout.setSpacing(6)
        layout.addStretch(1)
        layout.addWidget(self._icon)
        layout.addWidget(self.title)
        layout.addWidget(self.detail, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addSpacing(4)
        layout.addLayout(buttons)
        layout.addStretch(1)
        self.action.clicked.connect(self.acted)
        self.copy.clicked.connect(self._copy)
        look.changed.connect(self._draw)

    def say(
        self,
        icon: str,
        title: str,
        detail: str,
        action: str,
        *,
        color: str = "text.secondary",
        is_error: bool = False,
    ) -> None:
        """Say something else."""
        self._drawn = (icon, color)
        self._draw()
        self.title.setText(title)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self._fit_detail()
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.copy.setVisible(is_error)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One line where there is no height for several."""
        super().resizeEvent(event)
        is_low = self.height() < _LOW
        self._box.setDirection(QBoxLayout.Direction.LeftToRight if is_low else QBoxLayout.Direction.TopToBottom)
        self.title.setWordWrap(not is_low)
        self._fit_detail()

    def _fit_detail(self) -> None:
        """Give wrapped text all its lines: a layout asks a centred label for its narrowest shape instead."""
        room = min(_WIDEST_DETAIL, self.width() - 2 * _MARGIN)
        width = min(room, self.detail.fontMetrics().horizontalAdvance(self.detail.text()) + 8)
        self.detail.setMinimumHeight(0)  # a label never asks for less than it was given at least
        self.detail.setFixedSize(max(1, width), max(1, self.detail.heightForWidth(max(1, width))))
        policy = self.detail.sizePolicy()
        policy.setHeightForWidth(False)  # nothing is left for the layout to work out
        self.detail.setSizePolicy(policy)

    def _draw(self) -> None:
        icon, color = self._drawn
        self._icon.setPixmap(self._look.pixmap(icon, 22, color))

    def _copy(self) -> None:
        from PySide6.QtGui import QGuiApplication

        text = f"{self.title.text()}\n{self.detail.text()}"
        QGuiApplication.clipboard().setText(text)


class Veil(QWidget):
    """Lies over a pane while it is read: skeletons in place of nothing, or a shade over what there was."""

    def __init__(self, look: Look, over: QWidget, skeleton: Skeleton) -> None:
        super().__init__(over)
        self._look = look
        self._over = over
        self._skeleton: Skeleton = skeleton
        self._is_skeleton = True
        self._pulse = QVariantAnimation(self)
        self._pulse.setStartValue(1.0)
        self._pulse.setKeyValueAt(0.5, 0.55)
        self._pulse.setEndValue(1.0)
        self._pulse.setDuration(int(look.tokens.motion["skeleton_pulse_ms"]))
        self._pulse.setLoopCount(-1)
        self._pulse.valueChanged.connect(self.update)
        over.installEventFilter(self)
        self.hide()

    def cover(self, *, is_skeleton: bool) -> None:
        """Show over the whole pane."""
        self._is_skeleton = is_skeleton
        self._fit()
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        if self._is_skeleton and not is_motion_reduced():
            self._pulse.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._pulse.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        canvas = QColor(self._look.color("bg.canvas"))
        if not self._is_skeleton:
            canvas.setAlphaF(0.55)
            painter.fillRect(self.rect(), canvas)
            return
        painter.fillRect(self.rect(), canvas)
        bar = QColor(self._look.color("bg.pressed"))
        if self._pulse.state() == QVariantAnimation.State.Running:
            bar.setAlphaF(float(self._pulse.currentValue()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(bar)
        {"rows": self._draw_rows, "bars": self._draw_bars, "cells": self._draw_cells}[self._skeleton](painter)

    def _draw_cells(self, painter: QPainter) -> None:
        width = self.width() / _CELLS
        for place in range(_CELLS):
            left = place * width + _MARGIN
            painter.drawRoundedRect(QRectF(left, 14, width * 0.4, 8), 4, 4)
            painter.drawRoundedRect(QRectF(left, 32, width * 0.5, 18), 5, 5)
            painter.drawRoundedRect(QRectF(left, 60, width * 0.3, 8), 4, 4)

    def _draw_bars(self, painter: QPainter) -> None:
        slot = (self.width() - 4 * _MARGIN) / _SLOTS
        room = self.height() - 40
        for place in range(_SLOTS):
            height = room * (0.25 + 0.5 * abs((place * 7) % 11 - 5) / 5)
            left = 2 * _MARGIN + place * slot
            painter.drawRoundedRect(QRectF(left, self.height() - 24 - height, slot * 0.64, height), 2, 2)

    def _draw_rows(self, painter: QPainter) -> None:
        step = self._look.row_height
        lengths = (0.46, 0.38, 0.52, 0.33, 0.43, 0.36)
        row = 0
        while (row + 1) * step <= self.height() + step / 2 and row < 40:
            y = row * step + step / 2 - 4
            width = (self.width() - 2 * _MARGIN) * lengths[row % len(lengths)]
            painter.drawRoundedRect(QRectF(_MARGIN, y, width, 8), 4, 4)
            if self.width() > 260:
                painter.drawRoundedRect(QRectF(self.width() - _MARGIN - 44, y, 44, 8), 4, 4)
                painter.drawRoundedRect(QRectF(self.width() - _MARGIN - 112, y, 44, 8), 4, 4)
            row += 1

    def _fit(self) -> None:
        self.setGeometry(0, 0, self._over.width(), self._over.height())


def label(look: Look, text: str, kind: str, parent: QWidget | None = None) -> QLabel:
    """A label of plain text in one of the style sheet's kinds."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    if kind == "title":
        made.setFont(look.font("title"))
        made.setStyleSheet("font-size: 18px; font-weight: 600;")
    return made


def rule(*, is_vertical: bool = False, parent: QWidget | None = None) -> QFrame:
    """A hairline."""
    made = QFrame(parent)
    made.setProperty("kind", "rule")
    made.setFixedWidth(1) if is_vertical else made.setFixedHeight(1)
    return made


def is_motion_reduced() -> bool:
    """Whether the system asks for less motion, or there is nobody to see any."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName() == "offscreen"
