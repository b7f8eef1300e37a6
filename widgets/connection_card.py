"""A connection as a card: who it is, whether it is fresh, how its last month looks, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from widgets.clamped import Clamped
from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

WIDTH, WIDEST = 268, 420


@dataclass(frozen=True)
class CardView:
    """What a card shows.

    Attributes:
        key: of the connection, or of the provider when there is none.
        icon: a Phosphor name.
        title: what it is called.
        subtitle: accounts, or that it is not connected.
        tag: its state in a word or two.
        tone: of the tag: ``good``, ``warn``, ``bad``, ``info`` or empty.
        strip: rows a day, the latest last; None for a day without any.
        left: a fact below the strip, such as its rows.
        right: another, such as when it was fetched.
        text: in more words: what it brings, or what went wrong and what to do.
        action: of the button; empty: none.
        menu: (key, text) of what else can be done; ``-`` is a line.
        fraction: of running work; None: none runs.
        is_connected: whether there is a connection.
    """

    key: str
    icon: str
    title: str
    subtitle: str
    tag: str = ""
    tone: str = ""
    strip: Sequence[int | None] = ()
    left: str = ""
    right: str = ""
    text: str = ""
    action: str = ""
    menu: Sequence[tuple[str, str]] = ()
    fraction: float | None = None
    is_connected: bool = True


class ConnectionCard(QFrame):
    """The card.

    Attributes:
        acted: something is to be done: (key of the card, what); the button is ``act``.
    """

    acted = Signal(str, str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._view: CardView | None = None
        self._menu: QMenu | None = None
        self._icon = QLabel(self)
        self._title = Clamped(look, weight=600)
        self._subtitle = Clamped(look, role="caption", color="text.muted")
        self._tag = label(look, "", "tag")
        self._more = QToolButton(self)
        self._more.setProperty("kind", "ghost")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setIcon(look.icon("dots-three"))
        self._more.setAccessibleName(look.say("More"))
        self._more.setFixedSize(24, 24)
        self._strip = _Strip(look)
        self._left = label(look, "", "secondary")
        self._right = label(look, "", "caption")
        self._text = Clamped(look, 3, role="table", color="text.secondary")
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._button = QPushButton(self)
        self._button.setFixedHeight(24)
        self._button.clicked.connect(self._act)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._subtitle)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addLayout(names, 1)
        head.addWidget(self._tag, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        facts = QHBoxLayout()
        facts.addWidget(self._left, 1)
        facts.addWidget(self._right)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 10, 8)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._strip)
        column.addLayout(facts)
        column.addWidget(self._bar)
        column.addWidget(self._text)
        column.addStretch(1)
        column.addLayout(foot)
        look.changed.connect(self._draw)

    def set_view(self, view: CardView) -> None:
        """Show a connection or a provider."""
        self._view = view
        self.setAccessibleName(view.title)
        self.setAccessibleDescription(" ".join(part for part in (view.tag, view.text) if part))
        self._title.set_text(view.title)
        self._subtitle.set_text(view.subtitle)
        self._tag.setText(view.tag)
        self._tag.setVisible(bool(view.tag))
        self._strip.setVisible(bool(view.strip))
        self._strip.set_values(view.strip)
        self._left.setText(view.left)
        self._right.setText(view.right)
        self._left.setVisible(bool(view.left))
        self._right.setVisible(bool(view.right))
        self._text.set_text(view.text)
        self._bar.setVisible(view.fraction is not None)
        self._bar.setRange(0, 1000)
        self._bar.setValue(int(1000 * (view.fraction or 0)))
        self._button.setText(view.action)
        self._button.setVisible(bool(view.action))
        self._more.setVisible(bool(view.menu))
        menu = QMenu(self)
        for key, text in view.menu:
            if key == "-":
                menu.addSeparator()
            else:
                menu.addAction(text).triggered.connect(lambda _checked=False, key=key: self._emit(key))
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = menu
        self._more.setMenu(menu)
        self._draw()

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        kind = "card-open" if not view.is_connected else "card-bad" if view.tone == "bad" else "card"
        self.setProperty("kind", kind)
        self._icon.setPixmap(self._look.pixmap(view.icon, 20))
        self._more.setIcon(self._look.icon("dots-three"))
        self._tag.setProperty("kind", f"tag-{view.tone}" if view.tone else "tag")
        self._button.setProperty("kind", "primary" if view.tone == "bad" else "")
        for widget in (self, self._tag, self._button):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _act(self) -> None:
        self._emit("act")

    def _emit(self, what: str) -> None:
        if self._view is not None:
            self.acted.emit(self._view.key, what)


class _Strip(QWidget):
    """A month of days: bars, hatched while the last day is under way, hollow where nothing came."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._values: Sequence[int | None] = ()
        self.setFixedHeight(24)
        look.changed.connect(self.update)

    def set_values(self, values: Sequence[int | None]) -> None:
        self._values = values
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._values:
            return
        painter = QPainter(self)
        most = max([value or 0 for value in self._values] + [1])
        slot = self.width() / len(self._values)
        for place, value in enumerate(self._values):
            left = place * slot
            if value:
                height = max(2.0, (self.height() - 2) * (value / most) ** 0.5)
                painter.fillRect(
                    QRectF(left, self.height() - 1 - height, slot * 0.72, height), self._look.color("series.cost")
                )
            else:
                painter.setPen(QPen(self._look.color("border.strong"), 1, Qt.PenStyle.DotLine))
                base = self.height() - 2.0
                painter.drawPolyline(QPolygonF([QPointF(left, base), QPointF(left + slot * 0.72, base)]))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), self._look.color("grid.axis"))
