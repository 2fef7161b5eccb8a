"""The sink for SwanLab. Owns what is specific to SwanLab; runs in a sink process.

Per-point figures have the load as their axis, live ones the seconds, scores none. What SwanLab
collects by itself (terminal, machine, packages, git, command line) is off: it costs processor
time on the machine that measures, and may hold secrets.
"""

from __future__ import annotations

import glob
import shlex
from typing import Any

import swanlab

from perfbench.config import RunConfig
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.child import FOLDER
from perfbench.types import Event, RunFinished, RunStarted

_SETTINGS: dict[str, Any] = {
    "interactive": False,
    "terminal": {"proxy_type": "none"},
    "probe": dict.fromkeys(("hardware", "runtime", "requirements", "git", "monitor"), False),
}


class SwanLabSink:
    """Sends a load test or an evaluation to a run of SwanLab.

    Raises:
        SinkError: online mode without credentials, or a service that does not answer.
    """

    def __init__(self, config: RunConfig) -> None:
        args = contents.init_args(config, "swanlab")
        self._settings = swanlab.Settings(**{**_SETTINGS, **args.pop("settings", {})})
        self._args = {"project": config.sink_project, "mode": config.sink_mode, **args}
        self._sections: set[str] = set()
        self._account: contents.Account | None = None
        self._run: Any = None
        self.location: str | None = None
        if self._args["mode"] in ("online", "cloud") and not self._settings.api_key:
            raise SinkError(
                "no API key: run `swanlab login`, set SWANLAB_API_KEY, or use --sink-mode offline"
            )

    def __call__(self, event: Event) -> None:
        """Send what an event has to say."""
        if isinstance(event, RunStarted):
            self._account = contents.Account(event)
            self._start(self._account)
        elif self._account is None:
            return
        elif isinstance(event, RunFinished):
            self._finish(self._account, event)
        elif (series := self._account.hear(event)) is not None:
            self._log(series)

    def close(self) -> None:
        """Mark a run that did not finish as aborted."""
        if self._run is not None:
            self._run.finish(state="aborted")

    def _start(self, account: contents.Account) -> None:
        args = {
            "name": account.folder.name,
            "log_dir": str(account.folder / FOLDER / "swanlab"),
            **self._args,
        }
        try:
            self._run = swanlab.init(config=account.config, settings=self._settings, **args)
        except Exception as error:
            hint = f"see {FOLDER}/swanlab.log; --sink-mode offline needs no service"
            raise SinkError(f"{error} ({hint})") from None
        if self._run.mode == "online":
            self.location = self._run.url
        else:
            path = shlex.quote(str(self._run.dir))
            self.location = f"{self._run.mode} run; upload it with: swanlab sync {path}"

    def _log(self, series: contents.Series) -> None:
        if series.axis is not None:
            for section in sorted(series.sections() - self._sections):
                self._run.define_metric(f"{section}/*", x_axis=series.axis)
                self._sections.add(section)
        self._run.log(dict(series.values), step=series.step)

    def _finish(self, account: contents.Account, ended: RunFinished) -> None:
        folder = account.folder
        media: dict[str, Any] = {}
        for name, content in account.tables().items():
            rows = [["–" if cell is None else cell for cell in row] for row in content.rows]
            media[name] = swanlab.echarts.Table()
            media[name].add(content.columns, rows)
        if (report := folder / "report.html").is_file():
            media["report"] = swanlab.Html(report)
        for plot in contents.plots(folder):
            media[f"plots/{plot.stem}"] = swanlab.Image(str(plot))
        if media:
            self._run.log(media)
        for path in contents.artefacts(folder):
            self._run.save(glob.escape(str(path)), base_path=folder, policy="now")
        self._run.finish(state="success" if ended.error is None else "aborted")
        self._run = None
