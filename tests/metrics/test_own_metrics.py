"""Metrics of the user's, from a file: shown wherever metrics are, and harmless where they fail."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perfbench import cli
from perfbench.api import run_eval, run_perf
from perfbench.config import PerfConfig
from perfbench.config.evaluation import EvalConfig
from perfbench.errors import ConfigError
from perfbench.metrics.definitions import METRICS
from perfbench.metrics.own import use
from perfbench.reports.export import export
from perfbench.store import open_run
from perfbench.types import Event, Note

BUILT_IN = tuple(METRICS)
HEAD = "from perfbench.metrics.definitions import Metric\n"
WAIT = """
def _wait(columns):
    return columns.headers_ns - columns.sent_ns

head_us = Metric(_wait, "Head", "µs", "first byte of the head - sent", "it came", scale=1e-3)
"""
BROKEN = """
def _fails(columns):
    return {}["no such\\ncolumn"]

broken = Metric(_fails, "Broken", "s", "nothing", "never")
short = Metric(lambda columns: [1.0], "Short", "s", "nothing", "never")
endless = Metric(lambda columns: columns.events / 0, "Endless", "s", "nothing", "never")
"""


@pytest.fixture(autouse=True)
def _none_left() -> Iterator[None]:
    yield
    use([], print)
    assert tuple(METRICS) == BUILT_IN


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.py"
    path.write_text(HEAD + WAIT + BROKEN, encoding="utf-8")
    return path


def settings(file: Path, **more: Any) -> dict[str, Any]:
    return {"outputs_dir": file.parent, "number": [6], "metrics": [str(file)], **more}


def test_it_is_in_everything_that_shows_metrics(file: Path) -> None:
    more = {"sinks": ["prometheus"], "sink_mode": "offline", "slo": ["head_us.mean<1e9"]}
    result = run_perf(PerfConfig(**settings(file, **more)))
    (summary,) = result.summaries
    with open_run(result.path) as run:
        columns = run.columns(run.points()[0])
        expected = (columns.headers_ns - columns.sent_ns) / 1e3
        table = io.StringIO()
        export(run, "csv", table)
        export(run, "parquet", file.parent / "rows.parquet")
    assert summary.metrics["head_us"]["mean"] == pytest.approx(expected.mean())
    assert (summary.objectives or [])[0].attained == "met"
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert [float(row["head_us"]) for row in rows] == pytest.approx(list(expected))
    assert "Head (µs)" in (result.path / "report.html").read_text(encoding="utf-8")
    exposed = (result.path / "sinks" / "prometheus.prom").read_text(encoding="utf-8")
    assert f'perfbench_head_us_count{{point="{summary.name}"}} 6.0' in exposed


def test_one_that_fails_costs_itself_and_is_told_once(file: Path) -> None:
    heard: list[Event] = []
    config = PerfConfig(**settings(file, parallel=[1, 2], report=False))
    result = run_perf(config, [heard.append])
    notes = [event.text for event in heard if isinstance(event, Note)]
    assert [text for text in notes if "is left out" in text] == [
        f"the metric broken is left out: {file}:9: KeyError: 'no such\\ncolumn'",
        f"the metric short is left out: {file}: ValueError: values of {_count(notes)} requests are "
        "wanted, not 1",
    ]
    log = (result.path / "run.log").read_text(encoding="utf-8")
    assert log.count("is left out") == 2
    for summary in result.summaries:
        assert summary.completed == summary.metrics["head_us"]["count"] == 6
        assert {summary.metrics[name]["count"] for name in ("broken", "short", "endless")} == {0}


def _count(notes: list[str]) -> str:
    """How many requests the metric was first asked of: those of the steady state, maybe."""
    (text,) = (text for text in notes if text.startswith("the metric short"))
    return text.partition("values of ")[2].partition(" ")[0]


def test_the_next_run_has_none_of_them(file: Path) -> None:
    run_perf(PerfConfig(**settings(file, report=False)))
    result = run_perf(PerfConfig(**settings(file, report=False, metrics=[])))
    assert tuple(result.summaries[0].metrics) == BUILT_IN


def test_an_evaluation_measures_it_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = {"outputs_dir": file.parent, "datasets": ["demo_gsm8k"], "limit": 3, "report": False}
    result = run_eval(EvalConfig(metrics=[f"{file}:head_us"], **asked))
    assert result.subtasks[0].performance[0].metrics["head_us"]["count"] == 3
    use([], print)
    assert cli.main(["report", str(result.path)]) == 0
    missing = f"perfbench: --metrics {file}:head_us of the run is not given"
    assert missing in capsys.readouterr().err
    assert cli.main(["report", str(result.path), "--metrics", f"{file}:head_us"]) == 0
    assert missing not in capsys.readouterr().err
    told = json.loads((result.path / "summary.json").read_text(encoding="utf-8"))
    assert told["points"][0]["metrics"]["head_us"]["count"] == 3


def test_old_runs_are_reported_with_it_and_without(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_perf(PerfConfig(**settings(file, metrics=[], report=False)))
    path = str(result.path)
    assert cli.main(["report", path, "--metrics", f"{file}:head_us"]) == 0
    assert "Head (µs)" in capsys.readouterr().out
    told = json.loads((result.path / "summary.json").read_text(encoding="utf-8"))
    known = told["points"][0]["metrics"]["head_us"]
    few = told["points"][0]["unsupported"]["head_us"]
    assert (known["count"], "p99" in few) == (6, True)
    use([], print)
    # What is not computed again is not lost.
    assert cli.main(["report", path]) == 0
    assert "Head (µs)" not in capsys.readouterr().out
    told = json.loads((result.path / "summary.json").read_text(encoding="utf-8"))
    assert told["points"][0]["metrics"]["head_us"] == known
    assert told["points"][0]["unsupported"]["head_us"] == few


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        (None, "", "no Python file"),
        ("x = 1", "", r"own\.py defines no perfbench\.metrics\.definitions\.Metric"),
        (HEAD + WAIT, ":other", r"own\.py defines no Metric called other"),
        ("1 +", "", r"own\.py:1: SyntaxError"),
        ("\n1 / 0", "", r"own\.py:2: ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit('no')", "", r"own\.py:2: SystemExit: no"),
        (HEAD + "ttft_ms = Metric(len, 'T', 'ms', '', '')", "", "already a figure called ttft_ms"),
        (HEAD + "errors = Metric(len, 'T', 'ms', '', '')", "", "already a figure called errors"),
        (HEAD + "x = Metric(3, 'T', 'ms', '', '')", "", "the values of x are no function"),
        (HEAD + "x = Metric(len, 'T', None, '', '')", "", "the unit of x is no text"),
        (HEAD + "x = Metric(len, '', 's', '', '')", "", "the title of x is no text"),
        (HEAD + "x = Metric(len, 'T', 's', '', '', scale='2')", "", "the scale of x is no number"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, source: str | None, name: str, said: str) -> None:
    path = tmp_path / "own.py"
    if source is not None:
        path.write_text(source, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"^--metrics: [^\n]*{said}[^\n]*$"):
        use([f"{path}{name}"], print)


def test_a_bad_file_ends_a_run_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["--metrics", "nothing.py", "--outputs-dir", str(tmp_path)])
    assert status == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("perfbench: --metrics: no Python")
    assert not list(tmp_path.iterdir())


def test_the_same_name_twice_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match="already a figure called head_us"):
        use([f"{file}:head_us", f"{file}:head_us"], print)


def test_a_pooled_one_may_give_any_number_of_values(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(
        HEAD + "gaps = Metric(lambda c: c.gaps[::2], 'Gaps', 'ns', '', '', pooled=True)",
        encoding="utf-8",
    )
    config = PerfConfig(outputs_dir=tmp_path, number=[4], report=False, metrics=[str(path)])
    result = run_perf(config)
    with open_run(result.path) as run:
        columns = run.columns(run.points()[0])
    assert result.summaries[0].metrics["gaps"]["count"] == len(columns.gaps[::2])
    assert np.isfinite(result.summaries[0].metrics["gaps"]["mean"] or np.nan)
