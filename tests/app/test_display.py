"""The window on a real X display: it opens, reads, takes keys and closes, without a word from Qt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SCENARIO = """
import sys, threading
from pathlib import Path
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from app.gui import application, make_desktop
from app.pages import PAGES
from app.picturing import settle, wait_until
from app.settings import Settings
from tests.app.story import play

folder = Path(sys.argv[1])
qt = application()
assert qt.platformName() == "xcb", qt.platformName()
desktop = make_desktop(Settings(folder / "settings.ini"))
window = desktop.start(None)
window.activateWindow()
settle(200)
play(desktop, window, folder, wait_until)
window.activateWindow()
for number, key in enumerate((key for key, page in PAGES.items() if not page.place and not page.shortcut), 1):
    QTest.keyClick(window, getattr(Qt.Key, f"Key_{number % 10}"), Qt.KeyboardModifier.ControlModifier)
    wait_until(lambda: window.page.key == key and not desktop.jobs.running())
QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
assert window.command_palette.isVisible()
QTest.keyClicks(window.command_palette.focusWidget() or window.command_palette, "markov")
settle(300)
QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
wait_until(lambda: not desktop.jobs.running())
assert window.context.view.selection.model == "markov", window.context.view.selection.model
window.close()
settle(50)
left = [thread.name for thread in threading.enumerate() if thread.name.startswith("attribench")]
assert not left, left
print("done")
"""


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_the_window_works_under_x(tmp_path: Path) -> None:
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            display = told.readline().strip()
        environment = {**os.environ, "DISPLAY": f":{display}", "QT_QPA_PLATFORM": "xcb"}
        environment.pop("WAYLAND_DISPLAY", None)
        done = subprocess.run(
            [sys.executable, "-c", SCENARIO, str(tmp_path)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        server.terminate()
        server.wait(10)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "done"
    assert done.stderr == ""
