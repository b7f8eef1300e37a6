"""One working session in the window, from the first run to undo; the same without a display and under a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from engine.queries.selection import Filter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.desktop import Desktop
    from app.window import Window


def play(desktop: Desktop, window: Window, folder: Path, wait: Callable[[Callable[[], bool]], None]) -> list[str]:
    """Play it; returns what was seen on the way. ``wait`` runs Qt's events until something holds."""
    seen: list[str] = []
    demo, exported = folder / "story.duckdb", folder / "story.csv"
    answers = iter([(str(demo), ""), (str(exported), "CSV (*.csv)")])
    QFileDialog.getSaveFileName = staticmethod(lambda *_args, **_options: next(answers))  # type: ignore[method-assign]

    def settled(holds: Callable[[], bool] = lambda: True) -> None:
        wait(lambda: not desktop.jobs.running() and holds())

    # first run -> demo
    desktop.demo_people = 2_000
    assert window.welcome is not None
    QTest.mouseClick(window.welcome.demo_button, Qt.MouseButton.LeftButton)
    settled(lambda: window.context is not None)
    context = window.context
    assert context is not None
    page: Any = window.page
    settled(lambda: page.kpis.cells[0].kpi is not None)
    seen.append(f"visitors {page.kpis.cells[0].kpi.text}")
    # filter -> switch the model
    whole = page.kpis.cells[0].kpi.text
    context.history.set(context.view.with_filter(Filter("channel", "is", ("Paid Social",))))
    settled(lambda: page.kpis.cells[0].kpi.text != whole)
    context.history.select(model="linear")
    settled()
    seen.append(f"filtered {page.kpis.cells[0].kpi.text}")
    # compare -> the conversions behind a cell -> one of them under every model
    window.bound["page-compare"].trigger()
    settled(lambda: window.page is not None and window.page.key == "compare")
    context.behind_wanted.emit("channel", "Paid Social", "Paid Social", "linear")
    settled()
    behind: Any = window.drawer.content
    frame = behind.table.visible_frame()
    assert frame.height > 0
    behind.conversion_chosen.emit(str(frame["conversion_id"][0]))
    settled()
    explained: Any = window.drawer.content
    touches = explained.table.visible_frame()
    assert touches.height > 0
    assert abs(touches["linear"].fill_null(0).sum() - 100) < 1e-6
    seen.append(f"touches {touches.height}")
    QTest.keyClick(explained, Qt.Key.Key_Escape)
    QTest.keyClick(behind, Qt.Key.Key_Escape)
    assert not window.drawer.isVisible()
    # export -> undo
    window.bound["export"].trigger()
    settled(exported.is_file)
    seen.append(f"exported {len(exported.read_text(encoding='utf-8').splitlines()) > 2}")
    window.bound["undo"].trigger()
    window.bound["undo"].trigger()
    window.open_page("dashboard")
    settled(lambda: page.kpis.cells[0].kpi.text == whole)
    seen.append(f"back to {page.kpis.cells[0].kpi.text}")
    QApplication.processEvents()
    return seen
