"""The first page: open a workspace, make one, or build the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from widgets.panel import label, rule
from widgets.text import isolated, tip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from widgets.look import Look

_CURRENCIES = ("USD", "EUR", "GBP", "MXN", "COP", "ARS", "BRL", "CLP", "PEN", "CAD", "AUD", "CHF", "JPY")


class Welcome(QWidget):
    """What a window without a workspace shows, or with one that has no profile yet.

    Args:
        look: how it looks.
        recent: workspaces opened last.
        timezone: of this computer.
        opened: name of the open workspace without a profile; empty without one.

    Attributes:
        create_wanted: (name, currency, time zone, own domains): a new workspace is wanted.
        open_wanted: an existing one; a path, or "" to be asked for it.
        demo_wanted: the demo is wanted.
        cancel_wanted: what is under way is not wanted any more.
    """

    create_wanted = Signal(str, str, str, list)
    open_wanted = Signal(str)
    demo_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(
        self, look: Look, recent: Sequence[Path], timezone: str, opened: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._opened = opened
        self._look = look
        self.setAccessibleName(look.say("Welcome"))
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._left(timezone), 52)
        row.addWidget(rule(is_vertical=True))
        row.addWidget(self._right(recent), 48)

    def show_progress(self, title: str, detail: str, fraction: float | None) -> None:
        """Work is under way; ``title`` empty: none is."""
        self.progress.setVisible(bool(title))
        for widget in (self.create_button, self.demo_button, self.open_button):
            widget.setEnabled(not title)
        self._progress_title.setText(title)
        self._progress_detail.setText(detail)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self._bar.setValue(int(1000 * fraction))
        if not title:
            self._bar.setRange(0, 1)

    def show_error(self, text: str) -> None:
        """Say what went wrong; empty: nothing."""
        self._error.setText(text)
        self._error.setVisible(bool(text))

    def _left(self, timezone: str) -> QWidget:
        look, say = self._look, self._look.say
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(72, 56, 48, 40)
        column.setSpacing(8)
        title = label(look, say("Find out which ads pay"), "hero")
        title.setFont(look.font("hero"))
        title.setStyleSheet("font-size: 30px; font-weight: 600;")
        column.addWidget(title)
        lead = label(
            look,
            say(
                "Attribench keeps everything in one file on this computer. Add exports of your tracker, ads and "
                "payments. Figures appear as soon as one payment can be matched to one visit."
            ),
            "secondary",
        )
        lead.setWordWrap(True)
        lead.setMaximumWidth(520)
        lead.setStyleSheet("font-size: 15px;")
        column.addWidget(lead)
        column.addSpacing(20)
        column.addLayout(
            self._step(
                "1",
                say("Create a profile"),
                say(
                    "{name} has no profile yet: give it a name, a currency and a time zone.",
                    name=isolated(self._opened),
                )
                if self._opened
                else say("A client or business of its own: name, currency, time zone."),
            )
        )
        self.name = QLineEdit(self)
        self.name.setPlaceholderText(say("Name of the client or business"))
        self.currency = QComboBox(self)
        self.currency.setEditable(True)
        self.currency.addItems(_CURRENCIES)
        self.timezone = QLineEdit(timezone, self)
        self.domains = QLineEdit(self)
        self.domains.setPlaceholderText("example.com, shop.example.com")
        form = QFormLayout()
        form.setContentsMargins(40, 4, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        for name, field in (
            (say("Name"), self.name),
            (say("Currency"), self.currency),
            (say("Time zone"), self.timezone),
            (say("Own domains"), self.domains),
        ):
            caption = label(look, name, "secondary")
            caption.setBuddy(field)
            field.setAccessibleName(name)
            field.setMaximumWidth(340)
            form.addRow(caption, field)
        column.addLayout(form)
        self.create_button = QPushButton(say("Create profile") if self._opened else say("Create workspace…"), self)
        self.create_button.setProperty("kind", "primary")
        self._error = label(look, "", "error")
        self._error.setWordWrap(True)
        self._error.setVisible(False)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(40, 4, 0, 0)
        buttons.addWidget(self.create_button)
        buttons.addWidget(self._error, 1)
        buttons.addStretch(0)
        column.addLayout(buttons)
        column.addSpacing(16)
        column.addLayout(
            self._step(
                "2",
                say("Bring in data"),
                say("Drop files anywhere on the window: CSV, JSON, Parquet, also compressed."),
            )
        )
        column.addSpacing(8)
        column.addLayout(
            self._step("3", say("See what pays"), say("A payment is the usual goal. Bookings and leads count too."))
        )
        column.addStretch(1)
        self.create_button.clicked.connect(self._create)
        self.name.returnPressed.connect(self._create)
        return side

    def _right(self, recent: Sequence[Path]) -> QWidget:
        look, say = self._look, self._look.say
        side = QWidget(self)
        side.setProperty("kind", "sunken")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        column.setContentsMargins(48, 56, 48, 40)
        column.setSpacing(10)
        column.addWidget(_Sketch(look, side))
        column.addSpacing(12)
        self.progress = QFrame(side)
        self.progress.setProperty("kind", "card")
        box = QVBoxLayout(self.progress)
        box.setContentsMargins(16, 12, 16, 12)
        self._progress_title = label(look, "", "strong")
        self._progress_detail = label(look, "", "muted")
        self._bar = QProgressBar(self.progress)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(say("Progress"))
        cancel = QPushButton(say("Cancel"), self.progress)
        cancel.clicked.connect(self.cancel_wanted)
        line = QHBoxLayout()
        line.addWidget(self._progress_detail, 1)
        line.addWidget(cancel)
        box.addWidget(self._progress_title)
        box.addWidget(self._bar)
        box.addLayout(line)
        self.progress.setVisible(False)
        column.addWidget(self.progress)
        column.addWidget(label(look, say("Look around first?"), "strong"))
        about = label(
            look,
            say(
                "The demo is an invented clinic with a shop: 180 days of visits, ads, leads and payments. It becomes a "
                "file of its own, so nothing mixes with yours."
            ),
            "muted",
        )
        about.setWordWrap(True)
        column.addWidget(about)
        self.demo_button = QPushButton(look.icon("flask"), say("Build the demo"), side)
        self.open_button = QPushButton(look.icon("folder-open"), say("Open a workspace…"), side)
        self.open_button.setProperty("kind", "ghost")
        buttons = QHBoxLayout()
        buttons.addWidget(self.demo_button)
        buttons.addWidget(self.open_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        if recent:
            column.addSpacing(8)
            column.addWidget(label(look, say("Opened last"), "caption"))
            for path in recent[:5]:
                button = QPushButton(path.name.replace("&", "&&"), side)
                button.setProperty("kind", "link")
                button.setToolTip(tip(str(path)))
                button.clicked.connect(lambda _checked=False, path=path: self.open_wanted.emit(str(path)))
                column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(8)
        column.addWidget(rule())
        promise = QHBoxLayout()
        lock = QLabel(side)
        lock.setPixmap(look.pixmap("lock-simple", 16))
        words = label(look, say("Nothing you import leaves this computer."), "muted")
        words.setWordWrap(True)
        promise.addWidget(lock, 0, Qt.AlignmentFlag.AlignTop)
        promise.addWidget(words, 1)
        column.addLayout(promise)
        column.addStretch(1)
        self.demo_button.clicked.connect(self.demo_wanted)
        self.open_button.clicked.connect(lambda: self.open_wanted.emit(""))
        return side

    def _step(self, number: str, title: str, detail: str) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        ring = QLabel(number, self)
        ring.setFixedSize(24, 24)
        ring.setAlignment(Qt.AlignmentFlag.AlignCenter)
        ring.setProperty("kind", "step")
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(label(self._look, title, "strong"))
        texts.addWidget(label(self._look, detail, "muted"))
        line.addWidget(ring, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(texts, 1)
        return line

    def _create(self) -> None:
        name = self.name.text().strip()
        if not name:
            self.show_error(self._look.say("Give the profile a name."))
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.show_error("")
        domains = [part.strip() for part in self.domains.text().split(",") if part.strip()]
        self.create_wanted.emit(
            name, self.currency.currentText().strip().upper(), self.timezone.text().strip(), domains
        )


class _Sketch(QWidget):
    """A dashboard without figures."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setFixedHeight(230)
        self.setMaximumWidth(520)
        look.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(look.color("border.hairline"))
        painter.setBrush(look.color("bg.canvas"))
        painter.drawRoundedRect(area, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("bg.pressed"))
        cell = (area.width() - 40) / 4
        for place in range(4):
            painter.drawRoundedRect(QRectF(20 + place * cell, 20, cell * 0.45, 6), 3, 3)
            painter.drawRoundedRect(QRectF(20 + place * cell, 32, cell * 0.75, 14), 4, 4)
        heights = (30, 44, 52, 60, 48, 50, 50, 56, 20, 24, 32, 12, 18, 34, 48, 40, 52, 58, 62, 42, 42, 40, 16, 20)
        slot = (area.width() - 40) / len(heights)
        base = area.height() - 34
        painter.setBrush(look.color("series.money_soft"))
        for place, height in enumerate(heights):
            painter.drawRoundedRect(QRectF(20 + place * slot, base - height, slot * 0.64, height), 2, 2)
        painter.setBrush(look.color("bg.pressed"))
        for place, width in enumerate((0.42, 0.36)):
            painter.drawRoundedRect(QRectF(20, base + 10 + place * 11, area.width() * width, 5), 2.5, 2.5)
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(look.color("series.people_prev"))
        pen.setWidthF(2)
        painter.setPen(pen)
        points = (88, 80, 76, 75, 77, 84, 100, 106, 110, 111, 108, 106, 112, 104, 96, 84, 76)
        step = (area.width() - 40) / (len(points) - 1)
        painter.drawPolyline([QPointF(20 + place * step, 14 + y * 0.8) for place, y in enumerate(points)])
