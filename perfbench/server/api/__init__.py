"""The REST API: one table of routes for each part of it."""

from __future__ import annotations

from perfbench.server.api import evalscope, evalscope_tasks, jobs, runs, state
from perfbench.server.routes import Route

ROUTES: tuple[Route, ...] = (
    *(*state.ROUTES, *jobs.ROUTES, *runs.ROUTES),
    *(*evalscope.ROUTES, *evalscope_tasks.ROUTES),
)
