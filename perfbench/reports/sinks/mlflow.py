"""The sink for MLflow. Owns what is specific to MLflow; runs in a sink process.

Figures of points have their load as their step where loads are whole numbers, else their place in
the run; live figures the second. Offline, the run goes to a file store in the results folder, which
needs no server and no database.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

# Read while mlflow is imported: a tracker tells nobody but the server that was named.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

import msgspec
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from perfbench.config import RunConfig
from perfbench.config.secrets import shown_url
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.arguments import read_args
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.tracker import Tracker
from perfbench.types import RunFinished

_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "15"}
"""mlflow's own, 7 retries of 2 minutes, outlast any run."""
_BATCH = 100
"""Of parameters, what a server takes at once."""
_LONGEST_PARAM = 500
"""Characters that every version takes."""
_NOT_IN_NAMES = re.compile(r"[^\w\-. /]+")


class _Settings(msgspec.Struct, forbid_unknown_fields=True):
    """How a server is reached, in the place of the variable."""

    tracking_uri: str | None = None


class _Args(msgspec.Struct):
    """What ``--sink-args`` may say."""

    settings: _Settings = msgspec.field(default_factory=_Settings)
    mode: Literal["online", "offline"] | None = None
    experiment: str | None = None
    tags: list[str] = []


class MLflowSink(Tracker):
    """Sends a load test or an evaluation to a run of MLflow, in the experiment ``--sink-project``.

    Raises:
        ConfigError: ``--sink-args`` has what no sink of MLflow has, or wrong values.
        SinkError: online mode without the address of a server, or one that does not answer.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        args = read_args(config, "mlflow", _Args)
        self._uri = args.settings.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
        self._offline = (args.mode or config.sink_mode) == "offline"
        self._experiment = args.experiment or config.sink_project
        self._tags = args.tags
        self._client: Any = None
        self._run = ""
        self.location: str | None = None
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        if self._uri is None and not self._offline:
            raise SinkError("no server: set MLFLOW_TRACKING_URI, or use --sink-mode offline")

    def close(self) -> None:
        """Mark a run that did not finish as killed."""
        if self._run:
            self._client.set_terminated(self._run, "KILLED")

    def _start(self, account: contents.Account) -> None:
        uri = self._uri or ""
        if self._offline:
            uri = (account.folder / FOLDER / "mlflow").absolute().as_uri()
            os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
        tags = {key: "" for tag in [*account.tags, *self._tags] if (key := _key(tag))}
        tags["mlflow.source.name"] = "perfbench"
        try:
            self._client = MlflowClient(uri)
            experiment = self._experiment_id()
            run = self._client.create_run(experiment, tags=tags, run_name=account.folder.name)
        except MlflowException as error:
            reason = str(error).partition("\n")[0].partition(" with exception")[0]
            shown = reason.replace(uri, shown_url(uri))
            raise SinkError(f"{shown} (--sink-mode offline needs no service)") from None
        self._run = run.info.run_id
        if self._offline:
            shown = shlex.quote(uri)
            command = f"MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri {shown}"
            self.location = f"offline run; look at it with: {command}"
        else:
            self.location = f"{shown_url(uri)}/#/experiments/{experiment}/runs/{self._run}"
        params = (
            Param(_name(name), str(value)[:_LONGEST_PARAM])
            for name, value in account.settings().items()
        )
        while some := list(islice(params, _BATCH)):
            self._client.log_batch(self._run, params=some)
        self._client.log_dict(self._run, account.config, "settings.json")

    def _experiment_id(self) -> str:
        found = self._client.get_experiment_by_name(self._experiment)
        return str(
            found.experiment_id if found else self._client.create_experiment(self._experiment)
        )

    def _log(self, series: contents.Series) -> None:
        figures = {name: value for name, value in series.values.items() if name != series.axis}
        self._send(figures, series.place)

    def _send(self, figures: Mapping[str, float], step: int) -> None:
        now_ms = time.time_ns() // 1_000_000
        metrics = _metrics(figures, now_ms, step)
        while some := list(islice(metrics, _BATCH)):
            self._client.log_batch(self._run, metrics=some)

    def _finish(self, account: contents.Account, ended: RunFinished) -> None:
        for name, table in account.tables().items():
            self._client.log_text(self._run, _as_csv(table), f"tables/{name}.csv")
        for path in contents.artefacts(account.folder):
            parent = str(path.parent.relative_to(account.folder))
            self._client.log_artifact(self._run, str(path), None if parent == "." else parent)
        outcome = account.outcome()
        figures = {name: v for name, v in outcome.items() if isinstance(v, (int, float))}
        self._send({f"outcome/{name.replace('/', ' ')}": v for name, v in figures.items()}, 0)
        said = {name: text for name, text in outcome.items() if name not in figures}
        verdicts = {f"client {name}": text for name, text in account.verdicts().items()}
        tags = [RunTag(_name(name), str(text)) for name, text in (said | verdicts).items()]
        self._client.log_batch(self._run, tags=tags)
        self._client.set_terminated(self._run, "FAILED" if ended.error else "FINISHED")
        self._run = ""


def _metrics(figures: Mapping[str, float], now_ms: int, step: int) -> Iterator[Any]:
    for name, value in figures.items():
        yield Metric(_name(name), float(value), now_ms, step)


def _name(name: str) -> str:
    """As MLflow takes it: it knows letters, digits and a few signs."""
    return _NOT_IN_NAMES.sub("_", name)


def _key(tag: str) -> str:
    """A tag, maybe the path of a model, as MLflow takes the key of one: a path that begins nowhere
    and goes nowhere else. Empty if nothing is left of it."""
    return "/".join(part for part in _name(tag).split("/") if part not in ("", ".", ".."))


def _as_csv(table: contents.Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([table.columns, *table.rows])
    return text.getvalue()
