"""The REST API: one table of routes for each part of it."""

from __future__ import annotations

from perfbench.server.api import (
    evalscope,
    evalscope_runs,
    evalscope_tasks,
    flageval,
    jobs,
    metrics,
    requests,
    runs,
    settings,
    state,
)
from perfbench.server.routes import Route

ROUTES: tuple[Route, ...] = (
    *state.ROUTES,
    *metrics.ROUTES,
    *jobs.ROUTES,
    *runs.ROUTES,
    *requests.ROUTES,
    *settings.ROUTES,
    *evalscope.ROUTES,
    *evalscope_tasks.ROUTES,
    *evalscope_runs.ROUTES,
    *flageval.ROUTES,
)
