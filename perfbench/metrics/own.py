"""Metrics of the user's: rows of ``METRICS`` from Python files of theirs.

Owns how they are found in a file, what is asked of them, and that one that fails costs nothing but
itself: it is then undefined, and its error is told once. They stand in the table from when they are
put to use until others are, in the whole process: all that shows metrics shows them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from perfbench import userclass
from perfbench.errors import ConfigError, PerfbenchError
from perfbench.metrics import figures
from perfbench.metrics.columns import Columns, Floats
from perfbench.metrics.definitions import METRICS, Metric

_added: list[str] = []


def use(named: Sequence[str], report: Callable[[str], None]) -> None:
    """Put the metrics of these files into ``METRICS``, in the place of those put there before.

    Args:
        named: ``FILE.py`` for every ``Metric`` that a file defines, or ``FILE.py:NAME``.
        report: Takes one line for each metric that turns out to fail.

    Raises:
        ConfigError: a file is missing or fails, or what it defines is no metric.
    """
    for name in _added:
        del METRICS[name]
    _added.clear()
    figures.known_figures.cache_clear()
    taken = {figure.partition(".")[0] for figure in figures.known_figures()}
    found: dict[str, Metric] = {}
    for each in named:
        for name, metric, file in _in_file(each):
            if name in taken or name in found:
                raise ConfigError(f"--metrics: {file}: there is already a figure called {name}")
            guarded = _Guarded(name, metric, file, report)
            found[name] = replace(metric, values=guarded, asked=True)
    METRICS.update(found)
    _added.extend(found)
    figures.known_figures.cache_clear()


def _in_file(named: str) -> Iterator[tuple[str, Metric, Path]]:
    file, wanted = userclass.taken_apart(named)
    if file.suffix != ".py" or not file.is_file():
        raise ConfigError(f"--metrics: no Python file {file}; give FILE.py or FILE.py:NAME")
    try:
        module = userclass.run(file)
    except PerfbenchError:
        raise
    except userclass.ERRORS as error:
        raise ConfigError(f"--metrics: {userclass.told(error, file)}") from error
    defined = {name: value for name, value in vars(module).items() if isinstance(value, Metric)}
    if wanted and wanted not in defined:
        raise ConfigError(f"--metrics: {file} defines no Metric called {wanted}")
    if not defined:
        raise ConfigError(f"--metrics: {file} defines no perfbench.metrics.definitions.Metric")
    for name in [wanted] if wanted else defined:
        _check(name, defined[name], file)
        yield name, defined[name], file


def _check(name: str, metric: Metric, file: Path) -> None:
    texts = ("title", "unit", "meaning", "defined")
    wrong = [field for field in texts if not isinstance(getattr(metric, field), str)]
    if wrong or not metric.title:
        raise ConfigError(f"--metrics: {file}: the {(wrong or ['title'])[0]} of {name} is no text")
    if not callable(metric.values):
        raise ConfigError(f"--metrics: {file}: the values of {name} are no function of columns")
    if not isinstance(metric.scale, (int, float)) or not math.isfinite(metric.scale):
        raise ConfigError(f"--metrics: {file}: the scale of {name} is no number")


class _Guarded:
    """The values of a user's metric, whatever the user's function does."""

    def __init__(
        self, name: str, metric: Metric, file: Path, report: Callable[[str], None]
    ) -> None:
        self._name = name
        self._metric = metric
        self._file = file
        self._report = report
        self._failed = False

    def __call__(self, columns: Columns) -> Floats:
        """One value for each request, or of a pooled metric any number; NaN where undefined."""
        if not self._failed:
            try:
                with np.errstate(all="ignore"):
                    return self._checked(columns, self._metric.values(columns))
            except userclass.ERRORS as error:
                self._failed = True
                told = userclass.told(error, self._file)
                self._report(f"the metric {self._name} is left out: {told}")
        return np.full(0 if self._metric.pooled else len(columns), np.nan)

    def _checked(self, columns: Columns, given: Any) -> Floats:
        values = np.array(given, dtype=np.float64)
        if values.ndim != 1 or not (self._metric.pooled or len(values) == len(columns)):
            shape = "×".join(map(str, values.shape)) or "a single value"
            raise ValueError(f"values of {len(columns)} requests are wanted, not {shape}")
        values[~np.isfinite(values)] = np.nan
        return values
