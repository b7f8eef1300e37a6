"""What Google's interfaces have in common, played on this machine: tokens that run out, and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from connectors.standins.base import Object, Standin, reply

if TYPE_CHECKING:
    import re

    from connectors.http import Request, Response

SECRETS = {"client_secret": "GOCSPX-secret", "refresh_token": "1//refresh-secret"}
SETTINGS = {"client_id": "client.apps.googleusercontent.com"}

Rows = list[Object]


class GoogleStandin(Standin):
    """Hands out access tokens; each is good for so many requests."""

    def __init__(self) -> None:
        super().__init__()
        self.refresh_token = SECRETS["refresh_token"]
        self.good_for = 1 << 30
        self.tokens = 0
        self._left = 0
        self.routes = [("POST", "/token", self._token)]

    def _token(self, request: Request, found: re.Match[str]) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form.get("client_secret") != SECRETS["client_secret"] or form.get("client_id") != SETTINGS["client_id"]:
            return reply({"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return reply({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)
        self.tokens += 1
        self._left = self.good_for
        return reply({"access_token": f"ya29.access-secret-{self.tokens}", "expires_in": 3599, "token_type": "Bearer"})

    def refused(self, request: Request) -> Response | None:
        """What is answered to a token that is not, or no longer, good."""
        is_known = request.headers.get("authorization") == f"Bearer ya29.access-secret-{self.tokens}"
        self._left -= 1
        if is_known and self._left >= 0:
            return None
        return google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")


def google_error(status: int, name: str, message: str, *details: Object, **more: Any) -> Response:
    """An error in Google's model."""
    told = {"code": status, "message": message, "status": name, "details": list(details), **more}
    return reply({"error": told}, status)


def error_info(reason: str) -> Object:
    """Why, in an error's details."""
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
