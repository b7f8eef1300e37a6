"""The view a window begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.selection import View
from engine.queries.selection import Selection
from widgets.inputs.presets import preset_range

if TYPE_CHECKING:
    from app.context import About

_PRESET = "30d"


def first_view(about: About) -> View:
    """The last 30 days; where the records ended before, the last 30 days with records."""
    first_day = about.days[0] if about.days else about.today
    last = min(about.today, about.days[1]) if about.days else about.today
    first, end = preset_range(_PRESET, last, first_day)
    preset = _PRESET if last == about.today else ""
    return View(Selection(first, end), preset=preset)
