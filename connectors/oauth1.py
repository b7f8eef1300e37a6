"""Signing requests by OAuth 1.0a (RFC 5849): HMAC-SHA1 in the Authorization header, through Authlib."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.http import Signed

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Keys:
    """The four of OAuth 1.0a.

    Attributes:
        consumer_key: of the application.
        consumer_secret: of the application.
        token: of the user who let it in.
        token_secret: of the user who let it in.
    """

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str


def signed(keys: Keys, *, callback: str = "", verifier: str = "") -> Signed:
    """Signs requests whose parameters stand in the address; a body is not part of the signature.

    Args:
        keys: of the application, and of the user where there is one yet.
        callback: where the user is sent back to, when a login begins (RFC 5849 2.1).
        verifier: what the user was told, when it ends (RFC 5849 2.3).
    """
    # Untyped, and slow to import: not before somebody signs.
    client: Any = importlib.import_module("authlib.oauth1").ClientAuth(
        keys.consumer_key,
        keys.consumer_secret,
        keys.token or None,
        keys.token_secret or None,
        redirect_uri=callback or None,
        verifier=verifier or None,
    )

    def sign(method: str, url: str) -> Mapping[str, str]:
        _, headers, _ = client.sign(method, url, {}, b"")
        return headers

    return Signed(sign)
