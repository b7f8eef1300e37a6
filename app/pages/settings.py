"""Settings of the profile: sections at the left, what is edited at the bottom, what it would do at the right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QSplitter, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.messages import explain
from app.pages.page import Page
from app.pages.setting.data import Data
from app.pages.setting.effect import ChangeBar, Effect
from app.pages.setting.forms import Attribution, FormSection, General, Visits
from app.pages.setting.log import Log
from app.pages.setting.models import Models
from app.pages.setting.outcomes import Goals, Stages
from app.pages.setting.rates import Rates
from app.pages.setting.rules import Rules
from app.pages.setting.words import problem, title
from engine.errors import AttribenchError
from engine.profiles import DERIVING, ProfileSettings
from engine.settings.preview import ONLY_CHANNELS, changed_fields
from widgets.panel import rule

if TYPE_CHECKING:
    from app.context import Context
    from app.pages.setting.section import Section
    from engine.settings.preview import ChangePreview
    from engine.task import Task

_LIST_WIDTH = 176
_WAIT_MS = 350
_BAR_HEIGHT = 44


SECTIONS: tuple[type[Section], ...] = (
    General, Visits, Attribution, Goals, Stages, Rules, Models, Rates, Data, Log,
)  # fmt: skip


class Settings(Page):
    """The page. What is edited is kept here until it is applied, whichever section shows."""

    key = "settings"
    title = "Settings"
    icon = "gear"
    shortcut = "Ctrl+,"
    group = ""
    has_filters = False
    needs_records = False
    ignores = frozenset({"comparison"})
    foot_height = _BAR_HEIGHT

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._edited: dict[str, Any] = {}
        self._preview: ChangePreview | None = None
        self.sections: dict[str, Section] = {}
        self.list = QListWidget()
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setAccessibleName(say("Sections"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setIconSize(QSize(16, 16))
        self._stack = QStackedWidget()
        for kind in SECTIONS:
            item = QListWidgetItem(look.icon(kind.icon), say(kind.title))
            item.setData(Qt.ItemDataRole.UserRole, kind.key)
            item.setSizeHint(QSize(0, look.tokens.sizes["sidebar_item"]))
            self.list.addItem(item)
            self._stack.addWidget(QWidget())
        self.effect = Effect(look)
        self.effect.panel.retried.connect(self._ask)
        self.panels.append(self.effect.panel)
        self.bar = ChangeBar(look)
        self.bar.preview_wanted.connect(self._ask)
        self.bar.discarded.connect(self.discard)
        self.bar.applied.connect(self.apply)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self._stack)
        split.addWidget(self.effect)
        split.setStretchFactor(0, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._listed())
        row.addWidget(rule(is_vertical=True))
        row.addWidget(split, 1)
        self.layout_.addLayout(row, 1)
        self.layout_.addWidget(self.bar)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WAIT_MS)
        self._later.timeout.connect(self._ask)
        self.list.currentRowChanged.connect(self._show_section)
        look.changed.connect(self._draw_icons)
        self.list.setCurrentRow(0)
        self._show()

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._preview = None  # of other days, another model or other records
        self._show()
        if self._edited and self._problem() is None and not self._is_slow():
            self._later.start()
        self.current.refresh()

    def about_changed(self) -> None:
        super().about_changed()
        self._show()

    def open_with(self, **facts: Any) -> None:
        """Begin with a section: ``section=key``."""
        key = facts.get("section")
        keys = [kind.key for kind in SECTIONS]
        if key in keys:
            self.list.setCurrentRow(keys.index(str(key)))
            self.list.setFocus()

    def state(self) -> Any:
        return self._edited, self.list.currentRow()

    def restore(self, state: Any) -> None:
        self._edited, row = state
        self.list.setCurrentRow(row)
        self._show()

    # -- what is edited -------------------------------------------------------------------------------------------

    @property
    def stored(self) -> ProfileSettings:
        """The settings as they are."""
        return self.context.about.settings

    @property
    def wanted(self) -> ProfileSettings:
        """The settings with what is edited."""
        return replace(self.stored, **self._edited)

    @property
    def current(self) -> Section:
        """The section that shows."""
        return self._section(max(0, self.list.currentRow()))

    def discard(self) -> None:
        """Forget what is edited."""
        self._edited = {}
        self._later.stop()
        self.context.jobs.drop((self, self.effect.panel))
        for section in self.sections.values():
            if isinstance(section, FormSection):
                section.forget()
        self._show()

    def apply(self) -> None:
        """Make the changes as one entry of the log; one rebuild follows where it takes one."""
        context, wanted, say = self.context, self.wanted, self.say
        profile = context.profile
        self._later.stop()
        context.jobs.drop((self, self.effect.panel))
        self.bar.setEnabled(False)

        def work(_task: Task) -> tuple[int | None, bool]:
            change_id = profile.change(wanted)
            return change_id, profile.derivation().is_stale

        def done(found: tuple[int | None, bool]) -> None:
            change_id, is_stale = found
            if isValid(self):
                self.bar.setEnabled(True)
                self._edited = {}
            if not isValid(context):
                return
            if change_id is not None:
                self._offer_undo(change_id, say("Settings changed"))
            self._bring_up_to_date(is_stale=is_stale)

        def failed(error: Exception) -> None:
            if isValid(self):
                self.bar.setEnabled(True)
                self._fail(error)

        context.jobs.write(say("Changing settings"), work, done, failed)

    def undo(self, change_id: int) -> None:
        """Take a change of the log back."""
        context, say = self.context, self.say
        profile = context.profile

        def work(_task: Task) -> tuple[int, bool]:
            return profile.undo_change(change_id), profile.derivation().is_stale

        def done(found: tuple[int, bool]) -> None:
            if isValid(context):
                context.toast(say("Change {n} was taken back", n=change_id))
                self._bring_up_to_date(is_stale=found[1])

        context.jobs.write(say("Undoing a change"), work, done, self._fail)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _listed(self) -> QWidget:
        home = QWidget()
        home.setProperty("kind", "canvas")
        home.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(home)
        column.setContentsMargins(8, 10, 8, 8)
        column.addWidget(self.list)
        return home

    def _draw_icons(self) -> None:
        for row, kind in enumerate(SECTIONS):
            self.list.item(row).setIcon(self.look.icon(kind.icon))

    def _show_section(self, row: int) -> None:
        if row < 0:
            return
        section = self._section(row)
        self._stack.setCurrentIndex(row)
        section.refresh()

    def _section(self, row: int) -> Section:
        """The section of a row, made when it is first looked at: all at once would hold the window up."""
        kind = SECTIONS[row]
        if kind.key not in self.sections:
            section = self.sections[kind.key] = kind(self.context)
            section.edited.connect(self._edit)
            if isinstance(section, Log):
                section.undo_wanted.connect(self.undo)
                self.panels.append(section.panel)
            if isinstance(section, Models | Rates | Data):
                section.undo_offered.connect(self._offer_undo)
            self._stack.insertWidget(row, section)
            empty = self._stack.widget(row + 1)
            if empty is not None:
                self._stack.removeWidget(empty)
                empty.deleteLater()
            section.show_settings(self.wanted)
            section.show_problem(self._problem())
            self._show_visits()
        return self.sections[kind.key]

    def _show_visits(self) -> None:
        """Beside the channel rules, how many visits each takes in the preview."""
        rules, shown = self.sections.get(Rules.key), self._preview
        if isinstance(rules, Rules):
            rules.show_visits(shown.rule_visits if shown is not None and "channel_rules" in shown.changed else ())

    def _edit(self, values: dict[str, Any]) -> None:
        self._edited.update(values)
        self._preview = None
        self._show()
        if self._edited and not self._problem() and not self._is_slow():
            self._later.start()

    def _show(self) -> None:
        """Everything that depends on what is edited."""
        wanted, stored = self.wanted, self.stored
        changed = changed_fields(stored, wanted)
        self._edited = {name: self._edited[name] for name in changed if name in self._edited}
        error = self._problem()
        for section in self.sections.values():
            section.show_settings(wanted)
            section.show_problem(error if isinstance(error, AttribenchError) else None)
        has_changes = bool(changed) or error is not None
        self.bar.setVisible(has_changes)
        self.effect.setVisible(has_changes)
        if not has_changes:
            self._preview = None
            self._show_visits()
            return
        text = problem(self.look.words, error) if error is not None else ""
        if error is not None and "field" in error.facts:
            field = str(error.facts["field"]).split(".", 1)[0]
            text = f"{title(self.look.words, field)}: {text}"
        names = [title(self.look.words, name) for name in changed]
        self.bar.show_changes(names, problem=text, needs_rebuild=not DERIVING.isdisjoint(changed))
        if self._preview is None:
            self.effect.panel.renew()
            if error is not None:
                self.effect.panel.empty(self.say("A value cannot be"), text)
            elif self._is_slow():
                self.effect.panel.empty(
                    self.say("Before and after"),
                    self.say("These changes derive everything anew. Preview does so on the side and changes nothing."),
                )

    def _problem(self) -> AttribenchError | None:
        for section in self.sections.values():
            if isinstance(section, FormSection) and section.problem is not None:
                return section.problem
        try:
            self.wanted.checked()
        except AttribenchError as error:
            return error
        return None

    def _is_slow(self) -> bool:
        """Whether a preview derives everything, so that it waits to be asked for."""
        deriving = DERIVING.intersection(changed_fields(self.stored, self.wanted))
        return not ONLY_CHANNELS.issuperset(deriving) or (bool(deriving) and self.context.about.is_stale)

    def _ask(self) -> None:
        if not self._edited or self._problem() is not None:
            return
        profile, wanted, selection = self.context.profile, self.wanted, self.view.selection
        self.read(self.effect.panel, lambda task: profile.preview_change(wanted, selection, task), self._show_preview)

    def _show_preview(self, shown: ChangePreview) -> None:
        self._preview = shown
        self.effect.show_preview(shown)
        self._show_visits()

    def _offer_undo(self, change_id: int, text: str) -> None:
        self.context.toast(text, self.say("Undo"), lambda: self.undo(change_id))

    def _bring_up_to_date(self, *, is_stale: bool) -> None:
        if is_stale and self.context.about.is_derived:
            self.context.rebuild_wanted.emit()
        else:
            self.context.read_again.emit()

    def _fail(self, error: Exception) -> None:
        if isValid(self.context):
            text = explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error)
            self.context.toast(text or self.say("Cancelled; nothing was changed."))
