"""What a run tells, as JSON lines for other programs: ``--events FILE``.

Each line is an event with the wall time at which it was written. Whoever reads a pipe must keep
reading: lines are not kept back, so a full pipe holds up the run, though not its measuring. Knows
no event in particular; docs/events.md is the reference.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

import msgspec

from perfbench.config.run import STDOUT
from perfbench.errors import ConfigError
from perfbench.types import Event, Observer


@contextmanager
def open_stream(name: str, report: Callable[[str], None], more: bool = False) -> Iterator[Observer]:
    """An observer that writes lines to the file ``name``, or to standard output.

    Args:
        more: keep what is in the file, and write behind it.
        report: takes one line of text for the user when the file cannot be written any more. A
            closed pipe at standard output is for the caller: it raises ``BrokenPipeError``.

    Raises:
        ConfigError: the file cannot be opened.
    """
    if name == STDOUT:
        sys.stdout.flush()
        yield _Lines(sys.stdout.buffer, None)
        return
    try:
        # Unbuffered: who follows the file sees each line at once, and a kill loses none.
        file = io.FileIO(name, "a" if more else "w")
    except OSError as error:
        raise ConfigError(f"--events: cannot write {name}: {error.strerror or error}") from None
    with file:
        yield _Lines(file, report)


class _Lines:
    """Writes each event as one line; without ``report`` what cannot be written raises."""

    def __init__(self, file: BinaryIO, report: Callable[[str], None] | None) -> None:
        self._file = file
        self._report = report
        self._lost = False

    def __call__(self, event: Event) -> None:
        """Write a line."""
        if self._lost:
            return
        rest = memoryview(line_of(event))
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
            self._file.flush()
        except OSError as error:
            if self._report is None:
                raise
            self._lost = True
            why = error.strerror or str(error)
            self._report(f"--events: {why}; the run goes on without the rest of the events")


def line_of(event: Event) -> bytes:
    """An event as a line of JSON, with the time of now."""
    stamp = datetime.now().astimezone().isoformat(timespec="milliseconds")
    try:
        body = msgspec.json.encode(event)
    except UnicodeEncodeError:
        # A lone surrogate in a foreign text: JSON can say it, UTF-8 cannot.
        body = json.dumps(msgspec.to_builtins(event)).encode()
    # Every event has its name as the first field, so there is one to come after the time.
    return b'{"time":"' + stamp.encode() + b'",' + body[1:] + b"\n"
