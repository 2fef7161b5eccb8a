"""What a sink that leads a run at a tracker does with each event, whichever tracker it is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from perfbench.reports.sinks.contents import Account, Series
from perfbench.types import Event, RunFinished, RunStarted


class Tracker(ABC):
    """Begins a run when one begins, sends figures as they come, and ends it with the rest."""

    def __init__(self) -> None:
        self._account: Account | None = None

    def __call__(self, event: Event) -> None:
        """Send what an event has to say."""
        if isinstance(event, RunStarted):
            self._account = Account(event)
            self._start(self._account)
        elif self._account is None:
            return
        elif isinstance(event, RunFinished):
            self._finish(self._account, event)
        elif (series := self._account.hear(event)) is not None:
            self._log(series)

    @abstractmethod
    def _start(self, account: Account) -> None:
        """Begin the tracker's run."""

    @abstractmethod
    def _log(self, series: Series) -> None:
        """Send figures at once."""

    @abstractmethod
    def _finish(self, account: Account, ended: RunFinished) -> None:
        """Send tables, charts and files, and end the tracker's run."""
