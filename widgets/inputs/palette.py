"""The command palette: one field over the window that finds pages, actions, customers and campaigns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from widgets.inputs.focus_ring import PAINTS_FOCUS
from widgets.inputs.matching import Match, match
from widgets.inputs.rows import Row
from widgets.inputs.rows_view import RowsView
from widgets.text import isolated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QHideEvent, QMouseEvent, QPaintEvent

    from widgets.look import Look

_ANSWERED_EMPTY = ("customers", "campaigns")  # without a query: the latest, the largest
MODES = {">": "actions", "@": "customers", "#": "campaigns"}
_WIDTH, _TOP, _ROW, _LIST = 640, 96, 32, 376
_WAIT_MS = 120
_SCRIM = 0.45
_DETAIL_RANK = 5_000  # a fit in the detail counts less than one in the title of the same kind
_BIG_FIELD = "QLineEdit { font-size: 16px; }"


@dataclass(frozen=True)
class PaletteItem:
    """Something that can be run.

    Attributes:
        key: what it is known by; a key counts once.
        title: what it does, or what it is called.
        detail: muted text after the title.
        group: heading it stands under.
        icon: name of an icon.
        shortcut: keys that do the same (``Ctrl+E``).
        payload: what :attr:`CommandPalette.run` hands out.
    """

    key: str
    title: str
    detail: str = ""
    group: str = ""
    icon: str = ""
    shortcut: str = ""
    payload: object = None


class CommandPalette(QWidget):
    """A dimmed layer over its parent with the palette on it.

    Args:
        look: theme and words.
        parent: the window it covers.

    Attributes:
        run: payload of the item that was chosen; it has closed.
        search_wanted: query and mode (``all``, ``actions``, ``customers``, ``campaigns``) for what takes longer to
            find; answer with :meth:`add_results`. The query is empty for the first customers or campaigns there are.
    """

    run = Signal(object)
    search_wanted = Signal(str, str)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.look = look
        self._under = parent
        self._source: Callable[[str, str], list[PaletteItem]] | None = None
        self._before: QWidget | None = None
        self._late: list[PaletteItem] = []
        self._frame = QFrame(self)
        self._frame.setProperty("kind", "palette")
        self.field = QLineEdit(self._frame)
        self.list = RowsView(look, look.say("Results"), self._frame, row_height=_ROW)
        self.list.painter.enter_hint = look.say("Enter")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.lead_by(self.field, with_ends=True)
        self._column = QVBoxLayout(self._frame)
        self._icon = QLabel(self._frame)
        self._nothing = QLabel(self._frame)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self._want)
        self._arrange()
        self.field.textChanged.connect(self._search)
        self.list.picked.connect(self._pick)
        self.field.installEventFilter(self)
        look.changed.connect(self._dress)
        parent.installEventFilter(self)
        self._dress()
        self.hide()

    def set_source(self, source: Callable[[str, str], list[PaletteItem]]) -> None:
        """What finds items at once, from the query and the mode. The palette keeps those that fit, and ranks them."""
        self._source = source

    def open(self, prefix: str = "") -> None:
        """Show it, with a prefix (``>``, ``@``, ``#``) or text already typed."""
        if self.isHidden():
            self._before = self._under.window().focusWidget()
        self._fit()
        self.show()
        self.raise_()
        self.field.setText(prefix)
        self._search(prefix)
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def add_results(self, query: str, items: Sequence[PaletteItem], mode: str | None = None) -> None:
        """Items found later, shown after the others as they come; dropped if the query or mode is another by now."""
        now = self._query()
        if query != now[0] or mode not in (None, now[1]) or self.isHidden():
            return
        known = {item.key for item in self._late}
        self._late += [item for item in items if item.key not in known]
        current = self.list.current_row()
        self._fill(current.key if current is not None else "")

    # -- inside ---------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        look = self.look
        self.field.setProperty("kind", "plain")
        self.field.setProperty(PAINTS_FOCUS, True)  # noqa: FBT003 - a Qt property
        self.field.setStyleSheet(_BIG_FIELD)
        self.field.setPlaceholderText(look.say("Search or run a command"))
        self.field.setAccessibleName(look.say("Search or run a command"))
        top = QHBoxLayout()
        top.setContentsMargins(16, 9, 16, 9)
        top.setSpacing(12)
        top.addWidget(self._icon)
        top.addWidget(self.field, 1)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setProperty("kind", "muted")
        self._nothing.setContentsMargins(16, 14, 16, 14)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 6, 16, 6)
        foot.setSpacing(5)
        for keys, text in ((("↑", "↓"), look.say("choose")), ((look.say("Enter"),), look.say("run"))):
            self._hint(foot, keys, text)
            foot.addSpacing(10)
        foot.addStretch(1)
        for place, (key, text) in enumerate(
            ((">", look.say("actions")), ("@", look.say("customers")), ("#", look.say("campaigns")))
        ):
            foot.addSpacing(4 if place else 0)
            self._hint(foot, (key,), text)
        column = self._column
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._rule())
        column.addSpacing(4)
        column.addWidget(self.list)
        column.addWidget(self._nothing)
        column.addSpacing(4)
        column.addWidget(self._rule())
        column.addLayout(foot)

    def _hint(self, row: QHBoxLayout, keys: Sequence[str], text: str) -> None:
        for key in keys:
            cap = QLabel(key, self._frame)
            cap.setProperty("kind", "key")
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            cap.setMinimumWidth(18)
            cap.setFixedHeight(17)
            row.addWidget(cap)
        label = QLabel(text, self._frame)
        label.setProperty("kind", "caption")
        row.addWidget(label)

    def _rule(self) -> QFrame:
        rule = QFrame(self._frame)
        rule.setProperty("kind", "rule")
        rule.setFixedHeight(1)
        return rule

    def _dress(self) -> None:
        self._icon.setPixmap(self.look.icon("magnifying-glass").pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self.update()

    def _query(self) -> tuple[str, str]:
        text = self.field.text().lstrip()
        mode = MODES.get(text[:1], "all")
        return (text if mode == "all" else text[1:]).strip(), mode

    def _search(self, _text: str) -> None:
        if self.isHidden():
            return
        self._late = []
        self._fill("")
        self._timer.start()

    def _want(self) -> None:
        query, mode = self._query()
        if query or mode in _ANSWERED_EMPTY:
            self.search_wanted.emit(query, mode)

    def _fill(self, current: str) -> None:
        query, mode = self._query()
        found = self._source(query, mode) if self._source is not None else []
        rows = ranked(query, found)
        known = {row.key for row in rows}
        late = [_row(item, match(query, item.title)) for item in self._late if item.key not in known]
        rows = _grouped([*rows, *late])
        self.list.set_rows(rows, current)
        self.list.setVisible(bool(rows))
        self._nothing.setVisible(not rows)
        self._nothing.setText(
            self.look.say("Nothing fits “{text}”.", text=isolated(query)) if query else self.look.say("Type to search.")
        )
        self.list.setFixedHeight(min(self.list.content_height() + 2, self._room()))
        self._fit()

    def _room(self) -> int:
        return max(3 * _ROW, min(_LIST, self.height() - self._top() - 110))

    def _top(self) -> int:
        return min(_TOP, self._under.height() // 8)

    def _fit(self) -> None:
        """Cover the parent, the frame in the middle near its top."""
        parent = self._under
        self.setGeometry(parent.rect())
        width = min(_WIDTH, parent.width() - 32)
        self._column.activate()
        self._frame.setFixedWidth(width)
        self._frame.adjustSize()
        self._frame.move((parent.width() - width) // 2, self._top())

    def _pick(self, row: Row) -> None:
        self.hide()
        self.run.emit(row.payload)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc in the field closes; the parent's size is ours."""
        if watched is self.field:
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                if event.type() == QEvent.Type.ShortcutOverride:
                    event.accept()
                elif event.type() == QEvent.Type.KeyPress:
                    self.hide()
                    return True
        elif event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        return False

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - as Qt has it
        """Tab stays inside: the field is all there is."""
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the frame closes."""
        if not self._frame.geometry().contains(event.position().toPoint()):
            self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dimmed layer."""
        scrim = QColor(Qt.GlobalColor.black)
        scrim.setAlphaF(_SCRIM)
        QPainter(self).fillRect(self.rect(), scrim)

    def hideEvent(self, event: QHideEvent) -> None:
        """The focus goes back to where it was."""
        super().hideEvent(event)
        self._timer.stop()
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)


def ranked(query: str, items: Sequence[PaletteItem]) -> list[Row]:
    """Rows of the items that fit by title or detail, best first; in their order without a query."""
    scored: list[tuple[float, Row]] = []
    for item in items:
        fit = match(query, item.title)
        if fit is not None:
            scored.append((fit.score, _row(item, fit)))
        elif item.detail and (behind := match(query, item.detail) or _spread(query, item)) is not None:
            scored.append((behind.score - _DETAIL_RANK, _row(item, None)))
    if query:
        scored.sort(key=lambda pair: -pair[0])
    return [row for _, row in scored]


def _spread(query: str, item: PaletteItem) -> Match | None:
    """How several words fit the title and the detail together."""
    fit = match(query, f"{item.title} {item.detail}") if len(query.split()) > 1 else None
    return Match(fit.score, ()) if fit is not None else None


def _row(item: PaletteItem, fit: Match | None) -> Row:
    row = Row(item.key, item.title, item.detail, item.group, item.icon, shortcut=item.shortcut, payload=item.payload)
    return replace(row, spans=fit.spans) if fit is not None else row


def _grouped(rows: Sequence[Row]) -> list[Row]:
    """Rows of a group together, groups in the order of their first row."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return [row for group in groups.values() for row in group]
