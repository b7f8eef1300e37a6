"""The what-if: windows and weights other than the profile's, and what they change under each model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.names import model_label
from app.pages.model_matrix import credited, moved
from engine.errors import AttribenchError
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent

    from engine.attribution.models import CreditSettings
    from engine.queries.result import Result
    from widgets.look import Look

_WAIT_MS = 400
_HEIGHT = 122
_SAME = 5e-4  # settings this close are the same: weights are shown with three digits

# Field of CreditSettings (weights by place), its name, its unit.
_FIELDS: tuple[tuple[str, str, str], ...] = (
    ("click_window_days", "Click window", "days"),
    ("view_window_hours", "View window", "hours"),
    ("first_touch_window_days", "First-touch window", "days"),
    ("half_life_days", "Half-life", "days"),
    ("weight_0", "Weight of the first", "touch"),
    ("weight_1", "Weight of the middle", "touches"),
    ("weight_2", "Weight of the last", "touch"),
)
_COLUMNS = 4


class WhatIf(QWidget):
    """Fields for the settings, and a table of each model before and after.

    Args:
        look: how it looks.
        usual: the profile's own settings.

    Attributes:
        changed: other settings, or None for the profile's own.
    """

    changed = Signal(object)

    def __init__(self, look: Look, usual: CreditSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._usual = usual
        self._settings = usual
        self.setProperty("kind", "sunken")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(look.say("What-if"))
        self.setFixedHeight(_HEIGHT)
        self.fields: dict[str, QLineEdit] = {}
        self.errors: dict[str, QLabel] = {}
        self.reset = QPushButton(look.icon("arrow-counter-clockwise"), look.say("Reset"))
        self.reset.setToolTip(look.say("Back to the settings of the profile"))
        self.reset.clicked.connect(self._reset)
        self.table = DataTable(
            look, self._columns(), id_field="model", is_compact=True, accessible_name=look.say("Before and after")
        )
        self.table.sort_by(None)
        self.panel = Panel(look, look.say("Before and after"), self.table, header=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(self._grid())
        row.addWidget(rule(is_vertical=True))
        row.addWidget(self.panel, 1)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self.apply)
        self.show_settings(None)

    def show_settings(self, settings: CreditSettings | None) -> None:
        """Show what is in force; what is being typed and means the same stays."""
        self._settings = settings or self._usual
        self.reset.setEnabled(settings is not None)
        typed = self._typed()
        if typed is None or self._wait.isActive() or not _is_same(typed, self._settings):
            self._wait.stop()
            for name, field in self.fields.items():
                field.setText(self._text(_value(self._settings, name)))
                self._tell(name, "")
        if settings is None:
            self.panel.empty(
                self._look.say("Change a value to see what it moves"),
            )

    def show_result(self, before: Result, after: Result) -> None:
        """Each model before and after."""
        rows: list[dict[str, Any]] = []
        for model in after.meta["models"]:
            old, old_coverage = credited(before, model)
            new, new_coverage = credited(after, model)
            rows.append(
                {
                    "model": model,
                    "name": model_label(self._look.words, model),
                    "before": old,
                    "after": new,
                    "change": 100 * (new - old) / abs(old) if old else None,
                    "coverage_before": old_coverage,
                    "coverage_after": new_coverage,
                    "moved": moved(before, after, model),
                }
            )
        figures = {name: pl.Float64 for name in rows[0] if name not in {"model", "name"}}
        self.table.set_rows(pl.DataFrame(rows, schema={"model": pl.String, "name": pl.String, **figures}))

    def apply(self) -> None:
        """Take what the fields say now; a value that cannot be is told beside its field."""
        self._wait.stop()
        settings = self._typed(tells=True)
        if settings is None or _is_same(settings, self._settings):
            return
        self.changed.emit(None if _is_same(settings, self._usual) else settings)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._wait.stop()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _grid(self) -> QVBoxLayout:
        look, say = self._look, self._look.say
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for place, (name, title, unit) in enumerate(_FIELDS):
            caption = label(look, say(title), "caption")
            field = QLineEdit()
            field.setFixedWidth(60)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setAccessibleName(f"{say(title)}, {say(unit)}")
            field.textEdited.connect(self._start)
            field.returnPressed.connect(self.apply)
            error = label(look, say(unit), "caption")
            error.setMinimumWidth(64)
            caption.setBuddy(field)
            line = QHBoxLayout()
            line.setSpacing(6)
            line.addWidget(field)
            line.addWidget(error, 1)
            box = QVBoxLayout()
            box.setSpacing(2)
            box.addWidget(caption)
            box.addLayout(line)
            grid.addLayout(box, place // _COLUMNS, place % _COLUMNS)
            self.fields[name], self.errors[name] = field, error
        grid.addWidget(self.reset, 1, _COLUMNS - 1, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout()
        column.setContentsMargins(16, 8, 16, 8)
        column.addLayout(grid)
        column.addStretch(1)
        return column

    def _columns(self) -> list[Column]:
        say = self._look.say
        return [
            Column("name", say("Model"), kind="text"),
            Column("before", say("Credited before"), unit="money", tone="secondary", priority=2),
            Column("after", say("Credited now"), unit="money", weight=600),
            Column("change", say("Change"), kind="change"),
            Column("coverage_before", say("Coverage before"), unit="percent", tone="secondary", priority=3),
            Column(
                "coverage_after",
                say("Coverage now"),
                unit="percent",
                priority=1,
                definition=say("Part of all cash that has a touch this model credits."),
            ),
            Column(
                "moved",
                say("Moved"),
                unit="percent",
                definition=say("Part of all cash that stands on another row than before."),
            ),
        ]

    def _start(self) -> None:
        self._wait.start()

    def _reset(self) -> None:
        self._wait.stop()
        self.changed.emit(None)

    def _typed(self, *, tells: bool = False) -> CreditSettings | None:
        """What the fields say; None when one of them cannot be. ``tells``: beside the field."""
        values: dict[str, float] = {}
        wrong: dict[str, str] = {}
        for name, field in self.fields.items():
            number, is_number = self._look.numbers.locale.toDouble(field.text().strip())
            if not is_number:
                wrong[name] = self._look.say("a number")
            values[name] = number
        for name in self.fields:  # one by one, so that each wrong field is told
            if name in wrong:
                continue
            changes = {name: values[name]}
            if name.startswith("weight_"):
                changes = {"weights": (values[name], 0.0, 0.0)}
            try:
                replace(self._usual, **changes).checked()  # pyright: ignore[reportArgumentType] - as the field says
            except AttribenchError as error:
                wrong[name] = self._expected(name, error)
        weights = [name for name in self.fields if name.startswith("weight_")]
        if not any(name in wrong or values[name] for name in weights):
            wrong |= dict.fromkeys(weights, self._look.say("not all 0"))
        settings = None
        if not wrong:
            plain = {name: values[name] for name in self.fields if not name.startswith("weight_")}
            weights = (values["weight_0"], values["weight_1"], values["weight_2"])
            settings = replace(self._settings, **plain, weights=weights).checked()
        if tells:
            for name in self.fields:
                self._tell(name, wrong.get(name, ""))
        return settings

    def _expected(self, name: str, error: AttribenchError) -> str:
        """The engine's range, short enough to stand beside the field."""
        if name.startswith("weight_"):
            return self._look.say("0 or more")
        low, _, high = str(error.facts["expected"]).partition(" to ")
        return self._look.say("{low} to {high}", low=low, high=high)

    def _tell(self, name: str, wrong: str) -> None:
        field, beside = self.fields[name], self.errors[name]
        unit = next(unit for key, _, unit in _FIELDS if key == name)
        state = "error" if wrong else ""
        if field.property("state") != state:
            field.setProperty("state", state)
            beside.setProperty("kind", "error" if wrong else "caption")
            for widget in (field, beside):
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        beside.setText(wrong or self._look.say(unit))
        field.setAccessibleDescription(wrong)

    def _text(self, value: float) -> str:
        return self._look.numbers.locale.toString(round(value, 3), "g", 6)


class WhatIfBanner(QFrame):
    """Says on the page that its figures are a what-if.

    Attributes:
        reset_wanted: back to the profile's own settings.
    """

    reset_wanted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("kind", "banner-info")
        self.setFixedHeight(look.tokens.sizes["banner"])
        self.text = label(look, "", "secondary")
        self.reset = QPushButton(look.say("Reset"))
        self.reset.setProperty("kind", "link")
        self.reset.clicked.connect(self.reset_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.addWidget(self.text, 1)
        row.addWidget(self.reset)
        self.hide()

    def show_settings(self, settings: CreditSettings | None, usual: CreditSettings) -> None:
        """Name what differs from the profile's usual settings; hidden when nothing does."""
        self.setVisible(settings is not None)
        if settings is None:
            return
        say, numbers = self._look.say, self._look.numbers
        parts = [
            say(
                "{name} {value} instead of {usual}",
                name=say(title).lower(),
                value=numbers.locale.toString(round(_value(settings, name), 3), "g", 6),
                usual=numbers.locale.toString(round(_value(usual, name), 3), "g", 6),
            )
            for name, title, _unit in _FIELDS
            if abs(_value(settings, name) - _value(usual, name)) > _SAME
        ]
        self.text.setText(
            say("What-if: {changes}. It holds on every page; nothing is stored.", changes=", ".join(parts))
        )


def _value(settings: CreditSettings, name: str) -> float:
    if name.startswith("weight_"):
        return settings.weights[int(name[-1])]
    return float(getattr(settings, name))


def _is_same(one: CreditSettings, other: CreditSettings) -> bool:
    fitted = (one.order, one.game, one.fit_on) == (other.order, other.game, other.fit_on)
    return fitted and all(abs(_value(one, name) - _value(other, name)) <= _SAME for name, _, _ in _FIELDS)
