"""What makes the figures of a page incomplete, with the way to mend it; hidden by the user until the reason changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton

from widgets.panel import label

if TYPE_CHECKING:
    from app.context import Context


class Banner(QFrame):
    """The line over the figures."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        look, say = context.look, context.look.say
        self._unconverted = 0
        self.setProperty("kind", "banner-warn")
        self.setFixedHeight(look.tokens.sizes["banner"])
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        self.text = label(look, "", "warn")
        self.action = QPushButton()
        self.action.setProperty("kind", "link")
        self.action.clicked.connect(self._act)
        self.close_button = QToolButton()
        self.close_button.setProperty("kind", "ghost")
        self.close_button.setIcon(look.icon("x"))
        self.close_button.setAccessibleName(say("Hide"))
        self.close_button.clicked.connect(self._close)
        for widget in (self.text, self.action):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.close_button)
        self.hide()

    @property
    def reason(self) -> str:
        """Why it is shown, or was until the user hid it; empty: for nothing."""
        if self._context.about.is_stale:
            return "stale"
        return f"unconverted {self._unconverted}" if self._unconverted else ""

    def set_unconverted(self, number: int) -> None:
        """So many payments of the days have no exchange rate."""
        self._unconverted = number
        self.show_reason()

    def show_reason(self) -> None:
        """Show what there is to say now."""
        look, reason = self._context.look, self.reason
        if reason != self._context.hushed:
            self._context.hushed = ""
        self.setVisible(bool(reason) and not self._context.hushed)
        if reason == "stale":
            self.text.setText(look.say("Records or settings changed since the figures were worked out."))
            self.action.setText(look.say("Rebuild"))
        elif reason:
            self.text.setText(
                look.words.count(
                    self._unconverted,
                    "One payment has no exchange rate for its day and is left out of the sums. Import rates.",
                    "{n} payments have no exchange rate for their day and are left out of the sums. Import rates.",
                    n=look.numbers.count(self._unconverted),
                )
            )
            self.action.setText(look.say("Imports"))

    def _act(self) -> None:
        if self.reason == "stale":
            self._context.rebuild_wanted.emit()
        else:
            self._context.open("imports")

    def _close(self) -> None:
        self._context.hushed = self.reason
        self.hide()
