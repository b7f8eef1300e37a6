"""HighLevel (GoHighLevel): contacts and leads, opportunities by stage, appointments.

Facts: a private integration's token, or the access token of a marketplace app, which lives a day, is sent as bearer,
with a ``Version`` header by area; at most 100 requests in 10 seconds and 200,000 a day, told in headers. A token
without a scope is answered with 401 and a message that names "scope".
https://github.com/GoHighLevel/highlevel-api-docs (docs/oauth/Authorization.md, issue 217),
https://marketplace.gohighlevel.com/docs/Authorization/PrivateIntegrationsToken
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from connectors.base import BROWSER, TOKEN, Account, Health, Login, Provider, Setting, Stream, lost
from connectors.browser import REDIRECT, OAuthBrowser
from connectors.gohighlevel_rows import LEADS_ATTRIBUTED
from connectors.gohighlevel_streams import AppointmentStream, Client, ContactStream, OpportunityStream, UserStream
from connectors.http import Answer, Fail, Http, UsualSignals, Verdict, Wait, bearer, retry_after
from connectors.oauth import Authorized
from connectors.oauth import Client as OAuthClient
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.task import Task

_NAME = "HighLevel"
_BASE = "https://services.leadconnectorhq.com"
_AUTHORIZE_URL = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"
SCOPES = (
    "contacts.readonly",
    "opportunities.readonly",
    "calendars.readonly",
    "calendars/events.readonly",
    "locations.readonly",
    "users.readonly",
)
_VERSION = "2021-07-28"
_CALENDAR_VERSION = "2021-04-15"
_PER_SECOND = 8
_INTERVAL = 10.0
_DAY = 86_400


class HighLevelSignals(UsualSignals):
    """Limits are told in headers; a missing scope is told as a login that failed."""

    request_headers = ("x-request-id", "cf-ray", "traceid")

    def judge(self, answer: Answer) -> Verdict:
        detail = self.detail(answer)
        if answer.status == 401 and any(word in detail.casefold() for word in ("scope", "iam")):
            return Fail(Code.PROVIDER_PERMISSION, {"detail": detail, "permission": "?"})
        if answer.status == 429:
            if _number(answer, "x-ratelimit-daily-remaining") == 0:
                return Fail(Code.PROVIDER_LIMIT, {"seconds": _DAY, "detail": detail, "status": 429})
            told = retry_after(answer)
            return Wait(_interval(answer) if told is None else told, detail)
        return super().judge(answer)

    def pace(self, answer: Answer) -> float:
        """The less is left of the interval, the more time between requests."""
        most, left = _number(answer, "x-ratelimit-max"), _number(answer, "x-ratelimit-remaining")
        if not most or left is None:
            return 0.0
        if left <= 0:
            return _interval(answer)
        return _interval(answer) / left if left < most / 5 else 0.0

    def detail(self, answer: Answer) -> str:
        body = cast("dict[str, Any]", answer.body) if isinstance(answer.body, dict) else {}
        message = body.get("message")
        if isinstance(message, list):  # of a request that is not valid: one text a field
            return ", ".join(str(each) for each in cast("list[Any]", message))
        return super().detail(answer)


def _number(answer: Answer, name: str) -> int | None:
    told = answer.headers.get(name, "")
    return int(told) if told.isdigit() else None


def _interval(answer: Answer) -> float:
    told = _number(answer, "x-ratelimit-interval-milliseconds")
    return _INTERVAL if told is None else told / 1000


class HighLevelSession:
    """An open connection to HighLevel."""

    def __init__(self, login: Login) -> None:
        settings = login.settings
        self._login = login
        self._http: Http | Authorized
        if login.way != BROWSER:
            self._http = self._open(login.secrets["token"])
        else:
            client, refresh_token = _client({**settings, **login.secrets}), login.secrets.get("refresh_token", "")
            self._http = Authorized(
                client,
                refresh_token,
                login.make_http,
                lambda token: self._open(token, refresh_token, client.client_secret),
                login.kept,
            )
        locations = [each.strip() for each in str(settings.get("accounts") or "").split(",")]
        self._clients = [
            Client(
                self._http,
                location,
                str(settings.get("version") or _VERSION),
                str(settings.get("calendar_version") or _CALENDAR_VERSION),
            )
            for location in dict.fromkeys(locations)
            if location
        ]

    def _open(self, token: str, *others: str) -> Http:
        return self._login.make_http(
            _NAME,
            str(self._login.settings.get("base_url") or _BASE),
            signals=HighLevelSignals(),
            headers=bearer(token),
            secrets=[token, *others],
            per_second=_PER_SECOND,
        )

    def check(self, task: Task) -> Health:
        """What the locations are called, and which scopes the token has not."""
        missing: dict[str, str] = {}
        accounts: list[Account] = []
        for client in self._clients:
            where = {"locationId": client.location}
            account = Account(client.location, client.location)
            try:
                told = client.get(f"/locations/{client.location}", "locations.readonly", task=task).get("location")
                if isinstance(told, dict):
                    found = cast("dict[str, Any]", told)
                    name, zone = str(found.get("name") or client.location), str(found.get("timezone") or "")
                    account = Account(client.location, name, timezone=zone)
            except AttribenchError as error:
                _note(error, missing, lost("The location's name and time zone"))
            accounts.append(account)
            asked: list[tuple[str, str, Mapping[str, Any], str]] = [
                ("/contacts/", "contacts.readonly", {**where, "limit": 1}, lost("Contacts and leads")),
                ("/opportunities/pipelines", "opportunities.readonly", where, lost("Opportunities and stages")),
                ("/users/", "users.readonly", where, lost("The names of those whom deals and appointments belong to")),
            ]
            try:
                body = client.get("/calendars/", "calendars.readonly", where, task=task)
                for calendar in client.listed(body, "calendars")[:1]:
                    span = {**where, "calendarId": calendar["id"], "startTime": "0", "endTime": "1"}
                    asked.append(("/calendars/events", "calendars/events.readonly", span, lost("Appointments")))
            except AttribenchError as error:
                _note(error, missing, lost("Calendars and appointments"))
            for path, scope, params, what in asked:
                try:
                    client.get(path, scope, params, task=task)
                except AttribenchError as error:
                    _note(error, missing, what)
        return Health(accounts, missing, accounts[0].name if len(accounts) == 1 else "")

    def streams(self, task: Task) -> Sequence[Stream]:
        """Contacts before the opportunities and appointments that are theirs."""
        settings, now = self._login.settings, self._login.now
        leads = str(settings.get("leads") or LEADS_ATTRIBUTED).strip().casefold()
        currency = str(settings.get("currency") or "").strip()
        streams: list[Stream] = []
        for client in self._clients:
            streams += [
                ContactStream(client, now, leads),
                OpportunityStream(client, now, currency),
                AppointmentStream(client, self._login.since, now),
                UserStream(client),
            ]
        return streams

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _note(error: AttribenchError, missing: dict[str, str], what: str) -> None:
    """Note a missing scope; anything else is a failure of the whole check."""
    if error.code is not Code.PROVIDER_PERMISSION:
        raise error
    missing[str(error.facts.get("permission"))] = what


def _client(told: Mapping[str, Any]) -> OAuthClient:
    """The user's own marketplace app, for one location; it replaces the refresh token at each use."""
    return OAuthClient(
        _NAME,
        str(told.get("authorize_url") or _AUTHORIZE_URL),
        str(told.get("token_url") or f"{told.get('base_url') or _BASE}/oauth/token"),
        str(told.get("client_id") or ""),
        str(told.get("client_secret") or ""),
        SCOPES,
        form={"user_type": "Location"},
        redirect_uri=str(told.get("redirect_uri") or ""),
        has_pkce=False,  # its documents know no verifier
    )


PROVIDER = Provider(
    "gohighlevel",
    "HighLevel",
    "Contacts and leads with where they came from, deals by stage, appointments",
    (
        Setting(
            "token",
            "Private integration token",
            "In the sub-account: Settings, Private Integrations, a new one with the scopes contacts.readonly, "
            "opportunities.readonly, calendars.readonly, calendars/events.readonly, locations.readonly "
            "and users.readonly.",
            is_secret=True,
            way=TOKEN,
        ),
        Setting(
            "client_id", "Client ID of the app", "marketplace.gohighlevel.com, your app, Client Keys.", way=BROWSER
        ),
        Setting("client_secret", "Client secret of the app", "Beside the client ID.", is_secret=True, way=BROWSER),
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
            "accounts",
            "Location id",
            "In the sub-account: Settings, Business Profile. Several are separated by commas.",
            is_brought=True,
        ),
        Setting(
            "leads",
            "Which contacts are leads",
            "attributed: those that came by a form or an ad; all; none.",
            is_needed=False,
            default=LEADS_ATTRIBUTED,
        ),
        Setting(
            "currency",
            "Currency of deal values",
            "HighLevel does not tell it; the profile's own when empty.",
            is_needed=False,
        ),
        Setting("version", "API version", "", is_needed=False, default=_VERSION),
        Setting("calendar_version", "API version for calendars", "", is_needed=False, default=_CALENDAR_VERSION),
    ),
    HighLevelSession,
    OAuthBrowser(_client, {"locationId": "accounts"}),
    timeless=("contacts", "opportunities"),
)
