"""The service's side of a load test: read while points run, and stored beside their records.

Where there is nothing to read, all of it does nothing.
"""

from __future__ import annotations

from contextlib import ExitStack

from perfbench.config import PerfConfig
from perfbench.driver.service import Service
from perfbench.perf.machines import is_here
from perfbench.scrape.sources import open_sources
from perfbench.scrape.watch import Watch
from perfbench.store import Run
from perfbench.types import Point


class ServerSide:
    """What is scraped over a run. For each point: :meth:`begin`, :meth:`keep` now and then,
    :meth:`end`."""

    def __init__(self, config: PerfConfig, service: Service) -> None:
        self._cleanup = ExitStack()
        here = service.target.unix_socket is not None or is_here(service.target.host)
        found = open_sources(config, service, here, self._cleanup)
        self.notes = found.notes
        """What is to be said before anything is measured."""
        self._sources = found.sources
        self._interval_s = config.metrics_interval
        self._watch: Watch | None = None

    def begin(self) -> None:
        """Read everything once, and go on; a point begins after it."""
        if self._sources:
            self._watch = Watch(self._sources, self._interval_s)
            self._watch.begin()

    def keep(self, run: Run, point: Point) -> None:
        """Store what has come. The point is in the store."""
        if self._watch is not None and (scrapes := self._watch.taken()):
            run.scrapes.put(point, scrapes)

    def end(self, run: Run, point: Point) -> None:
        """Read everything a last time, and store it."""
        if self._watch is not None:
            self._watch.end()
            self.keep(run, point)
            self._watch = None

    def close(self) -> None:
        """Let everything go, whatever runs."""
        if self._watch is not None:
            self._watch.stop()
        self._cleanup.close()
