"""Meta (Facebook, Instagram): ad accounts, campaigns, ad sets, ads, creatives, and the days of ads.

Facts: Graph v26.0, released 29 July 2026; scope ``ads_read``. Who filled in a lead form is not in the Marketing API's
published schema and not fetched. https://developers.facebook.com/docs/marketing-api
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from connectors.base import Account, Health, Login, Provider, Setting, Stream, lost
from connectors.http import bearer
from connectors.meta_ads import EntityStream
from connectors.meta_graph import Graph, MetaSignals
from connectors.meta_insights import InsightStream
from connectors.meta_rows import ACCOUNT_FIELDS, AdAccount, account_of
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.task import Task

VERSION = "v26.0"
_BASE = "https://graph.facebook.com"
_NAME = "Meta"
_PER_SECOND = 5
_PAGE = 100
_CHECKED = 20  # accounts whose ads and figures a check asks for


class MetaSession:
    """An open connection to Meta."""

    def __init__(self, login: Login) -> None:
        token, app_secret = login.secrets["access_token"], login.secrets.get("app_secret", "")
        proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest() if app_secret else ""
        http = login.make_http(
            _NAME,
            str(login.settings.get("base_url") or _BASE),
            signals=MetaSignals(),
            headers=bearer(token),
            secrets=[token, app_secret, proof],
            per_second=_PER_SECOND,
        )
        self._login = login
        self._graph = Graph(http, str(login.settings.get("api_version") or VERSION), proof)
        told = str(login.settings.get("accounts") or "").replace(",", " ").split()
        self._chosen = list(dict.fromkeys(each.removeprefix("act_") for each in told))
        self._known: dict[str, AdAccount] = {}

    def check(self, task: Task) -> Health:
        """Which accounts the token reaches, and whether it may read their ads and their figures."""
        name = str(self._graph.get("me", {"fields": "id,name"}, task).get("name") or "")
        missing: dict[str, str] = {}
        try:
            accounts = self._reachable(task)
        except AttribenchError as error:
            if error.code is not Code.PROVIDER_PERMISSION:
                raise
            return Health(missing={str(error.facts.get("permission")): lost("Ad accounts")}, name=name)
        reached = {account.id for account in accounts}
        for id_ in self._chosen:
            if id_ not in reached:
                missing[f"ads_read ({id_})"] = lost("The whole account")
        wanted = [account for account in accounts if not self._chosen or account.id in self._chosen]
        for account in wanted[:_CHECKED]:
            for edge, what in (("campaigns", "Campaigns, ad sets, ads"), ("insights", "Spend and delivery")):
                try:
                    self._graph.get(f"act_{account.id}/{edge}", {"limit": 1}, task)
                except AttribenchError as error:
                    if error.code is not Code.PROVIDER_PERMISSION:
                        raise
                    permission = f"{error.facts.get('permission')} ({account.name or account.id})"
                    missing[permission] = "\n".join(filter(None, (missing.get(permission), lost(what))))
        told = [Account(each.id, each.name, each.currency, each.zone_name) for each in accounts]
        return Health(told, missing, name)

    def streams(self, task: Task) -> Sequence[Stream]:
        """Of each account its ads, then its days: what fails for one does not stop the others.

        Raises:
            AttribenchError: PROVIDER_MISSING when the token reaches no account.
        """
        ids = self._chosen or [account.id for account in self._reachable(task)]
        if not ids:
            raise AttribenchError(Code.PROVIDER_MISSING, provider=_NAME, what="an ad account assigned to this token")
        streams: list[Stream] = []
        for id_ in ids:
            named = self._known[id_].name if id_ in self._known else id_
            of, login = self._of(id_), self._login
            streams += [
                EntityStream(self._graph, id_, f"Ads of {named}", of, login.now),
                InsightStream(self._graph, id_, f"Days of {named}", of, login.since, login.now),
            ]
        return streams

    def close(self) -> None:
        """Close the connections."""
        self._graph.close()

    def _reachable(self, task: Task) -> list[AdAccount]:
        found: dict[str, AdAccount] = {}
        for page in self._graph.pages("me/adaccounts", {"fields": ACCOUNT_FIELDS}, task, limit=_PAGE):
            found |= {account.id: account for account in map(account_of, page.items) if account.id}
        self._known |= found
        return list(found.values())

    def _of(self, id_: str) -> Callable[[Task], AdAccount]:
        """Gives an account, asking for it the first time."""

        def account(task: Task) -> AdAccount:
            if id_ not in self._known:
                self._known[id_] = account_of(self._graph.get(f"act_{id_}", {"fields": ACCOUNT_FIELDS}, task))
            return self._known[id_]

        return account


PROVIDER = Provider(
    "meta",
    "Meta Ads",
    "Campaigns, ad sets, ads and creatives of Facebook and Instagram; spend, reach and video figures by day",
    (
        Setting(
            "access_token",
            "System user token",
            "Business settings, Users, System users: assign the ad accounts, then generate a token with ads_read.",
            is_secret=True,
        ),
        Setting(
            "app_secret",
            "App secret",
            "Only if the app demands a proof of it: App settings, Basic.",
            is_secret=True,
            is_needed=False,
        ),
        Setting("accounts", "Ad accounts", "Ids, separated by commas; empty is all.", is_needed=False),
        Setting("api_version", "API version", "Of the Graph API.", is_needed=False, default=VERSION),
    ),
    MetaSession,
    reach_days=37 * 30,
    timeless=("ads:",),
)
