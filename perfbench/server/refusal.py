"""How the server says no: an HTTP status, a code for programs, a line for people."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    421: "misdirected",
    422: "invalid",
    429: "too_many",
    500: "internal",
    503: "busy",
    507: "cannot_store",
}
"""By HTTP status."""


class Problem(msgspec.Struct, frozen=True):
    """What is wrong."""

    code: str
    message: str
    field: str | None = None
    """The part of the request that is at fault, where one is."""


class Failure(msgspec.Struct, frozen=True):
    """The body of every answer that refuses."""

    error: Problem


class Refusal(Exception):
    """A request that is not done."""

    def __init__(
        self,
        status: int,
        message: str,
        field: str | None = None,
        headers: Mapping[str, str] = {},
    ) -> None:
        super().__init__(message)
        self.status = status
        self.field = field
        self.headers = headers

    @property
    def body(self) -> Failure:
        """What is answered."""
        return Failure(Problem(CODES[self.status], str(self), self.field))
