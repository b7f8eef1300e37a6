"""A whole working session, and every long job cancelled on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from tests.app.story import play

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.app.conftest import Desk


def test_from_the_first_run_to_undo(empty_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", QFileDialog.getSaveFileName)  # put back afterwards

    def wait(holds: Callable[[], bool]) -> None:
        empty_desk.qtbot.waitUntil(holds, timeout=60_000)

    seen = play(empty_desk.desktop, empty_desk.window, empty_desk.folder, wait)
    assert seen[0].startswith("visitors ")
    assert seen[-1] == seen[0].replace("visitors", "back to")
    assert seen[1] != seen[0].replace("visitors", "filtered")


def test_a_cancelled_rebuild_changes_nothing(desk: Desk) -> None:
    context = desk.window.context
    assert context is not None
    number = context.profile.derivation().number
    desk.window.rebuild()
    (job,) = desk.desktop.jobs.writes()
    desk.qtbot.waitUntil(lambda: (job.fraction or 0) > 0, timeout=30_000)
    desk.desktop.jobs.cancel(job)
    desk.wait()
    assert context.profile.derivation().number == number
    desk.window.refresh()
    desk.wait()
    assert not any(panel.is_busy for panel in desk.page.panels)
