"""A button that opens a list to choose one of, or several: the model, the profile, what a board shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from widgets.inputs.composed import ComposedButton
from widgets.inputs.matching import match
from widgets.inputs.popover import Popover
from widgets.inputs.rows import Row
from widgets.inputs.rows_view import RowsView
from widgets.inputs.search import SearchField
from widgets.text import PROSE, isolated, one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from widgets.look import Look

_HIGHEST, _NARROWEST, _WIDEST = 360, 220, 420
_WITH_NOTES = 300


@dataclass(frozen=True)
class Choice:
    """Something to choose.

    Attributes:
        key: what it is known by.
        title: what it is called.
        detail: what it means, or a fact about it.
        group: heading it stands under; empty for none.
        icon: name of an icon.
    """

    key: str
    title: str
    detail: str = ""
    group: str = ""
    icon: str = ""


class ChoicePopover(Popover):
    """A searchable list of choices.

    Args:
        look: theme and words.
        parent: what it belongs to.
        name: for screen readers.
        is_many: boxes for several instead of a tick for one.
        detail: ``below`` shows the current choice's detail under the list, ``beside`` each one's in its row.
        search: placeholder of the search field; empty for a list without one.
        max_checked: how many can be on, for several.

    Attributes:
        picked: the key that was chosen; the list has closed.
        toggled: for several: all keys that are on now, in the order of the list.
    """

    picked = Signal(str)
    toggled = Signal(list)

    def __init__(
        self,
        look: Look,
        parent: QWidget,
        name: str,
        *,
        is_many: bool = False,
        detail: Literal["below", "beside"] = "beside",
        search: str = "",
        max_checked: int = 4,
    ) -> None:
        super().__init__(look, parent)
        self._choices: Sequence[Choice] = ()
        self._checked: set[str] = set()
        self._is_many = is_many
        self._is_below = detail == "below"
        self._max_checked = max_checked
        self.body.setContentsMargins(1, 7, 1, 7)
        self.field = SearchField(look, search, self)
        self.field.setVisible(bool(search))
        self._has_search = bool(search)
        self.list = RowsView(look, name, self, marks="box" if is_many else "tick")
        self.list.lead_by(self.field)
        self._note = QLabel(self)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setWordWrap(True)
        self._note.setProperty("kind", "muted")
        self._note.setContentsMargins(16, 8, 16, 2)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._rule = QFrame(self)
        self._rule.setProperty("kind", "rule")
        self._rule.setFixedHeight(1)
        if search:
            holder = QVBoxLayout()
            holder.setContentsMargins(8, 2, 8, 8)
            holder.addWidget(self.field)
            self.body.addLayout(holder)
        self.body.addWidget(self.list, 1)
        self._foot = QWidget(self)
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, 5, 0, 0)
        foot.setSpacing(0)
        foot.addWidget(self._rule)
        foot.addWidget(self._note)
        self.body.addWidget(self._foot)
        self.field.textChanged.connect(self._fill)
        self.list.picked.connect(self._pick)
        self.list.moved.connect(self._show_detail)

    def first_focus(self) -> QWidget:
        """The search field, or the list."""
        return self.field if self._has_search else self.list

    def show_choices(self, anchor: QWidget, choices: Sequence[Choice], checked: Collection[str]) -> None:
        """Open with these choices, and these of them on."""
        self._choices = choices
        self._checked = set(checked)
        self.field.reset()
        self._fill()
        self._size()
        self.open_under(anchor)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _size(self) -> None:
        has_notes = self._is_below and any(choice.detail for choice in self._choices)
        self._foot.setVisible(has_notes or self._is_many)
        width = max(_WITH_NOTES if has_notes else _NARROWEST, min(self.list.content_width() + 12, _WIDEST))
        if self._anchor is not None:
            width = max(width, self._anchor.width())
        self.list.setFixedSize(width, min(self.list.content_height(), _HIGHEST))
        if has_notes or self._is_many:
            self._note.setFixedWidth(width)
            texts = [choice.detail for choice in self._choices] if self._is_below else []
            texts.append(self._limit_text())
            self._note.setFixedHeight(max(self._height_of(text) for text in texts))

    def _height_of(self, text: str) -> int:
        room = self._note.width() - 32
        flags = int(Qt.TextFlag.TextWordWrap)
        metrics = self._note.fontMetrics()
        return metrics.boundingRect(0, 0, room, 400, flags, one_line(text, PROSE) or "x").height() + 10

    def _limit_text(self) -> str:
        if self._max_checked >= len(self._choices):
            return self.look.say("{n} chosen", n=self.look.numbers.count(len(self._checked)))
        return self.look.say(
            "{n} of {most} chosen", n=self.look.numbers.count(len(self._checked)), most=self._max_checked
        )

    def _fill(self) -> None:
        current = self.list.current_row()
        query = self.field.text()
        is_full = self._is_many and len(self._checked) >= self._max_checked
        found = [(fit, choice) for choice in self._choices if (fit := match(query, choice.title)) is not None]
        rows = [
            Row(
                choice.key,
                choice.title,
                detail="" if self._is_below else choice.detail,
                group="" if query else choice.group,
                icon=choice.icon,
                spans=fit.spans,
                is_enabled=not is_full or choice.key in self._checked,
            )
            for fit, choice in (sorted(found, key=lambda pair: -pair[0].score) if query else found)
        ]
        first_on = next((choice.key for choice in self._choices if choice.key in self._checked), "")
        keep = current.key if current is not None and self.isVisible() and not query else first_on
        self.list.set_checked(self._checked)
        self.list.set_rows(rows, "" if query and not self._is_many else keep)
        if query and not rows:
            self._say(self.look.say("Nothing is called “{text}”.", text=isolated(query)))

    def _pick(self, row: Row) -> None:
        if not self._is_many:
            self.close()
            self.picked.emit(row.key)
            return
        self._checked ^= {row.key}
        if self.field.text():
            self.field.reset()
        self._fill()
        self.list.set_current(row.key)
        self.toggled.emit([choice.key for choice in self._choices if choice.key in self._checked])

    def _show_detail(self, row: Row | None) -> None:
        choice = next((choice for choice in self._choices if row is not None and choice.key == row.key), None)
        if self._is_below and choice is not None:
            self._say(one_line(choice.detail, PROSE))
        elif self._is_many:
            self._say(self._limit_text())

    def _say(self, text: str) -> None:
        self._note.setText(text)
        if text:
            self._foot.show()


class PickerButton(ComposedButton):
    """Caption, the chosen title and a caret; opens the list with a click, Return, Space or the down arrow.

    Args:
        look: theme and words.
        caption: muted word before the value (``Model``).
        icon: before the caption.
        kind: of the button, see :class:`ComposedButton`.
        detail: where details are shown, see :class:`ChoicePopover`.
        search: placeholder of the search field; empty for none.
        max_checked: 0 to choose one, else how many can be on together.
        none: the value while nothing is on.

    Attributes:
        chosen: the key of the choice, when it is another one than before.
        checked: for several: the keys that are on, in the order of the choices.
    """

    chosen = Signal(str)
    checked = Signal(list)

    def __init__(
        self,
        look: Look,
        caption: str = "",
        parent: QWidget | None = None,
        *,
        icon: str = "",
        kind: str = "",
        detail: Literal["below", "beside"] = "below",
        search: str = "",
        max_checked: int = 0,
        none: str = "",
    ) -> None:
        super().__init__(look, parent, kind=kind)
        self._none = none or look.say("None chosen")
        self._caption_text, self._icon_name = caption, icon
        self._choices: Sequence[Choice] = ()
        self._keys: list[str] = []
        self._is_many = max_checked > 0
        self.popover = ChoicePopover(
            look, self, caption, is_many=self._is_many, detail=detail, search=search, max_checked=max_checked or 1
        )
        self.popover.picked.connect(self._pick)
        self.popover.toggled.connect(self._toggle)
        self.clicked.connect(self.open_list)
        self._show_value()

    @property
    def current(self) -> str:
        """The key that is on (the first of several); empty if none is."""
        return self._keys[0] if self._keys else ""

    @property
    def checked_keys(self) -> list[str]:
        """All keys that are on."""
        return list(self._keys)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """What there is to choose from."""
        self._choices = choices
        self._show_value()

    def set_current(self, key: str) -> None:
        """What is on. Emits nothing."""
        self._keys = [key] if key else []
        self._show_value()

    def set_checked(self, keys: Sequence[str]) -> None:
        """What is on, of several. Emits nothing."""
        self._keys = list(keys)
        self._show_value()

    def open_list(self) -> None:
        """Open the list."""
        self.popover.show_choices(self, self._choices, self._keys)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _show_value(self) -> None:
        titles = [choice.title for choice in self._choices if choice.key in self._keys]
        more = f" +{len(titles) - 1}" if len(titles) > 1 else ""
        value = titles[0] + more if titles else self._none
        self.compose(icon=self._icon_name, caption=self._caption_text, value=value, mark="caret", weight=600)

    def _pick(self, key: str) -> None:
        if key != self.current:
            self.set_current(key)
            self.chosen.emit(key)

    def _toggle(self, keys: list[str]) -> None:
        self.set_checked(keys)
        self.checked.emit(keys)
