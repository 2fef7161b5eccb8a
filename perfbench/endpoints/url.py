"""Where a ``--url`` leads: host, port, and the request targets below it. Pure text work.

A URL may be given in three ways, told apart by its path:

- the full path of the API (``https://host/prefix/v1/chat/completions?api-version=1``), used as is;
- a path that ends in a version (``/v1``, ``/api/v3``): the API's path without its own is added;
- anything else is a base, to which the API's path is added.

A query is kept on every request. A full path that belongs to another API is refused with the name
of the right one, rather than followed: the body would not fit, and the figures would carry the
wrong name.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from perfbench.config.secrets import shown_url
from perfbench.errors import ConfigError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_VERSION = re.compile(r"/v\d+[a-z0-9]*$")
_HOST = re.compile(r"(?=.{1,253}\.?$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
"""Labels as the system's resolver takes them."""
_KNOWN_PATHS = {
    "/chat/completions": "openai",
    "/completions": "completions (or vllm)",
}
"""Ends of full paths, the longer first, and the ``--api`` they belong to."""


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """A service's address, taken apart."""

    scheme: str
    host: str
    """Name or address, IPv6 without brackets."""
    port: int
    path: str
    """Request target of the API: path and query."""
    models_path: str
    """Request target of the list of models: the API's sibling."""
    base: str
    """Path of the service's root, without a slash at the end; empty for most."""
    query: str = ""
    authorization: str | None = None
    """Value of an Authorization header, from ``user:password@``."""

    def below_base(self, path: str) -> str:
        """Request target of another path of the service, such as ``/tokenize`` or ``/health``."""
        return _target(self.base + path, self.query)


def resolve_url(url: str, api_path: str) -> ServiceUrl:
    """Take ``url`` apart for the API at ``api_path`` (such as ``/v1/chat/completions``).

    Raises:
        ConfigError: the URL is malformed, or the full path of another API. One line, in which
            neither password nor query is shown.
    """
    parts = _split(url)
    port = _port(url, parts)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~").rstrip("/")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?[]")
    short = _without_version(api_path)
    if path.endswith(short) and not _other_api(path, short):
        root, target = path.removesuffix(short), path
    elif other := _other_api(path, short):
        raise ConfigError(
            f"{shown_url(url)} is not the path of the chosen API ({api_path}): use --api {other}, "
            "or leave the path out"
        )
    elif _VERSION.search(path):
        root, target = path, path + short
    else:
        root, target = path + api_path.removesuffix(short), path + api_path
    return ServiceUrl(
        scheme=parts.scheme.lower(),
        host=_host(url, parts),
        port=port,
        path=_target(target, query),
        models_path=_target(root + "/models", query),
        base=_VERSION.sub("", root),
        query=query,
        authorization=_authorization(parts),
    )


def _split(url: str) -> SplitResult:
    if not url.strip():
        raise ConfigError("the URL is empty: expected http(s)://host[:port]")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise ConfigError(f"{shown_url(url)!r} has a space or control character in it")
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        raise ConfigError(f"{shown_url(url)} is not a valid URL") from None
    if parts.scheme.lower() not in _DEFAULT_PORTS:
        raise ConfigError(f"{shown_url(url)} is not an http:// or https:// address")
    return parts


def _port(url: str, parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ConfigError(f"{shown_url(url)} has a bad port: expected 1 to 65535")
    return port or _DEFAULT_PORTS[parts.scheme.lower()]


def _host(url: str, parts: SplitResult) -> str:
    host = unquote(parts.hostname or "")
    try:
        if ":" in host:
            IPv6Address(host)
            return host
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise ConfigError(f"{shown_url(url)} has no valid host name or address")
    return host


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    user, password = unquote(parts.username), unquote(parts.password or "")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _without_version(api_path: str) -> str:
    head, slash, rest = api_path.removeprefix("/").partition("/")
    return slash + rest if _VERSION.fullmatch("/" + head) else api_path


def _other_api(path: str, short: str) -> str | None:
    """The API that ``path`` is the full path of, if that is not the one that ends in ``short``."""
    for known, api in _KNOWN_PATHS.items():
        if path.endswith(known):
            return None if known == short else api
    return None


def _target(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
