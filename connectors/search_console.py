"""Google Search Console: which searches showed which pages, how often, and how often they were clicked, by day.

Facts: days are Pacific; an answer has at most 25,000 rows and a day at most 50,000; with ``dataState`` ALL the answer
tells from which day on figures are still being collected. Searches by too few people are left out by Google.
https://developers.google.com/webmaster-tools/v1/searchanalytics/query,
https://developers.google.com/webmaster-tools/v1/how-tos/all-your-data, https://developers.google.com/webmaster-tools/limits
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from connectors.base import Account, Health, Login, Provider, Setting, Stream
from connectors.google import (
    LOGIN_SETTINGS,
    SEARCH_SCOPE,
    AbsentStream,
    Days,
    GoogleSignals,
    Object,
    as_list,
    as_object,
    authorized,
    browser,
    chosen,
)
from connectors.paging import gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from connectors.http import Answer
    from connectors.oauth import Authorized
    from engine.task import Task

NAME = "Google Search Console"
ZONE = "America/Los_Angeles"
_BASE = "https://searchconsole.googleapis.com"
_PER_SECOND = 5  # 1,200 a minute of a property and a user are allowed; long queries count more
_PAGE = 25_000
_CHUNK = 2_000
_AGAIN = 7  # days fetched anew at each sync
_BY_DAY = ("DATE",)
_BY_SEARCH = ("DATE", "QUERY", "PAGE")
_DOMAIN = "sc-domain:"
_UNREADABLE = frozenset({"SITE_UNVERIFIED_USER", "siteUnverifiedUser"})


class SearchApi:
    """Search Console as this login reaches it."""

    def __init__(self, requests: Authorized) -> None:
        self._requests = requests

    def sites(self, task: Task) -> dict[str, str]:
        """Properties the user may read -> what they may there."""
        answer = self._requests.send("GET", "/webmasters/v3/sites", task=task)
        told = as_list(as_object(answer.body).get("siteEntry"))
        levels = {str(each["siteUrl"]): str(each.get("permissionLevel", "")) for each in told if each.get("siteUrl")}
        return {site: level for site, level in sorted(levels.items()) if level not in _UNREADABLE}

    def query(
        self, site: str, first: date, last: date, dimensions: Sequence[str], start_row: int, task: Task
    ) -> Answer:
        """A page of figures by some dimensions."""
        return self._requests.send(
            "POST",
            f"/webmasters/v3/sites/{quote(site, safe='')}/searchAnalytics/query",
            json_body={
                "startDate": first.isoformat(),
                "endDate": last.isoformat(),
                "dimensions": list(dimensions),
                "type": "WEB",
                "dataState": "ALL",
                "rowLimit": _PAGE,
                "startRow": start_row,
            },
            task=task,
        )


class KeywordStream:
    """Searches and pages of a property day by day; the last seven days anew at each sync.

    State: see :class:`Days`; inside a day ``row``, how many of its rows were told.
    """

    def __init__(self, api: SearchApi, site: str, login: Login) -> None:
        self.key = f"keywords:{site}"
        self.title = site_name(site)
        self._api = api
        self._site = site
        self._first = login.since
        self._today = login.now.astimezone(ZoneInfo(ZONE)).date()

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the days that are complete, from behind the state on."""
        return gathered(self._days(state, task))

    def _days(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        days = Days.of(state, self._first, self._today, _AGAIN)
        if days.start > days.today:
            return
        row = int(state.get("row", 0)) if state.get("next") == days.start.isoformat() else 0
        for day in self._complete(days, task):
            if day > days.start:
                row = 0
            while True:
                page = self._page(day, row, task)
                for place in range(0, max(1, len(page)), _CHUNK):
                    rows = [keyword_row(self._site, day, each) for each in page[place : place + _CHUNK]]
                    is_end = place + _CHUNK >= len(page) and len(page) < _PAGE
                    inside = {"first": days.first.isoformat(), "next": day.isoformat(), "row": row + place + len(rows)}
                    yield Batch(days.behind(day) if is_end else inside, rows, progress=days.progress(day))
                row += len(page)
                if len(page) < _PAGE:
                    break

    def _complete(self, days: Days, task: Task) -> list[date]:
        """Days that have figures and will hardly get others, oldest first."""
        answer = self._api.query(self._site, days.start, days.today, _BY_DAY, 0, task)
        body = as_object(answer.body)
        end = str(as_object(body.get("metadata")).get("firstIncompleteDate") or "9999-12-31")
        told = {str(each["keys"][0]) for each in _rows(answer, _BY_DAY)}
        return [date.fromisoformat(day) for day in sorted(told) if day < end and day >= days.start.isoformat()]

    def _page(self, day: date, start_row: int, task: Task) -> list[Object]:
        return _rows(self._api.query(self._site, day, day, _BY_SEARCH, start_row, task), _BY_SEARCH)


def keyword_row(site: str, day: date, told: Object) -> Row:
    """A search and a page it showed, on a day."""
    _, keyword, page = told["keys"]
    return Row(
        "keywords",
        {
            "date": day.isoformat(),
            "site": site_name(site),
            "keyword": keyword,
            "page": page,
            "impressions": round(told.get("impressions") or 0),
            "clicks": round(told.get("clicks") or 0),
            "position": told.get("position") or 0,
        },
    )


def site_name(site: str) -> str:
    """A property as people write it: a domain, or the address everything below which it holds."""
    return site.removeprefix(_DOMAIN)


def outermost(sites: Iterable[str]) -> list[str]:
    """Properties that no other one holds: the same searches stand in both."""
    told = sorted(sites)

    def is_inside(site: str, other: str) -> bool:
        if site == other or (site.startswith(_DOMAIN) and not other.startswith(_DOMAIN)):
            return False
        host = site.removeprefix(_DOMAIN) if site.startswith(_DOMAIN) else urlsplit(site).hostname or ""
        if other.startswith(_DOMAIN):
            domain = other.removeprefix(_DOMAIN)
            return host == domain or host.endswith(f".{domain}")
        return site.startswith(other)

    return [site for site in told if not any(is_inside(site, other) for other in told)]


def _rows(answer: Answer, dimensions: Sequence[str]) -> list[Object]:
    """Rows of an answer, each with a key for each dimension. Days without figures have no rows at all."""
    rows = as_list(as_object(answer.body).get("rows"))
    if not isinstance(answer.body, dict) or any(len(each.get("keys") or ()) != len(dimensions) for each in rows):
        raise AttribenchError(
            Code.PROVIDER_ANSWER, provider=NAME, detail="not a list of rows", request=answer.request_id or "–"
        )
    return rows


class SearchConsoleSession:
    """An open connection to Search Console."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._requests = authorized(login, NAME, _BASE, SEARCH_SCOPE, GoogleSignals(SEARCH_SCOPE), _PER_SECOND)
        self._api = SearchApi(self._requests)

    def check(self, task: Task) -> Health:
        """The properties to choose from."""
        return Health([Account(site, site_name(site), timezone=ZONE) for site in self._api.sites(task)])

    def streams(self, task: Task) -> Sequence[Stream]:
        """One of each chosen property; unless chosen, none that lies inside another."""
        sites = self._api.sites(task)
        wanted = chosen(self._login.settings)
        fetched = [site for site in sites if site in wanted] if wanted else outermost(sites)
        return [
            *(KeywordStream(self._api, site, self._login) for site in fetched),
            *(AbsentStream(NAME, site) for site in wanted if site not in sites),
        ]

    def close(self) -> None:
        """Close the connections."""
        self._requests.close()


PROVIDER = Provider(
    "search_console",
    NAME,
    "Searches that showed your pages, with impressions, clicks and position by day",
    (
        *LOGIN_SETTINGS,
        Setting(
            "accounts",
            "Properties",
            "As Search Console names them, with commas between them (sc-domain:shop.example); empty for all.",
            is_needed=False,
        ),
    ),
    SearchConsoleSession,
    browser(NAME, SEARCH_SCOPE),
)
