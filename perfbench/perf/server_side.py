"""The service's side of a load test: read while points run, and stored beside their records.

Where there is nothing to read, all of it does nothing.
"""

from __future__ import annotations

from contextlib import ExitStack

from perfbench.config import PerfConfig
from perfbench.driver.service import Service
from perfbench.perf.machines import is_here
from perfbench.scrape.source import Source
from perfbench.scrape.sources import open_sources, pages_of
from perfbench.scrape.watch import Watch
from perfbench.store import Run
from perfbench.types import Point


class ServerSide:
    """What is read over a run. Once :meth:`open`, for each point: :meth:`begin`, :meth:`keep` now
    and then, :meth:`end`.

    Raises:
        ConfigError: on creation: an address is malformed.
    """

    def __init__(self, config: PerfConfig, service: Service) -> None:
        self._config = config
        self._service = service
        self._pages = pages_of(config, service)
        self._cleanup = ExitStack()
        self._sources: list[Source] = []
        self._watch: Watch | None = None
        self._last: dict[str, dict[str, float]] = {}
        """By source."""

    def open(self) -> list[str]:
        """Find out what can be read; what is to be said of it."""
        here = any(
            target.unix_socket is not None or is_here(target.host)
            for target in self._service.targets
        )
        found = open_sources(
            self._pages,
            named=bool(self._config.metrics_url or self._config.metrics_map),
            cards=here and self._config.server_metrics,
            cleanup=self._cleanup,
        )
        self._sources = found.sources
        return found.notes

    def begin(self) -> None:
        """Read everything once, and go on; a point begins after it."""
        if self._watch is not None:
            self._watch.stop()  # Of a point that came to no end.
        if self._sources:
            self._watch = Watch(self._sources, self._config.metrics_interval)
            self._watch.begin()

    def keep(self, run: Run, point: Point) -> dict[str, float] | None:
        """Store what has come since (the point is in the store); what was said last, by the first
        source that says anything."""
        if self._watch is None:
            return None
        if scrapes := self._watch.taken():
            run.scrapes.put(point, scrapes)
            self._last |= {each.source: each.values for each in scrapes if each.values}
        return self._last.get(next(iter(self._last), ""))

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
