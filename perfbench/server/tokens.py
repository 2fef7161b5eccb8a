"""The token that requests carry, the sessions of browsers that gave it, and links that open one.

Owns the file of the token's hash and the table of sessions. What is given out is random and long;
what is kept of it is a hash, so that who reads the files can do nothing with them. Knows no HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import time
from pathlib import Path

from perfbench.config.server import ServerConfig
from perfbench.errors import ConfigError

SESSION_S = 14 * 86_400.0
"""Life of a session; then the token must be given again."""
LINK_S = 300.0
"""Life of a link."""
_MOST_SESSIONS = 1000
_TABLE = """
CREATE TABLE IF NOT EXISTS session (
  hash TEXT PRIMARY KEY,
  token TEXT NOT NULL,   -- hash of the token that opened it: another token ends it
  ends_s REAL NOT NULL
);
"""


def hashed(secret: str) -> str:
    """What is kept of a secret. It is long and random, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class Tokens:
    """Who may use a server that needs a token."""

    def __init__(self, config: ServerConfig, file: Path, db: sqlite3.Connection) -> None:
        self._db = db
        self._links: dict[str, float] = {}
        """Hashes of links that nobody has followed, and when they end (monotonic)."""
        self.made: str | None = None
        """A token that was made now, to be shown once."""
        self._hash = self._known(config, file)
        db.executescript(_TABLE)
        db.execute("DELETE FROM session WHERE token != ? OR ends_s < ?", self._now())

    @property
    def needed(self) -> bool:
        """Whether requests must carry a token, or a session."""
        return self._hash is not None

    def is_token(self, given: str) -> bool:
        """Whether it is the token; takes as long for any."""
        return hmac.compare_digest(hashed(given), self._hash or "")

    def link(self) -> str:
        """What opens one session, once and soon."""
        made = secrets.token_urlsafe(24)
        self._links[hashed(made)] = time.monotonic() + LINK_S
        return made

    def opens(self, given: str) -> bool:
        """Whether it is the token, or a link that is used up by this."""
        ends = self._links.pop(hashed(given), None)
        return self.is_token(given) or (ends is not None and time.monotonic() < ends)

    def begin(self) -> str:
        """A session for a browser."""
        made = secrets.token_urlsafe(32)
        self._db.execute("DELETE FROM session WHERE token != ? OR ends_s < ?", self._now())
        keep = "SELECT rowid FROM session ORDER BY ends_s DESC LIMIT ?"
        self._db.execute(f"DELETE FROM session WHERE rowid NOT IN ({keep})", (_MOST_SESSIONS - 1,))
        row = (hashed(made), self._hash, time.time() + SESSION_S)
        self._db.execute("INSERT INTO session VALUES (?, ?, ?)", row)
        return made

    def is_session(self, given: str) -> bool:
        """Whether a session of this token goes on."""
        query = "SELECT 1 FROM session WHERE hash = ? AND token = ? AND ends_s >= ?"
        return self._db.execute(query, (hashed(given), *self._now())).fetchone() is not None

    def end(self, given: str) -> None:
        """End a session."""
        self._db.execute("DELETE FROM session WHERE hash = ?", (hashed(given),))

    def _now(self) -> tuple[str, float]:
        return self._hash or "", time.time()

    def _known(self, config: ServerConfig, file: Path) -> str | None:
        """Hash of the token; one is made where others can connect."""
        if config.token is not None:
            return hashed(config.token.get_secret_value())
        if config.is_loopback and not config.new_token:
            return None
        try:
            kept = file.read_text().strip() if file.exists() else ""
            if len(kept) == len(hashed("")) and not config.new_token:
                return kept
            self.made = secrets.token_urlsafe(32)
            _keep(file, hashed(self.made))
        except OSError as error:
            raise ConfigError(f"cannot use {file}: {error.strerror or error}") from None
        return hashed(self.made)


def _keep(file: Path, text: str) -> None:
    """Write a file that nobody else could read at any time, whole or not at all."""
    partial = file.with_name(f"{file.name}.new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(descriptor)
    partial.replace(file)
