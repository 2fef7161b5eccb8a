"""Who may ask: which names the server answers to, which pages may use it, and the token.

Every request passes here first. Where there is no token only this machine can connect, and then a
foreign web page in one of its browsers must not: requests must name this server (DNS rebinding) and
not come from another site (CSRF).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from aiohttp import web

from perfbench.config.server import ServerConfig
from perfbench.server.refusal import Refusal

COOKIE = "perfbench"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SAFE = ("GET", "HEAD", "OPTIONS")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Guard:
    """What requests are held against.

    Args:
        token: hash of the token that they must carry (:func:`hashed`); ``None`` if none is needed.
    """

    def __init__(self, config: ServerConfig, token: str | None) -> None:
        names = {config.host, *config.allow_host}
        self._names = {name.lower() for name in names} | set(_LOOPBACK)
        self._any_address = config.host in ("0.0.0.0", "::")
        self._origins = {origin.lower().rstrip("/") for origin in config.allow_origin}
        self._token = token

    def admit(self, request: web.Request) -> None:
        """Let a request pass.

        Raises:
            Refusal: it may not.
        """
        self._expect_name(request)
        self._expect_own_page(request)
        if self._token is not None and not self._carries_token(request):
            raise Refusal(401, "this server needs its token: Authorization: Bearer TOKEN")

    def _expect_name(self, request: web.Request) -> None:
        try:
            name = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
        except ValueError:
            name = ""
        if name in self._names or (self._any_address and _is_address(name)):
            return
        raise Refusal(421, "requests must name this server: --allow-host adds a name")

    def _expect_own_page(self, request: web.Request) -> None:
        if request.method in _SAFE:
            return
        origin = request.headers.get("Origin")
        site = request.headers.get("Sec-Fetch-Site", "none")
        if origin is not None and origin.lower() in self._origins:
            return
        if site not in ("none", "same-origin") or not self._is_own(origin, request):
            raise Refusal(403, "pages of other sites may not use this server")

    def _is_own(self, origin: str | None, request: web.Request) -> bool:
        if origin is None:
            return True
        return origin.lower() in (f"{scheme}://{request.host.lower()}" for scheme in _SCHEMES)

    def _carries_token(self, request: web.Request) -> bool:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            token = request.headers.get("X-API-Key", "") or request.cookies.get(COOKIE, "")
        return hmac.compare_digest(hashed(token.strip()), self._token or "")


_SCHEMES = ("http", "https")


def hashed(token: str) -> str:
    """What is stored of a token. It is long and random, so that no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
