"""The line at the bottom: the file, freshness, what was read and how long it took, windows, currency, running jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from widgets.inputs.tray import JobLine, TrayButton
from widgets.panel import label
from widgets.text import tip

if TYPE_CHECKING:
    from datetime import datetime

    from app.context import Context
    from app.jobs import Job, Jobs
    from widgets.look import Look

_SETTLE_MS = 120


class Status(QWidget):
    """The status bar.

    Args:
        look: how it looks.
        jobs: whose running work the tray lists.
        context: of the window; None while no workspace is open.
    """

    def __init__(self, look: Look, jobs: Jobs, context: Context | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._jobs = jobs
        self._context = context
        self._seconds = 0.0
        self.setFixedHeight(look.tokens.sizes["statusbar"])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(16)
        self.file = label(look, "", "caption")
        self.rebuilt = label(look, "", "caption")
        self.time = label(look, "", "caption")
        self.windows = label(look, "", "caption")
        self.currency = label(look, "", "caption")
        self.local = label(look, look.say("Local only"), "caption")
        self.local.setToolTip(look.say("Everything is worked out on this computer. Nothing is sent anywhere."))
        self.masked = label(look, look.say("Personal data masked"), "tag-info")
        self.masked.setToolTip(
            tip(look.say("Names, emails and phones are hidden everywhere. View, Mask personal data."))
        )
        self.masked.setVisible(context is not None and context.masked)
        self.tray = TrayButton(look)
        for widget in (self.file, self.rebuilt):
            layout.addWidget(widget)
        layout.addStretch(1)
        for widget in (self.tray, self.masked, self.time, self.windows, self.currency, self.local):
            layout.addWidget(widget)
        self._lines: dict[int, Job] = {}
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._show_time)
        jobs.changed.connect(self._show_jobs)
        jobs.read_in.connect(self._read_in)
        self.tray.cancel_wanted.connect(self._cancel)
        self._show_jobs()
        if context is not None:
            self.show_about()
            context.history.changed.connect(self._show_windows)

    def show_about(self) -> None:
        """Show what is known of the workspace and its profile."""
        context, look = self._context, self._look
        if context is None:
            return
        path = context.workspace.path
        self.file.setText(f"{path.name} · {look.numbers.bytes(context.about.file_bytes)}")
        self.file.setToolTip(tip(str(path)))
        derived = context.about.derived_at
        if derived is not None:
            local = local_time(derived, context.about.settings.timezone)
            self.rebuilt.setText(look.say("Worked out {moment}", moment=look.numbers.moment(local)))
        self.currency.setText(context.about.settings.currency)
        self._show_windows()

    def _show_windows(self) -> None:
        context = self._context
        if context is None:
            return
        whatif = context.view.selection.settings
        days = whatif.click_window_days if whatif else context.about.settings.click_window_days
        text = self._look.say("Click window {n} d", n=self._look.numbers.count(days))
        self.windows.setText(text if whatif is None else text + " · " + self._look.say("what-if"))

    def _read_in(self, seconds: float) -> None:
        self._seconds = max(self._seconds, seconds)
        self._settle.start()

    def _show_time(self) -> None:
        milliseconds = self._look.numbers.count(1000 * self._seconds)
        self.time.setText(self._look.say("Query {n} ms", n=milliseconds))
        self._seconds = 0.0

    def _show_jobs(self) -> None:
        shown = [job for job in self._jobs.running() if job.is_slow and job.title]
        self._lines = {id(job): job for job in shown}
        self.tray.set_jobs(
            [
                JobLine(
                    key,
                    job.title,
                    self._look.say(job.label) if job.label else "",
                    job.fraction,
                    job.remaining_seconds,
                    can_cancel=not job.task.cancelled,
                    error=None,
                )
                for key, job in self._lines.items()
            ]
        )

    def _cancel(self, key: object) -> None:
        job = self._lines.get(key) if isinstance(key, int) else None
        if job is not None:
            self._jobs.cancel(job)


def local_time(moment: datetime, timezone: str) -> datetime:
    """A stored instant (UTC without an offset) in a zone."""
    return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(timezone))
