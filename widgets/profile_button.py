"""The profile that is looked at: monogram, name, currency and time zone; opens the list of profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter

from widgets.inputs.picker import PickerButton
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from widgets.inputs.picker import Choice
    from widgets.look import Look

_HEIGHT = 40
_MONOGRAM = 26


class ProfileButton(PickerButton):
    """The button. The chosen choice's detail is the second line."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, kind="profile", search=look.say("Find a client"))
        self._shown: dict[str, Choice] = {}

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """What there is to choose from."""
        self._shown = {choice.key: choice for choice in choices}
        super().set_choices(choices)

    def sizeHint(self) -> QSize:
        """As wide as the sidebar lets it be."""
        return QSize(self.look.tokens.sizes["sidebar"] - 12, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The monogram and some of the name."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self.look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("bg.pressed" if self.isDown() else "bg.hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        choice = self._shown.get(self.current)
        name = one_line(choice.title) if choice is not None else ""
        square = QRectF(4, (self.height() - _MONOGRAM) / 2, _MONOGRAM, _MONOGRAM)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("text.primary"))
        painter.drawRoundedRect(square, 6, 6)
        painter.setPen(look.color("bg.window"))
        painter.setFont(look.font("caption", 600))
        painter.drawText(square, Qt.AlignmentFlag.AlignCenter, monogram(name))
        left, right = square.right() + 10, self.width() - 20.0
        painter.setPen(look.color("text.primary"))
        painter.setFont(look.font("table", 600))
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, 3, right - left, 18), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(look.color("text.muted"))
        painter.setFont(look.font("caption"))
        detail = choice.detail if choice is not None else ""
        text = painter.fontMetrics().elidedText(detail, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, 20, right - left, 16), Qt.AlignmentFlag.AlignVCenter, text)
        look.icon("caret-down-bold").paint(painter, int(self.width() - 16), (self.height() - 10) // 2, 10, 10)


def monogram(name: str) -> str:
    """The first letters of a name's first two words."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"
