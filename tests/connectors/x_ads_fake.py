"""X's Ads API that checks every signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from connectors.standins.x_ads import HOST, XStandin, error
from tests.connectors.harness import Fake

if TYPE_CHECKING:
    import httpx

__all__ = ["NOW", "SECRETS", "FakeX", "error", "signature"]

SECRETS = {
    "consumer_key": "ck-4711",
    "consumer_secret": "cs-very-secret",
    "access_token": "at-0815",
    "access_token_secret": "ts-very-secret",
}
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)  # what X's clock says; ours may say something else


def signature(method: str, url: str, oauth: dict[str, str], consumer_secret: str, token_secret: str, form: str) -> str:
    """HMAC-SHA1 of RFC 5849, section 3.4, written anew here."""

    def escaped(text: str) -> str:
        return quote(text, safe="-._~")

    parts = urlsplit(url)
    told = [*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(form, keep_blank_values=True)]
    told += [(name, value) for name, value in oauth.items() if name not in {"oauth_signature", "realm"}]
    pairs = sorted((escaped(name), escaped(value)) for name, value in told)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join([method, escaped(f"{parts.scheme}://{parts.netloc}{parts.path}"), escaped(joined)])
    key = f"{escaped(consumer_secret)}&{escaped(token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


class FakeX(Fake, XStandin):
    """Lets in who signs; nothing of ours goes to other hosts; ids come by 200 at most."""

    def __init__(self) -> None:
        super().__init__(NOW)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != HOST:
            assert "authorization" not in request.headers
        for name, ids in request.url.params.items():
            assert not name.endswith("_ids") or len(ids.split(",")) <= 200
        return super().answer(request)

    def is_signed(self, request: httpx.Request) -> bool:
        told = request.headers.get("authorization", "")
        if not told.startswith("OAuth "):
            return False
        oauth = dict(part.strip().split("=", 1) for part in told[6:].split(","))
        oauth = {name: unquote(value.strip('"')) for name, value in oauth.items()}
        wanted = signature(
            request.method, str(request.url), oauth, SECRETS["consumer_secret"], SECRETS["access_token_secret"], ""
        )
        return oauth["oauth_signature"] == wanted and oauth["oauth_consumer_key"] == SECRETS["consumer_key"]
