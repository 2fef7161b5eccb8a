"""Standard output and standard error that a command outlives: closed, or on a disk that is full.

What a run measures is in its folder; that nobody can read its lines must not end it. A reader that
goes away (``| head``) is another thing, and still ends a command. Knows no command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Outlet:
    """A text stream that notes the first failure to write, and then drops what it is given."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write what can be written."""
        if self._file is not None and self.failure is None:
            try:
                return self._file.write(text)
            except BrokenPipeError:
                raise
            except OSError as error:
                self.failure = error
        return len(text)

    def flush(self) -> None:
        """Hand over what is buffered."""
        if self._file is not None and self.failure is None:
            try:
                self._file.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                self.failure = error

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self._file is not None and self._file.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def abandon(self) -> None:
        """See that what is still buffered is not tried again when the interpreter ends."""
        if self._file is not None and self.failure is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._file.fileno())
            os.close(nowhere)


@contextmanager
def enduring() -> Iterator[Outlet]:
    """Within it, standard output and standard error can be written to, whatever becomes of them.

    Yields standard output, which knows whether something of it was lost.
    """
    usual = sys.stdout, sys.stderr
    out, err = Outlet(usual[0]), Outlet(usual[1])
    sys.stdout, sys.stderr = out, err
    try:
        yield out
    finally:
        sys.stdout, sys.stderr = usual
        for outlet in (out, err):
            outlet.abandon()
