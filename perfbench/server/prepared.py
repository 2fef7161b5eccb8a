"""What must be there before the server has threads.

msgspec finds out what a type is made of when the type is first decoded, and two threads that find
out at once crash the interpreter (msgspec 0.22: it evaluates annotations in Python, where another
thread gets its turn). Runs are read in threads, so all types are looked at before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import suppress

import msgspec

import perfbench.types


def look_at_types() -> None:
    """Have msgspec know every type of perfbench that is loaded and can be decoded."""
    plain = (each for each in vars(perfbench.types).values() if dataclasses.is_dataclass(each))
    for each in (*_structs(msgspec.Struct), *plain):
        # Some have types that cannot be decoded, and never are.
        with suppress(TypeError, NameError):
            msgspec.json.Decoder(each)


def _structs(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in base.__subclasses__():
        if each.__module__.startswith("perfbench."):
            yield each
        yield from _structs(each)
