"""How many appointments each channel brought, in one line; as many channels as there is room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPaintEvent

    from widgets.look import Look

_GAP, _BETWEEN = 5, 12
_MOST = 4


@dataclass(frozen=True)
class Share:
    """A channel, its name and how many it brought."""

    channel: str
    label: str
    count: int


class ChannelTally(QWidget):
    """The line, from the right: the total, what is left over, the largest channels before it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self._shares: Sequence[Share] = ()
        self._total = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(120)
        look.changed.connect(self.update)

    def set_shares(self, shares: Sequence[Share], total: str) -> None:
        """Show these, the largest first, and the total in words."""
        self._shares, self._total = list(shares), total
        whole = ", ".join(f"{each.label} {self.look.numbers.count(each.count)}" for each in shares)
        self.setAccessibleName(f"{total}: {whole}" if whole else total)
        self.setToolTip(tip(whole))
        self.update()

    @property
    def text(self) -> str:
        """All of it, as screen readers say it."""
        return self.accessibleName()

    def sizeHint(self) -> QSize:
        """Some channels and the total."""
        return QSize(420, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what there is room for."""
        del event
        look, numbers = self.look, self.look.numbers
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plain, strong = look.font("table"), look.font("table", 600)
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)

        def wide(text: str, *, is_strong: bool = False) -> float:
            return QFontMetricsF(strong if is_strong else plain).horizontalAdvance(text)

        def draw(text: str, left: float, color: str, *, is_strong: bool = False) -> None:
            painter.setFont(strong if is_strong else plain)
            painter.setPen(look.color(color))
            painter.drawText(QRectF(left, 0, self.width(), self.height()), middle, text)

        right = self.width() - wide(self._total, is_strong=True)
        draw(self._total, right, "text.primary", is_strong=True)
        widths = [SIZE + 2 * _GAP + wide(each.label) + wide(numbers.count(each.count), is_strong=True) + _BETWEEN
                  for each in self._shares]  # fmt: skip
        kept = min(len(self._shares), _MOST)
        while kept and sum(widths[:kept]) + self._rest_width(kept, wide) > right - 2 * _BETWEEN:
            kept -= 1
        if kept == 0:
            return
        left = right - 2 * _BETWEEN - sum(widths[:kept]) - self._rest_width(kept, wide)
        for each, width in zip(self._shares[:kept], widths[:kept], strict=True):
            paint_channel(painter, QRectF(left, (self.height() - SIZE) / 2, SIZE, SIZE), each.channel, look)
            draw(each.label, left + SIZE + _GAP, "text.secondary")
            count = numbers.count(each.count)
            draw(count, left + SIZE + 2 * _GAP + wide(each.label), "text.primary", is_strong=True)
            left += width
        if kept < len(self._shares):
            draw(self._rest(kept), left, "text.muted")
        painter.fillRect(QRectF(round(right) - _BETWEEN, (self.height() - 20) / 2, 1, 20), look.color("border.strong"))

    def _rest(self, kept: int) -> str:
        number = self.look.numbers.count(sum(each.count for each in self._shares[kept:]))
        return self.look.say("other {n}", n=number)

    def _rest_width(self, kept: int, wide: Callable[[str], float]) -> float:
        return wide(self._rest(kept)) if kept < len(self._shares) else 0.0
