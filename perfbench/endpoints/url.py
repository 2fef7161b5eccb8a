"""Where a ``--url`` leads: host, port, and the request targets below it. Pure text work.

A URL may be given in three ways, told apart by its path:

- the full path of the API (``https://host/prefix/v1/chat/completions?api-version=1``), used as is,
  but for what streams and what does not, where those have paths of their own;
- a path that ends in a version (``/v1``, ``/api/v3``), or as the API's own begins (``/api``): the
  rest of the API's path is added;
- anything else is a base, to which the API's path is added.

A query is kept on every request. A full path that belongs to another API is refused with the name
of the right one, rather than followed: the body would not fit, and the figures would carry the
wrong name.
"""

from __future__ import annotations

import base64
import re
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, unquote, urlsplit

import msgspec

from perfbench.config.secrets import shown_url
from perfbench.errors import ConfigError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_VERSION = re.compile(r"/v\d+[a-z0-9]*$")
_VERSIONED = re.compile(r"(?P<version>.*?/v\d+[a-z0-9]*)/")
_HOST = re.compile(r"(?=.{1,253}\.?$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
"""Labels as the system's resolver takes them."""
_MODEL = "(?P<model>[^/:]*)"
_VERB = "(?P<verb>generate|generate_stream)"
_KNOWN_PATHS = tuple(
    (re.compile(f"{end}$"), api)
    for end, api in (
        ("/chat/completions", "openai"),
        ("/completions", "completions (or vllm)"),
        ("/responses", "responses"),
        ("/messages", "anthropic"),
        (f"/models/{_MODEL}:(?P<verb>generateContent|streamGenerateContent)", "gemini"),
        ("/services/aigc/(text|multimodal)-generation/generation", "dashscope"),
        (f"/models/{_MODEL}(/versions/\\d+)?/{_VERB}", "triton"),
        ("/api/generate", "ollama_generate"),
        ("/api/chat", "ollama"),
        (f"/{_VERB}", "tgi or sglang"),
        ("/embeddings", "embeddings"),
        ("/rerank", "rerank"),
    )
)
"""Ends of full paths, the longer first, and the ``--api`` they belong to."""


class ServiceUrl(msgspec.Struct, frozen=True):
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
    model: str | None = None
    """The model that a full path names, where the API has it there."""

    def below_base(self, path: str) -> str:
        """Request target of another path of the service, such as ``/tokenize`` or ``/health``."""
        return _target(self.base + path, self.query)


def resolve_url(url: str, api_path: str, models_path: str | None = None) -> ServiceUrl:
    """Take ``url`` apart for the API at ``api_path`` (such as ``/v1/chat/completions``).

    Args:
        api_path: may have a query of its own.
        models_path: where the API lists its models; beside its own path if ``None``.

    Raises:
        ConfigError: the URL is malformed, or the full path of another API. One line, in which
            neither password nor query is shown.
    """
    parts = _split(url)
    port = _port(url, parts)
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~").rstrip("/")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~?[]")
    own_path, _, own_query = api_path.partition("?")
    full, api = _known(path)
    own, _ = _known(own_path)
    short = _without_version(own_path)
    if full is not None and full.re != (own and own.re):
        raise ConfigError(
            f"{shown_url(url)} is not the path of the chosen API ({own_path}): use --api {api}, "
            "or leave the path out"
        )
    if full is not None and own is not None:
        root, target = path[: full.start()], _as_asked(full, own)
    elif path.endswith(short):
        root, target = path.removesuffix(short), path
    elif begun := _beginning(path, own_path):
        target = path + own_path.removeprefix(begun)
        root = target.removesuffix(short)
    elif _VERSION.search(path):
        root, target = path, path + short
    else:
        root, target = path + own_path.removesuffix(short), path + own_path
    base = _VERSION.sub("", root)
    models = f"{root}/models" if models_path is None else base + models_path
    return ServiceUrl(
        scheme=parts.scheme.lower(),
        host=_host(url, parts),
        port=port,
        path=_target(target, _merged(own_query, query)),
        models_path=_target(models, query),
        base=base,
        query=query,
        authorization=_authorization(parts),
        model=unquote(_model(full)) or None,
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
    versioned = _VERSIONED.match(api_path)
    return api_path.removeprefix(versioned["version"]) if versioned else api_path


def _known(path: str) -> tuple[re.Match[str] | None, str]:
    """What of ``path`` makes it the full path of an API, and that API."""
    for pattern, api in _KNOWN_PATHS:
        if found := pattern.search(path):
            return found, api
    return None, ""


def _as_asked(full: re.Match[str], own: re.Match[str]) -> str:
    """A full path with the model and the verb that are asked for in place of its own."""
    target = full.string
    # From behind, so that places stay true.
    for group in ("verb", "model"):
        if full.re.groupindex.get(group) and own[group]:
            start, end = full.span(group)
            target = target[:start] + own[group] + target[end:]
    return target


def _model(full: re.Match[str] | None) -> str:
    return full["model"] if full is not None and "model" in full.re.groupindex else ""


def _beginning(path: str, api_path: str) -> str:
    """The longest beginning of ``api_path``, in whole parts, that ``path`` ends in."""
    at = api_path.rfind("/")
    while at > 0:
        if path.endswith(api_path[:at]):
            return api_path[:at]
        at = api_path.rfind("/", 0, at)
    return ""


def _merged(own: str, query: str) -> str:
    """Both queries; what the user's says wins."""
    given = {each.partition("=")[0] for each in query.split("&")}
    kept = [each for each in own.split("&") if each and each.partition("=")[0] not in given]
    return "&".join([*kept, *([query] if query else [])])


def _target(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
