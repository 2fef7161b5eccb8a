"""Scrapes all sources while a point runs: a thread for each, so that a slow one delays no other.

Threads of the parent process: workers know nothing of it. A scrape before the first request and
one after the last frame what the service's counters rose by. Durations are seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from perfbench.scrape.source import TIMEOUT_S, Source
from perfbench.types import Scrape

SETTLE_S = 2.0
"""How long the last scrapes may go on: a service may count a request some time after its last
byte."""
_SETTLE_EVERY_S = 0.1
_SPARE_S = 1.0
_HOPELESS = 2
"""Scrapes that failed one after the other: the end of the point does not wait for another."""
_COUNTED = ("requests", "prompt_tokens", "output_tokens")


class Watch:
    """The sources over one point. Use: :meth:`begin`, :meth:`taken` now and then, :meth:`end`."""

    def __init__(self, sources: Sequence[Source], interval_s: float) -> None:
        self._lock = threading.Lock()
        self._scrapes: list[Scrape] = []
        self._over = threading.Event()
        self._lookouts = [_Lookout(source, interval_s, self._over, self._add) for source in sources]

    def begin(self) -> None:
        """Scrape every source once, and go on every interval; returns when each has answered, or
        has had the time to."""
        for lookout in self._lookouts:
            lookout.start()
        end = time.monotonic() + TIMEOUT_S + _SPARE_S
        for lookout in self._lookouts:
            lookout.begun.wait(max(0.0, end - time.monotonic()))

    def end(self) -> None:
        """Scrape every source until its counters stand still, and no more."""
        self._over.set()
        # The scrape that runs, and one that begins when there is just time for it.
        end = time.monotonic() + 2 * TIMEOUT_S + SETTLE_S + _SPARE_S
        for lookout in self._lookouts:
            lookout.join(max(0.0, end - time.monotonic()))

    def stop(self) -> None:
        """Scrape no more, and wait for nothing."""
        for lookout in self._lookouts:
            lookout.settles = False
        self._over.set()

    def taken(self) -> list[Scrape]:
        """What has come since the last call."""
        with self._lock:
            scrapes, self._scrapes = self._scrapes, []
        return scrapes

    def _add(self, scrape: Scrape) -> None:
        with self._lock:
            self._scrapes.append(scrape)


class _Lookout(threading.Thread):
    """Scrapes one source."""

    def __init__(
        self,
        source: Source,
        interval_s: float,
        over: threading.Event,
        add: Callable[[Scrape], None],
    ) -> None:
        super().__init__(name=f"scrape {source.name}", daemon=True)
        self.begun = threading.Event()
        self._source = source
        self._interval_s = interval_s
        self._over = over
        self._add = add
        self._failures = 0
        self.settles = True
        """Whether the end is waited for."""

    def run(self) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            self._scrape()
            self.begun.set()
            # On a grid of its own: a scrape that is late does not move those after it.
            passed = (time.monotonic() - due) // self._interval_s
            due += (passed + 1) * self._interval_s
            self._over.wait(max(0.0, due - time.monotonic()))
        if self.settles and self._failures < _HOPELESS:
            self._settle()

    def _scrape(self) -> Scrape:
        found = self._source.scrape()
        self._failures = self._failures + 1 if found.failed else 0
        self._add(found)
        return found

    def _settle(self) -> None:
        end = time.monotonic() + SETTLE_S
        before: Scrape | None = None
        while True:
            last = self._scrape()
            if last.failed or (before is not None and _stands_still(before, last)):
                return
            before = last
            if time.monotonic() > end:
                return
            time.sleep(_SETTLE_EVERY_S)


def _stands_still(before: Scrape, after: Scrape) -> bool:
    if not any(name in after.values for name in _COUNTED):
        return True
    same = all(before.values.get(name) == after.values.get(name) for name in _COUNTED)
    return same and not after.values.get("running")
