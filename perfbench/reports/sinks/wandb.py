"""The sink for Weights & Biases. Owns what is specific to wandb; runs in a sink process.

Per-point figures have the load as their axis, live ones the seconds, scores none. What wandb
collects by itself (console, machine, code, git, command line) is off: it costs processor time on
the machine that measures, and may hold secrets.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import Any

import wandb

from perfbench.config import RunConfig
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.child import FOLDER
from perfbench.types import Event, RunFinished, RunStarted

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
    """Sends a load test or an evaluation to a run of wandb.

    Raises:
        SinkError: online mode without credentials, or a service that does not answer.
    """

    def __init__(self, config: RunConfig) -> None:
        args = contents.init_args(config, "wandb")
        settings = {**_SETTINGS, **args.pop("settings", {})}
        self._settings = wandb.Settings(**settings)
        self._args = {"project": config.sink_project, "mode": config.sink_mode, **args}
        self._sections: set[str] = set()
        self._account: contents.Account | None = None
        self._run: Any = None
        self.location: str | None = None
        known = "api_key" in settings or self._args["mode"] != "online"
        if not known and not wandb.login(host=settings.get("base_url"), prompt=False, verify=False):
            raise SinkError(
                "no API key: run `wandb login`, set WANDB_API_KEY, or use --sink-mode offline"
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
        """Mark a run that did not finish as failed."""
        if self._run is not None:
            self._run.finish(exit_code=1)

    def _start(self, account: contents.Account) -> None:
        home = account.folder / FOLDER
        # wandb.init's dir does not cover the copies of artefacts; they would go to the user's home.
        os.environ.setdefault("WANDB_DATA_DIR", str(home / "wandb"))
        args = {"name": account.folder.name, "dir": str(home), **self._args}
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
        if (report := folder / "report.html").is_file():
            media["report"] = wandb.Html(str(report), inject=False)
        for plot in contents.plots(folder):
            media[f"plots/{plot.stem}"] = wandb.Image(str(plot))
        self._run.log(media)
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name)
        artifact = wandb.Artifact(name, type="perfbench")
        for path in contents.artefacts(folder):
            artifact.add_file(str(path), name=str(path.relative_to(folder)))
        self._run.log_artifact(artifact)
        self._run.finish(exit_code=0 if ended.error is None else 1)
        self._run = None
