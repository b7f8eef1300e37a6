"""The real window on a small demo workspace, driven without a display or under a real X server."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from app.demo import build_demo
from app.desktop import Desktop
from app.settings import Settings
from engine.demo import DemoPlan
from engine.task import Task
from widgets.look import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.pages.page import Page
    from app.window import Window

UNTIL = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 22, tzinfo=UTC)  # the demo's last day, in its zone
_PATIENCE_MS = 90_000


class Desk:
    """A running program with one window, and what tests do with it."""

    def __init__(self, qtbot: QtBot, desktop: Desktop, window: Window, folder: Path) -> None:
        self.qtbot = qtbot
        self.desktop = desktop
        self.window = window
        self.folder = folder

    @property
    def page(self) -> Page:
        """The page that is shown."""
        assert self.window.page is not None
        return self.window.page

    def wait(self, holds: Callable[[], bool] | None = None) -> None:
        """Until nothing runs any more and something holds."""

        def is_done() -> bool:
            return not self.desktop.jobs.running() and (holds is None or holds())

        self.qtbot.waitUntil(is_done, timeout=_PATIENCE_MS)

    def open(self, page: str) -> Page:
        """Go to a page and wait until it has read."""
        self.window.open_page(page)
        self.wait()
        return self.page

    def open_workspace(self, path: Path, page: str = "") -> None:
        """Open another workspace."""
        self.desktop.open(path, self.window, page)
        self.wait(lambda: self.window.context is not None)


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """No thread of the program is left behind by a test: the next one would find its file or its window busy."""
    yield
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("attribench-")]
    assert left == [], "a desktop was not shut"


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo workspace of 2,000 people over 120 days; copy it before it is opened."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path, DemoPlan(people=2_000, days=120, until=UNTIL), Task())
    return path


@pytest.fixture
def empty_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    """The program without a workspace."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    look = Look()
    look.dress()
    desktop = Desktop(look, Settings(tmp_path / "settings.ini"), clock=lambda: NOW)
    window = desktop.start(None)
    window.resize(1440, 900)
    qtbot.waitExposed(window)
    yield Desk(qtbot, desktop, window, tmp_path)
    desktop.jobs.stop()
    for each in list(desktop.windows):
        each.close_agreed()  # a test that failed may have left work or files that wait: nobody is there to be asked
    QApplication.processEvents()


@pytest.fixture
def desk(empty_desk: Desk, demo_file: Path, request: pytest.FixtureRequest) -> Desk:
    """The program with the demo open, its dashboard read, or the page that the mark ``opens`` names."""
    mark = request.node.get_closest_marker("opens")
    path = empty_desk.folder / "demo.duckdb"
    shutil.copy(demo_file, path)
    empty_desk.open_workspace(path, mark.args[0] if mark else "")
    return empty_desk
