"""What tests of widgets share: an application in the light theme, speaking English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from widgets.look import Look

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def look(qtbot: QtBot) -> Look:
    made = Look()
    made.dress()
    return made
