"""The load test: settings -> points -> plan -> driver -> store -> summaries.

Owns the order in which things happen and no more; knows no display, report or sink but through
``Observer``.
"""

from perfbench.perf.execute import PerfRun, execute
from perfbench.perf.points import plan_points

__all__ = ["PerfRun", "execute", "plan_points"]
