"""The KV cache: a pool of blocks, shared between requests whose prompts begin alike.

Owns which blocks are in use and which are kept for reuse, oldest thrown away first. Knows nothing
of time or requests; a key stands for a full block of prompt tokens and all before it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Lease(msgspec.Struct, frozen=True):
    """Blocks held by one request."""

    keys: Sequence[int]
    """Its full prompt blocks: shared while they are in use, kept for reuse after."""
    own: int
    """Blocks that are nobody else's."""
    hits: int
    """How many of ``keys``, from the first on, were in the cache."""


class BlockPool:
    """A pool of ``total`` blocks with a prefix cache."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.used = 0
        self._users: dict[int, int] = {}
        self._idle: dict[int, None] = {}

    def lease(self, keys: Sequence[int], blocks: int) -> Lease | None:
        """Take ``blocks`` blocks, the first of them for ``keys``; ``None`` if they do not fit."""
        hits = 0
        for key in keys:
            if key not in self._users and key not in self._idle:
                break
            hits += 1
        needed = blocks - len(keys) + sum(key not in self._users for key in keys)
        if self.used + needed > self.total:
            return None
        for key in keys:
            self._users[key] = self._users.get(key, 0) + 1
            self._idle.pop(key, None)
        self.used += needed
        self._evict()
        return Lease(keys, blocks - len(keys), hits)

    def release(self, lease: Lease) -> None:
        """Give back a lease. Its prompt blocks stay in the cache until others need the room."""
        self.used -= lease.own
        # Last block first: when room is short the end of a prefix goes before its beginning.
        for key in reversed(lease.keys):
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key]
                self._idle[key] = None
                self.used -= 1
        self._evict()

    def _evict(self) -> None:
        while len(self._idle) > self.total - self.used:
            del self._idle[next(iter(self._idle))]
