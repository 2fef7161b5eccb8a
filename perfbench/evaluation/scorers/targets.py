"""The right answers of a sample, as scorers read them."""

from __future__ import annotations

from perfbench.errors import WorkloadError
from perfbench.types import Sample


class NoReference(WorkloadError):
    """A sample has no right answer to compare with."""


def targets(sample: Sample) -> list[str]:
    """Every answer that counts as right.

    Raises:
        NoReference: the sample has none.
    """
    target = sample.target
    found = [target] if isinstance(target, str) else list(target or [])
    if not found:
        raise NoReference(f"sample {sample.id} has no target, and so cannot be scored")
    return found
