"""The pages, made on the server: templates, and the routes of each kind of page.

Whatever a model, a service or a user said enters a page escaped. No script or style stands in a
page itself; they come from ``/static/`` and from the reports' ``/assets/``.
"""

from __future__ import annotations

from perfbench.server.pages import (
    battles,
    compare,
    docs,
    jobs,
    listing,
    login,
    new,
    report,
    requests,
    run,
    samples,
    watching,
)
from perfbench.server.pages.template import rendered
from perfbench.server.routes import Route

ROUTES: tuple[Route, ...] = (
    *listing.ROUTES,
    *run.ROUTES,
    *report.ROUTES,
    *requests.ROUTES,
    *samples.ROUTES,
    *battles.ROUTES,
    *compare.ROUTES,
    *jobs.ROUTES,
    *watching.ROUTES,
    *new.ROUTES,
    *docs.ROUTES,
    *login.ROUTES,
)

__all__ = ["ROUTES", "rendered"]
