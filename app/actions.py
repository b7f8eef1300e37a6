"""Every command of a window, once: menus, shortcuts and the command palette are made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtWidgets import QMenuBar, QWidget

    from widgets.look import Look

MENUS = ("File", "Edit", "View", "Data", "Models", "Help")


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        key: its name in code.
        title: in English; said in the user's language.
        menu: of :data:`MENUS`; ``submenu`` inside it, if any.
        shortcuts: the first is shown.
        icon: a Phosphor name.
        is_single_key: acts only outside text fields.
        separated: a line stands before it.
        is_checkable: has an on and an off.
    """

    key: str
    title: str
    menu: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    submenu: str = ""
    is_single_key: bool = False
    separated: bool = False
    is_checkable: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("new-workspace", "New workspace…", "File", ("Ctrl+N",), "file-arrow-up"),
    Command("open", "Open workspace…", "File", ("Ctrl+O",), "folder-open"),
    Command("demo", "Build the demo workspace…", "File", (), "flask"),
    Command("save-copy", "Save a copy…", "File", (), "database"),
    Command("new-window", "New window", "File", ("Ctrl+Shift+N",), "squares-four"),
    Command("import", "Import files…", "File", ("Ctrl+I",), "download-simple", separated=True),
    Command("export", "Export…", "File", ("Ctrl+E",), "export"),
    Command("export-image", "Export chart…", "File", ("Ctrl+Shift+E",), "image"),
    Command("new-report", "New report…", "File", ("Ctrl+Shift+R",), "file-text", separated=True),
    Command("print", "Print report…", "File", ("Ctrl+P",), "printer"),
    Command("close-window", "Close window", "File", ("Ctrl+W",), "x", separated=True),
    Command("quit", "Quit", "File", ("Ctrl+Q",)),
    Command("undo", "Undo selection", "Edit", ("Ctrl+Z", "Alt+Left"), "arrow-counter-clockwise"),
    Command("redo", "Redo selection", "Edit", ("Ctrl+Shift+Z", "Ctrl+Y", "Alt+Right")),
    Command("copy", "Copy rows", "Edit", (), "copy", separated=True),
    Command("copy-sql", "Copy as SQL", "Edit", ("Ctrl+Shift+C",), "code"),
    Command("open-sql", "Open in SQL console", "Edit", ("Ctrl+Alt+C",), "terminal-window"),
    Command("definition", "Show definition", "Edit", ("Ctrl+D",), "info"),
    Command("find", "Find in page", "Edit", ("/", "Ctrl+F"), "magnifying-glass", is_single_key=True, separated=True),
    Command("filter", "Add filter…", "Edit", ("F",), "funnel", is_single_key=True),
    Command("clear-filters", "Clear filters", "Edit", ("Ctrl+Backspace",), "x"),
    Command("palette", "Search or run a command…", "View", ("Ctrl+K",), "magnifying-glass"),
    Command("page-dashboard", "Dashboard", "View", ("Ctrl+1",), "squares-four", separated=True),
    Command("page-compare", "Model comparison", "View", ("Ctrl+2",), "scales"),
    Command("page-ads", "Ads performance", "View", ("Ctrl+3",), "megaphone"),
    Command("page-journeys", "Journeys", "View", ("J",), "path", is_single_key=True),
    Command("page-users", "Users", "View", (), "users"),
    Command("page-funnel", "Funnel", "View", (), "funnel"),
    Command("page-paths", "Paths", "View", (), "path"),
    Command("page-calendar", "Calendar", "View", ("Ctrl+4",), "calendar"),
    Command("page-clients", "All clients", "View", ("Ctrl+5",), "buildings"),
    Command("page-connections", "Connections", "View", ("Ctrl+6",), "link"),
    Command("page-quality", "Data quality", "View", ("Ctrl+7",), "fingerprint"),
    Command("page-imports", "Imports", "View", ("Ctrl+8",), "download-simple"),
    Command("page-sql", "SQL console", "View", ("Ctrl+9",), "terminal-window"),
    Command("page-reports", "Reports", "View", ("Ctrl+0",), "file-text"),
    Command("page-settings", "Settings", "View", ("Ctrl+,",), "gear"),
    Command("switch-profile", "Switch client…", "View", ("Ctrl+Shift+P",), "buildings", separated=True),
    Command("previous-period", "Previous period", "View", ("[",), "caret-left", is_single_key=True, separated=True),
    Command("next-period", "Next period", "View", ("]",), "caret-right", is_single_key=True),
    Command("toggle-comparison", "Compare with another period", "View", ("C",), "clock", is_single_key=True),
    Command("save-view", "Save this view…", "View", ("Ctrl+S",), "bookmark-simple", separated=True),
    Command("views", "Saved views…", "View", ("Ctrl+Shift+S",), "bookmark-simple"),
    Command("theme-system", "Like the system", "View", (), submenu="Theme", is_checkable=True, separated=True),
    Command("theme-light", "Light", "View", (), submenu="Theme", is_checkable=True),
    Command("theme-dark", "Dark", "View", (), submenu="Theme", is_checkable=True),
    Command("toggle-theme", "Switch light and dark", "View", ("Ctrl+Shift+L",), submenu="Theme", separated=True),
    Command("language-en_US", "English", "View", (), submenu="Language", is_checkable=True),
    Command("language-es_ES", "Español (España)", "View", (), submenu="Language", is_checkable=True),
    Command("language-es_MX", "Español (México)", "View", (), submenu="Language", is_checkable=True),
    Command("density", "Row height", "View", ("Ctrl+Shift+D",)),
    Command("sidebar", "Sidebar", "View", ("Ctrl+B",)),
    Command("mask", "Mask personal data", "View", ("Ctrl+Shift+M",), is_checkable=True, separated=True),
    Command("sync", "Sync all connections", "Data", ("F5",), "arrows-clockwise"),
    Command("refresh", "Read again", "Data", ("R",), "arrows-clockwise", is_single_key=True),
    Command("rebuild", "Rebuild", "Data", ("Ctrl+R",), "database"),
    Command("paste-import", "Import from the clipboard", "Data", ("Ctrl+Shift+V",), "clipboard-text", separated=True),
    Command("model", "Choose the model…", "Models", ("M",), "scales", is_single_key=True),
    Command("baseline", "Choose the baseline…", "Models", ("B",), "bookmark-simple", is_single_key=True),
    Command("shortcuts", "Keyboard shortcuts", "Help", ("F1",), "info"),
    Command("about", "About Attribench", "Help"),
)


def _run(handler: Callable[[], None], _checked: object = None) -> None:
    handler()


class Actions:
    """The commands of one window as Qt actions.

    Args:
        look: for words and icons.
        window: owns them; its shortcuts act in it.
        handlers: what each does; a command without one is not shown.
    """

    def __init__(self, look: Look, window: QWidget, handlers: Mapping[str, Callable[[], None]]) -> None:
        self._look = look
        self._window = window
        self.commands = [command for command in COMMANDS if command.key in handlers]
        self._actions: dict[str, QAction] = {}
        for command in self.commands:
            action = QAction(look.say(command.title), window)
            action.setShortcuts([QKeySequence(text) for text in command.shortcuts])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setCheckable(command.is_checkable)
            action.triggered.connect(partial(_run, handlers[command.key]))
            window.addAction(action)
            self._actions[command.key] = action
        self.draw()

    def __getitem__(self, key: str) -> QAction:
        return self._actions[key]

    def draw(self) -> None:
        """Give every action its icon in the theme's colours."""
        for command in self.commands:
            if command.icon:
                self._actions[command.key].setIcon(self._look.icon(command.icon))

    def enable(self, keys: Sequence[str], *, enabled: bool) -> None:
        """Switch commands on or off."""
        for key in keys:
            if key in self._actions:
                self._actions[key].setEnabled(enabled)

    def suspend_single_keys(self, *, suspended: bool) -> None:
        """Let single keys be text while a text field has the focus."""
        for command in self.commands:
            if command.is_single_key:
                kept = [text for text in command.shortcuts if not suspended or len(text) > 1]
                self._actions[command.key].setShortcuts([QKeySequence(text) for text in kept])

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus."""
        for name in MENUS:
            menu = bar.addMenu(self._look.say(name))
            submenus = {"": menu}
            for command in self.commands:
                if command.menu != name:
                    continue
                if command.separated and not command.submenu:
                    menu.addSeparator()
                if command.submenu not in submenus:
                    if command.separated:
                        menu.addSeparator()
                    submenus[command.submenu] = menu.addMenu(self._look.say(command.submenu))
                elif command.separated and command.submenu:
                    submenus[command.submenu].addSeparator()
                submenus[command.submenu].addAction(self._actions[command.key])
            if menu.isEmpty():
                bar.removeAction(menu.menuAction())
