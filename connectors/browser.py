"""Logging in with the browser by OAuth 2, with the user's own client."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from connectors import oauth
from connectors.base import ADDRESS, BROWSER, Brought, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.base import Desk
    from engine.task import Task

# Of providers whose registered redirect has to match exactly.
REDIRECT = Setting(
    "redirect_uri",
    "Redirect address",
    "Exactly as registered with the app. One on this computer, such as http://127.0.0.1:8731/, is answered here; at "
    "any other, copy the address the browser ends at.",
    way=BROWSER,
)


@dataclass(frozen=True)
class OAuthBrowser:
    """OAuth 2 in the browser: brings a refresh token.

    Attributes:
        client: of what the user told.
        settings: name in the answer -> setting of the connection that it is.
    """

    client: Callable[[Mapping[str, str]], oauth.Client]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def log_in(self, told: Mapping[str, str], desk: Desk, task: Task) -> Brought:
        """Let the user say yes; see :func:`connectors.oauth.login`."""
        tokens = oauth.login(
            self.client(told),
            desk.open_page,
            desk.make_http,
            task,
            seconds=desk.seconds,
            page=desk.page,
            ask=partial(desk.ask, ADDRESS),
        )
        about = {name: tokens.about[key] for key, name in self.settings.items() if tokens.about.get(key)}
        return Brought({"refresh_token": tokens.refresh_token}, about)
