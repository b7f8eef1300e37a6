"""How the window looks and speaks: theme, fonts, icons, language and number formats, handed to every widget.

One :class:`Look` is made at the start. Each window has one of its own that follows it, with the currency of what the
window shows, and hands it to its widgets. They ask it while they paint, so that a change of theme is a repaint; a
change of language builds the window's content anew.
"""

from __future__ import annotations

from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from engine.words import Words
from widgets.numbers import Numbers
from widgets.stylesheet import stylesheet
from widgets.tokens import Theme, load_tokens

if TYPE_CHECKING:
    from widgets.tokens import ChannelMark, Tokens

LOCALES = ("en_US", "es_ES", "es_MX")
DENSITIES = ("compact", "regular", "comfortable")
_ROWS = {"compact": "row_compact", "regular": "row", "comfortable": "row_comfortable"}


class Look(QObject):
    """Theme, language, density and formats.

    Args:
        theme: to begin with.
        locale: of :data:`LOCALES`; its language is what the window speaks.
        density: of :data:`DENSITIES`: how high rows of tables are.

    Attributes:
        changed: theme or density changed: repaint.
        spoke: the language changed: build texts anew.
    """

    changed = Signal()
    spoke = Signal()

    def __init__(self, theme: Theme = "light", locale: str = "en_US", density: str = "regular") -> None:
        super().__init__()
        self.tokens: Tokens = load_tokens(theme)
        self.words = Words(locale[:2])
        self.numbers = Numbers(locale, self.words)
        self.density = density
        self._locale: str = locale
        self._colors: dict[str, QColor] = {}
        self._fonts: dict[tuple[str, int | None], QFont] = {}
        self._icons: dict[tuple[str, str, str], QIcon] = {}

    def of_window(self, window: QObject) -> Look:
        """The look of one window: the same theme, language and density as here, and a currency of its own."""
        return _WindowLook(self, window)

    # -- what is set ----------------------------------------------------------------------------------------------

    @property
    def is_dark(self) -> bool:
        """Whether the dark theme is on."""
        return self.tokens.theme == "dark"

    @property
    def locale(self) -> str:
        """The locale's name."""
        return self._locale

    @property
    def row_height(self) -> int:
        """Pixels of a table row."""
        return self.tokens.sizes[_ROWS[self.density]]

    def set_theme(self, theme: Theme) -> None:
        """Switch the theme; everything repaints."""
        if theme != self.tokens.theme:
            self.tokens = load_tokens(theme)
            self._colors.clear()
            self._icons.clear()
            self.dress()
            self.changed.emit()

    def set_density(self, density: str) -> None:
        """Switch the height of rows."""
        if density != self.density:
            self.density = density
            self.changed.emit()

    def set_locale(self, locale: str) -> None:
        """Switch language and formats."""
        if locale != self._locale:
            self._locale = locale
            self.words = Words(locale[:2])
            self.numbers = Numbers(locale, self.words, self.numbers.currency)
            self.spoke.emit()

    def set_currency(self, currency: str) -> None:
        """Say which currency amounts are in."""
        if currency != self.numbers.currency:
            self.numbers = Numbers(self._locale, self.words, currency)

    def dress(self) -> None:
        """Give the application its fonts, palette and style sheet."""
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            raise TypeError("a QApplication must exist before it can be dressed")
        load_fonts()
        application.setFont(self.font("body"))
        application.setPalette(self._palette())
        application.setStyleSheet(stylesheet(self.tokens))

    # -- what widgets ask -----------------------------------------------------------------------------------------

    def say(self, text: str, /, **facts: object) -> str:
        """See :meth:`engine.words.Words.say`."""
        return self.words.say(text, **facts)

    def color(self, name: str) -> QColor:
        """A colour token."""
        found = self._colors.get(name)
        if found is None:
            found = self._colors[name] = QColor(self.tokens.colors[name])
        return found

    def channel(self, name: str | None) -> ChannelMark | None:
        """How a channel is drawn; None for a name that is no channel."""
        return self.tokens.channels.get(name) if name else None

    def font(self, role: str, weight: int | None = None) -> QFont:
        """The font of a text role, with tabular figures."""
        found = self._fonts.get((role, weight))
        if found is None:
            found = self._fonts[role, weight] = _font(self.tokens, role, weight)
        return found

    def icon(self, name: str, color: str = "text.secondary", disabled: str = "text.disabled") -> QIcon:
        """A Phosphor icon (``scales``, ``scales-fill``) in a colour token."""
        found = self._icons.get((name, color, disabled))
        if found is None:
            qtawesome: Any = import_module("qtawesome")  # a quarter of a second: not before the first icon
            found = self._icons[name, color, disabled] = qtawesome.icon(
                f"ph.{name}", color=self.color(color), color_disabled=self.color(disabled)
            )
        return found

    def pixmap(self, name: str, size: int, color: str = "text.secondary") -> QPixmap:
        """An icon as a picture of so many pixels."""
        return self.icon(name, color).pixmap(QSize(size, size))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _palette(self) -> QPalette:
        palette = QPalette()
        role, group = QPalette.ColorRole, QPalette.ColorGroup
        for key, name in (
            (role.Window, "bg.window"),
            (role.WindowText, "text.primary"),
            (role.Base, "bg.canvas"),
            (role.AlternateBase, "bg.sunken"),
            (role.Text, "text.primary"),
            (role.Button, "bg.raised"),
            (role.ButtonText, "text.primary"),
            (role.BrightText, "bad.text"),
            (role.Highlight, "accent.fill"),
            (role.HighlightedText, "text.on_accent"),
            (role.Accent, "accent.fill"),
            (role.ToolTipBase, "bg.tooltip"),
            (role.ToolTipText, "text.on_tooltip"),
            (role.PlaceholderText, "text.muted"),
            (role.Link, "accent.text"),
            (role.LinkVisited, "accent.text"),
            (role.Mid, "border.hairline"),
            (role.Dark, "border.strong"),
            (role.Light, "bg.raised"),
        ):
            palette.setColor(key, self.color(name))
        for key in (role.Text, role.ButtonText, role.WindowText):
            palette.setColor(group.Disabled, key, self.color("text.disabled"))
        return palette


class _WindowLook(Look):
    """Follows another look in all but the currency; what is set here is set there."""

    def __init__(self, shared: Look, window: QObject) -> None:
        super(Look, self).__init__(window)  # nothing is loaded anew
        self._shared = shared
        self._colors, self._fonts, self._icons = {}, {}, {}
        self.numbers = shared.numbers
        self._take()
        shared.changed.connect(self._repaint)
        shared.spoke.connect(self._speak)

    def set_theme(self, theme: Theme) -> None:
        self._shared.set_theme(theme)

    def set_density(self, density: str) -> None:
        self._shared.set_density(density)

    def set_locale(self, locale: str) -> None:
        self._shared.set_locale(locale)

    def _take(self) -> None:
        shared = self._shared
        self.tokens, self.density = shared.tokens, shared.density
        self.words, self._locale = shared.words, shared.locale
        self.numbers = Numbers(self._locale, self.words, self.numbers.currency)

    def _repaint(self) -> None:
        self._colors.clear()
        self._icons.clear()
        self._take()
        self.changed.emit()

    def _speak(self) -> None:
        self._take()
        self.spoke.emit()


def load_fonts() -> None:
    """Give Qt the fonts the program carries, once an application."""
    application = QGuiApplication.instance()
    if application is None or application.property("attribenchFonts"):
        return
    for file in (resources.files("resources") / "fonts").iterdir():
        if file.name.endswith(".ttf"):
            QFontDatabase.addApplicationFontFromData(file.read_bytes())
    application.setProperty("attribenchFonts", True)  # noqa: FBT003 - a Qt property


def _font(tokens: Tokens, role: str, weight: int | None) -> QFont:
    spec = tokens.roles.get(role) or tokens.roles["body"]
    family = "mono" if role == "code" else spec.family
    fallbacks = tokens.fallbacks["mono" if family == "mono" else "ui"]
    font = QFont([tokens.families[family], *fallbacks])
    font.setPixelSize(11 if role == "code" else spec.size)
    font.setWeight(QFont.Weight(weight or spec.weight))
    if spec.tracking:
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100 + spec.tracking)
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
