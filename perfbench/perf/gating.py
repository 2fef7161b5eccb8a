"""What a load test may fail by, from its settings: :mod:`perfbench.perf.gates`, where there is
something to fail by.

Spares the start of a run that has no such setting the import of what figures are made with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from perfbench.config import PerfConfig
from perfbench.perf.course import Watch
from perfbench.store import Run
from perfbench.types import SearchPath, Summary

if TYPE_CHECKING:
    from perfbench.config.expressions import Expression
    from perfbench.metrics.objectives import Aims
    from perfbench.perf.gates import Baselines

_ABORTED = "--abort-if "


class Gates(msgspec.Struct, frozen=True):
    """The gates of a run; all names in them are known."""

    abort_if: tuple[Expression, ...] = ()
    fail_if: tuple[Expression, ...] = ()
    aims: Aims | None = None
    baselines: Baselines | None = None

    @classmethod
    def of(cls, config: PerfConfig) -> Gates:
        """Those of the settings.

        Raises:
            ConfigError: a figure is unknown, or has no value where it is asked for.
            StoreError: a run that figures are held against cannot be had.
        """
        if not (config.slo or config.goodput or config.abort_if or config.fail_if):
            return cls()
        from perfbench.metrics.objectives import aims_of, known_expressions
        from perfbench.perf.gates import Baselines, abort_expressions

        aims = aims_of({"slo": config.slo, "goodput": config.goodput})
        fail_if = known_expressions(config.fail_if, "--fail-if")
        baselines = Baselines(fail_if, config.outputs_dir)
        return cls(abort_expressions(config.abort_if), fail_if, aims, baselines)

    def watch(self) -> Watch | None:
        """Who ends a point that cannot pass; ``None`` if nobody does."""
        if not self.abort_if or self.aims is None:
            return None
        from perfbench.perf.gates import Abort

        return Abort(self.abort_if, self.aims)

    def failed(
        self, run: Run, summaries: Sequence[Summary], search: SearchPath | None
    ) -> list[str]:
        """A line for each point and expression of ``--fail-if`` that it does not pass."""
        if not self.fail_if or self.baselines is None:
            return []
        from perfbench.perf.gates import failed_gates

        return failed_gates(
            self.fail_if, summaries, search, self.baselines.judged(self.fail_if, run)
        )


def aborted(summary: Summary) -> str | None:
    """That an ``--abort-if`` ended a point, and which; ``None`` if none did."""
    why = summary.ended_early
    return f"{summary.name}: {why}" if why is not None and why.startswith(_ABORTED) else None
