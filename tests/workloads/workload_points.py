"""Points for the workload tests."""

from __future__ import annotations

from typing import Any

from perfbench.types import Point


def point(index: int = 0, **fields: Any) -> Point:
    """A point of a sweep, for workloads that look at little of it."""
    return Point(index, f"point_{index}", parallel=1, rate=None, number=10, **fields)
