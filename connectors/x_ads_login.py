"""Logging in to X with the browser: the user says yes there, and types the number that X shows (OAuth 1.0a by PIN).

Facts: a login begins with ``oauth_callback=oob``; X then shows a number, which ends it as ``oauth_verifier``.
https://docs.x.com/fundamentals/authentication/oauth-1-0a/pin-based-oauth
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from connectors.base import PIN, Brought
from connectors.oauth1 import Keys, signed
from connectors.x_ads_api import XSignals
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.base import Desk
    from engine.task import Task

_NAME = "X Ads"
_BASE = "https://api.x.com"
_OUT_OF_BAND = "oob"


class PinLogin:
    """Brings the access token and its secret."""

    def log_in(self, told: Mapping[str, str], desk: Desk, task: Task) -> Brought:
        """Let the user say yes, and type the number.

        Raises:
            AttribenchError: PROVIDER_LOGIN when no number came in time, or the wrong one.
        """
        base, app = told.get("login_url") or _BASE, (told["consumer_key"], told["consumer_secret"])
        begun = self._ask(base, "request_token", Keys(*app, "", ""), desk, task, callback=_OUT_OF_BAND)
        desk.open_page(f"{base}/oauth/authorize?{urlencode({'oauth_token': begun.token})}")
        pin = desk.ask(PIN, desk.seconds, task).strip()
        if not pin:
            raise AttribenchError(
                Code.PROVIDER_LOGIN, provider=_NAME, detail=f"no number came within {desk.seconds:.0f} s", request="–"
            )
        ended = self._ask(base, "access_token", begun, desk, task, verifier=pin)
        return Brought({"access_token": ended.token, "access_token_secret": ended.token_secret})

    def _ask(
        self, base: str, path: str, keys: Keys, desk: Desk, task: Task, *, callback: str = "", verifier: str = ""
    ) -> Keys:
        """A token and its secret, by what is signed with the keys there are."""
        hidden = [keys.consumer_secret, keys.token, keys.token_secret, verifier]
        auth = signed(keys, callback=callback, verifier=verifier)
        http = desk.make_http(_NAME, base, signals=XSignals(), auth=auth, secrets=hidden)
        try:
            answer = http.send("POST", f"/oauth/{path}", task=task, as_text=True)
        finally:
            http.close()
        told = dict(parse_qsl(answer.text))
        if not told.get("oauth_token") or not told.get("oauth_token_secret"):
            raise AttribenchError(
                Code.PROVIDER_ANSWER, provider=_NAME, detail="no token", request=answer.request_id or "–"
            )
        return Keys(keys.consumer_key, keys.consumer_secret, told["oauth_token"], told["oauth_token_secret"])
