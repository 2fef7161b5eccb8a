"""What can be asked of the server: one table from which requests are dispatched and the OpenAPI
document is made. Knows no particular route.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from perfbench.server.refusal import Refusal

if TYPE_CHECKING:
    from perfbench.server.app import Server

_MOST_DIGITS = 12
"""Of a number in a query, leading zeros among them."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, its body decoded and checked."""

    server: Server
    request: web.Request
    body: Any
    content: bytes = b""
    """The body as it came."""

    @property
    def plain(self) -> Any:
        """The JSON of the body, with what its type does not name."""
        return msgspec.json.decode(self.content)

    @property
    def path(self) -> Mapping[str, str]:
        """Parts of the path, by name."""
        return self.request.match_info

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, from 0 to ``most``.

        Raises:
            Refusal: it is none.
        """
        text = self.request.query.get(name, str(default))
        plain = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
        if not plain or int(text) > most:
            raise Refusal(422, f"{name} must be a whole number from 0 to {most}", name)
        return int(text)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer in HTML."""

    template: str
    values: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in JSON that is not the usual 200."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Reply = msgspec.Struct | dict[str, Any] | list[Any] | Answer | Page | web.StreamResponse
Handler = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something in the query or in the headers."""

    name: str
    text: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that is neither the usual one nor a refusal, for the documentation."""

    status: int
    text: str
    answers: Any
    """Type of the JSON."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    handler: Handler
    summary: str = ""
    tag: str = ""
    body: Any = None
    """Type of the JSON body; ``None`` if there is none."""
    lax: bool = False
    """Whether numbers in the body may be written as text, as some clients do."""
    checked: bool = True
    """Whether the body is decoded before the handler sees it."""
    answers: Any = None
    """Type of the JSON answer, for the documentation."""
    media: str | None = None
    """Media type of an answer that is not JSON, for the documentation."""
    status: int = 200
    others: tuple[Other, ...] = ()
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    more: str = ""
    """What the summary leaves open, for the documentation."""
    refuses: tuple[int, ...] = ()
    """Statuses it refuses with, beside those that any route may."""
    streams: bool = False
    """Whether it stays open for as long as its reader wants: the number of these is bounded."""
    invalid: int = 422
    """Status of a body that is JSON and not what it should be."""
    hidden: bool = False
    """Not in the OpenAPI document: pages."""

    @property
    def name(self) -> str:
        """What identifies it: ``post_jobs_stop`` is ``POST /api/v1/jobs/{job}/stop``, and
        ``get_job`` what answers one job of ``get_jobs``."""
        *most, last = (part for part in self.path.split("/") if part not in ("", "api", "v1"))
        if last.startswith("{"):
            one, many = last.strip("{}").partition(":")[0], most.pop()
            last = one if many == f"{one}s" else f"{many}_{one}"
        parts = [part for part in most if not part.startswith("{")]
        return re.sub(r"\W", "_", "_".join([self.method.lower(), *parts, last]))

    def decode(self, content: bytes) -> Any:
        """The body of a request.

        Raises:
            Refusal: it is not what it should be.
        """
        if self.body is None or not self.checked:
            return None
        try:
            plain = msgspec.json.decode(content or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal(400, f"the body is no JSON: {error}") from None
        try:
            return msgspec.convert(plain, self.body, strict=not self.lax)
        except (msgspec.ValidationError, RecursionError) as error:
            what, _, where = str(error).partition(" - at `$")
            name = where.rstrip("`").lstrip(".") or _missing(what)
            text = f"{name}: {what}" if name else what
            raise Refusal(self.invalid, text, name or None) from None


def _missing(text: str) -> str:
    """The field that a message says is missing or unknown."""
    parts = text.split("`")
    return parts[1] if len(parts) == 3 and ("missing" in text or "unknown" in text) else ""
