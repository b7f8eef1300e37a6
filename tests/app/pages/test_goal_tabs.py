"""Tabs of goals in whatever room there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.pages.goal_tabs import GoalTabs
from widgets.look import Look

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_what_does_not_fit_shows_that_it_is_there_and_the_wheel_gets_to_it(qtbot: QtBot) -> None:
    tabs = GoalTabs(Look(), "Goal")
    qtbot.addWidget(tabs)
    tabs.set_goals([(f"goal{number}", f"Some goal {number}", "1,000 conversions") for number in range(8)])
    tabs.resize(400, 44)
    tabs.show()
    qtbot.waitExposed(tabs)
    bar = tabs.horizontalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    left, right = tabs._fades  # pyright: ignore[reportPrivateUsage]
    assert (left.isVisible(), right.isVisible()) == (False, True)
    for _ in range(40):
        here = QPointF(20, 20)
        turn = QWheelEvent(
            here, tabs.mapToGlobal(here), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003
        )  # fmt: skip
        QApplication.sendEvent(tabs.viewport(), turn)
    assert bar.value() == bar.maximum()
    assert (left.isVisible(), right.isVisible()) == (True, False)
    assert turn.isAccepted()
    tabs.resize(2_000, 44)
    qtbot.waitUntil(lambda: not left.isVisible() and not right.isVisible())
    turn.setAccepted(True)
    QApplication.sendEvent(tabs.viewport(), turn)
    assert not turn.isAccepted(), "nothing to scroll here: what is around it may"
