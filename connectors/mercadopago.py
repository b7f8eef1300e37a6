"""Mercado Pago: payments by when they last changed, with their refunds and chargebacks.

Facts: https://api.mercadopago.com, bearer token. ``GET /v1/payments/search`` sorts and filters by
``date_last_updated``, so that one list tells new payments and every later change. It reaches back twelve months, and
its dates are written ``yyyy-MM-dd'T'HH:mm:ss.SSSZ`` (errors 1000, 1001):
https://www.mercadopago.com.ar/developers/en/reference/payments/_payments_search/get. Limits are not published; 429
carries Retry-After (OpenAPI document, TooManyRequests).

How far an offset may go is not published, and payments that change while a list is read leave it and pull the rest
forward. So it is read in slices of time that are halved where they hold too much, and pages overlap a little: where no
payment of one page stands on the next, the slice is halved and read again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.base import BROWSER, TOKEN, Health, Login, Provider, Setting, Stream, lost
from connectors.browser import REDIRECT, OAuthBrowser
from connectors.http import Answer, Fail, UsualSignals, Verdict, bearer, stamp, told_at
from connectors.mercadopago_rows import (
    Object,
    Reading,
    dict_of,
    dicts,
    is_lost,
    is_own,
    lacks_refunds,
    payment_rows,
    site_currency,
)
from connectors.oauth import Authorized, Client
from connectors.paging import gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.http import Http
    from engine.task import Task

_NAME = "Mercado Pago"
_BASE = "https://api.mercadopago.com"
_AUTHORIZE_URL = "https://auth.mercadopago.com/authorization"
_PER_SECOND = 5  # limits are not published
_SEARCH = "/v1/payments/search"
_CHARGEBACKS = "/v1/chargebacks/search"
_PAGE = "100"
_REACH = "364"  # days: "the last twelve months"
_LEFT_OUT = "account_fund, money_exchange, money_transfer"
_REFERENCES = ("order_id", "checkout_token", "anonymous_id", "none")
_DAY = 86_400
_LONGEST = 16 * _DAY  # a slice of a quiet account
_SHORTEST = 60
_DEEPEST = 1_000  # payments of a slice, where it can be halved
_SEAM = 10  # payments that two pages share
_OVERLAP = _DAY  # a search may know a change later than the payment itself
_SCARCE = 0.1
_SLOWER = 1.0  # seconds between requests when few are left


class MercadoPagoSignals(UsualSignals):
    """Mercado Pago tells a bad token also with 400."""

    request_headers = ("x-request-id",)

    def judge(self, answer: Answer) -> Verdict:
        detail = self.detail(answer)
        if answer.status == 400 and ("access_token" in detail or "invalid_token" in detail):
            return Fail(Code.PROVIDER_LOGIN, {"detail": detail})
        return super().judge(answer)

    def detail(self, answer: Answer) -> str:
        body = dict_of(answer.body)
        if not body:
            return super().detail(answer)
        causes = [str(each.get("description") or each.get("code") or "") for each in dicts(body.get("cause"))]
        return ": ".join(dict.fromkeys(text for text in (str(body.get("message") or ""), *causes) if text)) or str(
            body.get("error") or f"HTTP {answer.status}"
        )

    def permission(self, answer: Answer) -> str:
        return "read"

    def pace(self, answer: Answer) -> float:
        try:
            limit = float(answer.headers["x-ratelimit-limit"])
            left = float(answer.headers["x-ratelimit-remaining"])
        except (KeyError, ValueError):
            return 0.0
        return _SLOWER if left <= limit * _SCARCE else 0.0


class PaymentStream:
    """Payments by their last change.

    State: ``until`` (seconds; every change before was told) and ``length`` of the next slice; inside a slice its
    ``end``, the ``offset`` of its next page, and the ``seam``: ids that page begins with.
    """

    key = "payments"
    title = "Payments, refunds and chargebacks"

    def __init__(self, http: Http | Authorized, login: Login) -> None:
        self._http = http
        self._settings = login.settings
        self._now = stamp(login.now)
        reach = login.now.date() - timedelta(days=int(_setting(login, "reach_days", _REACH)))
        first = max(login.since, reach)
        self._first = stamp(datetime(first.year, first.month, first.day, tzinfo=UTC))
        self._limit = max(1, int(_setting(login, "page_size", _PAGE)))
        self._reading = Reading(
            _reference(login),
            frozenset(part.strip() for part in _setting(login, "left_out", _LEFT_OUT).split(",")),
        )

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield payments that changed from behind the state on."""
        return gathered(self._pages(state, task))

    def _pages(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        reading = self._whose(task)
        start = min(int(state.get("until", self._first)), self._now)
        if "until" in state and "end" not in state:
            start = max(self._first, start - _OVERLAP)
        first, length = start, int(state.get("length", _DAY))
        end = int(state.get("end", 0))
        offset, seam = int(state.get("offset", 0)), {str(each) for each in state.get("seam", ())}
        while start < self._now:
            end = end or min(self._now, start + length)
            try:
                answer = self._search(start, end, offset, task)
            except AttribenchError as error:
                # How deep an offset may go is nowhere told.
                if not offset or error.code is not Code.PROVIDER_REFUSED or end - start <= _SHORTEST:
                    raise
                length = _half(start, end)
                end, offset, seam = start + length, 0, set[str]()
                continue
            page, total, full = _results(answer, self._limit, self._http.provider)
            ids = [str(each.get("id")) for each in page]
            is_torn = bool(seam) and seam.isdisjoint(ids)
            if (is_torn or (not offset and total > _DEEPEST)) and end - start > _SHORTEST:
                length = _half(start, end)
                end, offset, seam = start + length, 0, set[str]()
                continue
            # Totals and limits are only a hint: where more is said to be, the last page is one with nothing new on it.
            is_last = seam.issuperset(ids) or (len(ids) < full and offset + len(ids) >= total)
            if is_last:
                length = min(_LONGEST, length * 2) if not offset else length
                behind: dict[str, Any] = {"until": min(end, told_at(answer, end)), "length": length}
            else:
                shared = min(_SEAM, len(ids) // 2)
                offset, seam = offset + len(ids) - shared, set(ids[len(ids) - shared :])
                behind = {"until": start, "length": length, "end": end, "offset": offset, "seam": sorted(seam)}
            done = (start - first) / max(1, self._now - first)
            yield self._batch(behind, page, reading, 1.0 if is_last and end >= self._now else done, task)
            if is_last:
                start, end, offset, seam = end, 0, 0, set[str]()

    def _search(self, start: int, end: int, offset: int, task: Task) -> Answer:
        params = {
            "range": "date_last_updated",
            "begin_date": _written(start),
            "end_date": _written(end),
            "sort": "date_last_updated",
            "criteria": "asc",
            "limit": self._limit,
            "offset": offset,
        }
        return self._http.get(_SEARCH, params, task=task)

    def _batch(
        self, behind: Mapping[str, Any], page: Sequence[Object], reading: Reading, progress: float, task: Task
    ) -> Batch:
        rows: list[Row] = []
        objects: list[ProviderObject] = []
        for payment in page:
            if not payment.get("id") or not is_own(payment, reading):
                continue
            objects.append(ProviderObject("payment", str(payment["id"]), payment))
            refunds = dicts(payment.get("refunds"))
            if lacks_refunds(payment):
                refunds = self._refunds(payment, task) or refunds
                objects += [ProviderObject("refund", str(each["id"]), each) for each in refunds if each.get("id")]
            chargebacks = self._chargebacks(payment, task) if is_lost(payment) else []
            objects += [ProviderObject("chargeback", str(each["id"]), each) for each in chargebacks if each.get("id")]
            rows += payment_rows(payment, refunds, chargebacks, reading)
        return Batch(behind, rows, objects, progress=min(1.0, progress))

    def _refunds(self, payment: Object, task: Task) -> list[Object]:
        """The refunds of a payment: a list, though the document says one object."""
        try:
            return dicts(self._http.get(f"/v1/payments/{payment['id']}/refunds", task=task).body)
        except AttribenchError as error:
            if error.code is not Code.PROVIDER_MISSING:
                raise
            return []

    def _chargebacks(self, payment: Object, task: Task) -> list[Object]:
        """The chargebacks of a payment; without them the payment itself tells what was lost, only not exactly when."""
        try:
            answer = self._http.get(_CHARGEBACKS, {"payment_id": payment["id"]}, task=task)
        except AttribenchError as error:
            if error.code not in {Code.PROVIDER_MISSING, Code.PROVIDER_PERMISSION, Code.PROVIDER_REFUSED}:
                raise
            return []
        return dicts(dict_of(answer.body).get("results"))

    def _whose(self, task: Task) -> Reading:
        user = _user(self._http, task)
        currency = site_currency(str(user.get("site_id", "")))
        return Reading(self._reading.reference, self._reading.left_out, str(user.get("id") or ""), currency)


class MercadoPagoSession:
    """An open connection to Mercado Pago."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._http: Http | Authorized
        if login.way != BROWSER:
            self._http = self._open(login.secrets["access_token"])
            return
        client, refresh_token = _client({**login.settings, **login.secrets}), login.secrets.get("refresh_token", "")
        self._http = Authorized(
            client,
            refresh_token,
            login.make_http,
            lambda token: self._open(token, refresh_token, client.client_secret),
            login.kept,
        )

    def _open(self, token: str, *others: str) -> Http:
        return self._login.make_http(
            _NAME,
            str(self._login.settings.get("base_url") or _BASE),
            signals=MercadoPagoSignals(),
            headers=bearer(token),
            secrets=[token, *others],
            per_second=_PER_SECOND,
        )

    def check(self, task: Task) -> Health:
        """Whose token it is, and whether it may read payments and chargebacks."""
        missing: dict[str, str] = {}
        once = {"sort": "date_last_updated", "criteria": "desc", "limit": 1}
        for path, params, what, passing in (
            (_SEARCH, once, lost("Payments and refunds"), frozenset[Code]()),
            # This one may insist on a payment; the token is fine all the same.
            (
                _CHARGEBACKS,
                {"limit": 1},
                lost("The day of chargebacks"),
                {Code.PROVIDER_REFUSED, Code.PROVIDER_MISSING},
            ),
        ):
            try:
                self._http.get(path, params, task=task)
            except AttribenchError as error:
                if error.code is Code.PROVIDER_PERMISSION:
                    missing[f"read {path}"] = what
                elif error.code not in passing:
                    raise
        user = _user(self._http, task)
        site = str(user.get("site_id") or "")
        about = ", ".join(text for text in (site, site_currency(site)) if text)
        name = str(user.get("nickname") or user.get("id") or "")
        return Health(missing=missing, name=f"{name} ({about})" if name and about else name)

    def streams(self, task: Task) -> Sequence[Stream]:
        """Payments tell everything."""
        return [PaymentStream(self._http, self._login)]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _client(told: Mapping[str, Any]) -> Client:
    """The user's own application; ``offline_access`` brings the refresh token."""
    return Client(
        _NAME,
        str(told.get("authorize_url") or _AUTHORIZE_URL),
        str(told.get("token_url") or f"{told.get('base_url') or _BASE}/oauth/token"),
        str(told.get("client_id") or ""),
        str(told.get("client_secret") or ""),
        ("read", "offline_access"),
        redirect_uri=str(told.get("redirect_uri") or ""),
        as_json=True,
    )


PROVIDER = Provider(
    "mercadopago",
    "Mercado Pago",
    "Payments, refunds, lost chargebacks, payers",
    (
        Setting(
            "access_token",
            "Access token",
            "Your integrations, the application, Production credentials: the access token that begins with APP_USR.",
            is_secret=True,
            way=TOKEN,
        ),
        Setting("client_id", "Application number", "Your integrations, the application, its details.", way=BROWSER),
        Setting(
            "client_secret",
            "Client secret",
            "Your integrations, the application, Production credentials.",
            is_secret=True,
            way=BROWSER,
        ),
        REDIRECT,
        Setting(
            "refresh_token",
            "Refresh token",
            "What logging in with the browser brings.",
            is_secret=True,
            way=BROWSER,
            is_brought=True,
        ),
        Setting(
            "external_reference",
            "What the external reference is",
            f"What your shop writes there: {', '.join(_REFERENCES)}.",
            is_needed=False,
            default=_REFERENCES[0],
        ),
        Setting(
            "left_out",
            "Operations that are no sales",
            "Operation types, separated by commas.",
            is_needed=False,
            default=_LEFT_OUT,
        ),
        Setting(
            "reach_days",
            "Days the search reaches back",
            "Mercado Pago tells payments of the last twelve months.",
            is_needed=False,
            default=_REACH,
        ),
        Setting("page_size", "Payments asked for at once", is_needed=False, default=_PAGE),
    ),
    MercadoPagoSession,
    OAuthBrowser(_client),
    reach_days=int(_REACH),
)


def _setting(login: Login, name: str, default: str) -> str:
    text = str(login.settings.get(name) or default).strip()
    if default.isdigit() and not text.isdigit():
        raise AttribenchError(Code.SETTING_INVALID, field=name, value=text, expected=default)
    return text


def _reference(login: Login) -> str:
    """The field of the external reference; empty for none."""
    told = _setting(login, "external_reference", _REFERENCES[0])
    if told not in _REFERENCES:
        raise AttribenchError(
            Code.SETTING_INVALID, field="external_reference", value=told, expected=", ".join(_REFERENCES)
        )
    return "" if told == "none" else told


def _user(http: Http | Authorized, task: Task) -> Object:
    """Whose token it is; empty where it may not ask."""
    try:
        return dict_of(http.get("/users/me", task=task).body)
    except AttribenchError as error:
        if error.code not in {Code.PROVIDER_PERMISSION, Code.PROVIDER_MISSING}:
            raise
        return {}


def _results(answer: Answer, limit: int, provider: str) -> tuple[list[Object], int, int]:
    """The payments of a page, how many there are said to be, and how many make a full page."""
    body = dict_of(answer.body)
    results = body.get("results")
    if not isinstance(results, list):
        raise AttribenchError(
            Code.PROVIDER_ANSWER, provider=provider, detail="no list of payments", request=answer.request_id or "–"
        )
    paging = dict_of(body.get("paging"))
    allowed = int(paging.get("limit") or limit)
    return dicts(results), int(paging.get("total") or 0), max(1, min(limit, allowed))


def _half(start: int, end: int) -> int:
    return max(_SHORTEST, (end - start) // 2)


def _written(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.000Z"
