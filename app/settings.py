"""What the program remembers of this computer's user: theme, language, windows, files opened last. No secrets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

THEMES = ("system", "light", "dark")
_MOST_RECENT = 10


def settings_file() -> Path:
    """Where settings are kept."""
    return Path(platformdirs.user_config_dir("attribench", appauthor=False)) / "settings.ini"


class Settings:
    """Settings in an INI file.

    Args:
        path: of the file; made when something is first set.
    """

    def __init__(self, path: Path) -> None:
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> str:
        """``system``, ``light`` or ``dark``."""
        found = self._text("look/theme", "system")
        return found if found in THEMES else "system"

    @theme.setter
    def theme(self, value: str) -> None:
        self._store.setValue("look/theme", value)

    @property
    def locale(self) -> str:
        """The locale's name; empty: as the system has it."""
        return self._text("look/locale", "")

    @locale.setter
    def locale(self, value: str) -> None:
        self._store.setValue("look/locale", value)

    @property
    def density(self) -> str:
        """How high rows of tables are."""
        return self._text("look/density", "regular")

    @density.setter
    def density(self, value: str) -> None:
        self._store.setValue("look/density", value)

    @property
    def masked(self) -> bool:
        """Whether personal data is hidden on screen."""
        return self._text("look/masked", "no") == "yes"

    @masked.setter
    def masked(self, value: bool) -> None:
        self._store.setValue("look/masked", "yes" if value else "no")

    @property
    def recent(self) -> list[Path]:
        """Workspaces opened last, the latest first, that are still there."""
        return [path for path in map(Path, self._texts("workspaces/recent")) if path.is_file()]

    def remember(self, workspace: Path) -> None:
        """A workspace was opened."""
        path = str(workspace.resolve())
        kept = [each for each in self._texts("workspaces/recent") if each != path]
        self._store.setValue("workspaces/recent", [path, *kept][:_MOST_RECENT])

    def kept(self, name: str) -> QByteArray | None:
        """The state of a window or splitter as Qt gave it."""
        found: Any = self._store.value(f"windows/{name}")
        return found if isinstance(found, QByteArray) else None

    def keep(self, name: str, state: QByteArray) -> None:
        """Keep such a state."""
        self._store.setValue(f"windows/{name}", state)

    def words(self, name: str) -> list[str]:
        """A list of names kept for a page, as the columns of a table."""
        return self._texts(f"pages/{name}")

    def keep_words(self, name: str, words: Sequence[str]) -> None:
        """Keep such a list."""
        self._store.setValue(f"pages/{name}", list(words))

    def flush(self) -> None:
        """Write what was set to the file."""
        self._store.sync()

    def _text(self, key: str, default: str) -> str:
        found: Any = self._store.value(key, default)
        return found if isinstance(found, str) else default

    def _texts(self, key: str) -> list[str]:
        found: Any = self._store.value(key)
        if isinstance(found, str):
            return [found] if found else []
        return [str(item) for item in cast("list[object]", found)] if isinstance(found, list) else []
