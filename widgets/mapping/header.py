"""The head of a mapping table: of each column its name, the field it is read into, its type and its problems."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QToolTip

from widgets.mapping.combo import PLAIN_NAME, ChoiceCombo
from widgets.mapping.model import PAD
from widgets.mapping.words import column_lines, column_tip, type_text
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QHelpEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

    from widgets.look import Look
    from widgets.mapping.preview import ColumnPreview, FieldChoice, FilePreview

_NAME, _CHOICE, _FACTS = 30, 28, 28  # pixels of the three lines
_INSET = 5
_BADGE = 16
_ICON = 11


class MappingHeader(QHeaderView):
    """Three lines a column; the middle one is a control.

    Args:
        look: asked while painting.
        parent: the table.

    Signals:
        chosen: (column, field name or "") by the user.
        entered: (column) its control got the keyboard.
    """

    chosen = Signal(int, str)
    entered = Signal(int)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.look = look
        self._view: FilePreview | None = None
        self._combos: list[ChoiceCombo] = []
        self._choices = QStandardItemModel(self)
        self._fields: tuple[FieldChoice, ...] | None = None
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(110)
        self.sectionResized.connect(self.place_controls)
        look.changed.connect(self._dress)
        self._dress()

    @property
    def combos(self) -> list[ChoiceCombo]:
        """The controls, by column; none where nothing can be mapped."""
        return self._combos

    def show_preview(self, view: FilePreview) -> None:
        """Show another look at a file. Controls stay where the columns and fields are the same."""
        before, self._view = self._view, view
        fields = () if view.is_fixed else view.fields
        names = [column.name for column in view.columns]
        is_same = before is not None and [column.name for column in before.columns] == names and fields == self._fields
        if not is_same:
            self._build(fields, 0 if view.is_fixed else len(names))
        for combo, column in zip(self._combos, view.columns, strict=False):
            self._tell(combo, column)
        self.place_controls()
        self.show_fields([column.field for column in view.columns])

    def show_fields(self, fields: Sequence[str | None]) -> None:
        """Show which field each column is read into."""
        places = {field.name: place for place, field in enumerate(self._fields or (), 1)}
        for combo, field in zip(self._combos, fields, strict=False):
            combo.setCurrentIndex(places.get(field or "", 0))
            combo.setProperty("isLeftOut", combo.currentIndex() == 0)
        self._dress()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), _NAME + _CHOICE + _FACTS)

    def needed_width(self, column: ColumnPreview) -> int:
        """Pixels the three lines want."""
        metrics = self.fontMetrics()
        name = metrics.horizontalAdvance(one_line(column.name))
        facts = metrics.horizontalAdvance(self._facts(column)) + (44 if column.bad else 0)
        return max(name, facts) + 2 * PAD + 12

    # -- controls -------------------------------------------------------------------------------------------------

    def _build(self, fields: tuple[FieldChoice, ...], count: int) -> None:
        for combo in self._combos:
            combo.hide()
            combo.deleteLater()
        self._fields = fields
        self._choices = QStandardItemModel(self)
        self._choices.appendRow(QStandardItem(self.look.say("Not imported")))
        for field in fields:
            needed = self.look.say("{field} (needed)", field=field.name)
            item = QStandardItem(needed if field.is_needed else field.name)
            item.setData(field.name, Qt.ItemDataRole.UserRole)
            item.setData(field.name, PLAIN_NAME)
            self._choices.appendRow(item)
        self._choices.item(0).setToolTip(self.look.say("Its values are kept with each row, under their own name."))
        self._combos = []
        for number in range(count):
            combo = ChoiceCombo(self.look, self.viewport())
            combo.setModel(self._choices)
            combo.activated.connect(partial(self._choose, number))
            combo.focused.connect(partial(self.entered.emit, number))
            combo.show()
            self._combos.append(combo)

    def _tell(self, combo: ChoiceCombo, column: ColumnPreview) -> None:
        combo.setAccessibleName(self.look.say("Field for column {column}", column=one_line(column.name)))
        told = [type_text(self.look, column.type), *column_lines(self.look, column)]
        combo.setAccessibleDescription("; ".join(told))
        combo.setToolTip(column_tip(self.look, column))

    def _choose(self, number: int, place: int) -> None:
        self.chosen.emit(number, self._choices.item(place).data(Qt.ItemDataRole.UserRole) or "")

    def place_controls(self) -> None:
        """Put the controls over their columns, after a scroll too."""
        for number, combo in enumerate(self._combos):
            left, width = self.sectionViewportPosition(number), self.sectionSize(number)
            combo.setGeometry(QRect(left + _INSET, _NAME, width - 2 * _INSET, _CHOICE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_controls()

    def _dress(self) -> None:
        look = self.look
        self.setFont(look.font("table"))
        self.viewport().setStyleSheet(
            f'QComboBox[isLeftOut="true"] {{ color: {look.color("text.muted").name()};'
            f" background: {look.color('bg.sunken').name()}; border-color: {look.color('border.strong').name()}; }}"
            f' QComboBox[isLeftOut="true"]:focus {{ border-color: {look.color("focus.ring").name()}; }}'
        )
        self.viewport().update()

    # -- painting -------------------------------------------------------------------------------------------------

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        if self._view is None or logicalIndex >= len(self._view.columns):
            return
        look, column = self.look, self._view.columns[logicalIndex]
        is_mapped = self._view.is_fixed or column.field is not None
        area = QRectF(rect)
        painter.save()
        painter.fillRect(area, look.color("bg.canvas"))
        painter.setPen(look.color("border.hairline"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inside = area.adjusted(PAD, 0, -PAD, 0)
        painter.setFont(look.font("table", 600))
        painter.setPen(look.color("text.primary" if is_mapped else "text.muted"))
        self._line(painter, inside, 0, _NAME, one_line(column.name))
        if self._view.is_fixed:
            painter.setFont(look.font("table"))
            painter.setPen(look.color("text.secondary" if column.field else "text.muted"))
            self._line(painter, inside, _NAME, _CHOICE, column.field or look.say("Read by its format"))
        room = self._badge(painter, inside, column) if column.bad or column.hints else 0
        painter.setFont(look.font("caption"))
        painter.setPen(look.color("text.muted"))
        self._line(painter, inside.adjusted(0, 0, -room, 0), _NAME + _CHOICE, _FACTS, self._facts(column))
        painter.restore()

    def _line(self, painter: QPainter, inside: QRectF, top: int, height: int, text: str) -> None:
        line = QRectF(inside.left(), inside.top() + top, inside.width(), height)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def _facts(self, column: ColumnPreview) -> str:
        if column.type == "empty":
            return type_text(self.look, column.type)
        share = self.look.numbers.percent(100 * column.filled, 0)
        return f"{type_text(self.look, column.type)} · {share}"

    def _badge(self, painter: QPainter, inside: QRectF, column: ColumnPreview) -> int:
        """The count of rejected rows, or a mark that something was assumed; returns the width taken."""
        look = self.look
        tone = "bad" if column.bad else "warn"
        text = look.numbers.count(column.bad) if column.bad else ""
        painter.setFont(look.font("caption", 600))
        wide = painter.fontMetrics().horizontalAdvance(text)
        width = _ICON + 8 + (wide + 4 if text else 0)
        top = inside.top() + _NAME + _CHOICE + (_FACTS - _BADGE) / 2
        pill = QRectF(inside.right() - width, top, width, _BADGE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(f"{tone}.soft"))
        painter.drawRoundedRect(pill, _BADGE / 2, _BADGE / 2)
        icon = QRect(int(pill.left()) + 4, int(top + (_BADGE - _ICON) / 2), _ICON, _ICON)
        look.icon("warning-circle" if column.bad else "info", f"{tone}.text").paint(painter, icon)
        painter.setPen(look.color(f"{tone}.text"))
        painter.drawText(pill.adjusted(0, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        return width + 6

    def viewportEvent(self, e: QEvent) -> bool:
        if e.type() == QEvent.Type.ToolTip and self._view is not None:
            self._tip(e)  # pyright: ignore[reportArgumentType]
            return True
        return super().viewportEvent(e)

    def _tip(self, event: QHelpEvent) -> None:
        place: QPoint = event.pos()
        number = self.logicalIndexAt(place)
        if self._view is not None and 0 <= number < len(self._view.columns):
            QToolTip.showText(event.globalPos(), column_tip(self.look, self._view.columns[number]), self.viewport())
