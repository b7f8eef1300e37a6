"""Starting the desktop: the Qt application, what it remembers, and the program."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication

from app.crashes import Crashes
from app.desktop import Desktop
from app.settings import Settings, settings_file
from engine.workspace import utc_now
from widgets.look import LOCALES, Look

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


def application() -> QApplication:
    """The Qt application; made when there is none."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    made = QApplication(sys.argv[:1])
    made.setApplicationName("Attribench")
    made.setDesktopFileName("attribench")
    made.setStyle("Fusion")  # the style sheet is drawn over it the same everywhere
    return made


def make_desktop(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Desktop:
    """The program as the settings say it looks and speaks."""
    scheme = application().styleHints().colorScheme()
    theme = settings.theme
    if theme == "system":
        theme = "dark" if scheme == Qt.ColorScheme.Dark else "light"
    look = Look("dark" if theme == "dark" else "light", settings.locale or _system_locale(), settings.density)
    look.dress()
    return Desktop(look, settings, clock, makes_pages_ahead=True)


def run(path: Path | None) -> int:
    """Open the desktop, on a workspace or the last one; returns the exit code when the last window is closed."""
    qt = application()
    desktop = make_desktop(Settings(settings_file()))
    crashes = Crashes(settings_file().with_name("crashes.log"))
    crashes.install()
    crashes.told.connect(desktop.tell_crash)
    desktop.broke.connect(crashes.report)
    desktop.start(path)
    gc.freeze()  # what was loaded until here stays; collections need not look at it
    return qt.exec()


def _system_locale() -> str:
    name = QLocale.system().name()
    if name in LOCALES:
        return name
    if name.startswith("es"):
        return "es_ES" if name == "es_ES" else "es_MX"
    return "en_US"
