"""The sink for Weights & Biases. Owns what is specific to wandb; runs in a sink process.

Per-point figures have the load as their axis, live ones the seconds under load. What wandb
collects by itself (console, machine, code, git, command line) is off: it costs processor time on
the machine that measures, and may hold secrets.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb

from perfbench.config import PerfConfig
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.child import FOLDER
from perfbench.types import Point, Progress, Summary

_SETTINGS = {
    "silent": True,
    "console": "off",
    "disable_code": True,
    "disable_git": True,
    "save_code": False,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
    "init_timeout": 20.0,
    "finish_timeout": 50.0,
}


class WandbSink:
    """Sends a load test to a run of wandb.

    Raises:
        SinkError: online mode without credentials, or a service that does not answer.
    """

    def __init__(self, config: PerfConfig) -> None:
        args = contents.init_args(config, "wandb")
        settings = {**_SETTINGS, **args.pop("settings", {})}
        self._settings = wandb.Settings(**settings)
        self._args = {"project": config.sink_project, "mode": config.sink_mode, **args}
        self._axis: contents.LoadAxis = "index"
        self._sections: set[str] = set()
        self._clock = contents.LiveClock()
        self._folder = Path()
        self._run: Any = None
        self.location: str | None = None
        known = "api_key" in settings or self._args["mode"] != "online"
        if not known and not wandb.login(host=settings.get("base_url"), prompt=False, verify=False):
            raise SinkError(
                "no API key: run `wandb login`, set WANDB_API_KEY, or use --sink-mode offline"
            )

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None:
        self._folder = Path(run)
        self._axis = contents.load_axis(points)
        home = self._folder / FOLDER
        # wandb.init's dir does not cover the copies of artefacts; they would go to the user's home.
        os.environ.setdefault("WANDB_DATA_DIR", str(home / "wandb"))
        args = {"name": self._folder.name, "dir": str(home), **self._args}
        try:
            self._run = wandb.init(
                config={**config, "load_axis": self._axis}, settings=self._settings, **args
            )
        except wandb.Error as error:
            reason = str(error).partition("\n")[0]
            raise SinkError(f"{reason} (--sink-mode offline needs no service)") from None
        self._run.define_metric(contents.LOAD)
        self._run.define_metric(contents.TIME)
        self._run.define_metric("live/*", step_metric=contents.TIME, summary="none")
        if self._run.offline:
            path = shlex.quote(self._run.settings.sync_dir)
            self.location = f"offline run; upload it with: wandb sync {path}"
        else:
            self.location = self._run.url

    def point_started(self, point: Point) -> None:
        """Nothing to send: the live series carries the point's index."""

    def progress(self, progress: Progress) -> None:
        self._run.log(contents.live_series(progress, self._clock.time_s(progress)))

    def point_finished(self, point: Point, summary: Summary) -> None:
        series = contents.metric_series(summary)
        for section in sorted({name.partition("/")[0] for name in series} - self._sections):
            self._run.define_metric(f"{section}/*", step_metric=contents.LOAD)
            self._sections.add(section)
        self._run.log({contents.LOAD: getattr(point, self._axis), **series})

    def note(self, text: str) -> None:
        """Notes are in the run's log and report."""

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        columns, rows = contents.summary_table(summaries)
        media: dict[str, Any] = {"summary": wandb.Table(columns=columns, data=rows)}
        if (report := self._folder / "report.html").is_file():
            media["report"] = wandb.Html(str(report), inject=False)
        for plot in contents.plots(self._folder):
            media[f"plots/{plot.stem}"] = wandb.Image(str(plot))
        self._run.log(media)
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", self._folder.name)
        artifact = wandb.Artifact(name, type="perfbench")
        for path in contents.artefacts(self._folder):
            artifact.add_file(str(path), name=str(path.relative_to(self._folder)))
        self._run.log_artifact(artifact)
        self._run.finish()

    def abort(self) -> None:
        """Mark the run as failed."""
        if self._run is not None:
            self._run.finish(exit_code=1)
