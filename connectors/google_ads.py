"""Google Ads: campaigns, ad groups and ads, their spend by day, and which ad a click id (gclid) belongs to.

Facts (API v26): queries in GAQL go to ``googleAds:searchStream``; a client account is reached through the manager named
in ``login-customer-id``; days are the account's own; days reach back 37 months, clicks 90 days and one day a query.
Since 9 September 2026 access belongs to the Cloud project of the OAuth client, without a developer token.
https://developers.google.com/google-ads/api/docs/start, https://developers.google.com/google-ads/api/docs/reporting,
https://developers.google.com/google-ads/api/docs/best-practices/understand-api-errors
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import RESTATED_DAYS, Account, Health, Login, Provider, Setting, Stream, lost
from connectors.google import (
    ADS_SCOPE,
    LOGIN_SETTINGS,
    AbsentStream,
    Days,
    GoogleSignals,
    Object,
    as_list,
    as_object,
    authorized,
    browser,
    chosen,
    error_of,
)
from connectors.google_ads_rows import (
    CUSTOMERS,
    LEVELS,
    PLATFORM,
    click_told,
    clicks_on,
    spend_by_ad,
    spend_by_campaign,
    spend_rows,
)
from connectors.http import Answer, Fail, Verdict, Wait
from connectors.paging import day_spans, gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row, ToldWhole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.oauth import Authorized
    from engine.task import Task

NAME = "Google Ads"
VERSION = "v26"
_BASE = "https://googleads.googleapis.com"
_PER_SECOND = 5
_SPAN = 14  # days asked for at once: each query is an operation, and Explorer access has 2,880 a day
_FIRST_SPAN = 2  # days of the first query, until it is known how many rows a day has
_HELD = 100_000  # rows of a span: it is held until it is whole
_MONTHS = 37
_CLICK_DAYS = 90
_CLICKS_AGAIN = 3  # clicks of the last days are still being told
_CHUNK = 1_000
_GONE = frozenset({"CANCELED", "CLOSED"})
_EXHAUSTED = frozenset(
    {
        "RESOURCE_EXHAUSTED",
        "RESOURCE_TEMPORARILY_EXHAUSTED",
        "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION",
    }
)
_PASSING = frozenset({"TRANSIENT_ERROR", "DEADLINE_EXCEEDED", "INTERNAL_ERROR"})


class AdsSignals(GoogleSignals):
    """A GoogleAdsFailure in ``details`` says what is wrong; a stream may tell it with status 200."""

    def judge(self, answer: Answer) -> Verdict:
        error = error_of(answer.body)
        if not error:
            return super().judge(answer)
        detail = self.detail(answer)
        for kind, name, told in _failures(error):
            if kind == "quotaError" and name in _EXHAUSTED:
                quota = as_object(as_object(told.get("details")).get("quotaErrorDetails"))
                return Wait(_seconds(quota.get("retryDelay")), detail)
            if kind == "internalError" and name in _PASSING:
                return Wait(None, detail)
            if kind == "authorizationError" or name == "ACCESS_PROHIBITED":
                return Fail(Code.PROVIDER_PERMISSION, {"detail": detail, "permission": name})
            if name == "CUSTOMER_NOT_FOUND":
                return Fail(Code.PROVIDER_MISSING, {"what": detail})
        if answer.status < 400:
            answer = replace(answer, status=int(error.get("code") or 500))
        return super().judge(answer)

    def detail(self, answer: Answer) -> str:
        names = [f"{told.get('message') or ''} ({name})".strip() for _, name, told in _failures(error_of(answer.body))]
        return "; ".join(names) or super().detail(answer)


def _failures(error: Object) -> list[tuple[str, str, Object]]:
    """Kind, name and whole of each error in the failure: ``quotaError``, ``RESOURCE_EXHAUSTED``, ..."""
    told = [each for detail in as_list(error.get("details")) for each in as_list(detail.get("errors"))]
    return [(kind, str(name), each) for each in told for kind, name in as_object(each.get("errorCode")).items()]


def _seconds(delay: Any) -> float | None:
    """Seconds of a Duration in JSON (``30s``, ``1.5s``)."""
    try:
        return max(0.0, float(str(delay).removesuffix("s"))) or None
    except ValueError:
        return None


# -- accounts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Customer:
    """An account with campaigns of its own.

    Attributes:
        id: ten digits.
        name: for people.
        currency: of its amounts.
        timezone: of its days.
        through: the manager, or the account itself, that the login reaches it by.
        level: how far below that one it is.
        content: as Google told it.
    """

    id: str
    name: str
    currency: str
    timezone: str
    through: str
    level: int
    content: Mapping[str, Any] = field(default_factory=dict[str, "Any"], compare=False)


class AdsApi:
    """Google Ads as this login reaches it."""

    def __init__(self, requests: Authorized, version: str) -> None:
        self._requests = requests
        self._version = version

    def accessible(self, task: Task) -> list[str]:
        """Ids of the accounts and managers the user was given access to."""
        answer = self._requests.send("GET", f"/{self._version}/customers:listAccessibleCustomers", task=task)
        names = cast("list[Any]", as_object(answer.body).get("resourceNames") or [])
        return sorted(str(name).removeprefix("customers/") for name in names)

    def search(self, customer: str, through: str, query: str, task: Task) -> list[Object]:
        """Every row of a query."""
        answer = self._requests.send(
            "POST",
            f"/{self._version}/customers/{customer}/googleAds:searchStream",
            json_body={"query": query},
            headers={"login-customer-id": through},
            task=task,
        )
        # The parts of the stream come in one list; a lone part is taken as well.
        parts = cast("list[Any]", answer.body if isinstance(answer.body, list) else [answer.body])
        if not all(isinstance(part, dict) for part in parts):
            raise AttribenchError(
                Code.PROVIDER_ANSWER, provider=NAME, detail="not a stream of rows", request=answer.request_id or "–"
            )
        return [row for part in parts for row in as_list(as_object(part).get("results"))]

    def pages(self, customer: str, through: str, query: str, task: Task) -> Iterator[list[Object]]:
        """The rows of a query that may have hundreds of thousands, page by page; a page that expired begins it anew."""
        path = f"/{self._version}/customers/{customer}/googleAds:search"
        token, has_begun_anew = "", False
        while True:
            body = {"query": query} | ({"pageToken": token} if token else {})
            try:
                answer = self._requests.send(
                    "POST", path, json_body=body, headers={"login-customer-id": through}, task=task
                )
            except AttribenchError as error:
                if not token or has_begun_anew or error.code is not Code.PROVIDER_REFUSED:
                    raise
                token, has_begun_anew = "", True
                continue
            told = as_object(answer.body)
            if not told and answer.body != {}:
                raise AttribenchError(
                    Code.PROVIDER_ANSWER, provider=NAME, detail="not a page of rows", request=answer.request_id or "–"
                )
            yield as_list(told.get("results"))
            following = str(told.get("nextPageToken") or "")
            if following in {"", token}:
                return
            token = following

    def customers(self, manager: str, task: Task) -> tuple[list[Customer], dict[str, str]]:
        """Accounts below a manager, or below everything the login reaches, and which of those do not answer and why.

        Raises:
            AttribenchError: when none answers.
        """
        found: dict[str, Customer] = {}
        closed: dict[str, str] = {}
        error: AttribenchError | None = None
        for root in [manager] if manager else self.accessible(task):
            try:
                rows = self.search(root, root, CUSTOMERS, task)
            except AttribenchError as raised:
                if raised.code not in {Code.PROVIDER_PERMISSION, Code.PROVIDER_MISSING, Code.PROVIDER_REFUSED}:
                    raise
                error = error or raised
                closed[root] = str(raised.facts.get("detail") or raised.facts.get("what") or raised.code.value)
                continue
            for row in rows:
                told = as_object(row.get("customerClient"))
                if not told.get("id") or told.get("manager") or told.get("status") in _GONE:
                    continue
                id_, level = str(told["id"]), int(told.get("level") or 0)
                if id_ not in found or level < found[id_].level:
                    name = str(told.get("descriptiveName") or id_)
                    currency, zone = str(told.get("currencyCode") or ""), str(told.get("timeZone") or "")
                    found[id_] = Customer(id_, name, currency, zone, root, level, row)
        if not found and error is not None:
            raise error
        return [found[id_] for id_ in sorted(found)], closed


# -- streams ------------------------------------------------------------------------------------------------------


class EntityStream:
    """An account with its campaigns, ad groups and ads, removed ones too; all of them at each sync.

    State: ``next``, the number of the level that is to be told.
    """

    def __init__(self, api: AdsApi, customer: Customer) -> None:
        self.key = f"entities:{customer.id}"
        self.title = f"{customer.name}: campaigns, ad groups and ads"
        self._api = api
        self._customer = customer

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the levels from the state on."""
        return gathered(self._levels(int(state.get("next", 0)), task))

    def _levels(self, start: int, task: Task) -> Iterator[Batch]:
        customer = self._customer
        for number, level in list(enumerate(LEVELS))[start:]:
            done = (number + 1) / len(LEVELS)
            if number == 0:
                yield Batch({"next": 0}, objects=[ProviderObject("customer", customer.id, customer.content)])
            for page in self._api.pages(customer.id, customer.through, level.query, task):
                told = [level.told(row, customer.id, customer.currency) for row in page]
                yield Batch({"next": number}, [row for row, _ in told], [each for _, each in told], progress=done)
            yield Batch({"next": (number + 1) % len(LEVELS)}, progress=done)


class SpendStream:
    """What an account's ads cost day by day; the last 28 days anew at each sync (N4). State: see :class:`Days`."""

    def __init__(self, api: AdsApi, customer: Customer, login: Login) -> None:
        self.key = f"spend:{customer.id}"
        self.title = f"{customer.name}: spend"
        self._api = api
        self._customer = customer
        self._today = _today(login, customer)
        self._first = max(login.since, _months_before(self._today, _MONTHS))

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield whole account days from behind the state on."""
        return gathered(self._days(Days.of(state, self._first, self._today, RESTATED_DAYS), task))

    def _days(self, days: Days, task: Task) -> Iterator[Batch]:
        customer = self._customer
        first, length = days.start, _FIRST_SPAN
        while first <= days.today:
            last = min(days.today, first + timedelta(days=length - 1))
            ads = self._api.search(customer.id, customer.through, spend_by_ad(first, last), task)
            campaigns = self._api.search(customer.id, customer.through, spend_by_campaign(first, last), task)
            told = spend_rows(ads, campaigns, customer.id, customer.currency)
            length = max(1, min(_SPAN, _HELD // max(1, *map(len, told.values())))) if told else _SPAN
            rows: list[Row] = []
            start = first
            for day, _ in day_spans(first, last, 1):
                rows += told.get(day.isoformat(), [])
                if len(rows) >= _CHUNK or day == last:
                    whole = ToldWhole(PLATFORM, customer.id, start, day)
                    yield Batch(days.behind(day), rows, told_whole=[whole], progress=days.progress(day))
                    rows, start = [], day + timedelta(days=1)
            first = last + timedelta(days=1)


class ClickStream:
    """Which ad each click was on, by gclid. State: see :class:`Days`."""

    def __init__(self, api: AdsApi, customer: Customer, login: Login) -> None:
        self.key = f"clicks:{customer.id}"
        self.title = f"{customer.name}: clicks"
        self._api = api
        self._customer = customer
        self._today = _today(login, customer)
        self._first = max(login.since, self._today - timedelta(days=_CLICK_DAYS - 1))

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the clicks of each day from behind the state on."""
        return gathered(self._days(Days.of(state, self._first, self._today, _CLICKS_AGAIN), task))

    def _days(self, days: Days, task: Task) -> Iterator[Batch]:
        for day, _ in day_spans(days.start, days.today, 1):
            found = self._api.search(self._customer.id, self._customer.through, clicks_on(day), task)
            clicks: dict[str, ProviderObject] = {}
            for row in found:
                click = click_told(row)
                if click is not None:
                    clicks[click.id] = click
            objects = [clicks[id_] for id_ in sorted(clicks)]
            yield Batch(days.behind(day), objects=objects, progress=days.progress(day))


def _today(login: Login, customer: Customer) -> date:
    """The account's own day (T1)."""
    try:
        return login.now.astimezone(ZoneInfo(customer.timezone or "UTC")).date()
    except (ZoneInfoNotFoundError, ValueError):
        return login.now.date()


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) + timedelta(days=1)


# -- the provider -------------------------------------------------------------------------------------------------


class GoogleAdsSession:
    """An open connection to Google Ads."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._requests = authorized(login, NAME, _BASE, ADS_SCOPE, AdsSignals(ADS_SCOPE), _PER_SECOND)
        self._api = AdsApi(self._requests, str(login.settings.get("version") or VERSION))
        self._manager = _digits(login.settings.get("login_customer_id"))

    def check(self, task: Task) -> Health:
        """The accounts to choose from, and those the login was given that do not answer."""
        customers, closed = self._api.customers(self._manager, task)
        accounts = [Account(each.id, each.name, each.currency, each.timezone) for each in customers]
        return Health(
            accounts, {f"{id_}: {why}": lost("This account and those below it") for id_, why in closed.items()}
        )

    def streams(self, task: Task) -> Sequence[Stream]:
        """Entities and spend of every account before clicks, which take the most requests."""
        customers, _ = self._api.customers(self._manager, task)
        wanted = [_digits(each) for each in chosen(self._login.settings)]
        absent = [AbsentStream(NAME, id_) for id_ in wanted if id_ not in {each.id for each in customers}]
        customers = [each for each in customers if not wanted or each.id in wanted]
        return [
            *(EntityStream(self._api, each) for each in customers),
            *(SpendStream(self._api, each, self._login) for each in customers),
            *(ClickStream(self._api, each, self._login) for each in customers),
            *absent,
        ]

    def close(self) -> None:
        """Close the connections."""
        self._requests.close()


def _digits(account: Any) -> str:
    """An account's id however it is written (``123-456-7890``)."""
    return "".join(each for each in str(account or "") if each.isdigit())


PROVIDER = Provider(
    "google_ads",
    NAME,
    "Campaigns, ad groups, ads, daily spend, and the ad behind each click",
    (
        *LOGIN_SETTINGS,
        Setting(
            "login_customer_id",
            "Manager account",
            "Only where one of several manager accounts is meant: its ten digits.",
            is_needed=False,
        ),
        Setting("accounts", "Accounts", "Ids, with commas between them; empty for all.", is_needed=False),
        Setting("version", "API version", "Google retires each after about a year.", is_needed=False, default=VERSION),
    ),
    GoogleAdsSession,
    browser(NAME, ADS_SCOPE),
    reach_days=_MONTHS * 30,
    timeless=("entities:",),
)
