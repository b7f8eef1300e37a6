"""What Google's interfaces have in common: the login, errors, and days that are told oldest first.

Access tokens live about an hour, so a session asks for one at its first request and for another when it is refused.
https://developers.google.com/identity/protocols/oauth2/native-app,
https://cloud.google.com/apis/design/errors (error model, ErrorInfo)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from connectors.base import Setting
from connectors.browser import OAuthBrowser
from connectors.http import Answer, UsualSignals, Verdict, Wait, bearer, retry_after
from connectors.oauth import Authorized, Client
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.base import Login
    from connectors.http import Http, Signals
    from engine.schema.batch import Batch
    from engine.task import Task

AUTHORIZE_URL = "https://accounts.google.com/o/oauth2/v2/auth"
TOKEN_URL = "https://oauth2.googleapis.com/token"
ADS_SCOPE = "https://www.googleapis.com/auth/adwords"
SEARCH_SCOPE = "https://www.googleapis.com/auth/webmasters.readonly"

Object = dict[str, Any]

LOGIN_SETTINGS = (
    Setting(
        "client_id",
        "OAuth client ID",
        "Google Cloud console, APIs and services, Credentials: an OAuth client of the type Desktop app.",
    ),
    Setting("client_secret", "OAuth client secret", "Beside the client ID.", is_secret=True),
    Setting(
        "refresh_token", "Refresh token", "What logging in with that client brings.", is_secret=True, is_brought=True
    ),
)


def oauth_client(provider: str, settings: Mapping[str, Any], secrets: Mapping[str, str], *scopes: str) -> Client:
    """The user's own OAuth client.

    ``access_type`` and ``prompt`` make Google hand out a refresh token each time, not at the first login only.
    """
    return Client(
        provider,
        str(settings.get("authorize_url") or AUTHORIZE_URL),
        str(settings.get("token_url") or TOKEN_URL),
        str(settings.get("client_id", "")),
        secrets.get("client_secret", ""),
        scopes,
        {"access_type": "offline", "prompt": "consent"},
    )


def browser(provider: str, scope: str) -> OAuthBrowser:
    """Logging in to one of Google's interfaces with the browser."""
    return OAuthBrowser(lambda told: oauth_client(provider, told, told, scope))


def authorized(
    login: Login, provider: str, base_url: str, scope: str, signals: Signals, per_second: float
) -> Authorized:
    """Requests to one of Google's interfaces. Google keeps a refresh token as it is; one it replaced would be kept."""
    client = oauth_client(provider, login.settings, login.secrets, scope)
    refresh_token = login.secrets.get("refresh_token", "")

    def open_http(access_token: str) -> Http:
        return login.make_http(
            provider,
            str(login.settings.get("base_url") or base_url),
            signals=signals,
            headers=bearer(access_token),
            secrets=[access_token, refresh_token, client.client_secret],
            per_second=per_second,
        )

    return Authorized(client, refresh_token, login.make_http, open_http, login.kept)


# -- errors -------------------------------------------------------------------------------------------------------

_LATER = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "backendError"})
# https://developers.google.com/webmaster-tools/limits: the load of ten minutes; waiting a quarter of an hour helps.
_QUOTAS = {"quotaExceeded": 900.0, "dailyLimitExceeded": 86_400.0}


class GoogleSignals(UsualSignals):
    """Google's error model: a status, ``details`` with an ErrorInfo, in older interfaces ``errors[].reason``.

    Args:
        scope: of the login, for saying which one is missing.
    """

    request_headers = ("request-id", "x-request-id", "x-goog-request-id")

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def judge(self, answer: Answer) -> Verdict:
        reasons = reasons_of(error_of(answer.body))
        for reason in reasons:
            if reason in _QUOTAS:
                return Wait(retry_after(answer) or _QUOTAS[reason], self.detail(answer))
        if reasons & _LATER:
            return Wait(retry_after(answer), self.detail(answer))
        return super().judge(answer)

    def permission(self, answer: Answer) -> str:
        reasons = reasons_of(error_of(answer.body))
        if reasons & {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"}:
            return self._scope
        if reasons & {"SERVICE_DISABLED", "accessNotConfigured"}:
            return "the interface, switched on in the Google Cloud project of the OAuth client"
        return ", ".join(sorted(reasons)) or "access to this account or property"

    def detail(self, answer: Answer) -> str:
        message = error_of(answer.body).get("message")
        return str(message) if message else super().detail(answer)


def error_of(body: Any) -> Object:
    """The error of an answer; empty when it has none. Streams wrap it in a list."""
    if isinstance(body, list):
        for each in cast("list[Any]", body):
            if error := error_of(each):
                return error
    return as_object(as_object(body).get("error"))


def reasons_of(error: Object) -> set[str]:
    """Why, as the error's ErrorInfo or older form tells."""
    told = [*as_list(error.get("details")), *as_list(error.get("errors"))]
    return {str(each["reason"]) for each in told if each.get("reason")}


class AbsentStream:
    """Stands for an account that was chosen and is not there, so that its absence is told and costs no other one."""

    title = ""

    def __init__(self, provider: str, key: str) -> None:
        self.key = self.title = key
        self._provider = provider

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Raise PROVIDER_MISSING."""
        raise AttribenchError(Code.PROVIDER_MISSING, provider=self._provider, what=self.key)


# -- days ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Days:
    """Which days a stream still has to tell, oldest first, when the last ones are told again at each sync.

    Attributes:
        first: of the history that is wanted and there.
        start: the first to be told now.
        today: the last; not over yet.
        again: so many last days, today included, are told at each sync.
    """

    first: date
    start: date
    today: date
    again: int

    @classmethod
    def of(cls, state: Mapping[str, Any], first: date, today: date, again: int) -> Days:
        """From behind a state that :meth:`behind` made; from the start when an earlier history is wanted now."""
        if "next" not in state or first < date.fromisoformat(state["first"]):
            return cls(first, first, today, again)
        return cls(date.fromisoformat(state["first"]), max(first, date.fromisoformat(state["next"])), today, again)

    def behind(self, day: date) -> dict[str, Any]:
        """The state behind a day that was told whole."""
        following = min(day + timedelta(days=1), self.today - timedelta(days=self.again - 1))
        return {"first": self.first.isoformat(), "next": max(self.first, following).isoformat()}

    def progress(self, day: date) -> float:
        """How far telling is behind a day, 0 to 1."""
        return min(1.0, ((day - self.start).days + 1) / max(1, (self.today - self.start).days + 1))


def chosen(settings: Mapping[str, Any]) -> list[str]:
    """The accounts or properties of the setting ``accounts``; empty for all."""
    return list(dict.fromkeys(each.strip() for each in str(settings.get("accounts") or "").split(",") if each.strip()))


def as_object(value: Any) -> Object:
    """A JSON object, or an empty one."""
    return cast("Object", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Object]:
    """The objects of a JSON list."""
    return [as_object(each) for each in cast("list[Any]", value)] if isinstance(value, list) else []
