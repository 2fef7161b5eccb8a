"""Who may ask: which names the server answers to, which pages may use it, and the token.

Every request passes here first. Where there is no token only this machine can connect, and then a
foreign web page in one of its browsers must not: requests must name this server (DNS rebinding) and
not come from another site (CSRF).
"""

from __future__ import annotations

import ipaddress
import math
import re
import socket
from collections.abc import Mapping
from urllib.parse import quote

from aiohttp import web

from perfbench.config.server import ServerConfig
from perfbench.server.guesses import Guesses
from perfbench.server.refusal import Refusal
from perfbench.server.tokens import SESSION_S, Tokens

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer, with which forms of our own pages would name no origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer, where a route does not say otherwise."""
SANDBOX = {
    "Content-Security-Policy": "sandbox allow-scripts; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}
"""Headers of a page that others wrote."""
LOGIN = "/login"
_OPEN = ("/health", LOGIN)
_OPEN_BELOW = ("/static/", "/assets/")
"""What needs no token: whether the server is well, and what the page that asks for it needs."""
_SAFE = ("GET", "HEAD", "OPTIONS")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_HOST = re.compile(r"(\[(?P<six>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]{1,253}))(:\d{1,5})?")
_LONGEST_LOGIN_BYTES = 8192
_LONGEST_PART = 255
"""Of a path, as names of files are."""
_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="perfbench"'}
_METHODS = "GET, HEAD, POST, PATCH, PUT, DELETE"
_ALLOWED = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, X-API-Key"
_EXPOSED = "Location, Retry-After"


class Guard:
    """What requests are held against.

    Args:
        tokens: who has the token.
    """

    def __init__(self, config: ServerConfig, tokens: Tokens) -> None:
        names = {config.host, *config.allow_host, *_LOOPBACK}
        self._any_address = config.host in ("0.0.0.0", "::")
        if self._any_address:
            names.add(socket.gethostname())
        self._names = {_plain(name.lower()) for name in names}
        self._origins = frozenset(config.allow_origin)
        self._proxies = frozenset(config.proxy)
        self._cookie = f"perfbench-{config.port}"
        self._guesses = Guesses()
        self.tokens = tokens

    def admit(self, request: web.Request) -> None:
        """Let a request pass.

        Raises:
            Refusal: it may not.
        """
        self._expect_name(request)
        self._expect_own_page(request)
        if request.headers.get("Content-Type", "").lower().startswith("multipart/"):
            raise Refusal(415, "nothing can be uploaded")
        # Anybody may send one.
        body = request.path == LOGIN and request.body_exists
        if body and not 0 < (request.content_length or 0) <= _LONGEST_LOGIN_BYTES:
            raise Refusal(413, "that is no token")
        if not self.tokens.needed:
            return
        if not _is_open(request.path) and not self.known(request):
            self._expect_token(request)

    def preflight(self, request: web.Request) -> web.Response | None:
        """The answer to a browser that asks whether a page of another site may; ``None`` if it does
        not ask, or that site may not.

        Raises:
            Refusal: it does not name this server.
        """
        self._expect_name(request)
        asks = "Access-Control-Request-Method" in request.headers
        if request.method != "OPTIONS" or not asks or self._foreign(request) is None:
            return None
        headers = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Max-Age": "600"}
        return web.Response(
            status=204, headers={**headers, "Access-Control-Allow-Headers": _ALLOWED}
        )

    def sign(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Give an answer the headers of safety."""
        response.headers["Server"] = "perfbench"
        defaults: Mapping[str, str] = HEADERS
        if request.path.startswith(_OPEN_BELOW):
            defaults = {**HEADERS, "Cache-Control": "no-cache"}
        for name, value in defaults.items():
            response.headers.setdefault(name, value)
        if self._origins:
            response.headers["Vary"] = "Origin"
            if (origin := self._foreign(request)) is not None:
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Expose-Headers"] = _EXPOSED

    def known(self, request: web.BaseRequest) -> bool:
        """Whether a browser has a session; pages of other sites have none."""
        session = request.cookies.get(self._cookie)
        own = self._foreign(request) is None
        return own and session is not None and self.tokens.is_session(session)

    def log_in(self, request: web.Request, given: str) -> bool:
        """Whether the token (or a link's) opens a session; it is counted if not.

        Raises:
            Refusal: too many were wrong of late.
        """
        self._expect_patience(request)
        right = self.tokens.opens(given)
        (self._guesses.right if right else self._guesses.wrong)(self._address(request))
        return right

    def begin(self, request: web.Request, response: web.Response) -> web.Response:
        """Give a browser a session with this answer."""
        response.set_cookie(
            self._cookie,
            self.tokens.begin(),
            max_age=int(SESSION_S),
            httponly=True,
            samesite="Strict",
            secure=self._is_secure(request),
            path="/",
        )
        return response

    def end(self, request: web.Request, response: web.Response) -> web.Response:
        """End the session of a browser."""
        if (session := request.cookies.get(self._cookie)) is not None:
            self.tokens.end(session)
        response.del_cookie(self._cookie, path="/")
        return response

    def _expect_name(self, request: web.Request) -> None:
        given = request.headers.getall("Host", [])
        if len(given) != 1 or not (request.raw_path.startswith("/") or request.raw_path == "*"):
            raise Refusal(400, "a request has one Host, and a path for a target")
        parts = request.path.split("/")
        if any(len(part.encode(errors="replace")) > _LONGEST_PART for part in parts):
            raise Refusal(404, "no such page")
        found = _HOST.fullmatch(given[0].lower())
        name = _plain(found["six"] or found["name"]) if found is not None else ""
        if name in self._names or (self._any_address and _is_address(name)):
            return
        raise Refusal(421, "requests must name this server: --allow-host adds a name")

    def _expect_own_page(self, request: web.Request) -> None:
        if self._foreign(request) is not None:
            return
        site = request.headers.get("Sec-Fetch-Site", "none")
        own = site in ("none", "same-origin")
        if request.method in _SAFE:
            # A link to a page may stand anywhere; scripts and frames of other sites get nothing.
            if own or request.headers.get("Sec-Fetch-Mode") == "navigate":
                return
        elif own and self._is_own(request):
            return
        raise Refusal(403, "pages of other sites may not use this server")

    def _is_own(self, request: web.Request) -> bool:
        given = [origin.lower() for origin in request.headers.getall("Origin", [])]
        host = request.headers["Host"].lower()
        return not given or given in ([f"http://{host}"], [f"https://{host}"])

    def _foreign(self, request: web.BaseRequest) -> str | None:
        """The site, named by --allow-origin, whose page this request is of."""
        given = request.headers.getall("Origin", [])
        return given[0] if len(given) == 1 and given[0].lower() in self._origins else None

    def _expect_token(self, request: web.Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            token = request.headers.get("X-API-Key", "")
        link = request.query.get("token") if _reads_page(request) else None
        if link is not None and not token:
            if self.log_in(request, link):
                rest = request.rel_url.without_query_params("token")
                raise Moved(self.begin(request, _moved(local(str(rest)))))
        elif token:
            self._expect_patience(request)
            if self.tokens.is_token(token.strip()):
                self._guesses.right(self._address(request))
                return
            self._guesses.wrong(self._address(request))
        if _reads_page(request):
            there = request.rel_url.without_query_params("token")
            raise Moved(_moved(f"{LOGIN}?next={quote(str(there), safe='/')}"))
        text = "this server needs its token: Authorization: Bearer TOKEN"
        raise Refusal(401, text, headers=_CHALLENGE)

    def _expect_patience(self, request: web.Request) -> None:
        wait_s = self._guesses.wait_s(self._address(request))
        if wait_s > 0:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            raise Refusal(429, "too many wrong tokens: try again later", headers=headers)

    def _address(self, request: web.Request) -> str:
        """Whoever asks: where a named proxy asks, whom it names last."""
        peer = request.remote or ""
        if peer not in self._proxies:
            return peer
        for each in reversed(_listed(request, "X-Forwarded-For")):
            if each not in self._proxies:
                return each
        return peer

    def _is_secure(self, request: web.Request) -> bool:
        if (request.remote or "") in self._proxies:
            return _listed(request, "X-Forwarded-Proto")[-1:] == ["https"]
        return request.secure


class Moved(Exception):
    """A browser is sent elsewhere."""

    def __init__(self, response: web.Response) -> None:
        super().__init__()
        self.response = response


def _moved(place: str) -> web.Response:
    return web.Response(status=303, headers={"Location": place})


def local(place: str) -> str:
    """A place on this server; the first page if it may be elsewhere."""
    return place if _LOCAL.fullmatch(place) else "/"


def _listed(request: web.Request, name: str) -> list[str]:
    """The values of a header, in lower case. Some proxies add to the line that a client sent,
    others a line of their own: what they say is behind in either case."""
    given = ",".join(request.headers.getall(name, ()))
    return [each.strip().lower() for each in given.split(",") if each.strip()]


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def _reads_page(request: web.Request) -> bool:
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")


def _plain(name: str) -> str:
    """A name or an address as it is compared."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
