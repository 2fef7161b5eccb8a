"""The boxes that this machine allows, opened once in a process and shared by its tests."""

from __future__ import annotations

import atexit
import functools
import threading

import pytest

from perfbench.errors import ConfigError
from perfbench.sandbox.jobs import Limits, Ran
from perfbench.sandbox.local import LocalBox, open_box

CONFINED = ("ns", "landlock")
EVERY = (*CONFINED, "bwrap")


_opening = threading.Lock()


@functools.cache
def _opened(kind: str) -> LocalBox | ConfigError:
    try:
        box = open_box(kind, slots=4)
    except ConfigError as error:
        return error
    atexit.register(box.close)
    return box


def box_of(kind: str) -> LocalBox:
    """A box of this kind; the test is skipped, with the reason, where it cannot be had."""
    with _opening:  # threads that ask at the same time would each have one of their own
        box = _opened(kind)
    if isinstance(box, ConfigError):
        pytest.skip(str(box))
    return box


class ByScript:
    """A box that can only run a script to its end, as those of other machines."""

    name = "by script"
    isolation = "a local box"

    def __init__(self, box: LocalBox) -> None:
        self._box = box
        self.scripts: list[str] = []

    def once(self, source: str, stdin: bytes, limits: Limits) -> Ran:
        self.scripts.append(source)
        return self._box.once(source, stdin, limits)

    def close(self) -> None:
        pass
