"""Boxes of this machine."""

from __future__ import annotations

from perfbench.sandbox.jobs import Box


def open_box(kind: str = "auto") -> Box:
    """A box of this machine: ``auto`` (the first of the next two that the kernel allows), ``ns``,
    ``landlock``, ``bwrap``, or ``none`` (limits, but nothing that separates).

    Raises:
        ConfigError: it cannot be had here; one line says why and what helps.
    """
    raise NotImplementedError
