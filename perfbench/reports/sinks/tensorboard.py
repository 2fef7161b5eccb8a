"""The sink for TensorBoard. Owns what is specific to its event files; runs in a sink process.

Figures of points stand at their load where loads are whole numbers, else at their place in the run;
live figures at the second. Settings and outcome are a row of the HParams page, by which runs are
compared. Nothing but files is written, so that ``--sink-mode`` makes no difference.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image
from tensorboardX import SummaryWriter

from perfbench.config import RunConfig
from perfbench.reports.sinks import contents
from perfbench.reports.sinks.arguments import read_args
from perfbench.reports.sinks.child import FOLDER
from perfbench.reports.sinks.tracker import Tracker
from perfbench.types import RunFinished


class _Args(msgspec.Struct):
    """What ``--sink-args`` may say."""

    log_dir: str | None = None


class TensorBoardSink(Tracker):
    """Writes a load test or an evaluation to event files, ``sinks/tensorboard`` of its results
    folder, or ``log_dir/NAME`` with the folder's name where ``--sink-args`` has a ``log_dir``.

    Raises:
        ConfigError: ``--sink-args`` has others, or wrong values.
    """

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        self._log_dir = read_args(config, "tensorboard", _Args).log_dir
        self._writer: Any = None
        self.location: str | None = None

    def close(self) -> None:
        """Write what a run that did not finish has left."""
        if self._writer is not None:
            self._writer.close()

    def _start(self, account: contents.Account) -> None:
        folder = account.folder / FOLDER / "tensorboard"
        if self._log_dir is not None:
            folder = Path(self._log_dir).expanduser() / account.folder.name
        folder = _unused(folder)
        # With a name that add_hparams, which opens a file of its own, cannot choose as well.
        self._writer = SummaryWriter(logdir=str(folder), filename_suffix=".perfbench")
        self.location = f"tensorboard --logdir {shlex.quote(str(folder))}"
        settings = [[name, value] for name, value in account.settings().items()]
        self._write_table("settings", contents.Table(["setting", "value"], settings))
        self._write_table("tags", contents.Table(["tag"], [[tag] for tag in account.tags]))
        self._writer.flush()

    def _log(self, series: contents.Series) -> None:
        for name, value in series.values.items():
            if name != series.axis:
                self._writer.add_scalar(name, value, series.place)
        self._writer.flush()

    def _finish(self, account: contents.Account, ended: RunFinished) -> None:
        for name, table in account.tables().items():
            self._write_table(name, table)
        for path in contents.plots(account.folder):
            pixels = np.asarray(Image.open(path).convert("RGB"))
            self._writer.add_image(f"plots/{path.stem}", pixels, dataformats="HWC")
        outcome = {"ended": "in an error" if ended.error else "well", **account.outcome()}
        verdicts = {f"client {name}": text for name, text in account.verdicts().items()}
        rows = [[name, value] for name, value in (outcome | verdicts).items()]
        self._write_table("outcome", contents.Table(["figure", "value"], rows))
        figures = {
            f"outcome/{name.replace('/', ' ')}": value
            for name, value in outcome.items()
            if isinstance(value, (int, float))
        }
        # The same folder, so that it is the same run.
        self._writer.add_hparams(account.settings(), figures, name=".", global_step=0)
        self._writer.close()
        self._writer = None

    def _write_table(self, name: str, table: contents.Table) -> None:
        rows = [table.columns, ["---"] * len(table.columns), *table.rows]
        lines = (" | ".join(map(_cell, row)) for row in rows)
        self._writer.add_text(name, "\n".join(f"| {line} |" for line in lines), 0)


def _unused(folder: Path) -> Path:
    """The folder; where a run that is continued has been told there before, a numbered one in it:
    TensorBoard would draw both as one run, with each step twice."""
    found, number = folder, 1
    while any(found.glob("events.out.tfevents.*")):
        number += 1
        found = folder / str(number)
    return found


def _cell(value: Any) -> str:
    """Of a table in Markdown."""
    text = f"{value:.6g}" if isinstance(value, float) else "–" if value is None else str(value)
    return " ".join(text.replace("|", "\\|").split())
