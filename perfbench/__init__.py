"""perfbench: load-test and evaluate LLM services with figures that can be proved.

The public API is loaded on first use, so that importing the package stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from perfbench.api import (
        ArenaResult,
        EvalResult,
        run_arena,
        run_eval,
        run_perf,
        run_task,
    )
    from perfbench.commands.serve import run_service
    from perfbench.config import PerfConfig, SimulatorConfig
    from perfbench.config.arena import ArenaConfig
    from perfbench.config.evaluation import EvalConfig, TaskConfig
    from perfbench.errors import PerfbenchError
    from perfbench.reports.result import PerfResult
    from perfbench.store import Run, open_run
    from perfbench.stored import compare, rerun, resume
    from perfbench.types import Summary

__all__ = [
    "ArenaConfig",
    "ArenaResult",
    "EvalConfig",
    "EvalResult",
    "PerfConfig",
    "PerfResult",
    "PerfbenchError",
    "Run",
    "SimulatorConfig",
    "Summary",
    "TaskConfig",
    "compare",
    "open_run",
    "rerun",
    "resume",
    "run_arena",
    "run_eval",
    "run_perf",
    "run_service",
    "run_task",
]

_HOMES = {
    "ArenaConfig": "perfbench.config.arena",
    "ArenaResult": "perfbench.api",
    "EvalConfig": "perfbench.config.evaluation",
    "EvalResult": "perfbench.api",
    "PerfConfig": "perfbench.config",
    "PerfResult": "perfbench.reports.result",
    "PerfbenchError": "perfbench.errors",
    "Run": "perfbench.store",
    "SimulatorConfig": "perfbench.config",
    "Summary": "perfbench.types",
    "TaskConfig": "perfbench.config.evaluation",
    "compare": "perfbench.stored",
    "open_run": "perfbench.store",
    "rerun": "perfbench.stored",
    "resume": "perfbench.stored",
    "run_arena": "perfbench.api",
    "run_eval": "perfbench.api",
    "run_perf": "perfbench.api",
    "run_service": "perfbench.commands.serve",
    "run_task": "perfbench.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'perfbench' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
