"""What came of a job: the one place where a status is decided."""

from __future__ import annotations

from perfbench.sandbox.jobs import Box, Job, Limits, Verdict


def judge(job: Job, box: Box, limits: Limits | None = None) -> Verdict:
    """Run ``job`` in ``box`` and say what came of it. Never raises for what a program does."""
    raise NotImplementedError
