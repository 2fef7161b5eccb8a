"""What a run says of itself beside its settings: which kind it is, and whom it asked.

Owns the names of these facts. Unknown is ``None``.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import msgspec

from perfbench import __version__
from perfbench.types import RunKind


class Continuation(msgspec.Struct, frozen=True, kw_only=True):
    """That a run was stopped, and continued."""

    time: str
    """When it was continued, ISO 8601."""
    kept: int
    """Points that were done."""
    again: Mapping[str, int]
    """Points that had begun and were run again, with the requests that are stored of them as they
    were cut."""
    differs: Mapping[str, tuple[Any, Any]] = {}
    """Facts that were no longer what they were when the run began: what they were, and are."""

    @property
    def words(self) -> str:
        """All of it but the time, in a line."""
        parts = [f"{self.kept} point{'' if self.kept == 1 else 's'} kept"]
        parts += [
            f"{name} run again" + (f" ({count:,} requests of it set aside)" if count else "")
            for name, count in self.again.items()
        ]
        parts += [f"{name} was {old} and is {new}" for name, (old, new) in self.differs.items()]
        return ", ".join(parts)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that hold for a whole run."""

    kind: RunKind = "load test"
    url: str | None = None
    """As it may be shown: without password and key; several together."""
    urls: tuple[str, ...] = ()
    """The same by place, where a load test has several."""
    model: str | None = None
    """Name that was sent, or the labels of several."""
    api: str | None = None
    simulator: bool | None = None
    """Whether the built-in service was asked."""
    datasets: tuple[str, ...] = ()
    """What an evaluation asked."""
    given: Mapping[str, Any] | None = None
    """Settings that were given, by name, as they may be shown."""
    command: str | None = None
    """The command line that repeats the run; secrets in it are masked."""
    resumed: tuple[Continuation, ...] = ()
    """Each time that it was continued."""
    rest: tuple[str, ...] = ()
    """Points of a load test that were planned and are not run, by name."""
    extra: Mapping[str, Any] = {}
    """Whatever else was said: host, platform, versions."""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> About:
        """The facts as they were stored.

        Raises:
            msgspec.ValidationError: one is not of its kind.
        """
        known = {name: facts[name] for name in _KNOWN if name in facts}
        extra = {name: value for name, value in facts.items() if name not in _KNOWN}
        return msgspec.convert({**known, "extra": extra}, cls)

    def facts(self) -> dict[str, Any]:
        """All facts as JSON types, as ``summary.json`` and reports list them."""
        known = {name: getattr(self, name) for name in _KNOWN}
        known |= {"datasets": list(self.datasets), "urls": list(self.urls)}
        if self.kind == "load test":
            del known["datasets"]
        if not self.urls:
            del known["urls"]
        del known["resumed"]
        if self.resumed:
            known["resumed"] = msgspec.to_builtins(self.resumed)
        del known["rest"]
        if self.rest:
            known["rest"] = list(self.rest)
        return {**known, **self.extra}


def environment() -> dict[str, str]:
    """The machine that measures and what it runs."""
    return {
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "perfbench": __version__,
    }


_KNOWN = tuple(name for name in About.__struct_fields__ if name != "extra")
