"""One file per screen: asks the engine, fills widgets. In the order of the sidebar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.pages.ads import Ads
from app.pages.calendar import Calendar
from app.pages.clients import Clients
from app.pages.compare import Compare
from app.pages.connections import Connections
from app.pages.dashboard import Dashboard
from app.pages.imports import Imports
from app.pages.quality import Quality
from app.pages.reports import ReportsPage
from app.pages.settings import Settings
from app.pages.sql import Sql

if TYPE_CHECKING:
    from app.pages.page import Page

PAGES: dict[str, type[Page]] = {
    page.key: page
    for page in (Dashboard, Compare, Ads, Calendar, Clients, Connections, Quality, Imports, Sql, ReportsPage, Settings)
}


def shortcut_of(key: str) -> str:
    """The keys that open a page."""
    return PAGES[key].shortcut or f"Ctrl+{list(PAGES).index(key) + 1}"
