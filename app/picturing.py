"""Pictures of pages: the real window, drawn without a display, with its data loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer

from app.desktop import Desktop
from app.settings import Settings
from engine.errors import AttribenchError, Code
from engine.workspace import utc_now
from widgets.look import Look

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from app.pages.page import State
    from app.window import Window
    from widgets.tokens import Theme

_PATIENCE_MS = 120_000
_SETTLE_MS = 250  # layouts and fonts after the last figure


def picture(
    workspace: Path | None,
    page: str,
    out: Path,
    *,
    folder: Path,
    theme: Theme = "light",
    locale: str = "en_US",
    size: tuple[int, int] = (1440, 900),
    state: State = "loaded",
    profile: str | None = None,
    masked: bool = False,
    prepare: Callable[[Window], None] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Draw a page of a workspace into a PNG file.

    Args:
        workspace: the file; None for the first page.
        page: its key, or ``welcome``.
        out: the PNG.
        folder: for settings of this window alone.
        theme: light or dark.
        locale: of :data:`widgets.look.LOCALES`.
        size: of the window in pixels.
        state: which state of the page.
        profile: by name; the first one when None.
        masked: whether personal data is hidden.
        prepare: called with the window once its data is loaded, before it is drawn.
        clock: tells the moment, UTC.

    Raises:
        AttribenchError: the workspace cannot be opened, or there is no such page.
    """
    from app.gui import application
    from app.pages import PAGES

    application()
    if page != "welcome" and page not in PAGES:
        raise AttribenchError(Code.QUERY_INVALID, option="page", value=page, expected=", ".join(["welcome", *PAGES]))
    look = Look(theme, locale)
    look.dress()
    desktop = Desktop(look, Settings(folder / "settings.ini"), clock, masked=masked, syncs_by_themselves=False)
    try:
        window = desktop.start(None)
        window.resize(*size)
        if page != "welcome" and workspace is not None:
            desktop.open(workspace, window, page)
            wait_until(lambda: window.context is not None or bool(window.failures))
            _raise(window.failures)
            if profile is not None:
                desktop.work_on(profile, window)
                wait_until(lambda: window.context is not None and window.context.about.settings.name == profile)
            window.open_page(page)
            wait_until(lambda: not desktop.jobs.running())
            if state != "loaded" and window.page is not None:
                window.page.show_state(state)
            if prepare is not None:
                prepare(window)
                wait_until(lambda: not desktop.jobs.running())
        settle(_SETTLE_MS)
        _raise(window.failures)
        window.grab().save(str(out), "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue] - Qt takes text
    finally:
        for window in list(desktop.windows):
            window.close_agreed()  # nobody is there to be asked
        settle(0)


def wait_until(is_done: Callable[[], bool]) -> None:
    """Run Qt's events until something holds, or patience ends."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(10)
    timer.timeout.connect(lambda: loop.quit() if is_done() else None)
    limit = QTimer()
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    timer.start()
    limit.start(_PATIENCE_MS)
    if not is_done():
        loop.exec()
    timer.stop()
    limit.stop()
    if not is_done():
        raise TimeoutError("the page did not finish reading")


def settle(milliseconds: int) -> None:
    """Run Qt's events for a moment."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _raise(failures: list[Exception]) -> None:
    if failures:
        raise failures[0]
