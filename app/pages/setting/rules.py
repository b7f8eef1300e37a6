"""Channel rules: ordered, each with conditions that must all hold, tried before the built-in ones (C1)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.pages.setting.section import Section, scrolling
from app.pages.setting.words import FIELDS, OPERATORS
from engine.profiles import CHANNELS, ChannelRule, Condition
from widgets.mapping.combo import ChoiceCombo
from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.context import Context
    from engine.profiles import ProfileSettings
    from widgets.look import Look

_NEW = ChannelRule("Referral", (Condition("source", "is", ""),))


class Rules(Section):
    """The list of rules, one card each."""

    key = "rules"
    title = "Channel rules"
    icon = "shuffle"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say = self.say
        self._rules: tuple[ChannelRule, ...] = ()
        self.cards: list[RuleCard] = []
        home = QWidget()
        column = QVBoxLayout(home)
        column.setContentsMargins(20, 12, 20, 20)
        column.setSpacing(8)
        column.addWidget(label(self.look, say("Channel rules"), "strong"))
        told = label(
            self.look,
            say(
                "Tried from the top before click ids, tags and referrers; the first rule that holds decides. Values "
                "are compared without case; an empty value means there is none."
            ),
            "muted",
        )
        told.setWordWrap(True)
        column.addWidget(told)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        column.addLayout(self._list)
        self.add = QPushButton(self.look.icon("plus"), say("Add a rule"))
        self.add.clicked.connect(self._add)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(home))

    def show_settings(self, settings: ProfileSettings) -> None:
        if settings.channel_rules != self._rules:
            self._rules = settings.channel_rules
            self._build()

    def show_visits(self, visits: Sequence[int]) -> None:
        """How many visits each rule decides; empty: not known."""
        for number, card in enumerate(self.cards):
            card.show_visits(visits[number] if number < len(visits) else None)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = []
        for number, rule in enumerate(self._rules):
            card = RuleCard(self.look, rule, number, len(self._rules))
            card.changed.connect(partial(self._change, number))
            card.moved.connect(partial(self._move, number))
            card.removed.connect(partial(self._remove, number))
            self._list.addWidget(card)
            self.cards.append(card)

    def _set(self, rules: tuple[ChannelRule, ...], *, build: bool) -> None:
        self._rules = rules
        if build:
            self._build()
        self.edited.emit({"channel_rules": rules})

    def _change(self, number: int, rule: ChannelRule) -> None:
        rules = list(self._rules)
        rules[number] = rule
        self._set(tuple(rules), build=False)

    def _move(self, number: int, step: int) -> None:
        rules = list(self._rules)
        rules.insert(number + step, rules.pop(number))
        self._set(tuple(rules), build=True)
        self.cards[number + step].focus_move(step)

    def _remove(self, number: int) -> None:
        self._set((*self._rules[:number], *self._rules[number + 1 :]), build=True)
        (self.cards[min(number, len(self.cards) - 1)].channel if self.cards else self.add).setFocus()

    def _add(self) -> None:
        self._set((*self._rules, _NEW), build=True)
        self.cards[-1].focus_first()


class RuleCard(QFrame):
    """One rule.

    Attributes:
        changed: the rule as edited.
        moved: up (-1) or down (1).
        removed: take it away.
    """

    changed = Signal(object)
    moved = Signal(int)
    removed = Signal()

    def __init__(self, look: Look, rule: ChannelRule, number: int, count: int) -> None:
        super().__init__()
        self._look = look
        self._rule = rule
        say = look.say
        self.setProperty("kind", "card")
        self.setAccessibleName(say("Rule {n}", n=number + 1))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(label(look, say("Rule {n}", n=number + 1), "strong"))
        self.visits: QLabel = label(look, "", "muted")
        head.addWidget(self.visits)
        head.addStretch(1)
        self._up = self._button("caret-up", say("Try earlier"), lambda: self.moved.emit(-1))
        self._down = self._button("caret-down", say("Try later"), lambda: self.moved.emit(1))
        self._up.setEnabled(number > 0)
        self._down.setEnabled(number < count - 1)
        self.remove = self._button("trash", say("Remove the rule"), self.removed.emit)
        for button in (self._up, self._down, self.remove):
            head.addWidget(button)
        column.addLayout(head)
        self._conditions = QVBoxLayout()
        self._conditions.setSpacing(4)
        column.addLayout(self._conditions)
        self.values: list[QLineEdit] = []
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(label(look, say("then the channel is"), "secondary"))
        self.channel = ChoiceCombo(self._look)
        self.channel.setAccessibleName(say("Channel"))
        self.channel.setFixedWidth(170)
        for name in CHANNELS:
            self.channel.addItem(say(name), name)
        self.channel.setCurrentIndex(CHANNELS.index(rule.channel))
        self.channel.currentIndexChanged.connect(self._choose_channel)
        foot.addWidget(self.channel)
        foot.addStretch(1)
        more = QPushButton(look.icon("plus"), say("Condition"))
        more.clicked.connect(self._more)
        foot.addWidget(more)
        column.addLayout(foot)
        self._fill()

    def show_visits(self, visits: int | None) -> None:
        """How many visits of all days it decides."""
        text = ""
        if visits is not None:
            shown = self._look.numbers.count(visits)
            text = self._look.words.count(visits, "decides 1 visit", "decides {n} visits", n=shown)
        self.visits.setText(text)

    def focus_first(self) -> None:
        """Begin with its first value."""
        self.values[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_move(self, step: int) -> None:
        """Stay on the button that moved it, as long as it can move on."""
        button = self._up if step < 0 else self._down
        other = self._down if step < 0 else self._up
        (button if button.isEnabled() else other).setFocus(Qt.FocusReason.TabFocusReason)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _button(self, icon: str, name: str, act: object) -> QPushButton:
        button = QPushButton(self._look.icon(icon), "")
        button.setProperty("kind", "ghost")
        button.setFixedWidth(28)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.clicked.connect(act)
        return button

    def _fill(self) -> None:
        say = self._look.say
        while (item := self._conditions.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.values = []
        for number, condition in enumerate(self._rule.conditions):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            word = label(self._look, say("If") if number == 0 else say("and"), "secondary")
            word.setFixedWidth(44)
            field, operator = ChoiceCombo(self._look), ChoiceCombo(self._look)
            value = QLineEdit(condition.value)
            for key, text in FIELDS.items():
                field.addItem(say(text), key)
            for key, text in OPERATORS.items():
                operator.addItem(say(text), key)
            field.setCurrentIndex(field.findData(condition.field))
            operator.setCurrentIndex(operator.findData(condition.operator))
            field.setFixedWidth(108)
            operator.setFixedWidth(112)
            field.setAccessibleName(say("Field"))
            operator.setAccessibleName(say("Comparison"))
            value.setAccessibleName(say("Value"))
            value.setPlaceholderText(say("none"))
            field.currentIndexChanged.connect(partial(self._choose, number, field, "field"))
            operator.currentIndexChanged.connect(partial(self._choose, number, operator, "operator"))
            value.textEdited.connect(partial(self._type, number))
            less = self._button("x", say("Remove the condition"), partial(self._less, number))
            less.setEnabled(len(self._rule.conditions) > 1)
            for widget in (word, field, operator):
                row.addWidget(widget)
            row.addWidget(value, 1)
            row.addWidget(less)
            self._conditions.addWidget(line)
            self.values.append(value)

    def _set(self, rule: ChannelRule) -> None:
        self._rule = rule
        self.changed.emit(rule)

    def _condition(self, number: int, **values: str) -> None:
        conditions = list(self._rule.conditions)
        conditions[number] = replace(conditions[number], **values)
        self._set(replace(self._rule, conditions=tuple(conditions)))

    def _choose(self, number: int, combo: QComboBox, name: str, _place: int) -> None:
        self._condition(number, **{name: str(combo.currentData())})

    def _type(self, number: int, text: str) -> None:
        self._condition(number, value=text)

    def _choose_channel(self, _place: int) -> None:
        self._set(replace(self._rule, channel=str(self.channel.currentData())))

    def _more(self) -> None:
        self._set(replace(self._rule, conditions=(*self._rule.conditions, Condition("medium", "is", ""))))
        self._fill()
        self.values[-1].setFocus()

    def _less(self, number: int, _checked: object = None) -> None:
        kept = (*self._rule.conditions[:number], *self._rule.conditions[number + 1 :])
        self._set(replace(self._rule, conditions=kept))
        self._fill()
