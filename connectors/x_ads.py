"""X Ads: campaigns, ad groups, ads and their daily figures; web event tags.

Source: docs.x.com/x-ads-api (repository xdevplatform/docs), read 22 November 2026; OAuth 1.0a is the only way in
(fundamentals/making-authenticated-requests), version 12 has no end date (fundamentals/versioning).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.base import Account, Health, Login, Provider, Setting, Stream, lost
from connectors.oauth1 import Keys, signed
from connectors.x_ads_api import Api, XSignals, passing
from connectors.x_ads_entities import KINDS, ChangedStream
from connectors.x_ads_login import PinLogin
from connectors.x_ads_spend import SpendStream, Ways
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.task import Task

VERSION = "12"
_NAME = "X Ads"
_BASE = "https://ads-api.x.com"
_PER_SECOND = 8.0
_CHOICES = {
    "day_bounds": ("dates", "own", "current"),
    "entities": ("active", "all"),
    "clicks": ("clicks", "url_clicks"),
    "today": ("yes", "no"),
}


class XAdsSession:
    """An open connection to X Ads."""

    def __init__(self, login: Login) -> None:
        secrets = login.secrets
        keys = Keys(
            secrets["consumer_key"],
            secrets["consumer_secret"],
            secrets["access_token"],
            secrets["access_token_secret"],
        )
        told = {setting.name: str(login.settings.get(setting.name) or setting.default) for setting in SETTINGS}
        for name, choices in _CHOICES.items():
            if told[name] not in choices:
                raise AttribenchError(Code.SETTING_INVALID, field=name, value=told[name], expected=", ".join(choices))
        ways = Ways(told["day_bounds"], told["entities"], told["clicks"], told["today"] == "yes")
        hidden = list(secrets.values())
        http = login.make_http(
            _NAME,
            str(login.settings.get("base_url") or _BASE),
            signals=XSignals(),
            auth=signed(keys),
            secrets=hidden,
            per_second=_PER_SECOND,
        )
        # Results of jobs lie elsewhere, behind addresses that tell enough: nothing of ours is sent there.
        files = login.make_http(_NAME, "", signals=XSignals(), secrets=hidden, per_second=_PER_SECOND)
        self._https = (http, files)
        self._api = Api(http, told["version"], [each for each in told["accounts"].replace(" ", "").split(",") if each])
        self._login = login
        self._files = files
        self._ways = ways

    def check(self, task: Task) -> Health:
        """Which accounts there are, and which of them may be read."""
        accounts: list[Account] = []
        missing: dict[str, str] = {}
        for told in self._api.accounts(task):
            id_, currency = str(told["id"]), ""
            try:
                # An account tells no currency; its campaigns do.
                some = self._api.get(f"accounts/{id_}/campaigns", {"count": "1", "with_deleted": "true"}, task)
                currency = next((str(each.get("currency") or "") for each in self._api.objects(some)), "")
            except AttribenchError as error:
                if not passing(error):
                    raise
                missing[f"{error.facts.get('permission', '?')} ({told.get('name') or id_})"] = lost("The whole account")
            accounts.append(Account(id_, str(told.get("name") or id_), currency, str(told.get("timezone") or "")))
        return Health(accounts, missing)

    def streams(self, task: Task) -> Sequence[Stream]:
        """What there is, then what it brought."""
        changed = [ChangedStream(self._api, kind) for kind in KINDS]
        return [*changed, SpendStream(self._api, self._files, self._login.since, self._login.now, self._ways)]

    def close(self) -> None:
        """Close the connections."""
        for http in self._https:
            http.close()


SETTINGS = (
    Setting(
        "consumer_key",
        "API key",
        "developer.x.com, your app, Keys and tokens: API key and secret. The app needs access to the Ads API.",
        is_secret=True,
    ),
    Setting("consumer_secret", "API key secret", "Beside the API key.", is_secret=True),
    Setting(
        "access_token",
        "Access token",
        "Keys and tokens, Access token and secret: of a user who may see the ads account.",
        is_secret=True,
        is_brought=True,
    ),
    Setting("access_token_secret", "Access token secret", "Beside the access token.", is_secret=True, is_brought=True),
    Setting("accounts", "Ads accounts", "Their ids, separated by commas; all when empty.", is_needed=False),
    Setting("version", "API version", "The first part of every path.", is_needed=False, default=VERSION),
    Setting(
        "day_bounds",
        "Bounds of days",
        "dates: X takes the account's midnight; own: each day's own midnight; current: midnight with today's offset.",
        is_needed=False,
        default="dates",
    ),
    Setting(
        "entities",
        "Ask figures of",
        "active: what X says has changed; all: everything there is, deleted too (slow).",
        is_needed=False,
        default="active",
    ),
    Setting(
        "clicks",
        "What counts as a click",
        "clicks: every click on an ad; url_clicks: clicks on its link only.",
        is_needed=False,
        default="clicks",
    ),
    Setting("today", "Ask for the day that is not over", "yes or no.", is_needed=False, default="yes"),
)

PROVIDER = Provider(
    "x_ads",
    _NAME,
    "Campaigns, ad groups, ads, daily spend",
    SETTINGS,
    XAdsSession,
    PinLogin(),
    timeless=[kind.type for kind in KINDS],
)
