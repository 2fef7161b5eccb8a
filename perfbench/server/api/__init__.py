"""The REST API: one table of routes for each part of it."""

from __future__ import annotations

from perfbench.server.api import jobs, requests, runs, state
from perfbench.server.routes import Route

ROUTES: tuple[Route, ...] = (*state.ROUTES, *jobs.ROUTES, *runs.ROUTES, *requests.ROUTES)
