"""The sink for SwanLab. Owns what is specific to SwanLab; runs in a sink process.

Per-point figures have the load as their axis, live ones the seconds under load. What SwanLab
collects by itself (terminal, machine, packages, git, command line) is off: it costs processor
time on the machine that measures, and may hold secrets.
"""

from __future__ import annotations

import glob
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import swanlab

from perfbench.config import PerfConfig
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.child import FOLDER
from perfbench.types import Point, Progress, Summary

_SETTINGS: dict[str, Any] = {
    "interactive": False,
    "terminal": {"proxy_type": "none"},
    "probe": dict.fromkeys(("hardware", "runtime", "requirements", "git", "monitor"), False),
}


class SwanLabSink:
    """Sends a load test to a run of SwanLab.

    Raises:
        SinkError: online mode without credentials, or a service that does not answer.
    """

    def __init__(self, config: PerfConfig) -> None:
        args = contents.init_args(config, "swanlab")
        self._settings = swanlab.Settings(**{**_SETTINGS, **args.pop("settings", {})})
        self._args = {"project": config.sink_project, "mode": config.sink_mode, **args}
        self._axis: contents.LoadAxis = "index"
        self._sections: set[str] = set()
        self._clock = contents.LiveClock()
        self._ticks = 0
        self._folder = Path()
        self._run: Any = None
        self.location: str | None = None
        if self._args["mode"] in ("online", "cloud") and not self._settings.api_key:
            raise SinkError(
                "no API key: run `swanlab login`, set SWANLAB_API_KEY, or use --sink-mode offline"
            )

    def run_started(self, run: str, config: Mapping[str, Any], points: Sequence[Point]) -> None:
        self._folder = Path(run)
        self._axis = contents.load_axis(points)
        args = {
            "name": self._folder.name,
            "log_dir": str(self._folder / FOLDER / "swanlab"),
            **self._args,
        }
        try:
            self._run = swanlab.init(
                config={**config, "load_axis": self._axis}, settings=self._settings, **args
            )
        except Exception as error:
            hint = f"see {FOLDER}/swanlab.log; --sink-mode offline needs no service"
            raise SinkError(f"{error} ({hint})") from None
        self._run.define_metric("live/*", x_axis=contents.TIME)
        if self._run.mode == "online":
            self.location = self._run.url
        else:
            path = shlex.quote(str(self._run.dir))
            self.location = f"{self._run.mode} run; upload it with: swanlab sync {path}"

    def point_started(self, point: Point) -> None:
        """Nothing to send: the live series carries the point's index."""

    def progress(self, progress: Progress) -> None:
        self._run.log(
            contents.live_series(progress, self._clock.time_s(progress)), step=self._ticks
        )
        self._ticks += 1

    def point_finished(self, point: Point, summary: Summary) -> None:
        series = contents.metric_series(summary)
        for section in sorted({name.partition("/")[0] for name in series} - self._sections):
            self._run.define_metric(f"{section}/*", x_axis=contents.LOAD)
            self._sections.add(section)
        self._run.log({contents.LOAD: getattr(point, self._axis), **series}, step=point.index)

    def note(self, text: str) -> None:
        """Notes are in the run's log and report."""

    def run_finished(self, summaries: Sequence[Summary]) -> None:
        columns, rows = contents.summary_table(summaries)
        table = swanlab.echarts.Table()
        table.add(columns, [["–" if cell is None else cell for cell in row] for row in rows])
        media: dict[str, Any] = {"summary": table}
        if (report := self._folder / "report.html").is_file():
            media["report"] = swanlab.Html(report)
        for plot in contents.plots(self._folder):
            media[f"plots/{plot.stem}"] = swanlab.Image(str(plot))
        self._run.log(media)
        for path in contents.artefacts(self._folder):
            self._run.save(glob.escape(str(path)), base_path=self._folder, policy="now")
        self._run.finish()

    def abort(self) -> None:
        """Mark the run as aborted."""
        if self._run is not None:
            self._run.finish(state="aborted")
