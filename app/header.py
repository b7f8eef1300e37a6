"""The bar over the pages: profile, days, comparison, model, search. It shows the view and sets it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.names import MODEL_LABELS, model_definition, model_label
from engine.queries.selection import FIRST_DAY, LAST_DAY
from widgets.inputs.comparison import ComparisonButton
from widgets.inputs.date_range import DateRangeButton
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.presets import preset_range
from widgets.inputs.segments import Segments
from widgets.panel import rule
from widgets.profile_button import ProfileButton

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from app.context import Context

_PRESETS = ("7d", "14d", "30d", "90d")


class Header(QWidget):
    """The header.

    Attributes:
        palette_wanted: the search button was pressed.
        profile_chosen: another profile, by name.
        rebuild_wanted: the figures are to be brought up to date.
        sync_wanted: connections are to be fetched.
    """

    palette_wanted = Signal()
    profile_chosen = Signal(str)
    rebuild_wanted = Signal()
    sync_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        look, say = context.look, context.look.say
        about = context.about
        self.setFixedHeight(look.tokens.sizes["toolbar"])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 0)
        layout.setSpacing(8)
        settings = about.settings
        self.profile = ProfileButton(look)
        self.profile.setAccessibleName(say("Profile"))
        detail = f"{settings.currency} · {settings.timezone.rpartition('/')[2].replace('_', ' ')}"
        self.profile.set_choices(
            [Choice(name, name, detail if name == settings.name else "") for name in about.profiles]
        )
        self.profile.set_current(settings.name)
        self.profile.setFixedWidth(look.tokens.sizes["sidebar"] - 12)
        self.presets = Segments(look, [(key, say("{n} d", n=key[:-1])) for key in _PRESETS])
        self.presets.setAccessibleName(say("Days"))
        self.presets.set_tips({key: say("{n} days up to today", n=key[:-1]) for key in _PRESETS})
        self.days = DateRangeButton(look)
        self.comparison = ComparisonButton(look)
        self.model = PickerButton(look, say("Model"), icon="scales", search=say("Find a model"))
        self.model.setAccessibleName(say("Model"))
        words = look.words
        self.model.set_choices(
            [
                Choice(name, model_label(words, name), model_definition(words, name), say("Models"))
                for name in MODEL_LABELS
            ]
            + [
                Choice(name, name, model_definition(words, name, expression), say("Your models"))
                for name, expression in about.custom_models.items()
            ]
        )
        self.rebuild = QPushButton(look.icon("database", "warn.text"), say("Rebuild"))
        self.rebuild.setToolTip(say("Records or settings changed since the figures were worked out."))
        self.search = QPushButton(look.icon("magnifying-glass"), say("Search or run a command") + "   Ctrl K")
        self.search.setAccessibleName(say("Search or run a command"))
        for widget in (self.profile, self.presets, self.days, self.comparison):
            layout.addWidget(widget)
        line = rule(is_vertical=True)
        line.setFixedHeight(20)
        layout.addWidget(line)
        layout.addWidget(self.model)
        layout.addStretch(1)
        layout.addWidget(self.search)
        layout.addWidget(self.rebuild)
        self.sync = QPushButton(look.icon("arrows-clockwise"), say("Sync"))
        self.sync.setToolTip("F5")
        layout.addWidget(self.sync)
        self.sync.clicked.connect(self.sync_wanted)
        self.show_about()
        self.presets.chosen.connect(self._take_preset)
        self.days.chosen.connect(self._take_days)
        self.comparison.chosen.connect(self._take_comparison)
        self.model.chosen.connect(self._take_model)
        self.profile.chosen.connect(self.profile_chosen)
        self.search.clicked.connect(self.palette_wanted)
        self.rebuild.clicked.connect(self.rebuild_wanted)
        context.history.changed.connect(self._show)
        self._show()

    def show_about(self) -> None:
        """Show what is known of the profile."""
        about = self._context.about
        self.days.set_today(about.today)
        if about.days is not None:
            self.days.set_bounds(*about.days)
        self.rebuild.setVisible(about.is_stale or not about.is_derived)

    def show_sync(self, *, is_running: bool) -> None:
        """Show whether a sync runs."""
        say = self._context.look.say
        self.sync.setEnabled(not is_running)
        self.sync.setText(say("Syncing…") if is_running else say("Sync"))

    def limit(self, ignored: Collection[str]) -> None:
        """Switch off what the page ignores."""
        for name, widgets in {
            "days": (self.presets, self.days),
            "comparison": (self.comparison,),
            "model": (self.model,),
        }.items():
            for widget in widgets:
                widget.setEnabled(name not in ignored)

    def step(self, direction: int) -> None:
        """Move to the days before (-1) or after (1), as many as there are now; not beyond today."""
        view = self._context.view
        length = timedelta(days=view.selection.days)
        last = view.selection.date_to + direction * length
        if direction > 0:
            last = max(view.selection.date_to, min(last, self._today))
        first = last - length + timedelta(days=1)
        if first != view.selection.date_from and first >= FIRST_DAY and last <= LAST_DAY:
            self._context.history.set(view.with_days(first, last))

    def toggle_comparison(self) -> None:
        """Switch the comparison on or off."""
        view = self._context.view
        self._context.history.set(view.with_comparison("previous" if view.comparison == "none" else "none"))

    def narrow(self, *, narrow: bool) -> None:
        """Leave out the words of the search button in a small window."""
        say = self._context.look.say
        self.search.setText("Ctrl K" if narrow else say("Search or run a command") + "   Ctrl K")

    def _show(self) -> None:
        view = self._context.view
        selection = view.selection
        self.presets.set_current(view.preset if view.preset in _PRESETS else None)
        self.days.set_range(selection.date_from, selection.date_to)
        compared = view.compared
        self.comparison.set_period(selection.date_from, selection.date_to)
        if compared is None:
            self.comparison.set_choice("none")
        else:
            self.comparison.set_choice(view.comparison, compared.date_from, compared.date_to)
        self.model.set_current(selection.model)

    def _take_model(self, name: str) -> None:
        self._context.history.select(model=name)

    def _take_preset(self, key: str) -> None:
        self._take_days(*preset_range(key, self._today, self._first_day), key)

    def _take_days(self, first: date, last: date, preset: str) -> None:
        self._context.history.set(self._context.view.with_days(first, last, preset))

    def _take_comparison(self, comparison: str, first: date | None, last: date | None) -> None:
        self._context.history.set(self._context.view.with_comparison(comparison, first, last))  # pyright: ignore[reportArgumentType] - the button's keys are ours

    @property
    def _today(self) -> date:
        return self._context.about.today

    @property
    def _first_day(self) -> date:
        days = self._context.about.days
        return days[0] if days else self._today
