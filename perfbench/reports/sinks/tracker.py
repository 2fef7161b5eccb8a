"""What a sink does with each event, whichever system it is for: one that leads a run at a tracker,
and one that shows figures by name."""

from __future__ import annotations

from abc import ABC, abstractmethod

from perfbench.reports.sinks.contents import Account, Series
from perfbench.types import (
    Event,
    PointFinished,
    Progress,
    RunFinished,
    RunStarted,
    Scored,
    Summary,
)


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


class Gauges(ABC):
    """Shows figures by name as they come; a later figure takes the place of an earlier one."""

    def __call__(self, event: Event) -> None:
        """Show what has happened."""
        match event:
            case RunStarted():
                self._started(event)
            case Progress():
                self._progress(event)
            case PointFinished(point, summary):
                self._figures(point.name, summary)
                self._publish()
            case Scored():
                self._scores(event)
                self._publish()
            case RunFinished():
                self._finished()

    @abstractmethod
    def _started(self, event: RunStarted) -> None:
        """Say what is measured."""

    @abstractmethod
    def _progress(self, event: Progress) -> None:
        """Show what is under way."""

    @abstractmethod
    def _figures(self, name: str, summary: Summary) -> None:
        """Show the figures of a point, or of how fast a subtask was."""

    @abstractmethod
    def _scores(self, event: Scored) -> None:
        """Show the scores of a subtask."""

    @abstractmethod
    def _publish(self) -> None:
        """Send or write figures as they stand."""

    @abstractmethod
    def _finished(self) -> None:
        """Show that the run is over, and what is known only then."""
