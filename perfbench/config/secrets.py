"""What of the settings is secret, and how it is kept out of all that is stored, shown and sent on.

One walk over the settings both masks and learns: what the rules below take for a secret becomes the
mask, and a known secret, which a :class:`Scrubber` cuts out of every other text (a server quotes
the key, a model is called by it). The rules go by where a value stands: settings of type secret,
names that say so (``api_key``, ``X-Jwt``), every header and every part of a query but a few that
are known to be harmless, user and password of a URL. Keys, tokens and proxies' passwords of the
environment are known too. Knows no file and no display.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from pydantic import BaseModel, SecretStr
from pydantic_core import to_jsonable_python

from perfbench.errors import PerfbenchError

MASK = "***"

SHORTEST = 6
"""Shorter secrets are masked where they stand, but not looked for: they are parts of words."""
_SHORTEST_UNNAMED = 8
"""The same for values that are masked without a name that says secret."""
_SHORTEST_PIECE = 8
"""A text that was cut to a length may end within a secret; so much of one is taken for it."""

_HARMLESS_HEADERS = frozenset(
    [
        *("accept", "accept-encoding", "accept-language", "anthropic-version"),
        *("cache-control", "connection", "content-type", "openai-beta", "user-agent"),
    ]
)
_HARMLESS_QUERY = frozenset(("api-version", "api_version", "version", "model", "stream", "format"))
_PLACEHOLDERS = frozenset(
    [
        *("dummy", "not-needed", "no-key", "no-key-required", "sk-no-key-required", "none"),
        *("empty", "placeholder", "unused", "your-api-key", "bearer", "basic", "digest"),
        *("token", "apikey"),
    ]
)
"""What people write where a key is asked for and none is needed, and the words before a key."""
_ORDINARY = re.compile(r"[A-Za-z]{,12}|[\d.:/-]{,12}")
"""Values that are words, versions or dates; without a name that says so they are no secrets."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset(
    [
        *("apikey", "auth", "authentication", "authorization", "bearer", "cookie", "cookies"),
        *("credential", "credentials", "jwt", "passphrase", "passwd", "password", "passwords"),
        *("pwd", "sas", "secret", "secrets", "sig", "signature"),
    ]
)
_SECRET_ENDS = frozenset(("key", "keys", "pass", "token"))
_SECRET_COMPOUND = re.compile(r"(access|api|auth|private|refresh|secret|user)(key|token)s?")
_TOKENS_OF_TEXT = frozenset(("bos", "cls", "end", "eos", "mask", "max", "min", "pad", "sep"))
"""Words before ``token`` that make it a token of text."""

_LOOKS_SECRET = re.compile(
    r"\b(?:sk-|hf_|gh[po]_|glpat-|xox[abp]-)(?=[A-Za-z_-]{,128}\d)[A-Za-z0-9_-]{16,}"
    r"|(?:(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}|(?<=-)eyJ[A-Za-z0-9_-]{10,256})"
    r"\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"
    r"|\bAKIA[A-Z0-9]{16}\b"
)
"""Keys that can be told by their form, wherever they stand. How far is looked from a place where
one may begin is bounded: a text may be nothing but such places."""
_BEARER = re.compile(r"(?<=bearer )[^\s\"',;]{8,}", re.IGNORECASE)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_PAIR = re.compile(r"([\w.-]+)=(.+)", re.DOTALL)
_URL_NAMES = frozenset(("url", "api_url", "base_url", "sandbox_url"))
_FILES = frozenset(("client_key",))
"""Settings whose values are places of secrets and may be shown, unlike what is in the files."""


def public(config: BaseModel) -> dict[str, Any]:
    """The settings as plain data that may be stored and shown: every secret is ``***``."""
    walk = _Walk()
    plain: dict[str, Any] = to_jsonable_python(walk.masked("", config.model_dump()), fallback=str)
    walk.learn_environment(os.environ)
    shown: dict[str, Any] = Scrubber(walk.secrets)(plain)
    return shown


def masked_settings(config: BaseModel, shown: Mapping[str, Any]) -> list[str]:
    """Names of the settings in which anything is masked in ``shown``, as :func:`public` has it."""
    plain = to_jsonable_python(config.model_dump(), fallback=str)
    return [key for key in shown if MASK in str(shown[key]) and shown[key] != plain[key]]


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain settings with what is secret by its place or name masked."""
    found: dict[str, Any] = _Walk().masked("", values)
    return found


def shown_url(url: str) -> str:
    """The URL without user and password, and with no value in its query that may be a key."""
    return _Walk().url(url)


def scrubber(
    settings: BaseModel | Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Scrubber:
    """What cuts the secrets of ``settings`` and of the environment out of anything.

    Args:
        settings: finished, or values by name as they were given.
        environment: this process's if none is given.
    """
    walk = _Walk()
    walk.masked("", settings.model_dump() if isinstance(settings, BaseModel) else settings)
    walk.learn_environment(os.environ if environment is None else environment)
    return Scrubber(walk.secrets)


class Scrubber:
    """Cuts known secrets out of texts and plain data, in whatever spelling they come: as they are,
    or escaped for a URL, JSON or HTML, or in base64."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted(secrets, key=len, reverse=True)
        forms = {form for secret in self._secrets for form in _forms(secret)}
        # The longer first: a secret may hold another.
        self._forms = sorted(forms, key=len, reverse=True)
        self._beginnings = tuple({secret[:_SHORTEST_PIECE] for secret in self._secrets})
        self._tail = max(map(len, self._secrets), default=0)

    def __call__(self, value: Any) -> Any:
        """``value`` (text, or lists and mappings of it) without a secret; nothing else changes."""
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, (int, float)):
            return value
        if isinstance(value, Mapping):
            return {self(key): self(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self(item) for item in value]
        return value

    def text(self, text: str) -> str:
        """``text`` with the mask in place of every secret."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        end = text[-self._tail :]
        for beginning in self._beginnings:
            if beginning in end:
                return self._without_piece(text)
        return text

    def error(self, error: BaseException) -> None:
        """Cut secrets out of what an error says."""
        error.args = tuple(self(arg) for arg in error.args)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Cut secrets out of what errors say that pass through."""
        try:
            yield
        except PerfbenchError as error:
            self.error(error)
            raise

    def _without_piece(self, text: str) -> str:
        """The text without the beginning of a secret at which it was cut off."""
        for secret in self._secrets:
            for length in range(len(secret) - 1, _SHORTEST_PIECE - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + MASK
        return text


def _forms(secret: str) -> set[str]:
    """The spellings in which a secret may come back."""
    quoted = [quote(secret, safe=""), quote(secret), quote_plus(secret)]
    lower = [re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), each) for each in quoted]
    json_escaped = [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    coded = secret.encode("utf-8", "surrogateescape")
    encoded = [base64.b64encode(coded).decode(), base64.urlsafe_b64encode(coded).decode()]
    bare = [each.rstrip("=") for each in encoded]
    return {secret, *quoted, *lower, *json_escaped, html.escape(secret), *encoded, *bare}


@lru_cache(maxsize=1024)
def names_secret(name: str) -> bool:
    """Whether a setting, header, field or variable of that name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    if words[-1] == "token" and len(words) > 1 and words[-2] in _TOKENS_OF_TEXT:
        return False
    return (
        words[-1] in _SECRET_ENDS
        or not _SECRET_WORDS.isdisjoint(words)
        or any(_SECRET_COMPOUND.fullmatch(word) for word in words)
    )


class _Walk:
    """One pass over settings: gives them back masked, and keeps what it masked."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()

    def masked(self, name: str, value: Any) -> Any:
        """``value``, which stands under ``name``."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        secret = names_secret(name)
        if isinstance(value, SecretStr):
            return self._hidden(value.get_secret_value())
        if isinstance(value, Mapping):
            if name.lower().endswith("headers"):
                return {str(key): self._header(str(key), item) for key, item in value.items()}
            return {
                str(key): item
                if not name and key in _FILES and _names_file(item)
                else self.masked(name if secret else str(key), item)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple, set, frozenset)):
            if name.lower().endswith("headers"):
                return [self._header_line(item) for item in value]
            return [self._item(name, item) for item in value]
        if secret:
            return self._hidden(str(value))
        return self._text(name, value) if isinstance(value, str) else value

    def url(self, url: str) -> str:
        """A URL, well-formed or not."""
        scheme, separator, rest = url.partition("://")
        if not separator:
            scheme, rest = "", url
        authority = _authority(rest)
        behind = rest[len(authority) :]
        user, at, host = authority.rpartition("@")
        if at:
            self._credentials(user)
            user = MASK
        if not _bare_host(host):
            name, _, port = host.rpartition(":")
            host = f"{name}:{self._hidden(port)}"
        path, _, fragment = behind.partition("#")
        path, question, query = path.partition("?")
        shown = f"{scheme}{separator}{user}{at}{host}{self._form(path)}"
        if question:
            shown += "?" + re.sub(r"[^&;]+", lambda found: self._query(found[0]), query)
        if fragment:
            self._remember(fragment, named=False)
            shown += f"#{MASK}"
        return shown

    def learn_environment(self, variables: Mapping[str, str]) -> None:
        """Keep the keys, tokens and passwords that programs of our kind find in variables."""
        for name, value in variables.items():
            if ("://" in value or name.lower().endswith("_proxy")) and "@" in value:
                self.url(value.strip())
            elif names_secret(name) and not _is_place(value):
                self._remember(value, named=False)

    def _item(self, name: str, item: Any) -> Any:
        """One of a list, which may be of settings given as ``NAME=VALUE``."""
        pair = _PAIR.fullmatch(item) if isinstance(item, str) else None
        if pair is not None and names_secret(pair[1]):
            return f"{pair[1]}={self._hidden(pair[2])}"
        return self.masked(name, item)

    def _text(self, name: str, text: str) -> str:
        if text.lstrip().startswith("{"):
            try:
                inner = json.loads(text)
            except ValueError:
                inner = None
            if isinstance(inner, Mapping) and (plain := self.masked(name, inner)) != inner:
                return json.dumps(plain, ensure_ascii=False)
        if name in _URL_NAMES or _URL.fullmatch(text):
            return self.url(text)
        return self._form(text)

    def _form(self, text: str) -> str:
        for form in (_BEARER, _LOOKS_SECRET):
            text = form.sub(lambda found: self._hidden(found[0]), text)
        return text

    def _header(self, name: str, value: Any) -> Any:
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        if name.lower() in _HARMLESS_HEADERS:
            return self._form(text)
        named = names_secret(name)
        self._remember(text, named)
        for part in re.split(r"[\s;,]+", text):
            self._remember(part, named)
            self._remember(part.partition("=")[2], named)
        if text.lower().startswith("basic "):
            self._decoded(text.split()[-1])
        return MASK

    def _header_line(self, line: Any) -> Any:
        """A header given as ``NAME: VALUE`` or ``NAME=VALUE``."""
        found = re.match(r"([^:=]*)([:=]\s*)(.*)", str(line), re.DOTALL)
        if found is None:
            return self._hidden(str(line))
        return found[1] + found[2] + str(self._header(found[1].strip(), found[3]))

    def _credentials(self, user_info: str) -> None:
        user, colon, password = user_info.partition(":")
        self._remember(user, named=not colon)
        self._remember(unquote(user), named=not colon)
        self._remember(password, named=True)
        self._remember(unquote(password), named=True)
        if colon:
            pair = f"{unquote(user)}:{unquote(password)}".encode("utf-8", "surrogateescape")
            self._remember(base64.b64encode(pair).decode(), named=True)

    def _decoded(self, basic: str) -> None:
        with suppress(binascii.Error, UnicodeDecodeError):
            self._credentials(base64.b64decode(basic, validate=True).decode())

    def _query(self, item: str) -> str:
        name, equals, value = item.partition("=")
        if equals and (not value or name.lower() in _HARMLESS_QUERY):
            return item
        secret, named = (value, names_secret(name)) if equals else (item, False)
        for spelling in (secret, unquote(secret), unquote_plus(secret)):
            self._remember(spelling, named)
        return f"{name}={MASK}" if equals else MASK

    def _hidden(self, secret: str) -> str:
        self._remember(secret, named=True)
        return MASK

    def _remember(self, secret: str, named: bool) -> None:
        secret = secret.strip()
        if secret.lower() in _PLACEHOLDERS or len(secret) < SHORTEST:
            return
        if named or (len(secret) >= _SHORTEST_UNNAMED and not _ORDINARY.fullmatch(secret)):
            self.secrets.add(secret)


def _authority(rest: str) -> str:
    """What stands before path and query of a URL, its scheme left out."""
    plain = re.split("[/?#]", rest, maxsplit=1)[0]
    if "@" in plain or "@" not in rest or _bare_host(plain):
        return plain
    # A password with a slash in it, as people write them.
    before, _, behind = rest.rpartition("@")
    return f"{before}@{re.split('[/?#]', behind, maxsplit=1)[0]}"


def _bare_host(authority: str) -> bool:
    """Whether it has no user before the host, and a number for a port."""
    return bool(re.fullmatch(r"(\[[^\]]*\]?|[^:@]*)(:-?\d*)?", authority))


def _names_file(value: Any) -> bool:
    """Whether it can be the name of a file of keys, and is not what stands in one."""
    words = value if isinstance(value, list) else [value]
    return not any("-----" in str(word) or "\n" in str(word) for word in words)


def _is_place(value: str) -> bool:
    try:
        return Path(value).exists()
    except (OSError, ValueError):
        return False


def spoken(arguments: Sequence[str]) -> dict[str, list[str]]:
    """A command line as settings by name, without knowing its options."""
    found: dict[str, list[str]] = {}
    name = ""
    for word in arguments:
        if word.startswith("--"):
            flag, equals, value = word[2:].partition("=")
            name = flag.replace("-", "_")
            found.setdefault(name, [])
            if equals:
                found[name].append(value)
        else:
            found.setdefault(name, []).append(word)
    return found
