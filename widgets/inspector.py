"""A pane that explains one thing: headings, sentences, figures, a diff, parts by channel, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from widgets.one_line import OneLine
from widgets.panel import label, rule
from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from widgets.look import Look

_MARGIN = 16
_LINE = 24


class Inspector(QWidget):
    """The pane. Its content is given anew each time with :meth:`begin`.

    Attributes:
        acted: the main action was chosen.
        exported: the second one was.
    """

    acted = Signal()
    seconded = Signal()

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setAccessibleName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._area, 1)
        self._foot = QWidget()
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(0)
        foot.addWidget(rule())
        buttons = QHBoxLayout()
        buttons.setContentsMargins(_MARGIN, 10, _MARGIN, 4)
        buttons.setSpacing(8)
        self.action = QPushButton()
        self.action.setProperty("kind", "primary")
        self.action.clicked.connect(self.acted)
        self.second = QPushButton()
        self.second.setProperty("kind", "ghost")
        self.second.clicked.connect(self.seconded)
        buttons.addWidget(self.action)
        buttons.addWidget(self.second)
        buttons.addStretch(1)
        foot.addLayout(buttons)
        self.note = label(look, "", "caption")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(_MARGIN, 0, _MARGIN, 10)
        foot.addWidget(self.note)
        column.addWidget(self._foot)
        self._body = QWidget()
        self._rows = QVBoxLayout(self._body)
        self.begin()

    def begin(self) -> None:
        """Empty it."""
        body = self._body = QWidget()
        body.setProperty("kind", "canvas")
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(_MARGIN, 12, _MARGIN, 12)
        self._rows.setSpacing(6)
        self._rows.addStretch(1)
        self._area.setWidget(body)
        self.offer("")

    def texts(self) -> list[str]:
        """Every text it shows, from top to bottom."""
        return [each.text() for each in self._body.findChildren(QLabel) if each.text()]

    def heading(self, text: str, beside: str = "") -> None:
        """A heading, with something at the right end."""
        self._add(_pair(label(self._look, text, "strong"), label(self._look, beside, "muted") if beside else None))

    def sentence(self, text: str, kind: str = "secondary") -> None:
        """A sentence."""
        made = label(self._look, text, kind)
        made.setWordWrap(True)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._add(made)

    def figure(self, name: str, value: str) -> None:
        """A name and a figure."""
        number = label(self._look, value, "secondary")
        number.setStyleSheet("font-weight: 600;")
        self._add(_pair(label(self._look, name, "secondary"), number))

    def line(self) -> None:
        """A hairline."""
        self._rows.insertSpacing(self._rows.count() - 1, 4)
        self._add(rule())
        self._rows.insertSpacing(self._rows.count() - 1, 4)

    def diff(self, title: str, rows: Sequence[tuple[str, str, str]]) -> None:
        """What changes of one thing: ``(sign, field, value)``; the sign is ``-``, ``+`` or empty for what stays."""
        self._add(Diff(self._look, title, rows))

    def channels(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """``(channel, its label, text)``, each with the channel's mark."""
        for channel, name, text in rows:
            self._add(_pair(ChannelName(self._look, channel, name), label(self._look, text, "secondary")))

    def item(self, text: str, action: str, run: Callable[[], None]) -> QPushButton:
        """A text with something that can be done to it."""
        made = QPushButton(action)
        made.setProperty("kind", "link")
        made.setAccessibleName(f"{action} {text}")
        made.clicked.connect(run)
        shown = OneLine(self._look, role="table", color="text.secondary")
        shown.setText(text)
        self._add(_pair(shown, made))
        return made

    def offer(self, action: str, second: str = "", note: str = "", *, is_ready: bool = True) -> None:
        """What can be done: nothing without a text."""
        self._foot.setVisible(bool(action or second))
        self.action.setVisible(bool(action))
        self.action.setText(action)
        self.action.setEnabled(is_ready)
        self.second.setVisible(bool(second))
        self.second.setText(second)
        self.note.setVisible(bool(note))
        self.note.setText(note)

    def _add(self, widget: QWidget) -> None:
        self._rows.insertWidget(self._rows.count() - 1, widget)


def _pair(left: QWidget, right: QWidget | None) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(left, 1)
    if right is not None:
        row.addWidget(right, 0, Qt.AlignmentFlag.AlignRight)
    return holder


class ChannelName(QWidget):
    """A channel's mark and name."""

    def __init__(self, look: Look, channel: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._channel, self._name = look, channel, name
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(120, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        if self._look.channel(self._channel) is not None:
            paint_channel(painter, QRectF(0, (self.height() - SIZE) / 2, SIZE, SIZE), self._channel, self._look)
            left = SIZE + 8
        painter.setFont(self._look.font("table"))
        painter.setPen(self._look.color("text.primary"))
        room = QRectF(left, 0, self.width() - left, self.height())
        text = painter.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class Diff(QWidget):
    """Fields of one thing, with minus and plus rows for what changes; unchanged ones stay."""

    def __init__(
        self, look: Look, title: str, rows: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look, self._title, self._rows = look, title, tuple(rows)
        self.setFixedHeight((len(rows) + 1) * _LINE + 2)
        said = [f"{sign} {field} {value}".strip() for sign, field, value in rows]
        self.setAccessibleName(title)
        self.setAccessibleDescription("; ".join(said))

    def rows(self) -> list[tuple[str, str, str]]:
        """The rows, as given."""
        return list(self._rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        look = self._look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0.5, 0.5, self.width() - 1, self.height() - 1)
        painter.setPen(look.color("border.hairline"))
        painter.setBrush(look.color("bg.raised"))
        painter.drawRoundedRect(box, 6, 6)
        self._text(painter, QRectF(12, 1, box.width() - 20, _LINE), self._title, "text.primary", 600)
        fields = [painter.fontMetrics().horizontalAdvance(one_line(field)) for _, field, _ in self._rows]
        wide = min(max(fields, default=0) + 14, self.width() * 0.36)
        for place, (sign, field, value) in enumerate(self._rows):
            line = QRectF(1, 1 + (place + 1) * _LINE, box.width() - 1, _LINE)
            tone = {"-": "bad", "+": "good"}.get(sign)
            if tone:
                painter.fillRect(line, look.color(f"{tone}.soft"))
            painter.fillRect(QRectF(1, line.top(), line.width(), 1), look.color("border.hairline"))
            ink = f"{tone}.text" if tone else "text.primary"
            mark = {"-": "−", "+": "+"}.get(sign, "")
            self._text(painter, QRectF(10, line.top(), 14, _LINE), mark, ink)
            self._text(painter, QRectF(28, line.top(), wide, _LINE), field, ink if tone else "text.secondary")
            self._text(painter, QRectF(28 + wide, line.top(), box.width() - wide - 36, _LINE), value, ink)

    def _text(self, painter: QPainter, rect: QRectF, text: str, color: str, weight: int | None = None) -> None:
        painter.setFont(self._look.font("table", weight))
        painter.setPen(self._look.color(color))
        shown = painter.fontMetrics().elidedText(one_line(text), Qt.TextElideMode.ElideMiddle, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
