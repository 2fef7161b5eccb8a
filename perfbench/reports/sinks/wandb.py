"""The sink for Weights & Biases. Owns what is specific to wandb; runs in a sink process.

Per-point figures have the load as their axis, live ones the seconds, scores none. What wandb
collects by itself (console, machine, code, git, command line) is off: it costs processor time on
the machine that measures, and may hold secrets.
"""

from __future__ import annotations

import inspect
import os
import re
import shlex
from typing import Any

import wandb

from perfbench.config import RunConfig
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.arguments import check_call, init_args, library_settings
from perfbench.reports.sinks.charts import Chart
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.tracker import Tracker
from perfbench.types import RunFinished

_SETTINGS = {
    "silent": True,
    "console": "off",
    "disable_code": True,
    "disable_git": True,
    "save_code": False,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_save_requirements": False,
    # With it, versions before 0.20 ask the service before they write a table, offline as well.
    "allow_offline_artifacts": False,
    "init_timeout": 20.0,
    "finish_timeout": 50.0,
}


class WandbSink(Tracker):
    """Sends a load test or an evaluation to a run of wandb.

    Raises:
        ConfigError: ``--sink-args`` has what wandb does not take.
        SinkError: online mode without credentials, or a service that does not answer.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        args = init_args(config, "wandb")
        settings = {**_ours(), **args.pop("settings", {})}
        self._settings = library_settings("wandb", wandb.Settings, settings)
        self._args = {"project": config.sink_project, "mode": config.sink_mode, **args}
        check_call("wandb", wandb.init, self._args)
        self._sections: set[str] = set()
        self._run: Any = None
        self.location: str | None = None
        known = "api_key" in settings or self._args["mode"] != "online"
        if not known and not _has_key(settings.get("base_url")):
            raise SinkError(
                "no API key: run `wandb login`, set WANDB_API_KEY, or use --sink-mode offline"
            )

    def close(self) -> None:
        """Mark a run that did not finish as failed."""
        if self._run is not None:
            self._run.finish(exit_code=1)

    def _start(self, account: contents.Account) -> None:
        home = account.folder / FOLDER
        # wandb.init's dir does not cover the copies of artefacts; they would go to the user's home.
        os.environ.setdefault("WANDB_DATA_DIR", str(home / "wandb"))
        own = {"name": account.folder.name, "job_type": account.kind, "dir": str(home)}
        args = {**own, **self._args, "tags": [*account.tags, *self._args.get("tags", ())]}
        try:
            self._run = wandb.init(config=account.config, settings=self._settings, **args)
        except wandb.Error as error:
            reason = str(error).partition("\n")[0]
            raise SinkError(f"{reason} (--sink-mode offline needs no service)") from None
        self._run.define_metric(contents.LOAD)
        self._run.define_metric(contents.TIME)
        if self._run.offline:
            path = shlex.quote(self._run.settings.sync_dir)
            self.location = f"offline run; upload it with: wandb sync {path}"
        else:
            self.location = self._run.url

    def _log(self, series: contents.Series) -> None:
        if series.axis is not None:
            # The last of the counters says nothing of a run.
            more = {"summary": "none"} if series.axis == contents.TIME else {}
            for section in sorted(series.sections() - self._sections):
                self._run.define_metric(f"{section}/*", step_metric=series.axis, **more)
                self._sections.add(section)
        self._run.log(dict(series.values))

    def _finish(self, account: contents.Account, ended: RunFinished) -> None:
        folder = account.folder
        media: dict[str, Any] = {
            name: wandb.Table(columns=table.columns, data=table.rows)
            for name, table in account.tables().items()
        }
        for chart in account.charts():
            media[f"charts/{chart.name}"] = _drawn(chart)
        if (report := folder / "report.html").is_file():
            media["report"] = wandb.Html(str(report), inject=False)
        for plot in contents.plots(folder):
            media[f"plots/{plot.stem}"] = wandb.Image(str(plot))
        self._run.log(media)
        self._run.summary.update(account.outcome())
        self._run.config.update({"verdicts": account.verdicts()}, allow_val_change=True)
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name)
        artifact = wandb.Artifact(name, type="perfbench")
        for path in contents.artefacts(folder):
            artifact.add_file(str(path), name=str(path.relative_to(folder)))
        self._run.log_artifact(artifact)
        self._run.finish(exit_code=0 if ended.error is None else 1)
        self._run = None


def _ours() -> dict[str, Any]:
    """Those of our settings that this version knows. What a user gives is passed on, known or not,
    to be told of."""
    # Before 0.19 they were no model, and what begins with x_ now began with an underscore.
    known = getattr(wandb.Settings, "model_fields", None) or {
        re.sub("^_", "x_", name)
        for base in wandb.Settings.__mro__
        for name in getattr(base, "__annotations__", ())
    }
    older = not hasattr(wandb.Settings, "model_fields")
    return {
        re.sub("^x_", "_", name) if older else name: value
        for name, value in _SETTINGS.items()
        if name in known
    }


def _has_key(host: str | None) -> bool:
    """Whether wandb knows a key for its service, without asking anybody for one."""
    # Versions before 0.27 have no such argument, and ask only where there is a terminal.
    silent: dict[str, Any] = (
        {"prompt": False} if "prompt" in inspect.signature(wandb.login).parameters else {}
    )
    try:
        return bool(wandb.login(host=host, verify=False, **silent))
    except wandb.Error:
        return False


def _drawn(chart: Chart) -> Any:
    if chart.kind == "bar":
        lines = chart.lines.items()
        rows = [[x, name, values[i]] for name, values in lines for i, x in enumerate(chart.x)]
        labelled = [[f"{x} {name}" if len(lines) > 1 else x, value] for x, name, value in rows]
        table = wandb.Table(columns=[chart.x_title, chart.title], data=labelled)
        return wandb.plot.bar(table, chart.x_title, chart.title, title=chart.title)
    return wandb.plot.line_series(
        xs=chart.x,
        ys=list(chart.lines.values()),
        keys=list(chart.lines),
        title=chart.title,
        xname=chart.x_title,
    )
