"""Sections that are forms: who the profile is, visits, attribution, the engagement score."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import phonenumbers
from PySide6.QtCore import QByteArray, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.pages.setting.section import Form, Section, editable, number, scrolling, written
from app.pages.setting.words import range_of, title
from engine.branding import MOST_LOGO_BYTES
from engine.errors import AttribenchError, Code
from engine.money import currencies
from engine.profiles import FBCLID_POLICIES, ProfileSettings
from widgets.mapping.combo import ChoiceCombo

if TYPE_CHECKING:
    from app.context import Context

_NUMBER_WIDTH = 90
_LOGO_HEIGHT = 44


class FormSection(Section):
    """A section with a form; it keeps the field of each setting."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.form = Form(self.look)
        self.fields: dict[str, QWidget] = {}
        self._problems: dict[str, AttribenchError] = {}  # what is typed and no value at all
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolling(self.form))

    def show_settings(self, settings: ProfileSettings) -> None:
        for name, field in self.fields.items():
            value = getattr(settings, name)
            with QSignalBlocker(field):
                self._show(name, field, value)

    def show_problem(self, error: AttribenchError | None) -> None:
        self.form.tell(next(iter(self._problems.values()), error))

    # -- fields ---------------------------------------------------------------------------------------------------

    def text(self, name: str, hint: str) -> QLineEdit:
        """A line of text."""
        field = QLineEdit()
        field.textEdited.connect(partial(self._edit, name))
        self._add(name, field, hint)
        return field

    def number(self, name: str, unit: str, hint: str = "") -> QLineEdit:
        """A number with its range and unit; without a unit any number from 0 will do."""
        field = QLineEdit()
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.textEdited.connect(partial(self._type_number, name))
        expected = range_of(self.look, name, unit) if unit else ""
        self._add(name, field, f"{expected}. {hint}" if hint and expected else hint or expected, _NUMBER_WIDTH)
        return field

    def choice(self, name: str, options: list[tuple[str, str]], hint: str, *, is_editable: bool = False) -> QComboBox:
        """One of several: (value, text)."""
        field = ChoiceCombo(self.look)
        for value, text in options:
            field.addItem(text, value)
        if is_editable:
            editable(field, title(self.look.words, name))
            field.editTextChanged.connect(partial(self._edit, name))
        else:
            field.currentIndexChanged.connect(partial(self._choose, name))
        self._add(name, field, hint)
        return field

    def tick(self, name: str, text: str, hint: str) -> QCheckBox:
        """On or off."""
        field = QCheckBox(text)
        field.toggled.connect(partial(self._edit, name))
        self._add(name, field, hint, 0)
        return field

    def lines(self, name: str, hint: str) -> QPlainTextEdit:
        """Several lines of text."""
        field = QPlainTextEdit()
        field.setFixedHeight(72)
        field.setTabChangesFocus(True)
        field.textChanged.connect(partial(self._type_lines, name, field))
        self._add(name, field, hint)
        return field

    def _add(self, name: str, field: QWidget, hint: str, width: int = 300) -> None:
        self.fields[name] = field
        self.form.add(name, title(self.look.words, name), field, hint, width)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _show(self, name: str, field: QWidget, value: Any) -> None:
        """Show a value unless the field means it already: what is being typed stays as it is typed."""
        if isinstance(field, QLineEdit):
            if isinstance(value, str):
                if field.text() != value:
                    field.setText(value)
            elif name not in self._problems and number(self.look, field.text()) != value:
                field.setText(written(self.look, value))
        elif isinstance(field, QComboBox):
            if field.isEditable():
                if field.currentText() != value:
                    field.setEditText(str(value))
            else:
                field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QCheckBox):
            field.setChecked(bool(value))
        elif isinstance(field, QPlainTextEdit) and _domains(field) != tuple(value):
            field.setPlainText("\n".join(value))

    def _edit(self, name: str, value: Any) -> None:
        self.edited.emit({name: value})

    def _choose(self, name: str, _place: int) -> None:
        field = self.fields[name]
        if isinstance(field, QComboBox):
            self.edited.emit({name: field.currentData()})

    def _type_lines(self, name: str, field: QPlainTextEdit) -> None:
        self.edited.emit({name: _domains(field)})

    def _type_number(self, name: str, text: str) -> None:
        value = number(self.look, text)
        if value is None:
            self._problems[name] = AttribenchError(Code.SETTING_INVALID, field=name, value=text, expected="")
            self.edited.emit({})
            return
        self._problems.pop(name, None)
        is_whole = isinstance(getattr(ProfileSettings("x"), name), int)
        self.edited.emit({name: int(value) if is_whole and float(value).is_integer() else value})

    def forget(self) -> None:
        """Forget what is typed and no value."""
        self._problems.clear()

    @property
    def problem(self) -> AttribenchError | None:
        """What is typed and is no value at all."""
        return next(iter(self._problems.values()), None)


def _domains(field: QPlainTextEdit) -> tuple[str, ...]:
    return tuple(line.strip() for line in field.toPlainText().split("\n") if line.strip())


class General(FormSection):
    """Name, domains, currency, zone, phone region; logo and colour of reports."""

    key = "general"
    title = "General"
    icon = "buildings"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say, form = self.say, self.form
        form.heading(say("The business"))
        self.text("name", say("As it stands in the sidebar and on reports."))
        self.lines("domains", say("One a line. Visits that come from them or their subdomains are nobody's referrals."))
        self.choice(
            "currency",
            [(code, code) for code in sorted(currencies())],
            say("All amounts are also shown in it, at each day's exchange rate."),
            is_editable=True,
        )
        self.choice(
            "timezone",
            [(zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"],
            say("Where its days begin and end."),
            is_editable=True,
        )
        self.choice(
            "phone_region",
            [(region, region) for region in sorted(phonenumbers.SUPPORTED_REGIONS)],
            say("The country of phone numbers without a prefix."),
            is_editable=True,
        )
        form.heading(say("Reports"))
        self._logo = LogoField(context)
        self._logo.chosen.connect(partial(self._edit, "logo"))
        self.fields["logo"] = self._logo
        form.add("logo", say("Logo"), self._logo, say("PNG, JPEG or SVG of at most 512 KB, on the cover."), 0)
        self._accent = QPushButton()
        self._accent.setFixedWidth(28)
        self._accent.setToolTip(say("Choose a colour"))
        self._accent.setAccessibleName(say("Choose a colour"))
        self._accent.clicked.connect(self._choose_colour)
        accent = QLineEdit()
        accent.setFixedWidth(100)
        accent.textEdited.connect(partial(self._edit, "accent"))
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(accent)
        row.addWidget(self._accent)
        row.addStretch(1)
        self.fields["accent"] = accent
        hint = say("Of the cover and rules. Must have a contrast of 4.5:1 on white.")
        form.add("accent", title(self.look.words, "accent"), both, hint, 0)
        accent.setAccessibleName(title(self.look.words, "accent"))
        self.text("prepared_by", say("On the cover, under the client's name."))

    def show_settings(self, settings: ProfileSettings) -> None:
        super().show_settings(settings)
        swatch = QPixmap(14, 14)
        swatch.fill(QColor(settings.accent) if QColor.isValidColorName(settings.accent) else QColor("white"))
        self._accent.setIcon(swatch)
        self._logo.show_logo(settings.logo)

    def _choose_colour(self) -> None:
        field = self.fields["accent"]
        if isinstance(field, QLineEdit):
            dialog = QColorDialog(QColor(field.text()), self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.colorSelected.connect(self._take_colour)
            dialog.open()

    def _take_colour(self, colour: QColor) -> None:
        self._edit("accent", colour.name().upper())


class LogoField(QWidget):
    """The logo as it is, with buttons to choose another or to take it away."""

    chosen = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        say = context.look.say
        self.picture = QLabel(self)
        self.picture.setFixedHeight(_LOGO_HEIGHT)
        self.picture.setAccessibleName(say("Logo"))
        self.choose = QPushButton(say("Choose…"))
        self.choose.clicked.connect(self._choose)
        self.remove = QPushButton(say("Remove"))
        self.remove.clicked.connect(lambda: self.chosen.emit(None))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.picture)
        row.addWidget(self.choose)
        row.addWidget(self.remove)
        row.addStretch(1)

    def show_logo(self, logo: bytes | None) -> None:
        """Show it."""
        picture = QPixmap()
        if logo is not None:
            picture.loadFromData(QByteArray(logo))
        self.remove.setVisible(logo is not None)
        self.picture.setVisible(logo is not None)
        if picture.isNull():
            self.picture.setText(self._context.look.say("picture") if logo is not None else "")
        else:
            self.picture.setPixmap(
                picture.scaled(
                    200,
                    _LOGO_HEIGHT,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, self._context.look.say("Logo"), "", self._context.look.say("Pictures (*.png *.jpg *.jpeg *.svg)")
        )
        if path:
            self.take(Path(path))

    def take(self, path: Path) -> None:
        """Take the picture of a file, off the Qt thread."""

        def read(_task: object) -> bytes:
            with path.open("rb") as file:
                return file.read(MOST_LOGO_BYTES + 1)

        self._context.jobs.read((self, "logo"), read, self.chosen.emit, lambda error: self._context.toast(str(error)))


class Visits(FormSection):
    """Sessions (E2) and the engagement score (E5)."""

    key = "visits"
    title = "Visits"
    icon = "browser"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say, form = self.say, self.form
        form.heading(say("Visits"), say("A visit is what one device does without a long pause, from one source."))
        self.number("session_timeout_minutes", say("minutes"))
        self.tick(
            "split_on_source",
            say("Split visits there"),
            say("Another campaign, tag or referring site; direct returns, own domains and payment pages never split."),
        )
        form.heading(
            say("Engagement score"),
            say("Points of a visit, 0 to 100, added up. The engagement-weighted model shares credit by them."),
        )
        self.number("engagement_scroll", say("points"), say("In proportion to the depth."))
        self.number("engagement_time", say("points"), say("In proportion to the time."))
        self.number("engagement_seconds", say("seconds"))
        self.number(
            "engagement_interaction", say("points"), say("A second page, half a video, or a call to action seen.")
        )
        self.number("engagement_form", say("points"))
        self.number("engagement_frustration", say("points"), say("Taken away for rage clicks, dead clicks and errors."))
        self.usual = QPushButton(self.look.icon("arrow-counter-clockwise"), say("Usual points"))
        self.usual.clicked.connect(self._reset)
        form.add("usual", "", self.usual, "", 0)

    def _reset(self) -> None:
        usual = ProfileSettings("x")
        self._problems.clear()
        self.edited.emit({name: getattr(usual, name) for name in self.fields if name.startswith("engagement_")})


class Attribution(FormSection):
    """Windows, half-life, custom weights, Meta's click ids, refunds."""

    key = "attribution"
    title = "Attribution"
    icon = "scales"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say, form = self.say, self.form
        form.heading(
            say("Windows"),
            say(
                "How old a touch may be to get credit. Wider windows attribute more and look better: match them to how "
                "long customers take."
            ),
        )
        self.number("click_window_days", say("days"), say("Of visits before a conversion. Usual: 30."))
        self.number("view_window_hours", say("hours"), say("Of seen ads, when nothing was clicked. Usual: 24."))
        self.number(
            "first_touch_window_days", say("days"), say("The first-touch model alone looks back so far. Usual: 90.")
        )
        form.heading(say("Models"))
        self.number("half_life_days", say("days"), say("Time decay: a touch this much older gets half the credit."))
        self.number("weight_first", "", say("Custom weighted: shares are in proportion; the middle is divided."))
        self.number("weight_middle", "")
        self.number("weight_last", "")
        form.heading(say("Rules"))
        self.choice(
            "fbclid_policy",
            [
                (FBCLID_POLICIES[0], say("Always paid")),
                (FBCLID_POLICIES[1], say("Paid with a paid medium")),
            ],
            say("Meta tags links of posts too. Paid with a paid medium counts those as organic."),
        )
        self.tick(
            "deduct_refunds",
            say("Take refunds off"),
            say("On the day they happen. Off: cash is gross everywhere, and says so."),
        )
