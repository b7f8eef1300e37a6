"""The bar of filters: a chip for each, and one to add another. Chips that do not fit gather behind a number."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.inputs.composed import ComposedButton
from widgets.inputs.filter_popover import NOT_SET, TEXT_OPERATORS, FilterChip, FilterPopover, operator_texts
from widgets.inputs.picker import Choice, ChoicePopover
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from widgets.look import Look

_GAP = 8
_HEIGHT = 28  # a chip is 24; the rest is room for the ring of the focus


class FilterBar(QWidget):
    """Shows and edits a list of filters.

    Args:
        look: theme and words.

    Attributes:
        changed: the whole new list of :class:`FilterChip`, after the user changed it.
        values_wanted: dimension and search text; answer with :meth:`set_values` or :meth:`set_values_error`.
    """

    changed = Signal(list)
    values_wanted = Signal(str, str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._filters: list[FilterChip] = []
        self._titles: dict[str, str] = {}
        self._name: Callable[[str, str], str] | None = None
        self._chips: list[ComposedButton] = []
        self._edited: int | None = None
        self.popover = FilterPopover(look, self)
        self.popover.values_wanted.connect(self.values_wanted)
        self.popover.applied.connect(self._take)
        self.add_button = ComposedButton(look, self, kind="chip-add")
        self.add_button.compose(icon="plus-bold", value=look.say("Filter"), key="F", weight=400)
        self.add_button.setAccessibleName(look.say("Add a filter"))
        self.add_button.clicked.connect(self.open_new)
        self.more_button = ComposedButton(look, self, kind="chip")
        self.more_button.clicked.connect(self._open_more)
        self._more = ChoicePopover(look, self, look.say("More filters"))
        self._more.picked.connect(self._edit_hidden)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(look.say("Filters"))
        self._place()

    @property
    def filters(self) -> list[FilterChip]:
        """The filters as they are."""
        return list(self._filters)

    def set_dimensions(self, dimensions: Sequence[Choice]) -> None:
        """What can be filtered by."""
        self._titles = {one.key: one.title for one in dimensions}
        self.popover.set_dimensions(dimensions)
        self.set_filters(self._filters)

    def set_names(self, name: Callable[[str, str], str]) -> None:
        """What values are called, where that is not how they stand in the data: of a dimension and a value."""
        self._name = name
        self.popover.set_names(name)
        self.set_filters(self._filters)

    def set_filters(self, filters: Sequence[FilterChip]) -> None:
        """Show these filters. Emits nothing."""
        self._filters = list(filters)
        while len(self._chips) > len(self._filters):
            chip = self._chips.pop()
            chip.hide()
            chip.deleteLater()
        while len(self._chips) < len(self._filters):
            self._chips.append(self._new_chip(len(self._chips)))
        for chip, shown in zip(self._chips, self._filters, strict=True):
            caption, value = self._texts_of(shown)
            chip.compose(caption=caption, value=value, mark="close", weight=600)
            chip.setToolTip("" if len(shown.values) < 2 else tip(self._all_values(shown)))
            chip.setAccessibleName(self.look.say("Filter: {text}", text=f"{caption} {self._all_values(shown)}"))
            chip.setAccessibleDescription(self.look.say("Return to change, Delete to remove"))
        self._order_tabs()
        self.updateGeometry()
        self._place()

    def set_values(self, dimension: str, search: str, values: Sequence[tuple[str, int]], is_complete: bool) -> None:
        """See :meth:`FilterPopover.set_values`."""
        self.popover.set_values(dimension, search, values, is_complete)

    def set_values_error(self, text: str) -> None:
        """See :meth:`FilterPopover.set_values_error`."""
        self.popover.set_values_error(text)

    def open_new(self) -> None:
        """Begin a new filter."""
        self._edited = None
        self.popover.make(self.add_button)

    # -- inside ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """All chips side by side."""
        widths = [chip.sizeHint().width() + _GAP for chip in self._chips]
        return QSize(sum(widths) + self.add_button.sizeHint().width(), _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The number of filters and the chip that adds one."""
        return QSize(self.add_button.sizeHint().width() + _GAP + 48, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Chips come and go with the room."""
        super().resizeEvent(event)
        self._place()

    def _new_chip(self, place: int) -> ComposedButton:
        chip = ComposedButton(self.look, self, kind="chip")
        chip.clicked.connect(lambda: self._edit(place, chip))
        chip.removed.connect(lambda: self._remove(place))
        return chip

    def _texts_of(self, shown: FilterChip) -> tuple[str, str]:
        title = self._titles.get(shown.dimension, shown.dimension)
        caption = title if shown.operator == "is" else f"{title} {operator_texts(self.look)[shown.operator]}"
        more = f" +{len(shown.values) - 1}" if len(shown.values) > 1 else ""
        return caption, self._name_of(shown, shown.values[0]) + more if shown.values else ""

    def _all_values(self, shown: FilterChip) -> str:
        return ", ".join(self._name_of(shown, value) for value in shown.values)

    def _name_of(self, shown: FilterChip, value: str) -> str:
        if value == NOT_SET:
            return self.look.say("(not set)")
        if self._name is None or shown.operator in TEXT_OPERATORS:
            return value
        return self._name(shown.dimension, value)

    def _order_tabs(self) -> None:
        order = [*self._chips, self.more_button, self.add_button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _place(self) -> None:
        """Chips from the left while they fit, then the number of the others, then the chip that adds."""
        add = self.add_button.sizeHint()
        room = self.width() - add.width()
        widths = [chip.sizeHint().width() for chip in self._chips]
        fitting = len(widths)
        self.more_button.compose(value=f"+{len(widths)}", weight=600)
        more = self.more_button.sizeHint().width()
        while fitting and sum(widths[:fitting]) + _GAP * fitting + (more + _GAP if fitting < len(widths) else 0) > room:
            fitting -= 1
        x = 0
        top = (self.height() - add.height()) // 2
        for place, chip in enumerate(self._chips):
            chip.setVisible(place < fitting)
            if place < fitting:
                chip.setGeometry(x, top, widths[place], add.height())
                x += widths[place] + _GAP
        hidden = len(widths) - fitting
        self.more_button.setVisible(hidden > 0)
        if hidden:
            self.more_button.compose(value=f"+{hidden}", weight=600)
            text = self.look.words.count(hidden, "{n} more filter", "{n} more filters")
            self.more_button.setAccessibleName(text)
            self.more_button.setGeometry(x, top, more, add.height())
            x += more + _GAP
        self.add_button.setGeometry(x, top, add.width(), add.height())

    def _open_more(self) -> None:
        hidden = [place for place, chip in enumerate(self._chips) if chip.isHidden()]
        choices: list[Choice] = []
        for place in hidden:
            caption, _ = self._texts_of(self._filters[place])
            choices.append(Choice(str(place), caption, detail=self._all_values(self._filters[place])))
        self._more.show_choices(self.more_button, choices, ())

    def _edit_hidden(self, key: str) -> None:
        self._edit(int(key), self.more_button)

    def _edit(self, place: int, anchor: ComposedButton) -> None:
        self._edited = place
        self.popover.edit(anchor, self._filters[place])

    def _take(self, chip: FilterChip) -> None:
        filters = self.filters
        if self._edited is None:
            filters.append(chip)
        else:
            filters[self._edited] = chip
        if filters != self._filters:
            self.set_filters(filters)
            self.changed.emit(self.filters)

    def _remove(self, place: int) -> None:
        had_focus = any(chip.hasFocus() for chip in self._chips)
        self.set_filters(self._filters[:place] + self._filters[place + 1 :])
        if had_focus:
            left = [chip for chip in self._chips if not chip.isHidden()]
            (left[min(place, len(left) - 1)] if left else self.add_button).setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit(self.filters)
