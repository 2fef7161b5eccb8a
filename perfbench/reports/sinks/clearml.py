"""The sink for ClearML. Owns what is specific to ClearML; runs in a sink process.

A series is a line of the plot that its section is. Figures of points stand at their load where
loads are whole numbers, else at their place in the run; live figures at the second. What ClearML
collects by itself (console, machine, frameworks, code, packages) is off: it costs processor time on
the machine that measures, and may hold secrets.
"""

from __future__ import annotations

import os
from shlex import quote
from typing import Any

from clearml import Task

from perfbench.config import RunConfig
from perfbench.errors import SinkError
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.arguments import check_call, init_args
from perfbench.reports.sinks.charts import Chart
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.tracker import Tracker
from perfbench.types import RunFinished

_FRAMEWORKS = (
    *("matplotlib", "tensorflow", "tensorboard", "pytorch", "xgboost", "scikit", "fastai"),
    *("lightgbm", "hydra", "detect_repository", "tfdefines", "joblib", "megengine", "catboost"),
    *("gradio", "jsonargparse"),
)
_SILENT: dict[str, Any] = {
    "auto_connect_arg_parser": False,
    "auto_connect_frameworks": dict.fromkeys(_FRAMEWORKS, False),
    "auto_connect_streams": False,
    "auto_resource_monitoring": False,
    "reuse_last_task_id": False,
}


class ClearMLSink(Tracker):
    """Sends a load test or an evaluation to a task of ClearML.

    Raises:
        ConfigError: ``--sink-args`` has what ClearML does not take.
        SinkError: online mode without credentials, or a server that does not answer.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self._args = init_args(config, "clearml")
        self._offline = self._args.pop("mode", config.sink_mode) == "offline"
        check_call("clearml", Task.init, self._args)
        self._project = config.sink_project
        self._task: Any = None
        self.location: str | None = None

    def close(self) -> None:
        """Mark a run that did not finish as stopped."""
        if self._task is not None:
            self._task.mark_stopped(status_message="the run did not finish")
            self._task.close()

    def _start(self, account: contents.Account) -> None:
        if self._offline:
            os.environ["CLEARML_CACHE_DIR"] = str((account.folder / FOLDER / "clearml").absolute())
            Task.set_offline(True)
        args = {
            "project_name": self._project,
            "task_name": account.folder.name,
            "task_type": "testing",
            **_SILENT,
            **self._args,
            "tags": [*account.tags, *self._args.get("tags", ())],
        }
        try:
            self._task = Task.init(**args)
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            hint = "run `clearml-init`, set CLEARML_API_HOST and its keys, or use"
            raise SinkError(f"{reason} ({hint} --sink-mode offline)") from None
        self._task.connect_configuration(account.config, name="settings")
        self._task.set_parameters({f"perfbench/{k}": v for k, v in account.settings().items()})
        if not self._offline:
            self.location = self._task.get_output_log_web_page()

    def _log(self, series: contents.Series) -> None:
        logger = self._task.get_logger()
        for name, value in series.values.items():
            if name != series.axis:
                title, _, line = name.partition("/")
                logger.report_scalar(title, line, value, series.place)

    def _finish(self, account: contents.Account, ended: RunFinished) -> None:
        logger = self._task.get_logger()
        for name, table in account.tables().items():
            logger.report_table("tables", name, 0, table_plot=[table.columns, *table.rows])
        for chart in account.charts():
            _draw(logger, chart)
        for path in contents.plots(account.folder):
            logger.report_image("plots", path.stem, 0, local_path=str(path))
        for name, value in account.outcome().items():
            if isinstance(value, (int, float)):
                logger.report_single_value(name.replace("/", " "), value)
        said = {"outcome": account.outcome(), "verdicts": account.verdicts()}
        self._task.connect_configuration(said, name="outcome")
        for path in contents.artefacts(account.folder):
            name = str(path.relative_to(account.folder))
            self._task.upload_artifact(name, artifact_object=path, wait_on_upload=True)
        if ended.error is not None:
            self._task.mark_failed(status_reason="the run ended early", status_message=ended.error)
        task, self._task = self._task, None
        task.close()
        if self._offline:
            stored = quote(f"{task.get_offline_mode_folder()}.zip")
            self.location = (
                f"offline run; upload it with: clearml-task --import-offline-session {stored}"
            )


def _draw(logger: Any, chart: Chart) -> None:
    titles = {"xaxis": chart.x_title, "yaxis": chart.title}
    if chart.kind == "bar":
        for name, values in chart.lines.items():
            logger.report_histogram(
                chart.title,
                name,
                [value or 0 for value in values],
                0,
                xlabels=list(chart.x),
                **titles,
            )
        return
    for name, values in chart.lines.items():
        known = [(x, y) for x, y in zip(chart.x, values, strict=True) if y is not None]
        logger.report_scatter2d(chart.title, name, known, 0, mode="lines+markers", **titles)
