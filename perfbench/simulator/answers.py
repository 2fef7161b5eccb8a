"""What the simulator was told to answer, and telling it: ``POST /answers`` with texts by request.

A request is known by the hash of its body. Its texts are the answers to it in turn, each time that
it comes. What is not known is answered as ever. Knows nothing of right and wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

_AT_A_TIME = 500
_TIMEOUT_S = 20.0


class Answers:
    """The texts that were told."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._times: dict[str, int] = {}

    def learn(self, texts: Mapping[str, Sequence[str]]) -> None:
        """More of them, by the hash of a request's body."""
        self._texts.update({key: list(given) for key, given in texts.items() if given})

    def to(self, body: bytes) -> str | None:
        """What to answer now; ``None`` if nothing was told of that request."""
        if not self._texts:
            return None
        key = _hash(body)
        texts = self._texts.get(key)
        if texts is None:
            return None
        before = self._times.get(key, 0)
        self._times[key] = before + 1
        return texts[before % len(texts)]


def tell(url: str, answers: Mapping[bytes, Sequence[str]]) -> None:
    """Tell the simulator at ``url`` what to answer to requests with these bodies."""
    import urllib.request  # for who tells, not for the simulator, which begins sooner without

    remaining: Iterator[tuple[bytes, Sequence[str]]] = iter(answers.items())
    while some := list(islice(remaining, _AT_A_TIME)):
        data = msgspec.json.encode({_hash(body): texts for body, texts in some})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(f"{url}/answers", data, _TIMEOUT_S).close()


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
