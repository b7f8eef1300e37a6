"""What runs in the background: a button in the status bar, and the list of jobs behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStyle, QVBoxLayout, QWidget

from widgets.inputs.composed import ComposedButton
from widgets.inputs.popover import Popover
from widgets.inputs.progress import ThinProgress
from widgets.text import PROSE, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

    from widgets.look import Look

_WIDTH = 340
_TURN_MS, _STEP = 80, 30  # how often the spinner turns, and by how many degrees
_LOW = "QPushButton { min-height: 20px; max-height: 20px; }"
_AROUND = 26  # left and right of a job's texts


@dataclass(frozen=True)
class JobLine:
    """A job.

    Attributes:
        key: what it is known by.
        title: what it does.
        label: the step it is at.
        fraction: how much is done, 0 to 1; None if nobody knows.
        remaining_seconds: until it ends; None if nobody knows.
        can_cancel: whether it can be stopped.
        error: why it failed; None if it has not.
    """

    key: object
    title: str
    label: str = ""
    fraction: float | None = None
    remaining_seconds: float | None = None
    can_cancel: bool = True
    error: str | None = None


class _Job(QWidget):
    """The lines of a job; kept while it runs, so that the focus stays on its button."""

    cancelled = Signal(object)

    def __init__(self, look: Look, parent: QWidget, key: object) -> None:
        super().__init__(parent)
        self.look = look
        self._key = key
        self._title, self._label, self._left = (self._text(kind) for kind in ("strong", "muted", "caption"))
        self._bar = ThinProgress(look, self)
        self.button = QPushButton(look.say("Cancel"), self)
        self.button.setProperty("kind", "ghost")
        self.button.clicked.connect(lambda: self.cancelled.emit(self._key))
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.button)
        foot = QHBoxLayout()
        foot.addWidget(self._label, 1)
        foot.addWidget(self._left)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 10, 8)
        column.setSpacing(3)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column.addLayout(head)
        column.addWidget(self._bar)
        column.addLayout(foot)

    def show_line(self, line: JobLine) -> None:
        """Show how it stands."""
        self._bar.setAccessibleName(one_line(line.title))
        has_failed = line.error is not None
        self._bar.setVisible(not has_failed)
        self._bar.set_fraction(line.fraction)
        kind = "error" if has_failed else "muted"
        if self._label.property("kind") != kind:
            self._label.setProperty("kind", kind)
            self._label.style().unpolish(self._label)
            self._label.style().polish(self._label)
        seconds = None if has_failed else line.remaining_seconds
        left = "" if seconds is None else self.look.numbers.seconds(max(0, round(seconds)))
        self._left.setText(self.look.say("{time} left", time=left) if left else "")
        self._left.setVisible(bool(left))
        self._fit_texts(line)
        self.button.setVisible(line.can_cancel or has_failed)
        self.button.setText(self.look.say("Dismiss") if has_failed else self.look.say("Cancel"))
        self.button.setAccessibleName(f"{self.button.text()}: {one_line(line.title)}")

    def _fit_texts(self, line: JobLine) -> None:
        """Title and step in one line each, what went wrong in as many as it takes."""
        right = Qt.TextElideMode.ElideRight
        self._title.setText(self._title.fontMetrics().elidedText(one_line(line.title), right, _WIDTH - _AROUND - 80))
        self._label.setWordWrap(line.error is not None)
        if line.error is not None:
            self._label.setText(one_line(line.error, PROSE))
            self._label.setFixedHeight(self._label.heightForWidth(_WIDTH - _AROUND))
        else:
            room = _WIDTH - _AROUND - self._left.sizeHint().width() - 8
            self._label.setText(self._label.fontMetrics().elidedText(one_line(line.label), right, room))
            self._label.setFixedHeight(16)
        self._label.setVisible(bool(line.label) or line.error is not None or bool(self._left.text()))

    def _text(self, kind: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setProperty("kind", kind)
        return label


class JobsPopover(Popover):
    """The list of jobs.

    Attributes:
        cancel_wanted: key of the job whose button was pressed (to dismiss it, if it has failed).
    """

    cancel_wanted = Signal(object)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._jobs: dict[object, _Job] = {}
        self._nothing = QLabel(look.say("Nothing is running."), self)
        self._nothing.setProperty("kind", "muted")
        self._nothing.setContentsMargins(16, 12, 16, 12)
        spacer = QFrame(self)
        spacer.setFixedSize(_WIDTH, 5)
        self.body.setContentsMargins(1, 1, 1, 5)
        self.body.addWidget(spacer)
        self.body.addWidget(self._nothing)

    def first_focus(self) -> QWidget | None:
        """The first job's button."""
        return next((job.button for job in self._jobs.values() if not job.button.isHidden()), None)

    def set_jobs(self, lines: Sequence[JobLine]) -> None:
        """Show these jobs; those shown before keep their place."""
        before = len(self._jobs), self.sizeHint().height()
        keys = {line.key for line in lines}
        for key in [key for key in self._jobs if key not in keys]:
            job = self._jobs.pop(key)
            had_focus = job.button.hasFocus()
            job.hide()
            job.deleteLater()
            if had_focus:
                (self.first_focus() or self).setFocus(Qt.FocusReason.OtherFocusReason)
        for line in lines:
            job = self._jobs.get(line.key)
            if job is None:
                job = self._jobs[line.key] = _Job(self.look, self, line.key)
                job.cancelled.connect(self.cancel_wanted)
                self.body.addWidget(job)
            job.show_line(line)
        self._nothing.setVisible(not lines)
        if self.isVisible() and before != (len(self._jobs), self.sizeHint().height()):
            self.place()


class TrayButton(ComposedButton):
    """The button in the status bar: a spinner and how many jobs run; hidden while there are none.

    Args:
        look: theme and words.

    Attributes:
        cancel_wanted: key of the job to stop or dismiss.
    """

    cancel_wanted = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent, kind="ghost")
        self.setStyleSheet(_LOW)
        self._lines: Sequence[JobLine] = ()
        self._angle = 0
        self._turner = QTimer(self)
        self._turner.setInterval(_TURN_MS)
        self._turner.timeout.connect(self._turn)
        self.popover = JobsPopover(look, self)
        self.popover.cancel_wanted.connect(self.cancel_wanted)
        self.clicked.connect(self.open_list)
        self.set_jobs(())

    @property
    def is_turning(self) -> bool:
        """Whether the spinner turns."""
        return self._turner.isActive()

    def set_jobs(self, lines: Sequence[JobLine]) -> None:
        """What runs, and what failed and was not dismissed."""
        self._lines = lines
        running, failed = self._counts()
        words, numbers = self.look.words, self.look.numbers
        if failed:
            text = words.count(failed, "{n} failed", "{n} failed", n=numbers.count(failed))
        else:
            text = words.count(running, "{n} running", "{n} running", n=numbers.count(running))
        color = "bad.text" if failed else "text.secondary"
        self.compose(icon="spinner-gap", value=text, color=color, weight=400)
        self.setVisible(bool(lines) or self.popover.isVisible())
        self.popover.set_jobs(lines)
        self._run_spinner()

    def open_list(self) -> None:
        """Open the list of jobs."""
        self.popover.open_under(self, is_right_aligned=True)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _counts(self) -> tuple[int, int]:
        failed = sum(line.error is not None for line in self._lines)
        return len(self._lines) - failed, failed

    def _run_spinner(self) -> None:
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration
        is_calm = self.style().styleHint(hint, None, self) <= 0  # the system asks for less motion
        if self.isVisible() and self._counts()[0] and not is_calm:
            if not self._turner.isActive():
                self._turner.start()
        else:
            self._turner.stop()

    def _turn(self) -> None:
        self._angle = (self._angle + _STEP) % 360
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """The spinner turns while it is seen."""
        super().showEvent(event)
        self._run_spinner()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing turns unseen."""
        super().hideEvent(event)
        self._turner.stop()

    def paint_icon(self, painter: QPainter, rect: QRectF) -> None:
        """The spinner, or a warning when something failed."""
        running, failed = self._counts()
        name, color = ("warning-circle-fill", "bad.text") if failed else ("spinner-gap", "text.secondary")
        pixmap = self.look.icon(name, color).pixmap(QSize(14, 14), self.devicePixelRatioF())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(rect.center())
        if running and not failed:
            painter.rotate(self._angle)
        painter.drawPixmap(QRectF(-7, -7, 14, 14), pixmap, QRectF(pixmap.rect()))
        painter.restore()
