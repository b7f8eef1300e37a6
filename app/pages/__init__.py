"""One file per screen: asks the engine, fills widgets. In the order of the sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.ads import Ads
from app.pages.calendar import Calendar
from app.pages.clients import Clients
from app.pages.compare import Compare
from app.pages.connections import Connections
from app.pages.dashboard import Dashboard
from app.pages.funnel import Funnel
from app.pages.imports import Imports
from app.pages.journeys import Journeys
from app.pages.paths import Paths
from app.pages.quality import Quality
from app.pages.reports import ReportsPage
from app.pages.settings import Settings
from app.pages.sql import Sql
from app.pages.users import Users

if TYPE_CHECKING:
    from app.pages.page import Page

_ORDER: tuple[type[Page], ...] = (
    Dashboard,
    Compare,
    Ads,
    Journeys,
    Users,
    Funnel,
    Paths,
    Calendar,
    Clients,
    Connections,
    Quality,
    Imports,
    Sql,
    ReportsPage,
    Settings,
)

PAGES: dict[str, type[Page]] = {page.key: page for page in _ORDER}


def shortcut_of(key: str) -> str:
    """The keys that open a page: its own, else its number in the sidebar, the tenth being zero; empty without one."""
    numbered = [name for name, page in PAGES.items() if not page.place and not page.shortcut][:10]
    if PAGES[key].shortcut or key not in numbered:
        return PAGES[key].shortcut
    return f"Ctrl+{(numbered.index(key) + 1) % 10}"
