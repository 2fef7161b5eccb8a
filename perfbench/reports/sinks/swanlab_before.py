"""SwanLab from 0.6.5 to 0.7, seen as the program is that took its place with 0.8 (June 2026).

Owns the names that the two do not share. What there was not yet (pages of HTML, at first files as
well) is not sent; it stays in the run's folder.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import swanlab

from perfbench.reports.sinks.arguments import wrong

# What it collects by itself, which is off: see the sink.
SETTINGS: dict[str, Any] = {
    "metadata_collect": False,
    "collect_hardware": False,
    "collect_runtime": False,
    "requirements_collect": False,
    "hardware_monitor": False,
    "log_proxy_type": "none",
}
_NAMES = {"name": "experiment_name", "log_dir": "logdir"}
_MODES = {"online": "cloud"}


def check(args: dict[str, Any]) -> None:
    """That ``swanlab.init`` knows the arguments: it takes any, and forgets what it does not know.

    Raises:
        ConfigError: it does not know one of them.
    """
    known = {*inspect.signature(swanlab.init).parameters, *_NAMES} - {"kwargs"}
    if unknown := sorted({*args} - known):
        raise wrong("swanlab", f"swanlab.init of {swanlab.__version__} takes no {unknown[0]}")


def has_key() -> bool:
    """Whether the user has logged in, or says a key."""
    try:
        return bool(swanlab.package.get_key())
    except swanlab.error.KeyFileError:
        return False


class Run:
    """A run that is begun at once, with the members that runs have from 0.8 on."""

    def __init__(self, *, mode: str, **args: Any) -> None:
        known = inspect.signature(swanlab.init).parameters
        if "job_type" not in known:
            args.pop("job_type", None)
        named = {_NAMES.get(name, name): value for name, value in args.items()}
        self._run = swanlab.init(mode=_MODES.get(mode, mode), **named)
        self.mode = "online" if self._run.mode == "cloud" else str(self._run.mode)
        self.dir = self._run.public.run_dir
        self.config = self._run.config
        self.log = self._run.log

    @property
    def url(self) -> str | None:
        """Where it is seen, in online mode."""
        url: str | None = swanlab.get_url()
        return url

    def save(self, pattern: str, **options: Any) -> None:
        """Keep files with the run, where it can."""
        if hasattr(self._run, "save"):
            self._run.save(Path(pattern), **options)

    def finish(self, state: str) -> None:
        """End it as ``success``, or as what else happened."""
        if state == "success":
            self._run.finish()
        else:
            self._run.finish(state=swanlab.State.CRASHED, error=state)
