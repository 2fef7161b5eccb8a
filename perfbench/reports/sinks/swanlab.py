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
from perfbench.reports.sinks import contents, swanlab_before
from perfbench.reports.sinks.arguments import check_call, init_args, library_settings
from perfbench.reports.sinks.charts import Chart
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.tracker import Tracker
from perfbench.types import RunFinished

_BEFORE = hasattr(swanlab, "State")  # the program it was until 0.7
_SETTINGS: dict[str, Any] = {
    "interactive": False,
    "terminal": {"proxy_type": "none"},
    "probe": dict.fromkeys(("hardware", "runtime", "requirements", "git", "monitor"), False),
}


class SwanLabSink(Tracker):
    """Sends a load test or an evaluation to a run of SwanLab.

    Raises:
        ConfigError: ``--sink-args`` has what SwanLab does not take.
        SinkError: online mode without credentials, or a service that does not answer.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        args = init_args(config, "swanlab")
        ours = swanlab_before.SETTINGS if _BEFORE else _SETTINGS
        settings = {**ours, **args.pop("settings", {})}
        self._settings = library_settings("swanlab", swanlab.Settings, settings)
        self._args = {"project": config.sink_project, "mode": config.sink_mode, **args}
        if _BEFORE:
            swanlab_before.check(self._args)
            has_key = swanlab_before.has_key()
        else:
            check_call("swanlab", swanlab.init, self._args)
            has_key = bool(self._settings.api_key)
        self._sections: set[str] = set()
        self._run: Any = None
        self.location: str | None = None
        if self._args["mode"] in ("online", "cloud") and not has_key:
            raise SinkError(
                "no API key: run `swanlab login`, set SWANLAB_API_KEY, or use --sink-mode offline"
            )

    def close(self) -> None:
        """Mark a run that did not finish as aborted."""
        if self._run is not None:
            self._run.finish(state="aborted")

    def _start(self, account: contents.Account) -> None:
        args = {
            "name": account.folder.name,
            "job_type": account.kind,
            "log_dir": str(account.folder / FOLDER / "swanlab"),
            **self._args,
            "tags": [*account.tags, *self._args.get("tags", ())],
        }
        try:
            begin = swanlab_before.Run if _BEFORE else swanlab.init
            self._run = begin(config=account.config, settings=self._settings, **args)
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
                # Versions before 0.10 draw everything over its step.
                if hasattr(self._run, "define_metric"):
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
        for chart in account.charts():
            media[f"charts/{chart.name}"] = _drawn(chart)
        if (report := folder / "report.html").is_file() and hasattr(swanlab, "Html"):
            media["report"] = swanlab.Html(report)
        for plot in contents.plots(folder):
            media[f"plots/{plot.stem}"] = swanlab.Image(str(plot))
        if media:
            self._run.log(media)
        outcome = account.outcome()
        figures = {
            name: value for name, value in outcome.items() if isinstance(value, (int, float))
        }
        if figures:
            self._run.log({f"outcome {name}": value for name, value in figures.items()})
        self._run.config.update({"outcome": outcome, "verdicts": account.verdicts()})
        for path in contents.artefacts(folder):
            self._run.save(glob.escape(str(path)), base_path=folder, policy="now")
        self._run.finish(state="success" if ended.error is None else "aborted")
        self._run = None


def _drawn(chart: Chart) -> Any:
    figure = swanlab.echarts.Bar() if chart.kind == "bar" else swanlab.echarts.Line()
    figure.add_xaxis([f"{x:g}" if isinstance(x, float) else x for x in chart.x])
    for name, values in chart.lines.items():
        figure.add_yaxis(name, values)
    options = swanlab.echarts.options
    figure.set_global_opts(
        title_opts=options.TitleOpts(title=chart.title),
        xaxis_opts=options.AxisOpts(name=chart.x_title),
    )
    return figure
