"""A metric is added in one place: its row. Everything that shows metrics then shows it."""

from __future__ import annotations

import csv
import importlib.machinery
import importlib.util
import io
from pathlib import Path

import pytest

from perfbench.metrics.definitions import METRICS, Metric
from perfbench.reports.console import print_summary
from perfbench.reports.export import export
from perfbench.reports.write import write_report
from perfbench.store import Run
from perfbench.types import Point, Record

DOCS = Path(__file__).parents[2] / "scripts" / "docs"
POINT = Point(index=0, name="parallel_1", parallel=1, rate=None, number=3)


def test_a_new_row_is_in_everything_that_shows_metrics(tmp_path, monkeypatch: pytest.MonkeyPatch):
    row = Metric(
        lambda columns: columns.headers_ns - columns.sent_ns,
        "Headers",
        "µs",
        "first byte of the answer's head − sent",
        "headers came",
        scale=1e-3,
    )
    monkeypatch.setitem(METRICS, "headers_us", row)
    with Run.create(tmp_path, "x", {}, {}) as run:
        run.begin_point(POINT)
        run.append(
            POINT,
            [
                Record(
                    seq=n,
                    sample_id="s",
                    sent_ns=0,
                    headers_ns=7000,
                    first_ns=10**6,
                    end_ns=2 * 10**6,
                )
                for n in range(3)
            ],
        )
        write_report(run)
        (summary,) = run.summaries()
        assert summary.metrics["headers_us"]["p50"] == 7.0
        page = (run.path / "report.html").read_text(encoding="utf-8")
        assert page.count("Headers (µs)") == 1
        assert page.count(row.meaning.replace("'", "&#39;")) == 2
        console = io.StringIO()
        print_summary([summary], run.path, console, verbose=True)
        assert "Headers (µs)" in console.getvalue()
        table = io.StringIO()
        export(run, "csv", table)
        assert [each["headers_us"] for each in csv.DictReader(io.StringIO(table.getvalue()))] == [
            "7"
        ] * 3
    assert f"| `headers_us` | Headers | µs | {row.meaning} | headers came |" in docs_page()


def docs_page() -> str:
    loader = importlib.machinery.SourceFileLoader("docs_script", str(DOCS))
    spec = importlib.util.spec_from_loader("docs_script", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    text: str = module.metrics_page()
    return text
