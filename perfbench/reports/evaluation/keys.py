"""Keys a person presses while a board is on the screen, read without waiting for them.

The terminal is put into cbreak mode (no echo, no line buffering; Ctrl-C still interrupts) and is
always put back. Where standard input is no terminal, or the process is in its background, there
are no keys and nothing is touched.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import sys
import termios
import tty
from typing import Any, Literal

Key = Literal["up", "down", "pause"]

_SEQUENCES: tuple[tuple[bytes, Key], ...] = (
    (b"\x1b[A", "up"),
    (b"\x1bOA", "up"),
    (b"\x1b[5~", "up"),
    (b"\x1b[B", "down"),
    (b"\x1bOB", "down"),
    (b"\x1b[6~", "down"),
    (b"p", "pause"),
    (b"P", "pause"),
)


class Keys:
    """The keyboard of a terminal between :meth:`open` and :meth:`close`."""

    def __init__(self, fd: int | None = None) -> None:
        self._fd = fd
        self._before: list[Any] | None = None

    def open(self) -> bool:
        """Take the keyboard; ``False`` if there is none to take."""
        try:
            fd = sys.stdin.fileno() if self._fd is None else self._fd
            if not os.isatty(fd) or _in_background(fd):
                return False
            before = termios.tcgetattr(fd)
            # Not TCSAFLUSH, tty's default: what was typed ahead belongs to the shell.
            tty.setcbreak(fd, termios.TCSANOW)
        except (OSError, ValueError, AttributeError, termios.error):
            return False
        self._fd, self._before = fd, before
        atexit.register(self.close)
        return True

    def read(self) -> list[Key]:
        """The keys pressed since the last call, unknown ones left out."""
        if self._before is None or self._fd is None or _in_background(self._fd):
            return []
        pressed = b""
        with contextlib.suppress(OSError):
            while select.select([self._fd], [], [], 0)[0]:
                more = os.read(self._fd, 1024)
                if not more:
                    break
                pressed += more
        return keys_in(pressed)

    def close(self) -> None:
        """Put the terminal back as it was."""
        if self._before is not None and self._fd is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
            self._before = None
            atexit.unregister(self.close)


def keys_in(pressed: bytes) -> list[Key]:
    """The keys that a terminal's bytes stand for."""
    found: list[Key] = []
    at = 0
    while at < len(pressed):
        for sequence, key in _SEQUENCES:
            if pressed.startswith(sequence, at):
                found.append(key)
                at += len(sequence)
                break
        else:
            at += 1
    return found


def _in_background(fd: int) -> bool:
    """Whether touching the terminal would stop the process."""
    try:
        return os.tcgetpgrp(fd) != os.getpgrp()
    except OSError:
        return False
